"""Judges resource and identity policies for the services that deliver events.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html: an explicit Deny
wins, else one Allow is enough, else the request is refused. Operators and keys are those of
https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html. An
operator that is not known here makes an Allow fail and a Deny hold.
"""

from __future__ import annotations

import ipaddress
import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

Document = dict[str, Any]


class Effect(StrEnum):
    """What a policy says of a request."""

    ALLOW = "allow"
    DENY = "deny"
    NOTHING = "nothing"


@dataclass(frozen=True)
class Request:
    """Who wants to do what to which resource.

    Args:
        action: such as ``sns:Publish``.
        resource: the ARN.
        service: the service principal, or "" where a role acts.
        arns: the ARNs that name the principal, such as the role's and its session's.
        context: the request's condition keys; names match without regard to case.
    """

    action: str
    resource: str
    service: str = ""
    arns: tuple[str, ...] = ()
    context: Mapping[str, str] = field(default_factory=dict)

    def value(self, key: str) -> str | None:
        """The value of a condition key, or None if the request has no such key."""
        return next((value for name, value in self.context.items() if name.lower() == key.lower()), None)


@lru_cache(maxsize=256)
def _parsed(text: str) -> tuple[Document, ...]:
    statements = json.loads(text).get("Statement", [])
    return tuple(statements if isinstance(statements, list) else [statements])


def judge(policy: str | None, request: Request, *, has_principal: bool = True) -> Effect:
    """What one policy document says.

    Args:
        policy: the document's text; None or "" says nothing.
        request: the request.
        has_principal: False for identity policies, whose statements name no principal.
    """
    said = Effect.NOTHING
    for statement in _parsed(policy) if policy else ():
        denies = statement.get("Effect") == "Deny"
        if not _applies(statement, request, has_principal=has_principal, denies=denies):
            continue
        if denies:
            return Effect.DENY
        said = Effect.ALLOW
    return said


def _applies(statement: Document, request: Request, *, has_principal: bool, denies: bool) -> bool:
    return (
        (not has_principal or _names_principal(statement, request))
        and _one_of(statement, "Action", request.action, request, ignore_case=True)
        and _one_of(statement, "Resource", request.resource, request)
        and _conditions_hold(statement.get("Condition", {}), request, denies=denies)
    )


def _names_principal(statement: Document, request: Request) -> bool:
    if "NotPrincipal" in statement:
        return not _is_named(statement["NotPrincipal"], request)
    return _is_named(statement.get("Principal", {}), request)


def _is_named(principal: object, request: Request) -> bool:
    if principal == "*":
        return True
    if not isinstance(principal, dict):
        return False
    services = {str(name) for name in _listed(principal.get("Service", []))}
    accounts = {_account_arn(str(name)) for name in _listed(principal.get("AWS", []))}
    if "*" in accounts:  # {"AWS": "*"} is everybody, services too, as "*" is
        return True
    return bool(request.service and request.service in services) or bool(accounts & set(request.arns))


def _account_arn(name: str) -> str:
    """An account may be named by its number alone."""
    return f"arn:aws:iam::{name}:root" if name.isdigit() else name


def _one_of(statement: Document, element: str, value: str, request: Request, *, ignore_case: bool = False) -> bool:
    negated = f"Not{element}"
    patterns = statement.get(negated) if negated in statement else statement.get(element)
    if patterns is None:  # an identity policy of a role names none in its trust policy
        return element == "Resource"
    found = any(_like(_filled(each, request), value, ignore_case=ignore_case) for each in _listed(patterns))
    return not found if negated in statement else found


def _listed(value: object) -> list[Any]:
    return value if isinstance(value, list) else [value]


_VARIABLE = re.compile(r"\$\{([^{},]+?)(?:,\s*'([^']*)')?\}")


def _filled(pattern: object, request: Request) -> str:
    """A value with policy variables replaced; an unknown one stays, and so matches nothing."""

    def replace(match: re.Match[str]) -> str:
        name = match[1].strip()
        if name in {"*", "?", "$"}:
            return name
        found = request.value(name)
        return found if found is not None else match[2] if match[2] is not None else match[0]

    text = str(pattern).lower() if isinstance(pattern, bool) else str(pattern)
    return _VARIABLE.sub(replace, text) if "${" in text else text


