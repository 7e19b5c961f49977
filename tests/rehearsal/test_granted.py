"""The printed policies do: with exactly the deployer's everything works, and without any statement something stops."""

from __future__ import annotations

import json
import re

import pytest

from accounts import client, links_in_mail, stacks
from sampled import first_alone
from tocsin.core.grants.parts import PARTS
from tocsin.core.grants.scope import Scope

pytestmark = pytest.mark.rehearsal

SIDS = [one.sid for one in PARTS["deployer"](Scope("aws", "us-east-1", "123456789012", "granted")).statements]


@pytest.fixture
def typed_by(run, account):
    """Type verbs as somebody who has one policy and nothing else."""
    iam = client(account, "iam")

    def somebody(user, document):
        iam.create_user(UserName=user)
        iam.put_user_policy(UserName=user, PolicyName="only", PolicyDocument=json.dumps(document))
        key = iam.create_access_key(UserName=user)["AccessKey"]
        environ = {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}
        return lambda *arguments: run(*arguments, **environ)

    return somebody


def printed(run, part, *options):
    code, out, err = run("policy", part, *options)
    assert (code, "characters without white space: fits" in err) == (0, True)
    return json.loads(out)


def everything(typed, account, name):
    """Init, plan, apply, confirm, status and destroy; gives the codes, and all that was said."""
    steps = [
        ("init", "--overwrite", "--subscriber", f"{name}@example.com", "--durable", "--out", "other.toml"),
        ("plan",),
        ("apply", "--yes"),
    ]
    done = [typed(*arguments) for arguments in steps]
    if done[-1][0] == 0:
        done += [typed("subscription", "confirm", link) for link in links_in_mail(account, f"{name}@example.com")]
        done += [typed("status"), typed("destroy", "--yes", "--name", name)]
    return [code for code, _, _ in done], "\n".join(out + err for _, out, err in done)


def test_with_exactly_the_deployers_policy_every_verb_works(run, named, account, typed_by):
    name = named("granted", "durable = true", 'subscribers = ["granted@example.com"]')
    codes, said = everything(typed_by("deployer", printed(run, "deployer")), account, name)
    assert (codes, "not seen" in said, "not authorized" in said) == ([0] * 7, False, False), said
    assert name not in stacks(account)


@pytest.mark.parametrize("sid", first_alone(SIDS))
def test_without_any_one_statement_something_is_refused_in_words_that_name_the_action(
    run, named, account, typed_by, sid
):
    name = named(f"no-{sid.lower()}", "durable = true", f'subscribers = ["no-{sid.lower()}@example.com"]')
    document = printed(run, "deployer")
    (missing,) = [one for one in document["Statement"] if one["Sid"] == sid]
    document["Statement"].remove(missing)
    codes, said = everything(typed_by(f"without-{sid}", document), account, name)
    named_actions = set(re.findall(r"not authorized to perform: ([\w-]+:\w+)", said))
    allowed = [re.compile(action.replace("*", ".*")) for action in missing["Action"]]
    assert [action for action in named_actions if any(one.fullmatch(action) for one in allowed)], said
    assert any(codes) or "not seen" in said
    assert "Traceback" not in said


def test_a_reader_sees_all_and_changes_nothing(run, named, account, typed_by):
    name = named("read", 'subscribers = ["read@example.com"]')
    assert run("apply", "--yes")[0] == 0
    reads = typed_by("reader", printed(run, "reader"))
    code, out, _ = reads("status")
    assert (code, "not seen" in out) == (1, False)
    code, _, err = reads("destroy", "--yes", "--name", name)
    assert (code, "cloudformation:" in err, "add this statement to your policy" in err) == (4, True, True)
    assert name in stacks(account)


def test_a_policy_is_given_to_a_user_inline_where_it_fits_and_managed_where_it_does_not(run, named, account):
    named("given")
    iam = client(account, "iam")
    iam.create_user(UserName="ci")
    code, out, _ = run("policy", "reader", "--attach-user", "ci", "--yes")
    assert (code, out) == (0, "user ci has it as its inline policy given-reader\n")
    code, out, _ = run("policy", "operator", "--attach-user", "ci", "--yes")
    arn = "arn:aws:iam::123456789012:policy/given-operator"
    assert (code, out) == (0, f"user ci has it as the managed policy {arn}\n")
    held = iam.get_user_policy(UserName="ci", PolicyName="given-reader")["PolicyDocument"]
    assert held == json.loads(run("policy", "reader")[1])
    attached = iam.list_attached_user_policies(UserName="ci")["AttachedPolicies"]
    assert [one["PolicyArn"] for one in attached] == [arn]
    assert run("policy", "operator", "--attach-user", "ci", "--yes")[0] == 0
    assert len(iam.list_policy_versions(PolicyArn=arn)["Versions"]) == 1


def test_a_managed_policy_that_changed_gets_a_new_version_and_the_oldest_goes(run, named, account):
    iam = client(account, "iam")
    for number in range(7):
        named("kept", "customer_key = true" if number % 2 else "")
        assert run("policy", "deployer", "--managed", "--yes")[0] == 0
    arn = "arn:aws:iam::123456789012:policy/kept-deployer"
    versions = iam.list_policy_versions(PolicyArn=arn)["Versions"]
    (held,) = [one["VersionId"] for one in versions if one["IsDefaultVersion"]]
    assert len(versions) <= 5
    document = iam.get_policy_version(PolicyArn=arn, VersionId=held)["PolicyVersion"]["Document"]
    assert document == json.loads(run("policy", "deployer")[1])


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("guardrail", "--attach-user", "x"), 2, "create-policy --type SERVICE_CONTROL_POLICY"),
        (("reader", "--except", "arn:x"), 2, "--except goes with guardrail alone"),
        (("reader", "--attach-user", "x", "--attach-role", "y"), 2, "not both"),
        (("reader", "--attach-user", "nobody-here", "--yes"), 4, "NoSuchEntity"),
        (("reader", "--attach-user", "x"), 2, "nobody can be asked"),
        (("writer",), 2, "is not one of"),
    ],
)
def test_what_cannot_be_given_is_a_sentence(run, named, arguments, code, said):
    named("wrong")
    found, out, err = run("policy", *arguments)
    assert (found, out, said in err, "Traceback" in err) == (code, "", True, False)
