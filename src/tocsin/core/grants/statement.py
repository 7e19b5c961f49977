"""A policy document, and what AWS takes of it.

IAM User Guide, "IAM JSON policy elements reference" and "IAM and AWS STS quotas": white space is not counted; a user's
inline limit is the sum of all its inline policies, and so is a role's. AWS Organizations User Guide, "Quotas": an SCP.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

USER_INLINE = 2_048
ROLE_INLINE = 10_240
MANAGED = 6_144
SCP = 5_120


class Effect(StrEnum):
    """What a statement does."""

    ALLOW = "Allow"
    DENY = "Deny"


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement.

    Attributes:
        sid: its name, letters and digits.
        actions: such as ``sns:Publish``.
        resources: ARNs, with wildcards.
        condition: operator, then key, then the values.
        effect: allow or deny.
    """

    sid: str
    actions: Sequence[str]
    resources: Sequence[str] = ("*",)
    condition: Mapping[str, Mapping[str, str | Sequence[str]]] = field(default_factory=dict)
    effect: Effect = Effect.ALLOW

    def data(self) -> dict[str, Any]:
        """As AWS takes it."""
        found: dict[str, Any] = {
            "Sid": self.sid,
            "Effect": str(self.effect),
            "Action": list(self.actions),
            "Resource": list(self.resources) if len(self.resources) > 1 else self.resources[0],
        }
        return found | ({"Condition": self.condition} if self.condition else {})


@dataclass(frozen=True, slots=True)
class Policy:
    """A document.

    Attributes:
        part: whom it is for: one of `tocsin.core.grants.parts.PARTS`.
        statements: what it says.
        notes: what a person should know of it, a sentence each without a full stop.
    """

    part: str
    statements: Sequence[Statement]
    notes: Sequence[str] = ()

    def data(self) -> dict[str, Any]:
        """As AWS takes it."""
        return {"Version": "2012-10-17", "Statement": [one.data() for one in self.statements]}

    @property
    def compact(self) -> str:
        """The text without white space, as AWS counts it."""
        return json.dumps(self.data(), separators=(",", ":"))

    @property
    def size(self) -> int:
        """Characters, as AWS counts them."""
        return len(self.compact)