@lru_cache(maxsize=1024)
def _glob(pattern: str, flags: int) -> re.Pattern[str]:
    parts = re.split(r"([*?])", pattern)
    body = "".join({"*": ".*", "?": "."}.get(part, re.escape(part)) for part in parts)
    return re.compile(body, flags | re.DOTALL)


def _like(pattern: str, value: str, *, ignore_case: bool = False) -> bool:
    return _glob(pattern, re.IGNORECASE if ignore_case else 0).fullmatch(value) is not None


def _arn_like(pattern: str, value: str) -> bool:
    """Each of the six parts by itself; a wildcard does not cross a colon but in the last part."""
    wanted, found = pattern.split(":", 5), value.split(":", 5)
    same_form = len(wanted) == len(found) == _ARN_PARTS
    return same_form and all(_like(left, right) for left, right in zip(wanted, found, strict=True))


_ARN_PARTS = 6


def _moment(text: str) -> datetime:
    if text.isdigit():
        return datetime.fromtimestamp(int(text), UTC)
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _in_network(network: str, address: str) -> bool:
    return ipaddress.ip_address(address) in ipaddress.ip_network(network, strict=False)


_COMPARISONS: dict[str, Callable[[str, str], bool]] = {
    "StringEquals": lambda wanted, found: wanted == found,
    "StringEqualsIgnoreCase": lambda wanted, found: wanted.lower() == found.lower(),
    "StringLike": _like,
    "ArnEquals": _arn_like,
    "ArnLike": _arn_like,
    "Bool": lambda wanted, found: wanted.lower() == found.lower(),
    "IpAddress": _in_network,
    "NumericEquals": lambda wanted, found: float(found) == float(wanted),
    "NumericLessThan": lambda wanted, found: float(found) < float(wanted),
    "NumericLessThanEquals": lambda wanted, found: float(found) <= float(wanted),
    "NumericGreaterThan": lambda wanted, found: float(found) > float(wanted),
    "NumericGreaterThanEquals": lambda wanted, found: float(found) >= float(wanted),
    "DateEquals": lambda wanted, found: _moment(found) == _moment(wanted),
    "DateLessThan": lambda wanted, found: _moment(found) < _moment(wanted),
    "DateLessThanEquals": lambda wanted, found: _moment(found) <= _moment(wanted),
    "DateGreaterThan": lambda wanted, found: _moment(found) > _moment(wanted),
    "DateGreaterThanEquals": lambda wanted, found: _moment(found) >= _moment(wanted),
}
_NEGATIONS = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "ArnNotEquals": "ArnEquals",
    "ArnNotLike": "ArnLike",
    "NotIpAddress": "IpAddress",
    "NumericNotEquals": "NumericEquals",
    "DateNotEquals": "DateEquals",
}


def _conditions_hold(conditions: Document, request: Request, *, denies: bool) -> bool:
    """All operators and all their keys must hold."""
    return all(
        _holds(operator, _listed(values), request.value(key), request, unknown=denies)
        for operator, keys in conditions.items()
        for key, values in keys.items()
    )


def _holds(operator: str, values: Iterable[Any], found: str | None, request: Request, *, unknown: bool) -> bool:
    quantifier, _, name = operator.rpartition(":")
    wanted = [_filled(value, request) for value in values]
    if name == "Null":
        return any((value.lower() == "true") == (found is None) for value in wanted)
    optional = name.endswith("IfExists")
    name = name.removesuffix("IfExists")
    base = _NEGATIONS.get(name, name)
    if base not in _COMPARISONS:
        return unknown
    if found is None:
        return optional or base != name or quantifier == "ForAllValues"
    try:
        matches = any(_COMPARISONS[base](value, found) for value in wanted)
    except ValueError:
        return unknown
    return matches if base == name else not matches
