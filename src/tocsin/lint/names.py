"""Which event names CloudTrail writes, and the nearest one to a name that it does not."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, TypeVar

from tocsin.core.pattern.cloudtrail_event import SPELLED_OTHERWISE
from tocsin.lint.spelling import MORE_NAMES, MORE_SOURCES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_Value = TypeVar("_Value")

SUFFIX = ".amazonaws.com"
_SERVICE = re.compile(r"\n([^ #\n]+)(?=\n|$)")
# Longer names than any that AWS has are not compared: the cost of a comparison grows with the square.
_LONGEST = 100
# How alike two names must be before one is offered for the other.
_ALIKE = 0.75


def _by_service(table: str) -> dict[str, str]:
    """The indented lines below each line that names a service, unread: most are never asked for."""
    blocks = _SERVICE.split(f"\n{table}")
    return dict(zip(blocks[1::2], blocks[2::2], strict=True))


def _names_in(block: str) -> frozenset[str]:
    """The names of lines of a verb and what follows it; ``-`` stands for nothing."""
    found: set[str] = set()
    for line in block.split("\n"):
        verb, *rests = ("" if word == "-" else word for word in line.split() or ("",))
        found.update(verb + rest for rest in rests)
    return frozenset(found)


def _fields_in(block: str) -> dict[str, frozenset[str]]:
    """The fields of lines of an event and its fields."""
    rows = [line.split() for line in block.split("\n") if line]
    return {name: frozenset(one.removesuffix("[]") for one in fields) for name, *fields in rows}


def read(table: str) -> dict[str, frozenset[str]]:
    """The names by service of a table as `tools/event_names.py` writes it."""
    return {service: _names_in(block) for service, block in _by_service(table).items()}


class _ReadLate(Mapping[str, _Value]):
    """What a table has by event source, each read when it is asked for.

    Args:
        table: as `tools/event_names.py` writes it.
        read: gives what an event source has, from its lines; of one that the table lacks there are none.
        also: event sources that are there too.
    """

    def __init__(self, table: str, read: Callable[[str, str], _Value], also: Iterable[str] = ()) -> None:
        found = {service + SUFFIX: block for service, block in _by_service(table).items()}
        self._blocks, self._read = dict.fromkeys(also, "") | found, read
        self._held: dict[str, _Value] = {}

    def __getitem__(self, source: str) -> _Value:
        if source not in self._held:
            self._held[source] = self._read(source, self._blocks[source])
        return self._held[source]

    def __iter__(self) -> Iterator[str]:
        return iter(self._blocks)

    def __len__(self) -> int:
        return len(self._blocks)


class Names:
    """Every event name that is known, by event source.

    Args:
        by_source: the names, by event source with ``.amazonaws.com``.
        fields: the fields of each request, by event source and event name; of services that are not there nothing is
            known.
        table: of these fields, as `tools/event_names.py` writes it.
    """

    def __init__(
        self,
        by_source: Mapping[str, frozenset[str]],
        fields: Mapping[str, Mapping[str, frozenset[str]]] | None = None,
        table: str = "",
    ) -> None:
        self.by_source, self.fields, self._table = by_source, fields or {}, table

    @classmethod
    def of(cls, table: str, fields: str = "") -> Names:
        """The names of a table, and those of the hand-made tables; and the fields of another.

        Args:
            table: a line a service, then indented lines of a verb and what follows it; ``-`` stands for nothing.
            fields: a line a service, then indented lines of an event and its fields.
        """
        more: dict[str, set[str]] = {source: set() for source in MORE_SOURCES}
        for source, spelled in SPELLED_OTHERWISE.items():
            more.setdefault(source, set()).update(spelled.values())
        for source, names in MORE_NAMES.items():
            more.setdefault(source, set()).update(names)
        late = _ReadLate(table, lambda source, block: _names_in(block) | more.get(source, set()), more)
        return cls(late, _ReadLate(fields, lambda _, block: _fields_in(block)), fields)

    @cached_property
    def single(self) -> frozenset[str]:
        """Fields of requests that hold one value, wherever they are."""
        words = {word for line in self._table.split("\n") if line.startswith(" ") for word in line.split()[1:]}
        return frozenset(word for word in words if not word.endswith("[]") and f"{word}[]" not in words)

    @cached_property
    def _owners(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for source in sorted(self.by_source):
            for name in self.by_source[source]:
                found.setdefault(name, []).append(source)
        return found

    def has_source(self, source: str) -> bool:
        """Whether CloudTrail is known to write under an event source."""
        return source in self.by_source

    def of_sources(self, sources: Iterable[str]) -> frozenset[str]:
        """The names under any of some event sources; empty where one of them has no list."""
        found: set[str] = set()
        for source in sources:
            names = self.by_source.get(source)
            if not names:
                return frozenset()
            found |= names
        return frozenset(found)

    def fields_of(self, sources: Iterable[str], names: Iterable[str]) -> frozenset[str]:
        """The fields that any of some requests has; empty where one of them is not known."""
        found: set[str] = set()
        chosen = list(sources)
        for name in names:
            held = [self.fields[source][name] for source in chosen if name in self.fields.get(source, ())]
            if not held:
                return frozenset()
            found.update(*held)
        return frozenset(found)

    def everywhere(self) -> frozenset[str]:
        """Every name."""
        return frozenset(self._owners)

    def owners(self, name: str) -> list[str]:
        """The event sources that have a name."""
        return self._owners.get(name, [])

    def near_source(self, source: str) -> str:
        """The event source that is most like a text, or ``""``."""
        return nearest(source, self.by_source)


def nearest(text: str, known: Iterable[str], alike: float = _ALIKE) -> str:
    """The known text that is most like another, capitals aside; ``""`` where none is near."""
    if len(text) > _LONGEST:
        return ""
    folded = {name.lower(): name for name in sorted(known)}
    found = difflib.get_close_matches(text.strip().lower(), folded, n=1, cutoff=alike)
    return folded[found[0]] if found else ""
