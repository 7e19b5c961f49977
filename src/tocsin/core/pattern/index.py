"""Many rules at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tocsin.core.pattern.decode import NotJson
from tocsin.core.pattern.events import Event, Wanted, flatten, read
from tocsin.core.pattern.machine import Machine
from tocsin.core.pattern.project import Flat, GaveUp, reader_maker, slots_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tocsin.core.pattern.pattern import Pattern


class RuleIndex:
    """Rules that an event is matched against together; the verdicts are those of each pattern by itself.

    Args:
        rules: pairs of a name and a `Pattern`, or objects with an attribute `pattern`.
    """

    def __init__(self, rules: Iterable[Any]) -> None:
        named = [(rule, rule.pattern) if hasattr(rule, "pattern") else rule for rule in rules]
        self._names: tuple[Any, ...] = tuple(name for name, _ in named)
        patterns: list[tuple[int, Pattern]] = list(enumerate(pattern for _, pattern in named))
        self._alone = [(number, pattern) for number, pattern in patterns if _is_odd(pattern)]
        rules_of = [(number, rule) for number, pattern in patterns if not _is_odd(pattern) for rule in pattern.rules]
        self._wanted = Wanted({path for _, rule in rules_of for path, _ in rule})
        slots = slots_for(self._wanted)
        self._machine = Machine(rules_of, slots, self._names)
        self._bulk = self._machine.bulk or None
        self._make_reader = reader_maker(self._wanted, slots)
        self._readers: list[Callable[[str | bytes], Flat]] = []

    def match(self, event: Event) -> list[Any]:
        """The rules that an event matches.

        Args:
            event: the event, as `Pattern.matches` takes it.

        Returns:
            the names or objects of the rules, in the order in which they were given. Never raises.
        """
        hits: set[int] | None = None
        if self._make_reader is not None and isinstance(event, bytes | str):
            try:
                reader = self._readers.pop()
            except IndexError:
                reader = self._make_reader()
            try:
                flat = reader(event)
                hits = self._machine.match(flat)
                if self._bulk is not None:
                    if not hits and not self._alone:
                        return self._bulk.named(flat)
                    hits.update(self._bulk.match(flat))
            except GaveUp:
                hits = None
            finally:
                self._readers.append(reader)
        if hits is None:
            hits = self._match_exactly(event)
        if self._alone:
            hits |= {number for number, pattern in self._alone if pattern.matches(event)}
        if not hits:
            return []
        names = self._names
        return [names[number] for number in sorted(hits)]

    def _match_exactly(self, event: Event) -> set[int]:
        try:
            return self._machine.match_fields(flatten(read(event), self._wanted))
        except NotJson:
            return set()


def _is_odd(pattern: Pattern) -> bool:
    """Whether a path ends in an empty step, which the engine finds or not by the paths beside it."""
    return any(path.endswith(".") for path in pattern.fields())
