"""A notice as AWS's own services take it: a message of SNS, and a finding of Security Hub.

SNS API Reference, "Publish": a subject of at most 100 ASCII characters without line breaks, a message of 256 KB in all;
with ``MessageStructure: json`` a text for each protocol, and a text message (SMS) is cut at 140 bytes a part. Security
Hub User Guide, "AWS Security Finding Format" (ASFF), whose lengths are those of the API Reference's
"AwsSecurityFinding": what is longer is refused.
"""

from __future__ import annotations

import json
from datetime import UTC
from typing import TYPE_CHECKING, Any

from tocsin.core.notice.render import as_text
from tocsin.core.partitions import partition_of
from tocsin.core.text import cut, sha256_of

if TYPE_CHECKING:
    from datetime import datetime

    from tocsin.core.notice.notice import Notice

_SUBJECT, _SMS, _MESSAGE = 100, 140, 50_000
_TITLE, _DESCRIPTION, _RECOMMENDATION, _FIELD, _MOST_FIELDS = 256, 1024, 512, 2048, 40
_LABELS = {"info": "INFORMATIONAL"}


def as_sns(notice: Notice, topic: str) -> dict[str, Any]:
    """The parameters of Publish; filter policies may ask for severity, rule and account.

    Args:
        notice: what to tell.
        topic: the topic's ARN; of one whose name ends in ``.fifo`` an incident is a group.
    """
    text = as_text(notice)
    texts = {"default": cut(text, _MESSAGE), "sms": cut(_ascii(notice.heading), _SMS)}
    named = {"severity": str(notice.severity), "rule": notice.rule, "account": notice.account, "id": notice.id}
    group = {"MessageGroupId": notice.incident[:128], "MessageDeduplicationId": sha256_of(notice.id)}
    return {
        "TopicArn": topic,
        "Subject": cut(_ascii(notice.heading), _SUBJECT, "..."),
        "Message": json.dumps(texts, ensure_ascii=False),
        "MessageStructure": "json",
        "MessageAttributes": {
            name: {"DataType": "String", "StringValue": value} for name, value in named.items() if value
        },
        **(group if topic.endswith(".fifo") else {}),
    }


def as_finding(notice: Notice, account: str, region: str, now: datetime) -> dict[str, Any]:
    """The finding; of one incident there is one, which later notices update.

    Args:
        notice: what to tell.
        account: the account whose Security Hub it goes to: the caller's, which has to be the finding's own.
        region: the Region of that Security Hub.
        now: the time.
    """
    partition = partition_of(region).name
    about = notice.account or account
    at = f"{now.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{now.microsecond // 1000:03}Z"
    fields = {
        f"tocsin/{label}": value
        for label, value in [
            ("incident", notice.incident),
            ("notice", notice.id),
            ("rule", notice.rule),
            *((fact.label, fact.value) for fact in notice.facts),
        ]
    }
    steps = " ".join(f"{number}. {step}" for number, step in enumerate(notice.next_steps, 1))
    return {
        "SchemaVersion": "2018-10-08",
        "Id": f"tocsin/{notice.part or notice.incident}"[:512],
        "ProductArn": f"arn:{partition}:securityhub:{region}:{account}:product/{account}/default",
        "GeneratorId": f"tocsin/{notice.rule}"[:512],
        "AwsAccountId": account,
        "Types": ["Unusual Behaviors/User"],
        "CreatedAt": at,
        "UpdatedAt": at,
        "Severity": {"Label": _LABELS.get(str(notice.severity), str(notice.severity).upper())},
        "Title": cut(notice.title, _TITLE) or "Tocsin",
        "Description": cut(notice.sentence, _DESCRIPTION) or "Tocsin",
        "Resources": [
            {
                "Type": "AwsAccount",
                "Id": f"AWS::::Account:{about}",
                "Partition": partition,
                "Region": notice.region or region,
            }
        ],
        **({"Remediation": {"Recommendation": {"Text": cut(steps, _RECOMMENDATION)}}} if steps else {}),
        "ProductFields": {
            label[:128]: cut(value, _FIELD) for label, value in list(fields.items())[:_MOST_FIELDS] if value
        },
        "RecordState": "ACTIVE",
    }


def _ascii(text: str) -> str:
    """A text as printable ASCII; what has no such letter is a question mark."""
    plain = text.encode("ascii", "replace").decode()
    return "".join(one if one.isprintable() else " " for one in plain)
