"""Reads a template and refuses what CloudFormation refuses before it makes anything.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/template-anatomy.html
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import yaml

from embedded_aws.cloudformation.errors import StackError
from embedded_aws.cloudformation.intrinsics import PSEUDO, references

if TYPE_CHECKING:
    from embedded_aws.cloudformation.types import Props, Types

# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
MAX_RESOURCES = 500
_SECTIONS = {
    "AWSTemplateFormatVersion",
    "Description",
    "Metadata",
    "Parameters",
    "Conditions",
    "Rules",
    "Transform",
    "Resources",
    "Outputs",
    "Hooks",
}
_RESOURCE_KEYS = {
    "Type",
    "Properties",
    "DependsOn",
    "Condition",
    "DeletionPolicy",
    "UpdateReplacePolicy",
    "Metadata",
    "CreationPolicy",
    "UpdatePolicy",
}
_POLICIES = {"Delete", "Retain", "RetainExceptOnCreate", "Snapshot"}


class _Loader(yaml.SafeLoader):
    """YAML with CloudFormation's short tags; a date such as 2012-10-17 stays a string."""


def _short_tag(loader: _Loader, suffix: str, node: yaml.Node) -> Props:
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)  # type: ignore[arg-type]
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {suffix if suffix in {"Ref", "Condition"} else f"Fn::{suffix}": value}


_Loader.yaml_implicit_resolvers = {
    first: [(tag, regexp) for tag, regexp in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_multi_constructor("!", _short_tag)


@dataclass(frozen=True)
class Template:
    """A template that has passed every check that needs no account."""

    body: str
    resources: dict[str, Props]
    parameters: dict[str, Props] = field(default_factory=dict)
    conditions: Props = field(default_factory=dict)
    outputs: dict[str, Props] = field(default_factory=dict)
    description: str = ""


def parse(body: str, types: Types) -> Template:
    """Read a template body, JSON or YAML, and check its form.

    Args:
        body: the text.
        types: the resource types that can be built.

    Raises:
        StackError: with the words of AWS.
    """
    data = load(body)
    if unknown := sorted(set(data) - _SECTIONS):
        raise StackError(f"Invalid template property or properties [{', '.join(unknown)}]")
    if data.get("Transform") or data.get("Hooks") or data.get("Rules"):
        raise StackError("Template error: the embedded AWS runs no Transform, Hooks or Rules")
    resources = data.get("Resources")
    if not resources or not isinstance(resources, dict):
        raise StackError("Template format error: At least one Resources member must be defined.")
    if len(resources) > MAX_RESOURCES:
        raise StackError(
            f"Template format error: Number of resources, {len(resources)}, is greater than maximum allowed"
        )
    template = Template(
        body=body,
        resources=resources,
        parameters=data.get("Parameters") or {},
        conditions=data.get("Conditions") or {},
        outputs=data.get("Outputs") or {},
        description=str(data.get("Description") or ""),
    )
    _check_resources(template, types)
    _check_references(template)
    return template


def load(body: str) -> Props:
    """A template as a value, JSON or YAML; short tags are spelled in full.

    Raises:
        StackError: with the words of AWS.
    """
    try:
        data = json.loads(body)
    except ValueError:
        try:
            data = yaml.load(body, Loader=_Loader)  # noqa: S506 - _Loader is a SafeLoader
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            place = f" (line {mark.line + 1}, column {mark.column + 1})" if mark else ""
            raise StackError(f"Template format error: YAML not well-formed.{place}") from error
    if not isinstance(data, dict):
        raise StackError("Template format error: unsupported structure.")
    return data


def _check_resources(template: Template, types: Types) -> None:
    unknown = []
    for logical_id, resource in template.resources.items():
        where = f"[/Resources/{logical_id}]"
        if not isinstance(resource, dict) or not isinstance(resource.get("Type"), str):
            raise StackError(f"Template format error: {where} Every Resources object must contain a Type member.")
        if not (logical_id.isalnum() and logical_id.isascii()):
            raise StackError(f"Template format error: Resource name {logical_id} is non alphanumeric.")
        if extra := sorted(set(resource) - _RESOURCE_KEYS):
            raise StackError(f"Template format error: {where} Encountered unsupported properties [{', '.join(extra)}]")
        for key in ("DeletionPolicy", "UpdateReplacePolicy"):
            if resource.get(key, "Delete") not in _POLICIES:
                raise StackError(f"Template format error: Unrecognized {key} {resource[key]} for resource {logical_id}")
        if resource.get("Condition", next(iter(template.conditions), None)) not in {
            *template.conditions,
            None,
        }:
            raise StackError(
                f"Template format error: Unresolved condition dependency {resource['Condition']} in {where}"
            )
        if types.find(resource["Type"]) is None:
            unknown.append(resource["Type"])
    if unknown:
        raise StackError(
            f"Template format error: Unrecognized resource types: [{', '.join(sorted(set(unknown)))}] "
            "(the embedded AWS does not build them)"
        )


def _check_references(template: Template) -> None:
    """Every Ref, GetAtt, Sub and DependsOn names something in the template."""
    known = {*template.resources, *template.parameters, *PSEUDO}
    for block, values in (("Resources", template.resources), ("Outputs", template.outputs)):
        for entry in values.values():
            wanted = references(entry) | set(_as_list(entry.get("DependsOn", [])))
            if missing := sorted(wanted - known):
                raise StackError(
                    f"Template format error: Unresolved resource dependencies [{', '.join(missing)}] "
                    f"in the {block} block of the template"
                )
    creation_order(template.resources)


def _as_list(value: object) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list) else [str(value)]


def creation_order(resources: dict[str, Props]) -> list[str]:
    """The logical ids, each after those that it refers to or depends on."""
    after = {
        logical_id: (references(resource) | set(_as_list(resource.get("DependsOn", [])))) & resources.keys()
        for logical_id, resource in resources.items()
    }
    ordered: list[str] = []
    while after:
        ready = [logical_id for logical_id, needs in after.items() if needs <= set(ordered)]
        if not ready:
            raise StackError(f"Circular dependency between resources: [{', '.join(after)}]")
        ordered += ready
        for logical_id in ready:
            del after[logical_id]
    return ordered
