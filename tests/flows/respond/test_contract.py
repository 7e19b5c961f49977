"""The contract of telling, over random schedules of workers, crashes, redelivery and clocks that differ."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from telling import MESSAGES, World, messages_of
from tocsin.adapters.memory import MemoryStore
from tocsin.adapters.sqlite.store import SqliteStore

CHANNELS = ("x", "y")
ROLLED_OUT = {0: ("x",), 1: CHANNELS, 2: CHANNELS, 3: CHANNELS}  # a config that is rolled out, worker by worker
ACTIONS = st.one_of(
    st.tuples(st.just("in"), st.integers(0, 1)),
    st.tuples(st.just("out"), st.integers(2, 3), st.sampled_from(CHANNELS)),
    st.tuples(st.just("in"), st.integers(0, 1)),
    st.tuples(st.just("out"), st.integers(2, 3), st.sampled_from(CHANNELS)),
    st.tuples(st.just("tick"), st.sampled_from((1, 15, 21, 61, 300))),
    st.tuples(st.just("crash"), st.integers(0, 3)),
    st.tuples(st.just("again"), st.integers(0, 3)),
)
GROUPS = st.permutations(list(MESSAGES)).flatmap(
    lambda names: st.sampled_from(([names[:2], names[2:4]], [[one] for one in names[:4]], [names[:4]]))
)
APART = st.tuples(*[st.sampled_from((-4, -1, 0, 3))] * 4)


@given(GROUPS, st.lists(ACTIONS, max_size=60), APART)
def test_every_deed_is_told_to_every_channel_and_none_twice_but_after_a_crash(rules, groups, schedule, apart):
    world = World(MemoryStore(), rules, apart, ROLLED_OUT).play(messages_of(*groups), schedule)
    assert world.failures() == []


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("stores")
    return (folder / f"{number}.db" for number in itertools.count())


@settings(max_examples=15)
@given(GROUPS, st.lists(ACTIONS, max_size=60), APART)
def test_so_it_is_on_sqlite(rules, files, groups, schedule, apart):
    store = SqliteStore(next(files))
    assert World(store, rules, apart, ROLLED_OUT).play(messages_of(*groups), schedule).failures() == []
    store.close()
