"""An event as the fields that patterns look at (event-ruler: `Event`, `Path`, `ArrayMembership`).

A field is a dotted path with every value found there. Each value remembers in which elements of which arrays
it lies, since the fields of one match must come from one consistent choice of elements. Only paths that a
pattern names are kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import isfinite
from typing import Any, Final, TypeAlias

from tocsin.core.pattern.decode import MAX_DEPTH, MAX_DIGITS, WORDS, Literal, Members, Node, NotJson, decode

Arrays: TypeAlias = tuple[tuple[int, int], ...]
"""The arrays around a value: (array, index of the element) each."""

Found: TypeAlias = tuple[str, Arrays]
Fields: TypeAlias = dict[str, list[Found]]

Event: TypeAlias = str | bytes | Mapping[str, Any]


_TOO_LONG: Final = 10**MAX_DIGITS


class Wanted:
    """The paths that patterns look at.

    Args:
        paths: the dotted paths.
    """

    __slots__ = ("heads", "leaves", "nodes", "steps")

    def __init__(self, paths: Iterable[str]) -> None:
        self.leaves = frozenset(paths)
        self.heads = frozenset(head for path in self.leaves for head in _heads(path))
        self.nodes = self.leaves | self.heads
        self.steps = frozenset(step for path in self.leaves for step in steps(path))


def _heads(path: str) -> list[str]:
    return [path[:place] for place, sign in enumerate(path) if sign == "."]


def steps(path: str) -> list[str]:
    """The steps of a path as Java splits it: empty steps at the end are dropped, unless the path is empty."""
    return path.rstrip(".").split(".") if path.strip(".") else [path] * (not path)


def read(event: Event) -> Node:
    """The JSON value of an event.

    Raises:
        NotJson: it is no JSON object.
    """
    node: Node = decode(event) if isinstance(event, str | bytes) else event
    if not isinstance(node, Members | Mapping):
        raise NotJson("an event must be a JSON object")
    return node


def flatten(event: Node, wanted: Wanted) -> Fields:
    """The wanted fields of an event.

    Args:
        event: a JSON object.
        wanted: the paths to keep.

    Returns:
        for each path found, its values.

    Raises:
        NotJson: a wanted value is not of JSON's types (only where the event was a Python mapping).
    """
    fields: Fields = {}
    waiting: list[tuple[str | None, Any, Arrays]] = [(None, event, ())]
    arrays = 0
    while waiting:
        path, node, around = waiting.pop()
        if isinstance(node, list | tuple) and not isinstance(node, Members):
            arrays += 1
            if len(around) > MAX_DEPTH:
                raise NotJson(f"nested deeper than {MAX_DEPTH:,}")
            for index, element in enumerate(node):
                inner = isinstance(element, list | tuple | Mapping)
                _place(
                    path or "",
                    element,
                    (*around, (arrays, index)) if inner else around,
                    wanted,
                    fields,
                    waiting,
                )
            continue
        for name, value in node.items():
            below = name if path is None else f"{path}.{name}"
            if below in wanted.nodes and (name or "" in wanted.steps):
                _place(below, value, around, wanted, fields, waiting)
    return fields


def _place(  # noqa: PLR0917 - the state of one walk
    path: str,
    value: Any,  # noqa: ANN401 - any JSON value
    around: Arrays,
    wanted: Wanted,
    fields: Fields,
    waiting: list[tuple[str | None, Any, Arrays]],
) -> None:
    if isinstance(value, list | tuple | Mapping):
        waiting.append((path, value, around))
    elif path in wanted.leaves:
        fields.setdefault(path, []).append((leaf(value), around))


def leaf(value: Any) -> str:  # noqa: ANN401 - any JSON scalar
    """A value as patterns compare it.

    Raises:
        NotJson: it is not of JSON's types.
    """
    if isinstance(value, str):
        return value
    if value is None or isinstance(value, bool):
        return WORDS[value]
    if isinstance(value, int) and abs(value) < _TOO_LONG:
        return Literal(int.__repr__(value))
    if isinstance(value, float) and isfinite(value):
        return Literal(float.__repr__(value))
    raise NotJson(f"{type(value).__name__} is not a JSON type")
