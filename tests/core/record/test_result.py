"""How a call ended is read wherever AWS puts it."""

from __future__ import annotations

import pytest

from builders import denied, entry, record
from tocsin.core.record.result import Ending, Result, ending_of


def signin(name, answer, **more):
    return entry(
        name,
        eventSource="signin.amazonaws.com",
        eventType="AwsConsoleSignIn",
        requestParameters=None,
        responseElements={name: answer},
        **more,
    )


def service_event(name, details, source="organizations.amazonaws.com", **more):
    return entry(
        name,
        eventSource=source,
        eventType="AwsServiceEvent",
        requestParameters=None,
        responseElements=None,
        serviceEventDetails=details,
        **more,
    )


@pytest.mark.parametrize(
    ("made", "ending"),
    [
        (entry(), Ending(Result.DONE)),
        (entry(errorCode="DeleteConflictException"), Ending(Result.CONFLICT, "DeleteConflictException")),
        (signin("ConsoleLogin", "Success"), Ending(Result.DONE)),
        (
            signin("ConsoleLogin", "Failure", errorMessage="Failed authentication"),
            Ending(Result.FAILED, "Failed authentication"),
        ),
        (signin("ConsoleLogin", "Failure"), Ending(Result.FAILED, "Failure")),
        (signin("SwitchRole", "Failure", errorMessage="no"), Ending(Result.FAILED, "no")),
        (signin("CheckMfa", "Success"), Ending(Result.DONE)),
        (
            service_event(
                "CreateAccountResult", {"createAccountStatus": {"state": "FAILED", "failureReason": "EMAIL"}}
            ),
            Ending(Result.FAILED, "EMAIL"),
        ),
        (
            service_event("CreateAccountResult", {"createAccountStatus": {"state": "SUCCEEDED", "accountId": "4"}}),
            Ending(Result.DONE),
        ),
        (
            service_event("CloseAccountResult", {"closeAccountStatus": {"state": "FAILED"}}),
            Ending(Result.FAILED, "FAILED"),
        ),
        (
            service_event("UserAuthentication", {"UserAuthentication": "Failure"}, "signin.amazonaws.com"),
            Ending(Result.FAILED, "Failure"),
        ),
        (service_event("UserAuthentication", {"UserAuthentication": "Success"}), Ending(Result.DONE)),
        (entry(errorMessage="No such account"), Ending(Result.FAILED, "No such account")),
        (entry(responseElements={"DeleteUser": 1}, serviceEventDetails=[]), Ending(Result.DONE)),
    ],
)
def test_the_ending_is_read_where_it_stands(made, ending):
    assert ending_of(record(made)) == ending


@pytest.mark.parametrize("code", ["AccessDenied", "VpceAccessDenied", "UnauthorizedException", "ForbiddenException"])
def test_every_kind_of_denial_is_a_denial(code):
    assert ending_of(record(entry(errorCode=code))).result is Result.DENIED


@pytest.mark.parametrize(
    ("why", "barrier"),
    [
        ("because no identity-based policy allows the iam:DeleteUser action", ""),
        ("with an explicit deny in an identity-based policy", "an identity-based policy"),
        ("with an explicit deny in a service control policy", "a service control policy"),
        ("because no service control policy allows the iam:DeleteUser action", "a service control policy"),
        ("with an explicit deny in a resource control policy", "a resource control policy"),
        ("because no permissions boundary allows the iam:DeleteUser action", "a permissions boundary"),
        ("with an explicit deny in a session policy", "a session policy"),
        ("because no VPC endpoint policy allows the iam:DeleteUser action", "a VPC endpoint policy"),
        ("with an explicit deny in a resource-based policy", "a resource-based policy"),
    ],
)
def test_what_denied_a_call_is_told_where_aws_tells_it(why, barrier):
    assert ending_of(record(denied(why=why))).barrier == barrier


def test_what_an_endpoint_denied_is_known_by_its_code_alone():
    ending = ending_of(record(entry(errorCode="VpceAccessDenied", errorMessage="no")))
    assert ending.barrier == "a VPC endpoint policy"


def test_a_name_that_sounds_like_a_barrier_changes_nothing():
    forged = denied(resource="user because-no-session-policy", why="with an explicit deny in a service control policy")
    assert ending_of(record(forged)).barrier == "a service control policy"
