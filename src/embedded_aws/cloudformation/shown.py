"""Stacks, resources and events as the API's answers show them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from embedded_aws.cloudformation import parameters

if TYPE_CHECKING:
    from embedded_aws.cloudformation.model import Event, Resource, Stack
    from embedded_aws.cloudformation.types import Props


def stack(item: Stack) -> Props:
    """One stack of DescribeStacks."""
    found: Props = {
        "StackId": item.stack_id,
        "StackName": item.name,
        "CreationTime": item.created,
        "StackStatus": item.status,
        "DisableRollback": item.disable_rollback,
        "EnableTerminationProtection": item.protected,
        "RollbackConfiguration": {},
        "DriftInformation": {"StackDriftStatus": "NOT_CHECKED"} if item.drifts is None else drift(item),
        "Tags": [],
    }
    if item.wish:
        wish = item.wish
        found |= {
            "Parameters": parameters.shown(wish.template.parameters, wish.values),
            "Capabilities": wish.capabilities,
            "Tags": [{"Key": key, "Value": value} for key, value in wish.tags.items()],
            "Outputs": item.outputs,
        }
        extra = {"Description": wish.template.description, "RoleARN": wish.role_arn}
        found |= {key: value for key, value in extra.items() if value}
    moments = {"StackStatusReason": item.reason, "LastUpdatedTime": item.updated, "DeletionTime": item.deleted}
    return found | {key: value for key, value in moments.items() if value}


def drift(item: Stack) -> Props:
    """What the last look at drift found."""
    return {"StackDriftStatus": "DRIFTED" if item.drifts else "IN_SYNC", "LastCheckTimestamp": item.drift_at}


def resource(item: Resource) -> Props:
    """One line of ListStackResources."""
    found = {
        "LogicalResourceId": item.logical_id,
        "PhysicalResourceId": item.physical_id,
        "ResourceType": item.kind.type_name,
        "LastUpdatedTimestamp": item.at,
        "ResourceStatus": item.status,
    }
    return found | ({"ResourceStatusReason": item.reason} if item.reason else {})


def event(item: Event) -> Props:
    """One line of DescribeStackEvents."""
    found = {
        "StackId": item.stack_id,
        "EventId": item.event_id,
        "StackName": item.stack_name,
        "LogicalResourceId": item.logical_id,
        "PhysicalResourceId": item.physical_id,
        "ResourceType": item.type_name,
        "Timestamp": item.at,
        "ResourceStatus": item.status,
    }
    return found | ({"ResourceStatusReason": item.reason} if item.reason else {})
