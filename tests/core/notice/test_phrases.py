"""A sentence for any record."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.core.notice.phrases import deed, neutral, refusal
from tocsin.core.record.result import Result
from tocsin.core.record.subject import Subject

BOB = Subject("IAM user", "bob")
OPS = Subject("IAM group", "ops")


@pytest.mark.parametrize(
    ("name", "subject", "what", "past"),
    [
        ("DeleteUser", BOB, "", "deleted IAM user bob"),
        ("DeleteUser", None, "", "deleted user"),
        ("GetUser", BOB, "", "read IAM user bob"),
        ("ListAccessKeys", BOB, "", "listed access keys of IAM user bob"),
        ("AddUserToGroup", BOB, "ops", "added IAM user bob to group ops"),
        ("AddUserToGroup", BOB, "", "added IAM user bob to a group"),
        ("AddUserToGroup", OPS, "", "added a user to IAM group ops"),
        ("RemoveUserFromGroup", OPS, "", "removed a user from IAM group ops"),
        ("AttachUserPolicy", BOB, "ReadOnly", "attached policy ReadOnly to IAM user bob"),
        ("DeleteUserPolicy", BOB, "", "deleted an inline policy of IAM user bob"),
        ("DeactivateMFADevice", BOB, "", "deactivated an MFA device of IAM user bob"),
        ("DeleteAccessKey", BOB, "{to}", "deleted access key {to} of IAM user bob"),
        ("UpdateLoginProfile", BOB, "", "reset the console password of IAM user bob"),
        ("TagUser", BOB, "", "tagged IAM user bob"),
        ("DeleteFunction20150331", Subject("function", "f"), "", "deleted function f"),
        ("UpdateFunctionCode20150331v2", Subject("function", "f"), "", "changed function code of function f"),
        ("PutBucketPolicy", Subject("bucket", "b"), "", "put bucket policy on bucket b"),
        ("RemoveTargets", Subject("event rule", "r"), "", "removed targets from event rule r"),
        ("Stop", None, "", "stopped something that the record does not name"),
        ("SwitchRole", BOB, "", "switched roles in the console"),
        ("ConsoleLogin", None, "", "signed in to the console"),
        ("AssumeRole", Subject("IAM role", "audit"), "", "took on IAM role audit"),
        ("AssumeRole", None, "", "called AssumeRole"),
        ("AssumeRoot", Subject("root user of account", "1"), "", "took on the root user of account 1"),
        (
            "GetFederationToken",
            Subject("federated user", "kai"),
            "",
            "took temporary credentials for federated user kai",
        ),
        ("GetFederationToken", None, "", "took temporary credentials"),
        ("GetSessionToken", None, "", "took temporary credentials of its own"),
        ("GetPasswordData", Subject("instance", "i-1"), "", "took the administrator's password of instance i-1"),
        (
            "RemoveMemberFromGroup",
            Subject("Identity Center user", "u"),
            "g",
            "removed Identity Center user u from group g",
        ),
        (
            "RemoveMemberFromGroup",
            Subject("Identity Center group", "g"),
            "",
            "removed a user from Identity Center group g",
        ),
        ("CreateOpenIDConnectProvider", Subject("OIDC provider", "x"), "", "created OIDC provider x"),
        ("delete_user", None, "", "called delete_user"),
        ("", None, "", "called "),
    ],
)
def test_a_call_is_said_in_the_past(name, subject, what, past):
    assert deed(name, subject, what)[0] == past


@pytest.mark.parametrize(
    ("name", "base"),
    [
        ("DeleteUser", "delete IAM user bob"),
        ("GetUser", "read IAM user bob"),
        ("UpdateUser", "change IAM user bob"),
        ("PutUserPolicy", "put an inline policy on IAM user bob"),
        ("Frobnicate", "call Frobnicate on IAM user bob"),
    ],
)
def test_a_call_that_failed_is_said_as_a_wish(name, base):
    assert neutral("alice", name, BOB, "", "no") == (
        f"alice tried to {base}",
        f"alice tried to {base}, and AWS refused: no",
    )


@pytest.mark.parametrize(
    ("name", "subject", "error", "said"),
    [
        ("ConsoleLogin", None, "the call failed (bad)", "root tried to sign in to the console and failed (bad)"),
        ("SwitchRole", BOB, "the call failed (bad)", "root tried to switch roles in the console and failed (bad)"),
        ("CreateAccountResult", None, "the call failed (EMAIL)", "creating an account failed (EMAIL)"),
        ("CloseAccountResult", Subject("account", "4"), "", "closing account 4 has ended well"),
        ("CreateAccountResult", Subject("account", "4"), "", "creating account 4 has ended well"),
    ],
)
def test_a_sign_in_or_a_report_is_said_as_what_it_is(name, subject, error, said):
    assert neutral("root", name, subject, "", error)[1] == said


def test_a_call_that_succeeded_is_said_plainly():
    assert neutral("alice", "DeleteUser", BOB, "", "") == ("alice deleted IAM user bob",) * 2


@pytest.mark.parametrize(
    ("subject", "said"),
    [
        (Subject("IAM user", ""), "an IAM user that the record does not name"),
        (Subject("MFA device", ""), "an MFA device that the record does not name"),
        (Subject("flow log", ""), "a flow log that the record does not name"),
        (Subject("event rule", ""), "an event rule that the record does not name"),
    ],
)
def test_a_subject_without_a_name_takes_its_article(subject, said):
    assert str(subject) == said


@pytest.mark.parametrize(
    ("result", "code", "said"),
    [
        (Result.DENIED, "AccessDeniedException", "access denied (AccessDenied)"),
        (Result.CONFLICT, "DeleteConflict", "something still hangs on it (DeleteConflict)"),
        (Result.MISSING, "NoSuchEntityException", "no such thing (NoSuchEntity)"),
        (Result.FAILED, "Exception", "the call failed (Exception)"),
        (Result.FAILED, "", "the call failed"),
        (Result.DONE, "", ""),
    ],
)
def test_a_refusal_is_said_in_words_with_its_code(result, code, said):
    assert refusal(result, code) == said


@given(
    st.text(st.characters(), max_size=30),
    st.none() | st.builds(Subject, st.just("IAM user"), st.text(max_size=10)),
    st.text(max_size=10),
)
def test_any_name_makes_a_sentence(name, subject, what):
    past, base = deed(name, subject, what)
    assert (past, base) != ("", "")
