"""Whom a policy lets in: the services that have to be, nobody else, and never a guess."""

from __future__ import annotations

import json

import pytest

from tocsin.core.doctor.policies import CanNotTell, Gate, Sender, by_service, of_key, shut_out


def policy(
    action, source="rule/tocsin-wire-*", *, service="events", kept_in=True, closed=True, operator="", resource="*"
):
    """As the template makes it: a service for its sources, and nobody else."""
    allow = {
        "Effect": "Allow",
        "Principal": {"Service": f"{service}.amazonaws.com"},
        "Action": action,
        "Resource": resource,
    }
    if kept_in:
        allow["Condition"] = {"ArnLike": {"aws:SourceArn": f"arn:aws:{service}:us-east-1:123456789012:{source}"}}
    condition = {"Bool": {"aws:PrincipalIsAWSService": "false"}}
    if operator:
        condition["ArnNotEquals"] = {"aws:PrincipalArn": operator}
    deny = {"Effect": "Deny", "Principal": "*", "Action": action, "Resource": "*", "Condition": condition}
    return json.dumps({"Version": "2012-10-17", "Statement": [allow, deny] if closed else [allow]})


def merged(*policies):
    """One policy with the statements of several."""
    return json.dumps(
        {"Version": "2012-10-17", "Statement": [one for p in policies for one in json.loads(p)["Statement"]]}
    )


def with_statement(text, **statement):
    """A policy with one statement more."""
    return merged(text, json.dumps({"Statement": [statement]}))


SEND, PUBLISH = "sqs:SendMessage", "sns:Publish"
TOPIC = "arn:aws:sns:us-east-1:123456789012:t"
RULES = "arn:aws:events:us-east-1:123456789012:rule"
WIRES = Sender("EventBridge", "events.amazonaws.com", "rule", [f"{RULES}/tocsin-wire-a", f"{RULES}/tocsin-wire-b"])
ALARMS = Sender(
    "CloudWatch",
    "cloudwatch.amazonaws.com",
    "alarm",
    ["arn:aws:cloudwatch:us-east-1:123456789012:alarm:tocsin-x"],
)
OPERATOR = "arn:aws:iam::123456789012:role/ops"
WHOLE = policy(PUBLISH)
DENY = {"Effect": "Deny", "Principal": "*", "Action": PUBLISH, "Resource": "*"}
HANGS = {"StringEquals": {"aws:PrincipalOrgID": "o-1234567890"}}
DEFAULT = {
    "Effect": "Allow",
    "Principal": {"AWS": "*"},
    "Action": ["SNS:Publish", "SNS:Subscribe"],
    "Resource": TOPIC,
    "Condition": {"StringEquals": {"AWS:SourceOwner": "123456789012"}},
}


def gate(text):
    return Gate(text, PUBLISH, TOPIC)


def shut(text, sender=WIRES):
    return [arn.rpartition("/")[2] for arn in gate(text).shut(sender)]


def test_who_has_to_be_let_in_is_and_nobody_else():
    assert shut(WHOLE) == []
    assert gate(WHOLE).leaks([WIRES]) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ["tocsin-wire-a", "tocsin-wire-b"]),
        (policy(PUBLISH, "rule/tocsin-wire-b"), ["tocsin-wire-a"]),
        (policy(PUBLISH, resource="arn:aws:sns:us-east-1:123456789012:other"), ["tocsin-wire-a", "tocsin-wire-b"]),
        (with_statement(WHOLE, **DENY), ["tocsin-wire-a", "tocsin-wire-b"]),
        (json.dumps({"Statement": [DEFAULT]}), ["tocsin-wire-a", "tocsin-wire-b"]),
    ],
    ids=["no policy", "one rule alone", "another topic", "a deny without a condition", "SNS's first policy"],
)
def test_a_policy_that_does_not_let_a_rule_in_shuts_it_out(text, expected):
    assert shut(text) == expected


