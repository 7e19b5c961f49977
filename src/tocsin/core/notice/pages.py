"""A notice as an alert of those who call people: PagerDuty, and Opsgenie with whoever speaks as it does.

PagerDuty, "Send an alert event" (Events API v2): summary 1,024 characters, dedup_key 255, 512 KB in all; an open alert
of one dedup_key takes what comes after it into itself. Opsgenie, "Alert API": message 130 characters, alias 512,
description 15,000, details 8,000 in all; of one alias only the first text is shown while it is open, so each notice has
its own.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from tocsin.core.delivery.outcome import Nod
from tocsin.core.notice.render import as_data, as_text
from tocsin.core.text import cut, inert

if TYPE_CHECKING:
    from tocsin.core.notice.notice import Notice

_SUMMARY, _DEDUP, _MESSAGE, _ALIAS, _DESCRIPTION, _DETAIL = 1024, 255, 130, 512, 15_000, 500
_MOST_NAMES = 100
_SEVERITIES = {"info": "info", "low": "info", "medium": "warning", "high": "error", "critical": "critical"}
_PRIORITIES = {"info": "P5", "low": "P4", "medium": "P3", "high": "P2", "critical": "P1"}


def as_pagerduty(notice: Notice, key: str) -> dict[str, Any]:
    """The event, with the routing key of its service; all notices of an incident belong to one alert."""
    details = as_data(notice)
    details["subjects"] = details["subjects"][:_MOST_NAMES]
    return {
        "routing_key": key,
        "event_action": "trigger",
        "dedup_key": notice.incident[:_DEDUP],
        "client": "Tocsin",
        "payload": {
            "summary": cut(notice.sentence, _SUMMARY),
            "source": f"AWS account {notice.account}" if notice.account else "Tocsin",
            "severity": _SEVERITIES[str(notice.severity)],
            "component": notice.region or "unknown",
            "class": notice.rule,
            "custom_details": details,
        },
        "links": [{"href": link.url, "text": link.label} for link in notice.links],
    }


def as_resolved(incident: str, key: str) -> dict[str, Any]:
    """The event that closes the alert of an incident."""
    return {"routing_key": key, "event_action": "resolve", "dedup_key": incident[:_DEDUP]}


def nods(body: bytes, incident: str) -> list[Nod]:
    """Which people acknowledged or resolved an incident (REST API, "List incidents"), and when."""
    try:
        held = json.loads(body)
    except ValueError:
        return []
    found = []
    listed = held.get("incidents") if isinstance(held, dict) else None
    for one in listed if isinstance(listed, list) else ():
        if not isinstance(one, dict) or one.get("incident_key") != incident[:_DEDUP]:
            continue
        said = [(each.get("acknowledger"), each.get("at")) for each in _dicts(one.get("acknowledgements"))]
        if one.get("status") == "resolved":
            said.append((one.get("last_status_change_by"), one.get("last_status_change_at")))
        # A service resolves by itself after a while, which nobody has seen.
        people = [(who, at) for who, at in said if isinstance(who, dict) and who.get("type") == "user_reference"]
        found += [Nod(f"{inert(str(who.get('summary')), 100)} by PagerDuty", at=_time(at)) for who, at in people]
    return [one for one in found if one.at is not None]


def _dicts(value: object) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _time(value: object) -> datetime | None:
    try:
        at = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def as_opsgenie(notice: Notice) -> dict[str, Any]:
    """The alert."""
    facts = {fact.label: cut(fact.value, _DETAIL) for fact in notice.facts}
    return {
        "message": cut(notice.heading, _MESSAGE),
        "alias": notice.id[-_ALIAS:],
        "description": cut(as_text(notice), _DESCRIPTION),
        "details": {**facts, "incident": notice.incident, "rule": notice.rule},
        "entity": cut(f"AWS account {notice.account}", _ALIAS),
        "source": "Tocsin",
        "priority": _PRIORITIES[str(notice.severity)],
        "tags": ["tocsin", str(notice.severity)],
    }
