"""A worker that is killed before any call, each in turn; and the contract's rules, each taken out in turn."""

from __future__ import annotations

import itertools
import random

import pytest

from telling import MESSAGES, World, messages_of
from tocsin.adapters.memory import MemoryStore
from tocsin.adapters.sqlite.store import SqliteStore
from tocsin.core.delivery import telling
from tocsin.core.incident import correlate
from tocsin.flows.respond import tell

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


def schedules(number, channels=("x", "y")):
    """As many random plays: messages in groups, a schedule, and clocks."""
    for seed in range(number):
        rand = random.Random(seed)
        names = rand.sample(list(MESSAGES), 4)
        cut = rand.randrange(1, 4)
        groups = [names[:cut], names[cut:]] if rand.random() < 0.4 else [[one] for one in names]
        yield (
            groups,
            [_action(rand, channels) for _ in range(rand.randrange(4, 70))],
            tuple(rand.choice((-4, -1, 0, 3)) for _ in range(4)),
        )


def _action(rand, channels):
    number = rand.random()
    if number < 0.42:
        return ("in", rand.randrange(2))
    if number < 0.84:
        return ("out", 2 + rand.randrange(2), rand.choice(channels))
    if number < 0.91:
        return ("tick", rand.choice((1, 15, 21, 61, 300)))
    return ("crash", rand.randrange(4)) if number < 0.96 else ("again", rand.randrange(4))


def fails(rules, number=400):
    """Whether some random play breaks an invariant."""
    for groups, schedule, apart in schedules(number):
        world = World(MemoryStore(), rules, apart, {0: ("x",), 1: ("x", "y"), 2: ("x", "y"), 3: ("x", "y")})
        try:
            if world.play(messages_of(*groups), schedule).failures():
                return True
        except (AssertionError, ValueError):  # it does not come to rest, or a number is given twice
            return True
    return False


def without_the_gate(patch):
    commit = MemoryStore.commit

    def blind(self, one):
        version, _ = self._gates.get(one.change.story.key, (0, 0))
        story = correlate.replace(one.change.story, version=version)
        return commit(self, correlate.replace(one, change=correlate.replace(one.change, story=story)))

    patch.setattr(MemoryStore, "commit", blind)


def without_news(patch):
    rest = telling._at_rest
    patch.setattr(telling, "_at_rest", lambda row, now, **_: rest(row, now, news=False))


def without_versions(patch):
    mark = MemoryStore.mark

    def blind(self, row, expected):
        held = self.telling(row.incident, row.channel)
        version = held.version if held else 0
        return mark(self, correlate.replace(row, version=version + 1), version)

    patch.setattr(MemoryStore, "mark", blind)


def without_rows_of_parts(patch):
    patch.setattr(tell.Teller, "_complete", lambda *_: None)


def with_this_workers_channels_alone(patch):
    patch.setattr(correlate, "_with", lambda _, more: tuple(more))


def without_event_ids(patch):
    load = MemoryStore.load
    patch.setattr(MemoryStore, "load", lambda self, *given: correlate.replace(load(self, *given), events=frozenset()))


def with_a_trigger_that_swallows_all(patch):
    def loud(news, triggered):
        return [one for one in news if one.role.name == "TRIGGER"] or ([] if triggered else list(news))

    patch.setattr(tell, "loud", loud)


def with_nothing_swallowed(patch):
    patch.setattr(tell, "loud", lambda news, _: list(news))


RULES = {
    "1, the version belongs to the story": without_the_gate,
    "2, news that came meanwhile keeps it due": without_news,
    "2, a mark is made against what was read": without_versions,
    "5, a part has the rows of its survivor": without_rows_of_parts,
    "6, the channels only grow": with_this_workers_channels_alone,
    "7, event ids are kept": without_event_ids,
    "8, a trigger swallows its own subject's preludes alone": with_a_trigger_that_swallows_all,
    "8, a trigger swallows": with_nothing_swallowed,
}


def test_the_random_plays_hold(rules):
    assert not fails(rules, 100)


@pytest.mark.proof
@pytest.mark.parametrize("rule", RULES)
def test_each_rule_taken_out_breaks_an_invariant(rules, rule, monkeypatch):
    RULES[rule](monkeypatch)
    assert fails(rules)
