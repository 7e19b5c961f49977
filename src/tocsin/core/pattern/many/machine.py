"""Many rules against one event, trying only those that can match.

Each rule is filed under the one field that tells it from the most other rules, by the keys a value of that
field must have (`keys.py`). An event looks its values up and tries the rules that it finds, and the few that
could not be filed.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

from tocsin.core.pattern.many.bulk import Bulk, is_bulk
from tocsin.core.pattern.many.combined import Candidate, Combined, Probe, fields_of, passes
from tocsin.core.pattern.many.keys import (
    ANY,
    EXACT,
    FOLDED,
    LITERAL,
    NUMBER,
    PIECE,
    PREFIX,
    PRESENT,
    RANGE,
    SUFFIX,
    Key,
    alternatives,
    best,
    crowd_of,
)
from tocsin.core.pattern.many.pieces import Pieces, by_size
from tocsin.core.pattern.many.spans import Span, Spans
from tocsin.core.pattern.match import Conjunction, holds
from tocsin.core.pattern.operators.addresses import Block, hex_digits, leading_digits
from tocsin.core.pattern.operators.checks import Check, ValueTest
from tocsin.core.pattern.operators.folding import as_bytes_see
from tocsin.core.pattern.operators.numeric import Between, comparable
from tocsin.core.pattern.project import MIXED, Flat, Slot

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Sequence

    from tocsin.core.pattern.events import Fields

# So many drawers are opened one after the other; with more, the event's fields are gone through.
_FEW: Final = 3
# What these find needs no second look.
_SURE: Final = frozenset({EXACT, RANGE})


Found: TypeAlias = tuple[Candidate, ...]
Sized: TypeAlias = tuple[tuple[int, dict[str, Found]], ...]


class Drawer(NamedTuple):
    """The rules that are filed under one field."""

    exact: dict[str, Found]
    others: bool
    worded: bool
    present: Found
    folded: dict[str, Found]
    prefixes: Sized
    suffixes: Sized
    pieces: Pieces[Candidate]
    blocks: tuple[tuple[int, Spans[Found]], ...]
    literals: dict[str, Found]
    numbers: dict[float, Found]
    ranges: Spans[Found]


class Machine:
    """Rules, filed.

    Args:
        rules: each with the number that it goes by; several may share one.
        slots: the slots of the paths.
        names: what each rule is called, by its number.
    """

    def __init__(self, rules: Iterable[tuple[int, Conjunction]], slots: dict[str, Slot], names: Sequence[Any]) -> None:
        numbered = list(rules)
        often = Counter(number for number, _ in numbered)
        alone = [(number, rule) for number, rule in numbered if often[number] == len(rule) == 1 and is_bulk(rule[0][1])]
        self.bulk = Bulk(((number, slots[rule[0][0]], rule[0][1]) for number, rule in alone), names, _finder)
        taken = {number for number, _ in alone}
        filed: dict[str, dict[Key, list[Candidate]]] = {}
        loose: list[Candidate] = []
        left = [(number, rule) for number, rule in numbered if number not in taken]
        crowd = crowd_of(rule for _, rule in left)
        placed = [(number, rule, *best(rule, crowd)) for number, rule in left]
        for number, rule, path, keys in placed:
            candidate = Candidate(number, _probes(rule, path, keys, slots), rule)
            if path is None:
                loose.append(candidate)
                continue
            for key in keys:
                filed.setdefault(path, {}).setdefault(key, []).append(candidate)
        self._slots = slots
        self._loose = tuple(loose)
        self._exceptions = tuple(Candidate(number, (), rule) for number, rule in alone)
        self._by_slot = {slots[path]: _drawer(keyed) for path, keyed in filed.items()}
        every = [rule for _, rule in left]
        combined = {path: slots[path] for path in sorted(fields_of(every, [path for _, _, path, _ in placed]))}
        apart = [rule for _, rule, path, _ in placed if path not in combined]
        self._combined = Combined(combined, every, self._find, apart) if combined else None
        self._apart = {slot: drawer for slot, drawer in self._by_slot.items() if slot not in combined.values()}

    def match(self, flat: Flat) -> Collection[int]:
        """The numbers of the rules that match an event without arrays of objects, but for those of `bulk`."""
        hits: set[int] = set()
        if self._combined is None or MIXED in flat:
            self._look_up(self._by_slot, flat, hits)
            return hits
        sure, others, apart = self._combined.left(flat)
        if not others and not apart:
            return sure
        hits.update(sure)
        _try(others, flat, hits)
        if apart:
            self._look_up(self._apart, flat, hits)
        return hits

    def _look_up(self, by_slot: dict[Slot, Drawer], flat: Flat, hits: set[int]) -> None:
        """Adds the rules that match among those that are filed under some fields, and the loose ones."""
        for slot in flat if len(by_slot) > _FEW else by_slot:
            drawer = by_slot.get(slot)
            if drawer is None or (value := flat.get(slot)) is None:
                continue
            if type(value) is str:
                found = drawer[0].get(value)
                if found is not None:
                    _try(found, flat, hits)
                if drawer[1]:
                    for found in _other_finds(drawer, value):
                        _try(found, flat, hits)
            else:
                for found in _all_finds(drawer, value):
                    _try(found, flat, hits)
        if self._loose:
            _try(self._loose, flat, hits)

    def _find(self, slot: Slot, value: str) -> Iterator[Found]:
        """The rules that a string finds in a field."""
        drawer = self._by_slot.get(slot)
        return iter(()) if drawer is None else _all_finds(drawer, value)

    def match_fields(self, fields: Fields) -> set[int]:
        """The numbers of the rules that match an event of any kind, all of them."""
        hits: set[int] = set()
        finds: list[Found] = [self._loose, self._exceptions]
        for path, found in fields.items():
            drawer = self._by_slot.get(self._slots[path])
            if drawer is None:
                continue
            values = {value for value, _ in found}
            strings = {as_bytes_see(value) for value in values if type(value) is str}
            finds += _all_finds(drawer, tuple(values | strings))
        for candidates in finds:
            hits.update(each.number for each in candidates if each.number not in hits and holds(each.rule, fields))
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
            if not passes(value, test):
                break
        else:
            hits.add(number)


def _all_finds(drawer: Drawer, values: str | Iterable[str]) -> Iterator[Found]:
    several = (values,) if isinstance(values, str) else values
    for value in several:
        if type(value) is str:
            found = drawer.exact.get(value)
            if found is not None:
                yield found
            yield from _other_finds(drawer, value)
        else:
            yield from _literal_finds(drawer, value)


def _other_finds(drawer: Drawer, value: str) -> Iterator[Found]:
    if drawer.present:
        yield drawer.present
    if drawer.blocks and (digits := hex_digits(value)) is not None:
        yield from _block_finds(drawer, digits)
    if drawer.worded:
        yield from _worded_finds(drawer, value)


def _worded_finds(drawer: Drawer, value: str) -> Iterator[Found]:
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


def _literal_finds(drawer: Drawer, value: str) -> Iterator[Found]:
    """What a number or a word finds."""
    if drawer.present:
        yield drawer.present
    if drawer.literals:
        found = drawer.literals.get(value)
        if found is not None:
            yield found
    if drawer.numbers or drawer.ranges:
        number = comparable(value)
        if number is not None:
            found = drawer.numbers.get(number)
            if found is not None:
                yield found
            yield from drawer.ranges.find(number)
    if drawer.blocks:
        yield from _block_finds(drawer, leading_digits(value))


def _block_finds(drawer: Drawer, digits: str) -> list[Found]:
    """A block of another length is decided by the first digits that decide: then the others do not matter."""
    finds: list[Found] = []
    for size, spans in drawer.blocks:
        finds += spans.find(int(digits[:size].ljust(size, "0"), 16))
    return finds


def _probes(rule: Conjunction, filed: str | None, keys: list[Key], slots: dict[str, Slot]) -> tuple[Probe, ...]:
    settled = bool(keys) and (all(key.kind in _SURE for key in keys) or (dict(rule)[filed or ""].present))
    left = [(path, test) for path, test in rule if not (settled and path == filed)]
    left.sort(key=lambda item: not item[1].only_strings)
    return tuple((slots[path], test.strings, _probe(test), test) for path, test in left)


def _probe(test: ValueTest) -> Callable[[str], bool] | None:
    if test.only_strings:
        return None
    if len(test.checks) == 1 and not test.present:
        return test.checks[0].text
    return test.accepts


def _drawer(keyed: dict[Key, list[Candidate]]) -> Drawer:
    def kind(name: str) -> dict[str, Found]:
        return {key.text: tuple(found) for key, found in keyed.items() if key.kind == name}

    exact, folded, present = kind(EXACT), kind(FOLDED), kind(PRESENT).get("", ())
    prefixes, suffixes, pieces = by_size(kind(PREFIX)), by_size(kind(SUFFIX)), Pieces(kind(PIECE))
    blocks = _blocks({key.check: tuple(found) for key, found in keyed.items() if isinstance(key.check, Block)})
    numbers = {float(text): found for text, found in kind(NUMBER).items()}
    spans = [
        Span(one.bottom, one.top, one.open_bottom, one.open_top, tuple(found))
        for key, found in keyed.items()
        if isinstance(one := key.check, Between)
    ]
    worded = bool(folded or prefixes or suffixes or pieces)
    others = bool(present or blocks or worded)
    return Drawer(
        exact,
        others,
        worded,
        present,
        folded,
        prefixes,
        suffixes,
        pieces,
        blocks,
        kind(LITERAL),
        numbers,
        Spans(spans),
    )


def _blocks(keyed: dict[Block, Found]) -> tuple[tuple[int, Spans[Found]], ...]:
    """Blocks by how many digits they have, each as a range of numbers."""
    sizes: dict[int, list[Span[Found]]] = {}
    for block, found in keyed.items():
        span = Span(int(block.bottom, 16), int(block.top, 16), False, False, found)
        sizes.setdefault(len(block.bottom), []).append(span)
    return tuple((size, Spans(spans)) for size, spans in sizes.items())


def _finder(checks: Sequence[tuple[int, Check]]) -> Callable[[str], Iterator[int]]:
    """What finds, among checks that are each filed under an index, those that may take a string."""
    keyed: dict[Key, list[Candidate]] = {}
    for index, check in checks:
        [[key, *_]] = alternatives(ValueTest(checks=(check,))) or [[ANY]]
        keyed.setdefault(key, []).append(Candidate(index, (), ()))
    drawer = _drawer(keyed)

    def find(value: str) -> Iterator[int]:
        for seen in {value, as_bytes_see(value)}:
            for found in _all_finds(drawer, seen):
                for each in found:
                    yield each.number

    return find
