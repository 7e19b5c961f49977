"""A store in memory: for the rehearsal, `explain` and tests. What it holds is gone with the process."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from tocsin.core.delivery.delivery import Delivery, State
from tocsin.core.delivery.exchange import Commit, Loaded, Page
from tocsin.core.incident.correlate import Story

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from tocsin.core.incident.incident import StoryKey
    from tocsin.core.record.record import Record, Rejected

_WAITING = (State.PENDING, State.SENDING)


class MemoryStore:
    """Fits `flows.ports.Store`; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._stories: dict[StoryKey, tuple[Story, int]] = {}
        self._origins: dict[tuple[StoryKey, str], Record | Rejected] = {}
        self._deliveries: dict[tuple[str, int, str], Delivery] = {}

    def load(self, key: StoryKey, event_id: str) -> Loaded:
        """The story of a key (an empty one if it is new), and whether it has this event."""
        with self._lock:
            story, version = self._stories.get(key, (Story(key), 0))
            return Loaded(story, version, (key, event_id) in self._origins)

    def commit(self, commit: Commit, expected: int) -> bool:
        """Write all of a commit if the story still has the expected version; False if not."""
        key = commit.story.key
        with self._lock:
            _, version = self._stories.get(key, (None, 0))
            if version != expected:
                return False
            self._stories[key] = (commit.story, version + 1)
            self._origins[key, commit.event_id] = commit.origin
            for delivery in commit.deliveries:
                self._deliveries.setdefault(delivery.id, delivery)
            return True

    def due(self, now: datetime, limit: int) -> Sequence[Delivery]:
        """Deliveries that may be claimed, the longest due first."""
        with self._lock:
            rows = [row for row in self._deliveries.values() if row.state in _WAITING and row.due_at <= now]
        return sorted(rows, key=lambda row: (row.due_at, row.id))[:limit]

    def mark(self, delivery: Delivery, expected: int) -> bool:
        """Write one delivery if it still has the expected version; False if not."""
        with self._lock:
            row = self._deliveries.get(delivery.id)
            if row is None or row.version != expected:
                return False
            self._deliveries[delivery.id] = delivery
            return True

    def list(self, since: datetime, cursor: str, limit: int) -> Page:
        """Incidents opened since a time, newest first."""
        with self._lock:
            incidents = [incident for story, _ in self._stories.values() for incident in story.incidents]
        start = int(cursor or 0)
        newest = sorted(
            (incident for incident in incidents if incident.opened >= since),
            key=lambda incident: (incident.opened, incident.id),
            reverse=True,
        )
        more = len(newest) > start + limit
        return Page(tuple(newest[start : start + limit]), str(start + limit) if more else "")

    def deliveries(self) -> Sequence[Delivery]:
        """Every row of the outbox, whatever its state."""
        with self._lock:
            return tuple(self._deliveries.values())

    def origins(self) -> Sequence[Record | Rejected]:
        """Every record, and every message that could not be read, as they were committed."""
        with self._lock:
            return tuple(self._origins.values())
