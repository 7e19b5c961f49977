"""Deletes stacks and single resources, and puts failures into words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from embedded_aws.cloudformation.errors import StackError
from embedded_aws.cloudformation.model import now
from embedded_aws.cloudformation.template import creation_order
from embedded_aws.cloudformation.types import Refused

if TYPE_CHECKING:
    from embedded_aws.cloudformation.model import Resource, Stack
    from embedded_aws.cloudformation.types import Api

# What a resource may fail with; anything else is a fault of the embedded AWS and is an HTTP 500.
FAILURES = (Refused, StackError, ClientError, BotoCoreError, KeyError, TypeError, ValueError, AttributeError)


def delete(stack: Stack, api: Api, retain: list[str]) -> None:
    """Delete a stack: what it keeps is skipped, what cannot be deleted leaves it in DELETE_FAILED."""
    stack.say("DELETE_IN_PROGRESS", "User Initiated")
    failed = []
    order = creation_order({logical_id: resource.raw for logical_id, resource in stack.resources.items()})
    for logical_id in reversed(order):
        resource = stack.resources[logical_id]
        if resource.keeps or logical_id in retain:
            stack.say_resource(resource, "DELETE_SKIPPED")
        else:
            try:
                delete_one(stack, api, resource)
            except FAILURES as error:
                stack.say_resource(resource, "DELETE_FAILED", reason_of(error))
                failed.append(logical_id)
                continue
        del stack.resources[logical_id]
    if failed:
        stack.say("DELETE_FAILED", f"The following resource(s) failed to delete: [{', '.join(failed)}]. ")
        return
    stack.deleted = now()
    stack.say("DELETE_COMPLETE")


def delete_one(stack: Stack, api: Api, resource: Resource) -> None:
    """Delete a resource; one that somebody else has deleted already counts as deleted."""
    stack.say_resource(resource, "DELETE_IN_PROGRESS")
    try:
        resource.kind.delete(api, resource.physical_id, resource.props)
    except ClientError:
        if resource.kind.exists(api, resource.physical_id, resource.props):
            raise
    stack.say_resource(resource, "DELETE_COMPLETE")


def reason_of(error: Exception) -> str:
    """The status reason that an event shows for a failure."""
    if isinstance(error, ClientError):
        detail = error.response.get("Error", {})
        return (
            f'Resource handler returned message: "{detail.get("Message", error)}" '
            f"(Service: {error.operation_name}, ErrorCode: {detail.get('Code', '')})"
        )
    if isinstance(error, (Refused, StackError)):
        return str(error)
    return f"Properties validation failed: {type(error).__name__}: {error}"
