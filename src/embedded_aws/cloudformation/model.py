"""What a stack is: plain records, changed only by `deploy`."""

from __future__ import annotations

import secrets
import string
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from embedded_aws.calls.regions import partition_of

if TYPE_CHECKING:
    from embedded_aws.cloudformation.template import Template
    from embedded_aws.cloudformation.types import Props, ResourceType


def now() -> datetime:
    """The present moment; the embedded AWS is the shell, where a clock may be read."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Event:
    """One line of a stack's history."""

    stack_id: str
    stack_name: str
    logical_id: str
    physical_id: str
    type_name: str
    status: str
    reason: str
    at: datetime = field(default_factory=now)
    event_id: str = field(default_factory=lambda: str(uuid.uuid4()))


@dataclass
class Resource:
    """One resource of a stack as it was last made or changed."""

    logical_id: str
    kind: ResourceType
    physical_id: str
    props: Props
    raw: Props
    status: str = "CREATE_COMPLETE"
    reason: str = ""
    at: datetime = field(default_factory=now)

    @property
    def keeps(self) -> bool:
        """Whether the resource outlives its stack.

        https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html
        """
        return self.raw.get("DeletionPolicy", "Delete") in {"Retain", "RetainExceptOnCreate"}

    @property
    def keeps_replaced(self) -> bool:
        """Whether a replaced resource is kept."""
        return str(self.raw.get("UpdateReplacePolicy", "Delete")) == "Retain"


@dataclass(frozen=True)
class Change:
    """One line of a change set."""

    action: str
    logical_id: str
    type_name: str
    physical_id: str = ""
    replacement: str = ""
    policy_action: str = ""
    drift: str = ""
    scope: tuple[str, ...] = ()
    details: tuple[Props, ...] = ()


@dataclass
class Wish:
    """What a caller wants a stack to become."""

    template: Template
    values: dict[str, str]
    tags: dict[str, str]
    capabilities: list[str] = field(default_factory=list)
    role_arn: str = ""
    imports: bool = False
    reverts_drift: bool = False


@dataclass
class ChangeSet:
    """A wish that was compared with its stack and waits to be executed."""

    arn: str
    name: str
    kind: str
    wish: Wish
    changes: list[Change]
    status: str
    execution_status: str
    description: str = ""
    reason: str = ""
    on_stack_failure: str = ""
    at: datetime = field(default_factory=now)


@dataclass
class Stack:
    """A stack; ``wish`` is what it was last asked to be, None while only a change set exists."""

    stack_id: str
    name: str
    account_id: str
    region: str
    wish: Wish | None = None
    status: str = "REVIEW_IN_PROGRESS"
    reason: str = ""
    resources: dict[str, Resource] = field(default_factory=dict)
    outputs: list[Props] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    change_sets: dict[str, ChangeSet] = field(default_factory=dict)
    protected: bool = False
    disable_rollback: bool = False
    drifts: dict[str, str] | None = None
    drift_at: datetime | None = None
    created: datetime = field(default_factory=now)
    updated: datetime | None = None
    deleted: datetime | None = None

    @property
    def partition(self) -> str:
        """The partition, such as ``aws``."""
        return partition_of(self.region)

    def say(self, status: str, reason: str = "") -> None:
        """Move the stack to a status and write the event."""
        self.status, self.reason = status, reason
        self._write(self.name, self.stack_id, "AWS::CloudFormation::Stack", status, reason)

    def say_resource(self, resource: Resource, status: str, reason: str = "") -> None:
        """Move a resource to a status and write the event."""
        resource.status, resource.reason, resource.at = status, reason, now()
        self._write(resource.logical_id, resource.physical_id, resource.kind.type_name, status, reason)

    def _write(self, logical_id: str, physical_id: str, type_name: str, status: str, reason: str) -> None:
        self.events.append(Event(self.stack_id, self.name, logical_id, physical_id, type_name, status, reason))

    def pseudo(self) -> dict[str, Any]:
        """The pseudo parameters of the stack."""
        return {
            "AWS::AccountId": self.account_id,
            "AWS::Partition": self.partition,
            "AWS::Region": self.region,
            "AWS::StackId": self.stack_id,
            "AWS::StackName": self.name,
            "AWS::URLSuffix": "amazonaws.com.cn" if self.partition == "aws-cn" else "amazonaws.com",
        }


def new_name(stack: str, logical_id: str, kind: ResourceType) -> str:
    """A physical name as CloudFormation makes it: stack, logical id, twelve characters.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-properties-name.html
    """
    suffix = "".join(secrets.choice(string.ascii_uppercase + string.digits) for _ in range(12))
    tail = f"-{logical_id}-{suffix}"[-(kind.name_limit - 1) :]
    name = stack[: kind.name_limit - len(tail)] + tail
    if kind.type_name == "AWS::S3::Bucket":
        return name.lower()
    return name


def with_stack_tags(kind: ResourceType, props: Props, tags: dict[str, str]) -> Props:
    """The properties with the stack's tags below the resource's own, where the type takes tags.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cfn-console-add-tags.html
    """
    if not tags or "Tags" not in getattr(kind, "applied", ()):
        return props
    own = {tag["Key"]: tag["Value"] for tag in props.get("Tags", [])}
    return {**props, "Tags": [{"Key": key, "Value": value} for key, value in (tags | own).items()]}
