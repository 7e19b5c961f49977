"""Deeds into incidents: the same ones in any order and any batches, each deed once, and whose channels have news."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import NOW, WINDOW, at, denied, message_of
from tocsin.adapters.memory import MemoryStore
from tocsin.core.delivery.exchange import Commit
from tocsin.core.incident.correlate import Story, correlate
from tocsin.core.incident.deed import Deed, StoryKey
from tocsin.core.match.rules import Role, Severity
from tocsin.core.record.actor import Actor, ActorKind
from tocsin.core.record.result import Result
from tocsin.core.record.subject import Subject
from tocsin.core.settings import DEFAULTS
from tocsin.flows.respond.intake import ingest

KEY = StoryKey("111122223333", "alice", "identity")
START = datetime(2026, 11, 23, 21, 0, tzinfo=UTC)
# Rule, role, severity, result: as the catalogue's.
KINDS = [
    ("deleted", Role.TRIGGER, Severity.HIGH, Result.DONE),
    ("denied", Role.TRIGGER, Severity.MEDIUM, Result.DENIED),
    ("missing", Role.TRIGGER, Severity.LOW, Result.MISSING),
    ("key-deleted", Role.PRELUDE, Severity.LOW, Result.DONE),
    ("own", Role.TRIGGER, Severity.HIGH, Result.DENIED),
]


def deed_at(seconds, kind=KINDS[0], name="bob", event_id=""):
    rule, role, severity, result = kind
    actor = Actor(ActorKind.USER, name="alice", key="alice")
    return Deed(
        rule, role, severity, result, event_id or f"{seconds}-{rule}-{name}", "DeleteUser",
        START + timedelta(seconds=seconds), True, actor, NOW, subject=Subject("IAM user", name) if name else None,
    )  # fmt: skip


class Stories:
    """A store that deeds of one key are put into."""

    def __init__(self, channels=("ops",)):
        self.store, self.channels, self._ids = MemoryStore(), channels, count()

    def put(self, *deeds, channels=None):
        since = min(one.time for one in deeds) - WINDOW
        until = max(one.time for one in deeds) + WINDOW
        story = self.store.load(KEY, deeds, since, until)
        change = correlate(
            story,
            deeds,
            window=WINDOW,
            hearers=lambda *_: channels or self.channels,
            new_id=lambda: f"inc-{next(self._ids)}",
        )
        assert self.store.commit(Commit(change, {}, NOW))
        return change

    @property
    def heads(self):
        return sorted(self.store.list(START - timedelta(days=9), "", 999).incidents, key=lambda one: one.ordinal)

    @property
    def roots(self):
        return [one for one in self.heads if not one.merged_into]

    def deeds(self, root):
        tree = self.store.tree(root.id)
        return [one for head in tree.heads for one in self.store.deeds(head.id, 0, head.deeds)]

    def core(self):
        """What may not depend on the order: no ids, no numbers."""
        return sorted(
            (
                one.first,
                one.last,
                sum(head.records for head in self.store.tree(one.id).heads),
                sorted(
                    {deed.identity for deed in self.deeds(one)}
                ),  # two parts may have told the same before they were one
                min(deed.rank for deed in self.deeds(one))[:3],
            )
            for one in self.roots
        )


DEEDS = st.lists(
    st.builds(
        deed_at,
        st.integers(0, 60).map(lambda step: step * 300),
        st.sampled_from(KINDS),
        st.sampled_from(["", "bob", "carol", "dave", "erin"]),
    ),
    min_size=1,
    max_size=12,
    unique_by=lambda deed: deed.event_id,
)


def put_in_batches(deeds, size):
    stories = Stories()
    for start in range(0, len(deeds), size):
        stories.put(*deeds[start : start + size])
    return stories


@given(DEEDS.flatmap(lambda deeds: st.tuples(st.just(deeds), st.permutations(deeds))), st.integers(1, 12))
def test_spans_deeds_records_and_the_loudest_are_the_same_in_any_order_and_batches(orders, size):
    in_time, otherwise = orders
    assert put_in_batches(in_time, 1).core() == put_in_batches(otherwise, size).core()


@given(DEEDS, st.integers(1, 12))
def test_incidents_lie_further_apart_than_the_window_and_no_deed_is_lost(deeds, size):
    stories = put_in_batches(deeds, size)
    assert all(later.first - earlier.last > WINDOW for earlier, later in pairwise(sorted(
        stories.roots, key=lambda one: one.first)))  # fmt: skip
    assert sum(one.records for one in stories.heads) == len(deeds)
    assert {one.identity for root in stories.roots for one in stories.deeds(root)} == {one.identity for one in deeds}


@given(DEEDS, st.integers(1, 12))
def test_of_incidents_that_turn_out_to_be_one_the_first_goes_on(deeds, size):
    stories = put_in_batches(deeds, size)
    for one in stories.heads:
        assert stories.store.tree(one.id).root.ordinal <= one.ordinal
        assert one.deeds == len(stories.store.deeds(one.id, 0, 999))


@pytest.mark.parametrize(("gap", "incidents"), [(0, 1), (900, 1), (901, 2), (-900, 1), (-901, 2)])
def test_deeds_within_the_window_are_one_incident(gap, incidents):
    stories = Stories()
    stories.put(deed_at(10_000))
    stories.put(deed_at(10_000 + gap, name="carol"))
    assert len(stories.heads) == incidents


def test_a_late_deed_that_bridges_two_incidents_merges_them_and_moves_nothing():
    stories = Stories()
    stories.put(deed_at(1800, name="carol"))
    stories.put(deed_at(0))
    change = stories.put(deed_at(900, KINDS[3]))
    first, second = stories.heads
    assert (first.merged_into, second.merged_into) == ("", first.id)
    assert (first.deeds, second.deeds, first.first, first.last) == (2, 1, START, START + timedelta(seconds=1800))
    assert [(wake.incident, wake.at_once) for wake in change.wakes] == [(first.id, True)]
    stories.put(deed_at(100, name="dave"))
    assert [one.deeds for one in stories.heads] == [3, 1]


def test_the_same_deed_in_the_same_hour_is_told_once_and_counted():
    stories = Stories()
    stories.put(deed_at(0, KINDS[1], event_id="a"))
    change = stories.put(deed_at(60, KINDS[1], event_id="b"), deed_at(61, KINDS[1], event_id="c"))
    [head] = stories.heads
    assert (head.records, head.deeds, change.wakes, set(change.events)) == (3, 1, (), {"b", "c"})


def test_the_same_deed_an_hour_later_is_told_again():
    stories = Stories()
    for number in range(8):
        stories.put(deed_at(number * 600, KINDS[1], event_id=str(number)))
    assert [(one.records, one.deeds) for one in stories.heads] == [(8, 2)]


def test_an_event_that_is_known_or_comes_twice_at_once_counts_once():
    stories = Stories()
    stories.put(deed_at(0, event_id="a"), deed_at(0, event_id="a"))
    assert stories.put(deed_at(5, name="carol", event_id="a")).events == {}
    assert [(one.records, one.deeds) for one in stories.heads] == [(1, 1)]


def test_a_deed_that_a_part_has_is_known_to_the_whole():
    stories = Stories()
    stories.put(deed_at(1800, name="carol"))
    stories.put(deed_at(0))
    stories.put(deed_at(900, KINDS[3]))
    assert stories.put(deed_at(1, event_id="again")).wakes == ()


def test_the_channels_of_an_incident_only_grow_and_who_comes_later_hears_of_all():
    stories = Stories()
    stories.put(deed_at(0), channels=("a", "b"))
    change = stories.put(deed_at(1, event_id="again"), channels=("b", "c"))
    assert stories.heads[0].routed == ("a", "b", "c")
    assert [wake.channels for wake in change.wakes] == [("a", "b", "c")]
    assert stories.put(deed_at(2, name="carol"), channels=("c",)).wakes[0].channels == ("a", "b", "c")


def test_a_thousand_victims_leave_the_head_small():
    stories = Stories()
    for start in range(0, 1000, 10):
        stories.put(*(deed_at(n, name=f"user-{n}") for n in range(start, start + 10)))
    [head] = stories.heads
    assert (head.deeds, head.triggers, len(repr(head)) < 5_000) == (1000, 1000, True)


def test_an_attempt_belongs_to_the_story_of_the_deletion(rules):
    store = MemoryStore()
    messages = [message_of(denied(eventID="1"), 1), message_of(at(30), 2)]
    ids = count()
    ingest(messages, store=store, rules=rules, settings=DEFAULTS, now=lambda: NOW, new_id=lambda: f"inc-{next(ids)}")
    [head] = store.list(NOW - timedelta(days=1), "", 9).incidents
    assert (head.deeds, head.headline.rule) == (2, "iam-user-deleted")


def test_a_change_is_made_against_the_version_that_was_loaded():
    deeds = [deed_at(0)]
    change = correlate(Story(KEY, 7, 3), deeds, window=WINDOW, hearers=lambda *_: (), new_id=lambda: "i")
    assert (change.story.version, change.opened, change.incidents[0].ordinal) == (7, 4, 4)
    assert change.incidents[0] == change.incidents[0]._replace(deeds=1, records=1, triggers=1)
