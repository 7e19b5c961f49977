"""A worker that is killed before any call, each in turn; and a message that comes again and again."""

from __future__ import annotations

import itertools
import random
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from bells import Bell, FakeChannel
from builders import NOW, entry, message_of
from telling import World, messages_of
from tocsin.adapters.memory import MemoryStore
from tocsin.adapters.sqlite.store import SqliteStore

STORES = {"memory": lambda _: MemoryStore(), "sqlite": lambda folder: SqliteStore(folder / "store.db")}
CHANNELS = dict.fromkeys(range(4), ("x", "y"))
GROUPS = (["ann's key"], ["ann", "bob"], ["dan's key", "cy"])


def killed_at(world, kill):
    """Take everything in and tell it, worker by worker; whoever makes the call of that number is killed before it."""
    calls = itertools.count(1)
    world.messages = messages_of(*GROUPS)
    world.queue = list(world.messages)
    for action in itertools.islice(itertools.cycle((("in", 0), ("out", 2, "x"), ("out", 3, "y"))), 30):
        done = world.step(action)
        while action[1] in world.jobs:
            if next(calls) == kill:
                world.step(("crash", action[1]))
                break
            done = world.step(action)
        if done and action[0] == "out":
            continue
    return next(calls)


@pytest.mark.parametrize("kind", STORES)
def test_a_worker_may_be_killed_before_any_call(rules, kind, tmp_path):
    reached, kill = 1, 1
    while kill <= reached:
        folder = tmp_path / str(kill)
        folder.mkdir()
        world = World(STORES[kind](folder), rules, channels=CHANNELS)
        reached = max(reached, killed_at(world, kill) - 1)
        world.play(world.queue, [])
        assert world.failures() == [], kill
        kill += 1
    assert reached > 60  # as many calls were there to be killed before


def test_fifty_redeliveries_over_two_workers_are_told_once(rules):
    world = World(MemoryStore(), rules, channels=CHANNELS)
    random.seed(0)
    schedule = [("again", random.randrange(4)) for _ in range(50)]
    for _ in range(300):
        schedule.append(("in", random.randrange(2)))
        schedule.append(("out", 2 + random.randrange(2), random.choice(("x", "y"))))
    world.play(messages_of(["ann"], ["bob"], ["cy"], ["dan's key"]), schedule)
    assert world.failures() == []
    sent = [event for send in world.sends for event in send.events if send.row[1] == "x"]
    assert len(sent) == len(set(sent)) == 4


@pytest.mark.parametrize("kind", STORES)
def test_fifty_redeliveries_over_three_workers_at_once_are_told_once(rules, kind, tmp_path):
    """Real threads, each with a clock and ids of its own, over one store."""
    store, sent = STORES[kind](tmp_path), FakeChannel()
    carol = entry(eventID="carol", requestParameters={"userName": "carol"})

    def work(worker):
        bell = Bell(rules, store=store)
        bell._ids = itertools.count(worker * 10**6)
        for _ in range(50):
            receipts = bell.take(message_of(entry()), message_of(carol))
            assert [one.ok for one in receipts] == [True, True]
            bell.teller(sent).tell()

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(work, range(3)))
    Bell(rules, store=store).teller(sent).tell()
    [head] = store.list(NOW - timedelta(days=9), "", 9).incidents
    assert (head.records, len(store.bodies())) == (2, 2)
    told = [one.subject.name for row in store.tellings() for one in store.deeds(head.id, 0, row.told)]
    assert sorted(told) == ["bob", "carol"]
    ids = [one.id for one in sent.notices]
    assert len(ids) == len(set(ids))
