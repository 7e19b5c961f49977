"""What a deployment will do, as values; `shown` prints it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


class Action(StrEnum):
    """What happens to a resource."""

    CREATE = "create"
    CHANGE = "change"
    REPLACE = "replace"
    DELETE = "delete"
    KEEP = "keep"  # leaves the stack and stays in the account
    ADOPT = "adopt"  # is in the account already, and comes under the stack
    AGREE = "agree"  # somebody made it by hand what the template now says


@dataclass(frozen=True, slots=True)
class Change:
    """One resource of a deployment.

    Attributes:
        action: what happens to it.
        logical_id: its name in the template.
        kind: its type, such as ``AWS::SNS::Topic``.
        physical_id: its name in the account, once it has one.
        why: why it is not as it should be, in a few words; ``""`` for what is new or leaves.
    """

    action: Action
    logical_id: str
    kind: str
    physical_id: str = ""
    why: str = ""


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """A deployment that CloudFormation has worked out and nobody has carried out yet.

    Attributes:
        stack: the stack's name.
        id: the change set's ARN.
        new: whether it makes the stack.
        changes: in the order that CloudFormation gives.
        template: what was proposed.
        stack_id: the stack's ARN, by which it is found after it is deleted too.
        sees_drift: whether what was changed by hand is among the changes; an older CloudFormation compares templates
            only.
    """

    stack: str
    id: str
    new: bool
    changes: tuple[Change, ...]
    template: str = field(default="", repr=False)
    stack_id: str = ""
    sees_drift: bool = True


@dataclass(frozen=True, slots=True)
class Drift:
    """What CloudFormation found when it last compared a stack with the account.

    Attributes:
        status: ``IN_SYNC``, ``DRIFTED``, ``UNKNOWN``, or ``NOT_CHECKED`` where it never looked.
        at: when it looked.
        resources: what drifted: name in the template, and what became of it.
    """

    status: str = "NOT_CHECKED"
    at: datetime | None = None
    resources: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Stack:
    """A stack as it stands in the account.

    Attributes:
        name: its name.
        id: its ARN, by which it is found after it is deleted too.
        status: CloudFormation's word for its state.
        ours: whether it bears our tag.
        protected: whether it cannot be deleted until its protection is lifted.
        outputs: its outputs.
        drift: what the last look at drift found, without its resources.
    """

    name: str
    id: str
    status: str
    ours: bool
    protected: bool
    outputs: Mapping[str, str]
    drift: Drift = field(default_factory=Drift)
