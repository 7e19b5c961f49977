"""Rules that ask one thing of one field, and that most events satisfy: ``anything-but``, and ``exists``.

Nothing that an event has leads to such a rule: it is the exceptions that can be looked up. So all rules of a field are
taken at once as the bits of one number, a byte a rule, and those that the value excludes are taken out again.
"""

from __future__ import annotations

from bisect import bisect_left
from functools import lru_cache
from itertools import compress
from typing import TYPE_CHECKING, Any

from tocsin.core.pattern.operators.checks import NotMatching, NotNumbers, NotStrings, ValueTest
from tocsin.core.pattern.operators.numeric import comparable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from tocsin.core.pattern.operators.checks import Check
    from tocsin.core.pattern.project import Flat, Slot


_MOST_LISTED = 64


def is_bulk(test: ValueTest) -> bool:
    """Whether a test is of this kind, and asks nothing else."""
    if test.strings or test.literals or test.numbers or (test.present and test.absent):
        return False
    if test.present or test.absent:
        return not test.checks
    return len(test.checks) == 1 and isinstance(test.checks[0], NotStrings | NotNumbers | NotMatching)


class Bulk:
    """Rules of one test each.

    Args:
        rules: the number, the slot and the test of each.
        names: what each rule is called, by its number.
        finder: gives what finds, among checks that are each filed under an index, those that may take a string.
    """

    def __init__(
        self,
        rules: Iterable[tuple[int, Slot, ValueTest]],
        names: Sequence[Any],
        finder: Callable[[Sequence[tuple[int, Check]]], Callable[[str], Iterable[int]]],
    ) -> None:
        filed = sorted(rules, key=lambda one: one[0])
        self._numbers = tuple(number for number, _, _ in filed)
        self._names = tuple(names[number] for number in self._numbers)
        by_slot: dict[Slot, list[tuple[int, ValueTest]]] = {}
        for index, (_, slot, test) in enumerate(filed):
            by_slot.setdefault(slot, []).append((index, test))
        self._absent = _mask(index for index, (_, _, test) in enumerate(filed) if test.absent)
        self._shelves = {slot: _Shelf(tests, finder) for slot, tests in by_slot.items()}
        # Most events have the same fields, so what matches but for the exceptions is listed once.
        self._listed = lru_cache(maxsize=_MOST_LISTED)(self._list)

    def __bool__(self) -> bool:
        """Whether there is any."""
        return bool(self._numbers)

    def match(self, flat: Flat) -> list[int]:
        """The numbers of the rules that an event matches, in their order."""
        return self._match(flat, 0)

    def named(self, flat: Flat) -> list[Any]:
        """What these are called, in the order of their numbers."""
        return self._match(flat, 1)

    def _match(self, flat: Flat, column: int) -> list[Any]:
        mask, out, shelves = self._absent, list[int](), self._shelves
        for slot in flat.keys() & shelves.keys():
            value = flat[slot]
            if value != ():
                shelf = shelves[slot]
                mask = mask & shelf.without_absent | shelf.present
                out += shelf.excluded(value)
        listed = self._listed(mask)
        found = listed[column].copy()
        if out:
            numbers = listed[0]
            for index in sorted(out, reverse=True):
                del found[bisect_left(numbers, self._numbers[index])]
        return found

    def _list(self, mask: int) -> tuple[list[int], list[Any]]:
        flags = mask.to_bytes(len(self._numbers), "little")
        return list(compress(self._numbers, flags)), list(compress(self._names, flags))


class _Shelf:
    """The rules of one field, by their indexes."""

    def __init__(
        self,
        tests: list[tuple[int, ValueTest]],
        finder: Callable[[Sequence[tuple[int, Check]]], Callable[[str], Iterable[int]]],
    ) -> None:
        self.without_absent = ~_mask(index for index, test in tests if test.absent)
        self.present = _mask(index for index, test in tests if not test.absent)
        self._strings: dict[str, list[int]] = {}
        self._numbers: dict[float, list[int]] = {}
        matching: list[tuple[int, Check]] = []
        self._checks: dict[int, Check] = {}
        for index, test in tests:
            for check in test.checks:
                self._checks[index] = check
                if isinstance(check, NotStrings):
                    for text in check.strings:
                        self._strings.setdefault(text, []).append(index)
                elif isinstance(check, NotNumbers):
                    for number in check.numbers:
                        self._numbers.setdefault(number, []).append(index)
                elif isinstance(check, NotMatching):
                    matching += ((index, inner) for inner in check.checks)
        self._find = finder(matching) if matching else None

    def excluded(self, value: str | tuple[str, ...]) -> Iterable[int]:
        """The rules that a value excludes; of several values all have to exclude it."""
        if isinstance(value, str):
            return self._by_one(value)
        first, *others = (set(self._by_one(each)) for each in value)
        return first.intersection(*others)

    def _by_one(self, value: str) -> list[int]:
        if type(value) is not str:  # a number or a word: no string excludes it
            number = comparable(value) if self._numbers else None
            return [] if number is None else self._numbers.get(number, [])
        found = self._strings.get(value, [])
        if self._find is None:
            return found
        checks = self._checks
        return [*found, *{index for index in self._find(value) if not checks[index].text(value)}]


def _mask(indexes: Iterable[int]) -> int:
    """A number with the lowest bit of each of some bytes set."""
    listed = list(indexes)
    flags = bytearray(max(listed, default=-1) + 1)
    for index in listed:
        flags[index] = 1
    return int.from_bytes(flags, "little")
