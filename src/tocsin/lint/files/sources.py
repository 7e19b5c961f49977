"""Which event rules a file holds, by what the file is."""

from __future__ import annotations

import re
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Final

from tocsin.lint.files import cloudformation, serverless, terraform
from tocsin.lint.files.jsons import read_json
from tocsin.lint.found import ENABLED, Found, bus_of
from tocsin.lint.never_matches import ENVELOPE, RECORD
from tocsin.lint.nodes import Listed, Mapped, Node, Scalar, Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tocsin.lint.files.readers import Readers

_HCL: Final = re.compile(
    r'^\s*(?:resource|module|provider|variable|data|output)\s+"[^"\n]*"[^:\n]*\{|^\s*(?:locals|terraform)\s*\{',
    re.MULTILINE,
)
_RULE_KEYS: Final = ("EventPattern", "ScheduleExpression")
# Of these no pattern holds two that are no lists, and every event does.
_DELIVERED: Final = ("version", "id", "detail-type", "source", "account", "time", "region")
_PATTERN_KEYS: Final = ("source", "detail-type", "detail")


class Form(StrEnum):
    """What a file is written in."""

    JSON = "JSON"
    YAML = "YAML"
    HCL = "HCL"


def form_of(name: str, text: str) -> Form:
    """What a file is written in, by its name, else by how it begins."""
    lower = name.lower()
    if lower.endswith(".json"):
        return Form.JSON
    if lower.endswith((".tf", ".hcl", ".tofu")):
        return Form.HCL
    if lower.endswith((".yaml", ".yml")):
        return Form.YAML
    if text.lstrip("\ufeff \t\r\n").startswith(("{", "[")):
        return Form.JSON
    return Form.HCL if _HCL.search(text) else Form.YAML


def read(name: str, text: str, readers: Readers) -> tuple[list[Found], tuple[Unreadable, ...]]:
    """The event rules of a file, and what of it cannot be read.

    Args:
        name: the file's name.
        text: what stands in it.
        readers: read what is not JSON.

    Raises:
        Unreadable: it is not what its name says.
    """
    form = form_of(name, text)
    if form is Form.HCL:
        parts = readers.hcl(text)
        return list(terraform.rules(parts.blocks, partial(readers.beside, name))), parts.unread
    if form is Form.YAML:
        return [found for node in readers.yaml(text) for found in _of_node(node, None, readers)], ()
    node = read_json(text)
    if name.lower().endswith(".tf.json"):
        return list(terraform.json_rules(node, readers.template, partial(readers.beside, name))), ()
    return list(_of_node(node, text, readers)), ()


def _of_node(node: Node, text: str | None, readers: Readers) -> Iterator[Found]:
    """The rules of a JSON value (with its text) or of a YAML document."""
    if cloudformation.is_template(node):
        yield from cloudformation.rules(node)
    elif serverless.is_serverless(node):
        yield from serverless.rules(node)
    elif terraform.is_terraform(node):
        yield from terraform.json_rules(node, readers.template, lambda _path: None)
    elif isinstance(node, Listed) and node.items and all(map(_is_rule, node.items)):
        yield from map(_rule, node.items)
    elif (
        isinstance(node, Mapped)
        and isinstance(listed := node.get("Rules"), Listed)
        and all(map(_is_rule, listed.items))
    ):
        yield from map(_rule, listed.items)
    elif _is_rule(node):
        yield _rule(node)
    elif _is_event(node):
        raise Unreadable("an event, and not a pattern: tocsin explain reads it", node.line)
    elif text is not None and _may_be_a_pattern(node):
        yield Found("", node.line, text=text, node=node)
    elif isinstance(node, Mapped) and any(isinstance(node.get(key), Listed) for key in _PATTERN_KEYS[:2]):
        yield Found("", node.line).with_pattern(node)


def _is_event(node: Node) -> bool:
    """Whether it is an event as EventBridge delivers it, or what PutEvents takes: its fields are no lists."""
    if isinstance(node, Listed):
        return bool(node.items) and all(map(_is_event, node.items))
    if not isinstance(node, Mapped):
        return False
    if isinstance(entries := node.get("Entries"), Listed):
        return _is_event(entries)
    delivered = sum(isinstance(node.get(key), Scalar) for key in _DELIVERED) > 1
    return delivered or all(isinstance(node.get(key), Scalar) for key in ("Source", "DetailType", "Detail"))


def _may_be_a_pattern(node: Node) -> bool:
    """Whether a JSON file, of which nothing else is known, asks for a field that an event or a record has."""
    if not isinstance(node, Mapped) or not node.members:
        return True  # told of as AWS would
    fields = ENVELOPE | RECORD | {"$or"}
    known = {*fields, *(field.lower() for field in fields)}
    return any(name.lower().replace("_", "-") in known or name in known for name, _ in node.members)


def _is_rule(node: Node) -> bool:
    if not isinstance(node, Mapped):
        return False
    named = node.get("Name") is not None and (node.get("State") or node.get("Arn")) is not None
    return named or any(isinstance(node.get(key), Scalar) for key in _RULE_KEYS)


def _rule(node: Node) -> Found:
    """A rule as `aws events` shows or takes it."""
    entry = node if isinstance(node, Mapped) else Mapped((), node.line)
    arn = (entry.text("Arn") or "").split(":")
    found = Found(
        entry.text("Name") or "rule",
        entry.line,
        scheduled=bool(entry.text("ScheduleExpression")),
        state=entry.text("State") or ENABLED,
        bus=bus_of(entry.text("EventBusName")),
        region=arn[3] if len(arn) > 5 and arn[2] == "events" else "",  # noqa: PLR2004 - the parts of an ARN
    )
    return found.with_pattern(entry.get("EventPattern"))
