"""How a call ended, from its error code.

Real trails spell ``NoSuchEntityException`` where the API documents ``NoSuchEntity``: every error is known with and
without the ending.
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tocsin.core.record.record import Record


class Result(StrEnum):
    """How a call ended."""

    DONE = "done"
    DENIED = "denied"
    CONFLICT = "conflict"
    MISSING = "missing"
    FAILED = "failed"


# IAM API Reference, "Common errors" and each operation's "Errors"; the client and service spellings of EC2 and S3.
_RESULTS = {
    "AccessDenied": Result.DENIED,
    "Client.UnauthorizedOperation": Result.DENIED,
    "UnauthorizedOperation": Result.DENIED,
    "NotAuthorized": Result.DENIED,
    "AuthorizationError": Result.DENIED,
    "DeleteConflict": Result.CONFLICT,
    "Conflict": Result.CONFLICT,
    "BucketNotEmpty": Result.CONFLICT,
    "NoSuchEntity": Result.MISSING,
    "NoSuchBucket": Result.MISSING,
    "ResourceNotFound": Result.MISSING,
    "TrailNotFound": Result.MISSING,
    "NotFound": Result.MISSING,
}


def plain_code(code: str) -> str:
    """An error code without the ``Exception`` that some trails put behind it."""
    return code.removesuffix("Exception") or code


def result_of(record: Record) -> Result:
    """How the call of a record ended, by its error code alone, as the patterns of the rules judge it too."""
    if not record.error_code:
        return Result.DONE
    return _RESULTS.get(plain_code(record.error_code), Result.FAILED)
