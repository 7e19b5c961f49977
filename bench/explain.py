"""`unwrap`, match and render: records a second on one core, beside json.loads of the same bytes and moto's matcher.

A batch is a log file of 200 records, 10 % of them deletions that ring and are rendered as text.
"""

from __future__ import annotations

import json
import random
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from moto.events.models import EventPattern

from tocsin import wiring
from tocsin.core.notice.render import as_text
from tocsin.core.record.envelope import unwrap
from tocsin.core.settings import DEFAULTS
from tocsin.flows.explain import explain

if TYPE_CHECKING:
    from collections.abc import Callable

RECORDS, RINGING, ROUNDS = 200, 20, 15
NAMES = (
    "AssumeRole",
    "PutObject",
    "DescribeInstances",
    "CreateUser",
    "GetCallerIdentity",
    "ConsoleLogin",
    "TagResource",
)


def record(number: int, chance: random.Random, *, ringing: bool) -> dict[str, object]:
    """A record like CloudTrail's, of about 1 kB."""
    return {
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "AssumedRole",
            "principalId": f"AROAEXAMPLE:{number}",
            "arn": f"arn:aws:sts::111122223333:assumed-role/deploy/session-{number % 7}",
            "accountId": "111122223333",
            "accessKeyId": "ASIAEXAMPLE",
            "sessionContext": {
                "sessionIssuer": {
                    "type": "Role",
                    "principalId": "AROAEXAMPLE",
                    "arn": "arn:aws:iam::111122223333:role/deploy",
                    "accountId": "111122223333",
                    "userName": "deploy",
                },
                "attributes": {"creationDate": "2026-11-23T20:00:00Z", "mfaAuthenticated": "false"},
            },
        },
        "eventTime": "2026-11-23T21:04:05Z",
        "eventSource": "iam.amazonaws.com" if ringing else "ec2.amazonaws.com",
        "eventName": "DeleteUser" if ringing else chance.choice(NAMES),
        "awsRegion": "us-east-1",
        "sourceIPAddress": "203.0.113.7",
        "userAgent": "aws-cli/2.31.0 md/awscrt#0.27 ua/2.1 os/linux md/arch#x86_64 lang/python#3.13",
        "requestParameters": {"userName": f"user-{number}"},
        "responseElements": None,
        "requestID": f"11111111-2222-4333-8444-{number:012}",
        "eventID": f"55555555-6666-4777-8888-{number:012}",
        "readOnly": False,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": "111122223333",
        "eventCategory": "Management",
        "tlsDetails": {"tlsVersion": "TLSv1.3", "cipherSuite": "TLS_AES_128_GCM_SHA256"},
    }


def rate(work: Callable[[], object]) -> float:
    """Records a second, the best of some rounds."""
    best = float("inf")
    for _ in range(ROUNDS):
        started = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - started)
    return RECORDS / best


def main() -> None:  # noqa: C901 - one measured function a way
    """Measure and print."""
    chance = random.Random(7)
    records = [record(number, chance, ringing=number % (RECORDS // RINGING) == 0) for number in range(RECORDS)]
    body = json.dumps({"Records": records}).encode()
    rules = wiring.rules_on(DEFAULTS)
    now = datetime(2026, 11, 23, tzinfo=UTC)
    theirs = [EventPattern.load(rule.pattern.text) for rule in rules if rule.pattern]

    def ours() -> None:
        rung = 0
        for item in unwrap(body):
            if rules.match(item):
                rung += 1
        assert rung == RINGING  # noqa: S101 - a benchmark of a wrong answer is worth nothing

    def rendered() -> None:
        for item in unwrap(body):
            if rules.match(item):
                # The record alone, as `explain` tells it.
                for told in explain(json.dumps(item.raw).encode(), rules, DEFAULTS, now):
                    as_text(told.notices[0])

    def moto() -> None:
        for item in json.loads(body)["Records"]:
            event = {"source": f"aws.{item['eventSource'].split('.')[0]}", "detail-type": "AWS API Call via CloudTrail"}
            for pattern in theirs:
                pattern.matches_event({**event, "detail": item})

    bare = rate(lambda: json.loads(body))
    table = [
        ("json.loads alone", bare),
        ("unwrap + match", rate(ours)),
        ("unwrap + match + render of 10 %", rate(rendered)),
        ("json.loads + moto's matcher", rate(moto)),
    ]
    for name, figure in table:
        print(f"{name:<34} {figure:>10,.0f} records/s   {figure / bare:>5.2f} of json.loads")


if __name__ == "__main__":
    main()
