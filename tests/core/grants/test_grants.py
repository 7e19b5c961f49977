"""The policies that we print: real actions, on resources that they take, within AWS's limits, and none escalates."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from policy_sentry.querying.actions import get_action_data, get_actions_for_service

from tocsin.core.grants.guardrail import guardrail
from tocsin.core.grants.parts import PARTS
from tocsin.core.grants.scope import Scope
from tocsin.core.grants.statement import MANAGED, ROLE_INLINE, SCP, USER_INLINE
from tocsin.core.policy.judge import Effect
from tocsin.core.policy.judge import judge as judged
from tocsin.core.policy.request import Request
from tocsin.entry.cli.set_up import policy as verb


def judge(policy, request, *, has_principal):
    """What a policy says where all condition keys are known."""
    return judged(policy, replace(request, complete=True), has_principal=has_principal).effect


ROLE = "arn:aws:iam::111122223333:role/deploys-with"
SMALL = Scope("aws", "us-east-1", "111122223333", "tocsin")
FULL = Scope("aws", "us-east-1", "111122223333", "tocsin", has_key=True)
HANDED = Scope("aws", "us-east-1", "111122223333", "tocsin", service_role=ROLE)
LONGEST = Scope("aws-us-gov", "us-gov-west-1", "111122223333", "a" * 24, has_key=True)
POLICIES = [
    pytest.param(make(scope), id=f"{part} {label}")
    for part, make in PARTS.items()
    for label, scope in (("small", SMALL), ("with a key", FULL), ("with a role", HANDED), ("of long names", LONGEST))
]
STATEMENTS = [
    pytest.param(statement, id=f"{policy.id}: {statement.sid}")
    for policy in POLICIES
    for statement in policy.values[0].statements
]


def matching(action):
    """The real actions that an action with wildcards stands for, as the offline service reference has them."""
    service, _, name = action.partition(":")
    form = re.compile(re.escape(name).replace(r"\*", ".*"))
    return [one for one in get_actions_for_service(service) if form.fullmatch(one.partition(":")[2])]


def forms(action):
    """The forms of ARN that an action takes."""
    service, _, name = action.partition(":")
    return {one["resource_arn_format"] for one in get_action_data(service, name)[service]}


def fits(resource, form):
    """Whether an ARN may be one of a form, such as ``arn:${Partition}:sns:${Region}:${Account}:${TopicName}``."""
    pieces = [".+" if piece.startswith("${") else re.escape(piece) for piece in re.split(r"(\$\{\w+\})", form)]
    return re.fullmatch("".join(pieces), resource) is not None


@pytest.mark.parametrize("statement", STATEMENTS)
def test_each_action_is_a_real_one_and_takes_the_resources_that_it_is_given(statement):
    for action in statement.actions:
        real = matching(action)
        assert real, action
        if statement.resources == ("*",):
            continue
        taken = set().union(*map(forms, real))
        assert any(fits(one, form) for one in statement.resources for form in taken - {"*"}), action


@pytest.mark.parametrize("statement", STATEMENTS)
def test_everything_is_open_only_to_what_takes_no_resource_or_looks(statement):
    if statement.resources != ("*",):
        return
    for action in statement.actions:
        service, _, name = action.partition(":")
        data = get_action_data(service, name)[service]
        narrowed = any("RequestTag" in key for keys in statement.condition.values() for key in keys)
        assert "*" in forms(action) or data[0]["access_level"] in ("List", "Read") or narrowed, action


@pytest.mark.parametrize("policy", POLICIES)
def test_every_policy_fits_where_it_goes_and_names_each_statement_once(policy):
    assert policy.size <= (SCP if policy.part == "guardrail" else MANAGED)
    sids = [one.sid for one in policy.statements]
    assert (len(sids), [sid for sid in sids if not sid.isalnum()]) == (len(set(sids)), [])
    assert MANAGED < ROLE_INLINE


def test_a_readers_policy_fits_a_user_and_the_verb_knows_every_part():
    assert PARTS["reader"](SMALL).size <= USER_INLINE
    assert set(verb.PARTS) == set(PARTS)


ADMIN, OTHER = "arn:aws:iam::111122223333:user/admin", "arn:aws:iam::111122223333:role/admin"
POLICY = "arn:aws:iam::111122223333:policy/any"
# The known ways from a few rights to all: Rhino Security Labs, "AWS IAM Privilege Escalation Methods", and kin.
WAYS = [
    *(
        (f"iam:{name}", ADMIN)
        for name in (
            "CreateAccessKey", "CreateLoginProfile", "UpdateLoginProfile", "AttachUserPolicy", "PutUserPolicy",
            "AddUserToGroup", "DeleteUserPermissionsBoundary", "PutUserPermissionsBoundary", "UpdateAccessKey",
            "CreateServiceSpecificCredential", "UploadSSHPublicKey", "DeactivateMFADevice", "DetachUserPolicy",
            "DeleteUserPolicy",
        )
    ),
    *(
        (f"iam:{name}", OTHER)
        for name in (
            "AttachRolePolicy", "PutRolePolicy", "UpdateAssumeRolePolicy", "PassRole", "CreateRole",
            "DeleteRolePermissionsBoundary", "DetachRolePolicy", "DeleteRolePolicy",
        )
    ),
    ("iam:CreatePolicyVersion", POLICY),
    ("iam:SetDefaultPolicyVersion", POLICY),
    ("iam:AttachGroupPolicy", "arn:aws:iam::111122223333:group/admins"),
    ("iam:PutGroupPolicy", "arn:aws:iam::111122223333:group/admins"),
    ("iam:AddUserToGroup", "arn:aws:iam::111122223333:group/admins"),
    ("sts:AssumeRole", OTHER),
    ("lambda:CreateFunction", "arn:aws:lambda:us-east-1:111122223333:function:x"),
    ("lambda:UpdateFunctionCode", "arn:aws:lambda:us-east-1:111122223333:function:x"),
    ("lambda:InvokeFunction", "arn:aws:lambda:us-east-1:111122223333:function:x"),
    ("ec2:RunInstances", "*"),
    ("ssm:SendCommand", "*"),
    ("glue:CreateDevEndpoint", "*"),
    ("datapipeline:CreatePipeline", "*"),
    ("cloudformation:CreateStack", "arn:aws:cloudformation:us-east-1:111122223333:stack/theirs/1"),
    ("cloudformation:CreateChangeSet", "arn:aws:cloudformation:us-east-1:111122223333:stack/theirs/1"),
    ("cloudformation:UpdateStack", "arn:aws:cloudformation:us-east-1:111122223333:stack/theirs/1"),
    ("kms:PutKeyPolicy", "arn:aws:kms:us-east-1:111122223333:key/theirs"),
    ("kms:CreateGrant", "arn:aws:kms:us-east-1:111122223333:key/theirs"),
    ("s3:PutBucketPolicy", "arn:aws:s3:::theirs"),
    ("s3:GetObject", "arn:aws:s3:::theirs/file"),
    ("sns:SetTopicAttributes", "arn:aws:sns:us-east-1:111122223333:theirs"),
    ("sqs:SetQueueAttributes", "arn:aws:sqs:us-east-1:111122223333:theirs"),
    ("cloudtrail:StopLogging", "arn:aws:cloudtrail:us-east-1:111122223333:trail/theirs"),
    ("events:PutTargets", "arn:aws:events:us-east-1:111122223333:rule/theirs"),
]  # fmt: skip


@pytest.mark.parametrize("policy", [one for one in POLICIES if "guardrail" not in one.id])
@pytest.mark.parametrize(("action", "resource"), WAYS, ids=[f"{action} {arn.split('/')[-1]}" for action, arn in WAYS])
def test_no_policy_opens_a_known_way_to_more_rights(policy, action, resource):
    assert judge(policy.compact, Request(action, resource), has_principal=False) is not Effect.ALLOW


DECOY = "arn:aws:iam::111122223333:user/tocsin-drill/x"
NOTHING = "arn:aws:iam::aws:policy/AWSDenyAll"
LITTLE = "arn:aws:iam::aws:policy/IAMUserChangePassword"
EVERYTHING = "arn:aws:iam::aws:policy/AdministratorAccess"


@pytest.mark.parametrize(
    ("action", "context", "allowed"),
    [
        ("iam:CreateUser", {}, False),
        ("iam:CreateUser", {"iam:PermissionsBoundary": EVERYTHING}, False),
        ("iam:CreateUser", {"iam:PermissionsBoundary": NOTHING}, True),
        ("iam:PutUserPolicy", {}, False),
        ("iam:PutUserPolicy", {"iam:PermissionsBoundary": NOTHING}, True),
        ("iam:AttachUserPolicy", {"iam:PermissionsBoundary": NOTHING, "iam:PolicyARN": EVERYTHING}, False),
        (
            "iam:AttachUserPolicy",
            {"iam:PermissionsBoundary": NOTHING, "iam:PolicyARN": LITTLE},
            True,
        ),
        ("iam:DeleteUserPermissionsBoundary", {}, False),
        ("iam:PutUserPermissionsBoundary", {}, False),
        ("iam:CreateAccessKey", {}, True),
    ],
)
def test_a_decoy_may_do_nothing_from_its_first_moment(action, context, allowed):
    said = judge(PARTS["driller"](SMALL).compact, Request(action, DECOY, context=context), has_principal=False)
    assert (said is Effect.ALLOW) == allowed


def test_a_driller_touches_no_rule_but_its_own_which_can_send_nowhere():
    policy = PARTS["driller"](SMALL).compact

    def may(action, rule):
        return judge(policy, Request(action, SMALL.rules.replace("*", rule)), has_principal=False) is Effect.ALLOW

    assert (may("events:PutRule", "drill-abc234"), may("events:PutRule", "wire-iam-user-deleted")) == (True, False)
    assert not any(may(f"events:{name}", "drill-abc234") for name in ("PutTargets", "EnableRule"))
    assert "put any user into the drill's own groups" in PARTS["driller"](SMALL).notes[0]


def test_with_a_service_role_only_that_role_is_handed_and_only_to_cloudformation():
    policy = PARTS["deployer"](HANDED)
    handed = {"iam:PassedToService": "cloudformation.amazonaws.com"}
    lambdas = {"iam:PassedToService": "lambda.amazonaws.com"}

    def said(resource, context):
        return judge(policy.compact, Request("iam:PassRole", resource, context=context), has_principal=False)

    assert (said(ROLE, handed), said(ROLE, lambdas), said(OTHER, handed)) == (
        Effect.ALLOW,
        Effect.NOTHING,
        Effect.NOTHING,
    )
    assert ROLE in policy.notes[0]
    assert not any(
        action.startswith(("sns:Create", "events:Put")) for one in policy.statements for action in one.actions
    )


DEPLOYER = "arn:aws:iam::111122223333:role/deploy"
TAMPERING = [
    ("sns:DeleteTopic", SMALL.topics[0]),
    ("events:DisableRule", SMALL.rules.replace("*", "wire-x")),
    ("cloudtrail:StopLogging", SMALL.trail),
    ("sqs:PurgeQueue", SMALL.feed),
    ("s3:DeleteObjectVersion", SMALL.bucket.replace("*", "x") + "/AWSLogs/1"),
    ("cloudwatch:DisableAlarmActions", SMALL.alarms.replace("*", "x")),
    ("cloudformation:DeleteStack", SMALL.stack.replace("*", "1")),
]


@pytest.mark.parametrize(("action", "resource"), TAMPERING, ids=[action for action, _ in TAMPERING])
def test_the_guardrail_stops_everybody_but_the_deployer_and_leaves_what_is_not_ours(action, resource):
    text = guardrail(SMALL, [DEPLOYER]).compact

    def said(arn, what):
        return judge(text, Request(action, what, context={"aws:PrincipalArn": arn}), has_principal=False)

    assert said(OTHER, resource) is Effect.DENY
    assert said(DEPLOYER, resource) is Effect.NOTHING
    assert said(OTHER, resource.replace("tocsin", "theirs")) is Effect.NOTHING


def test_a_guardrail_that_excepts_nobody_says_so():
    assert any("give --except ARN" in note for note in guardrail(SMALL).notes)
    assert not any("give --except ARN" in note for note in guardrail(HANDED).notes)
