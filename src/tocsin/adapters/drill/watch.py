"""Looking at the far ends of the hops, each in a thread of its own: an observer queue, event history, a person."""

from __future__ import annotations

import os
import queue
import select
import threading
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from tocsin.adapters.aws import translated
from tocsin.adapters.queue import BATCH
from tocsin.core.drill.hops import Sighting, Source, whose
from tocsin.errors import TocsinError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from threading import Event

    Look = Callable[[Event], Iterator[str]]

# A long poll ends at once when something comes; short ones let the watch end soon (SQS Developer Guide).
_POLL_S = 1
# What is another drill's is shown to it again at once; what comes back a second time is nobody's any more for a while.
_HIDDEN_S = 10
# CloudTrail API Reference, "LookupEvents": two requests a second an account and Region. The first looks are quick.
_PAUSES_S = (0.1, 0.5, 1.0, 2.0, 4.0)
_LONGEST_PAUSE_S = 8.0
# Event times are AWS's, and this machine's clock may be off.
_BACK = timedelta(hours=1)
_JOIN_S = 3.0


class Watch:
    """Fits `flows.ports.Watch`.

    Args:
        before: what looks at each source from the start on: yields what it sees until it is told to stop.
        after: what looks only once the deed is done.
    """

    def __init__(self, before: Mapping[Source, Look], after: Mapping[Source, Look]) -> None:
        self._before = before
        self._after = after
        self._seen: queue.SimpleQueue[Sighting] = queue.SimpleQueue()
        self._stop = threading.Event()
        self._threads: list[threading.Thread] = []

    def begin(self) -> None:
        """Start to look."""
        self._start(self._before)

    def go_on(self) -> None:
        """Look everywhere: the deed is done."""
        self._start(self._after)

    def _start(self, looks: Mapping[Source, Look]) -> None:
        for source, look in looks.items():
            thread = threading.Thread(target=self._run, args=(source, look), name=f"drill-{source}", daemon=True)
            thread.start()
            self._threads.append(thread)

    def next(self, wait: float) -> Sighting | None:
        """The next sighting, in the order in which they were made; None where none comes in so many seconds."""
        try:
            return self._seen.get(timeout=wait)
        except queue.Empty:
            return None

    def end(self) -> None:
        """Stop looking."""
        self._stop.set()
        for thread in self._threads:
            thread.join(_JOIN_S)

    def _run(self, source: Source, look: Look) -> None:
        try:
            for text in look(self._stop):
                self._seen.put(Sighting(source, text, time.monotonic()))
        except TocsinError as fault:
            self._seen.put(Sighting(source, "", time.monotonic(), fault.message))


def observer(client: Any, queue: str, code: str) -> Look:  # noqa: ANN401 - as `Clients.client`
    """Looks at an observer queue. What is of no drill is taken out; what is another's is left for it.

    Args:
        client: an SQS client.
        queue: the queue's URL, or its name.
        code: of this drill.
    """

    def look(stop: Event) -> Iterator[str]:
        url = queue
        if "/" not in queue:  # it was only just made
            with translated():
                url = client.get_queue_url(QueueName=queue)["QueueUrl"]
        handed_back: set[str] = set()
        while not stop.is_set():
            with translated():
                answer = client.receive_message(
                    QueueUrl=url, MaxNumberOfMessages=BATCH, WaitTimeSeconds=_POLL_S, VisibilityTimeout=_HIDDEN_S
                )
            messages = answer.get("Messages", [])
            owners = {message["MessageId"]: whose(message["Body"], code) for message in messages}
            yield from (message["Body"] for message in messages if owners[message["MessageId"]] == "ours")
            done = [one for one in messages if owners[one["MessageId"]] != "another"]
            others = [
                one for one in messages if owners[one["MessageId"]] == "another" and one["MessageId"] not in handed_back
            ]
            handed_back.update(one["MessageId"] for one in others)
            with translated():
                if done:
                    client.delete_message_batch(QueueUrl=url, Entries=_entries(done))
                if others:
                    client.change_message_visibility_batch(
                        QueueUrl=url, Entries=[{**one, "VisibilityTimeout": 0} for one in _entries(others)]
                    )

    return look


def _entries(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"Id": str(index), "ReceiptHandle": one["ReceiptHandle"]} for index, one in enumerate(messages)]


def history(client: Any, event: str, code: str) -> Look:  # noqa: ANN401 - as `Clients.client`
    """Looks at event history.

    Args:
        client: a CloudTrail client of the Region that records the call.
        event: the name of the event that is looked for.
        code: of this drill.
    """

    def look(stop: Event) -> Iterator[str]:
        seen: set[str] = set()
        since = datetime.now(UTC) - _BACK
        pauses = iter(_PAUSES_S)
        pages = client.get_paginator("lookup_events")
        while not stop.is_set():
            with translated():
                asked = pages.paginate(
                    LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": event}], StartTime=since
                )
                found = [one for page in asked for one in page["Events"]]
            for one in found:
                if one["EventId"] not in seen and whose(one["CloudTrailEvent"], code) == "ours":
                    seen.add(one["EventId"])
                    yield one["CloudTrailEvent"]
            stop.wait(next(pauses, _LONGEST_PAUSE_S))

    return look


def person(handle: int) -> Look:
    """Looks at what a person types, a line at a time.

    Args:
        handle: of standard input. It is read past Python's own buffer, which a thread would hold to the very end.
    """

    def look(stop: Event) -> Iterator[str]:
        kept = b""
        while not stop.is_set():
            ready, _, _ = select.select([handle], [], [], 0.1)
            if not ready:
                continue
            read = os.read(handle, 4096)
            if not read:
                raise TocsinError("standard input was closed, so nobody could be asked")
            *lines, kept = (kept + read).split(b"\n")
            yield from (line.decode("utf-8", "replace") for line in lines)
            kept = kept[-4096:]

    return look
