"""A store in memory: for the rehearsal and tests. What it holds is gone with the process."""

from __future__ import annotations

import threading
from collections import defaultdict
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tocsin.core.delivery.exchange import Page, Tree
from tocsin.core.delivery.outcome import Answer
from tocsin.core.delivery.telling import Telling, woken
from tocsin.core.incident.correlate import Story
from tocsin.core.match.rules import Role

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from datetime import datetime

    from tocsin.core.delivery.exchange import Commit
    from tocsin.core.delivery.outcome import Seen, Try
    from tocsin.core.incident.deed import Deed, StoryKey
    from tocsin.core.incident.incident import Incident


class MemoryStore:
    """Fits `flows.ports.Store`; safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._gates: dict[StoryKey, tuple[int, int]] = {}  # version, incidents so far
        self._stories: dict[StoryKey, dict[str, Incident]] = defaultdict(dict)
        self._keys: dict[str, StoryKey] = {}
        self._changed: dict[str, datetime] = {}
        self._deeds: dict[str, list[Deed]] = defaultdict(list)
        self._triggered: dict[str, set[str]] = defaultdict(set)  # about whom, by incident
        self._told: dict[tuple[StoryKey, str], set[str]] = defaultdict(set)
        self._bodies: dict[tuple[StoryKey, str], bytes] = {}
        self._events: dict[tuple[StoryKey, str], str] = {}
        self._tellings: dict[tuple[str, str], Telling] = {}
        self._tries: list[Try] = []
        self._seen: list[Seen] = []

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Several commits as one; here each stands by itself."""
        yield

    def load(self, key: StoryKey, deeds: Sequence[Deed], since: datetime, until: datetime) -> Story:
        """What there is of a story, as far as some deeds may meet it."""
        with self._lock:
            version, opened = self._gates.get(key, (0, 0))
            heads = self._stories.get(key, {})
            near = [one for one in heads.values() if not one.merged_into and one.first <= until and one.last >= since]
            events = frozenset(one.event_id for one in deeds if (key, one.event_id) in self._events)
            told = {
                one.identity: frozenset(self._root(holder).id for holder in self._told[key, one.identity])
                for one in deeds
                if (key, one.identity) in self._told
            }
            return Story(key, version, opened, tuple(sorted(near, key=lambda one: one.ordinal)), events, told)

    def commit(self, commit: Commit) -> bool:
        """Write all of a commit if nobody else wrote to the story since it was loaded; False if somebody did."""
        change, key = commit.change, commit.change.story.key
        with self._lock:
            version, _ = self._gates.get(key, (0, 0))
            if version != change.story.version:
                return False
            self._gates[key] = (version + 1, change.opened)
            for head in change.incidents:
                self._stories[key][head.id] = head
                self._changed[head.id] = commit.now
                self._keys[head.id] = key
            for one in change.deeds:
                held = self._deeds[one.incident]
                if len(held) != one.number - 1:
                    raise ValueError(f"deed {one.number} of {one.incident} after {len(held)}")
                held.append(one.deed)
                self._told[key, one.deed.identity].add(one.incident)
                if one.deed.role is Role.TRIGGER:
                    self._triggered[one.incident].add(one.deed.about)
            self._events |= {(key, event): incident for event, incident in change.events.items()}
            self._bodies |= {(key, event): body for event, body in commit.bodies.items()}
            for wake in change.wakes:
                for channel in wake.channels:
                    row = self._tellings.get((wake.incident, channel)) or Telling(wake.incident, channel, key)
                    self._tellings[row.id] = woken(row, commit.now, at_once=wake.at_once)
            return True

    def _root(self, incident: str) -> Incident:
        head = self._head(incident)
        return self._root(head.merged_into) if head.merged_into else head

    def due(self, channel: str, now: datetime, limit: int) -> Sequence[Telling]:
        """Tellings of a channel that may be claimed, the longest due first."""
        with self._lock:
            rows = [row for row in self._tellings.values() if row.channel == channel and row.is_due(now)]
        return sorted(rows, key=lambda row: (row.due_at, row.id))[:limit]

    def telling(self, incident: str, channel: str) -> Telling | None:
        """One row as it is now."""
        with self._lock:
            return self._tellings.get((incident, channel))

    def mark(self, row: Telling, expected: int) -> bool:
        """Write one row if it still has the expected version, 0 for one that is not there; False if not."""
        with self._lock:
            held = self._tellings.get(row.id)
            if (held.version if held else 0) != expected:
                return False
            self._tellings[row.id] = row
            return True

    def tried(self, one: Try) -> None:
        """Keep an attempt to tell."""
        with self._lock:
            self._tries.append(one)

    def tree(self, incident: str) -> Tree:
        """The incident that goes on as one, with all that were merged into it."""
        with self._lock:
            root = self._root(incident)
            parts = [
                one for one in self._stories[root.key].values() if one.merged_into and self._root(one.id).id == root.id
            ]
            return Tree(root, tuple(sorted(parts, key=lambda one: one.ordinal)))

    def deeds(self, incident: str, after: int, through: int) -> Sequence[Deed]:
        """The deeds of an incident with the numbers after one and through another."""
        with self._lock:
            return tuple(self._deeds[incident][after:through]) if incident in self._deeds else ()

    def triggered(self, tree: Tree, about: Collection[str]) -> frozenset[str]:
        """About whom of some there is a trigger in an incident, its parts included."""
        with self._lock:
            return frozenset(one for one in about if any(one in self._triggered[head.id] for head in tree.heads))

    def changed(self, since: datetime) -> Sequence[Incident]:
        """The incidents that go on and were written to since a time."""
        with self._lock:
            recent = [one for one, at in self._changed.items() if at >= since]
            return tuple(head for one in recent if not (head := self._head(one)).merged_into)

    def sent(self, channel: str, since: datetime) -> Sequence[datetime]:
        """When a channel took a message since a time."""
        with self._lock:
            took = {one.at for one in self._tries if one.channel == channel and one.answer is Answer.ACCEPTED}
            return sorted(at for at in took if at >= since)

    def expected(self, entry: str, since: datetime, until: datetime, limit: int) -> Sequence[datetime]:
        """When deeds happened that were expected of an entry, in their order."""
        with self._lock:
            times = [one.time for deeds in self._deeds.values() for one in deeds if one.expected == entry]
        return sorted(at for at in times if since <= at <= until)[:limit]

    def seen(self, one: Seen) -> None:
        """Keep that somebody has acknowledged an incident."""
        with self._lock:
            self._seen.append(one)

    def sightings(self, incident: str) -> Sequence[Seen]:
        """Who has acknowledged an incident, in the order of time."""
        with self._lock:
            return tuple(one for one in self._seen if one.incident == incident)

    def purge(self, before: datetime, limit: int) -> int:
        """Take out incidents that nothing was written to since a time and that are told, with their parts."""
        with self._lock:
            old = [one for one, at in self._changed.items() if at < before and not self._head(one).merged_into]
            trees = [self.tree(one) for one in sorted(old, key=self._changed.__getitem__)]
            told = [one for one in trees if one.is_told(row for head in one.heads for row in self.tellings(head.id))]
            for tree in told[:limit]:
                for head in tree.heads:
                    self._take_out(head)
            return len(told[:limit])

    def _take_out(self, head: Incident) -> None:
        del self._stories[head.key][head.id], self._keys[head.id], self._changed[head.id]
        self._deeds.pop(head.id, None)
        self._triggered.pop(head.id, None)
        for event in [one for one, of in self._events.items() if of == head.id]:
            del self._events[event]
            self._bodies.pop(event, None)
        for holders in self._told.values():
            holders.discard(head.id)
        self._told = defaultdict(set, {deed: of for deed, of in self._told.items() if of})
        self._tellings = {row.id: row for row in self._tellings.values() if row.incident != head.id}
        self._tries = [one for one in self._tries if one.incident != head.id]
        self._seen = [one for one in self._seen if one.incident != head.id]
        if not self._stories[head.key]:
            del self._stories[head.key], self._gates[head.key]

    def _head(self, incident: str) -> Incident:
        return self._stories[self._keys[incident]][incident]

    def list(self, since: datetime, cursor: str, limit: int) -> Page:
        """Incidents opened since a time, newest first."""
        with self._lock:
            incidents = [one for heads in self._stories.values() for one in heads.values()]
        start = int(cursor or 0)
        newest = sorted(
            (one for one in incidents if one.opened >= since), key=lambda one: (one.opened, one.id), reverse=True
        )
        more = len(newest) > start + limit
        return Page(tuple(newest[start : start + limit]), str(start + limit) if more else "")

    def tellings(self, incident: str = "") -> Sequence[Telling]:
        """The rows of an incident, or of all."""
        with self._lock:
            return tuple(row for row in self._tellings.values() if incident in ("", row.incident))

    def tries(self, incident: str = "") -> Sequence[Try]:
        """The attempts to tell an incident, or any, in their order."""
        with self._lock:
            return tuple(one for one in self._tries if incident in ("", one.incident))

    def bodies(self) -> Sequence[bytes]:
        """Every record, and every message that could not be read, as they were committed."""
        with self._lock:
            return tuple(self._bodies.values())
