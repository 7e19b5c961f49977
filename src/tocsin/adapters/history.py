"""CloudTrail's event history as a queue: for a machine that has nothing but the right to look.

CloudTrail API Reference, "LookupEvents": two requests a second an account and Region, fifty events each, newest first,
ninety days back; an event is there after about five minutes, and up to fifteen (CloudTrail User Guide, "Viewing events
with CloudTrail event history"). So each look goes back further than that, and what was seen is known again.
"""

from __future__ import annotations

import json
import time
from collections import deque
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol

from tocsin.adapters.aws import translated
from tocsin.core.delivery.exchange import Message
from tocsin.core.pattern.cloudtrail_event import cloudtrail_event

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

# How late an event may be in history, and more.
OVERLAP = timedelta(minutes=20)
# How long between two looks.
EVERY = timedelta(seconds=60)
# How far back the first look goes.
_AT_FIRST = timedelta(hours=1)
_FURTHEST = timedelta(days=89)
_BATCH = 100
_POSITION = "history is read up to"


class Kept(Protocol):
    """Where a position is kept between two runs."""

    def kept(self, name: str) -> str:
        """What is kept under a name, or ``""``."""

    def keep(self, name: str, value: str) -> None:
        """Keep something under a name."""


class History:
    """Fits `flows.ports.Queue`. A look is over, and its position kept, only when all that it found was deleted.

    Args:
        client: a CloudTrail client, of the Region in which IAM is recorded.
        store: keeps how far it was read.
        now: gives the time in UTC.
    """

    def __init__(
        self,
        client: Any,  # noqa: ANN401 - boto3 makes its clients at run time
        store: Kept,
        now: Callable[[], datetime],
    ) -> None:
        self._client, self._store, self._now = client, store, now
        self._waiting: deque[Message] = deque()
        self._held: dict[str, Message] = {}
        self._seen: dict[str, datetime] = {}  # event ids of the overlap, with the time of the look
        self._end: datetime | None = None
        self._next = self._now()

    def receive(self, wait: timedelta) -> Sequence[Message]:
        """What is new in history, a hundred events at a time; waits so long where the next look is not due."""
        if not self._waiting and self._held:  # what could not be taken in comes again
            return list(self._held.values())[:_BATCH]
        if not self._waiting:
            left = self._next - self._now()
            if left > timedelta(0):
                time.sleep(min(left, wait).total_seconds())
                return []
            self._look()
        batch = [self._waiting.popleft() for _ in range(min(_BATCH, len(self._waiting)))]
        self._held |= {one.id: one for one in batch}
        return batch

    def _look(self) -> None:
        end = self._now()
        made = map(_message, self._events(self._since(end), end))
        found = [one for one in made if one.id not in self._seen]
        self._waiting.extend(reversed(found))  # the oldest first
        self._seen |= dict.fromkeys((one.id for one in found), end)
        self._end, self._next = end, end + EVERY
        if not found:
            self._over()

    def _since(self, end: datetime) -> datetime:
        said = self._store.kept(_POSITION)
        start = datetime.fromisoformat(said) - OVERLAP if said else end - _AT_FIRST
        return max(start, end - _FURTHEST)

    def _events(self, since: datetime, until: datetime) -> Iterator[dict[str, Any]]:
        wanted = [{"AttributeKey": "ReadOnly", "AttributeValue": "false"}]
        pages = self._client.get_paginator("lookup_events")
        with translated():
            for page in pages.paginate(LookupAttributes=wanted, StartTime=since, EndTime=until):
                yield from page.get("Events", ())

    def delete(self, messages: Sequence[Message]) -> None:
        """Say that messages are taken in; when all of a look are, it is over."""
        for one in messages:
            self._held.pop(one.id, None)
        if not self._held and not self._waiting:
            self._over()

    def _over(self) -> None:
        if self._end is None:
            return
        self._store.keep(_POSITION, self._end.isoformat())
        old = self._end - 2 * OVERLAP
        self._seen = {event: at for event, at in self._seen.items() if at > old}
        self._end = None

    def hold(self, messages: Sequence[Message], wait: timedelta) -> None:
        """Nobody else has them."""


def _message(event: dict[str, Any]) -> Message:
    """The EventBridge event that AWS would have made of one of history; one that cannot be read is kept as it came."""
    try:
        record = json.loads(event.get("CloudTrailEvent") or "")
    except ValueError:
        record = None
    if not isinstance(record, dict):
        return Message(str(event.get("EventId", "")), json.dumps(event, default=str).encode())
    event_id, account = str(record.get("eventID", "")), str(record.get("recipientAccountId", ""))
    made = cloudtrail_event(record, event_id, account)
    return Message(event_id or str(event.get("EventId", "")), json.dumps(made).encode("utf-8", "surrogatepass"))
