"""To whom it was done, for calls that succeed, fail, are denied, or leave the name out."""

import pytest

from builders import ACCOUNT, ALICE, ROOT, SSO, denied, entry, failed, record
from tocsin.core.record.actor import actor_of
from tocsin.core.record.subject import SELF_CALLS, Subject, is_self, object_of, subject_of

BOB = Subject("IAM user", "bob", ACCOUNT)
NAMELESS = Subject("IAM user", "", ACCOUNT)


def of(made):
    one = record(made)
    return subject_of(one, actor_of(one))


def test_a_call_that_succeeds_names_its_subject_in_its_parameters():
    assert of(entry()) == BOB


@pytest.mark.parametrize("code", ["DeleteConflict", "NoSuchEntityException", "Throttling"])
def test_a_call_that_failed_otherwise_keeps_its_parameters(code):
    assert of(failed(code)) == BOB


@pytest.mark.parametrize(
    ("resource", "subject"),
    [
        ("user bob", BOB),
        ("user division/team/bob", BOB),
        ("user bob.o+x=1,@-_", Subject("IAM user", "bob.o+x=1,@-_", ACCOUNT)),
        ("arn:aws:iam::111122223333:user/bob", BOB),
        ("arn:aws:iam::111122223333:user/division/team/bob", BOB),
        ("arn:aws:iam::111122223333:user/<!channel>/bob", BOB),
        ("arn:aws:iam::999999999999:user/bob", Subject("IAM user", "bob", "999999999999")),
        ("arn:aws-cn:iam::111122223333:user/bob", BOB),
        ("role Deploy", Subject("IAM role", "Deploy", ACCOUNT)),
        ("group ops", Subject("IAM group", "ops", ACCOUNT)),
        ("instance profile web", Subject("instance profile", "web", ACCOUNT)),
        ("mfa bob", Subject("MFA device", "bob", ACCOUNT)),
        ("arn:aws:iam::111122223333:mfa/bob", Subject("MFA device", "bob", ACCOUNT)),
        ("policy arn:aws:iam::111122223333:policy/x/own", Subject("IAM policy", "own", ACCOUNT)),
        ("bob", BOB),
        ("arn:", Subject("IAM user", "arn:", ACCOUNT)),
        ("*", NAMELESS),
        ("", NAMELESS),
    ],
)
@pytest.mark.parametrize(
    "why",
    [
        "no identity-based policy allows the iam:DeleteUser action",
        "no permissions boundary allows the iam:DeleteUser action",
    ],
)
def test_a_denied_call_names_its_target_from_the_message(resource, subject, why):
    assert of(denied(resource=resource, why=why)) == subject


def test_an_explicit_deny_names_its_target_too():
    message = f"User: {ALICE['arn']} is not authorized to perform: iam:DeleteUser on resource: user bob"
    spellings = (f"{message} with an explicit deny in a service control policy", message, f"{message}\n")
    assert [of(denied(errorMessage=text)) for text in spellings] == [BOB, BOB, BOB]


@pytest.mark.parametrize(
    "message", ["", "Access Denied", "not authorized to perform: iam:DeleteUser on resource: user eve"]
)
def test_a_message_of_another_form_tells_nobody(message):
    assert of(denied(errorMessage=message)) == NAMELESS


def test_a_session_name_cannot_name_another_target():
    actor = "arn:aws:sts::111122223333:assumed-role/x/on-resource:-user-eve"
    message = f"User: {actor} is not authorized to perform: iam:DeleteUser on resource: user bob because no"
    assert of(denied(errorMessage=message)) == BOB


@pytest.mark.parametrize("name", sorted(SELF_CALLS))
def test_a_call_that_names_nobody_is_about_its_caller(name):
    made = entry(name, requestParameters={})
    by_root = entry(name, requestParameters={}, userIdentity=ROOT)
    assert (of(made), of(by_root)) == (
        Subject("IAM user", "alice", ACCOUNT),
        Subject("root user", ACCOUNT, ACCOUNT),
    )


def test_a_self_call_of_a_role_names_nobody_rather_than_a_wrong_one():
    assert of(entry("DeactivateMFADevice", requestParameters={}, userIdentity=SSO)) is None


def test_a_call_that_is_no_self_call_is_not_about_its_caller():
    assert of(entry("DeleteUser", requestParameters={})) == NAMELESS


