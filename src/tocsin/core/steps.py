"""One call of AWS that we make ourselves, what came of it, and what is to be thought of that."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

# What is not yet so everywhere: AWS says it for seconds after a change (IAM User Guide, "Troubleshoot IAM":
# eventual consistency; IAM API Reference, "CreateLoginProfile" and "DeleteUser": common errors).
_NOT_YET = frozenset(
    {
        "EntityTemporarilyUnmodifiable",
        "EntityTemporarilyUnmodifiableException",
        "InvalidClientTokenId",
        "ConcurrentModification",
        "ConcurrentModificationException",
        "Throttling",
        "ThrottlingException",
        "RequestLimitExceeded",
        "TooManyRequestsException",
        "ServiceFailure",
        "ServiceUnavailable",
        "InternalFailure",
    }
)
_DENIED = re.compile(r"(?:AccessDenied|UnauthorizedOperation|AuthorizationError)(?:Exception)?")
_TAKEN = frozenset({"EntityAlreadyExists", "EntityAlreadyExistsException"})
_GONE = frozenset(
    {"NoSuchEntity", "NoSuchEntityException", "NotFound", "ResourceNotFoundException", "NonExistentQueue"}
    | {"AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist", "TrailNotFoundException", "NotFoundException"}
    | {"NoSuchBucket", "NoSuchBucketPolicy", "ResourceNotFound"}
)
_CONFLICT = frozenset({"DeleteConflict", "DeleteConflictException"})


class Came(StrEnum):
    """What came of a call."""

    DONE = "done"
    NOT_YET = "not yet"
    DENIED = "denied"
    TAKEN = "taken"
    GONE = "gone"
    CONFLICT = "conflict"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Step:
    """One call.

    Attributes:
        service: as boto3 names it.
        operation: as the API names it, ``DeleteUser``.
        parameters: what it is given; never shown, since a password may be among it.
        says: what it is for, in words for a person.
        every_page: whether what comes in pages is wanted whole.
    """

    service: str
    operation: str
    parameters: Mapping[str, Any] = field(repr=False)
    says: str = ""
    every_page: bool = False

    @property
    def key(self) -> str:
        """The same for two calls that ask the same."""
        return f"{self.service} {self.operation} {json.dumps(self.parameters, sort_keys=True, default=str)}"


@dataclass(frozen=True, slots=True)
class Answered:
    """What AWS answered.

    Attributes:
        result: the answer, where it was done.
        code: the error's code, or ``""``.
        said: the error in words, with the statement that is missing where one is.
        hint: the next step, or ``""``.
    """

    result: Mapping[str, Any] = field(default_factory=dict, repr=False)
    code: str = ""
    said: str = ""
    hint: str = ""

    @property
    def came(self) -> Came:
        """What is to be thought of it."""
        if not self.code:
            return Came.DONE
        if _DENIED.fullmatch(self.code):
            return Came.DENIED
        for codes, came in ((_NOT_YET, Came.NOT_YET), (_TAKEN, Came.TAKEN), (_GONE, Came.GONE)):
            if self.code in codes:
                return came
        return Came.CONFLICT if self.code in _CONFLICT else Came.FAILED
