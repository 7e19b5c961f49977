"""The doctor as cron types it, whole processes against an embedded AWS in another process.

The alternative in the same run is a script that makes the same look by boto3 alone, one call after the other, and
judges nothing: what it costs to see the rules, their targets, their topics and who is subscribed.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from served import served

ROUNDS = 5
MANY = 300
PATTERN = '{"source":["aws.iam"],"detail-type":["AWS API Call via CloudTrail"],"detail":{"eventName":["DeleteUser"]}}'
RAW = """
import boto3
events, sns, trail, alarms, sqs = (boto3.client(one) for one in ("events", "sns", "cloudtrail", "cloudwatch", "sqs"))
for one in trail.describe_trails()["trailList"]:
    trail.get_trail_status(Name=one["TrailARN"]), trail.get_event_selectors(TrailName=one["TrailARN"])
alarms.describe_alarms()
topics = set()
for page in events.get_paginator("list_rules").paginate():
    for rule in page["Rules"]:
        targets = events.list_targets_by_rule(Rule=rule["Name"])["Targets"]
        topics |= {one["Arn"] for one in targets if ":sns:" in one["Arn"]}
for arn in topics:
    sns.get_topic_attributes(TopicArn=arn)
    for one in sns.list_subscriptions_by_topic(TopicArn=arn)["Subscriptions"]:
        if one["SubscriptionArn"].startswith("arn:"):
            sns.get_subscription_attributes(SubscriptionArn=one["SubscriptionArn"])
for url in sqs.list_queues().get("QueueUrls", []):
    sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])
"""
MAKE = """
import boto3, sys
events, sns = boto3.client("events"), boto3.client("sns")
topic = sns.create_topic(Name="many")["TopicArn"]
for number in range(int(sys.argv[1])):
    events.put_rule(Name=f"many-{number}", EventPattern=sys.argv[2])
    events.put_targets(Rule=f"many-{number}", Targets=[{"Id": "1", "Arn": topic}])
"""
# Counts what botocore sends.
COUNT = """
import sys
from botocore.endpoint import Endpoint
sent, calls = Endpoint.make_request, []
Endpoint.make_request = lambda *given: calls.append(given[1].name) or sent(*given)
from tocsin.entry.cli import run
run(sys.argv[1:])
print(len(calls), calls.count("ListTargetsByRule"), file=sys.stderr)
"""


def main() -> None:
    """Measure and print."""
    with served() as environ, tempfile.TemporaryDirectory() as folder:
        config = 'durable = true\ncustomer_key = true\nsubscribers = ["ops@example.com"]\n'
        (Path(folder) / "tocsin.toml").write_text(config, encoding="utf-8")

        def run(*arguments: str, fine: tuple[int, ...] = (0,)) -> tuple[float, subprocess.CompletedProcess[str]]:
            started = time.perf_counter()
            command = [sys.executable, *arguments]
            done = subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, check=False)  # noqa: S603 - our own
            if done.returncode not in fine:
                sys.exit(done.stderr)
            return time.perf_counter() - started, done

        def median(*arguments: str, rounds: int = ROUNDS) -> float:
            return sorted(run(*arguments, fine=(0, 1))[0] for _ in range(rounds))[rounds // 2]

        run("-m", "tocsin", "apply", "--yes")
        _compare("the whole pipeline", median("-c", RAW), median("-m", "tocsin", "doctor"))
        _compare("status of it", median("-c", RAW), median("-m", "tocsin", "status"))
        calls, rules = run("-c", COUNT, "doctor", fine=(0, 1))[1].stderr.split()[-2:]
        print(f"{'calls':<32} {calls} for {rules} rules: {int(calls) - 2 * int(rules)} and 2 a rule")
        run("-c", MAKE, str(MANY), PATTERN)
        raw = median("-c", RAW, rounds=3)
        _compare(f"{MANY} rules more, --all", raw, median("-m", "tocsin", "doctor", "--all", rounds=3))
        out = run("-m", "tocsin", "doctor", "--all", "--json", fine=(1,))[1].stdout
        found = [one for one in map(json.loads, out.splitlines()) if one["kind"] == "finding"]
        print(f"{'findings there':<32} {len(found)}")


def _compare(label: str, raw: float, ours: float) -> None:
    print(f"{label:<32} {ours:>6.2f} s   boto3 alone, judging nothing {raw:.2f} s, ratio {ours / raw:.2f}")


if __name__ == "__main__":
    main()
