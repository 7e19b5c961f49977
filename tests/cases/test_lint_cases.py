"""The cases from the field that `lint` has to judge right; they are read where they lie."""

from __future__ import annotations

import pytest

from places import SHARED
from rules_to_lint import NAMES, READERS
from tocsin.lint import Unreadable, lint

FOLDER = SHARED / "cases"
# The findings of each, with a word of why or mend; none where nothing is wrong.
FOUND = {
    "01-network-activity.json": {},
    "03-signin-errorcode.json": {"TL302": "ConsoleLogin"},
    "06-errorcode-anything-but.json": {"TL303": '{"exists": false}'},
    "09-usertype-root.json": {"TL112": "it is `Root`"},
    "12-readonly-text.json": {"TL113": "without quotes"},
    "15-star-in-arn.json": {"TL114": '{"wildcard": "arn:aws:iam::*:root"}'},
    "18-createaccountresult.json": {"TL111": "AWS Service Event via CloudTrail"},
    "19-api-call-as-signin.json": {"TL111": "AWS API Call via CloudTrail"},
    "23-made-up-detail-type.json": {"TL101": "aws.iam"},
    "25-passrole.json": {"TL117": "the call that takes the role"},
    "27-organizations-region.yaml": {"TL201": "us-east-1"},
    "29-custom-bus.yaml": {"TL205": "forwards"},
    "31-resources.json": {"TL115": "detail.requestParameters"},
    "33-denied-by-name.json": {"TL304": "errorMessage"},
    "35-exclusion-typo.json": {"TL108": "excludes nothing"},
    "37-readonly-prefix.json": {"TL202": "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"},
    "39-cloudshell.json": {},
    "42-s3-mends.json": {"TL117": "PutBucketLifecycle"},
    "44-module-inputs.tf": {"TL105": "aws.iam", "TL301": "denied"},
    "46-serverless.yml": {"TL101": "AWS API Call via CloudTrail", "TL201": "us-east-1"},
    "52-requestparams-case.json": {"TL110": "requestParameters.userName"},
    "50-test-source.json": {"TL104": "PutEvents"},
    "54-or-place.json": {"TL301": "CreateUser"},
}

pytestmark = pytest.mark.skipif(
    not FOLDER.is_dir(), reason=f"no cases from the field at {FOLDER}: name their folder in TOCSIN_SHARED"
)


def judged(name, region=""):
    return lint(name, (FOLDER / name).read_text("utf-8"), NAMES, READERS, region).findings


@pytest.mark.parametrize("name", FOUND)
def test_each_case_is_judged_right(name):
    findings = judged(name, "eu-west-1" if name.startswith("27") else "")
    assert {one.id for one in findings} == set(FOUND[name])
    for one in findings:
        if one.id == "TL117" and one.place != "detail.eventName[0]":
            continue
        assert FOUND[name][one.id] in f"{one.reason} {one.mend}"


def test_the_right_branch_is_pointed_at():
    (one,) = judged("54-or-place.json")
    assert one.place == "detail.$or[1].eventName"


def test_an_event_is_no_pattern():
    with pytest.raises(Unreadable, match="an event, and not a pattern"):
        judged("48-an-event.json")
