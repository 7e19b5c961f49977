"""YAML, through PyYAML (extra `lint`), with the line of every value."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Final

from tocsin.core.pattern.decode import Literal
from tocsin.errors import UsageError
from tocsin.lint.nodes import MAX_DEPTH, MAX_NODES, Listed, Mapped, Node, Scalar, Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator

    import yaml

_CORE: Final = "tag:yaml.org,2002:"
# CloudFormation User Guide, "Intrinsic function reference": these two have no `Fn::` in their long form.
_BARE: Final = frozenset({"Ref", "Condition"})


def read_yaml(text: str) -> Iterator[Node]:
    """The documents of a YAML text; CloudFormation's short tags become their long forms.

    Raises:
        Unreadable: it is not YAML, or it is nested too deeply, or its aliases make too much of it.
        UsageError: PyYAML is not installed.
    """
    try:
        import yaml  # noqa: PLC0415 - of an extra
    except ModuleNotFoundError as fault:
        raise UsageError(
            "YAML files need `pyyaml`, which is not installed", hint='pip install "tocsin[lint]"; JSON needs nothing'
        ) from fault
    try:
        documents = list(yaml.compose_all(text, Loader=yaml.SafeLoader))
        yield from (_Reader().node(document, 0) for document in documents if document is not None)
    except yaml.YAMLError as fault:
        mark = getattr(fault, "problem_mark", None)
        reason = getattr(fault, "problem", None) or str(fault).partition("\n")[0]
        raise Unreadable(f"not YAML: {reason}", mark.line + 1 if mark else 0) from None
    except RecursionError:
        raise Unreadable("not YAML: nested too deeply") from None


class _Reader:
    def __init__(self) -> None:
        self._left = MAX_NODES

    def node(self, node: yaml.Node, depth: int) -> Node:
        self._left -= 1
        line = node.start_mark.line + 1
        if depth > MAX_DEPTH:
            raise Unreadable(f"nested deeper than {MAX_DEPTH}", line)
        if self._left < 0:
            raise Unreadable(f"more than {MAX_NODES:,} values, aliases counted as what they stand for", line)
        found = self._plain(node, line, depth)
        tag = str(node.tag)
        if not tag.startswith("!") or tag == "!":
            return found
        name = tag.removeprefix("!")
        return Mapped(((name if name in _BARE else f"Fn::{name}", found),), line)

    def _plain(self, node: yaml.Node, line: int, depth: int) -> Node:
        if _is(node, "sequence"):
            return Listed(tuple(self.node(item, depth + 1) for item in node.value), line)
        if _is(node, "mapping"):
            return Mapped(tuple(self._members(node, depth)), line)
        return _scalar(node, line)

    def _members(self, node: yaml.Node, depth: int) -> Iterator[tuple[str, Node]]:
        for key, value in node.value:
            held = self.node(value, depth + 1)
            if key.tag == f"{_CORE}merge":
                merged = held.items if isinstance(held, Listed) else (held,)
                yield from (member for item in merged if isinstance(item, Mapped) for member in item.members)
            elif _is(key, "scalar"):
                yield str(key.value), held
            else:
                raise Unreadable("not of JSON's kind: a key is no text", key.start_mark.line + 1)


def _scalar(node: yaml.Node, line: int) -> Scalar:
    text = str(node.value)
    kind = str(node.tag).removeprefix(_CORE)
    if kind == "null":
        return Scalar(None, line)
    if kind == "bool":
        return Scalar(text.lower() in ("yes", "true", "on"), line)
    if kind in ("int", "float"):
        return Scalar(_number(node, text), line)
    return Scalar(text, line, line + 1 if getattr(node, "style", "") == "|" else 0)


def _is(node: yaml.Node, kind: str) -> bool:
    return getattr(node, "id", "") == kind


def _number(node: yaml.Node, text: str) -> str:
    """A number as JSON; the text itself where JSON has no such number."""
    import yaml  # noqa: PLC0415 - of an extra; it is there, since it made the node

    scalar = yaml.ScalarNode(node.tag, text)
    maker = yaml.constructor.SafeConstructor()
    try:
        value = maker.construct_yaml_int(scalar) if node.tag == f"{_CORE}int" else maker.construct_yaml_float(scalar)
    except ValueError:
        return text
    return Literal(json.dumps(value)) if math.isfinite(value) else text
