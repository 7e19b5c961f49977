"""What one policy document says of a request.

IAM User Guide, "Policy evaluation logic": an explicit Deny wins, else one Allow is enough, else nothing is said. What
cannot be told is told as that: with a Deny that may hold, nobody can say that something is allowed.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from tocsin.core.policy.conditions import every, filled, hold, like, listed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tocsin.core.policy.request import Request

_WITH_VARIABLES = "2012-10-17"


class Effect(StrEnum):
    """What a policy says of a request."""

    ALLOW = "allow"
    DENY = "deny"
    NOTHING = "nothing"
    UNKNOWN = "can not tell"


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a policy says, and by which statement.

    Attributes:
        effect: what.
        statement: the statement that says it, or that leaves it open; None where none does.
        may_deny: whether what leaves it open is a Deny.
    """

    effect: Effect
    statement: Mapping[str, Any] | None = None
    may_deny: bool = False


class Unreadable(ValueError):  # noqa: N818 - a reason, as elsewhere
    """A text that is no policy document."""


@dataclass(frozen=True, slots=True)
class _Document:
    statements: tuple[dict[str, Any], ...]
    variables: bool


@lru_cache(maxsize=256)
def _parsed(text: str) -> _Document:
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as fault:
        raise Unreadable(f"not JSON: {fault}") from fault
    statements: list[Any] = listed(document.get("Statement", [])) if isinstance(document, dict) else [None]
    if not all(isinstance(statement, dict) for statement in statements):
        raise Unreadable("no policy document: its Statement is no list of objects")
    return _Document(tuple(statements), document.get("Version") == _WITH_VARIABLES)


def judge(policy: str, request: Request, *, has_principal: bool = True) -> Judgement:
    """What one policy document says.

    Args:
        policy: the document's text; ``""`` says nothing.
        request: the request.
        has_principal: False for identity policies, whose statements name no principal.

    Raises:
        Unreadable: it is no policy document.
    """
    if not policy:
        return Judgement(Effect.NOTHING)
    document = _parsed(policy)
    allow: Judgement | None = None
    doubt: Judgement | None = None
    for statement in document.statements:
        denies = statement.get("Effect") == "Deny"
        applies = _applies(statement, request, has_principal=has_principal, variables=document.variables)
        if applies is False:
            continue
        if applies is None:
            if doubt is None or (denies and not doubt.may_deny):
                doubt = Judgement(Effect.UNKNOWN, statement, may_deny=denies)
        elif denies:
            return Judgement(Effect.DENY, statement)
        else:
            allow = allow or Judgement(Effect.ALLOW, statement)
    if doubt and (doubt.may_deny or allow is None):
        return doubt
    return allow or Judgement(Effect.NOTHING)


def _applies(statement: dict[str, Any], request: Request, *, has_principal: bool, variables: bool) -> bool | None:
    return every(
        (
            not has_principal or _names_principal(statement, request),
            _one_of(statement, "Action", request.action, request, variables=variables),
            _one_of(statement, "Resource", request.resource, request, variables=variables),
            hold(statement.get("Condition", {}), request, variables=variables),
        )
    )


def _names_principal(statement: dict[str, Any], request: Request) -> bool:
    if "NotPrincipal" in statement:
        return not _is_named(statement["NotPrincipal"], request)
    return _is_named(statement.get("Principal", {}), request)


def _is_named(principal: object, request: Request) -> bool:
    if principal == "*":
        return True
    if not isinstance(principal, dict):
        return False
    services = {str(name) for name in listed(principal.get("Service", []))}
    accounts = {_account_arn(str(name)) for name in listed(principal.get("AWS", []))}
    if "*" in accounts:  # {"AWS": "*"} is everybody, services too, as "*" is
        return True
    return bool(request.service and request.service in services) or bool(accounts & set(request.arns))


def _account_arn(name: str) -> str:
    """An account may be named by its number alone."""
    return f"arn:aws:iam::{name}:root" if name.isdigit() else name


def _one_of(statement: dict[str, Any], element: str, value: str, request: Request, *, variables: bool) -> bool | None:
    negated = f"Not{element}" in statement
    patterns = statement.get(f"Not{element}" if negated else element)
    if patterns is None:  # an identity policy of a role names no resource in its trust policy
        return element == "Resource"
    texts = [filled(each, request, variables=variables and element == "Resource") for each in listed(patterns)]
    if negated and variables:
        # What "all but" a variable without a value means no page of AWS says.
        texts = [None if text and "${" in text else text for text in texts]
    found = any(like(text, value, ignore_case=element == "Action") for text in texts if text is not None)
    if not found and None in texts:
        return None
    return not found if negated else found
