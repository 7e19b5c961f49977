"""Whether an event's fields satisfy a rule (event-ruler: `ACFinder`, `NameState`, `ArrayMembership`).

The keys of a rule are tried in the order of their names, carrying the array elements that were used so far. A
key that must be absent is judged at its turn: a value counts as present if it is consistent with the elements
chosen by the keys before it. That is why ``exists: false`` inside array elements depends on the order of the
keys.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from tocsin.core.pattern.operators.checks import ValueTest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tocsin.core.pattern.events import Arrays, Fields

Conjunction: TypeAlias = tuple[tuple[str, ValueTest], ...]
"""The keys of a rule with their tests, in the order of their names; all must hold."""


def order(path: str) -> bytes:
    """The sort key of a field name: Java compares strings by their UTF-16 units."""
    return path.encode("utf-16-be", "surrogatepass")


def holds(rule: Conjunction, fields: Fields) -> bool:
    """Whether the fields of an event satisfy a rule."""
    in_arrays = False
    for path, test in rule:
        found = fields.get(path)
        if found is None:
            if not test.absent:
                return False
            continue
        around_any = any(around for _, around in found)
        in_arrays = in_arrays or around_any
        if not (test.absent and around_any) and not any(test.accepts(value) for value, _ in found):
            return False
    return not in_arrays or _consistent(rule, fields)


def _consistent(rule: Conjunction, fields: Fields) -> bool:
    """Whether one choice of array elements satisfies the whole rule."""
    reached: set[Arrays] = {()}
    for (path, test), needed in zip(rule, _later_arrays(rule, fields), strict=True):
        found = fields.get(path, [])
        accepted = {around for value, around in found if test.accepts(value)}
        after = {_merged(chosen, around) for chosen, around in _agreeing(reached, accepted)}
        if test.absent:
            after |= reached - {chosen for chosen, _ in _agreeing(reached, {around for _, around in found})}
        reached = {tuple(pair for pair in chosen if pair[0] in needed) for chosen in after}
        if not reached:
            return False
    return True


def _later_arrays(rule: Conjunction, fields: Fields) -> list[set[int]]:
    """For each key, the arrays around the values of the keys after it: only these choices still matter."""
    later: list[set[int]] = []
    needed: set[int] = set()
    for path, _ in reversed(rule):
        later.append(set(needed))
        needed |= {array for _, around in fields.get(path, []) for array, _ in around}
    return later[::-1]


def _agreeing(reached: set[Arrays], arounds: set[Arrays]) -> Iterator[tuple[Arrays, Arrays]]:
    """The pairs of a choice of elements and a value's place that do not contradict each other.

    Places of one shape (the same arrays) are looked up together, so that the work grows with the elements and
    not with their square. A choice may know only the outer of the nested arrays around a value.
    """
    shapes: dict[tuple[int, ...], list[tuple[int, ...]]] = {}
    for around in arounds:
        shapes.setdefault(tuple(array for array, _ in around), []).append(tuple(index for _, index in around))
    for shape, places in shapes.items():
        known: dict[tuple[int | None, ...], list[Arrays]] = {}
        for chosen in reached:
            picks = dict(chosen)
            known.setdefault(tuple(picks.get(array) for array in shape), []).append(chosen)
        for place in places:
            around = tuple(zip(shape, place, strict=True))
            for depth in range(len(shape) + 1):
                view = (*place[:depth], *[None] * (len(shape) - depth))
                yield from ((chosen, around) for chosen in known.get(view, ()))


def _merged(chosen: Arrays, around: Arrays) -> Arrays:
    return tuple(sorted({*chosen, *around}))
