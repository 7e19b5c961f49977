"""Many rules at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from tocsin.core.pattern.decode import NotJson
from tocsin.core.pattern.events import Event, Wanted, flatten, read
from tocsin.core.pattern.many.machine import Machine
from tocsin.core.pattern.project import GaveUp, Readers, slots_for
from tocsin.core.pattern.walk import walker

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from tocsin.core.pattern.pattern import Pattern

_TEXT: Final = (bytes, str)  # a union would be made anew for every event


class RuleIndex:
    """Rules that an event is matched against together; the verdicts are those of each pattern by itself.

    Args:
        rules: pairs of a name and a `Pattern`, or objects with an attribute `pattern`.
    """

    def __init__(self, rules: Iterable[Any]) -> None:
        named = [(rule, rule.pattern) if hasattr(rule, "pattern") else rule for rule in rules]
        self._names: tuple[Any, ...] = tuple(name for name, _ in named)
        self._patterns: list[tuple[int, Pattern]] = list(enumerate(pattern for _, pattern in named))
        self._alone = [(number, pattern) for number, pattern in self._patterns if _is_odd(pattern)]
        together = [(number, pattern) for number, pattern in self._patterns if not _is_odd(pattern)]
        rules_of = [(number, rule) for number, pattern in together for rule in pattern.rules]
        self._wanted = Wanted({path for _, rule in rules_of for path, _ in rule})
        slots = slots_for(self._wanted)
        self._machine = Machine(rules_of, slots, self._names)
        self._bulk = self._machine.bulk or None
        self._read_text = Readers(self._wanted, slots).read
        self._walk = walker(self._wanted, slots)

    def match(self, event: Event) -> list[Any]:
        """The rules that an event matches.

        Args:
            event: the event, as `Pattern.matches` takes it.

        Returns:
            the names or objects of the rules, in the order in which they were given. Never raises.
        """
        hits: Collection[int]
        try:
            flat = self._read_text(event) if isinstance(event, _TEXT) else self._walk(event)
            hits = self._machine.match(flat)
            if self._bulk is not None:
                if not hits and not self._alone:
                    return self._bulk.named(flat)
                hits = {*hits, *self._bulk.match(flat)}
        except GaveUp:
            hits = self._match_exactly(event)
        except NotJson:
            hits = self._match_one_by_one(event)
        if self._alone:
            hits = {*hits, *(number for number, pattern in self._alone if pattern.matches(event))}
        if not hits:
            return []
        names = self._names
        return [names[number] for number in sorted(hits)]

    def _match_exactly(self, event: Event) -> set[int]:
        try:
            return self._machine.match_fields(flatten(read(event), self._wanted))
        except NotJson:
            return self._match_one_by_one(event)

    def _match_one_by_one(self, event: Event) -> set[int]:
        """Of an event that holds what JSON does not: only whoever looks at that takes it for no event."""
        if isinstance(event, bytes | str):
            return set()
        return {number for number, pattern in self._patterns if pattern.matches(event)}


def _is_odd(pattern: Pattern) -> bool:
    """Whether a path ends in an empty step, which the engine finds or not by the paths beside it."""
    return any(path.endswith(".") for path in pattern.fields())
