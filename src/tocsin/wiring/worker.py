"""The worker: takes in what the queue has, and tells every channel what is due, until it is asked to stop.

One thread takes in, and one a channel tells, so that a channel that hangs delays no other. What is in hand when it is
asked to stop is ended first; what is not, the queue and the store still have.
"""

from __future__ import annotations

import threading
import time
from collections import Counter, defaultdict
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tocsin.core.delivery.outcome import Answer
from tocsin.errors import TocsinError
from tocsin.flows.ports import Answering
from tocsin.flows.respond import tidy
from tocsin.flows.respond.acknowledge import listen
from tocsin.flows.respond.escalate import escalate
from tocsin.flows.respond.intake import pump

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tocsin.core.delivery.exchange import Message
    from tocsin.flows.ports import Queue
    from tocsin.flows.respond.intake import Receipt
    from tocsin.flows.respond.tell import Told
    from tocsin.wiring.responder import Responder

# A worker that is asked to stop does so when its poll ends (Amazon SQS Developer Guide, "Short and long polling").
LONG_POLL = timedelta(seconds=10)
# How long a message is kept from others, and how often that is renewed while it is taken in.
VISIBLE_AFTER = timedelta(seconds=60)
_RENEW_S = 20.0
# How often a channel's rows are looked at where nobody says that there is news.
_LOOK_S = 1.0
_LONGEST_PAUSE_S = 60.0
# How often what is old is taken out of the store, and how often that loop shows that it lives.
_TIDY_S, _ALIVE_S = 3600.0, 60.0
# How often it is looked for whom to call next.
_ESCALATE_S = 5.0
# How often it is asked who has acknowledged.
_LISTEN_S = 15.0
# So many rows a turn, so that a turn ends; and after so long without a turn a loop is said to hang.
_ROWS = 10
_HANGS_S = 600.0


