"""Policies are judged as IAM judges them."""

import json
from dataclasses import replace

import pytest

from tocsin.core.policy.judge import Effect, Unreadable
from tocsin.core.policy.judge import judge as judged
from tocsin.core.policy.request import Request

TOPIC = "arn:aws:sns:us-east-1:111122223333:bell"
RULE = "arn:aws:events:us-east-1:111122223333:rule/deleted"
CONTEXT = {"aws:SourceArn": RULE, "aws:SourceAccount": "111122223333", "aws:SecureTransport": "true"}
REQUEST = Request("sns:Publish", TOPIC, service="events.amazonaws.com", context=CONTEXT, complete=True)


def judge(policy, request, *, has_principal=True):
    return judged(policy or "", request, has_principal=has_principal).effect


def said(*statements, request=REQUEST, has_principal=True):
    base = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sns:Publish"}
    whole = [{**base, "Resource": TOPIC, **statement} for statement in statements]
    return judge(json.dumps({"Version": "2012-10-17", "Statement": whole}), request, has_principal=has_principal)


def test_no_policy_says_nothing():
    assert judge(None, REQUEST) is Effect.NOTHING
    assert judge("", REQUEST) is Effect.NOTHING


def test_one_allow_is_enough_and_a_deny_wins_in_any_order():
    assert said({}) is Effect.ALLOW
    deny = {"Effect": "Deny", "Principal": "*"}
    assert said({}, deny) is Effect.DENY
    assert said(deny, {}) is Effect.DENY


def test_a_single_statement_may_stand_without_a_list():
    statement = {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}
    assert judge(json.dumps({"Statement": statement}), REQUEST) is Effect.ALLOW


@pytest.mark.parametrize(
    ("principal", "effect"),
    [
        ({"Service": "events.amazonaws.com"}, Effect.ALLOW),
        ({"Service": ["sns.amazonaws.com", "events.amazonaws.com"]}, Effect.ALLOW),
        ({"Service": "sns.amazonaws.com"}, Effect.NOTHING),
        ({"AWS": "111122223333"}, Effect.NOTHING),
        ({"AWS": "*"}, Effect.ALLOW),
        ("*", Effect.ALLOW),
    ],
)
def test_a_service_is_named_by_its_own_principal_or_by_everybody(principal, effect):
    assert said({"Principal": principal}) is effect


def test_not_principal_names_everybody_else():
    assert (
        said({"Effect": "Deny", "NotPrincipal": {"Service": "events.amazonaws.com"}, "Principal": {}}) is Effect.NOTHING
    )
    only = {"Effect": "Deny", "NotPrincipal": {"AWS": "111122223333"}, "Principal": {}}
    assert said(only) is Effect.DENY


def test_actions_ignore_case_and_take_wildcards_but_resources_keep_case():
    assert said({"Action": "SNS:pub*"}) is Effect.ALLOW
    assert said({"Action": ["sqs:*", "sns:Publis?"]}) is Effect.ALLOW
    assert said({"Resource": "arn:aws:sns:*:111122223333:b*"}) is Effect.ALLOW
    assert said({"Resource": TOPIC.upper()}) is Effect.NOTHING


def test_not_action_and_not_resource_are_turned_round():
    assert said({"NotAction": "sqs:*"}) is Effect.ALLOW
    assert said({"NotAction": "sns:*"}) is Effect.NOTHING
    assert said({"NotResource": TOPIC}) is Effect.NOTHING


