"""What flows hand to stores and queues and get back: values only, so that adapters need not know the flows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tocsin.core.delivery.delivery import Delivery
    from tocsin.core.incident.correlate import Story
    from tocsin.core.incident.incident import Incident
    from tocsin.core.record.record import Record, Rejected


@dataclass(frozen=True, slots=True)
class Commit:
    """What is written together, or not at all; at most 100 small items.

    Attributes:
        story: the story as it is now.
        incident: the id of the incident that the record or message belongs to.
        event_id: by which a repeat is known from now on.
        origin: the record, or the message that could not be read; it lies beside the incident, never inside.
        deliveries: the promises that it earned.
    """

    story: Story
    incident: str
    event_id: str
    origin: Record | Rejected
    deliveries: tuple[Delivery, ...] = ()


@dataclass(frozen=True, slots=True)
class Loaded:
    """A story, the version to commit against, and whether an event is in it already."""

    story: Story
    version: int
    known: bool


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
