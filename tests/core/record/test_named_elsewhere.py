"""What a record is about where no parameter of a known name names it."""

from __future__ import annotations

import pytest

from builders import entry, record
from tocsin.core.record.actor import actor_of
from tocsin.core.record.subject import object_of, subject_of


def about(made):
    read = record(made)
    return str(subject_of(read, actor_of(read)))


def call(name, source="iam.amazonaws.com", request=None, answer=None, **more):
    return entry(name, eventSource=source, requestParameters=request, responseElements=answer, **more)


ROLE = "arn:aws:iam::444455556666:role/path/to/audit"
STS, ORG = "sts.amazonaws.com", "organizations.amazonaws.com"


@pytest.mark.parametrize(
    ("made", "named"),
    [
        (call("AssumeRole", STS, {"roleArn": ROLE, "roleSessionName": "x"}), "IAM role audit"),
        (call("AssumeRoleWithSAML", STS, {"roleArn": ROLE}), "IAM role audit"),
        (call("AssumeRoleWithWebIdentity", STS, {"roleArn": ROLE}), "IAM role audit"),
        (call("AssumeRoot", STS, {"targetPrincipal": "444455556666"}), "root user of account 444455556666"),
        (
            call("AssumeRoot", STS, {"targetPrincipal": "arn:aws:iam::444455556666:root"}),
            "root user of account 444455556666",
        ),
        (call("GetFederationToken", STS, {"name": "kai"}), "federated user kai"),
        (
            call("CreateOpenIDConnectProvider", request={"url": "https://token.actions.githubusercontent.com"}),
            "OIDC provider token.actions.githubusercontent.com",
        ),
        (call("CreateSAMLProvider", request={"name": "okta"}), "SAML provider okta"),
        (call("EnableRegion", "account.amazonaws.com", {"regionName": "af-south-1"}), "Region af-south-1"),
        (call("AcceptHandshake", ORG, {"handshakeId": "h-1"}), "handshake h-1"),
        (
            call("CreateOrganizationalUnit", ORG, {"name": "prod", "parentId": "r-1"}),
            "organizational unit prod",
        ),
        (call("CreateKey", "kms.amazonaws.com", {}, {"keyMetadata": {"keyId": "1234"}}), "key 1234"),
        (
            call("CreateAnalyzer", "access-analyzer.amazonaws.com", {"analyzerName": "all"}),
            "analyzer all",
        ),
        (
            call("CreateDetector", "guardduty.amazonaws.com", {"enable": True}, {"detectorId": "d1"}),
            "detector d1",
        ),
        (
            call("AddMemberToGroup", "sso-directory.amazonaws.com", {"groupId": "g", "member": {"memberId": "u-1"}}),
            "Identity Center user u-1",
        ),
        (
            call("CreateGroupMembership", "identitystore.amazonaws.com", {"groupId": "g", "memberId": {"userId": "u"}}),
            "Identity Center user u",
        ),
        (
            call(
                "CloseAccountResult",
                ORG,
                serviceEventDetails={"closeAccountStatus": {"accountId": "444455556666", "state": "SUCCEEDED"}},
            ),
            "account 444455556666",
        ),
        (
            call("RotateKey", "kms.amazonaws.com", serviceEventDetails={"keyId": "1234abcd"}),
            "resource 1234abcd",
        ),
    ],
)
def test_what_was_made_enabled_taken_on_or_joined_is_named(made, named):
    assert about(made) == named


def test_a_role_of_another_account_is_of_that_account():
    read = record(call("AssumeRole", STS, {"roleArn": ROLE}))
    assert subject_of(read, actor_of(read)).account == "444455556666"


def test_the_group_is_what_was_touched_where_a_member_is_the_subject():
    read = record(
        call("RemoveMemberFromGroup", "sso-directory.amazonaws.com", {"groupId": "g", "member": {"memberId": "u"}})
    )
    assert object_of(read, subject_of(read, actor_of(read))) == "g"


@pytest.mark.parametrize(
    "made",
    [
        call("CreateAccount", ORG, {"email": "****", "accountName": "****"}),
        call("CreateThing", "new.amazonaws.com", {"thing": {"deep": {"deeper": {"thingName": "x"}}}}),
        call("Do", "new.amazonaws.com", {"name": "x"}),
        call("CreateThing", "new.amazonaws.com", {"thingName": "x" * 600}),
        call("CreateThing", "new.amazonaws.com", {"thingName": 7}),
    ],
)
def test_what_is_hidden_too_deep_too_long_or_no_text_is_no_name(made):
    assert about(made) == "None"


def test_a_marker_in_place_of_a_name_is_no_name():
    made = call("CreateUser", "sso-directory.amazonaws.com", {"userName": "HIDDEN_DUE_TO_SECURITY_REASONS"})
    assert "HIDDEN" not in about(made)
