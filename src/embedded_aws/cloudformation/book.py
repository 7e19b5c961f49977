"""The stacks of one account: found by name or id, and what a request wishes them to be."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from embedded_aws.cloudformation import parameters
from embedded_aws.cloudformation.errors import StackError
from embedded_aws.cloudformation.model import Stack, Wish
from embedded_aws.cloudformation.template import parse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from embedded_aws.cloudformation.types import Api, Props, Types


class Book:
    """Every stack that the account has or had, oldest first."""

    def __init__(self) -> None:
        self._stacks: dict[str, Stack] = {}

    def new(self, name: str, api: Api) -> Stack:
        """A stack that is not yet in the book."""
        arn = f"arn:{api.partition}:cloudformation:{api.region}:{api.account_id}:stack/{name}/{uuid.uuid4()}"
        return Stack(arn, name, api.account_id, api.region)

    def add(self, stack: Stack) -> None:
        """Enter a stack."""
        self._stacks[stack.stack_id] = stack

    def __contains__(self, stack: Stack) -> bool:
        return stack.stack_id in self._stacks

    def of(self, region: str) -> Iterator[Stack]:
        """The stacks of a Region, newest first, deleted ones too."""
        return (stack for stack in reversed(self._stacks.values()) if stack.region == region)

    def alive(self, name: str, region: str) -> Stack | None:
        """The stack of this name or id that is not deleted, or None."""
        names = (stack for stack in self.of(region) if not stack.deleted)
        return next((stack for stack in names if name in {stack.name, stack.stack_id}), None)

    def find(self, name: str, region: str, *, deleted: bool = False) -> Stack:
        """The stack of this name or id; a deleted one only by its id."""
        stack = self.alive(name, region)
        if stack is None and deleted:
            stack = self._stacks.get(name)
        if stack is None:
            raise StackError(f"Stack with id {name} does not exist")
        return stack

    def owner(self, params: Props, region: str) -> Stack:
        """The stack of a change set, by its own name or by the change set's ARN."""
        if name := params.get("StackName"):
            return self.find(name, region)
        wanted = params["ChangeSetName"]
        for stack in self.of(region):
            if any(each.arn == wanted for each in stack.change_sets.values()):
                return stack
        raise StackError(f"ChangeSet [{wanted}] does not exist", code="ChangeSetNotFound")


def read_wish(params: Props, stack: Stack | None, types: Types) -> Wish:
    """What a request wants a stack to become, checked as far as it can be without making anything."""
    before = stack.wish if stack else None
    template = parse(_body(params, before), types)
    capabilities = list(params.get("Capabilities") or [])
    values = parameters.resolve(template.parameters, params.get("Parameters") or [], before.values if before else None)
    return Wish(
        template=template,
        values=values,
        tags=_tags(params, before),
        capabilities=capabilities,
        role_arn=params.get("RoleARN") or "",
        imports=bool(params.get("ImportExistingResources")),
        reverts_drift=params.get("DeploymentMode") == "REVERT_DRIFT",
    )


def _body(params: Props, before: Wish | None) -> str:
    """The template's text: in the request, or the one that the stack has."""
    if params.get("UsePreviousTemplate"):
        if before is None or params.get("TemplateBody"):
            raise StackError("You cannot specify both usePreviousTemplate and Template Body/Template URL.")
        return before.template.body
    if not params.get("TemplateBody"):
        raise StackError("Either Template URL or Template Body must be specified; the embedded AWS reads no URL.")
    body = str(params["TemplateBody"])
    if len(body.encode()) > MAX_BODY_BYTES:
        raise StackError(
            f"1 validation error detected: Value '{body[:64]}...' at 'templateBody' failed to satisfy "
            f"constraint: Member must have length less than or equal to {MAX_BODY_BYTES}"
        )
    return body


# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
MAX_BODY_BYTES = 51_200


def _tags(params: Props, before: Wish | None) -> dict[str, str]:
    """The request's tags; without any, those of the stack stay."""
    if "Tags" in params:
        return {tag["Key"]: tag["Value"] for tag in params["Tags"]}
    return dict(before.tags) if before else {}
