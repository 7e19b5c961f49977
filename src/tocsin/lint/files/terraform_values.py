"""What Terraform's own expressions stand for, as far as the file says it: defaults, locals, lists put together.

Terraform language documentation: "Input Variables", "Local Values", "The for_each Meta-Argument", "Built-in Functions".
What is set from outside, or computed otherwise, stays `Unknown`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from tocsin.lint.files.blocks import CALLED, ENCODED
from tocsin.lint.nodes import HOLE, MAX_DEPTH, Listed, Mapped, Node, Scalar, Unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tocsin.lint.files.blocks import Block

_NAMED: Final = re.compile(r"(?P<kind>var|local|each)\.(?P<path>[\w-]+(?:\.[\w-]+)*)")
_FILE: Final = re.compile(r'(?P<how>file|templatefile)\(\s*"(?:\$\{path\.(?:module|root|cwd)\}/)?(?P<path>[^"$]+)"')
_FILLED: Final = re.compile(r"[$%]\{[^}]*\}")


@dataclass(frozen=True, slots=True)
class Scope:
    """What a file knows.

    Attributes:
        variables: the default of each variable that has one.
        locals: each local value.
        beside: reads a file that lies beside this one; None where there is none, or it may not be read.
        each: ``each.key`` and ``each.value`` of one instance of a resource.
    """

    variables: Mapping[str, Node]
    locals: Mapping[str, Node]
    beside: Callable[[str], str | None]
    each: Mapping[str, Node] = field(default_factory=dict)


def scope_of(blocks: tuple[Block, ...], beside: Callable[[str], str | None]) -> Scope:
    """What the blocks of a file say of its values."""
    variables = {
        block.words[1]: default
        for block in blocks
        if block.words[:1] == ("variable",) and len(block.words) > 1 and (default := block.attributes.get("default"))
    }
    local = {
        name: value for block in blocks if block.words[:1] == ("locals",) for name, value in block.attributes.members
    }
    return Scope(variables, local, beside)


def resolved(node: Node, scope: Scope, depth: int = 0) -> Node:
    """A value with all that the file says of it put in its place."""
    if depth > MAX_DEPTH:
        return Unknown("a value that refers to itself", node.line)
    match node:
        case Mapped(members=((name, value),)) if name.startswith(CALLED):
            return _called(name.removeprefix(CALLED), resolved(value, scope, depth + 1), node.line)
        case Mapped(members=((name, value),)) if name == ENCODED:
            return Mapped(((ENCODED, resolved(value, scope, depth + 1)),), node.line)
        case Mapped(members=members, line=line):
            return Mapped(tuple((name, resolved(value, scope, depth + 1)) for name, value in members), line)
        case Listed(items=items, line=line):
            return Listed(tuple(resolved(item, scope, depth + 1) for item in items), line)
        case Unknown(source=source, line=line):
            found = _named(source, scope) or _read(source, line, scope)
            return resolved(found, scope, depth + 1) if found is not None else node
    return node


def instances(block: Block, scope: Scope) -> list[tuple[str, Scope]]:
    """The instances of a resource with ``for_each``: what stands behind its name, and what it knows; one without."""
    over = block.attributes.get("for_each")
    whole = resolved(over, scope) if over is not None else None
    if isinstance(whole, Mapped):
        pairs: list[tuple[str, Node]] = list(whole.members)
    elif isinstance(whole, Listed):
        pairs = [(item.text or "", item) for item in whole.items if isinstance(item, Scalar)]
    else:
        return [("", scope)]
    return [
        (
            f'["{key}"]',
            Scope(scope.variables, scope.locals, scope.beside, {"key": Scalar(key, value.line), "value": value}),
        )
        for key, value in pairs
    ]


def _named(source: str, scope: Scope) -> Node | None:
    found = _NAMED.fullmatch(source)
    if found is None:
        return None
    held = {"var": scope.variables, "local": scope.locals, "each": scope.each}[found["kind"]]
    first, *rest = found["path"].split(".")
    node = held.get(first)
    for name in rest:
        node = resolved(node, scope) if isinstance(node, Unknown) else node
        node = node.get(name) if isinstance(node, Mapped) else None
    return None if isinstance(node, Unknown) and node.source == source else node


def _read(source: str, line: int, scope: Scope) -> Node | None:
    """The text of a file beside this one, with a `HOLE` for what a template fills in."""
    found = _FILE.match(source)
    text = scope.beside(found["path"]) if found else None
    if found is None or text is None:
        return None
    return Scalar(_FILLED.sub(HOLE, text) if found["how"] == "templatefile" else text, line)


def _called(name: str, given: Node, line: int) -> Node:
    """The value of a function that puts lists or objects together; unknown where a part of it is."""
    items = given.items if isinstance(given, Listed) else ()
    if name == "merge" and all(isinstance(item, Mapped) for item in items):
        merged = {key: value for item in items if isinstance(item, Mapped) for key, value in item.members}
        return Mapped(tuple(merged.items()), line)
    if name in ("tolist", "tomap", "toset", "distinct") and len(items) == 1:
        return items[0]
    if name == "flatten" and len(items) == 1 and isinstance(items[0], Listed):
        items = items[0].items
    elif name != "concat":
        return Unknown(f"{name}(...)", line)
    if name == "concat" and not all(isinstance(item, Listed) for item in items):
        return Unknown(f"{name}(...)", line)
    return Listed(tuple(one for item in items for one in (item.items if isinstance(item, Listed) else (item,))), line)
