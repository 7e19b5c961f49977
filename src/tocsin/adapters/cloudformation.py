"""CloudFormation's change sets, as values."""

from __future__ import annotations

import time
import uuid
from typing import TYPE_CHECKING, Any, TypeVar

from tocsin.adapters.aws import translated
from tocsin.core.template.changes import ChangeSet, Drift, Stack
from tocsin.core.template.failures import Failure, hint_of
from tocsin.core.template.resource_changes import change_of
from tocsin.errors import Unreachable, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

T = TypeVar("T")

# CloudFormation API Reference, "DescribeChangeSet": what a change set without changes says.
NO_CHANGES = ("didn't contain changes", "No updates are to be performed")
PATIENCE_S = 1800.0
_FAILED_EVENTS = ("CREATE_FAILED", "UPDATE_FAILED", "DELETE_FAILED")
# Follow-ups of the first failure, which tell nothing of its cause.
_CANCELLED = "cancelled"
_STACK = "AWS::CloudFormation::Stack"
_TAG = "tocsin:stack"
_OURS = "tocsin-"
# Brings what was changed by hand back too (User Guide, "Using drift-aware change sets").
_SEES_DRIFT = "REVERT_DRIFT"
_DRIFT = {"DeploymentMode": _SEES_DRIFT}


class Stacks:
    """Fits `flows.ports.Stacks`.

    Args:
        client: a CloudFormation client.
        pause: seconds between two looks at AWS.
        sleep: waits so many seconds.
    """

    def __init__(self, client: Any, *, pause: float = 2.0, sleep: Callable[[float], None] = time.sleep) -> None:  # noqa: ANN401 - as `Clients.client`
        self._client = client
        self._pause = pause
        self._sleep = sleep

    def propose(
        self, stack: str, template: str, parameters: Mapping[str, str], *, new: bool, tags: Mapping[str, str], role: str
    ) -> ChangeSet:
        """Work out what a template would change, and what was changed by hand.

        A new stack whose creation fails is deleted by CloudFormation, so that it is not in the way of the next.

        Raises:
            UsageError: AWS refuses the template or a parameter.
            Unreachable: AWS cannot be reached, or refuses, or the stack is in a state that takes no change set.
        """
        asked = {
            "StackName": stack,
            "ChangeSetName": f"{_OURS}{uuid.uuid4().hex[:12]}",
            "ChangeSetType": "CREATE" if new else "UPDATE",
            "TemplateBody": template,
            "Parameters": [{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
            "Capabilities": ["CAPABILITY_NAMED_IAM"],
            "Tags": [{"Key": key, "Value": value} for key, value in {**tags, _TAG: stack}.items()],
            "ImportExistingResources": True,
            **({"RoleARN": role} if role else {}),
            **({"OnStackFailure": "DELETE"} if new else _DRIFT),
        }
        made = self._made(asked)
        described = self._settled(stack, made["Id"])
        changes = ChangeSet(
            stack,
            made["Id"],
            new,
            tuple(map(change_of, described.get("Changes", []))),
            template=template,
            stack_id=str(made.get("StackId", "")),
            # A new stack has nothing that could have been changed by hand.
            sees_drift=new or described.get("DeploymentMode") == _SEES_DRIFT,
        )
        if described["Status"] != "FAILED":
            return changes
        reason = str(described.get("StatusReason", ""))
        if not changes.changes and any(words in reason for words in NO_CHANGES):
            return changes
        self.discard(changes)
        raise UsageError(f"CloudFormation refuses the change set for {stack}: {reason}")

    def _made(self, asked: dict[str, Any]) -> dict[str, Any]:
        """A change set; where AWS or botocore is too old for one that sees drift, one that compares templates."""
        try:
            return self._create(asked)
        except UsageError as fault:
            if "DeploymentMode" not in asked or "DeploymentMode" not in fault.message:
                raise
        return self._create({name: value for name, value in asked.items() if name not in _DRIFT})

    def _create(self, asked: dict[str, Any]) -> dict[str, Any]:
        with translated():
            made: dict[str, Any] = self._client.create_change_set(**asked, ClientToken=_token())
        return made

    def discard(self, changes: ChangeSet) -> None:
        """Throw a change set away, and the empty stack with it that a new one leaves (REVIEW_IN_PROGRESS).

        The stack stays where somebody else has a change set of his own on it.
        """
        with translated():
            self._client.delete_change_set(StackName=changes.stack, ChangeSetName=changes.id)
            if changes.new and self._only_ours(changes.stack):
                self._client.delete_stack(StackName=changes.stack, ClientRequestToken=_token())

    def _only_ours(self, stack: str) -> bool:
        pages = self._client.get_paginator("list_change_sets").paginate(StackName=stack)
        return all(one["ChangeSetName"].startswith(_OURS) for page in pages for one in page["Summaries"])

    def execute(self, changes: ChangeSet) -> None:
        """Start carrying a change set out."""
        with translated():
            self._client.execute_change_set(
                StackName=changes.stack, ChangeSetName=changes.id, ClientRequestToken=_token()
            )

    def wait(self, changes: ChangeSet, told: Callable[[str], None] = lambda _: None) -> Mapping[str, str]:
        """Wait for the end, and give the stack's outputs.

        Args:
            changes: what is being carried out.
            told: is told a line for each resource that comes to stand, or fails to.

        Raises:
            Unreachable: the stack did not come to stand; names the resource that failed first, and why.
        """
        name = changes.stack_id or changes.stack
        began = "CREATE_IN_PROGRESS" if changes.new else "UPDATE_IN_PROGRESS"
        stack = self._watched(name, began, told if changes.changes else None)
        status = str(stack["StackStatus"]) if stack else "DELETE_COMPLETE"
        # A stack that went back to what it was stands whole; that is no success for a change, and enough for none.
        whole = ("CREATE_COMPLETE", "UPDATE_COMPLETE", *(() if changes.changes else ("UPDATE_ROLLBACK_COMPLETE",)))
        if stack is None or status not in whole:
            raise self._failed(changes.stack, name, began, status)
        return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}

    def look(self, stack: str) -> Stack | None:
        """A stack as it stands, or None where there is none."""
        found = self._describe(stack)
        if found is None or found["StackStatus"] == "DELETE_COMPLETE":
            return None
        return Stack(
            name=str(found["StackName"]),
            id=str(found["StackId"]),
            status=str(found["StackStatus"]),
            ours=any(tag["Key"] == _TAG for tag in found.get("Tags", [])),
            protected=bool(found.get("EnableTerminationProtection")),
            outputs={output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", [])},
            drift=_last_drift(found.get("DriftInformation") or {}),
        )

    def protect(self, standing: Stack, *, on: bool) -> None:
        """Let a stack be protected from being deleted, or not.

        Raises:
            Unreachable: AWS cannot be reached, or refuses.
        """
        with translated():
            self._client.update_termination_protection(StackName=standing.name, EnableTerminationProtection=on)

    def drift(self, standing: Stack) -> Drift:
        """Let CloudFormation compare a stack with the account, which takes minutes, and wait for what it finds.

        Raises:
            Unreachable: AWS cannot be reached, or refuses, or could not compare all of it.
        """
        with translated():
            started = self._client.detect_stack_drift(StackName=standing.id)["StackDriftDetectionId"]

        def look() -> dict[str, Any]:
            with translated():
                return dict(self._client.describe_stack_drift_detection_status(StackDriftDetectionId=started))

        found = self._polled(look, lambda found: found["DetectionStatus"] != "DETECTION_IN_PROGRESS")
        if found["DetectionStatus"] != "DETECTION_COMPLETE":
            why = found.get("DetectionStatusReason", "no reason given")
            raise Unreachable(f"looking for drift ended {found['DetectionStatus']}: {why}")
        return Drift(str(found["StackDriftStatus"]), found["Timestamp"], tuple(self._drifted(standing)))

    def _drifted(self, standing: Stack) -> Iterator[tuple[str, str]]:
        asked = {"StackName": standing.id, "StackResourceDriftStatusFilters": ["MODIFIED", "DELETED"]}
        token = ""
        while True:
            with translated():
                more = {"NextToken": token} if token else {}
                page = self._client.describe_stack_resource_drifts(**asked, **more)
            for one in page["StackResourceDrifts"]:
                yield str(one["LogicalResourceId"]), str(one["StackResourceDriftStatus"])
            token = page.get("NextToken", "")
            if not token:
                return

    def delete(self, standing: Stack, told: Callable[[str], None] = lambda _: None) -> None:
        """Delete a stack, and wait until it is gone.

        Raises:
            Unreachable: it could not be deleted; names the resource that failed first, and why.
        """
        began = "DELETE_IN_PROGRESS"
        with translated():
            self._client.delete_stack(StackName=standing.id, ClientRequestToken=_token())
        stack = self._watched(standing.id, began, told)
        status = str(stack["StackStatus"]) if stack else "DELETE_COMPLETE"
        if status != "DELETE_COMPLETE":
            raise self._failed(standing.name, standing.id, began, status)

    def resources(self, stack: str) -> list[tuple[str, str, str]]:
        """Logical id, type and physical id of each resource of a stack."""
        with translated():
            pages = self._client.get_paginator("list_stack_resources").paginate(StackName=stack)
            return [
                (item["LogicalResourceId"], item["ResourceType"], item.get("PhysicalResourceId", ""))
                for page in pages
                for item in page["StackResourceSummaries"]
            ]

    def _watched(self, stack: str, began: str, told: Callable[[str], None] | None) -> dict[str, Any] | None:
        """A stack once nothing runs in it any more, or as it is when patience ends; None once it is gone.

        Args:
            stack: its name or ARN.
            began: the event with which the operation began.
            told: is told of each resource that comes to an end; None asks for no events.
        """
        seen: set[str] = set()

        def look() -> dict[str, Any] | None:
            found = self._describe(stack)
            if told is not None and found is not None:
                self._tell(stack, began, seen, told)
            return found

        return self._polled(look, lambda found: found is None or not found["StackStatus"].endswith("_IN_PROGRESS"))

    def _polled(self, look: Callable[[], T], done: Callable[[T], bool]) -> T:
        """What is seen once it is done, or as it is when patience ends."""
        for _ in range(int(PATIENCE_S / max(self._pause, 0.01))):
            found = look()
            if done(found):
                break
            self._sleep(self._pause)
        return found

    def _tell(self, stack: str, began: str, seen: set[str], told: Callable[[str], None]) -> None:
        """Tell each resource of the running operation that has come to an end since the last look, oldest first."""
        fresh: list[str] = []
        for event in self._events(stack, began):
            if event["EventId"] in seen:
                break
            seen.add(event["EventId"])
            status = str(event.get("ResourceStatus", ""))
            if event["ResourceType"] != _STACK and not status.endswith("_IN_PROGRESS"):
                fresh.append(f"{status.lower().replace('_', ' ')}: {event['LogicalResourceId']}")
        for line in reversed(fresh):
            told(line)

    def _events(self, stack: str, began: str) -> Iterator[dict[str, Any]]:
        """The events of the last operation, newest first, in as many pages as are asked for."""
        with translated():
            for page in self._client.get_paginator("describe_stack_events").paginate(StackName=stack):
                for event in page["StackEvents"]:
                    if event["ResourceType"] == _STACK and event.get("ResourceStatus") == began:
                        return
                    yield event

    def _describe(self, stack: str) -> dict[str, Any] | None:
        try:
            with translated():
                stacks = self._client.describe_stacks(StackName=stack)["Stacks"]
        except UsageError as fault:  # ValidationError: "Stack with id NAME does not exist"
            if "does not exist" in fault.message:
                return None
            raise
        return dict(stacks[0]) if stacks else None

    def _settled(self, stack: str, change_set: str) -> dict[str, Any]:
        pending = ("CREATE_PENDING", "CREATE_IN_PROGRESS")
        described = self._polled(
            lambda: self._pages_of(stack, change_set), lambda found: found["Status"] not in pending
        )
        if described["Status"] in pending:
            raise Unreachable(f"CloudFormation did not work out {change_set} in {PATIENCE_S:.0f} s")
        return described

    def _pages_of(self, stack: str, change_set: str) -> dict[str, Any]:
        """A change set with all its changes: more than a hundred come in pages."""
        asked = {"StackName": stack, "ChangeSetName": change_set}  # by the stack's name it may be allowed
        with translated():
            first: dict[str, Any] = self._client.describe_change_set(**asked)
            changes, token = list(first.get("Changes", [])), first.get("NextToken")
            while token:
                page = self._client.describe_change_set(**asked, NextToken=token)
                changes += page.get("Changes", [])
                token = page.get("NextToken")
        return {**first, "Changes": changes}

    def _failed(self, name: str, stack: str, began: str, status: str) -> Unreachable:
        """The failure of an operation: what failed first in it, in which state the stack is, and what to do now."""
        first = Failure(status)
        for event in self._events(stack, began):
            reason = str(event.get("ResourceStatusReason", ""))
            if event["ResourceType"] == _STACK:
                # Why it goes back is all that is known where no resource of its own failed.
                if reason and not first.resource:
                    first = Failure(status, reason=reason)
            elif event.get("ResourceStatus") in _FAILED_EVENTS and _CANCELLED not in reason.lower():
                first = Failure(status, str(event["LogicalResourceId"]), str(event["ResourceType"]), reason)
        return Unreachable(f"stack {name} is {status}: {first.says}", hint=hint_of(first))


def _last_drift(found: dict[str, Any]) -> Drift:
    return Drift(str(found.get("StackDriftStatus", "NOT_CHECKED")), found.get("LastCheckTimestamp"))


def _token() -> str:
    """By which AWS knows a request that botocore repeats, since its answer was lost, for the one that it has done.

    Without it the repeat ends in AlreadyExistsException (CloudFormation API Reference, "CreateChangeSet": ClientToken).
    """
    return f"tocsin-{uuid.uuid4()}"
