"""The condition operators, each with True, False or None for what cannot be told.

IAM User Guide, "IAM JSON policy elements: Condition operators" and "Multivalued context keys".
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import re
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from tocsin.core.policy.request import Request

_ARN_PARTS = 6
_VARIABLE = re.compile(r"\$\{([^{},]+?)(?:,\s*'([^']*)')?\}")


def listed(value: object) -> list[Any]:
    """A value that may stand alone, as a list."""
    return value if isinstance(value, list) else [value]


@lru_cache(maxsize=1024)
def _glob(pattern: str, flags: int) -> re.Pattern[str]:
    parts = re.split(r"([*?])", pattern)
    body = "".join({"*": ".*", "?": "."}.get(part, re.escape(part)) for part in parts)
    return re.compile(body, flags | re.DOTALL)


def like(pattern: str, value: str, *, ignore_case: bool = False) -> bool:
    """Whether a value fits a pattern with ``*`` and ``?``."""
    return _glob(pattern, re.IGNORECASE if ignore_case else 0).fullmatch(value) is not None


def filled(pattern: object, request: Request, *, variables: bool) -> str | None:
    """A value with its policy variables replaced; None where one of them is not known.

    A variable without a value stays as it is, and so matches nothing. Policies of before 2012-10-17 have none.
    """
    text = str(pattern).lower() if isinstance(pattern, bool) else str(pattern)
    if not variables or "${" not in text:
        return text
    unknown = False

    def replace(match: re.Match[str]) -> str:
        nonlocal unknown
        name = match[1].strip()
        if name in {"*", "?", "$"}:
            return name
        found = request.values(name)
        if found is not None and len(found) == 1:
            return found[0]
        if match[2] is not None and (found is None and request.knows(name)):
            return match[2]
        unknown = unknown or not request.knows(name)
        return match[0]

    said = _VARIABLE.sub(replace, text)
    return None if unknown else said


def _arn_like(pattern: str, value: str) -> bool:
    """Each of the six parts by itself; a wildcard does not cross a colon but in the last part."""
    wanted, found = pattern.split(":", 5), value.split(":", 5)
    same_form = len(wanted) == len(found) == _ARN_PARTS
    return same_form and all(like(left, right) for left, right in zip(wanted, found, strict=True))


def _moment(text: str) -> datetime:
    if text.isdigit():
        return datetime.fromtimestamp(int(text), UTC)
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _in_network(network: str, address: str) -> bool:
    return ipaddress.ip_address(address) in ipaddress.ip_network(network, strict=False)


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as fault:
        raise ValueError(str(fault)) from fault


_COMPARISONS: dict[str, Callable[[str, str], bool]] = {
    "StringEquals": lambda wanted, found: wanted == found,
    "StringEqualsIgnoreCase": lambda wanted, found: wanted.lower() == found.lower(),
    "StringLike": like,
    "ArnEquals": _arn_like,
    "ArnLike": _arn_like,
    "BinaryEquals": lambda wanted, found: _bytes(wanted) == _bytes(found),
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


def every(verdicts: Iterable[bool | None]) -> bool | None:
    """Whether all hold: False as soon as one does not, None where one cannot be told."""
    told = list(verdicts)
    return False if False in told else None if None in told else True


def hold(conditions: object, request: Request, *, variables: bool) -> bool | None:
    """Whether all operators and all their keys hold; None where that cannot be told."""
    if not isinstance(conditions, dict):
        return None
    return every(
        _holds(operator, key, listed(values), request, variables=variables)
        for operator, keys in conditions.items()
        for key, values in (keys.items() if isinstance(keys, dict) else [("", None)])
    )


def _holds(operator: str, key: str, values: Sequence[Any], request: Request, *, variables: bool) -> bool | None:
    quantifier, _, name = operator.rpartition(":")
    found = request.values(key)
    if not request.knows(key):
        return None
    wanted = [filled(value, request, variables=variables) for value in values]
    if name == "Null":
        return any((value or "").lower() == str(found is None).lower() for value in wanted)
    optional = name.endswith("IfExists")
    name = name.removesuffix("IfExists")
    base = _NEGATIONS.get(name, name)
    if base not in _COMPARISONS or quantifier not in ("", "ForAllValues", "ForAnyValue"):
        return None
    if found is None:
        return optional or quantifier == "ForAllValues" or (base != name and quantifier != "ForAnyValue")
    verdicts = [_compared(base, wanted, one, negated=base != name) for one in found]
    if quantifier == "ForAllValues":
        return every(verdicts)
    # One value, or any of several.
    return True if True in verdicts else None if None in verdicts else False


def _compared(base: str, wanted: Sequence[str | None], found: str, *, negated: bool) -> bool | None:
    """Whether a value of the request passes; None where a value of the policy is not known, or is of no use."""
    try:
        known = any(_COMPARISONS[base](value, found) for value in wanted if value is not None)
    except (ValueError, OverflowError):
        return None
    if not known and None in wanted:
        return None
    return known is not negated
