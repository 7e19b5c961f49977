"""What AWS accepts and never fires, or not as meant: more of each kind than one example shows."""

from __future__ import annotations

import json

import pytest

from rules_to_lint import CALL, DONE, NAMES, READERS, RIGHT, SIGN_IN, found, ids, pattern, rule, template
from tocsin.lint import lint

SERVICE_EVENT = "AWS Service Event via CloudTrail"
SIGNS_IN = "AWS Console Sign In via CloudTrail"


def of_kind(data, kind):
    return data | {"detail-type": [kind]}


@pytest.mark.parametrize(
    ("data", "kinds"),
    [
        (of_kind(pattern("kms", ["RotateKey"]), SERVICE_EVENT), []),
        (pattern("kms", ["RotateKey"]), ["TL111"]),
        (of_kind(pattern("kms", ["ScheduleKeyDeletion"]), SERVICE_EVENT), ["TL111"]),
        (of_kind(pattern("organizations", ["CloseAccountResult"]), SERVICE_EVENT), []),
        (pattern("secretsmanager", ["RotationFailed"]), ["TL111"]),
        (of_kind(pattern("iam", ["DeleteUser"]), "AWS Network Activity Event via CloudTrail"), []),
        (pattern("kms", ["RotateKey"]) | {"detail-type": [CALL, SERVICE_EVENT]}, []),
    ],
)
def test_calls_and_service_events_are_told_apart(data, kinds):
    assert ids(data) == kinds


@pytest.mark.parametrize(
    ("path", "wrong", "right"),
    [
        ("eventType", "AwsAPICall", "AwsApiCall"),
        ("eventCategory", "management", "Management"),
        ("sessionCredentialFromConsole", "True", "true"),
        ("recipientAccountId", "1111-2222-3333", "111122223333"),
    ],
)
def test_a_word_that_cloudtrail_never_writes_is_corrected(path, wrong, right):
    assert ids(pattern(**{path: [wrong]})) == ["TL112"]
    assert ids(pattern(**{path: [right]})) == []


@pytest.mark.parametrize("value", ["success", "Failed"])
def test_the_outcome_of_a_sign_in_has_two_words(value):
    wrong = {**SIGN_IN, "detail": {**SIGN_IN["detail"], "responseElements": {"ConsoleLogin": [value]}}}
    (one,) = found(wrong)
    assert (one.id, one.mend in ("it is `Success`", "it is `Failure`")) == ("TL112", True)


@pytest.mark.parametrize(
    "detail",
    [
        {"managementEvent": ["true"]},
        {"recipientAccountId": [111122223333]},
        {"userIdentity": {"sessionContext": {"attributes": {"mfaAuthenticated": [False]}}}},
        {"sessionCredentialFromConsole": [True]},
        {"userIdentity": {"userName": [None]}},
    ],
)
def test_a_type_that_the_field_never_has_is_told(detail):
    assert ids(pattern(**detail)) == ["TL113"]


def test_an_account_as_a_number_never_matches():
    assert ids(RIGHT | {"account": [111122223333]}) == ["TL113"]
    assert ids(RIGHT | {"account": ["111122223333"]}) == []


@pytest.mark.parametrize("value", ['{"prefix": "Delete"}', "{'anything-but': 'x'}", "Delete*"])
def test_an_operator_in_quotes_is_told(value):
    assert "TL114" in ids(pattern(names=[value]))


@pytest.mark.parametrize("path", ["policyDocument", "pathPrefix"])
def test_a_star_that_belongs_to_the_value_is_left_alone(path):
    assert "TL114" not in ids(pattern(names=["PutUserPolicy"], requestParameters={path: ["arn:aws:s3:::*"]}))


@pytest.mark.parametrize(
    ("service", "region", "kinds"),
    [
        ("organizations", "eu-west-1", ["TL201"]),
        ("organizations", "us-east-1", []),
        ("organizations", "cn-northwest-1", []),
        ("globalaccelerator", "us-east-1", ["TL201"]),
        ("globalaccelerator", "us-west-2", []),
        ("ec2", "eu-west-1", []),
    ],
)
def test_a_service_of_one_region_is_looked_for_there(service, region, kinds):
    names = {"organizations": "LeaveOrganization", "globalaccelerator": "DeleteAccelerator", "ec2": "RunInstances"}
    assert ids(pattern(service, [names[service]]), region=region) == kinds


def test_root_signs_in_in_one_region():
    root = {**SIGN_IN, "detail": {**SIGN_IN["detail"], "userIdentity": {"type": ["Root"]}}}
    assert (ids(root, region="eu-west-1"), ids(root, region="us-east-1")) == (["TL201"], [])
    assert ids(SIGN_IN, region="eu-west-1") == []


