"""The event rules of a CloudFormation template."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from tocsin.lint.found import DISABLED, ENABLED, Found, bus_of, mappings
from tocsin.lint.nodes import HOLE, Listed, Mapped, Node, Scalar, Unknown, as_json

if TYPE_CHECKING:
    from collections.abc import Iterator

RULE: Final = "AWS::Events::Rule"
_SAM_EVENTS: Final = frozenset({"CloudWatchEvent", "EventBridgeRule"})
# What code reads, or is: the success of a call can be told apart there.
_CODE: Final = frozenset(
    {
        "AWS::Events::EventBus",
        "AWS::Kinesis::Stream",
        "AWS::KinesisFirehose::DeliveryStream",
        "AWS::Lambda::Function",
        "AWS::Logs::LogGroup",
        "AWS::SQS::Queue",
        "AWS::Serverless::Function",
        "AWS::StepFunctions::StateMachine",
    }
)
# "Pseudo parameters reference": what they stand for is always right where the stack is, so any right value will do.
_PSEUDO: Final = {
    "AWS::AccountId": "123456789012",
    "AWS::Partition": "aws",
    "AWS::Region": "us-east-1",
    "AWS::URLSuffix": "amazonaws.com",
}
_PLACEHOLDER: Final = re.compile(r"\$\{(!?)([^}]*)\}")


def is_template(node: Node) -> bool:
    """Whether a file is a CloudFormation template."""
    if not isinstance(node, Mapped):
        return False
    resources = node.get("Resources")
    return isinstance(resources, Mapped) and (
        node.get("AWSTemplateFormatVersion") is not None or any(entry.get("Type") for _, entry in mappings(resources))
    )


def rules(template: Node) -> Iterator[Found]:
    """Every event rule of a template."""
    resources = template.get("Resources") if isinstance(template, Mapped) else None
    if not isinstance(resources, Mapped):
        return
    types = {name: entry.text("Type") or "" for name, entry in mappings(resources)}
    for name, entry in resources.members:
        if name.startswith("Fn::"):
            if RULE in as_json(entry):
                yield Found(name, entry.line, unknown=(("", Unknown(name.partition("::")[2], entry.line)),))
        elif isinstance(entry, Mapped) and types[name] == RULE:
            yield _rule(name, entry, types)
        elif isinstance(entry, Mapped) and types[name].startswith("AWS::Serverless::"):
            yield from _sam_rules(name, entry)


def _rule(name: str, entry: Mapped, types: dict[str, str]) -> Found:
    properties = evaluated(entry.get("Properties") or Mapped((), entry.line))
    if not isinstance(properties, Mapped):
        return Found(name, entry.line, unknown=(("", Unknown("Properties", entry.line)),))
    targets = properties.get("Targets")
    found = Found(
        name,
        entry.line,
        scheduled=properties.get("ScheduleExpression") is not None,
        state=_state(properties.get("State")),
        bus=bus_of(properties.text("EventBusName")),
        aimless=targets is None or (isinstance(targets, Listed) and not targets.items),
        left_to_code=isinstance(targets, Listed) and all(_is_code(target, types) for target in targets.items),
    )
    return found.with_pattern(properties.get("EventPattern"))


def _sam_rules(name: str, entry: Mapped) -> Iterator[Found]:
    properties = entry.get("Properties")
    events = properties.get("Events") if isinstance(properties, Mapped) else None
    for event_name, event in mappings(events):
        inner = evaluated(event.get("Properties") or Mapped((), event.line))
        if event.text("Type") in _SAM_EVENTS and isinstance(inner, Mapped):
            found = Found(f"{name}.{event_name}", event.line, state=_state(inner.get("State")), left_to_code=True)
            yield found.with_pattern(inner.get("Pattern"))


def _state(node: Node | None) -> str:
    if node is None:
        return ENABLED
    if isinstance(node, Scalar) and node.value is False:
        return DISABLED
    return (node.text or "") if isinstance(node, Scalar) else ""


def _is_code(target: Node, types: dict[str, str]) -> bool:
    arn = target.get("Arn") if isinstance(target, Mapped) else None
    if not isinstance(arn, Unknown):
        return False
    function, _, resource = arn.source.partition(" ")
    return function in ("Ref", "GetAtt") and types.get(resource.partition(".")[0], "") in _CODE


def evaluated(node: Node) -> Node:
    """A value with CloudFormation's functions as `Unknown`, and what ``Fn::Sub`` fills in as a `HOLE`."""
    match node:
        case Mapped(members=((name, value),)) if name == "Ref" or name.startswith("Fn::"):
            return _function(name.removeprefix("Fn::"), value, node.line)
        case Mapped(members=members, line=line):
            return Mapped(tuple((name, evaluated(value)) for name, value in members), line)
        case Listed(items=items, line=line):
            return Listed(tuple(map(evaluated, items)), line)
    return node


def _filled(found: re.Match[str]) -> str:
    return f"${{{found[2]}}}" if found[1] else _PSEUDO.get(found[2], HOLE)


def _function(name: str, value: Node, line: int) -> Node:
    if name == "Sub":
        if isinstance(value, Listed) and value.items:
            value = value.items[0]
        if isinstance(value, Scalar) and value.text is not None:
            return replace(value, value=_PLACEHOLDER.sub(_filled, value.text))
    if name in ("Ref", "GetAtt"):
        parts = value.items if isinstance(value, Listed) else (value,)
        texts = [part.text or "" if isinstance(part, Scalar) else "" for part in parts]
        if name == "Ref" and texts[0] in _PSEUDO:
            return Scalar(_PSEUDO[texts[0]], line)
        return Unknown(f"{name} {'.'.join(texts)}", line)
    return Unknown(name, line)
