"""Events on which the doctor tries a rule: the catalogue's own records of IAM, as EventBridge brings them."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from tocsin.core.pattern import PatternError, compile_pattern
from tocsin.core.pattern.cloudtrail_event import cloudtrail_event

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tocsin.core.match.rules import Rule
    from tocsin.core.pattern import Pattern

# As many patterns as a large account has, each tried once, however often a walk comes by.
_MOST_PATTERNS = 2048
_FIRST = "iam-user-deleted"
_EVENT_ID = "00000000-0000-4000-8000-000000000000"


@lru_cache(maxsize=_MOST_PATTERNS)
def compiled(pattern: str) -> Pattern | None:
    """A pattern, or None where it cannot be read."""
    try:
        return compile_pattern(pattern)
    except PatternError:
        return None


@lru_cache(maxsize=_MOST_PATTERNS)
def matched(pattern: str, events: tuple[str, ...]) -> tuple[str, ...]:
    """The events that a pattern matches; none where it cannot be read."""
    found = compiled(pattern)
    return tuple(one for one in events if found.matches(one)) if found else ()


@lru_cache(maxsize=_MOST_PATTERNS)
def call_in(event: str) -> str:
    """The name of the call that an event tells of."""
    return str(json.loads(event)["detail"]["eventName"])


def event_of(record: Mapping[str, Any], account: str) -> dict[str, Any]:
    """What EventBridge makes of a record, with an id that stands for AWS's own."""
    return cloudtrail_event(record, _EVENT_ID, account)


def golden_events(rules: Sequence[Rule]) -> tuple[str, ...]:
    """The examples of rules that are calls of IAM, as EventBridge events in JSON: that of a user's deletion first."""
    ordered = sorted(rules, key=lambda rule: rule.id != _FIRST)
    records = [json.loads(one.record) for rule in ordered for one in rule.examples]
    ours = [record for record in records if record.get("eventSource") == "iam.amazonaws.com"]
    events = (event_of(record, str(record.get("recipientAccountId", ""))) for record in ours)
    return tuple(dict.fromkeys(map(json.dumps, events)))
