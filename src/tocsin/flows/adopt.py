"""Taking rules of other tools over: a catalogue file where it can be done exactly, the reason where it cannot."""

from __future__ import annotations

import hashlib
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
    from collections.abc import Callable, Collection, Mapping
    from datetime import datetime

    from tocsin.core.match.foreign_rules import ForeignRule

SEVERITIES = {"informational": "info", "low": "low", "medium": "medium", "high": "high", "critical": "critical"}
NO_ID = "(no id)"
_SOURCE = re.compile(r"# From Sigma rule (.+?), by ")
_MARK = "# SHA-256 of what follows, by which an edit is known: "
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


def adopt(
    origin: str, text: str, read: Callable[[str], ForeignRule], taken: Mapping[str, str], now: datetime
) -> Adopted:
    """Take one rule over: the same text whenever it is done.

    Args:
        origin: the file's name.
        text: its content.
        read: reads it; raises `Inexact`.
        taken: the ids of the rules that there are, each with the id of the Sigma rule that it came from, or ``""``.
        now: when it is done, for the rules that are asked of the examples.
    """
    try:
        rule = read(text)
        rule_id = _id(origin, {name for name, source in taken.items() if source != (rule.id or NO_ID)})
        pattern = pattern_of(rule.condition)
        data = _data(rule, pattern)
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
    body = to_toml(data)
    comment = (
        f"# From Sigma rule {rule.id or NO_ID}, by {author}.\n# Under its licence the author's name stays with it.\n"
    )
    return Adopted(origin, rule_id, f"{comment}{_MARK}{_digest(body)}\n{body}")


def source_of(text: str) -> str:
    """The id of the Sigma rule that a rule file came from; ``""`` where a person wrote it."""
    found = _SOURCE.match(text)
    return found[1] if found else ""


def is_edited(text: str) -> bool:
    """Whether a person has changed a rule file, or written it."""
    _, mark, rest = text.partition(_MARK)
    digest, _, body = rest.partition("\n")
    return not mark or digest != _digest(body)


def _digest(body: str) -> str:
    return hashlib.sha256(body.encode("utf-8", "surrogatepass")).hexdigest()


def _id(origin: str, taken: Collection[str]) -> str:
    """``sigma-`` and the file's name, within the length that an id may have, and other than every other id."""
    stem = re.sub(r"[^a-z0-9]+", "-", origin.rpartition("/")[2].rpartition(".")[0].lower())
    words = [word for word in stem.split("-") if word and word not in ("aws", "cloudtrail")]
    base = "-".join(["sigma", *words])[: LONGEST_ID - 3].rstrip("-")
    return next(name for number in range(1, 100) if (name := base if number == 1 else f"{base}-{number}") not in taken)


def _data(rule: ForeignRule, pattern: dict[str, Any]) -> dict[str, Any]:
    title = " ".join(rule.title.split())
    rings = _merged(_BASE, example_of(alternatives(rule.condition)[0]))
    # The base is a record of nothing in particular; a rule that rings for that too has no silent example: refused.
    return {
        "title": title,
        "pack": "sigma",
        "family": "sigma",
        "role": "trigger",
        "severity": SEVERITIES.get(rule.level, "medium"),
        "pattern": json.dumps(pattern, indent=2),
        "brief": f"{title.replace('{', '{{').replace('}', '}}')} ({{event}})",
        "sentence": "{actor} {deed}",
        "next_steps": [rule.description or "Read the rule's references."],
        "runbook": rule.references[0] if rule.references else "",
        "attack": list(dict.fromkeys(rule.techniques)),
        "false_positives": "; ".join(rule.false_positives),
        "examples": [
            {"says": "what the rule names", "rings": True, "record": json.dumps(rings)},
            {"says": "a record of nothing in particular", "rings": False, "record": json.dumps(_BASE)},
        ],
    }


def _merged(base: dict[str, Any], own: dict[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in own.items():
        inner = merged.get(key)
        merged[key] = _merged(inner, value) if isinstance(inner, dict) and isinstance(value, dict) else value
    return merged
