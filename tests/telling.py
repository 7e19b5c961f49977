"""A world in which the contract of telling is played: workers that stop at every call, crash, and whose clocks differ.

Each worker is a thread that stops before every call of the store and of the channel, until the schedule lets it go on
or crashes it there. So every interleaving of the calls can be played, and one that failed can be played again.
"""

from __future__ import annotations

import threading
from collections import Counter
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from datetime import timedelta

from builders import NOW, at, message_of
from tocsin.core.channels import ChannelSpec
from tocsin.core.delivery.outcome import Answer, Outcome
from tocsin.core.match.rules import Role
from tocsin.core.settings import DEFAULTS
from tocsin.flows.respond import intake, tell

WINDOW, LEASE, SETTLE = timedelta(seconds=100), timedelta(seconds=20), timedelta(seconds=60)
SETTINGS = replace(DEFAULTS, window=WINDOW, lease=LEASE, settle=SETTLE)


class Crashed(BaseException):
    """The worker is killed where it stands: no handler of the code under test may take it for a fault."""


@dataclass
class Send:
    """One send that was made: by whom, what, and whether a repeat of it is excused."""

    worker: int
    row: tuple
    lease: str
    events: tuple
    preludes: frozenset
    triggered: frozenset
    marked: bool = False
    excused: bool = False


class Stop:
    """Where a worker stops until it is let go."""

    def __init__(self):
        self._go, self._stopped = threading.Semaphore(0), threading.Semaphore(0)
        self.at, self.dead, self.ended, self.fault = "start", False, False, None

    def here(self, name):
        self.at = name
        self._stopped.release()
        self._go.acquire()
        if self.dead:
            raise Crashed

    def start(self, job):
        def run():
            self._go.acquire()
            try:
                if not self.dead:
                    job()
            except Crashed:
                pass
            except BaseException as fault:  # noqa: BLE001 - raised where the schedule is played
                self.fault = fault
            self.ended = True
            self._stopped.release()

        threading.Thread(target=run, daemon=True).start()

    def go_on(self):
        """Let it run to its next stop."""
        self._go.release()
        self._stopped.acquire()
        if self.fault:
            raise self.fault

    def crash(self):
        self.dead = True
        self.go_on()


class Stopping:
    """A store, or a channel, at whose calls a worker stops."""

    def __init__(self, inner, stop, after=None):
        self._inner, self._stop, self._after = inner, stop, after

    def __getattr__(self, name):
        held = getattr(self._inner, name)
        if name == "turn":
            return nullcontext  # whole turns are played elsewhere; here every commit stands by itself
        if not callable(held):
            return held

        def call(*given, **named):
            self._stop.here(name)
            got = held(*given, **named)
            if self._after:
                self._after(name, given, got)
            return got

        return call


