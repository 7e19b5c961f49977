"""The worker's own loops: a queue that fails, a fault of ours, a channel that hangs, and being asked to stop."""

from __future__ import annotations

import threading
import time
from dataclasses import replace

import pytest

from bells import BUSY, OPS, Bell, FakeChannel
from builders import at, message_of
from tocsin.adapters.memory import MemoryStore
from tocsin.core.channels import ChannelSpec
from tocsin.core.delivery.outcome import Nod
from tocsin.core.routes import Escalation
from tocsin.errors import Unreachable
from tocsin.wiring.responder import Responder
from tocsin.wiring.worker import Worker


class Queue:
    """Gives what it has; a step that is a fault is raised."""

    def __init__(self, *steps):
        self.steps, self.deleted, self.held = list(steps), [], []

    def receive(self, wait):
        if not self.steps:
            time.sleep(0.01)
            return []
        step = self.steps.pop(0)
        if isinstance(step, Exception):
            raise step
        return step

    def delete(self, messages):
        self.deleted += [one.id for one in messages]

    def hold(self, messages, wait):
        self.held += [one.id for one in messages]


@pytest.fixture
def working(rules):
    made = []

    def start(queue, *channels, store=None):
        specs = tuple(ChannelSpec(one.name, "terminal") for one in channels)
        responder = Responder(
            store or MemoryStore(), {one.name: one for one in channels}, rules, replace(OPS, specs=specs)
        )
        said = []
        worker = Worker(responder, queue, lambda kind, facts: said.append((kind, facts)))
        thread = threading.Thread(target=worker.run)
        thread.start()
        made.append((worker, thread))
        return worker, said

    yield start
    for worker, thread in made:
        worker.stop()
        thread.join(30)
        assert not thread.is_alive()


def until(fits, seconds=20):
    end = time.monotonic() + seconds
    while not fits():
        assert time.monotonic() < end
        time.sleep(0.01)


def gone(name, second):
    return message_of(at(second, requestParameters={"userName": name}), name)


def test_what_fails_is_said_and_the_next_turn_comes(working):
    queue = Queue(Unreachable("the queue is down"), ZeroDivisionError("ours"), [gone("bob", 0)])
    channel = FakeChannel()
    worker, said = working(queue, channel)
    until(lambda: channel.notices)
    assert [(kind, facts["says"]) for kind, facts in said if kind in ("trouble", "fault")] == [
        ("trouble", "the queue is down"),
        ("fault", "ZeroDivisionError: ours"),
    ]
    until(lambda: worker.health()["well"])
    assert queue.deleted == ["mbob"]


def test_a_channel_that_hangs_delays_no_other(working):
    release = threading.Event()

    class Hangs(FakeChannel):
        def send(self, notice):
            release.wait(20)
            return super().send(notice)

    hangs, fine = Hangs(name="hangs"), FakeChannel(name="fine")
    worker, _ = working(Queue([gone("bob", 0)], [gone("carol", 1)]), hangs, fine)
    until(lambda: {line for notice in fine.notices for line in notice.sentence.split()} >= {"bob"})
    assert hangs.notices == []
    accepted, sending = (("answer", "accepted"), ("channel", "fine")), (("channel", "hangs"), ("state", "sending"))
    until(lambda: worker.figures().get("tries_total", {}).get(accepted, 0) >= 1)
    until(lambda: worker.figures()["tellings"].get(sending) == 1)  # its own thread may be the later one
    release.set()
    until(lambda: hangs.notices)


def test_a_worker_whose_every_turn_fails_is_not_well(working):
    worker, _ = working(Queue(*[Unreachable("down")] * 99), FakeChannel())
    until(lambda: worker.health()["trouble"] == {"take in": "down"})
    assert worker.health()["well"] is False


def test_messages_are_kept_from_others_while_they_are_taken_in(working, monkeypatch):
    class Slow(MemoryStore):
        def commit(self, commit):
            time.sleep(0.3)
            return super().commit(commit)

    monkeypatch.setattr("tocsin.wiring.worker._RENEW_S", 0.05)
    queue, channel = Queue([gone("bob", 0)]), FakeChannel()
    working(queue, channel, store=Slow())
    until(lambda: channel.notices)
    assert len(queue.held) >= 2


def test_asked_to_stop_it_ends_what_is_in_hand(working):
    began, store, held = threading.Event(), MemoryStore(), []

    class Slow(FakeChannel):
        def send(self, notice):
            held.extend(store.tellings())
            began.set()
            time.sleep(0.3)
            return super().send(notice)

    channel = Slow()
    worker, _ = working(Queue([gone("bob", 0)]), channel, store=store)
    assert began.wait(20)
    worker.stop()
    until(lambda: channel.notices)
    until(lambda: store.tellings()[0].told == 1)
    [row] = held
    assert row.due_at - row.set_at == OPS.lease


def test_what_waits_for_a_channel_that_is_no_more_is_said(rules, working):
    store = MemoryStore()
    bell = Bell(rules, store=store, settings=replace(OPS, specs=(ChannelSpec("gone", "terminal"),)))
    bell.take(gone("ann", 0))
    _, said = working(Queue(), FakeChannel(name="ops"), store=store)
    until(lambda: [facts for kind, facts in said if facts.get("hint") == "tocsin channels forget gone"])
    [facts] = [facts for kind, facts in said if kind == "trouble"]
    assert facts["says"] == "1 incidents wait for the channel gone, which the config does not name"


def test_whoever_is_to_be_called_is_called_by_the_worker_and_told(rules):
    names, said = ("ops", "phone"), []
    ops, phone = FakeChannel(*[BUSY] * 99, name="ops"), FakeChannel(name="phone")
    specs = tuple(ChannelSpec(name, "terminal") for name in names)
    chosen = replace(OPS, specs=specs, escalation=Escalation(("phone",)))
    responder = Responder(MemoryStore(), {"ops": ops, "phone": phone}, rules, chosen)
    worker = Worker(responder, Queue([gone("ann", 0)]), lambda kind, facts: said.append((kind, facts)))
    thread = threading.Thread(target=worker.run)
    thread.start()
    until(lambda: phone.notices, 40)
    worker.stop()
    thread.join(30)
    assert [facts["channel"] for kind, facts in said if kind == "called"] == ["phone"]
    assert worker.health()["well"] is True


class Answers(FakeChannel):
    """A channel in which somebody has acknowledged at once."""

    asks = True

    def heard(self, incident, thread):
        return [Nod("jane", 1)] if self.notices else []

    def acknowledged(self, incident, thread, who):
        self.script.append(who)
        return BUSY


def test_who_acknowledges_in_a_channel_is_kept_and_the_others_are_let_know(working, monkeypatch):
    monkeypatch.setattr("tocsin.wiring.worker._LISTEN_S", 0.05)
    ops, pager, store = Answers(name="ops"), Answers(name="pager"), MemoryStore()
    pager.heard = lambda *_: []
    _, said = working(Queue([gone("bob", 0)]), ops, pager, store=store)
    until(lambda: [facts for kind, facts in said if kind == "seen"])
    [seen] = [facts for kind, facts in said if kind == "seen"]
    assert (seen["who"], seen["through"]) == ("jane", 1)
    assert [one.who for one in store.sightings(seen["incident"])] == ["jane"]
