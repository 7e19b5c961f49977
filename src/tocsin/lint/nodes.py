"""Values with the line that they stand on: what every reader of `tocsin lint` gives.

JSON, YAML and HCL files all become these. What a file leaves to others (a variable, a parameter, a function) is
`Unknown`, and stays so: nothing is guessed.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from tocsin.core.pattern.decode import Literal

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_DEPTH: Final = 100
"""Nesting beyond which a file is refused; AWS's own formats stay far below."""

MAX_NODES: Final = 500_000
"""Values in one file beyond which it is refused, so that YAML's aliases cannot multiply without end."""

HOLE: Final = "\ue000"
"""Stands in a text for a part that is not known; a private-use character, which no AWS name has."""


class Unreadable(ValueError):  # noqa: N818 - a reason, told by the caller with the file's name
    """A file that is not what its name says.

    Args:
        reason: what is wrong with it.
        line: the line of the fault, counted from 1; 0 where it has none.
    """

    def __init__(self, reason: str, line: int = 0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line


@dataclass(frozen=True, slots=True)
class Scalar:
    """A string, a number as it is written (`Literal`), true, false or null.

    Attributes:
        value: what it is; a string in which `HOLE` stands is known in part.
        line: where it stands.
        inner: the line on which the string's own first line stands, or 0 where its lines are not those of the file.
    """

    value: str | bool | None
    line: int
    inner: int = 0

    @property
    def text(self) -> str | None:
        """The string, where it is one."""
        return self.value if isinstance(self.value, str) and not isinstance(self.value, Literal) else None


@dataclass(frozen=True, slots=True)
class Listed:
    """An array."""

    items: tuple[Node, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Mapped:
    """An object; repeated keys are kept."""

    members: tuple[tuple[str, Node], ...]
    line: int

    def get(self, *names: str) -> Node | None:
        """The value of a key, by any of its names; the last where it is repeated."""
        return next((value for name, value in reversed(self.members) if name in names), None)

    def text(self, *names: str) -> str | None:
        """The string of a key, where it is one and wholly known."""
        node = self.get(*names)
        found = node.text if isinstance(node, Scalar) else None
        return None if found is None or HOLE in found else found


@dataclass(frozen=True, slots=True)
class Unknown:
    """What only Terraform or CloudFormation can evaluate.

    Attributes:
        source: as it is written, or what does it: ``var.name``, ``Ref``.
        line: where it stands.
    """

    source: str
    line: int


Node: TypeAlias = Scalar | Listed | Mapped | Unknown


def as_json(node: Node) -> str:
    """A value as compact JSON; an unknown value is a string that is a `HOLE`, in an array where a field needs one."""
    match node:
        case Mapped(members=members):
            inside = ",".join(f"{json.dumps(name, ensure_ascii=False)}:{_field(value)}" for name, value in members)
            return f"{{{inside}}}"
        case Listed(items=items):
            return f"[{','.join(map(as_json, items))}]"
        case Unknown():
            return json.dumps(HOLE)
        case Scalar(value=value):
            return str(value) if isinstance(value, Literal) else json.dumps(value, ensure_ascii=False)


def _field(node: Node) -> str:
    return f"[{as_json(node)}]" if isinstance(node, Unknown) else as_json(node)


def holes(node: Node, place: str = "") -> Iterator[tuple[str, Unknown]]:
    """Every place of a value that is not known, or known in part."""
    match node:
        case Mapped(members=members):
            for name, value in members:
                if HOLE in name:
                    yield place, Unknown("(...)", value.line)
                yield from holes(value, f"{place}.{name}" if place else name)
        case Listed(items=items):
            for index, item in enumerate(items):
                yield from holes(item, f"{place}[{index}]")
        case Unknown():
            yield place, node
        case Scalar(value=str(value)) if HOLE in value:
            yield place, Unknown("${...}", node.line)


def lines(node: Node, place: str = "") -> Iterator[tuple[str, int]]:
    """The line of every place of a value."""
    yield place, node.line
    match node:
        case Mapped(members=members):
            for name, value in members:
                yield from lines(value, f"{place}.{name}" if place else name)
        case Listed(items=items):
            for index, item in enumerate(items):
                yield from lines(item, f"{place}[{index}]")
