"""A worker that is killed before any call, each in turn; and a message that comes again and again."""

from __future__ import annotations

import itertools
import random

import pytest

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
