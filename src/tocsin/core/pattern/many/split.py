"""Rules parted by the value of one field: of an event only the rules that its value leaves are looked at.

Where most rules name what they ask for in one field (``detail.eventName``), an event's value there leaves a few of
them, which look at a few fields. Each part is an index of its own, made when it pays.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tocsin.core.pattern.events import Event
    from tocsin.core.pattern.many.index import RuleIndex
    from tocsin.core.pattern.pattern import Pattern

# After so many events of a part its index is made, which takes as long as to match these one by one.
_WORTH_AN_INDEX: Final = 4


class Split:
    """Rules by what they ask of one field.

    Args:
        rules: pairs of a name and a pattern.
        path: the field, as a dotted path; None where nothing is known of what events have, so that all rules are left.
    """

    def __init__(self, rules: Sequence[tuple[Any, Pattern]], path: str | None) -> None:
        self._rules = rules
        self._by_value: dict[str, list[int]] = {}
        self._open: list[int] = []
        for number, (_, pattern) in enumerate(rules):
            only = None if path is None else pattern.only(path)
            if only is None:
                self._open.append(number)
            for value in only or ():
                self._by_value.setdefault(value, []).append(number)
        self._indexes: dict[str | None, RuleIndex] = {}
        self._seen: Counter[str | None] = Counter()

    def leaves_any(self, value: str) -> bool:
        """Whether any rule is left for an event that has this value, and no other, in the field."""
        return bool(self._open) or value in self._by_value

    def match(self, value: str, event: Event) -> list[Any]:
        """The names of the rules that an event matches, in the order given.

        Args:
            value: what it has in the field, once, and nothing else.
            event: as `Pattern.matches` takes it.
        """
        part = value if value in self._by_value else None
        index = self._indexes.get(part)
        if index is not None:
            return index.match(event)
        left = [self._rules[number] for number in sorted([*self._by_value.get(value, ()), *self._open])]
        self._seen[part] += 1
        if self._seen[part] < _WORTH_AN_INDEX:
            return [name for name, pattern in left if pattern.matches(event)]
        from tocsin.core.pattern.many.index import RuleIndex  # noqa: PLC0415 - a verb that matches one event does without

        index = self._indexes[part] = RuleIndex(left)
        return index.match(event)
