"""The feeds carry all that any rule rings for, within the quotas of a bus."""

import json
from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.config import catalogue, frame
from tocsin.core.match.rules import Role, selected
from tocsin.core.pattern import compile_pattern
from tocsin.core.pattern.cloudtrail_event import DETAIL_TYPES
from tocsin.core.record.record import NATIVE
from tocsin.core.settings import DEFAULTS
from tocsin.core.template import pipeline
from tocsin.core.template.pipeline import compose, feed_patterns, wire_pattern
from tocsin.errors import UsageError

RULES = catalogue()
PACKS = sorted({rule.pack for rule in RULES})
ALL = replace(DEFAULTS, packs=frozenset(PACKS))
SUBSETS = [frozenset(some) for count in range(1, len(PACKS) + 1) for some in combinations(PACKS, count)]
EXAMPLES = [json.loads(example.record) for rule in RULES for example in rule.examples]
FEEDS = {
    packs: [compile_pattern(text) for text in feed_patterns(selected(RULES, replace(DEFAULTS, packs=packs))).values()]
    for packs in SUBSETS
}
NAMES = sorted({one["eventName"] for one in EXAMPLES if "eventName" in one})
SOURCES = sorted({one["eventSource"] for one in EXAMPLES if "eventSource" in one})
KINDS = sorted({*DETAIL_TYPES.values(), *(kind for kinds in NATIVE.values() for kind in kinds)})
ERRORS = [None, "AccessDenied", "DeleteConflictException", "NoSuchEntity", "Client.UnauthorizedOperation", "x"]
KEEP = st.just("keep")


def envelope(example):
    """The event that carries an example."""
    if "detail-type" in example:
        return example
    return {
        "source": f"aws.{example['eventSource'].partition('.')[0]}",
        "detail-type": DETAIL_TYPES[example["eventType"]],
        "detail": dict(example),
    }


@given(
    st.sampled_from(SUBSETS),
    st.sampled_from(EXAMPLES),
    KEEP | st.sampled_from(NAMES),
    KEEP | st.sampled_from(SOURCES),
    KEEP | st.sampled_from(KINDS),
    KEEP | st.sampled_from(ERRORS),
    KEEP | st.sampled_from([f"aws.{source.partition('.')[0]}" for source in SOURCES] + ["mine"]),
    st.sets(st.sampled_from(["requestParameters", "userIdentity", "eventName", "errorMessage"])),
)
def test_whatever_rings_a_rule_that_is_on_is_fed_to_the_queue(  # noqa: PLR0917 - what hypothesis varies
    packs, example, name, source, kind, error, bus, without
):
    event = json.loads(json.dumps(envelope(example)))
    changes = {"eventName": name, "eventSource": source, "errorCode": error}
    event["detail"] |= {key: value for key, value in changes.items() if value not in ("keep", None)}
    event |= {key: value for key, value in (("detail-type", kind), ("source", bus)) if value != "keep"}
    for key in without:
        event["detail"].pop(key, None)
    rings = any(rule.pattern.matches(event) for rule in RULES if rule.pack in packs)
    assert any(feed.matches(event) for feed in FEEDS[packs]) >= rings


@pytest.mark.parametrize("packs", SUBSETS, ids=lambda packs: "+".join(sorted(packs)))
def test_every_choice_of_packs_fits_into_what_aws_takes(packs):
    rules = selected(RULES, replace(DEFAULTS, packs=packs))
    assert len(compose(frame(), rules).encode()) <= 51_200
    assert max(len(pattern) for pattern in feed_patterns(rules).values()) <= 2_048


def test_every_feed_names_aws_as_its_source():
    sources = [json.loads(text)["source"] for text in feed_patterns(selected(RULES, ALL)).values()]
    assert {(one if isinstance(one, str) else one["prefix"])[:4] for found in sources for one in found} == {"aws."}


def test_names_too_many_for_one_pattern_are_fed_by_several():
    rule = next(rule for rule in RULES if rule.id == "iam-user-deleted")
    value = json.loads(rule.pattern.text)
    value["detail"]["eventName"] = [f"Delete{'x' * 20}{number}" for number in range(100)]
    feeds = feed_patterns([rule._replace(pattern=compile_pattern(value))])
    carried = [name for text in feeds.values() for name in json.loads(text)["detail"]["eventName"]]
    assert sorted(carried) == sorted(value["detail"]["eventName"])
    assert list(feeds) == ["iam.amazonaws.com", "iam.amazonaws.com 2"]


def test_a_feed_carries_no_other_services_names():
    feeds = feed_patterns(selected(RULES, ALL))
    assert "PurgeQueue" not in feeds["events.amazonaws.com"]
    assert "PurgeQueue" in feeds["sqs.amazonaws.com"]


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule.wire], ids=lambda rule: rule.id)
def test_a_wire_is_for_triggers_and_rings_on_success_only(rule):
    assert rule.role is Role.TRIGGER
    assert json.loads(wire_pattern(rule))["detail"]["errorCode"] == [{"exists": False}]


def test_more_wildcard_rules_than_a_bus_takes_are_refused(monkeypatch):
    monkeypatch.setattr(pipeline, "MOST_WITH_WILDCARDS", 1)
    with pytest.raises(UsageError, match="event rules with wildcards are more than the 1"):
        compose(frame(), selected(RULES, ALL))