@dataclass
class World:
    """Workers 0 and 1 take in, 2 and 3 tell; their clocks differ by `apart` seconds."""

    store: object
    rules: object
    apart: tuple | list = (0, 0, 0, 0)
    channels: dict = field(default_factory=lambda: dict.fromkeys(range(4), ("x",)))
    teller: type = None

    def __post_init__(self):
        self.now, self.queue, self.jobs, self.sends, self.log = NOW, [], {}, [], []
        self.apart = list(self.apart)
        self.down, self.ids = set(), iter(range(10**6))
        self.routes = {}  # the channels of whoever took an event in

    def clock(self, worker):
        return lambda: self.now + timedelta(seconds=self.apart[worker])

    def settings(self, worker):
        return replace(SETTINGS, specs=tuple(ChannelSpec(one, "terminal") for one in self.channels[worker]))

    def _taking_in(self, worker, stop, messages):
        store = Stopping(self.store, stop, lambda name, given, got: self._came(worker, name, given, got))

        def job():
            receipts = intake.ingest(
                messages, store=store, rules=self.rules, settings=self.settings(worker), now=self.clock(worker),
                new_id=lambda: f"inc-{worker}-{next(self.ids)}",
            )  # fmt: skip
            stop.here("delete")
            assert all(receipt.ok for receipt in receipts), receipts

        return job

    def _came(self, worker, name, given, got):
        if name == "commit" and got:
            self.routes |= dict.fromkeys(given[0].change.events, self.channels[worker])

    def _telling(self, worker, stop, channel):
        sender = Channel(channel, self, worker, stop)
        store = Stopping(self.store, stop, lambda name, given, got: self._saw(sender, worker, name, given, got))
        teller = (self.teller or Watched)(
            store,
            sender,
            self.rules,
            self.settings(worker),
            self.clock(worker),
            lambda: f"t{next(self.ids)}",
            lambda: f"inc-{worker}-{next(self.ids)}",
        )
        return lambda: teller.tell(1)

    def _saw(self, sender, worker, name, given, got):
        """A repeat is excused only between claim and mark: by a crash, or by a lease that ran out."""
        if name == "triggered":
            sender.triggered = got
        if name == "mark" and got:
            row = given[0]
            for send in self.sends:
                if send.row == row.id and not send.marked:
                    if send.worker == worker and row.lease != send.lease:
                        send.marked = True
                    elif row.lease and row.lease != send.lease:
                        send.excused = True

    def step(self, action):
        """Play one action; says whether there was anything to do."""
        kind, worker = action[0], action[1]
        if kind == "tick":
            self.now += timedelta(seconds=worker)
        elif kind == "jump":
            self.apart[worker] = action[2]
        elif kind == "again":
            self.queue.append(self.messages[worker % len(self.messages)])
        elif kind == "crash" and worker in self.jobs:
            stop, messages = self.jobs.pop(worker)
            stop.crash()
            if messages:
                self.queue.append(messages)
            for send in self.sends:
                if send.worker == worker and not send.marked:
                    send.excused = True
        elif kind in ("in", "out"):
            return self._turn(action)
        return True

    def _turn(self, action):
        kind, worker = action[0], action[1]
        if worker not in self.jobs:
            messages = None
            if kind == "in":
                if not self.queue:
                    return False
                messages = self.queue.pop(0)
            stop = Stop()
            make = self._taking_in if kind == "in" else self._telling
            stop.start(make(worker, stop, messages if kind == "in" else action[2]))
            self.jobs[worker] = (stop, messages)
        stop, _ = self.jobs[worker]
        stop.go_on()
        self.log.append((worker, stop.at))
        if stop.ended:
            del self.jobs[worker]
            return stop.at != "due"  # it looked, and there was nothing
        return True

    def play(self, messages, schedule):
        """Play a schedule, and then let everything come to rest."""
        self.messages = messages
        self.queue = list(messages)
        for action in schedule:
            self.step(action)
        self.down.clear()
        self.apart = [0] * 4  # somebody sets the clocks
        for _ in range(200):
            while self.jobs:
                for worker in list(self.jobs):
                    self.step(("in" if worker < 2 else "out", worker, "x"))
            moved = False
            while self.queue:
                moved = True
                self._run(("in", 0))
            for channel in sorted({one for every in self.channels.values() for one in every}):
                for worker in (2, 3):
                    while self._run(("out", worker, channel)):
                        moved = True
            rows = self.store.tellings()
            if not self.queue and all(row.due_at is None for row in rows):
                return self
            self.now += timedelta(seconds=0 if moved else 30)
        raise AssertionError("it does not come to rest")

    def _run(self, action):
        done = self.step(action)
        while action[1] in self.jobs:
            done = self.step(action)
        return done

    def failures(self):
        """Which of the contract's invariants do not hold, at rest."""
        return [*self._lost(), *self._twice(), *self._alone(), *self._counted_twice(), *self._split()]

    def _incidents(self):
        return self.store.list(NOW - timedelta(days=9), "", 10**6).incidents

    def _lost(self):
        for head in self._incidents():
            tree = self.store.tree(head.id)
            deeds = self.store.deeds(head.id, 0, head.deeds)
            hushed = self.store.triggered(tree, {one.about for one in deeds})
            every = [one.event_id for part in tree.heads for one in self.store.deeds(part.id, 0, part.deeds)]
            for channel in {channel for event in every for channel in self.routes[event]}:
                got = {event for send in self.sends if send.row[1] == channel for event in send.events}
                for deed in deeds:
                    swallowed = deed.role is Role.PRELUDE and deed.about in hushed
                    if deed.event_id not in got and not swallowed:
                        yield f"lost: {deed.event_id} on {channel}"
                row = self.store.telling(head.id, channel)
                if deeds and (row is None or row.told != len(deeds)):
                    yield f"not at rest: {head.id} on {channel}: {row}"

    def _twice(self):
        sent = Counter((send.row[1], event) for send in self.sends for event in send.events)
        for (channel, event), times in sent.items():
            excused = sum(send.excused for send in self.sends if send.row[1] == channel and event in send.events)
            if times > 1 + excused:
                yield f"twice: {event} on {channel}, {times} times, {excused} excused"

    def _alone(self):
        for send in self.sends:
            if set(send.events) and set(send.events) <= send.preludes and send.preludes <= send.triggered:
                yield f"alone: {send.events}"

    def _counted_twice(self):
        every = [one.event_id for head in self._incidents() for one in self.store.deeds(head.id, 0, head.deeds)]
        for event, times in Counter(every).items():
            if times > 1:
                yield f"counted twice: {event}"

    def _split(self):
        roots = [head for head in self._incidents() if not head.merged_into]
        for one in roots:
            for other in roots:
                near = one.first - WINDOW <= other.last and other.first - WINDOW <= one.last
                if one.id < other.id and one.key == other.key and near:
                    yield f"split: {one.id} and {other.id}"


