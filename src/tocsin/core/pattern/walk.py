"""The fields that rules look at, taken from an event that is parsed already.

As with a text (`project.py`), this answers only where it is sure to agree with the exact reading (`events.py`), and
gives up on the event otherwise: on wanted values in arrays of objects, on keys with a dot that spell a wanted path, and
on whatever is no dict, list, or value of JSON.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from tocsin.core.pattern.events import leaf
from tocsin.core.pattern.operators.folding import as_bytes_see
from tocsin.core.pattern.project import MIXED, Flat, GaveUp, Slot

if TYPE_CHECKING:
    from collections.abc import Callable

    from tocsin.core.pattern.events import Wanted

_ABSENT: Final = object()
# What the exact reading looks into.
_CONTAINERS: Final = (list, tuple, Mapping)


class _Plan(NamedTuple):
    """What to take from one object.

    Attributes:
        leaves: names of wanted values, with their slots.
        objects: names of objects with wanted values in them.
        odd: keys at which the walk gives up.
    """

    leaves: tuple[tuple[str, Slot], ...]
    objects: tuple[tuple[str, _Plan], ...]
    odd: frozenset[str]


def walker(wanted: Wanted, slots: dict[str, Slot]) -> Callable[[Mapping[str, Any]], Flat]:
    """What takes the wanted fields from a parsed event.

    Args:
        wanted: the paths.
        slots: their slots, of `slots_for`.

    Returns:
        a function that gives an event's values, raises `GaveUp` where it is not sure, and `NotJson` for a wanted value
        that JSON does not have.
    """
    whole = _plan("", wanted, slots) if all(all(path.split(".")) for path in wanted.leaves) else None

    def walk(event: Mapping[str, Any]) -> Flat:
        if whole is None or type(event) is not dict:
            raise GaveUp
        found: Flat = {}
        _take(event, whole, found)
        return found

    return walk


def _plan(path: str, wanted: Wanted, slots: dict[str, Slot]) -> _Plan:
    base = f"{path}." if path else ""
    names = sorted(node[len(base) :] for node in wanted.nodes if node.startswith(base))
    members = [name for name in names if "." not in name]
    both = {name for name in members if base + name in wanted.leaves and base + name in wanted.heads}
    return _Plan(
        tuple((name, slots[base + name]) for name in members if base + name in wanted.leaves and name not in both),
        tuple(
            (name, _plan(base + name, wanted, slots))
            for name in members
            if base + name in wanted.heads and name not in both
        ),
        frozenset(name for name in names if "." in name or name in both),
    )


def _take(node: dict[str, Any], plan: _Plan, found: Flat) -> None:
    leaves, objects, odd = plan
    if not odd.isdisjoint(node):
        raise GaveUp
    for name, slot in leaves:
        value = node.get(name, _ABSENT)
        if value is not _ABSENT:
            if type(value) is str:
                found[slot] = _sure(value)
            else:
                found[slot], found[MIXED] = _other(value), ""
    for name, below in objects:
        value = node.get(name)
        if type(value) is dict:
            _take(value, below, found)
        elif isinstance(value, _CONTAINERS):
            raise GaveUp


def _sure(text: str) -> str:
    """A string that the engine sees as it is; one with half a surrogate pair in it is seen as two strings."""
    if text.isascii() or as_bytes_see(text) == text:
        return text
    raise GaveUp


def _other(value: Any) -> str | tuple[str, ...]:  # noqa: ANN401 - any value
    if type(value) is list:
        return tuple(_sure(item) if type(item) is str else _scalar(item) for item in value)
    return _scalar(value)


def _scalar(value: Any) -> str:  # noqa: ANN401 - any value
    if isinstance(value, _CONTAINERS):
        raise GaveUp
    return leaf(value)
