"""CloudFormation's change sets, as values."""

from __future__ import annotations

import time
import uuid
from typing import TYPE_CHECKING, Any

from tocsin.adapters.aws import translated
from tocsin.core.template.changes import Action, Change, ChangeSet, Standing
from tocsin.errors import Unreachable, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

# CloudFormation API Reference, "DescribeChangeSet": what a change set without changes says.
NO_CHANGES = ("didn't contain changes", "No updates are to be performed")
PATIENCE_S = 1800.0
_FAILED_EVENTS = ("CREATE_FAILED", "UPDATE_FAILED", "DELETE_FAILED")
# Follow-ups of the first failure, which tell nothing of its cause.
_CANCELLED = "cancelled"
# The stack's own event with which an operation begins; older events are of earlier operations.
_STACK = "AWS::CloudFormation::Stack"
_TAG = "tocsin:stack"
_BEGINNINGS = ("CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "DELETE_IN_PROGRESS")


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

    def propose(self, stack: str, template: str, parameters: Mapping[str, str]) -> ChangeSet:
        """Work out what a template would change.

        Raises:
            UsageError: AWS refuses the template or a parameter.
            Unreachable: AWS cannot be reached, or refuses, or the stack is in a state that takes no change set.
        """
        new = self._is_new(stack)
        with translated():
            made = self._client.create_change_set(
                StackName=stack,
                ChangeSetName=f"tocsin-{uuid.uuid4().hex[:12]}",
                ChangeSetType="CREATE" if new else "UPDATE",
                TemplateBody=template,
                Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
                Capabilities=["CAPABILITY_NAMED_IAM"],
                Tags=[{"Key": _TAG, "Value": stack}],
                ClientToken=_token(),
            )
        described = self._settled(made["Id"])
        changes = ChangeSet(stack, made["Id"], new, tuple(map(_change, described.get("Changes", []))))
        if described["Status"] != "FAILED":
            return changes
        reason = str(described.get("StatusReason", ""))
        if any(words in reason for words in NO_CHANGES):
            return ChangeSet(stack, made["Id"], new, ())
        self.discard(changes)
        raise UsageError(f"CloudFormation refuses the change set for {stack}: {reason}")

    def discard(self, changes: ChangeSet) -> None:
        """Throw a change set away, and the empty stack with it that a new one leaves (REVIEW_IN_PROGRESS)."""
        with translated():
            self._client.delete_change_set(ChangeSetName=changes.id)
            if changes.new:
                self._client.delete_stack(StackName=changes.stack, ClientRequestToken=_token())

    def execute(self, changes: ChangeSet) -> None:
        """Start carrying a change set out."""
        with translated():
            self._client.execute_change_set(ChangeSetName=changes.id, ClientRequestToken=_token())

    def wait(self, changes: ChangeSet, told: Callable[[str], None] = lambda _: None) -> Mapping[str, str]:
        """Wait for the end, and give the stack's outputs.

        Args:
            changes: what is being carried out.
            told: is told a line for each resource that comes to stand, or fails to.

        Raises:
            Unreachable: the stack did not come to stand; names the resource that failed first, and why.
        """
        stack = self._watched(changes.stack, told if changes.changes else None)
        status = str(stack["StackStatus"]) if stack else "gone"
        # A stack that went back to what it was stands whole; that is no success for a change, and enough for none.
        whole = ("CREATE_COMPLETE", "UPDATE_COMPLETE", *(() if changes.changes else ("UPDATE_ROLLBACK_COMPLETE",)))
        if stack is None or status not in whole:
            raise Unreachable(
                f"stack {changes.stack} is {status}: {self._first_failure(changes.stack)}",
                hint="mend the cause and run it again; a stack in ROLLBACK_COMPLETE has to be deleted first",
            )
        return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}

    def look(self, stack: str) -> Standing | None:
        """A stack as it stands, or None where there is none."""
        found = self._describe(stack)
        if found is None or found["StackStatus"] == "DELETE_COMPLETE":
            return None
        return Standing(
            name=str(found["StackName"]),
            id=str(found["StackId"]),
            status=str(found["StackStatus"]),
            ours=any(tag["Key"] == _TAG for tag in found.get("Tags", [])),
            protected=bool(found.get("EnableTerminationProtection")),
            outputs={output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", [])},
        )

    def delete(self, standing: Standing, told: Callable[[str], None] = lambda _: None) -> None:
        """Delete a stack, and wait until it is gone.

        Raises:
            Unreachable: it could not be deleted; names the resource that failed first, and why.
        """
        with translated():
            self._client.delete_stack(StackName=standing.id, ClientRequestToken=_token())
        stack = self._watched(standing.id, told)
        status = str(stack["StackStatus"]) if stack else "DELETE_COMPLETE"
        if status != "DELETE_COMPLETE":
            raise Unreachable(
                f"stack {standing.name} is {status}: {self._first_failure(standing.id)}",
                hint="mend the cause and run `tocsin destroy` again",
            )

    def _watched(self, stack: str, told: Callable[[str], None] | None) -> dict[str, Any] | None:
        """A stack once nothing runs in it any more, or as it is when patience ends; None once it is gone.

        Args:
            stack: its name or ARN.
            told: is told of each resource that comes to an end; None asks for no events.
        """
        seen: set[str] = set()
        for _ in range(int(PATIENCE_S / max(self._pause, 0.01))):
            found = self._describe(stack)
            if told is not None:
                self._tell(stack, seen, told)
            if found is None or not str(found["StackStatus"]).endswith("_IN_PROGRESS"):
                break
            self._sleep(self._pause)
        return found

    def _tell(self, stack: str, seen: set[str], told: Callable[[str], None]) -> None:
        """Tell each resource of the running operation that has come to an end since the last look, oldest first."""
        fresh: list[str] = []
        for event in self._events(stack):
            if event["EventId"] in seen:
                break
            seen.add(event["EventId"])
            status = str(event.get("ResourceStatus", ""))
            if event["ResourceType"] != _STACK and not status.endswith("_IN_PROGRESS"):
                fresh.append(f"{status.lower().replace('_', ' ')}: {event['LogicalResourceId']}")
        for line in reversed(fresh):
            told(line)

    def _events(self, stack: str) -> Iterator[dict[str, Any]]:
        """The events of the last operation, newest first, in as many pages as are asked for."""
        with translated():
            for page in self._client.get_paginator("describe_stack_events").paginate(StackName=stack):
                for event in page["StackEvents"]:
                    if event["ResourceType"] == _STACK and event.get("ResourceStatus") in _BEGINNINGS:
                        return
                    yield event

    def resources(self, stack: str) -> list[tuple[str, str, str]]:
        """Logical id, type and physical id of each resource of a stack."""
        with translated():
            pages = self._client.get_paginator("list_stack_resources").paginate(StackName=stack)
            return [
                (item["LogicalResourceId"], item["ResourceType"], item.get("PhysicalResourceId", ""))
                for page in pages
                for item in page["StackResourceSummaries"]
            ]

    def _is_new(self, stack: str) -> bool:
        found = self._describe(stack)
        return found is None or found["StackStatus"] in ("REVIEW_IN_PROGRESS", "DELETE_COMPLETE")

    def _describe(self, stack: str) -> dict[str, Any] | None:
        try:
            with translated():
                stacks = self._client.describe_stacks(StackName=stack)["Stacks"]
        except UsageError as fault:  # ValidationError: "Stack with id NAME does not exist"
            if "does not exist" in fault.message:
                return None
            raise
        return dict(stacks[0]) if stacks else None

    def _settled(self, change_set: str) -> dict[str, Any]:
        for _ in range(int(PATIENCE_S / max(self._pause, 0.01))):
            described = self._pages_of(change_set)
            if described["Status"] not in ("CREATE_PENDING", "CREATE_IN_PROGRESS"):
                return described
            self._sleep(self._pause)
        raise Unreachable(f"CloudFormation did not work out {change_set} in {PATIENCE_S:.0f} s")

    def _pages_of(self, change_set: str) -> dict[str, Any]:
        """A change set with all its changes: more than a hundred come in pages."""
        with translated():
            first: dict[str, Any] = self._client.describe_change_set(ChangeSetName=change_set)
            changes, token = list(first.get("Changes", [])), first.get("NextToken")
            while token:
                page = self._client.describe_change_set(ChangeSetName=change_set, NextToken=token)
                changes += page.get("Changes", [])
                token = page.get("NextToken")
        return {**first, "Changes": changes}

    def _first_failure(self, stack: str) -> str:
        """What failed first in the last operation."""
        first = "no resource says why"
        for event in self._events(stack):
            reason = str(event.get("ResourceStatusReason", ""))
            if event.get("ResourceStatus") in _FAILED_EVENTS and _CANCELLED not in reason.lower():
                first = f"{event['LogicalResourceId']} ({event['ResourceType']}): {reason or 'no reason given'}"
        return first


def _token() -> str:
    """By which AWS knows a request that botocore repeats, since its answer was lost, for the one that it has done.

    Without it the repeat ends in AlreadyExistsException (CloudFormation API Reference, "CreateChangeSet": ClientToken).
    """
    return f"tocsin-{uuid.uuid4()}"


def _change(change: dict[str, Any]) -> Change:
    resource = change["ResourceChange"]
    action = {"Add": Action.CREATE, "Remove": Action.DELETE, "Modify": Action.CHANGE}.get(
        resource["Action"], Action.CHANGE
    )
    if action is Action.CHANGE and resource.get("Replacement") in ("True", "Conditional"):
        action = Action.REPLACE
    if action is Action.DELETE and resource.get("PolicyAction") == "Retain":
        action = Action.KEEP
    return Change(
        action, resource["LogicalResourceId"], resource["ResourceType"], resource.get("PhysicalResourceId", "")
    )