@pytest.mark.parametrize(
    ("identity", "subject", "self"),
    [
        (ALICE, Subject("IAM user", "alice", ACCOUNT), True),
        (ALICE, BOB, False),
        (ALICE, Subject("IAM user", "alice", "999999999999"), False),
        (ALICE, Subject("IAM role", "alice", ACCOUNT), False),
        (ALICE, None, False),
        ({**SSO, "userName": "alice"}, Subject("IAM user", "alice", ACCOUNT), False),
        ({"type": "IAMUser", "accountId": ACCOUNT}, NAMELESS, False),
    ],
)
def test_who_acts_on_itself(identity, subject, self):
    assert is_self(actor_of(record(entry(userIdentity=identity))), subject) is self


def test_a_response_tells_the_unique_id():
    made = entry("CreateUser", responseElements={"user": {"userName": "bob", "userId": "AIDABOB"}})
    assert of(made) == Subject("IAM user", "bob", ACCOUNT, "AIDABOB")


@pytest.mark.parametrize(
    ("source", "name", "parameters", "subject"),
    [
        ("iam", "AddRoleToInstanceProfile", {"instanceProfileName": "p", "roleName": "r"}, ("instance profile", "p")),
        ("iam", "AddUserToGroup", {"userName": "bob", "groupName": "ops"}, ("IAM user", "bob")),
        ("iam", "DeleteRole", {"roleName": "r"}, ("IAM role", "r")),
        ("identitystore", "DeleteUser", {"identityStoreId": "d-1", "userId": "u-1"}, ("Identity Center user", "u-1")),
        ("sso-directory", "DeleteUser", {"identityStoreId": "d-1"}, ("identity store", "d-1")),
        ("ec2", "DeleteFlowLogs", {"DeleteFlowLogsRequest": {"FlowLogId": {"content": "fl-1"}}}, ("flow log", "fl-1")),
        ("monitoring", "DeleteAlarms", {"alarmNames": ["a", "b"]}, ("alarm", "a, b")),
        ("sqs", "DeleteQueue", {"queueUrl": "https://q"}, ("queue", "https://q")),
        ("organizations", "LeaveOrganization", {}, ("account", ACCOUNT)),
    ],
)
def test_calls_of_other_services_have_subjects_too(source, name, parameters, subject):
    made = entry(name, eventSource=f"{source}.amazonaws.com", requestParameters=parameters)
    assert of(made) == Subject(*subject, ACCOUNT)


def test_a_user_made_in_a_directory_is_known_by_the_id_that_the_answer_tells():
    made = entry(
        "CreateUser",
        eventSource="sso-directory.amazonaws.com",
        requestParameters={"identityStoreId": "d-1"},
        responseElements={"user": {"userId": "u-1"}},
    )
    assert of(made) == Subject("Identity Center user", "u-1", ACCOUNT)


@pytest.mark.parametrize("parameters", ["hidden", [], 7, {"userName": 7}, {"userName": {}}, {"userName": []}])
def test_parameters_of_odd_shape_name_nobody(parameters):
    assert of(entry(requestParameters=parameters)) == NAMELESS


def test_a_record_that_tells_nothing_has_no_subject():
    assert of(entry("Whatever", eventSource="unknown.amazonaws.com", requestParameters={"x": "y"})) is None


@pytest.mark.parametrize(
    ("name", "parameters", "touched"),
    [
        ("RemoveUserFromGroup", {"userName": "bob", "groupName": "ops"}, "ops"),
        ("RemoveUserFromGroup", {"userName": "ops", "groupName": "ops"}, "ops"),
        ("DetachUserPolicy", {"userName": "bob", "policyArn": "arn:aws:iam::aws:policy/ReadOnly"}, "ReadOnly"),
        ("DeleteAccessKey", {"userName": "bob", "accessKeyId": "AKIA1"}, "AKIA1"),
        ("DeactivateMFADevice", {"userName": "bob", "serialNumber": "arn:aws:iam::1:mfa/bob"}, "bob"),
        ("DeleteGroup", {"groupName": "ops"}, ""),
        ("DeleteUser", {"userName": "bob"}, ""),
    ],
)
def test_what_of_the_subject_was_touched(name, parameters, touched):
    one = record(entry(name, requestParameters=parameters))
    assert object_of(one, subject_of(one, actor_of(one))) == touched
