"""Whether whoever is told can work: a function by its role and what was counted, a queue by its age, a key by grants.

AWS's answers are those of its API references.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from answers import Answers
from tocsin import config
from tocsin.core.doctor.findings import findings
from tocsin.core.doctor.joints import function, key, queue, role, target
from tocsin.core.doctor.joints.place import Place
from tocsin.core.doctor.policies import Sender
from tocsin.core.steps import Answered
from tocsin.flows.doctor import examine

REGION, ACCOUNT = "us-east-1", "123456789012"
FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:tell"
QUEUE = f"arn:aws:sqs:{REGION}:{ACCOUNT}:q"
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:t"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/work"
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/k"
RULE = Sender("EventBridge", "events.amazonaws.com", "rule", [f"arn:aws:events:{REGION}:{ACCOUNT}:rule/r"])
PLACE = Place("aws", REGION, ACCOUNT, REGION, None, (), datetime(2026, 11, 26, tzinfo=UTC))
BOTH = ["kms:GenerateDataKey*", "kms:Decrypt"]
OF_THE_ACCOUNT = {"StringEquals": {"AWS:SourceOwner": ACCOUNT}}
KINDS = config.finding_kinds()


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(action, *, effect="Allow", **more):
    return {"Effect": effect, "Action": action, "Resource": "*", **more}


def trust(service):
    return policy({"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": service}})


WHOLE = {
    "GetFunctionConfiguration": {"State": "Active", "Role": ROLE},
    "GetFunctionConcurrency": {},
    "GetPolicy": {"Policy": policy(allow("lambda:InvokeFunction", Principal={"Service": "events.amazonaws.com"}))},
    "GetRole": {"Role": {"AssumeRolePolicyDocument": trust("lambda.amazonaws.com")}},
    "ListRolePolicies": {"PolicyNames": ["may"]},
    "ListAttachedRolePolicies": {},
    "GetRolePolicy": {"PolicyDocument": policy(allow("sqs:*"))},
    "GetMetricData": {},
    "GetQueueUrl": {"QueueUrl": "https://sqs/q"},
    "GetQueueAttributes": {"Attributes": {"ApproximateNumberOfMessages": "3"}},
    "ListEventSourceMappings": {"EventSourceMappings": [{"UUID": "u", "FunctionArn": FUNCTION, "State": "Enabled"}]},
    "DescribeKey": {"KeyMetadata": {"Arn": KEY, "KeyState": "Enabled"}},
    "GetKeyPolicy": {"Policy": policy(allow("kms:*", Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:root"}))},
    "ListGrants": {"Grants": []},
    "GetTopicAttributes": {"Attributes": {"KmsMasterKeyId": "k"}},
}


def found(joints, **change):
    """What is found: code and evidence; and what was counted."""
    told = examine(joints, Answers(WHOLE, change)).told
    return (
        [(one.kind.code, *one.evidence) for one in findings(told, KINDS)],
        [one.recorded.says for _, one in told if one.recorded],
    )


def counted(*values):
    return {"MetricDataResults": [{"Id": f"q{number}", "Values": [value]} for number, value in enumerate(values)]}


def test_a_function_that_works_is_whole_and_what_it_did_is_told():
    assert found(function.joints(PLACE, FUNCTION, [RULE])) == ([], ["0 called, 0 failed, 0 throttled"])
    assert found(function.joints(PLACE, f"{FUNCTION}:live", [RULE]), GetMetricData=counted(7.0)) == (
        [],
        ["7 called, 0 failed, 0 throttled"],
    )


def test_calls_that_failed_or_were_throttled_are_told():
    codes, says = found(function.joints(PLACE, FUNCTION, [RULE]), GetMetricData=counted(7.0, 2.0, 1.0))
    assert codes == [
        ("TOC706", "1 calls were throttled in the last 14 days"),
        ("TOC707", "2 of 7 calls failed in the last 14 days"),
    ]
    assert says == ["7 called, 2 failed, 1 throttled"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"GetRole": Answered(code="NoSuchEntity")}, "there is no such role"),
        (
            {"GetRole": {"Role": {"AssumeRolePolicyDocument": trust("ec2.amazonaws.com")}}},
            "its trust policy does not let lambda.amazonaws.com take it on",
        ),
    ],
)
def test_a_function_whose_role_is_gone_or_not_its_own_does_nothing(change, said):
    assert found(function.joints(PLACE, FUNCTION, [RULE]), **change)[0] == [("TOC708", said)]


def test_a_function_that_reads_a_queue_has_to_be_allowed_to():
    assert found(queue.joints(PLACE, QUEUE, []))[0] == []
    may = policy(allow(["sqs:ReceiveMessage", "sqs:GetQueueAttributes"]))
    assert found(queue.joints(PLACE, QUEUE, []), GetRolePolicy={"PolicyDocument": may})[0] == [
        ("TOC708", f"its policies do not allow sqs:DeleteMessage on {QUEUE}")
    ]


@pytest.mark.parametrize(
    ("waiting", "age", "expected"),
    [("3", 899.0, []), ("3", 900.0, [("TOC606", "the oldest has waited for 900 s")]), ("0", 5000.0, [])],
)
def test_a_queue_in_which_something_waits_long_is_not_read(waiting, age, expected):
    attributes = {"Attributes": {"ApproximateNumberOfMessages": waiting}}
    mappings = {"EventSourceMappings": []}
    joints = queue.joints(PLACE, QUEUE, [])
    answers = {"GetQueueAttributes": attributes, "ListEventSourceMappings": mappings, "GetMetricData": counted(age)}
    assert found(joints, **answers)[0] == expected


def grant(**more):
    return {"Grants": [{"Operations": ["GenerateDataKey", "Decrypt"], **more}]}


EVENTS = {"GranteeServicePrincipal": "events.amazonaws.com"}


@pytest.mark.parametrize(
    ("grants", "lets_in"),
    [
        ({"Grants": []}, False),
        (grant(**EVENTS), True),
        (grant(GranteePrincipal="events.amazonaws.com"), True),
        (grant(GranteeServicePrincipal="sns.amazonaws.com"), False),
        ({"Grants": [{**EVENTS, "Operations": ["Decrypt"]}]}, False),
        (grant(**EVENTS, Constraints={"EncryptionContextSubset": {"aws:sns:topicArn": TOPIC}}), True),
        (grant(**EVENTS, Constraints={"EncryptionContextEquals": {"aws:sns:topicArn": f"{TOPIC}2"}}), False),
    ],
)
def test_a_grant_lets_a_service_use_a_key_beside_its_policy(grants, lets_in):
    codes, _ = found([key.of_resource(PLACE, "k", TOPIC, [RULE], "topic-key")], ListGrants=grants)
    assert codes == ([] if lets_in else [("TOC903", "neither its policy nor a grant lets EventBridge use it")])


def test_no_grant_stands_above_a_deny_and_grants_that_may_not_be_looked_at_are_not_seen():
    joints = [key.of_resource(PLACE, "k", TOPIC, [RULE], "topic-key")]
    denied = {"Policy": policy(allow("kms:*", effect="Deny", Principal="*"))}
    assert [one[0] for one in found(joints, ListGrants=grant(**EVENTS), GetKeyPolicy=denied)[0]] == ["TOC903"]
    refused = Answered(code="AccessDeniedException", said="it may not be seen")
    assert [one[0] for one in found(joints, ListGrants=refused)[0]] == ["TOC001"]


@pytest.mark.parametrize(
    ("own", "theirs", "said"),
    [
        (policy(), policy(allow("sns:Publish", Principal={"AWS": ROLE})), None),
        (policy(), policy(allow("SNS:Publish", Principal={"AWS": "*"}, Condition=OF_THE_ACCOUNT)), None),
        (policy(allow("sns:*")), policy(), None),
        (policy(), policy(allow("sns:*", Principal={"AWS": ACCOUNT})), "its policies do not allow sns:Publish on"),
        (
            policy(allow("sns:*")),
            policy(allow("sns:*", effect="Deny", Principal="*")),
            "its policies deny sns:Publish on",
        ),
    ],
    ids=["named by the topic", "the topic's first policy", "its own", "the account alone", "kept out by the topic"],
)
def test_a_role_may_send_by_leave_of_either_policy_and_a_deny_stands_above(own, theirs, said):
    to_send = role.to_send(ROLE, "events.amazonaws.com", "sns:Publish", TOPIC, lambda _: theirs)
    trusted = {"Role": {"AssumeRolePolicyDocument": trust("events.amazonaws.com")}}
    codes, _ = found([to_send], GetRole=trusted, GetRolePolicy={"PolicyDocument": own})
    assert codes == ([("TOC303", f"{said} {TOPIC}")] if said else [])


ALLOWED = {"PolicyDocument": policy(allow(BOTH))}
DIRECT = {"Policy": policy(allow(BOTH, Principal={"AWS": ROLE}))}


@pytest.mark.parametrize(
    ("change", "lets_in"),
    [
        ({}, False),
        ({"GetRolePolicy": ALLOWED}, True),
        ({"GetKeyPolicy": DIRECT}, True),
        ({"ListGrants": grant(GranteePrincipal=ROLE)}, True),
        ({"GetKeyPolicy": {"Policy": policy()}, "GetRolePolicy": ALLOWED}, False),
        (
            {"GetKeyPolicy": DIRECT, "GetRolePolicy": {"PolicyDocument": policy(allow(BOTH, effect="Deny"))}},
            False,
        ),
        ({"GetTopicAttributes": {"Attributes": {"KmsMasterKeyId": "alias/aws/sns"}}}, True),
        ({"GetTopicAttributes": {"Attributes": {}}}, True),
    ],
    ids=["nothing", "its own policy", "the key's", "a grant", "no delegation", "a deny", "the key of AWS", "no key"],
)
def test_a_role_that_sends_to_an_encrypted_topic_has_to_be_let_use_its_key(change, lets_in):
    codes = {one[0] for one in found([target.key_of_role(ROLE, TOPIC)], **change)[0]}
    assert codes == (set() if lets_in else {"TOC303"})


def test_a_queue_gives_its_own_name_to_its_key():
    shut = {"Condition": {"StringEquals": {"kms:EncryptionContext:aws:sqs:arn": QUEUE}}}
    text = policy(allow(BOTH, Principal={"Service": "events.amazonaws.com"}, **shut))
    attributes = {"Attributes": {"KmsMasterKeyId": "k", "Policy": policy(allow("sqs:*", Principal="*"))}}
    answers = {"GetQueueAttributes": attributes, "ListEventSourceMappings": {}, "GetKeyPolicy": {"Policy": text}}
    assert "TOC903" not in {one[0] for one in found(queue.joints(PLACE, QUEUE, [RULE]), **answers)[0]}
