"""Which event names CloudTrail writes, and the nearest one to a name that it does not."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tocsin.core.pattern.cloudtrail_event import SPELLED_OTHERWISE
from tocsin.lint.spelling import MORE_NAMES, MORE_SOURCES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

SUFFIX = ".amazonaws.com"
# Longer names than any that AWS has are not compared: the cost of a comparison grows with the square.
_LONGEST = 100
# How alike two names must be before one is offered for the other.
_ALIKE = 0.75


def read(table: str) -> dict[str, frozenset[str]]:
    """The names by service of a table as `tools/event_names.py` writes it.

    Args:
        table: a line a service, then indented lines of a verb and what follows it; ``-`` stands for nothing.
    """
    found: dict[str, set[str]] = {}
    for service, words in _rows(table):
        names = found.setdefault(service, set())
        if words:
            verb, *rests = ("" if word == "-" else word for word in words)
            names.update(verb + rest for rest in rests)
    return {service: frozenset(names) for service, names in found.items()}


def _rows(table: str) -> Iterator[tuple[str, list[str]]]:
    """The words of each indented line, with the service above it; of the service's own line there are none."""
    service = ""
    for line in table.splitlines():
        if line.startswith("#") or not line.strip():
            continue
        words = line.split() if line.startswith(" ") else []
        service = service if words else line.strip()
        yield service, words


def read_fields(table: str) -> dict[str, dict[str, frozenset[str]]]:
    """The fields of requests, by event source and event name.

    Args:
        table: a line a service, then indented lines of an event and its fields.
    """
    found: dict[str, dict[str, frozenset[str]]] = {}
    for service, words in _rows(table):
        events = found.setdefault(service + SUFFIX, {})
        if words:
            name, *fields = words
            events[name] = frozenset(one.removesuffix("[]") for one in fields)
    return found


def read_single(table: str) -> frozenset[str]:
    """The fields of a table of requests that hold one value wherever they are."""
    fields = {field for _, words in _rows(table) for field in words[1:]}
    return frozenset(one for one in fields if not one.endswith("[]") and f"{one}[]" not in fields)


@dataclass(frozen=True, slots=True)
class Names:
    """Every event name that is known, by event source.

    Attributes:
        by_source: the names, by event source with ``.amazonaws.com``.
        fields: the fields of each request, by event source and event name; of services that are not there nothing is
            known.
        single: fields of requests that hold one value, wherever they are.
    """

    by_source: Mapping[str, frozenset[str]]
    fields: Mapping[str, Mapping[str, frozenset[str]]] = field(default_factory=dict)
    single: frozenset[str] = frozenset()
    _owners: dict[str, list[str]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        for source in sorted(self.by_source):
            for name in self.by_source[source]:
                self._owners.setdefault(name, []).append(source)

    @classmethod
    def of(cls, table: str, fields: str = "") -> Names:
        """The names of a table, and those of the hand-made tables; and the fields of another."""
        known = {service + SUFFIX: set(names) for service, names in read(table).items()}
        for source, spelled in SPELLED_OTHERWISE.items():
            known.setdefault(source, set()).update(spelled.values())
        for source, more in MORE_NAMES.items():
            known.setdefault(source, set()).update(more)
        for source in MORE_SOURCES:
            known.setdefault(source, set())
        return cls(
            {source: frozenset(names) for source, names in known.items()}, read_fields(fields), read_single(fields)
        )

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
