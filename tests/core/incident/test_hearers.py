"""Who hears of a deed by the config's routes, and what is wrong with routes before anything happens."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC

import pytest

from bells import OPS, Bell, FakeChannel
from builders import NOW, at, deeds_of, entry, message_of
from tocsin.core.channels import ChannelSpec
from tocsin.core.incident.hearers import Hearers, faults, gaps
from tocsin.core.routes import Escalation, route_of

SPECS = tuple(ChannelSpec(name, "terminal") for name in ("pager", "ops"))


def settings(*tables, **more):
    routes = tuple(route_of(one, None) for one in tables)
    return replace(OPS, specs=SPECS, routes=routes, timezone=UTC, **more)


def test_without_routes_every_channel_hears_of_everything(rules):
    [deed], key = deeds_of([entry()])
    assert Hearers(replace(OPS, specs=SPECS), rules).of(key, deed) == ("pager", "ops")


def test_a_tag_is_the_rules_pack_family_or_technique(rules):
    [deed], key = deeds_of([entry()])
    for tag, hears in (("identity", ("pager",)), ("T1531", ("pager",)), ("tamper", ())):
        chosen = settings({"channels": "pager", "tags": tag}, default_channels=())
        assert Hearers(chosen, rules).of(key, deed) == hears


def test_a_louder_deed_brings_a_channel_in_which_hears_the_whole_story_and_stays(rules):
    chosen = settings({"channels": "pager", "severity": "high"}, {"channels": "ops"})
    bell, pager, ops = Bell(rules, settings=chosen), FakeChannel(name="pager"), FakeChannel(name="ops")
    bell.take(message_of(at(0, name="DeleteAccessKey", requestParameters={"userName": "ann", "accessKeyId": "AKIAX"})))
    bell.tell(61, ops)
    bell.tell(0, pager)
    assert (len(ops.notices), len(pager.notices)) == (1, 0)
    bell.take(message_of(at(5, requestParameters={"userName": "ann"})))
    bell.tell(0, pager)
    [notice] = pager.notices
    assert notice.sentence == "IAM user ann was deleted by IAM user alice."
    assert any("AKIAX" in line for line in notice.before)
    bell.take(message_of(at(9, name="DeleteAccessKey", requestParameters={"userName": "bob", "accessKeyId": "AKIAY"})))
    bell.tell(70, pager)
    assert len(pager.notices) == 2  # once in, it hears of all of it


@pytest.mark.parametrize(
    ("tables", "more", "said"),
    [
        ([{"channels": "pagr"}], {}, ["route 1: there is no channel pagr"]),
        ([{"channels": "ops", "rules": "nope-*"}], {}, ["route 1: no rule that is on is called nope-*"]),
        ([{"channels": "ops", "tags": "nope"}], {}, ["route 1: no rule that is on has the tag nope"]),
        (
            [{"channels": "ops", "severity": "critical", "rules": "iam-user-deleted"}],
            {},
            ["route 1: it takes nothing: no rule that is on has all that it asks for"],
        ),
        (
            [{"channels": "ops", "accounts": "999988887777"}],
            {"accounts": frozenset({"111122223333"})},
            ["route 1: none of its accounts is among those that are expected"],
        ),
        (
            [{"channels": "ops"}, {"channels": "pager", "severity": "high"}],
            {"first_route": True},
            ["route 2: it is never asked: route 1 takes all that it would"],
        ),
        ([{"channels": "ops"}, {"channels": "pager", "severity": "high"}], {}, []),
        ([{"channels": "ops"}], {"default_channels": ("nobody",)}, ["default_channels: there is no channel nobody"]),
    ],
)
def test_what_a_route_can_never_do_is_said_all_at_once(rules, tables, more, said):
    assert faults(settings(*tables, **more), rules) == said


def test_a_channel_that_no_route_reaches_is_said(rules):
    chosen = settings({"channels": "ops"}, default_channels=("ops",))
    assert gaps(chosen, rules, NOW) == ["no route reaches the channel pager"]
    assert gaps(settings({"channels": "ops"}), rules, NOW) == []


def test_an_hour_that_nobody_covers_is_said_with_what_is_missed(rules):
    chosen = settings({"channels": ["ops", "pager"], "hours": "mon-sat 00:00-24:00"}, default_channels=())
    [gap] = gaps(chosen, rules, NOW)
    assert gap.startswith("nobody hears of ")
    assert gap.endswith("on sun at 00:05")
    loud = settings({"channels": ["ops", "pager"], "severity": "high"}, default_channels=())
    [gap] = gaps(loud, rules, NOW)
    assert "iam-user-deleted" not in gap


def test_who_is_called_by_escalation_hears_nothing_else_unless_a_route_says_so(rules):
    [deed], key = deeds_of([entry()])
    ladder = Escalation(("pager", "nobody"))
    assert Hearers(settings(escalation=ladder), rules).of(key, deed) == ("ops",)
    assert Hearers(settings({"channels": "pager"}, escalation=ladder), rules).of(key, deed) == ("pager",)
    assert faults(settings(escalation=ladder), rules) == ["escalation: there is no channel nobody"]
    assert gaps(settings({"channels": "ops"}, escalation=Escalation(("pager",))), rules, NOW) == []


@pytest.mark.parametrize("more", [{"escalation": Escalation(("pager", "ops"))}, {"default_channels": ()}])
def test_a_config_by_which_nobody_hears_of_anything_is_refused(rules, more):
    [fault] = faults(settings(**more), rules)
    assert fault.startswith("nobody hears of anything")
