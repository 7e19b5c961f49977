"""From answered calls to records to subscribers: one queue, one thread, nothing lost on the way."""

from __future__ import annotations

import queue
import sys
import threading
import time
from collections.abc import Callable
from typing import Any, Final

from embedded_aws.errors import EmbeddedAwsError

Record = dict[str, Any]
Subscriber = Callable[[Record], None]

_END: Final = object()


class SubscriberError(EmbeddedAwsError):
    """A subscriber of the embedded AWS failed; the first failure is its cause."""


class Feed:
    """Hands every record to every subscriber, after the call that made it was answered.

    Args:
        build: makes the record of one exchange, or None where AWS keeps none.
    """

    def __init__(self, build: Callable[[Any], Record | None]) -> None:
        self._build = build
        self._queue: queue.Queue[Any] = queue.Queue()
        self._subscribers: list[Subscriber] = []
        self._errors: list[Exception] = []
        self._idle = threading.Condition()
        self._pending = 0
        self._thread = threading.Thread(target=self._run, name="embedded-aws-feed", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def subscribe(self, subscriber: Subscriber) -> None:
        """Call this with each record from now on."""
        self._subscribers.append(subscriber)

    def expect(self) -> None:
        """Say that a call has begun of which a record will be kept."""
        with self._idle:
            self._pending += 1

    def put(self, exchange: object) -> None:
        """Take an answered call that was expected; None where it came to nothing."""
        self._queue.put(exchange)

    def settle(self, timeout: float) -> None:
        """Wait until every expected call has been handed to all subscribers.

        Raises:
            TimeoutError: that took longer than the timeout, in seconds.
            SubscriberError: a subscriber has failed since the last time.
        """
        until = time.monotonic() + timeout
        with self._idle:
            while self._pending:
                left = until - time.monotonic()
                if left <= 0:
                    raise TimeoutError(f"{self._pending} calls are still on their way after {timeout:g} s")
                self._idle.wait(left)
        self.raise_errors()

    def raise_errors(self) -> None:
        """Raise what subscribers have failed with, once."""
        errors, self._errors = self._errors, []
        if errors:
            more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
            raise SubscriberError(f"a subscriber of the embedded AWS failed: {errors[0]!r}{more}") from errors[0]

    def stop(self) -> None:
        """Work off what is queued, then end the thread."""
        self._queue.put(_END)
        self._thread.join(timeout=10)

    def _run(self) -> None:
        while (exchange := self._queue.get()) is not _END:
            try:
                self._hand_on(exchange)
            finally:
                with self._idle:
                    self._pending -= 1
                    self._idle.notify_all()

    def _hand_on(self, exchange: object) -> None:
        try:
            record = None if exchange is None else self._build(exchange)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is kept and raised by settle or stop
            self._keep(error)
            return
        if record is None:
            return
        for subscriber in list(self._subscribers):
            try:
                subscriber(record)
            except Exception as error:  # noqa: BLE001 - as above; the other subscribers still get the record
                self._keep(error)

    def _keep(self, error: Exception) -> None:
        self._errors.append(error)
        sys.stderr.write(f"embedded AWS: a subscriber failed: {error!r}\n")
