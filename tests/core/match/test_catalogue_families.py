"""What the catalogue holds: every family that was promised, and every rule with what a person needs."""

import json
import re
from dataclasses import replace

import pytest

from places import ROOT
from tocsin.config import catalogue
from tocsin.core.match.rules import RuleSet, parse_rule, selected
from tocsin.core.record.envelope import unwrap
from tocsin.core.record.record import Record
from tocsin.core.settings import DEFAULTS
from tocsin.errors import UsageError

RULES = catalogue()
IDS = [rule.id for rule in RULES]
BY_ID = {rule.id: rule for rule in RULES}


@pytest.mark.parametrize("rule", RULES, ids=IDS)
def test_each_rule_leads_to_a_runbook_that_names_it(rule):
    assert f"`{rule.id}`" in (ROOT / f"docs/runbooks/{rule.runbook}.md").read_text("utf-8")


@pytest.mark.parametrize("rule", RULES, ids=IDS)
def test_each_rule_says_its_technique_its_next_steps_and_when_it_rings_for_nothing(rule):
    assert all((rule.attack, rule.next_steps, rule.false_positives, rule.title))


@pytest.mark.parametrize("rule", RULES, ids=IDS)
def test_each_rule_names_aws_as_its_source(rule):
    sources = rule.pattern.only("source")
    assert sources is None or all(source.startswith("aws.") for source in sources)


def test_the_packs_that_are_on_by_default_are_all_but_the_benchmarks():
    assert {rule.pack for rule in RULES} - DEFAULTS.packs == {"cis"}
    assert {rule.pack for rule in selected(RULES, DEFAULTS)} == set(DEFAULTS.packs)


# CloudTrail's names, not the API's (Lambda Developer Guide and S3 User Guide, the pages on CloudTrail).
NEVER = {"PutFunctionConcurrency", "UpdateFunctionCode", "DeleteFunction", "PutBucketLifecycleConfiguration",
         "PutPublicAccessBlock", "UpdateEventSourceMapping", "DeletePublicAccessBlock"}  # fmt: skip


def test_no_rule_waits_for_a_name_that_cloudtrail_never_writes():
    assert RuleSet(RULES).watched & NEVER == set()


def test_no_rule_waits_for_the_event_source_that_eventbridge_does_not_have():
    assert [rule.id for rule in RULES if "eventbridge.amazonaws.com" in rule.pattern.text] == []


@pytest.mark.parametrize("name", ["bell", "my-alarm"])
def test_rules_about_the_alarm_know_its_name(name):
    on = RuleSet(selected(RULES, replace(DEFAULTS, name=name)))
    example = next(example for example in BY_ID["bell-rule-silenced"].examples if example.rings)
    found = [
        [rule.id for rule in on.match(next(iter(unwrap(example.record.replace("tocsin-", prefix)))))]
        for prefix in (f"{name}-", "tocsin-")
    ]
    assert found == [["bell-rule-silenced"], []]


def test_what_is_done_by_the_api_the_console_and_scim_rings_alike():
    on = RuleSet(selected(RULES, DEFAULTS))
    rings = [example.record for example in BY_ID["ic-user-deleted"].examples if example.rings]
    assert [[rule.id for rule in on.match(next(iter(unwrap(one))))] for one in rings] == [["ic-user-deleted"]] * 3


def test_a_native_notification_is_a_record_that_names_its_subject():
    example = BY_ID["ic-user-deleted-native"].examples[0]
    (found,) = unwrap(example.record)
    assert (found.name, found.region, found.account) == ("User Deleted", "eu-central-1", "111122223333")


def test_an_unknown_notification_of_identity_center_is_rejected():
    event = json.loads(BY_ID["ic-user-deleted-native"].examples[0].record)
    (found,) = unwrap({**event, "detail-type": "User Painted"})
    assert "no CloudTrail record" in found.reason


def good():
    return {
        "title": "t", "pack": "own", "family": "own", "role": "trigger", "severity": "low", "brief": "b",
        "sentence": "s", "next_steps": ["n"],
        "pattern": json.dumps({"source": ["aws.iam"], "detail": {"eventName": ["DeleteUser"]}}),
        "examples": [{"says": "a", "rings": rings, "record": "{}"} for rings in (True, False)],
    }  # fmt: skip


@pytest.mark.parametrize(
    "pattern",
    [
        {"detail": {"eventName": ["DeleteUser"]}},
        {"source": ["aws.iam", "mine"]},
        {"source": [{"prefix": "a"}]},
        {"source": [{"anything-but": ["mine"]}]},
        {"source": [{"exists": True}]},
        {"$or": [{"source": ["aws.iam"]}, {"detail": {"eventName": ["DeleteUser"]}}]},
    ],
    ids=json.dumps,
)
def test_a_pattern_that_anybody_can_forge_is_refused(pattern):
    with pytest.raises(UsageError, match="must name `source`"):
        parse_rule("own-rule", {**good(), "pattern": json.dumps(pattern)})


def test_a_pattern_that_eventbridge_would_not_store_is_refused():
    pattern = {"source": ["aws.iam"], "detail": {"eventName": [{"wildcard": "*a*a*a*a*a*a*a*a*a*a*a*"}]}}
    with pytest.raises(UsageError, match="wildcard complexity"):
        parse_rule("own-rule", {**good(), "pattern": json.dumps(pattern)})


def test_placeholders_for_the_deed_and_the_attempt_are_known():
    rule = parse_rule("own-rule", {**good(), "sentence": "{actor} {deed}", "brief": "{event}: {attempt}"})
    assert re.findall(r"{(\w+)}", rule.brief) == ["event", "attempt"]


def test_a_record_of_no_watched_name_is_left_out_by_its_name_alone():
    rules = RuleSet(selected(catalogue(), DEFAULTS))
    patterns = [rule for rule in rules if rule.pattern is not None]
    for rule in patterns:
        for example in rule.examples:
            for record in unwrap(example.record):
                if isinstance(record, Record):
                    by_one = [one.id for one in patterns if one.pattern.matches(record.as_event())]
                    assert sorted(one.id for one in rules.match(record)) == sorted(by_one)
