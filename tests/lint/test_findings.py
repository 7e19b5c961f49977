"""Every finding of lint rings on what is wrong, and is silent on what is right."""

from __future__ import annotations

import json
import re

import pytest

from places import ROOT
from rules_to_lint import CALL, NAMES, READERS, RIGHT, SIGN_IN, found, ids, pattern, rule, template
from tocsin import config
from tocsin.core.match.rules import selected
from tocsin.core.settings import DEFAULTS
from tocsin.core.template.pipeline import compose
from tocsin.lint import KINDS, lint

HCL = f'resource "aws_cloudwatch_event_rule" "a" {{\n  event_pattern = <<EOT\n{json.dumps(RIGHT)}\nEOT\n}}\n'

# What rings, and beside it the nearest that is right.
EXAMPLES = {
    "TL001": ({"source": [{"prefx": "aws."}]}, {"source": [{"prefix": "aws."}]}),
    "TL002": (pattern(userAgent=["x" * 2_048]), pattern(userAgent=["x" * 1_500])),
    "TL003": ({"source": [{"wildcard": "*a*a*a*a*a*a*a*a*a*a*a*"}]}, {"source": [{"wildcard": "*a*b*"}]}),
    "TL004": ({"source": [{"wildcard": "*aaaaaaaa"}]}, {"source": [{"wildcard": "*aaaa"}]}),
    "TL005": (rule(EventPattern=None), rule(EventPattern=None, ScheduleExpression="rate(1 day)")),
    "TL006": (rule(State="enabled"), rule(State="ENABLED")),
    "TL007": (
        pattern(requestParameters={"size": ["auto", {"numeric": [">", 5]}, 3]}),
        pattern(requestParameters={"size": [{"numeric": [">", 5]}, 3]}),
    ),
    "TL101": (RIGHT | {"detail-type": ["AWS API call via Cloudtrail"]}, RIGHT),
    "TL102": (pattern("eventbridge", ["DeleteRule"]), pattern("events", ["DeleteRule"])),
    "TL103": (pattern("aim", ["DeleteUser"]), pattern()),
    "TL104": ({key: RIGHT[key] for key in ("detail-type", "detail")}, RIGHT),
    "TL105": (RIGHT | {"source": ["iam.amazonaws.com"]}, RIGHT),
    "TL106": (RIGHT | {"source": ["aws.ec2"]}, RIGHT),
    "TL107": (pattern("lambda", ["DeleteFunction"]), pattern("lambda", ["DeleteFunction20150331"])),
    "TL108": (pattern(names=["DeletUser"]), pattern(names=["DeleteUser"])),
    "TL109": (RIGHT | {"eventName": ["DeleteUser"]}, RIGHT),
    "TL110": (pattern(errorcode=["AccessDenied"]), pattern(errorCode=["AccessDenied"])),
    "TL111": (
        pattern("signin", ["ConsoleLogin"], errorCode=None, responseElements={"ConsoleLogin": ["Success"]}),
        SIGN_IN,
    ),
    "TL112": (pattern(userIdentity={"type": ["root"]}), pattern(userIdentity={"type": ["Root"]})),
    "TL113": (pattern(readOnly=["false"]), pattern(readOnly=[False])),
    "TL114": (
        pattern(userIdentity={"arn": ["arn:aws:iam::*:root"]}),
        pattern(userIdentity={"arn": [{"wildcard": "arn:aws:iam::*:root"}]}),
    ),
    "TL115": (RIGHT | {"resources": ["arn:aws:iam::111122223333:user/bob"]}, RIGHT),
    "TL116": (pattern(errorCode=[None]), pattern()),
    "TL117": (pattern(names=["PassRole"]), pattern(names=["CreateRole"])),
    "TL201": (rule(region="eu-west-1"), rule(region="us-east-1")),
    "TL202": (
        rule(pattern(names=["GetUser"])),
        rule(pattern(names=["GetUser"]), State="ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"),
    ),
    "TL203": (rule(State="DISABLED"), rule()),
    "TL204": (template(Targets=[]), template()),
    "TL205": (template(EventBusName="alarms"), template(EventBusName="default")),
    "TL302": (pattern("signin", ["ConsoleLogin"]) | {"detail-type": SIGN_IN["detail-type"]}, SIGN_IN),
    "TL303": (
        pattern(errorCode=[{"anything-but": ["AccessDenied"]}]),
        pattern(errorCode=[{"anything-but": ["AccessDenied"]}, {"exists": False}]),
    ),
    "TL304": (
        pattern(errorCode=["AccessDenied"], requestParameters={"userName": ["bob"]}),
        pattern(errorCode=["AccessDenied"], errorMessage=[{"wildcard": "*user bob *"}]),
    ),
    "TL301": (pattern(errorCode=None), pattern(errorCode=[{"exists": True}, {"exists": False}])),
    "TL402": (f"{HCL}}}\nbroken [", HCL),
    "TL401": (template(EventPattern={"source": [{"Ref": "Source"}]}), template()),
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_finding_rings_on_what_is_wrong(kind: str):
    assert kind in ids(EXAMPLES[kind][0])


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_found_on_what_is_right(kind: str):
    assert ids(EXAMPLES[kind][1]) == []


def test_the_documentation_explains_every_finding_and_no_other():
    page = ROOT.joinpath("docs/reference/lint.md").read_text("utf-8")
    sections = re.findall(r"^### (TL\d{3})\n\n\*\*Cause\.\*\*.+?\n\n\*\*Mend\.\*\*", page, re.MULTILINE | re.DOTALL)
    assert sections == list(KINDS)


def test_our_own_template_is_clean():
    text = compose(config.frame(), selected(config.catalogue(), DEFAULTS))
    report = lint("pipeline.yaml", text, NAMES, READERS, "us-east-1")
    assert (report.rules > 0, report.findings) == (True, ())


@pytest.mark.parametrize("one", config.catalogue(), ids=lambda one: one.id)
def test_every_pattern_of_the_catalogue_is_clean(one):
    # A rule of the calls that failed otherwise means just those.
    meant = {"TL303"} if one.id.endswith("-failed") else set()
    assert [finding for finding in found(one.pattern.text, region="us-east-1") if finding.id not in meant] == []


OTHERS = [
    {
        "source": ["aws.guardduty"],
        "detail-type": ["GuardDuty Finding"],
        "detail": {"severity": [{"numeric": [">", 7]}]},
    },
    {"source": ["aws.ecs"], "detail-type": ["ECS Service Action"], "detail": {"eventName": ["SERVICE_STEADY_STATE"]}},
    {"source": ["aws.identitystore"], "detail-type": ["User Deleted", "Group Deleted"]},
    {"source": ["com.shop"], "detail-type": ["Order Placed"], "detail": {"total": [1]}},
    {"source": [{"prefix": "aws."}], "detail": {"eventName": [{"anything-but": ["Decrypt"]}]}},
    pattern("sso-directory", ["DeleteUser", "DisableUser", "RemoveMemberFromGroup"]),
    pattern("s3", ["PutBucketLifecycle", "DeleteBucketPolicy"]),
    pattern("identitystore-scim", ["DeleteUser"]),
    pattern("identitystore-scim", ["DeleteUser"]) | {"source": ["aws.identitystore", "aws.identitystore-scim"]},
    pattern("kms", [{"prefix": "ScheduleKey"}, {"wildcard": "*Deletion"}]),
    {
        "source": ["aws.iam", "aws.ec2"],
        "detail-type": [CALL],
        "detail": {"eventSource": ["iam.amazonaws.com", "ec2.amazonaws.com"], "errorCode": ["AccessDenied"]},
    },
]


@pytest.mark.parametrize("data", OTHERS, ids=json.dumps)
def test_what_is_sound_or_of_no_concern_is_left_alone(data):
    assert found(data) == []


def test_a_finding_names_the_place_the_line_the_reason_and_the_way_out():
    text = """{"source": ["aws.iam"],
 "detail": {"errorCode": [{"exists": false}],
  "eventName": ["DeleteRole",
   "DeletUser"]}}"""
    (one,) = found(text)
    assert (one.id, one.place, one.line) == ("TL108", "detail.eventName[1]", 4)
    assert (one.reason, one.mend) == (
        "no eventName `DeletUser` is known of iam.amazonaws.com",
        "did you mean `DeleteUser`?",
    )


@pytest.mark.parametrize(
    ("name", "right"),
    [
        ("UpdateFunctionCode", "UpdateFunctionCode20150331v2"),
        ("PutFunctionConcurrency", "PutFunctionConcurrency20171031"),
        ("DeleteFunction", "DeleteFunction20150331"),
    ],
)
def test_the_spelling_of_cloudtrail_is_offered_for_that_of_the_api(name: str, right: str):
    assert [(one.id, one.mend) for one in found(pattern("lambda", [name]))] == [("TL107", f"it writes `{right}`")]


def test_a_name_that_another_service_spells_as_the_api_does_is_left_alone():
    assert ids(pattern("cloudfront", ["DeleteFunction"])) == []


def test_a_service_that_merely_has_a_call_of_the_name_is_not_offered():
    (one,) = found(pattern("iam", ["RunInstances"]))
    assert (one.id, one.mend) == ("TL108", "look at a record of the call for the name that CloudTrail writes")


@pytest.mark.parametrize("text", ["eventbridge.amazonaws.com", "iam", "aws.iam", "IAM.amazonaws.com"])
def test_an_event_source_is_corrected(text: str):
    (one,) = [one for one in found(pattern(eventSource=[text])) if one.id == "TL102"]
    assert one.mend in ("did you mean `events.amazonaws.com`?", "did you mean `iam.amazonaws.com`?")


def test_a_source_that_anybody_may_send_counts_as_open():
    assert ids(RIGHT | {"source": [{"exists": True}]}) == ["TL104"]


def test_a_part_that_never_matches_is_told_of_though_the_rest_does():
    both = pattern(eventSource=["iam.amazonaws.com", "ec2.amazonaws.com"])
    assert [(one.id, one.place) for one in found(both)] == [("TL106", "detail.eventSource[1]")]
    assert [(one.id, one.place) for one in found(pattern() | {"source": ["aws.iam", "aws.ec2"]})] == [
        ("TL106", "source[1]")
    ]


@pytest.mark.parametrize(
    ("region", "expected"),
    [("us-east-1", []), ("eu-west-1", ["TL201"]), ("cn-north-1", []), ("cn-northwest-1", ["TL201"]), ("", [])],
)
def test_iam_is_looked_for_in_its_region(region: str, expected: list[str]):
    assert ids(RIGHT, region=region) == expected


def test_a_pattern_that_asks_for_another_region_never_sees_iam():
    assert ids(RIGHT | {"region": ["eu-west-1"]}) == ["TL201"]
    assert ids(RIGHT | {"region": ["eu-west-1", "us-east-1"]}) == []


def test_every_alternative_is_checked_and_told_of_once():
    either = {"$or": [{"source": ["aws.iam"]}, {"source": ["aws.ec2"]}], "detail": RIGHT["detail"]}
    assert [(one.id, one.place) for one in found(either)] == [("TL106", "detail.eventSource[0]")]


def test_what_code_reads_may_mix_success_and_failure():
    mixed = pattern(errorCode=None)
    queue, topic = ({"Id": "q", "Arn": {"Fn::GetAtt": ["Queue", "Arn"]}}, {"Id": "t", "Arn": {"Ref": "Topic"}})
    assert ids(template(EventPattern=mixed, Targets=[queue])) == []
    assert ids(template(EventPattern=mixed, Targets=[queue, topic])) == ["TL301"]


def test_a_bare_pattern_has_no_state_so_reading_is_not_judged():
    assert ids(pattern(names=["GetUser"])) == []
