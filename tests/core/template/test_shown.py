"""A change set in the words of a person: what is recorded, what rings, who hears, what is kept."""

from __future__ import annotations

import pytest

from tocsin.core.template.changes import Action, Change, ChangeSet
from tocsin.core.template.links import LINKS
from tocsin.core.template.shown import GROUPS, lines, text, to_confirm
from tocsin.core.template.subscribers import subscriber_of

OPS, SMS = subscriber_of("ops@example.com"), subscriber_of("+41791234567")


def changes(*pairs, new=True):
    made = tuple(Change(action, name, "AWS::X::Y") for action, name in pairs)
    return ChangeSet("tocsin", "cs-1", new=new, changes=made)


def test_every_link_of_the_pipeline_has_its_group():
    assert sorted(link for links in GROUPS.values() for link in links) == sorted(link.id for link in LINKS)


def test_it_reads_in_groups_with_a_line_a_link_whatever_the_order():
    made = changes(
        (Action.CREATE, "WireA"), (Action.CREATE, "Topic"), (Action.CREATE, "Trail"), (Action.CREATE, "WireB"),
        (Action.CREATE, OPS.logical_id), (Action.DELETE, "Queue"),
    )  # fmt: skip
    assert text(made) == [
        "what is recorded",
        "  create   A trail with logging on records IAM write events",
        "what rings",
        "  create   A rule matches the deletion and targets its topic (2 resources)",
        "who hears",
        "  create   The topic takes what the wire rules publish",
        "  create   A subscription for each address, which its owner has yet to confirm",
        "what is kept",
        "  delete   without it the responder hears nothing",
        "             Queue",
    ]
    assert text(made) == text(changes(*[(one.action, one.logical_id) for one in reversed(made.changes)]))


def test_all_names_every_resource():
    made = changes((Action.CREATE, "WireA"), (Action.CREATE, "WireB"))
    assert [line.strip() for line in text(made, every=True)[2:]] == ["WireA", "WireB"]


def test_a_resource_that_no_link_knows_is_still_told():
    assert text(changes((Action.CREATE, "Elsewhere"))) == ["the rest", "  create   Elsewhere"]


def test_no_changes_are_said_in_a_line():
    assert text(changes()) == ["no changes: tocsin is as the template says"]
    assert lines(changes()) == []


@pytest.mark.parametrize(("action", "asked"), [(Action.CREATE, [OPS]), (Action.REPLACE, [OPS]), (Action.KEEP, [])])
def test_who_has_to_confirm_is_who_is_made(action, asked):
    assert to_confirm(changes((action, OPS.logical_id)), [OPS, SMS]) == asked
