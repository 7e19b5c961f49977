"""An event rule as it was found in a file, with what the file says of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tocsin.lint.files.blocks import ENCODED
from tocsin.lint.files.jsons import read_json
from tocsin.lint.nodes import HOLE, Mapped, Node, Scalar, Unknown, Unreadable, as_json, holes

if TYPE_CHECKING:
    from collections.abc import Iterator

ENABLED = "ENABLED"
DISABLED = "DISABLED"


@dataclass(frozen=True, slots=True)
class Found:
    """A rule.

    Attributes:
        name: what the file calls it; ``""`` where the file is one pattern.
        line: where it begins.
        text: its pattern as JSON, as AWS gets it; None where it has none, or none that is known.
        node: the pattern with its lines; None where it cannot be read.
        unknown: the places that only Terraform or CloudFormation can evaluate.
        scheduled: whether it has a schedule.
        state: its state; ``""`` where that is not known.
        bus: its event bus; ``""`` where it is the default one, or not known.
        region: its Region; ``""`` where that is not known.
        aimless: whether it is known to have no target.
        left_to_code: whether all its targets are known to be code, or queues that only code reads.
    """

    name: str
    line: int
    text: str | None = None
    node: Node | None = None
    unknown: tuple[tuple[str, Unknown], ...] = ()
    scheduled: bool = False
    state: str = ""
    bus: str = ""
    region: str = ""
    aimless: bool = False
    left_to_code: bool = False

    def with_pattern(self, pattern: Node | None) -> Found:
        """The same rule with its pattern: an object, or a text that holds one."""
        if pattern is None:
            return self
        if isinstance(pattern, Mapped) and len(pattern.members) == 1 and pattern.members[0][0] == ENCODED:
            pattern = pattern.members[0][1]
        unknown = tuple(holes(pattern))
        if isinstance(pattern, Unknown):
            return replace(self, unknown=unknown)
        text = pattern.text if isinstance(pattern, Scalar) else None
        if text is None:
            return replace(self, text=as_json(pattern), node=pattern, unknown=unknown)
        node = _read(pattern, text)
        if HOLE not in text:
            return replace(self, text=text, node=node)
        if node is None:
            return replace(self, unknown=unknown)
        return replace(self, text=text, node=node, unknown=tuple(holes(node)) or unknown)

    def at(self, pattern: Node | None) -> Found:
        """The same rule, on the line of its pattern where it has none of its own."""
        return self if self.line or pattern is None else replace(self, line=pattern.line)


def _read(pattern: Node, text: str) -> Node | None:
    inner = pattern.inner if isinstance(pattern, Scalar) else 0
    try:
        return read_json(text, inner or pattern.line, steady=not inner)
    except Unreadable:
        return None


def bus_of(name: str | None) -> str:
    """The name of a bus, of which the ARN may be given; ``""`` of the default one."""
    plain = (name or "").rpartition("/")[2]
    return "" if plain == "default" else plain


def mappings(node: Node | None) -> Iterator[tuple[str, Mapped]]:
    """The members of an object that are objects themselves."""
    if isinstance(node, Mapped):
        yield from ((name, value) for name, value in node.members if isinstance(value, Mapped))