@pytest.mark.parametrize(
    ("condition", "effect"),
    [
        ({"ArnEquals": {"aws:SourceArn": RULE}}, Effect.ALLOW),
        ({"ArnEquals": {"AWS:sourcearn": RULE}}, Effect.ALLOW),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:events:*:111122223333:rule/*"}}, Effect.ALLOW),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:*:rule/deleted"}}, Effect.NOTHING),  # no star crosses a colon
        ({"ArnEquals": {"aws:SourceArn": RULE + "-other"}}, Effect.NOTHING),
        ({"StringEquals": {"aws:SourceArn": RULE.replace("deleted", "*")}}, Effect.NOTHING),
        ({"StringLike": {"aws:SourceArn": RULE.replace("deleted", "*")}}, Effect.ALLOW),
        ({"StringEquals": {"aws:SourceAccount": ["1", "111122223333"]}}, Effect.ALLOW),
        ({"StringEquals": {"aws:SourceAccount": "1"}, "ArnEquals": {"aws:SourceArn": RULE}}, Effect.NOTHING),
        ({"StringNotEquals": {"aws:SourceAccount": "1"}}, Effect.ALLOW),
        ({"StringNotEquals": {"aws:SourceAccount": ["1", "111122223333"]}}, Effect.NOTHING),
        ({"Bool": {"aws:SecureTransport": False}}, Effect.NOTHING),
        ({"Bool": {"aws:SecureTransport": "true"}}, Effect.ALLOW),
        ({"StringEquals": {"aws:PrincipalOrgID": "o-1"}}, Effect.NOTHING),  # the request has no such key
        ({"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}}, Effect.ALLOW),
        ({"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-1"}}, Effect.ALLOW),
        ({"Null": {"aws:PrincipalOrgID": "true"}}, Effect.ALLOW),
        ({"Null": {"aws:SourceArn": True}}, Effect.NOTHING),
        ({"ForAnyValue:StringLike": {"aws:SourceAccount": "1111*"}}, Effect.ALLOW),
        ({"ForAllValues:StringEquals": {"aws:TagKeys": "a"}}, Effect.ALLOW),
        ({"NoSuchOperator": {"aws:SourceArn": RULE}}, Effect.UNKNOWN),
        ({"NoSuchOperator": {"aws:SourceArn": RULE}, "StringEquals": {"aws:SourceAccount": "1"}}, Effect.NOTHING),
        ({"NumericEquals": {"aws:SourceArn": "1"}}, Effect.UNKNOWN),
        ({"ForAnyValue:StringNotEquals": {"aws:TagKeys": "a"}}, Effect.NOTHING),
        ({"ForAllValues:StringNotEquals": {"aws:TagKeys": "a"}}, Effect.ALLOW),
        ("no object", Effect.UNKNOWN),
    ],
)
def test_conditions_hold_as_aws_documents_them(condition, effect):
    assert said({"Condition": condition}) is effect


def test_what_an_unknown_operator_asks_cannot_be_told_whatever_else_allows():
    deny = {"Effect": "Deny", "Condition": {"NoSuchOperator": {"aws:SourceArn": RULE}}}
    assert said({}, deny) is Effect.UNKNOWN
    assert said({}, deny, {"Effect": "Deny"}) is Effect.DENY
    allow = {"Condition": {"NoSuchOperator": {"aws:SourceArn": RULE}}}
    assert said(allow) is Effect.UNKNOWN
    assert said(allow, {}) is Effect.ALLOW


OPEN = replace(REQUEST, context={"aws:SourceArn": RULE}, complete=False)


@pytest.mark.parametrize(
    ("condition", "effect"),
    [
        ({"ArnEquals": {"aws:SourceArn": RULE}}, Effect.ALLOW),
        ({"ArnEquals": {"aws:SourceArn": f"{RULE}x"}}, Effect.NOTHING),
        ({"StringEquals": {"aws:SourceAccount": "111122223333"}}, Effect.UNKNOWN),
        ({"StringNotEquals": {"aws:SourceAccount": "1"}}, Effect.UNKNOWN),
        ({"Null": {"aws:SourceAccount": "true"}}, Effect.UNKNOWN),
        ({"StringEquals": {"aws:SourceAccount": "1"}, "ArnEquals": {"aws:SourceArn": "x"}}, Effect.NOTHING),
        ({"StringEquals": {"aws:SourceArn": "${aws:PrincipalTag/rule}"}}, Effect.UNKNOWN),
    ],
)
def test_of_a_key_that_is_not_known_nobody_can_tell(condition, effect):
    assert said({"Condition": condition}, request=OPEN) is effect


def test_the_statement_that_says_it_is_told():
    text = json.dumps({"Statement": [{"Sid": "A", "Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"}]})
    assert judged(text, REQUEST).statement["Sid"] == "A"
    assert judged(text.replace("Deny", "Allow"), REQUEST).statement["Sid"] == "A"
    assert judged('{"Statement": []}', REQUEST).statement is None


@pytest.mark.parametrize("text", ["no", "[]", "1", '{"Statement": ["x"]}', "[" * 100_000])
def test_what_is_no_policy_is_told_as_that(text):
    with pytest.raises(Unreadable):
        judged(text, REQUEST)


def test_a_key_of_several_values_passes_by_any_of_them_or_by_all():
    request = replace(REQUEST, context={"aws:TagKeys": ("a", "b")})
    told = {
        "ForAnyValue:StringEquals": Effect.ALLOW,
        "ForAllValues:StringEquals": Effect.NOTHING,
        "ForAnyValue:StringNotEquals": Effect.ALLOW,
        "ForAllValues:StringNotEquals": Effect.NOTHING,
    }
    for operator, effect in told.items():
        assert said({"Condition": {operator: {"aws:TagKeys": "a"}}}, request=request) is effect, operator


def test_policies_of_before_2012_have_no_variables():
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::${aws:username}"}
    request = Request("s3:GetObject", "arn:aws:s3:::bob", context={"aws:username": "bob"}, complete=True)
    old, new = ({"Version": version, "Statement": [statement]} for version in ("2008-10-17", "2012-10-17"))
    assert judged(json.dumps(old), request, has_principal=False).effect is Effect.NOTHING
    assert judged(json.dumps(new), request, has_principal=False).effect is Effect.ALLOW


def test_policy_variables_are_filled_from_the_request():
    request = Request("s3:GetObject", "arn:aws:s3:::logs/bob", context={"aws:username": "bob"}, complete=True)
    allowed = {"Action": "s3:GetObject", "Resource": "arn:aws:s3:::logs/${aws:username}"}
    assert said(allowed, request=request, has_principal=False) is Effect.ALLOW
    unknown = {"Action": "s3:GetObject", "Resource": "arn:aws:s3:::logs/${aws:PrincipalTag/team}"}
    assert said(unknown, request=request, has_principal=False) is Effect.NOTHING


def test_numbers_dates_and_addresses_compare_as_such():
    context = {"aws:CurrentTime": "2026-01-02T00:00:00Z", "aws:SourceIp": "10.0.0.7", "s3:max-keys": "10"}
    request = Request("sns:Publish", TOPIC, service="events.amazonaws.com", context=context, complete=True)
    for condition in (
        {"DateGreaterThan": {"aws:CurrentTime": "2026-01-01T00:00:00Z"}},
        {"IpAddress": {"aws:SourceIp": "10.0.0.0/24"}},
        {"NotIpAddress": {"aws:SourceIp": "192.168.0.0/16"}},
        {"NumericLessThanEquals": {"s3:max-keys": 10}},
    ):
        assert said({"Condition": condition}, request=request) is Effect.ALLOW
