"""Makes, changes and deletes the resources of a stack, writes its events, and rolls back what fails.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from embedded_aws.cloudformation import parameters
from embedded_aws.cloudformation.errors import StackError
from embedded_aws.cloudformation.intrinsics import Resolver
from embedded_aws.cloudformation.model import Resource, Stack, Wish, new_name, now, with_stack_tags
from embedded_aws.cloudformation.removal import FAILURES, delete, delete_one, reason_of
from embedded_aws.cloudformation.template import creation_order
from embedded_aws.cloudformation.types import Api, Props, Refused, ResourceType, Types

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from embedded_aws.cloudformation.model import Change


class Deployment:
    """One operation on one stack.

    Args:
        stack: the stack.
        wish: what it should become.
        types: the resource types.
        api: the account's API in the stack's Region.
        changes: of the change set that is executed: what is imported, what has drifted.
    """

    def __init__(self, stack: Stack, wish: Wish, types: Types, api: Api, changes: Sequence[Change] = ()) -> None:
        self._stack = stack
        self._types = types
        self._api = api
        self._wish = wish
        self._imports = {one.logical_id: one.physical_id for one in changes if one.action == "Import"}
        self._drifted = {one.logical_id: one.drift for one in changes if one.drift}
        self._undo: list[Callable[[], None]] = []
        self._replaced: list[Resource] = []
        self._made: set[str] = set()
        self._attributes: dict[tuple[str, str], Any] = {}
        template = wish.template
        self._resolver = Resolver(
            names=stack.pseudo() | parameters.typed(template.parameters, wish.values),
            conditions=template.conditions,
            ref=self._ref,
            get_att=self._get_att,
        )

    # -- the three operations ------------------------------------------------------------------------------

    def create(self, on_failure: str) -> None:
        """Make the stack; on failure ROLLBACK, DELETE or DO_NOTHING."""
        stack = self._stack
        stack.say("CREATE_IN_PROGRESS", "User Initiated")
        reason = self._attempt(self._make_all)
        if not reason:
            stack.wish = self._wish
            stack.say("CREATE_COMPLETE")
            return
        stack.wish = stack.wish or self._wish
        if on_failure == "DO_NOTHING":
            stack.say("CREATE_FAILED", reason)
            return
        stack.say("ROLLBACK_IN_PROGRESS", f"{reason} Rollback requested by user.")
        left = self._roll_back()
        stack.say("ROLLBACK_FAILED" if left else "ROLLBACK_COMPLETE", left)
        if on_failure == "DELETE" and not left:
            delete(stack, self._api, [])

    def update(self) -> None:
        """Change the stack to the wish, or back to what it was."""
        stack, before = self._stack, self._stack.wish
        stack.updated = now()
        stack.say("UPDATE_IN_PROGRESS", "User Initiated")
        reason = self._attempt(self._make_all)
        if reason:
            stack.say("UPDATE_ROLLBACK_IN_PROGRESS", reason)
            left = self._roll_back()
            stack.wish = before
            if left:
                stack.say("UPDATE_ROLLBACK_FAILED", left)
                return
            stack.say("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS")
            stack.say("UPDATE_ROLLBACK_COMPLETE")
            return
        stack.wish = self._wish
        stack.say("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")
        self._clean_up()
        stack.say("UPDATE_COMPLETE")

    # -- making --------------------------------------------------------------------------------------------

    def _attempt(self, work: Callable[[], None]) -> str:
        """Do the work; "" or the reason of the failure, with the events of the resource that failed."""
        try:
            work()
        except _Failed as failure:
            return f"The following resource(s) failed to {failure.verb}: [{failure.logical_id}]. "
        except FAILURES as error:
            return reason_of(error)
        return ""

    def _make_all(self) -> None:
        wanted = self.wanted()
        for logical_id in creation_order(wanted):
            raw = wanted[logical_id]
            present = self._stack.resources.get(logical_id)
            kind = self._types.find(raw["Type"])
            if kind is None:
                raise StackError(f"Template format error: Unrecognized resource types: [{raw['Type']}]")
            verb = "update" if present else "create"
            try:
                props = self._properties(kind, raw)
                if present is None:
                    self._create(logical_id, kind, raw, props)
                else:
                    self._change(present, raw, props)
            except FAILURES as error:
                self._report_failure(logical_id, kind, verb, error)
                raise _Failed(logical_id, verb) from error
        self._check_existence(wanted)
        self._stack.outputs = self._outputs()

    def wanted(self) -> dict[str, Props]:
        """The resources of the template whose condition holds."""
        return {
            logical_id: raw
            for logical_id, raw in self._wish.template.resources.items()
            if "Condition" not in raw or self._resolver.condition(raw["Condition"])
        }

    def _properties(self, kind: ResourceType, raw: Props) -> Props:
        props: Props = self._resolver.value(raw.get("Properties") or {})
        kind.check(props)
        return with_stack_tags(kind, props, self._wish.tags)

    def _create(self, logical_id: str, kind: ResourceType, raw: Props, props: Props) -> Resource:
        name = str(props.get(kind.name_property) or new_name(self._stack.name, logical_id, kind))
        resource = Resource(logical_id, kind, self._imports.get(logical_id, ""), props, raw)
        if resource.physical_id:
            self._stack.resources[logical_id] = resource
            self._undo.append(lambda: self._stack.resources.__delitem__(logical_id))
            self._stack.say_resource(resource, "IMPORT_COMPLETE")
            return resource
        self._stack.say_resource(resource, "CREATE_IN_PROGRESS")
        resource.physical_id = kind.create(self._api, name, copy.deepcopy(props))
        self._stack.say_resource(resource, "CREATE_IN_PROGRESS", "Resource creation Initiated")
        self._stack.resources[logical_id] = resource
        self._made.add(logical_id)
        self._undo.append(lambda: self._unmake(resource))
        self._stack.say_resource(resource, "CREATE_COMPLETE")
        return resource

    def _change(self, present: Resource, raw: Props, props: Props) -> None:
        drift = self._drifted.get(present.logical_id)
        if drift == "DELETED":
            del self._stack.resources[present.logical_id]
            self._create(present.logical_id, present.kind, raw, props)
            return
        if props == present.props and not drift:
            old_raw, present.raw = present.raw, raw
            self._undo.append(lambda: setattr(present, "raw", old_raw))
            return
        kind = present.kind
        if any(props.get(name) != present.props.get(name) for name in kind.fixed):
            self._replace(present, raw, props)
            return
        old = present.props, present.raw
        self._stack.say_resource(present, "UPDATE_IN_PROGRESS")
        self._undo.append(lambda: self._change_back(present, *old))
        kind.update(self._api, present.physical_id, copy.deepcopy(props), {} if drift else copy.deepcopy(old[0]))
        present.props, present.raw = props, raw
        self._forget(present.logical_id)
        self._stack.say_resource(present, "UPDATE_COMPLETE")

    def _replace(self, present: Resource, raw: Props, props: Props) -> None:
        name = present.kind.name_property
        if name and props.get(name) and props.get(name) == present.props.get(name):
            raise Refused(
                "CloudFormation cannot update a stack when a custom-named resource requires replacing. "
                f"Rename {props[name]} and update the stack again."
            )
        reason = "Requested update requires the creation of a new physical resource; hence creating one."
        self._stack.say_resource(present, "UPDATE_IN_PROGRESS", reason)
        del self._stack.resources[present.logical_id]
        self._forget(present.logical_id)
        self._undo.append(lambda: self._stack.resources.update({present.logical_id: present}))
        self._create(present.logical_id, present.kind, raw, props)
        self._replaced.append(present)

    def _report_failure(self, logical_id: str, kind: ResourceType, verb: str, error: Exception) -> None:
        resource = self._stack.resources.get(logical_id) or Resource(logical_id, kind, "", {}, {})
        self._stack.say_resource(resource, f"{verb.upper()}_FAILED", reason_of(error))

    def _check_existence(self, wanted: dict[str, Props]) -> None:
        """Ask the account for every resource: nothing counts as made because a call returned."""
        for logical_id in wanted:
            resource = self._stack.resources[logical_id]
            if not resource.kind.exists(self._api, resource.physical_id, resource.props):
                reason = f"{resource.physical_id} was made but does not exist as the template describes it"
                verb = "create" if logical_id in self._made else "update"
                self._stack.say_resource(resource, f"{verb.upper()}_FAILED", reason)
                raise _Failed(logical_id, verb)

    # -- undoing -------------------------------------------------------------------------------------------

    def _roll_back(self) -> str:
        """Undo every step, newest first; "" or why something is left."""
        failures = []
        for undo in reversed(self._undo):
            try:
                undo()
            except FAILURES as error:
                failures.append(reason_of(error))
        self._undo.clear()
        return " ".join(failures)

    def _unmake(self, resource: Resource) -> None:
        self._stack.resources.pop(resource.logical_id, None)
        if resource.raw.get("DeletionPolicy") == "Retain":
            self._stack.say_resource(resource, "DELETE_SKIPPED")
            return
        delete_one(self._stack, self._api, resource)

    def _change_back(self, resource: Resource, props: Props, raw: Props) -> None:
        self._stack.say_resource(resource, "UPDATE_IN_PROGRESS")
        resource.kind.update(self._api, resource.physical_id, copy.deepcopy(props), copy.deepcopy(resource.props))
        resource.props, resource.raw = props, raw
        self._stack.say_resource(resource, "UPDATE_COMPLETE")

    def _clean_up(self) -> None:
        """Delete what the update replaced or no longer names, in reverse order of creation."""
        for resource in reversed(self._replaced):
            self._drop(resource, keep=resource.keeps_replaced)
        wanted = self.wanted()
        gone = [logical_id for logical_id in self._stack.resources if logical_id not in wanted]
        for logical_id in reversed(gone):
            resource = self._stack.resources.pop(logical_id)
            self._drop(resource, keep=resource.keeps)

    def _drop(self, resource: Resource, *, keep: bool) -> None:
        if keep:
            self._stack.say_resource(resource, "DELETE_SKIPPED")
            return
        try:
            delete_one(self._stack, self._api, resource)
        except FAILURES as error:  # a failed clean-up does not fail the update
            self._stack.say_resource(resource, "DELETE_FAILED", reason_of(error))

    # -- values --------------------------------------------------------------------------------------------

    def _ref(self, name: str) -> str:
        resource = self._resource(name)
        return resource.kind.ref(resource.physical_id)

    def _get_att(self, name: str, attribute: str) -> Any:  # noqa: ANN401 - a JSON value
        resource = self._resource(name)
        known = resource.kind.attributes
        if (known and attribute not in known) or (not known and hasattr(resource.kind, "applied")):
            raise StackError(
                f"Template error: resource {name} does not support attribute type {attribute} in Fn::GetAtt"
            )
        key = (resource.physical_id, attribute)
        if key not in self._attributes:
            self._attributes[key] = resource.kind.attribute(self._api, resource.physical_id, resource.props, attribute)
        return self._attributes[key]

    def _forget(self, logical_id: str) -> None:
        resource = self._stack.resources.get(logical_id)
        for key in [key for key in self._attributes if resource and key[0] == resource.physical_id]:
            del self._attributes[key]

    def _resource(self, name: str) -> Resource:
        if name not in self._stack.resources:
            raise StackError(f"Template format error: Unresolved resource dependencies [{name}] in the template")
        return self._stack.resources[name]

    def _outputs(self) -> list[Props]:
        found = []
        for key, raw in self._wish.template.outputs.items():
            if "Condition" in raw and not self._resolver.condition(raw["Condition"]):
                continue
            value = self._resolver.value(raw["Value"])
            output = {"OutputKey": key, "OutputValue": value if isinstance(value, str) else str(value)}
            if "Description" in raw:
                output["Description"] = raw["Description"]
            found.append(output)
        return found


class _Failed(Exception):  # noqa: N818 - it carries which resource failed, no more
    def __init__(self, logical_id: str, verb: str) -> None:
        super().__init__(logical_id)
        self.logical_id = logical_id
        self.verb = verb
