"""Change sets: made, described, executed and deleted as the API does it.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-changesets.html
"""

from __future__ import annotations

import re
import uuid
from typing import TYPE_CHECKING

from embedded_aws.cloudformation import parameters
from embedded_aws.cloudformation.changes import NO_CHANGES, compare, differs
from embedded_aws.cloudformation.errors import StackError
from embedded_aws.cloudformation.model import Change, ChangeSet, Stack, Wish

if TYPE_CHECKING:
    from embedded_aws.cloudformation.types import Api, Props, Types

_NAME = re.compile(r"[a-zA-Z][-a-zA-Z0-9]{0,127}")
# The states in which a stack can be changed:
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html
UPDATABLE = {"CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "IMPORT_COMPLETE"}


def make(stack: Stack, params: Props, wish: Wish, types: Types, api: Api) -> ChangeSet:
    """Compare a wish with its stack and keep the result under the stack.

    Args:
        stack: an existing stack, or a new one in REVIEW_IN_PROGRESS.
        params: of CreateChangeSet.
        wish: what the caller wants.
        types: the resource types.
        api: the account's API, to see what is there.
    """
    name = params["ChangeSetName"]
    if not _NAME.fullmatch(name):
        raise StackError(
            f"1 validation error detected: Value '{name}' at 'changeSetName' failed to satisfy constraint: "
            "Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*"
        )
    if name in stack.change_sets:
        raise StackError(f"ChangeSet {name} already exists", code="AlreadyExistsException")
    kind = params.get("ChangeSetType", "UPDATE")
    changes = compare(stack, wish, types, api)
    empty = kind == "UPDATE" and not differs(stack, wish, changes) and _same_words(stack, wish)
    change_set = ChangeSet(
        arn=f"arn:{stack.partition}:cloudformation:{stack.region}:{stack.account_id}:changeSet/{name}/{uuid.uuid4()}",
        name=name,
        kind=kind,
        wish=wish,
        changes=changes,
        status="FAILED" if empty else "CREATE_COMPLETE",
        execution_status="UNAVAILABLE" if empty else "AVAILABLE",
        description=params.get("Description", ""),
        reason=NO_CHANGES if empty else "",
        on_stack_failure=params.get("OnStackFailure", ""),
    )
    stack.change_sets[name] = change_set
    return change_set


def _same_words(stack: Stack, wish: Wish) -> bool:
    return stack.wish is None or stack.wish.tags == wish.tags


def find(stack: Stack, name_or_arn: str) -> ChangeSet:
    """The change set of this name or ARN."""
    for change_set in stack.change_sets.values():
        if name_or_arn in {change_set.name, change_set.arn}:
            return change_set
    raise StackError(f"ChangeSet [{name_or_arn}] does not exist", code="ChangeSetNotFound")


def take(stack: Stack, name_or_arn: str) -> ChangeSet:
    """The change set, about to be executed: it must be available, and the stack's others are deleted."""
    change_set = find(stack, name_or_arn)
    if change_set.execution_status != "AVAILABLE":
        raise StackError(
            f"ChangeSet [{change_set.arn}] cannot be executed in its current status of [{change_set.status}]",
            code="InvalidChangeSetStatus",
        )
    change_set.execution_status = "EXECUTE_COMPLETE"
    stack.change_sets = {change_set.name: change_set}
    return change_set


def describe(stack: Stack, change_set: ChangeSet) -> Props:
    """The answer of DescribeChangeSet."""
    return summary(stack, change_set) | {
        "Parameters": parameters.shown(change_set.wish.template.parameters, change_set.wish.values),
        "Changes": [{"Type": "Resource", "ResourceChange": _shown(change)} for change in change_set.changes],
        "Capabilities": change_set.wish.capabilities,
        "Tags": [{"Key": key, "Value": value} for key, value in change_set.wish.tags.items()],
        "RollbackConfiguration": {},
        **({"DeploymentMode": "REVERT_DRIFT"} if change_set.wish.reverts_drift else {}),
    }


def summary(stack: Stack, change_set: ChangeSet) -> Props:
    """One line of ListChangeSets."""
    shown = {
        "StackId": stack.stack_id,
        "StackName": stack.name,
        "ChangeSetId": change_set.arn,
        "ChangeSetName": change_set.name,
        "Status": change_set.status,
        "ExecutionStatus": change_set.execution_status,
        "CreationTime": change_set.at,
        "IncludeNestedStacks": False,
    }
    extra = {"Description": change_set.description, "StatusReason": change_set.reason}
    return shown | {key: value for key, value in extra.items() if value}


def _shown(change: Change) -> Props:
    shown: Props = {
        "Action": change.action,
        "LogicalResourceId": change.logical_id,
        "ResourceType": change.type_name,
        "Scope": list(change.scope),
        "Details": list(change.details),
    }
    extra = {
        "PhysicalResourceId": change.physical_id,
        "Replacement": change.replacement,
        "PolicyAction": change.policy_action,
        "ResourceDriftStatus": change.drift,
    }
    return shown | {key: value for key, value in extra.items() if value}
