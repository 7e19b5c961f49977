"""Taking rules of other tools over: a catalogue file where it can be done exactly, the reason where it cannot."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tocsin.core.match.foreign_rules import Inexact, alternatives, example_of, pattern_of
from tocsin.core.match.rule_files import LONGEST_ID, parse_rule
from tocsin.core.match.rule_text import to_toml
from tocsin.core.text import inert
from tocsin.errors import UsageError
from tocsin.flows.prove import prove

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from datetime import datetime

    from tocsin.core.match.foreign_rules import ForeignRule

SEVERITIES = {"informational": "info", "low": "low", "medium": "medium", "high": "high", "critical": "critical"}
_BASE = {
    "eventVersion": "1.11",
    "userIdentity": {"arn": "arn:aws:iam::111122223333:user/alice", "accountId": "111122223333", "userName": "alice"},
    "eventTime": "2026-11-23T21:04:05Z",
    "eventSource": "example.amazonaws.com",
    "eventName": "Example",
    "awsRegion": "us-east-1",
    "eventID": "11111111-2222-4333-8444-555555555555",
    "eventType": "AwsApiCall",
    "recipientAccountId": "111122223333",
}


@dataclass(frozen=True, slots=True)
class Adopted:
    """What became of one file.

    Attributes:
        origin: its name.
        rule: the id of the rule made of it, or ``""``.
        text: the rule file, or ``""``.
        reason: why it could not be taken over exactly, or ``""``.
    """

    origin: str
    rule: str = ""
    text: str = ""
    reason: str = ""


def adopt(origin: str, text: str, read: Callable[[str], ForeignRule], taken: Collection[str], now: datetime) -> Adopted:
    """Take one rule over.

    Args:
        origin: the file's name.
        text: its content.
        read: reads it; raises `Inexact`.
        taken: ids that other rules have.
        now: stands in where an example tells no time.
    """
    rule_id = _id(origin, taken)
    try:
        rule = read(text)
        pattern = pattern_of(rule.condition)
        data = _data(rule, pattern, now)
        made = parse_rule(rule_id, data)
    except Inexact as reason:
        return Adopted(origin, reason=str(reason))
    except UsageError as fault:
        if "pySigma" in fault.message:
            raise
        return Adopted(origin, reason=fault.message)
    failed = [proof for proof in prove([made], now) if proof.fault]
    if failed:
        return Adopted(origin, reason=f"no example proves it: {failed[0].says}: {failed[0].fault}")
    author = " ".join(inert(rule.author).split())
    comment = (
        f"From Sigma rule {rule.id or '(no id)'}, by {author}.\nUnder its licence the author's name stays with it."
    )
    return Adopted(origin, rule_id, to_toml(data, comment))


def _id(origin: str, taken: Collection[str]) -> str:
    """``sigma-`` and the file's name, within the length that an id may have, and other than every other id."""
    stem = re.sub(r"[^a-z0-9]+", "-", origin.rpartition("/")[2].rpartition(".")[0].lower())
    words = [word for word in stem.split("-") if word and word not in ("aws", "cloudtrail")]
    base = "-".join(["sigma", *words])[: LONGEST_ID - 3].rstrip("-")
    return next(name for number in range(1, 100) if (name := base if number == 1 else f"{base}-{number}") not in taken)


def _data(rule: ForeignRule, pattern: dict[str, Any], now: datetime) -> dict[str, Any]:
    title = " ".join(rule.title.split())
    rings = _merged(_BASE, example_of(alternatives(rule.condition)[0]))
    # A record of nothing in particular; where the rule rings for that too, it has no silent example, and is refused.
    silent = {**_BASE, "eventTime": f"{now:%Y-%m-%dT%H:%M:%SZ}"}
    return {
        "title": title,
        "pack": "sigma",
        "family": "sigma",
        "role": "trigger",
        "severity": SEVERITIES.get(rule.level, "medium"),
        "pattern": json.dumps(pattern, indent=2),
        "brief": f"{{event}}: {title.replace('{', '{{').replace('}', '}}')}",
        "sentence": "{actor} {deed}",
        "next_steps": [rule.description or "Read the rule's references."],
        "runbook": rule.references[0] if rule.references else "",
        "attack": list(dict.fromkeys(rule.techniques)),
        "false_positives": "; ".join(rule.false_positives),
        "examples": [
            {"says": "what the rule names", "rings": True, "record": json.dumps(rings)},
            {"says": "a record of nothing in particular", "rings": False, "record": json.dumps(silent)},
        ],
    }


def _merged(base: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in own.items():
        inner = merged.get(key)
        merged[key] = _merged(inner, value) if isinstance(inner, dict) and isinstance(value, dict) else value
    return merged
