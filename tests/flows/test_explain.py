"""Explaining: every record of a body in words, and nothing stored or sent."""

import json

import pytest

from builders import ACCOUNT, NOW, denied, entry, event_of
from tocsin.core.record.record import Pointer, Rejected
from tocsin.core.settings import DEFAULTS
from tocsin.flows.explain import Explained, explain


def of(body, rules):
    return list(explain(body if isinstance(body, bytes) else json.dumps(body).encode(), rules, DEFAULTS, NOW))


def test_each_record_is_told_by_itself_in_its_place(rules):
    found = of({"Records": [entry(), {"no": "record"}, denied(), entry("CreateUser")]}, rules)
    assert [
        item.reason if isinstance(item, Rejected) else (item.rings, item.notices[0].sentence) for item in found
    ] == [
        (True, "IAM user bob was deleted by IAM user alice."),
        "no CloudTrail record: eventName and eventSource missing or not text",
        (True, "IAM user alice tried to delete IAM user bob and was refused: access denied (AccessDenied)."),
        (False, "IAM user alice created IAM user bob."),
    ]


def test_a_record_that_no_rule_rings_for_says_so(rules):
    (item,) = of(entry("CreateUser"), rules)
    (notice,) = item.notices
    assert (notice.rule, notice.title, notice.next_steps) == (
        "neutral",
        f"IAM user alice created IAM user bob in account {ACCOUNT}",
        ("No rule of the catalogue rings for this event; it is shown because you asked.",),
    )


@pytest.mark.parametrize("body", [entry(), event_of(entry()), event_of(entry(), account="999999999999")])
def test_history_and_the_live_event_are_told_alike_and_no_account_is_turned_away(body, rules):
    (item,) = of(body, rules)
    assert (type(item), item.rings, item.notices[0].incident) == (Explained, True, "explained")


def test_a_pointer_is_handed_on(rules):
    assert of({"s3Bucket": "b", "s3ObjectKey": ["k"]}, rules) == [Pointer("b", "k")]


def test_a_forged_event_rings_nothing(rules):
    (item,) = of(event_of(entry(), source="custom.iam"), rules)
    assert item.rings is False