class Watched(tell.Teller):
    """A teller that shows its channel which row and which deeds it sends."""

    def _send(self, ready):
        self.channel.mine, self.channel.news = ready.mine, ready.chapter.news
        return super()._send(ready)


class Channel:
    """Takes what it is sent, unless it is down; the worker stops before it and after it."""

    def __init__(self, name, world, worker, stop):
        self.name, self._world, self._worker, self._stop = name, world, worker, stop
        self.mine, self.news, self.triggered = None, (), frozenset()

    def send(self, notice):
        self._stop.here("send")
        world = self._world
        if self.name in world.down:
            return Outcome(Answer.BUSY, "down")
        row, deeds = self.mine, self.news
        preludes = {one for one in deeds if one.role is Role.PRELUDE}
        world.sends.append(
            Send(
                self._worker,
                row.id,
                row.lease,
                tuple(one.event_id for one in deeds),
                frozenset(one.event_id for one in preludes),
                frozenset(one.event_id for one in preludes if one.about in self.triggered),
            )
        )
        self._stop.here("sent")
        return Outcome(Answer.ACCEPTED, "ok")


MESSAGES = {
    "ann": at(0, requestParameters={"userName": "ann"}),
    "bob": at(150, requestParameters={"userName": "bob"}),
    "cy": at(80, requestParameters={"userName": "cy"}),
    "ann's key": at(10, name="DeleteAccessKey", requestParameters={"userName": "ann", "accessKeyId": "AKIAX"}),
    "dan's key": at(20, name="DeleteAccessKey", requestParameters={"userName": "dan", "accessKeyId": "AKIAY"}),
    "eve": at(160, requestParameters={"userName": "eve"}),
    "untimed": at(170, requestParameters={"userName": "una"}, eventTime=None),
}


def messages_of(*groups):
    """Messages as a queue gives them: a list a batch."""
    return [[message_of(MESSAGES[name], name) for name in group] for group in groups]
