"""The event rules of a Terraform file, in HCL or in JSON."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from tocsin.lint.files.blocks import ENCODED, Block
from tocsin.lint.files.jsons import read_json
from tocsin.lint.files.terraform_values import instances, resolved, scope_of
from tocsin.lint.found import DISABLED, ENABLED, Found, bus_of
from tocsin.lint.nodes import Listed, Mapped, Node, Scalar, Unknown, Unreadable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tocsin.lint.files.terraform_values import Scope

RULE: Final = "aws_cloudwatch_event_rule"
_PATTERN: Final = "event_pattern"
_PATTERN_KEYS: Final = ("source", "detail-type", "detail")
_TEMPLATE: Final = re.compile(r"[$%]\{")


def is_terraform(node: Node) -> bool:
    """Whether a JSON file is Terraform's, by the rules or modules in it."""
    if not isinstance(node, Mapped):
        return False
    return any(entry.get(RULE) is not None for entry in _each(node.get("resource")) if isinstance(entry, Mapped))


def json_rules(node: Node, template: Callable[[str], Node], beside: Callable[[str], str | None]) -> Iterator[Found]:
    """Every event rule of a file in Terraform's JSON syntax.

    Args:
        node: what stands in it.
        template: reads a string as the template that it is.
        beside: reads a file that lies beside it, or gives None.
    """
    return rules(_blocks(node, template) if isinstance(node, Mapped) else (), beside)


def rules(blocks: tuple[Block, ...], beside: Callable[[str], str | None]) -> Iterator[Found]:
    """Every event rule of a Terraform file, or of terragrunt's."""
    scope = scope_of(blocks, beside)
    regions = {
        block.attributes.text("alias") or "": block.attributes.text("region") or ""
        for block in blocks
        if block.words[:2] == ("provider", "aws")
    }
    for block in blocks:
        if block.words[:2] == ("resource", RULE) and len(block.words) > 2:  # noqa: PLR2004 - type, kind, name
            for key, known in instances(block, scope):
                yield _rule(f"{RULE}.{block.words[2]}{key}", _resolved(block.attributes, known), regions)
        elif block.words[:1] == ("module",):
            yield from _of_module(".".join(block.words), _resolved(block.attributes, scope))
        elif not block.words and (inputs := block.attributes.get("inputs")) is not None:
            yield from _of_module("inputs", resolved(inputs, scope))


def _resolved(attributes: Mapped, scope: Scope) -> Mapped:
    return Mapped(
        tuple((name, value if name == "provider" else resolved(value, scope)) for name, value in attributes.members),
        attributes.line,
    )


def _rule(name: str, attributes: Mapped, regions: dict[str, str]) -> Found:
    provider = attributes.get("provider")
    source = provider.source if isinstance(provider, Unknown) else attributes.text("provider") or ""
    region = attributes.get("region")
    found = Found(
        name,
        attributes.line,
        scheduled=attributes.get("schedule_expression") is not None,
        state=_state(attributes),
        bus=bus_of(attributes.text("event_bus_name")),
        region=(attributes.text("region") or "") if region else regions.get(source.partition(".")[2], ""),
    )
    return found.with_pattern(attributes.get(_PATTERN))


def _state(attributes: Mapped) -> str:
    for name in ("state", "is_enabled", "enabled"):
        node = attributes.get(name)
        if isinstance(node, Scalar):
            return DISABLED if node.value is False or node.value == "false" else node.text or ENABLED
        if node is not None:
            return ""
    return ENABLED


def _of_module(name: str, node: Node) -> Iterator[Found]:
    """The patterns that are handed to a module, under whatever input."""
    if isinstance(node, Listed):
        for index, item in enumerate(node.items):
            yield from _of_module(f"{name}[{index}]", item)
    if not isinstance(node, Mapped):
        return
    pattern = node.get(_PATTERN)
    if pattern is not None:
        yield Found(name, node.line, state=_state(node)).with_pattern(pattern)
    for key, value in node.members:
        if key != _PATTERN and looks_like_a_pattern(value):
            yield Found(f"{name}.{key}", value.line).with_pattern(value)
        elif key != _PATTERN:
            yield from _of_module(f"{name}.{key}", value)


def looks_like_a_pattern(node: Node) -> bool:
    """Whether a value is an event pattern, or a text that holds one, under whatever name it is handed on."""
    if isinstance(node, Mapped) and len(node.members) == 1 and node.members[0][0] == ENCODED:
        node = node.members[0][1]
    if isinstance(node, Scalar) and (node.text or "").lstrip().startswith("{"):
        try:
            node = read_json(node.text or "", node.line)
        except Unreadable:
            return False
    return isinstance(node, Mapped) and sum(isinstance(node.get(key), Listed | Mapped) for key in _PATTERN_KEYS) > 1


def _each(node: Node | None) -> tuple[Node, ...]:
    if node is None:
        return ()
    return node.items if isinstance(node, Listed) else (node,)


def _blocks(root: Mapped, template: Callable[[str], Node]) -> tuple[Block, ...]:
    """The blocks that Terraform's JSON stands for; a block may be in an array of one."""
    found: list[Block] = []
    depths = {"resource": 2, "provider": 1, "module": 1}
    for kind, value in root.members:
        if kind in depths:
            found += _labelled((kind,), value, depths[kind], template)
    return tuple(found)


def _labelled(words: tuple[str, ...], node: Node, labels: int, template: Callable[[str], Node]) -> Iterator[Block]:
    for entry in _each(node):
        if not isinstance(entry, Mapped):
            continue
        if labels:
            for name, value in entry.members:
                yield from _labelled((*words, name), value, labels - 1, template)
        else:
            filled_in = _expressions(entry, template)
            if isinstance(filled_in, Mapped):
                yield Block(words, filled_in, (), entry.line)


def _expressions(node: Node, template: Callable[[str], Node]) -> Node:
    """A value of Terraform's JSON with its ``${...}`` read as HCL."""
    match node:
        case Mapped(members=members, line=line):
            return Mapped(tuple((name, _expressions(value, template)) for name, value in members), line)
        case Listed(items=items, line=line):
            return Listed(tuple(_expressions(item, template) for item in items), line)
        case Scalar():
            return _expression(node, template)
    return node


def _expression(node: Scalar, template: Callable[[str], Node]) -> Node:
    text = node.text
    if text is None or not _TEMPLATE.search(text):
        return node
    try:
        return _moved(template(text), node.line)
    except Unreadable:
        return Unknown("an expression that cannot be read", node.line)


def _moved(node: Node, line: int) -> Node:
    """A value with all of it on one line of the file."""
    match node:
        case Mapped(members=members):
            return Mapped(tuple((name, _moved(value, line)) for name, value in members), line)
        case Listed(items=items):
            return Listed(tuple(_moved(item, line) for item in items), line)
        case Scalar(value=value):
            return Scalar(value, line)
        case Unknown(source=source):
            return Unknown(source, line)
