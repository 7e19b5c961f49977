"""What a resource policy says of one action: as much as a simple verdict needs."""

from __future__ import annotations

import json
from typing import Any


def _statements(policy: str) -> list[dict[str, Any]]:
    try:
        found = json.loads(policy or "{}").get("Statement", [])
    except (ValueError, AttributeError):
        return []
    every = found if isinstance(found, list) else [found]
    return [one for one in every if isinstance(one, dict)]


def _listed(value: object) -> list[str]:
    return [str(one) for one in (value if isinstance(value, list) else [value])]


def _concerns(statement: dict[str, Any], action: str) -> bool:
    service = action.partition(":")[0]
    return any(one.lower() in (action.lower(), f"{service}:*", "*") for one in _listed(statement.get("Action")))


def allows(policy: str, service: str, action: str) -> bool:
    """Whether a statement lets the service do it; what its conditions ask is the doctor's to judge."""
    for statement in _statements(policy):
        principal = statement.get("Principal")
        services = _listed(principal.get("Service")) if isinstance(principal, dict) else []
        if statement.get("Effect") == "Allow" and service in services and _concerns(statement, action):
            return not any(
                other.get("Effect") == "Deny" and not other.get("Condition") and _concerns(other, action)
                for other in _statements(policy)
            )
    return False


def shuts_out(policy: str, action: str, operator: str = "") -> bool:
    """Whether a statement keeps everybody but services, and the operator, from doing it."""
    only: dict[str, Any] = {"Bool": {"aws:PrincipalIsAWSService": "false"}}
    if operator:
        only["ArnNotEquals"] = {"aws:PrincipalArn": operator}
    return any(
        statement.get("Effect") == "Deny"
        and statement.get("Principal") in ("*", {"AWS": "*"})
        and _concerns(statement, action)
        and statement.get("Condition") == only
        for statement in _statements(policy)
    )
