"""Many rules against one event, trying only those that can match.

Each rule is filed under the one field that tells it from the most other rules, by the keys a value of that
field must have (`keys.py`). An event looks its values up and tries the rules that it finds, and the few that
could not be filed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from tocsin.core.pattern.keys import EXACT, FOLDED, PIECE, PREFIX, SUFFIX, Key, best, crowd_of
from tocsin.core.pattern.match import Conjunction, holds
from tocsin.core.pattern.operators.checks import ValueTest
from tocsin.core.pattern.operators.folding import as_bytes_see
from tocsin.core.pattern.pieces import Pieces, by_size
from tocsin.core.pattern.project import Flat, Slot

if TYPE_CHECKING:
    from tocsin.core.pattern.events import Fields

Probe: TypeAlias = tuple[Slot, frozenset[str], Callable[[str], bool] | None, ValueTest]
"""A field that is left to try: its slot, the exact strings, what else a string may be, and the whole test."""


class Candidate(NamedTuple):
    """A rule to try: the number it goes by, what is left to try of it, and the whole of it."""

    number: int
    probes: tuple[Probe, ...]
    rule: Conjunction


Found: TypeAlias = tuple[Candidate, ...]
Sized: TypeAlias = tuple[tuple[int, dict[str, Found]], ...]


class Drawer(NamedTuple):
    """The rules that are filed under one field."""

    slot: Slot
    exact: dict[str, Found]
    others: bool
    folded: dict[str, Found]
    prefixes: Sized
    suffixes: Sized
    pieces: Pieces[Candidate]


class Machine:
    """Rules, filed.

    Args:
        rules: each with the number that it goes by; several may share one.
        slots: the slots of the paths.
    """

    def __init__(self, rules: Iterable[tuple[int, Conjunction]], slots: dict[str, Slot]) -> None:
        numbered = list(rules)
        crowd = crowd_of(rule for _, rule in numbered)
        filed: dict[str, dict[Key, list[Candidate]]] = {}
        loose: list[Candidate] = []
        for number, rule in numbered:
            path, keys = best(rule, crowd)
            candidate = Candidate(number, _probes(rule, path, keys, slots), rule)
            if path is None:
                loose.append(candidate)
                continue
            for key in keys:
                filed.setdefault(path, {}).setdefault(key, []).append(candidate)
        self._slots = slots
        self._loose = tuple(loose)
        self._drawers = tuple(_drawer(slots[path], keyed) for path, keyed in filed.items())

    def match(self, flat: Flat) -> set[int]:
        """The numbers of the rules that match an event without arrays of objects."""
        hits: set[int] = set()
        for drawer in self._drawers:
            value = flat.get(drawer[0])
            if value is None:
                continue
            if type(value) is str:
                found = drawer[1].get(value)
                if found is not None:
                    _try(found, flat, hits)
                if drawer[2]:
                    for found in _other_finds(drawer, value):
                        _try(found, flat, hits)
            else:
                for found in _all_finds(drawer, value):
                    _try(found, flat, hits)
        if self._loose:
            _try(self._loose, flat, hits)
        return hits

    def match_fields(self, fields: Fields) -> set[int]:
        """The numbers of the rules that match an event of any kind."""
        hits: set[int] = set()
        finds: list[Found] = [self._loose]
        by_slot = {self._slots[path]: found for path, found in fields.items()}
        for drawer in self._drawers:
            values = {value for value, _ in by_slot.get(drawer.slot, ()) if type(value) is str}
            finds += _all_finds(drawer, values | {as_bytes_see(value) for value in values})
        for found in finds:
            hits.update(each.number for each in found if each.number not in hits and holds(each.rule, fields))
        return hits


def _try(found: Found, flat: Flat, hits: set[int]) -> None:
    for number, probes, _ in found:
        if number in hits:
            continue
        for slot, strings, probe, test in probes:
            value = flat.get(slot)
            if type(value) is str:
                if value in strings or (probe is not None and probe(value)):
                    continue
                break
            if not _passes(value, test):
                break
        else:
            hits.add(number)


def _passes(value: str | tuple[str, ...] | None, test: ValueTest) -> bool:
    if value is None or value == ():
        return test.absent
    if isinstance(value, tuple):
        return any(test.accepts(each) for each in value)
    return test.accepts(value)


def _all_finds(drawer: Drawer, values: Iterable[str]) -> Iterator[Found]:
    for value in (values,) if isinstance(values, str) else values:
        if type(value) is str:
            found = drawer.exact.get(value)
            if found is not None:
                yield found
            yield from _other_finds(drawer, value)


def _other_finds(drawer: Drawer, value: str) -> Iterator[Found]:
    if drawer.folded:
        found = drawer.folded.get(value.lower())
        if found is not None:
            yield found
    for size, keyed in drawer.prefixes:
        found = keyed.get(value[:size])
        if found is not None:
            yield found
    for size, keyed in drawer.suffixes:
        found = keyed.get(value[-size:])
        if found is not None:
            yield found
    if drawer.pieces:
        yield from drawer.pieces.find(value)


def _probes(rule: Conjunction, filed: str | None, keys: list[Key], slots: dict[str, Slot]) -> tuple[Probe, ...]:
    settled = bool(keys) and all(key.kind == EXACT for key in keys)
    left = [(path, test) for path, test in rule if not (settled and path == filed)]
    left.sort(key=lambda item: not item[1].only_strings)
    return tuple((slots[path], test.strings, _probe(test), test) for path, test in left)


def _probe(test: ValueTest) -> Callable[[str], bool] | None:
    if test.only_strings:
        return None
    if len(test.checks) == 1 and not test.present:
        return test.checks[0].text
    return test.accepts


def _drawer(slot: Slot, keyed: dict[Key, list[Candidate]]) -> Drawer:
    def kind(name: str) -> dict[str, Found]:
        return {key.text: tuple(found) for key, found in keyed.items() if key.kind == name}

    exact, folded = kind(EXACT), kind(FOLDED)
    prefixes, suffixes, pieces = by_size(kind(PREFIX)), by_size(kind(SUFFIX)), Pieces(kind(PIECE))
    others = bool(folded or prefixes or suffixes or pieces)
    return Drawer(slot, exact, others, folded, prefixes, suffixes, pieces)
