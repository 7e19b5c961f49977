"""How a call was made, as far as the record tells: console, command line, IaC tool, SDK.

The user agent is free text that the caller chooses: what it says is shown as said, and nothing is decided by it.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tocsin.core.record.record import Record

# CloudTrail cuts a user agent at 1 KB (CloudTrail User Guide, "CloudTrail record contents").
_LONGEST = 1024
# First match wins: an IaC tool's agent also names the SDK that it is built on.
_TOOLS = (
    (re.compile(r"^cloudformation\.amazonaws\.com"), "CloudFormation"),
    (re.compile(r"opentofu|terraform-provider-aws.*tofu", re.IGNORECASE), "OpenTofu"),
    (re.compile(r"terraform", re.IGNORECASE), "Terraform"),
    (re.compile(r"pulumi", re.IGNORECASE), "Pulumi"),
    (re.compile(r"aws-cdk", re.IGNORECASE), "the AWS CDK"),
    (re.compile(r"ansible", re.IGNORECASE), "Ansible"),
    (re.compile(r"exec-env/CloudShell", re.IGNORECASE), "the AWS CLI in CloudShell"),
    (re.compile(r"^aws-cli/(?P<version>[\w.]+)", re.IGNORECASE), "the AWS CLI"),
    (
        re.compile(
            r"console\.amazonaws\.com|signin\.amazonaws\.com|^AWS Internal$|^S3Console|^Mozilla/", re.IGNORECASE
        ),
        "the AWS console",
    ),
    (re.compile(r"^Boto3/|^Botocore/", re.IGNORECASE), "the Python SDK (boto3)"),
    (re.compile(r"aws-sdk-(?P<name>[\w-]+)", re.IGNORECASE), "an AWS SDK"),
    (re.compile(r"^[a-z0-9.-]+\.amazonaws\.com$"), "an AWS service"),
)


def tool_of(record: Record) -> str:
    """By what tool a call was made: ``Terraform``, ``the AWS CLI``, ``the AWS console``; ``""`` if nothing tells.

    ``sessionCredentialFromConsole`` is CloudTrail's own word and outranks the user agent.
    """
    if record.text("sessionCredentialFromConsole") == "true":
        return "the AWS console"
    agent = record.text("userAgent")
    return _named(agent[:_LONGEST]) if agent else ""


@lru_cache(maxsize=256)  # a trail has few, each of them many times
def _named(agent: str) -> str:
    for pattern, name in _TOOLS:
        found = pattern.search(agent)
        if found:
            detail = next((value for value in found.groupdict().values() if value), "")
            return f"{name} ({detail})" if name == "an AWS SDK" else f"{name} {detail}".strip()
    return "a program of its own"
