"""How many events a second the pattern matcher takes, beside moto's matcher in the same run.

    python bench/patterns.py            # everything, about two minutes
    python bench/patterns.py --quick    # fewer events, about half a minute

CloudTrail-like events, as the JSON bytes that a queue hands over, are matched against 1, 100, 1,000 and
10,000 rules of four families:

selective   each rule names its own eventName and source (the others are compared with it)
mixed       an eventName and one more field by prefix, suffix, anything-but, cidr, exists, numeric, ...
same name   every rule names the same eventName, and an ARN by a wildcard of its own
contains    a wildcard with a star on both sides and nothing else
but         one eventName each by anything-but, and nothing else: nearly all rules match
numeric     a range of numbers each, and nothing else
exists      a field of its own that must be there, or must not, and nothing else: about half of the rules match
cidr        a network each, and nothing else

moto's matcher (`moto.events.models.EventPattern`) gets parsed events one rule at a time, as moto calls it, on
a sample; the column is its rate, and the last one how many times faster the index is.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from typing import TYPE_CHECKING

from tocsin.core.pattern import RuleIndex, compile_pattern, decode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

SIZES = (1, 100, 1_000, 10_000)
SERVICES = ("iam", "s3", "ec2", "sts", "kms", "lambda", "rds", "sqs", "sns", "logs")
VERBS = ("Create", "Delete", "Put", "Get", "List", "Describe", "Update", "Attach", "Detach", "Tag")
NAMES = [f"{verb}Thing{number:04}" for number in range(1_000) for verb in VERBS]
USERS = [f"user-{number:04}" for number in range(10_000)]

Pattern = dict[str, object]


def event(chance: random.Random, names: list[str], more: Callable[[random.Random], Pattern]) -> bytes:
    """One EventBridge envelope around a CloudTrail record."""
    name, user = chance.choice(names), chance.choice(USERS)
    account = f"{chance.randrange(10**12):012}"
    service = SERVICES[NAMES.index(name) % len(SERVICES)] if name in NAMES[:100] else chance.choice(SERVICES)
    record = {
        "eventVersion": "1.11",
        "userIdentity": {
            "type": chance.choice(("IAMUser", "AssumedRole", "Root")),
            "principalId": "AIDAEXAMPLEEXAMPLE",
            "arn": f"arn:aws:iam::{account}:user/team-{chance.randrange(10_000):04}/{user}",
            "accountId": account,
            "accessKeyId": "AKIAEXAMPLEEXAMPLE",
            "userName": user,
            "sessionContext": {"attributes": {"creationDate": "2026-11-11T21:00:00Z", "mfaAuthenticated": "false"}},
        },
        "eventTime": "2026-11-11T21:29:54Z",
        "eventSource": f"{service}.amazonaws.com",
        "eventName": name,
        "awsRegion": chance.choice(("us-east-1", "eu-west-1")),
        "sourceIPAddress": f"203.0.{chance.randrange(256)}.{chance.randrange(256)}",
        "userAgent": "aws-cli/2.31.0 md/prompt#off exec-env/CloudShell",
        "requestParameters": {"userName": chance.choice(USERS), "maxItems": "100", **more(chance)},
        "responseElements": None,
        "requestID": "5b1f2a34-1111-2222-3333-444455556666",
        "eventID": "7bf73129-1428-4cd3-a780-95db273d1602",
        "readOnly": name.startswith(("Get", "List", "Describe")),
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": account,
        "eventCategory": "Management",
        "tlsDetails": {"tlsVersion": "TLSv1.3", "cipherSuite": "TLS_AES_128_GCM_SHA256"},
    }
    envelope = {
        "version": "0",
        "id": "7bf73129-1428-4cd3-a780-95db273d1602",
        "detail-type": "AWS API Call via CloudTrail",
        "source": f"aws.{service}",
        "account": account,
        "time": "2026-11-11T21:29:54Z",
        "region": "us-east-1",
        "resources": [],
        "detail": record,
    }
    return json.dumps(envelope).encode()


def selective(number: int) -> Pattern:
    """A rule that names its own event."""
    service = SERVICES[number % len(SERVICES)]
    return {"source": [f"aws.{service}"], "detail": {"eventName": [NAMES[number]]}}


def mixed(number: int) -> Pattern:
    """A rule that names an event, and one more field by an operator."""
    second: list[Pattern] = [
        {"userIdentity": {"arn": [{"prefix": f"arn:aws:iam::{number:04}"}]}},
        {"userIdentity": {"arn": [{"suffix": f"/user-{number:04}"}]}},
        {"userIdentity": {"type": [{"anything-but": ["Root"]}]}},
        {"sourceIPAddress": [{"cidr": f"203.0.{number % 256}.0/24"}]},
        {"errorCode": [{"exists": False}]},
        {"requestParameters": {"userName": [{"equals-ignore-case": f"USER-{number:04}"}]}},
        {"userIdentity": {"arn": [{"wildcard": f"arn:*:user/*/user-{number:04}"}]}},
        {"requestParameters": {"count": [{"numeric": [">", number]}]}},
    ]
    return {"detail": {"eventName": [NAMES[number]], **second[number % len(second)]}}


def same_name(number: int) -> Pattern:
    """A rule that shares its eventName with all others."""
    arn = f"arn:aws:iam::*:user/team-{number:04}/*"
    return {"detail": {"eventName": [NAMES[1]], "userIdentity": {"arn": [{"wildcard": arn}]}}}


def contains(number: int) -> Pattern:
    """A rule that only looks for a piece of text."""
    return {"detail": {"userIdentity": {"arn": [{"wildcard": f"*team-{number:04}*"}]}}}


def but(number: int) -> Pattern:
    """A rule that leaves one event out."""
    return {"detail": {"eventName": [{"anything-but": [NAMES[number]]}]}}


def numeric(number: int) -> Pattern:
    """A rule for ten numbers of its own."""
    return {"detail": {"requestParameters": {"count": [{"numeric": [">", number * 10, "<=", number * 10 + 10]}]}}}


def exists(number: int) -> Pattern:
    """A rule that asks for a field of its own, or for its absence."""
    return {"detail": {"requestParameters": {f"field{number:05}": [{"exists": number % 2 == 0}]}}}


def cidr(number: int) -> Pattern:
    """A rule for a network of its own."""
    return {"detail": {"sourceIPAddress": [{"cidr": f"203.{number // 256}.{number % 256}.0/24"}]}}


def _nothing(_: random.Random) -> Pattern:
    return {}


def _count(chance: random.Random) -> Pattern:
    return {"count": chance.randrange(10_000)}


def _fields(chance: random.Random) -> Pattern:
    return {f"field{chance.randrange(10_000):05}": "x" for _ in range(5)}


Family = tuple["Callable[[int], Pattern]", list[str], "Callable[[random.Random], Pattern]"]
FAMILIES: dict[str, Family] = {
    "selective": (selective, NAMES[:400], _nothing),
    "mixed": (mixed, NAMES[:400], _nothing),
    "same name": (same_name, [NAMES[1]], _nothing),
    "contains": (contains, NAMES[:400], _nothing),
    "but": (but, NAMES[:400], _nothing),
    "numeric": (numeric, NAMES[:400], _count),
    "exists": (exists, NAMES[:400], _fields),
    "cidr": (cidr, NAMES[:400], _nothing),
}


def rate(work: Callable[[bytes], object], events: Iterable[bytes], least: float) -> float:
    """Events a second, the best of the passes that fit in the time."""
    listed = list(events)
    best, begun = 0.0, time.perf_counter()
    while not best or time.perf_counter() - begun < least:
        start = time.perf_counter()
        for each in listed:
            work(each)
        best = max(best, len(listed) / (time.perf_counter() - start))
    return best


def moto_matcher(patterns: list[Pattern]) -> Callable[[bytes], object] | None:
    """What matches with moto, one rule after the other; None where moto is not installed."""
    try:
        from moto.events.models import EventPattern  # noqa: PLC0415 - an optional dependency
    except ImportError:
        return None
    loaded = [EventPattern.load(json.dumps(pattern)) for pattern in patterns]

    def work(body: bytes) -> object:
        parsed = json.loads(body)
        return [each for each in loaded if each.matches_event(parsed)]

    return work


def main() -> None:
    """Runs every family at every size and prints the table."""
    parser = argparse.ArgumentParser(description="Pattern matching: events a second.")
    parser.add_argument("--quick", action="store_true", help="fewer events and no moto from 1,000 rules on")
    parser.add_argument("--only", action="append", help="a family; may be given again")
    options = parser.parse_args()
    quick = options.quick
    chance = random.Random(20261111)
    least = 0.4 if quick else 1.5
    accelerated = f"msgspec {decode.msgspec.__version__}" if decode.msgspec else "no msgspec"
    print(f"Python {sys.version.split()[0]}, {accelerated}\n")
    print(f"{'family':<11}{'rules':>7}{'events/s':>11}{'matches':>9}{'build':>9}{'moto':>10}{'ratio':>9}")
    for family, (make, names, more) in FAMILIES.items():
        if options.only and family not in options.only:
            continue
        bodies = [event(chance, names, more) for _ in range(500 if quick else 2_000)]
        for size in SIZES:
            patterns = [make(number) for number in range(size)]
            compiled = [(number, compile_pattern(pattern)) for number, pattern in enumerate(patterns)]
            start = time.perf_counter()
            index = RuleIndex(compiled)
            build = time.perf_counter() - start
            ours = rate(index.match, bodies, least)
            matches = sum(len(index.match(body)) for body in bodies) / len(bodies)
            row = f"{family:<11}{size:>7,}{ours:>11,.0f}{matches:>9.3f}{build:>8.2f}s"
            theirs = None if quick and size >= 1_000 else moto_matcher(patterns)  # noqa: PLR2004 - a size
            if theirs is not None:
                reference = rate(theirs, bodies[: max(5, 20_000 // size // 10)], 0.1)
                row += f"{reference:>10,.0f}{ours / reference:>8,.0f}x"
            print(row, flush=True)


if __name__ == "__main__":
    main()
