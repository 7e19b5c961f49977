"""What the rules make of a combination of values, remembered.

Most rules look at the same few fields (``source``, ``detail.eventName``, ...), and nearly all name the strings that
they take there. Which rules these fields leave depends on no more than which of the named strings an event has in
each, or what the few other tests make of it; and of the combinations that are possible a trail holds few. So what is
left is worked out once for each.
"""

from __future__ import annotations

from collections import Counter
from itertools import chain
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

from tocsin.core.pattern.operators.checks import NotNumbers, NotStrings, ValueTest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from tocsin.core.pattern.match import Conjunction
    from tocsin.core.pattern.project import Flat, Slot

Probe: TypeAlias = "tuple[Slot, frozenset[str], Callable[[str], bool] | None, ValueTest]"
"""A field that is left to try: its slot, the exact strings, what else a string may be, and the whole test."""

# Fewer rules are tried one by one; a field is no part of a combination at which fewer of them look, or at which more
# different tests are made than to look a string up.
_MANY_RULES: Final = 8
_SHARE: Final = 0.1
_FEW_TESTS: Final = 16
# To look a combination up takes as long as to try so many tests of a rule.
_WORTH_IT: Final = 3
_FEW_BESIDES: Final = 3
# Of more rules that are filed elsewhere it is not asked whether a combination leaves any.
_MOST_APART: Final = 100
# So many are remembered, combinations and values, and none that is longer, since whoever makes up events could make up
# any number of them, of any length.
_MOST: Final = 4096
_LONGEST: Final = 256


class Candidate(NamedTuple):
    """A rule to try: the number it goes by, what is left to try of it, and the whole of it."""

    number: int
    probes: tuple[Probe, ...]
    rule: Conjunction


class Left(NamedTuple):
    """What a combination leaves.

    Attributes:
        sure: the numbers of the rules that match, sorted.
        others: rules that are filed under these fields, of which more is to be tried.
        apart: whether any rule may match that is filed elsewhere.
    """

    sure: tuple[int, ...]
    others: tuple[Candidate, ...]
    apart: bool


class Combined:
    """Rules by the combinations of values in some fields.

    Args:
        paths: the fields, of `fields_of`, with their slots.
        rules: all rules.
        found: gives the rules that a value finds in a field, among those that are filed under it.
        apart: the rules that are filed elsewhere.
    """

    def __init__(
        self,
        paths: dict[str, Slot],
        rules: Sequence[Conjunction],
        found: Callable[[Slot, str], Iterable[tuple[Candidate, ...]]],
        apart: Sequence[Conjunction],
    ) -> None:
        self._paths, self._found, self._apart = paths, found, apart
        self._fields = [
            (slot, _Classes(test for rule in rules for at, test in rule if at == path)) for path, slot in paths.items()
        ]
        self._known: dict[tuple[int, ...], Left] = {}

    def left(self, flat: Flat) -> Left:
        """What the fields of an event leave, which has nothing but strings in them."""
        get = flat.get
        combination = tuple([classes[get(slot)] for slot, classes in self._fields])
        left = self._known.get(combination)
        if left is None:
            if len(self._known) >= _MOST:
                self._known.clear()
            left = self._known[combination] = self._work_out(flat)
        return left

    def _work_out(self, flat: Flat) -> Left:
        slots = set(self._paths.values())
        sure: set[int] = set()
        others: dict[int, Candidate] = {}
        for number, probes, rule in self._candidates(flat):
            if self._leaves(rule, flat):
                rest = tuple(probe for probe in probes if probe[0] not in slots)
                if rest:
                    others[id(rule)] = Candidate(number, rest, rule)
                else:
                    sure.add(number)
        left = tuple(one for one in others.values() if one.number not in sure)
        apart = len(self._apart) > _MOST_APART or any(self._leaves(rule, flat) for rule in self._apart)
        return Left(tuple(sorted(sure)), left, apart)

    def _leaves(self, rule: Conjunction, flat: Flat) -> bool:
        """Whether the fields of the combination leave a rule."""
        return all(passes(flat.get(self._paths[path]), test) for path, test in rule if path in self._paths)

    def _candidates(self, flat: Flat) -> Iterator[Candidate]:
        for slot in self._paths.values():
            value = flat.get(slot)
            if isinstance(value, str):
                for found in self._found(slot, value):
                    yield from found


class _Classes(dict[Any, int]):
    """The values of a field, each with the number of its class: all tests make the same of the values of a class.

    Args:
        tests: what the rules ask of the field.
    """

    def __init__(self, tests: Iterable[ValueTest]) -> None:
        every = dict.fromkeys(tests)
        named = {text for test in every for text in _strings_in(test)}
        super().__init__({text: number for number, text in enumerate(sorted(named), 1)})
        self[None] = 0
        self._tests = [test for test in every if not _names_all(test)]
        self._others: dict[tuple[bool, ...], int] = {}

    def __missing__(self, value: str) -> int:
        """The class of a string that no rule names: negative."""
        verdicts = tuple([test.accepts(value) for test in self._tests])
        number = self._others.setdefault(verdicts, -1 - len(self._others))
        if self._tests and len(self) < _MOST and len(value) <= _LONGEST:
            self[value] = number
        return number


def fields_of(rules: Sequence[Conjunction], filed: Sequence[str | None]) -> set[str]:
    """The fields that make a combination: many rules look at them, and nearly all of these name what they take.

    Those are among them by which the few rules are found that name nothing in the field that tells most rules apart.

    Args:
        rules: all rules.
        filed: for each rule the field under which it is filed, if any.
    """
    if len(rules) < _MANY_RULES:
        return set()
    often = Counter(path for rule in rules for path, _ in rule)
    vague: dict[str, set[ValueTest]] = {}
    for path, test in chain.from_iterable(rules):
        if not _names_all(test):
            vague.setdefault(path, set()).add(test)
    shared = {path for path, count in often.items() if count >= _SHARE * len(rules)}
    chosen = {path for path in shared if len(vague.get(path, ())) <= _FEW_TESTS}
    if sum(often[path] for path in chosen) < _WORTH_IT * len(rules):
        return set()
    named = {(path, text) for path, test in chain.from_iterable(rules) if path in chosen for text in test.strings}
    [(telling, _)] = Counter(path for path, _ in named).most_common(1) or [("", 0)]
    anywhere = {
        path
        for rule, path in zip(rules, filed, strict=True)
        if path is not None and not any(test.strings for at, test in rule if at == telling)
    }
    return chosen | (anywhere - vague.keys()) if len(anywhere) <= _FEW_BESIDES else chosen


def _names_all(test: ValueTest) -> bool:
    """Whether what a test makes of a string depends on nothing but whether it is among those that it names."""
    return all(isinstance(check, NotStrings | NotNumbers) for check in test.checks)


def _strings_in(test: ValueTest) -> Iterator[str]:
    """The strings that a test takes by their name, or all but which."""
    yield from test.strings
    for check in test.checks:
        if isinstance(check, NotStrings):
            yield from check.strings


def passes(value: str | tuple[str, ...] | None, test: ValueTest) -> bool:
    """Whether a test takes what an event has in a field: a string, several values, or nothing."""
    if value is None or value == ():
        return test.absent
    if isinstance(value, tuple):
        return any(test.accepts(each) for each in value)
    return test.accepts(value)