def test_alarms_come_by_the_first_policy_of_sns():
    assert gate(json.dumps({"Statement": [DEFAULT]})).shut(ALARMS) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (policy(PUBLISH, closed=False), "nobody else is kept out"),
        (policy(PUBLISH, kept_in=False), "rules of other accounts are let in too"),
        (policy(PUBLISH, "rule/*"), "rules of this account that are not its own are let in too"),
        (
            policy(PUBLISH, operator="arn:aws:iam::123456789012:user/eve"),
            "arn:aws:iam::123456789012:user/eve is not kept out",
        ),
    ],
)
def test_whoever_else_is_let_in_is_named(text, said):
    assert gate(text).leaks([WIRES]) == [said]


def test_the_operator_of_the_config_is_the_one_exception_and_must_be_in_the_policy():
    assert gate(policy(PUBLISH, operator=OPERATOR)).leaks([WIRES], OPERATOR) == []
    assert gate(WHOLE).leaks([WIRES], OPERATOR) == ["the operator is kept out"]


def test_the_world_is_let_in_only_by_a_statement_that_names_nobody():
    assert not gate(WHOLE).open_to_the_world()
    assert not gate(json.dumps({"Statement": [DEFAULT]})).open_to_the_world()
    assert gate(json.dumps({"Statement": [{**DENY, "Effect": "Allow"}]})).open_to_the_world()


@pytest.mark.parametrize("text", ["rubbish", "[]", '{"Statement": 1}'])
def test_what_is_no_policy_can_not_be_told(text):
    with pytest.raises(CanNotTell, match="its policy can not be read"):
        gate(text).shut(WIRES)


def test_what_hangs_on_something_unknown_can_not_be_told_and_shows_the_statement_once():
    with pytest.raises(CanNotTell) as doubt:
        gate(with_statement(WHOLE, **DENY, Condition=HANGS)).shut(WIRES)
    assert str(doubt.value).startswith("can not tell whether EventBridge is let in")
    assert str(doubt.value).count('"Effect":') == 1


def test_a_leak_that_is_sure_is_told_before_a_doubt():
    opened = {**DENY, "Effect": "Allow", "Condition": HANGS}
    assert gate(json.dumps({"Statement": [opened]})).leaks([WIRES]) == ["nobody else is kept out"]


KEY = "arn:aws:kms:us-east-1:123456789012:key/k"
MAY = {
    "Effect": "Allow",
    "Principal": {"Service": ["events.amazonaws.com", "cloudwatch.amazonaws.com"]},
    "Action": ["kms:GenerateDataKey*", "kms:Decrypt"],
    "Resource": "*",
}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, []),
        ({"Principal": {"Service": "cloudwatch.amazonaws.com"}}, ["EventBridge"]),
        ({"Action": "kms:Decrypt"}, ["EventBridge", "CloudWatch"]),
        ({"Condition": {"ArnLike": {"aws:SourceArn": f"{RULES}/*"}}}, ["EventBridge", "CloudWatch"]),
        ({"Condition": {"StringEquals": {"kms:EncryptionContext:aws:sns:topicArn": TOPIC}}}, []),
        (
            {"Condition": {"StringEquals": {"kms:EncryptionContext:aws:sns:topicArn": "other"}}},
            ["EventBridge", "CloudWatch"],
        ),
    ],
)
def test_a_key_is_asked_as_the_services_ask_it(change, expected):
    text = json.dumps({"Statement": [{**MAY, **change}]})
    asks = {
        sender.name: [of_key(action, KEY, TOPIC, sender) for action in ("kms:GenerateDataKey", "kms:Decrypt")]
        for sender in (WIRES, ALARMS)
    }
    assert shut_out(text, asks, "use it") == expected


def test_a_request_of_a_service_tells_for_whom_it_is_made():
    request = by_service("sns.amazonaws.com", SEND, "q", TOPIC)
    assert (request.values("aws:SourceArn"), request.values("aws:SourceAccount")) == ((TOPIC,), ("123456789012",))