class Worker:
    """A worker over a queue.

    Args:
        responder: what takes in and tells.
        queue: where the feed rules send.
        say: is told what happens: what kind of thing it is, and the facts.
    """

    def __init__(self, responder: Responder, queue: Queue, say: Callable[[str, dict[str, Any]], None]) -> None:
        self._responder, self._queue, self._say = responder, queue, say
        self._news = {name: threading.Event() for name in responder.channels}
        self._answering = {
            name: one for name, one in responder.channels.items() if isinstance(one, Answering) and one.asks
        }
        self._stop = threading.Event()
        self._turned: dict[str, float] = {}  # when each loop last came round, by the monotonic clock
        self._trouble: dict[str, str] = {}  # what each loop met in its last turn
        self._figures: dict[str, Counter[tuple[tuple[str, str], ...]]] = defaultdict(Counter)

    def health(self) -> dict[str, object]:
        """What each loop is doing; not well where one hangs, or fails at every turn."""
        at, turned, trouble = time.monotonic(), dict(self._turned), dict(self._trouble)
        ages = {name: round(at - when, 1) for name, when in turned.items()}
        hangs = [name for name, age in ages.items() if age > _HANGS_S]
        return {"well": not hangs and not trouble, "seconds_since": ages, "hangs": hangs, "trouble": trouble}

    def figures(self) -> dict[str, dict[tuple[tuple[str, str], ...], float]]:
        """What was counted since it began, and what waits."""
        waiting: Counter[tuple[tuple[str, str], ...]] = Counter()
        for row in self._responder.store.tellings():
            waiting[("channel", row.channel), ("state", str(row.state))] += 1
        return {**{name: dict(held) for name, held in self._figures.items()}, "tellings": dict(waiting)}

    def stop(self) -> None:
        """Ask it to stop; `run` ends when what is in hand is done."""
        self._stop.set()
        for news in self._news.values():
            news.set()

    def run(self) -> None:
        """Work until asked to stop."""
        tellers = [threading.Thread(target=self._tell, args=(name,), name=f"tell {name}") for name in self._news]
        tellers.append(threading.Thread(target=self._tidy, name="tidy"))
        if self._answering:
            tellers.append(threading.Thread(target=self._listen, name="listen"))
        if self._responder.settings.escalation:
            tellers.append(threading.Thread(target=self._escalate, name="escalate"))
        for teller in tellers:
            teller.start()
        try:
            self._loop("take in", self._take_in)
        finally:
            self.stop()
            for teller in tellers:
                teller.join()

    def _loop(self, name: str, turn: Callable[[], None]) -> None:
        """Turn until asked to stop; what goes wrong is said, and tried again after a pause that grows."""
        pause = _LOOK_S
        while not self._stop.is_set():
            self._turned[name] = time.monotonic()
            try:
                turn()
            except TocsinError as fault:
                self._trouble[name] = fault.message
                self._say("trouble", {"in": name, "says": fault.message, "hint": fault.hint})
            except Exception as fault:  # noqa: BLE001 - a fault of ours stops no loop: it is said, and the next turn comes
                self._trouble[name] = f"{type(fault).__name__}: {fault}"
                self._say("fault", {"in": name, "says": self._trouble[name]})
            else:
                self._trouble.pop(name, None)
                pause = _LOOK_S
                continue
            self._stop.wait(pause)
            pause = min(pause * 2, _LONGEST_PAUSE_S)

    def _take_in(self) -> None:
        receipts = pump(self._queue, self._taken, LONG_POLL)
        if receipts:
            counts = _counted(receipts)
            self._say("taken", counts)
            for what, number in counts.items():
                self._figures["messages_total" if what == "messages" else "records_total"][_labels(what)] += number
        for receipt in receipts:
            if not receipt.ok:
                self._say("trouble", {"in": "take in", "message": receipt.id, "says": receipt.reason})

    def _taken(self, messages: Sequence[Message]) -> Sequence[Receipt]:
        with self._held(messages):
            receipts = self._responder.ingest(messages)
        for news in self._news.values():
            news.set()
        return receipts

    @contextmanager
    def _held(self, messages: Sequence[Message]) -> Iterator[None]:
        """Keep messages from other workers for as long as it takes."""
        done = threading.Event()

        def renew() -> None:
            while not done.wait(_RENEW_S):
                try:
                    self._queue.hold(messages, VISIBLE_AFTER)
                except TocsinError as fault:  # then another worker may take them in too, which tells nobody twice
                    self._say("trouble", {"in": "take in", "says": fault.message, "hint": fault.hint})

        thread = threading.Thread(target=renew, name="hold")
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()

    def _tidy(self) -> None:
        """Say what nobody is told of, and take out what is old, again and again."""
        due = time.monotonic()

        def turn() -> None:
            nonlocal due
            store, settings = self._responder.store, self._responder.settings
            while time.monotonic() >= due and not self._stop.is_set():
                gone = tidy.purge(store, settings, self._responder.now())
                if gone:
                    self._say("purged", {"incidents": gone})
                if gone < tidy.AT_ONCE:
                    due = time.monotonic() + _TIDY_S
                    for channel, count in tidy.owed(store, self._responder.channels).items():
                        says = f"{count} incidents wait for the channel {channel}, which the config does not name"
                        self._say("trouble", {"in": "tidy", "says": says, "hint": f"tocsin channels forget {channel}"})
            self._stop.wait(_ALIVE_S)

        self._loop("tidy", turn)

    def _escalate(self) -> None:
        """Call whoever is to be called next, again and again."""
        settings = self._responder.settings

        def turn() -> None:
            for incident, channel in escalate(self._responder.store, settings, self._responder.now):
                self._say("called", {"incident": incident, "channel": channel})
                if channel in self._news:
                    self._news[channel].set()
            self._stop.wait(_ESCALATE_S)

        self._loop("escalate", turn)

    def _listen(self) -> None:
        """Ask the channels who has acknowledged, again and again."""

        def turn() -> None:
            for seen, others in listen(self._responder.store, self._answering, self._responder.now):
                self._say("seen", {"incident": seen.incident, "through": seen.through, "who": seen.who})
                for name, outcome in others.items():
                    if outcome.answer is not Answer.ACCEPTED:
                        self._say("trouble", {"in": "listen", "channel": name, "says": outcome.detail})
            self._stop.wait(_LISTEN_S)

        self._loop("listen", turn)

    def _tell(self, channel: str) -> None:
        teller, news = self._responder.teller(channel), self._news[channel]

        def turn() -> None:
            done = teller.tell(_ROWS)
            for one in done:
                self._figures["tries_total"][("answer", str(one.outcome.answer)), ("channel", channel)] += 1
                self._say("told" if one.outcome.answer is Answer.ACCEPTED else "not told", _facts(one))
            if not done:
                news.wait(_LOOK_S)
                news.clear()

        self._loop(f"tell {channel}", turn)


def _counted(receipts: Sequence[Receipt]) -> dict[str, Any]:
    names = ("matched", "repeated", "unwatched", "rejected")
    return {"messages": len(receipts), **{name: sum(getattr(one, name) for one in receipts) for name in names}}


def _labels(what: str) -> tuple[tuple[str, str], ...]:
    return () if what == "messages" else (("came_to", what),)


def _facts(one: Told) -> dict[str, Any]:
    row, outcome = one.telling, one.outcome
    return {
        "channel": row.channel,
        "incident": row.incident,
        "through": row.passed,
        "answer": str(outcome.answer),
        "says": outcome.detail,
        "state": str(row.state),
    }