@pytest.mark.parametrize("bus", ["alarms", "arn:aws:events:us-east-1:111122223333:event-bus/alarms"])
def test_a_bus_that_awss_events_do_not_reach_is_told_softly(bus):
    assert ids(template(EventBusName=bus)) == ["TL205"]
    assert ids(template(EventBusName=bus, EventPattern={"source": ["com.shop"]})) == []
    assert ids(rule(EventBusName="default")) == []


@pytest.mark.parametrize(
    ("test", "kinds"),
    [
        ([{"anything-but": ["AccessDenied", "AccessDeniedException"]}], ["TL303"]),
        ([{"anything-but": ["AccessDenied", "NoSuchEntity"]}], []),
        ([{"anything-but": ["AccessDenied"]}, {"exists": False}], []),
        ([""], ["TL116"]),
        ([None], ["TL113", "TL116"]),
        ([None, {"exists": False}], []),
    ],
)
def test_what_an_absent_field_can_never_pass_is_told(test, kinds):
    assert ids(pattern(errorCode=test)) == kinds


@pytest.mark.parametrize(
    ("names", "kinds"),
    [
        ([{"anything-but": ["CreateRoel"]}], ["TL108"]),
        ([{"anything-but": ["CreateRole"]}], []),
        ([{"anything-but": {"prefix": "Get"}}], []),
    ],
)
def test_a_name_that_excludes_nothing_is_told(names, kinds):
    assert ids(pattern(names=names)) == kinds


@pytest.mark.parametrize("prefix", ["List", "GetUs"])
def test_a_prefix_that_only_reads_never_comes(prefix):
    assert ids(rule(pattern(names=[{"prefix": prefix}]))) == ["TL202"]


@pytest.mark.parametrize("prefix", ["Delete", "Get"])  # GetSessionToken and two others of STS do come
def test_a_prefix_that_may_come_is_left_alone(prefix):
    assert ids(rule(pattern(names=[{"prefix": prefix}]))) == []


@pytest.mark.parametrize(
    "data",
    [
        [{"Source": "aws.iam", "DetailType": "x", "Detail": "{}"}],
        {"Entries": [{"Source": "a", "DetailType": "b", "Detail": "{}"}]},
        {"source": "aws.iam", "detail-type": CALL, "detail": {}},
        [{"source": "aws.iam", "detail-type": CALL, "detail": {}}],
        {"version": "0", "id": "1", "source": "aws.partner/x", "detail-type": ["odd"], "detail": {}},
    ],
)
def test_an_event_is_no_pattern(data):
    with pytest.raises(Exception, match="an event, and not a pattern"):
        found(json.dumps(data))


@pytest.mark.parametrize(
    "data", [{"openapi": "3.0.1", "info": {}, "tags": ["a"]}, {"name": "x", "scripts": {"a": "b"}}]
)
def test_json_that_asks_for_no_field_of_an_event_is_no_pattern(data):
    assert lint("x.json", json.dumps(data), NAMES, READERS).rules == 0


def test_a_pattern_with_its_fields_in_the_wrong_place_is_one():
    assert "TL109" in ids({"eventName": ["DeleteUser"]})
    assert "TL109" in ids({"detail_type": [CALL], "source": ["aws.iam"]})


def test_a_source_for_tests_is_a_risk_and_no_error():
    (one,) = found(RIGHT | {"source": ["aws.iam", "test.aws.iam"]})
    assert (one.id, one.place) == ("TL104", "source[1]")
    assert "TL105" in ids(RIGHT | {"source": ["test.aws.iam"]})


def test_sources_that_each_branch_has_its_own_of_do_not_disagree():
    calls = (("iam", "DeleteUser"), ("sts", "AssumeRole"))
    branches = [{"detail": pattern(service, [name])["detail"]} for service, name in calls]
    assert ids({"source": ["aws.iam", "aws.sts"], "detail-type": [CALL], "$or": branches}) == []
    assert ids({"source": ["aws.iam", "aws.sts", "aws.ec2"], "detail-type": [CALL], "$or": branches}) == ["TL106"]


@pytest.mark.parametrize(
    ("size", "kinds"),
    [
        (["a", {"numeric": [">", 5]}, {"prefix": "b"}], ["TL007"]),
        (["a", {"numeric": [">", 5]}], []),
        ([{"wildcard": "*x"}, {"equals-ignore-case": "Y"}], ["TL007"]),
        ([{"wildcard": "*xy"}, {"equals-ignore-case": "Y"}], []),
    ],
)
def test_a_mix_in_which_the_engine_departs_from_its_documentation_is_told(size, kinds):
    assert ids(pattern(names=["CreateFunction20150331"], service="lambda", requestParameters={"x": size})) == kinds


def test_done_is_what_a_pattern_of_done_calls_asks_for():
    assert ids(pattern(errorCode=DONE)) == []
