"""Event rules as people write them, and what lint finds in them."""

from __future__ import annotations

import json

from tocsin import config
from tocsin.adapters.files.hcl import read_hcl, read_template
from tocsin.adapters.files.yamls import read_yaml
from tocsin.lint import Names, Readers, lint

NAMES = Names.of(config.event_names(), config.request_fields())
READERS = Readers(read_yaml, read_hcl, read_template)
CALL = "AWS API Call via CloudTrail"
DONE = [{"exists": False}]
RIGHT = {
    "source": ["aws.iam"],
    "detail-type": [CALL],
    "detail": {"eventSource": ["iam.amazonaws.com"], "eventName": ["DeleteUser"], "errorCode": DONE},
}


def pattern(service="iam", names=("DeleteUser",), **detail) -> dict:
    """A sound pattern for some calls of a service, with some fields of its detail set otherwise."""
    calls = {"eventSource": [f"{service}.amazonaws.com"], "eventName": list(names), "errorCode": DONE}
    merged = {key: value for key, value in {**calls, **detail}.items() if value is not None}
    return {"source": [f"aws.{service}"], "detail-type": [CALL], "detail": merged}


def rule(event_pattern=RIGHT, region="us-east-1", **more) -> dict:
    """A rule as `aws events describe-rule` shows it."""
    arn = f"arn:aws:events:{region}:111122223333:rule/r"
    shown = {"Name": "r", "Arn": arn, "State": "ENABLED", "EventPattern": json.dumps(event_pattern), **more}
    return {key: value for key, value in shown.items() if value is not None}


def template(**properties) -> dict:
    """A CloudFormation template with one rule."""
    sound = {"EventPattern": RIGHT, "Targets": [{"Id": "t", "Arn": {"Ref": "Topic"}}]}
    entry = {"Type": "AWS::Events::Rule", "Properties": {**sound, **properties}}
    resources = {"Rule": entry, "Topic": {"Type": "AWS::SNS::Topic"}, "Queue": {"Type": "AWS::SQS::Queue"}}
    return {"AWSTemplateFormatVersion": "2010-09-09", "Resources": resources}


def found(data, file="x.json", region=""):
    text = data if isinstance(data, str) else json.dumps(data)
    file = "x.tf" if text.startswith("resource") else file
    return list(lint(file, text, NAMES, READERS, region).findings)


def ids(data, file="x.json", region="") -> list[str]:
    return [finding.id for finding in found(data, file, region)]


SIGN_IN = pattern("signin", ["ConsoleLogin"], errorCode=None, responseElements={"ConsoleLogin": ["Success"]}) | {
    "detail-type": ["AWS Console Sign In via CloudTrail"]
}
