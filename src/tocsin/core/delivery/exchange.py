"""What flows hand to stores and queues and get back: values only, so that adapters need not know the flows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from tocsin.core.delivery.telling import Telling
    from tocsin.core.incident.correlate import Change
    from tocsin.core.incident.incident import Incident


@dataclass(frozen=True, slots=True)
class Commit:
    """What is written together, or not at all; small items, but for the bodies.

    Attributes:
        change: the heads, deeds, event ids and wakes of one story.
        bodies: the record of each event that is new, or the message that could not be read, as it came; they lie
            beside the story, never inside.
        now: when, by the clock of the worker that commits.
    """

    change: Change
    bodies: Mapping[str, bytes]
    now: datetime


@dataclass(frozen=True, slots=True)
class Tree:
    """An incident that goes on, with those that were merged into it.

    Attributes:
        root: the one that goes on.
        parts: the others, in the order of their ordinals.
    """

    root: Incident
    parts: tuple[Incident, ...] = ()

    @property
    def heads(self) -> tuple[Incident, ...]:
        """All of them, the one that goes on first."""
        return (self.root, *self.parts)

    def is_told(self, rows: Iterable[Telling]) -> bool:
        """Whether every channel that is to hear of it has all that there is of it, or never will (rule 12).

        Args:
            rows: the tellings of it and of its parts.
        """
        held = {row.id: row for row in rows}
        return all(
            (row := held.get((head.id, channel))) is not None and row.rests and row.passed >= head.deeds
            for head in self.heads
            for channel in self.root.routed
            if head.deeds
        )

    def head(self, incident: str) -> Incident:
        """The one of an id."""
        return next(one for one in self.heads if one.id == incident)


@dataclass(frozen=True, slots=True)
class Page:
    """Incidents, newest first, and where the next page starts (``""`` at the end)."""

    incidents: tuple[Incident, ...]
    cursor: str


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a queue: its body, and the handle by which it is deleted."""

    id: str
    body: bytes
    handle: str = ""
