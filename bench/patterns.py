"""How many events a second the pattern matcher takes, beside moto's matcher in the same run.

    python bench/patterns.py            # everything, about two minutes
    python bench/patterns.py --quick    # fewer events, about half a minute
    python bench/patterns.py --records FILE --against "java -cp CLASSES:JARS Ruler"

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

catalogue   the catalogue's own rules, over the records of a file (``--records``, JSON lines)

moto's matcher (`moto.events.models.EventPattern`) gets parsed events one rule at a time, as moto calls it, on
a sample; the column is its rate, and the next one how many times faster the index is. Another engine's
program (`bench/Ruler.java`, compiled beside event-ruler) gets the same rules and events as files; it has to
find as many matches.
"""

from __future__ import annotations

import argparse
import json
import random
import shlex
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from tocsin import config
from tocsin.core.pattern import RuleIndex, compile_pattern, decode
from tocsin.core.record.envelope import unwrap
from tocsin.core.record.record import Record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

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


class Engine:
    """Another engine, as a program that is given rules, events and for how many seconds to go on.

    Args:
        command: how to start it; it prints events a second, and how many matches all events have.
    """

    def __init__(self, command: str) -> None:
        self._command = shlex.split(command)

    def rate(self, patterns: Iterable[Pattern], events: list[bytes], least: float, matches: int) -> float | None:
        """Its events a second; None where it takes too long, or refuses a rule."""
        with tempfile.TemporaryDirectory() as folder:
            rules, file = Path(folder, "rules"), Path(folder, "events")
            rules.write_text("".join(f"{json.dumps(pattern)}\n" for pattern in patterns))
            file.write_bytes(b"".join(event + b"\n" for event in events))
            command = [*self._command, str(rules), str(file), str(least)]
            try:
                done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=120)  # noqa: S603
            except (subprocess.TimeoutExpired, subprocess.CalledProcessError):
                return None
        theirs, found = done.stdout.split()
        if int(found) != matches:
            raise SystemExit(f"it finds {found} matches, and this engine {matches}")
        return float(theirs)


Run = tuple[str, list[Pattern], list[bytes]]


def runs(quick: bool, only: list[str] | None, records: Path | None) -> Iterator[Run]:  # noqa: FBT001 - a setting
    """Each family at each size, with its rules and events."""
    chance = random.Random(20261111)
    for family, (make, names, more) in FAMILIES.items():
        if not only or family in only:
            bodies = [event(chance, names, more) for _ in range(500 if quick else 2_000)]
            yield from ((family, [make(number) for number in range(size)], bodies) for size in SIZES)
    if records and (not only or "catalogue" in only):
        found = [one for line in records.read_bytes().splitlines() for one in unwrap(line) if isinstance(one, Record)]
        rules: list[Pattern] = [json.loads(rule.pattern.text) for rule in config.catalogue() if rule.pattern]
        yield "catalogue", rules, [json.dumps(one.as_event()).encode() for one in found]


def main() -> None:
    """Runs every family at every size and prints the table."""
    parser = argparse.ArgumentParser(description="Pattern matching: events a second.")
    parser.add_argument("--quick", action="store_true", help="fewer events and no moto from 1,000 rules on")
    parser.add_argument("--only", action="append", help="a family; may be given again")
    parser.add_argument("--records", type=Path, help="a file of CloudTrail records as JSON lines, for the catalogue")
    parser.add_argument("--against", type=Engine, help="a program that runs another engine")
    options = parser.parse_args()
    quick, least = options.quick, 0.4 if options.quick else 1.5
    accelerated = f"msgspec {decode.msgspec.__version__}" if decode.msgspec else "no msgspec"
    print(f"Python {sys.version.split()[0]}, {accelerated}\n")
    print(
        f"{'family':<11}{'rules':>7}{'events/s':>11}{'matches':>9}{'build':>9}{'moto':>10}{'ratio':>9}{'other':>11}{'ratio':>9}"
    )
    for family, patterns, bodies in runs(quick, options.only, options.records):
        size = len(patterns)
        compiled = [(number, compile_pattern(pattern)) for number, pattern in enumerate(patterns)]
        start = time.perf_counter()
        index = RuleIndex(compiled)
        build = time.perf_counter() - start
        ours = rate(index.match, bodies, least)
        matches = sum(len(index.match(body)) for body in bodies)
        row = f"{family:<11}{size:>7,}{ours:>11,.0f}{matches / len(bodies):>9.3f}{build:>8.2f}s"
        theirs = None if quick and size >= 1_000 else moto_matcher(patterns)  # noqa: PLR2004 - a size
        reference = rate(theirs, bodies[: max(5, 20_000 // size // 10)], 0.1) if theirs else None
        other = options.against.rate(patterns, bodies, max(4.0, least), matches) if options.against else None
        for one in (reference, other):
            row += f"{one:>11,.0f}{ours / one:>8,.1f}x" if one else f"{'':>20}"
        print(row.rstrip(), flush=True)


if __name__ == "__main__":
    main()
