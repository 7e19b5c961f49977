"""Event history as a queue: nothing is missed that comes late, and nothing that could not be taken in is forgotten."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest

from builders import NOW, at
from tocsin.adapters.history import EVERY, OVERLAP, History
from tocsin.core.record.envelope import unwrap

NO_WAIT = timedelta(0)


class Trail:
    """Answers LookupEvents from what was recorded, each visible only some time after it happened."""

    def __init__(self):
        self.events, self.now, self.looks = [], NOW, []

    def record(self, second, *, late=0, **changes):
        made = at(second, **changes)
        time = datetime.fromisoformat(made["eventTime"])
        self.events.append((time, NOW + timedelta(seconds=second + late), made))

    def get_paginator(self, operation):
        assert operation == "lookup_events"
        return self

    def paginate(self, *, LookupAttributes, StartTime, EndTime):  # noqa: N803 - boto3's names
        self.looks.append((StartTime, EndTime))
        found = [made for time, seen, made in self.events if StartTime <= time <= EndTime and seen <= self.now]
        for made in sorted(found, key=lambda made: made["eventTime"], reverse=True):
            yield {"Events": [{"EventId": made["eventID"], "CloudTrailEvent": json.dumps(made)}]}


class Store:
    def __init__(self):
        self.held = {}

    def kept(self, name):
        return self.held.get(name, "")

    def keep(self, name, value):
        self.held[name] = value


@pytest.fixture
def trail():
    return Trail()


@pytest.fixture
def store():
    return Store()


@pytest.fixture
def history(trail, store):
    return History(trail, store, lambda: trail.now)


def take(history):
    """Receive, and delete it all."""
    got = history.receive(NO_WAIT)
    history.delete(got)
    return [one.id for one in got]


def later(trail, seconds):
    trail.now += timedelta(seconds=seconds)


def test_what_is_recorded_comes_once_the_oldest_first_as_eventbridge_would_bring_it(trail, history):
    trail.record(-30)
    trail.record(-90)
    got = history.receive(NO_WAIT)
    assert [one.id for one in got] == ["id--00090", "id--00030"]
    [item] = unwrap(got[0].body)
    assert (item.event["source"], item.event["detail-type"]) == ("aws.iam", "AWS API Call via CloudTrail")
    history.delete(got)
    later(trail, 60)
    assert take(history) == []


def test_what_comes_into_history_late_is_not_missed(trail, history):
    trail.record(0, late=14 * 60)
    for _ in range(14):
        assert take(history) == []
        later(trail, 60)
    assert take(history) == ["id-000000"]


def test_what_could_not_be_taken_in_comes_again_and_the_position_waits_for_it(trail, history, store):
    trail.record(-30)
    assert len(history.receive(NO_WAIT)) == 1
    assert store.held == {}
    assert take(history) == ["id--00030"]
    assert len(store.held) == 1


def test_a_machine_that_was_off_for_a_day_reads_on_where_it_stopped(trail, history, store):
    take(history)
    later(trail, 3600)
    trail.record(3000)
    later(trail, 86_400)
    again = History(trail, store, lambda: trail.now)
    assert take(again) == ["id-003000"]
    assert trail.looks[-1][0] == NOW - OVERLAP


def test_a_look_is_taken_no_more_often_than_every_so_often(trail, history):
    take(history)
    assert (history.receive(NO_WAIT), len(trail.looks)) == ([], 1)
    later(trail, EVERY.total_seconds())
    take(history)
    assert len(trail.looks) == 2


def test_many_come_a_hundred_at_a_time(trail, history):
    for second in range(250):
        trail.record(-second - 1)
    sizes = [len(take(history)) for _ in range(4)]
    assert sizes == [100, 100, 50, 0]


def test_one_that_can_not_be_read_is_kept_as_it_came(trail, history):
    trail.paginate = lambda **_: [{"Events": [{"EventId": "odd", "CloudTrailEvent": "{"}]}]
    [one] = history.receive(NO_WAIT)
    assert (one.id, json.loads(one.body)["CloudTrailEvent"]) == ("odd", "{")
