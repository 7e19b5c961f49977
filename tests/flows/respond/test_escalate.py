"""Escalation: another channel hears where nobody is reached, or nobody acknowledges; an acknowledgement ends it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bells import BUSY, OPS, REFUSED, Bell, FakeChannel
from builders import NOW, at, message_of
from tocsin.adapters.memory import MemoryStore
from tocsin.adapters.sqlite.store import SqliteStore
from tocsin.core.channels import ChannelSpec
from tocsin.core.delivery.outcome import Seen
from tocsin.core.routes import Escalation
from tocsin.flows.respond.escalate import escalate

NAMES = ("ops", "phone", "boss")
SPECS = tuple(ChannelSpec(name, "slack", {"budget": "0"}) for name in NAMES)
FIFTEEN = timedelta(minutes=15)


@pytest.fixture(params=["memory", "sqlite"])
def night(request, rules, tmp_path):
    return lambda ladder, **scripts: Night(
        rules, ladder, scripts, MemoryStore() if request.param == "memory" else SqliteStore(tmp_path / "s.db")
    )


class Night:
    """A bell of three channels, of which two are called by escalation; a turn is five seconds."""

    def __init__(self, rules, ladder, scripts, store):
        self.ladder = ladder
        self.bell = Bell(rules, settings=replace(OPS, specs=SPECS, escalation=ladder), store=store)
        self.channels = {name: FakeChannel(*scripts.get(name, ()), name=name) for name in NAMES}
        self.called = []

    def gone(self, name, **changes):
        second = int((self.bell.now - NOW).total_seconds())
        made = at(second, requestParameters={"userName": name}, **changes)
        self.bell.take(message_of({**made, "eventID": name}, name))

    def turns(self, seconds):
        for _ in range(seconds // 5):
            for channel in self.channels.values():
                self.bell.tell(channel=channel)
            since = (self.bell.now - NOW).total_seconds()
            found = escalate(self.bell.store, self.bell.settings, lambda: self.bell.now)
            self.called += [(channel, since) for _, channel in found]
            self.bell.now += timedelta(seconds=5)

    def acknowledge(self, through):
        [head] = [one for one in self.bell.store.changed(NOW - timedelta(days=9)) if one.key.family == "identity"]
        self.bell.store.seen(Seen(head.id, through, self.bell.now, "eve"))

    def why(self, channel):
        facts = [fact for notice in self.channels[channel].notices for fact in notice.facts]
        return [fact.value for fact in facts if fact.label == "Why now"]

    def heard(self, channel):
        return [one.sentence for one in self.channels[channel].notices]


def test_a_second_channel_is_called_within_a_minute_of_the_third_failure_and_hears_the_whole_story(night):
    one = night(Escalation(("phone", "boss")), ops=[BUSY] * 99)
    one.gone("ann")
    one.turns(300)
    assert [channel for channel, _ in one.called] == ["phone"]
    assert one.called[0][1] <= 20  # the third failure is after six seconds
    assert one.heard("phone") == ["IAM user ann was deleted by IAM user alice."]
    assert one.heard("boss") == []
    assert one.why("phone") == ["you are called since ops did not take it"]


def test_where_the_second_fails_too_the_next_is_called_and_not_before_it_had_its_three_tries(night):
    one = night(Escalation(("phone", "boss")), ops=[BUSY] * 99, phone=[BUSY] * 99)
    one.gone("ann")
    one.turns(120)
    [(first, at_first), (second, at_second)] = one.called
    assert (first, second, len(one.heard("phone")) >= 3, len(one.heard("boss"))) == ("phone", "boss", True, 1)
    assert 5 <= at_second - at_first <= 60


def test_one_channel_that_works_is_somebody_reached(night):
    one = night(Escalation(("boss",)), phone=[BUSY] * 99)
    one.gone("ann")
    one.turns(300)
    assert (one.called, len(one.heard("ops"))) == ([], 1)


def test_what_is_refused_even_in_plain_words_reaches_nobody_either(night):
    one = night(Escalation(("phone", "boss")), ops=[REFUSED] * 99)
    one.gone("ann")
    one.turns(60)
    assert any("ann" in said for said in one.heard("phone"))


def test_until_somebody_acknowledges_the_next_is_called_after_the_time_that_the_config_gives(night):
    one = night(Escalation(("phone", "boss"), FIFTEEN))
    one.gone("ann")
    one.turns(3600)
    assert [channel for channel, _ in one.called] == ["phone", "boss"]
    first, second = (seconds for _, seconds in one.called)
    assert (900 <= first <= 915, 900 <= second - first <= 915) == (True, True)


def test_an_acknowledgement_ends_it_as_far_as_it_goes(night):
    one = night(Escalation(("phone",), FIFTEEN))
    one.gone("ann")
    one.turns(60)
    one.acknowledge(1)
    one.turns(1800)
    assert one.called == []
    one.gone("bob", eventTime=f"{NOW + timedelta(seconds=600):%Y-%m-%dT%H:%M:%SZ}")  # the same story goes on
    before = (one.bell.now - NOW).total_seconds()
    one.turns(1800)
    [(channel, seconds)] = one.called
    assert (channel, 900 <= seconds - before <= 930) == ("phone", True)


def test_what_is_less_than_the_ladder_asks_for_calls_nobody(night):
    one = night(Escalation(("phone",), FIFTEEN, "critical"), ops=[BUSY] * 99)
    one.gone("ann")
    one.turns(1200)
    assert one.called == []


def test_two_workers_call_once(night):
    one = night(Escalation(("phone", "boss")), ops=[BUSY] * 99)
    one.gone("ann")
    one.turns(15)
    again = escalate(one.bell.store, one.bell.settings, lambda: one.bell.now)
    assert [channel for channel, _ in one.called] + [channel for _, channel in again] == ["phone"]


def test_whoever_is_called_by_escalation_hears_nothing_else(night):
    one = night(Escalation(("phone", "boss")))
    one.gone("ann")
    one.turns(60)
    assert [len(one.heard(name)) for name in NAMES] == [1, 0, 0]


def test_that_a_log_took_it_reaches_nobody_unless_nobody_else_hears(rules):
    down, log = FakeChannel(*[BUSY] * 99, name="ops"), FakeChannel(name="log")
    for with_people, expected in ((True, ["phone"]), (False, [])):
        ops = (ChannelSpec("ops", "slack"),) if with_people else ()
        specs = (*ops, ChannelSpec("log", "file"), ChannelSpec("phone", "slack"))
        bell = Bell(rules, settings=replace(OPS, specs=specs, escalation=Escalation(("phone",))))
        bell.take(message_of(at(0)))
        called = []
        for _ in range(12):
            for channel in (down, log):
                bell.tell(5, channel=channel)
            called += [one for _, one in escalate(bell.store, bell.settings, lambda: bell.now)]  # noqa: B023 - at once
        assert called == expected
