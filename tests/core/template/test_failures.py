"""What failed, and what a person does next."""

import json

import pytest

from tocsin.core.policy.denied import statement_for
from tocsin.core.template.failures import Failure, hint_of

DENIED = (
    "User: arn:aws:iam::123456789012:user/ci is not authorized to perform: sns:CreateTopic on resource: "
    "arn:aws:sns:us-east-1:123456789012:tocsin because no identity-based policy allows the sns:CreateTopic action"
)


def test_a_missing_permission_becomes_the_statement_to_add():
    wanted = {"Effect": "Allow", "Action": "sns:CreateTopic", "Resource": "arn:aws:sns:us-east-1:123456789012:tocsin"}
    assert json.loads(statement_for(DENIED)) == wanted
    bare = "User: x is not authorized to perform: iam:ListAccountAliases because no policy allows it"
    assert json.loads(statement_for(bare))["Resource"] == "*"
    quoted = f'Resource handler returned message: "{DENIED}" (Service: Sns)'
    assert json.loads(statement_for(quoted)) == wanted


@pytest.mark.parametrize(
    "said",
    ["", "the name is taken", f"{DENIED.partition(' because')[0]} with an explicit deny in a service control policy"],
)
def test_where_no_allow_would_help_none_is_proposed(said):
    assert statement_for(said) == ""


@pytest.mark.parametrize(
    ("reason", "hint"),
    [
        (DENIED, "add this statement to the policy of who deploys: {"),
        ("tocsin-feed already exists", "something else has that name already: choose another `name`"),
        ("MaximumNumberOfTrailsExceededException: User has 5 trails", "a Region takes five trails"),
        ("Rate exceeded (Service: Sns)", "AWS had too many requests at once"),
        ("no such key", "the pipeline is as it was before; mend the cause"),
    ],
)
def test_the_next_step_fits_the_cause_and_ends_in_a_verb(reason, hint):
    found = hint_of(Failure("UPDATE_ROLLBACK_COMPLETE", "Topic", "AWS::SNS::Topic", reason))
    assert (found.startswith(hint), found.endswith("run tocsin apply again")) == (True, True)


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("DELETE_COMPLETE", "nothing is left of it"),
        ("UPDATE_ROLLBACK_FAILED", "continue-update-rollback"),
        ("DELETE_FAILED", "run tocsin destroy again"),
        ("ROLLBACK_FAILED", "tocsin destroy, then apply again"),
    ],
)
def test_the_state_of_the_stack_decides_what_to_go_on_with(status, said):
    assert said in hint_of(Failure(status))
