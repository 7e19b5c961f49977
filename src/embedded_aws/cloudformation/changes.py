"""Compares a stack with a wish: the lines of a change set.

https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ResourceChange.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from embedded_aws.cloudformation import parameters
from embedded_aws.cloudformation.errors import StackError
from embedded_aws.cloudformation.intrinsics import Resolver, references
from embedded_aws.cloudformation.model import Change, Stack, Wish, with_stack_tags

if TYPE_CHECKING:
    from embedded_aws.cloudformation.types import Api, Props, ResourceType, Types

NO_CHANGES = "The submitted information didn't contain changes. Submit different information to create a change set."
# A resource as the template writes it, and its properties evaluated.
Sides = tuple[dict[str, Any], dict[str, Any]]

_ATTRIBUTES = ("DeletionPolicy", "UpdateReplacePolicy", "Metadata")


def compare(stack: Stack, wish: Wish, types: Types, api: Api) -> list[Change]:
    """What has to happen to make the stack what the wish says."""
    old = _static(stack, stack.wish, types) if stack.wish else {}
    new = _static(stack, wish, types)
    changes = [_remove(stack, logical_id) for logical_id in old if logical_id not in new]
    replaced: set[str] = set()
    for logical_id, (raw, props) in new.items():
        kind = _kind(types, raw)
        if logical_id not in old:
            changes.append(_add(api, wish, logical_id, kind, (raw, props)))
            continue
        if raw["Type"] != old[logical_id][0]["Type"]:
            raise StackError(
                "Update to resource type is not permitted. The new template modifies resource type of the "
                f"following resources: [{logical_id}]"
            )
        details = _details(kind, (raw, props), old[logical_id], replaced)
        if details:
            change = _modify(stack, logical_id, kind, details)
            if change.replacement == "True":
                replaced.add(logical_id)
            changes.append(change)
        elif wish.reverts_drift and (drift := drift_of(stack, logical_id, api)):
            physical_id = stack.resources[logical_id].physical_id
            changes.append(Change("Modify", logical_id, kind.type_name, physical_id, replacement="False", drift=drift))
    return sorted(changes, key=lambda change: change.logical_id)


def _add(api: Api, wish: Wish, logical_id: str, kind: ResourceType, side: Sides) -> Change:
    """A resource to make, or to import: one of that name that is there already, if the template would keep it.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/import-resources-automatically.html
    """
    raw, props = side
    name = str(props.get(kind.name_property) or "")
    keeps = wish.imports and name and "DeletionPolicy" in raw
    found = kind.existing(api, name) if keeps else ""
    return Change("Import" if found else "Add", logical_id, kind.type_name, found)


def drift_of(stack: Stack, logical_id: str, api: Api) -> str:
    """What became of a resource by hand, ``MODIFIED`` or ``DELETED``, or ""."""
    resource = stack.resources[logical_id]
    same = resource.kind.exists(api, resource.physical_id, resource.props)
    return "" if same else resource.kind.drifted


def differs(stack: Stack, wish: Wish, changes: list[Change]) -> bool:
    """Whether anything at all would change; new outputs alone are a change, a new description is not."""
    return bool(changes) or stack.wish is None or stack.wish.template.outputs != wish.template.outputs


def _kind(types: Types, raw: Props) -> ResourceType:
    kind = types.find(raw["Type"])
    if kind is None:
        raise StackError(f"Template format error: Unrecognized resource types: [{raw['Type']}]")
    return kind


def _static(stack: Stack, wish: Wish, types: Types) -> dict[str, tuple[Props, Props]]:
    """Each wanted resource with its properties, as far as they are known without making anything."""
    template = wish.template
    resolver = Resolver(
        names=stack.pseudo() | parameters.typed(template.parameters, wish.values),
        conditions=template.conditions,
        ref=lambda name: f"<{name}>",
        get_att=lambda name, attribute: f"<{name}.{attribute}>",
    )
    found: dict[str, tuple[Props, Props]] = {}
    for logical_id, raw in template.resources.items():
        if "Condition" in raw and not resolver.condition(raw["Condition"]):
            continue
        try:
            props = resolver.value(raw.get("Properties") or {})
        except (StackError, IndexError):  # a function of what is not yet known, such as Select of a split ARN
            props = {**(raw.get("Properties") or {}), "": wish.values}
        found[logical_id] = (raw, with_stack_tags(_kind(types, raw), props, wish.tags))
    return found


def _details(kind: ResourceType, new: Sides, old: Sides, replaced: set[str]) -> list[Props]:
    raw, props, old_raw, old_props = *new, *old
    found = []
    for name in sorted(set(props) | set(old_props)):
        leans = references((raw.get("Properties") or {}).get(name)) & replaced
        if props.get(name) == old_props.get(name) and not leans:
            continue
        target = {"Attribute": "Tags" if name == "Tags" else "Properties"}
        if name != "Tags":
            recreation = ("Conditionally" if leans else "Always") if name in kind.fixed else "Never"
            target |= {"Name": name, "RequiresRecreation": recreation}
        evaluation = "Dynamic" if leans else "Static"
        source = "ResourceReference" if leans else "DirectModification"
        found.append({"Target": target, "Evaluation": evaluation, "ChangeSource": source})
    changed = [key for key in _ATTRIBUTES if raw.get(key) != old_raw.get(key)]
    return found + [
        {
            "Target": {"Attribute": key, "RequiresRecreation": "Never"},
            "Evaluation": "Static",
            "ChangeSource": "DirectModification",
        }
        for key in changed
    ]


def _modify(stack: Stack, logical_id: str, kind: ResourceType, details: list[Props]) -> Change:
    wants = {detail["Target"].get("RequiresRecreation") for detail in details}
    replacement = "True" if "Always" in wants else "Conditional" if "Conditionally" in wants else "False"
    resource = stack.resources.get(logical_id)
    policy = ""
    if replacement != "False":
        policy = "ReplaceAndRetain" if resource and resource.keeps_replaced else "ReplaceAndDelete"
    return Change(
        action="Modify",
        logical_id=logical_id,
        type_name=kind.type_name,
        physical_id=resource.physical_id if resource else "",
        replacement=replacement,
        policy_action=policy,
        scope=tuple(sorted({detail["Target"]["Attribute"] for detail in details})),
        details=tuple(details),
    )


def _remove(stack: Stack, logical_id: str) -> Change:
    resource = stack.resources[logical_id]
    return Change(
        action="Remove",
        logical_id=logical_id,
        type_name=resource.kind.type_name,
        physical_id=resource.physical_id,
        policy_action="Retain" if resource.keeps else "Delete",
    )
