"""Events on which the doctor tries a rule: the catalogue's own records of IAM, as EventBridge brings them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tocsin.core.pattern.cloudtrail_event import cloudtrail_event

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tocsin.core.match.rules import Rule

_FIRST = "iam-user-deleted"
_EVENT_ID = "00000000-0000-4000-8000-000000000000"


def golden_events(rules: Sequence[Rule]) -> tuple[str, ...]:
    """The examples of rules that are calls of IAM, as EventBridge events in JSON: that of a user's deletion first."""
    ordered = sorted(rules, key=lambda rule: rule.id != _FIRST)
    records = [json.loads(one.record) for rule in ordered for one in rule.examples]
    ours = [record for record in records if record.get("eventSource") == "iam.amazonaws.com"]
    events = (cloudtrail_event(record, _EVENT_ID, str(record.get("recipientAccountId", ""))) for record in ours)
    return tuple(dict.fromkeys(map(json.dumps, events)))
