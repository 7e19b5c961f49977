"""Rules stand in what people have: Terraform with defaults and locals, modules, terragrunt, Serverless and the CDK."""

from __future__ import annotations

import json

import pytest

from rules_to_lint import NAMES, READERS, RIGHT
from tocsin.lint import Readers, lint, looks_like_a_rule

TYPO = 'source = ["aws.iam"], "detail-type" = ["AWS API Call via CloudTrail"], detail = {'
DONE = "errorCode = [{ exists = false }]"


def told(file, text, **beside):
    readers = Readers(READERS.yaml, READERS.hcl, READERS.template, lambda _file, path: beside.get(path.split(".")[0]))
    return [(one.id, one.rule, one.place) for one in lint(file, text, NAMES, readers).findings]


def resource(pattern, more=""):
    return f'resource "aws_cloudwatch_event_rule" "r" {{\n{more}\n  event_pattern = {pattern}\n}}\n'


NAME = "aws_cloudwatch_event_rule.r"


@pytest.mark.parametrize(
    "text",
    [
        'variable "names" {\n default = ["DeletUser"]\n}\n'
        + resource(f"jsonencode({{{TYPO} eventName = var.names, {DONE} }} }})"),
        'locals {\n names = ["DeletUser"]\n}\n'
        + resource(f"jsonencode({{{TYPO} eventName = local.names, {DONE} }} }})"),
        'locals {\n all = { iam = ["DeletUser"] }\n}\n'
        + resource(f"jsonencode({{{TYPO} eventName = local.all.iam, {DONE} }} }})"),
        resource(f'jsonencode({{{TYPO} eventName = concat(["DeletUser"], []), {DONE} }} }})'),
        resource(f'jsonencode({{{TYPO} eventName = toset(distinct(["DeletUser"])), {DONE} }} }})'),
        resource(f'jsonencode(merge({{ source = ["aws.iam"] }}, {{{TYPO} eventName = ["DeletUser"], {DONE} }} }}))'),
        f'locals {{\n p = {{{TYPO} eventName = ["DeletUser"], {DONE} }} }}\n}}\n' + resource("jsonencode(local.p)"),
    ],
)
def test_what_the_file_itself_says_is_put_in_its_place(text):
    assert told("x.tf", text) == [("TL108", NAME, "detail.eventName[0]")]


def test_each_instance_over_a_local_is_a_rule():
    text = 'locals {\n rules = { a = ["DeleteUser"], b = ["DeletUser"] }\n}\n' + resource(
        f"jsonencode({{{TYPO} eventName = each.value, {DONE} }} }})", "for_each = local.rules"
    )
    assert told("x.tf", text) == [("TL108", f'{NAME}["b"]', "detail.eventName[0]")]


@pytest.mark.parametrize("call", ['file("${path.module}/p.json")', 'file("p.json")', 'templatefile("p.json", {})'])
def test_a_file_beside_is_read(call):
    pattern = json.dumps({**RIGHT, "detail": {**RIGHT["detail"], "eventName": ["DeletUser"]}})
    assert told("x.tf", resource(call), p=pattern) == [("TL108", NAME, "detail.eventName[0]")]
    assert [kind for kind, _, _ in told("x.tf", resource(call))] == ["TL401"]


@pytest.mark.parametrize(
    "text",
    [
        'variable "names" {\n type = list(string)\n}\n'
        + resource(f"jsonencode({{{TYPO} eventName = var.names, {DONE} }} }})"),
        resource(f"jsonencode({{{TYPO} eventName = concat(var.names, []), {DONE} }} }})"),
        "locals {\n a = local.b\n b = local.a\n}\n"
        + resource(f"jsonencode({{{TYPO} eventName = local.a, {DONE} }} }})"),
        "locals {\n a = local.a\n}\n" + resource(f"jsonencode({{{TYPO} eventName = local.a, {DONE} }} }})"),
    ],
)
def test_what_is_set_from_outside_or_refers_to_itself_is_not_guessed(text):
    assert [kind for kind, _, _ in told("x.tf", text)] == ["TL401"]


