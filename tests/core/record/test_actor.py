"""Who did it, for every identity there is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import ACCOUNT, ALICE, ROOT, SSO, entry, record
from tocsin.core.record.actor import UNKNOWN_ACTOR, Actor, ActorKind, Mfa, actor_of, phrase_of

ROLE_ARN = f"arn:aws:iam::{ACCOUNT}:role/ci/Deploy"
SESSION_ARN = f"arn:aws:sts::{ACCOUNT}:assumed-role/Deploy/dave"
ROLE = {
    "type": "AssumedRole",
    "principalId": "AROAEXAMPLEDEPLOY0001:dave",
    "arn": SESSION_ARN,
    "accountId": ACCOUNT,
    "sessionContext": {
        "sessionIssuer": {"type": "Role", "arn": ROLE_ARN, "userName": "Deploy"},
        "attributes": {"mfaAuthenticated": "true"},
    },
}
FEDERATED = {
    "type": "FederatedUser",
    "principalId": f"{ACCOUNT}:erin",
    "arn": f"arn:aws:sts::{ACCOUNT}:federated-user/erin",
    "accountId": ACCOUNT,
    "sessionContext": {"sessionIssuer": {"type": "IAMUser", "arn": ALICE["arn"], "userName": "alice"}},
}
CENTER = {
    "type": "IdentityCenterUser",
    "accountId": ACCOUNT,
    "onBehalfOf": {"userId": "f4a8-1", "identityStoreArn": "arn:aws:identitystore::1:identitystore/d-1"},
}


def of(identity, **changes):
    return actor_of(record({**entry(**changes), "userIdentity": identity}))


IDENTITIES = [
    (
        "an IAM user",
        ALICE,
        Actor(
            ActorKind.USER, "alice", "", ALICE["arn"], ACCOUNT, mfa=Mfa.LONG_TERM_KEY, key=ALICE["arn"]
        ),
        "IAM user alice",
    ),
    (
        "an IAM user without a name",
        {"type": "IAMUser"},
        Actor(ActorKind.USER, key="IAMUser"),
        "an IAM user without a name",
    ),
    (
        "the root user",
        ROOT,
        Actor(ActorKind.ROOT, "", "", ROOT["arn"], ACCOUNT, mfa=Mfa.YES, key=ROOT["arn"]),
        f"the root user of account {ACCOUNT}",
    ),
    ("the root user of no account", {"type": "Root"}, Actor(ActorKind.ROOT, key="Root"), "the root user"),
    (
        "a role",
        ROLE,
        Actor(ActorKind.ROLE, "dave", "Deploy", ROLE_ARN, ACCOUNT, mfa=Mfa.YES, key=f"{ROLE_ARN}#dave"),
        "dave (role Deploy)",
    ),
    (
        "a role without its issuer",
        {"type": "AssumedRole", "arn": SESSION_ARN},
        Actor(ActorKind.ROLE, "dave", "Deploy", SESSION_ARN, key=f"{SESSION_ARN}#dave"),
        "dave (role Deploy)",
    ),
    (
        "a role without an ARN",
        {"type": "AssumedRole", "principalId": "AROA1:dave"},
        Actor(ActorKind.ROLE, "dave", key="AROA1:dave#dave"),
        "role dave",
    ),
    (
        "a permission set",
        SSO,
        Actor(
            ActorKind.SSO,
            "carol@example.com",
            "AdministratorAccess",
            SSO["sessionContext"]["sessionIssuer"]["arn"],
            ACCOUNT,
            person=SSO["onBehalfOf"]["userId"],
            mfa=Mfa.AT_PROVIDER,
            key=f"{SSO['sessionContext']['sessionIssuer']['arn']}#carol@example.com",
        ),
        "carol@example.com (permission set AdministratorAccess)",
    ),
    (
        "a federated user",
        FEDERATED,
        Actor(
            ActorKind.FEDERATED, "erin", "", FEDERATED["arn"], ACCOUNT, key=f"{FEDERATED['arn']}#erin"
        ),
        "federated user erin",
    ),
    (
        "a web identity",
        {"type": "WebIdentityUser", "principalId": "accounts.example:app:42", "userName": "42"},
        Actor(ActorKind.WEB_IDENTITY, "42", mfa=Mfa.AT_PROVIDER, key="accounts.example:app:42"),
        "web identity 42",
    ),
    (
        "a SAML user",
        {"type": "SAMLUser", "principalId": "q=:frank", "userName": "frank"},
        Actor(ActorKind.SAML, "frank", mfa=Mfa.AT_PROVIDER, key="q=:frank"),
        "SAML user frank",
    ),
    (
        "an AWS service",
        {"type": "AWSService", "invokedBy": "sso.amazonaws.com"},
        Actor(ActorKind.SERVICE, "sso.amazonaws.com", key="sso.amazonaws.com"),
        "AWS service sso.amazonaws.com",
    ),
    (
        "a service without a type",
        {"invokedBy": "sso.amazonaws.com"},
        Actor(ActorKind.SERVICE, "sso.amazonaws.com", key="sso.amazonaws.com"),
        "AWS service sso.amazonaws.com",
    ),
    (
        "an Identity Center user",
        CENTER,
        Actor(ActorKind.IDENTITY_CENTER, "f4a8-1", account=ACCOUNT, person="f4a8-1", mfa=Mfa.AT_PROVIDER, key="f4a8-1"),
        "Identity Center user f4a8-1",
    ),
    (
        "another account",
        {"type": "AWSAccount", "principalId": "AIDA1", "accountId": "999999999999"},
        Actor(ActorKind.ACCOUNT, "999999999999", account="999999999999", key="AIDA1"),
        "account 999999999999",
    ),
    (
        "an identity of a kind that nobody knows",
        {"type": "Martian", "principalId": "M1"},
        Actor(ActorKind.UNKNOWN, "M1", key="M1"),
        "M1",
    ),
    (
        "an identity that tells its kind alone",
        {"type": "Martian"},
        Actor(ActorKind.UNKNOWN, "Martian", key="Martian"),
        "Martian",
    ),
    (
        "an IAM user without a type",
        {"arn": ALICE["arn"]},
        Actor(ActorKind.USER, "alice", arn=ALICE["arn"], key=ALICE["arn"]),
        "IAM user alice",
    ),
    (
        "the root user without a type",
        {"arn": ROOT["arn"]},
        Actor(ActorKind.ROOT, arn=ROOT["arn"], key=ROOT["arn"]),
        "the root user",
    ),
    ("a string", "alice", Actor(ActorKind.UNKNOWN, "alice", key="alice"), "alice"),
    ("an empty string", "", UNKNOWN_ACTOR, "an unknown identity"),
    ("an empty object", {}, UNKNOWN_ACTOR, "an unknown identity"),
    ("null", None, UNKNOWN_ACTOR, "an unknown identity"),
    ("a list", ["alice"], UNKNOWN_ACTOR, "an unknown identity"),
    ("a number", 7, UNKNOWN_ACTOR, "an unknown identity"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("identity", "actor", "said"), [case[1:] for case in IDENTITIES], ids=[c[0] for c in IDENTITIES]
)
def test_every_identity_has_an_actor_and_a_phrase(identity, actor, said):
    found = of(identity)
    assert (found, phrase_of(found)) == (actor, said)


def test_an_absent_identity_is_an_unknown_actor():
    assert actor_of(record(entry(userIdentity=None))) == UNKNOWN_ACTOR


def test_a_service_that_acts_for_somebody_is_said():
    actor = of({**ALICE, "invokedBy": "cloudformation.amazonaws.com"})
    assert (actor.via, phrase_of(actor)) == (
        "cloudformation.amazonaws.com",
        "IAM user alice through cloudformation.amazonaws.com",
    )


@pytest.mark.parametrize(
    ("identity", "extra", "mfa"),
    [
        ({"sessionContext": {"attributes": {"mfaAuthenticated": "true"}}}, {}, Mfa.YES),
        ({"sessionContext": {"attributes": {"mfaAuthenticated": "false"}}}, {}, Mfa.NO),
        ({"sessionContext": {"attributes": {"mfaAuthenticated": True}}}, {}, Mfa.YES),
        ({"sessionContext": {"attributes": {"mfaAuthenticated": None}}}, {}, Mfa.UNKNOWN),
        ({"sessionContext": "none"}, {}, Mfa.UNKNOWN),
        ({"accessKeyId": "AKIA1"}, {}, Mfa.LONG_TERM_KEY),
        ({"accessKeyId": "ASIA1"}, {}, Mfa.UNKNOWN),
        ({}, {"MFAUsed": "Yes"}, Mfa.YES),
        ({"accessKeyId": "AKIA1"}, {"MFAUsed": "No"}, Mfa.NO),
    ],
)
def test_what_the_record_shows_of_mfa(identity, extra, mfa):
    assert of({"type": "IAMUser", **identity}, additionalEventData=extra).mfa is mfa


def test_two_sessions_of_one_role_are_two_actors_and_two_keys_of_one_user_are_one():
    other_session = {**ROLE, "principalId": "AROA1:gina", "arn": SESSION_ARN.replace("dave", "gina")}
    assert (of(ROLE).key == of(other_session).key, of(ALICE).key == of({**ALICE, "accessKeyId": "AKIA2"}).key) == (
        False,
        True,
    )


KEYS = ["type", "arn", "principalId", "userName", "accountId", "invokedBy", "sessionContext", "onBehalfOf"]
KINDS = st.sampled_from(["IAMUser", "Root", "AssumedRole", "FederatedUser", "AWSService", "IdentityCenterUser", "x"])
ODD = st.recursive(
    st.none() | st.integers() | st.text(max_size=8) | KINDS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=6),
    max_leaves=12,
)


@given(ODD)
def test_no_identity_is_too_odd(identity):
    actor = of(identity)
    assert actor.key
    assert phrase_of(actor)


def said_of(identity):
    return phrase_of(actor_of(record(entry(userIdentity=identity))))


@pytest.mark.parametrize(
    ("identity", "said"),
    [
        (
            {"type": "AWSAccount", "principalId": "AROAOTHER:builder", "accountId": "444455556666"},
            "account 444455556666 (session builder)",
        ),
        ({"type": "AWSAccount", "principalId": "AIDAOTHER", "accountId": "444455556666"}, "account 444455556666"),
        (
            {"type": "SAMLUser", "userName": "bob@example.com", "identityProvider": "https://idp.example.com/saml"},
            "SAML user bob@example.com of idp.example.com/saml",
        ),
        (
            {
                "type": "WebIdentityUser",
                "userName": "repo:o/r:ref:refs/heads/main",
                "identityProvider": "arn:aws:iam::111122223333:oidc-provider/token.actions.githubusercontent.com",
            },
            "web identity repo:o/r:ref:refs/heads/main of token.actions.githubusercontent.com",
        ),
        (
            {
                "type": "Root",
                "accountId": "444455556666",
                "arn": "arn:aws:iam::444455556666:root",
                "sessionContext": {"assumedRoot": "true"},
            },
            "a session that took on the root user of account 444455556666",
        ),
        (
            {"type": "IAMUser", "accountId": "1", "userName": "HIDDEN_DUE_TO_SECURITY_REASONS"},
            "somebody who gave a user name that the account does not have (CloudTrail hides it)",
        ),
        (
            {"type": "IdentityCenterUser", "onBehalfOf": {"userId": "u-1", "identityStoreArn": "arn"}},
            "Identity Center user u-1",
        ),
    ],
)
def test_an_actor_is_told_in_plain_words(identity, said):
    assert said_of(identity) == said
