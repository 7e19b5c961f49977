"""The cases from the field that `explain` has to tell right; they are read where they lie."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from places import SHARED
from tocsin.core.settings import DEFAULTS
from tocsin.flows.explain import Explained, explain

FOLDER = SHARED / "cases"
SAID = {
    "60-login-failed": ("neutral", "root user", "tried to sign in to the console and failed", "Failed authentication"),
    "63-createaccount-failed": ("neutral", "Creating an account failed", "EMAIL_ALREADY_EXISTS"),
    "65-assumerole": ("neutral", "Account 444455556666 (session builder) took on IAM role audit"),
    "68-quarantine": ("iam-quarantined", "bob was put under quarantine", "some calls are denied", "exposed"),
    "70-kinesis": ("iam-user-deleted", "IAM user bob was deleted by IAM user mary"),
    "72-create-oidc": ("neutral", "OIDC provider token.actions.githubusercontent.com"),
    "75-ic-remove-member": ("ic-membership-removed", "Identity Center user u-1 from group g-1"),
    "77-vpce-updatetrail": ("trail-tamper-denied", "access denied by a VPC endpoint policy"),
    "79-federation-token": ("neutral", "mary took temporary credentials for federated user kai"),
    "81-hidden-name": ("neutral", "a user name that the account does not have (CloudTrail hides it)"),
}


@pytest.mark.skipif(
    not FOLDER.is_dir(), reason=f"no cases from the field at {FOLDER}: name their folder in TOCSIN_SHARED"
)
@pytest.mark.parametrize("case", SAID)
def test_each_case_is_told_right(rules, case):
    told = list(explain((FOLDER / f"{case}.json").read_bytes(), rules, DEFAULTS, datetime.now(UTC)))
    assert [type(one) for one in told] == [Explained]
    notice = told[0].notices[0]
    rule, *words = SAID[case]
    assert notice.rule == rule
    assert [word for word in words if word not in notice.sentence] == [], notice.sentence