MODULE = """\
module "m" {{
  source = "./m"
  {input} = {value}
}}
"""
PATTERN = json.dumps(
    {
        "source": ["iam"],
        "detail-type": ["AWS API Call via CloudTrail"],
        "detail": {"eventName": ["CreateUser"], "errorCode": [{"exists": False}]},
    }
)
AS_HCL = PATTERN.replace(":", " =")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("event_pattern_rule", f"<<P\n{PATTERN}\nP"),
        ("pattern", f"jsonencode({AS_HCL})"),
        ("rules", f"{{ deleted = {{ event_pattern = jsonencode({AS_HCL}) }} }}"),
        ("rules", f"{{ deleted = {AS_HCL} }}"),
    ],
)
def test_a_pattern_that_a_module_is_handed_is_judged_under_any_name(field, value):
    assert [kind for kind, _, _ in told("x.tf", MODULE.format(input=field, value=value))] == ["TL105"]


def test_the_inputs_of_terragrunt_are_those_of_a_module():
    text = f'include "root" {{\n  path = "x"\n}}\ninputs = {{\n  event_pattern = jsonencode({AS_HCL})\n}}\n'
    assert [kind for kind, _, _ in told("terragrunt.hcl", text)] == ["TL105"]


SERVERLESS = """\
service: s
provider: {name: aws, runtime: python3.12, region: eu-west-1}
functions:
  onDelete:
    handler: h.f
    events:
      - http: GET /
      - eventBridge:
          eventBus: %s
          pattern:
            source: [aws.iam]
            detail-type: [AWS API Call via CloudTrail]
            detail: {eventSource: [iam.amazonaws.com], eventName: [DeletUser, "${self:custom.name}"]}
resources:
  Resources:
    Rule:
      Type: AWS::Events::Rule
      Properties:
        EventPattern: {source: [iam]}
"""


def test_the_rules_of_serverless_are_those_of_functions_and_of_resources():
    found = told("serverless.yml", SERVERLESS % "default")
    assert {(kind, rule) for kind, rule, _ in found} == {
        ("TL201", "functions.onDelete"),
        ("TL108", "functions.onDelete"),
        ("TL401", "functions.onDelete"),
        ("TL204", "Rule"),
    }
    assert ("TL205", "functions.onDelete", "") in told("serverless.yml", SERVERLESS % "own")


def test_the_pseudo_parameters_of_cloudformation_are_known():
    properties = {
        "EventPattern": {**RIGHT, "account": [{"Ref": "AWS::AccountId"}], "region": [{"Fn::Sub": "${AWS::Region}"}]},
        "Targets": [{"Id": "t", "Arn": {"Ref": "T"}}],
    }
    rule = {"Type": "AWS::Events::Rule", "Properties": properties}
    assert told("x.json", json.dumps({"Resources": {"R": rule, "T": {"Type": "AWS::SNS::Topic"}}})) == []


def test_what_the_cdk_puts_out_is_a_template():
    rule = {
        "Type": "AWS::Events::Rule",
        "Properties": {"EventPattern": {"source": ["iam"], "detail": {"eventName": ["x"]}}},
    }
    text = json.dumps({"Resources": {"DeletedB1C2": {**rule, "Metadata": {"aws:cdk:path": "S/Deleted"}}}, "Rules": {}})
    assert "TL105" in [kind for kind, _, _ in told("S.template.json", text)]


@pytest.mark.parametrize(
    ("text", "looks"),
    [
        ("new events.Rule(this, 'r', {eventPattern: {source: ['aws.iam']}})", True),
        ("detail-type: [AWS API Call via CloudTrail]", True),
        ("event_pattern = var.pattern", True),
        ("detailType: ['AWS API Call via CloudTrail']", True),
        ("just a list of events and their details", False),
        ('{"Entries": [{"DetailType": "order"}]}', False),
    ],
)
def test_what_looks_like_a_rule_is_known_whatever_it_is_written_in(text, looks):
    assert looks_like_a_rule(text) == looks
