"""How a call ended, wherever AWS puts it.

CloudTrail User Guide, "CloudTrail record contents": ``errorCode`` where a request failed. Sign-ins have none: they say
it in ``responseElements`` under their own name ("AWS Management Console sign-in events"), and why in ``errorMessage``.
Service events say it in ``serviceEventDetails``, under their own name (IAM Identity Center User Guide, "Understanding
sign-in events") or in a state (AWS Organizations User Guide, "Logging API calls with CloudTrail": CreateAccountResult).

Real trails spell ``NoSuchEntityException`` where the API documents ``NoSuchEntity``: every error is known with and
without the ending.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

from tocsin.core.record.record import as_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tocsin.core.record.record import Record


class Result(StrEnum):
    """How a call ended."""

    DONE = "done"
    DENIED = "denied"
    CONFLICT = "conflict"
    MISSING = "missing"
    FAILED = "failed"


class Ending(NamedTuple):
    """How a call ended, and why.

    Attributes:
        result: how.
        why: the error code, or AWS's own words where there is none; ``""`` where it was done.
        barrier: what kind of policy denied it, ``a service control policy``, where AWS tells; else ``""``.
    """

    result: Result
    why: str = ""
    barrier: str = ""


_DONE = Ending(Result.DONE)

# IAM API Reference, "Common errors" and each operation's "Errors"; the client and service spellings of EC2 and S3;
# CloudTrail User Guide, "Network activity events": what an endpoint's policy denied.
_RESULTS = {
    "AccessDenied": Result.DENIED,
    "AccessDeniedFault": Result.DENIED,
    "AuthorizationError": Result.DENIED,
    "Client.UnauthorizedOperation": Result.DENIED,
    "Forbidden": Result.DENIED,
    "NotAuthorized": Result.DENIED,
    "Unauthorized": Result.DENIED,
    "UnauthorizedOperation": Result.DENIED,
    "VpceAccessDenied": Result.DENIED,
    "DeleteConflict": Result.CONFLICT,
    "Conflict": Result.CONFLICT,
    "BucketNotEmpty": Result.CONFLICT,
    "NoSuchEntity": Result.MISSING,
    "NoSuchBucket": Result.MISSING,
    "ResourceNotFound": Result.MISSING,
    "TrailNotFound": Result.MISSING,
    "NotFound": Result.MISSING,
}
_FAILED = frozenset({"failure", "failed", "fail", "error"})
# Under which name a service event says how it ended, and why.
_STATES = frozenset({"state", "status", "result", "outcome"})
_REASONS = ("failureReason", "errorCode", "errorMessage", "statusReason", "reason")
# "Troubleshoot access denied error messages" (IAM User Guide): no such policy allows it, or one denies it explicitly.
# That no identity-based policy allows it is what any denial says.
_BARRIER = re.compile(
    r"(?P<explicit>explicit deny in|because no|due to) (?:an? |the )?(?P<kind>service control policy|"
    r"resource control policy|permissions boundary|session policy|VPC endpoint policy|resource-based policy|"
    r"identity-based policy|role trust policy|declarative policy)"
)
_DEEPEST = 3


def plain_code(code: str) -> str:
    """An error code without the ``Exception`` that some trails put behind it."""
    return code.removesuffix("Exception") or code


def is_denial(code: str) -> bool:
    """Whether an error code says that the call was denied."""
    return _RESULTS.get(plain_code(code)) is Result.DENIED


def ending_of(record: Record) -> Ending:
    """How the call of a record ended."""
    if record.error_code:
        result = _RESULTS.get(plain_code(record.error_code), Result.FAILED)
        return Ending(result, record.error_code, _barrier(record) if result is Result.DENIED else "")
    own = record.part("responseElements").get(record.name)
    if isinstance(own, str) and own.lower() in _FAILED:
        return Ending(Result.FAILED, record.error_message or own)
    if details := record.part("serviceEventDetails"):
        told = as_text(details.get(record.name)) or next(_texts_under(details, _STATES), "")
        if told.lower() in _FAILED:
            reason = next((why for key in _REASONS for why in _texts_under(details, {key})), "")
            return Ending(Result.FAILED, reason or record.error_message or told)
    return Ending(Result.FAILED, record.error_message) if record.error_message else _DONE


def _texts_under(value: dict[str, Any], names: frozenset[str] | set[str], depth: int = 0) -> Iterator[str]:
    """The texts that stand under some names in an object, and in the objects within it."""
    for key, inner in value.items():
        if key in names and isinstance(inner, str):
            yield inner
        elif isinstance(inner, dict) and depth < _DEEPEST:
            yield from _texts_under(inner, names, depth + 1)


def _barrier(record: Record) -> str:
    # The last: what stands before it a caller may have chosen.
    found = next(reversed(list(_BARRIER.finditer(record.error_message))), None)
    if found is None or (found["kind"] == "identity-based policy" and found["explicit"] == "because no"):
        return "a VPC endpoint policy" if plain_code(record.error_code) == "VpceAccessDenied" else ""
    return f"{'an' if found['kind'][0] in 'aeiou' else 'a'} {found['kind']}"
