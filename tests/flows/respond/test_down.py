"""A channel that is down for a day of simulated time: nothing is lost, nobody else waits, a second one is called."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bells import OPS, Bell, FakeChannel
from builders import ACCOUNT, ALICE, NOW, at, message_of
from sampled import first_alone
from tocsin.adapters.memory import MemoryStore
from tocsin.adapters.sqlite.store import SqliteStore
from tocsin.core.channels import ChannelSpec
from tocsin.core.delivery.outcome import Answer, Outcome
from tocsin.core.delivery.telling import State
from tocsin.core.routes import Escalation
from tocsin.flows.respond.escalate import escalate

DAY = timedelta(days=1)
# So an answer looks once an adapter has read it; that each does read it so, the tests of the adapters show.
DOWN = {
    "times out": Outcome(Answer.BUSY, "no answer within 15 s"),
    "refuses connections": Outcome(Answer.BUSY, "Connection refused"),
    "500": Outcome(Answer.BUSY, "500"),
    "429 for an hour": Outcome(Answer.BUSY, "429", timedelta(hours=1)),
    "302": Outcome(Answer.BUSY, "302"),
    "token revoked": Outcome(Answer.BUSY, "token_revoked"),
}
EVERY = timedelta(minutes=30)


class Watch:
    """Every channel told at each step, and who is called; it remembers when whom was told of whom."""

    def __init__(self, bell, down):
        self.bell, self.down, self.told, self.tried, self.calls = bell, down, {}, {}, {}
        self.channels = {name: FakeChannel(name=name) for name in ("ops", "log", "phone")}
        for name, channel in self.channels.items():
            channel.send = lambda notice, name=name: self._send(name, notice)

    def _send(self, name, notice):
        if name == "ops" and self.bell.now < NOW + DAY:
            self.tried.setdefault(notice.incident, []).append(self.bell.now)
            return self.down
        for one in notice.subjects if notice.rule == "digest" else [notice.incident]:
            self.told.setdefault((name, one), self.bell.now)
        return Outcome(Answer.ACCEPTED)

    def step(self):
        for channel in self.channels.values():
            self.bell.tell(channel=channel)
        for incident, channel in escalate(self.bell.store, self.bell.settings, lambda: self.bell.now):
            self.calls[incident] = (channel, self.bell.now)


def night(rules, store, down):
    specs = (ChannelSpec("ops", "slack", {"budget": "10"}), ChannelSpec("log", "file"), ChannelSpec("phone", "file"))
    settings = replace(OPS, specs=specs, escalation=Escalation(("phone",)))
    return Watch(Bell(rules, settings=settings, store=store), down)


def gone(number):
    actor = {**ALICE, "arn": f"arn:aws:iam::{ACCOUNT}:user/actor-{number}"}
    made = at(number * 1800, requestParameters={"userName": f"user-{number}"}, userIdentity=actor)
    return message_of({**made, "eventID": f"e{number}"}, str(number))


@pytest.mark.parametrize("case", first_alone([f"{one}, {kind}" for one in DOWN for kind in ("memory", "sqlite")]))
def test_a_day_without_a_channel_loses_nobody_and_a_second_one_is_called_within_a_minute(rules, tmp_path, case):
    down, _, kind = case.rpartition(", ")
    watch = night(rules, MemoryStore() if kind == "memory" else SqliteStore(tmp_path / "s.db"), DOWN[down])
    bell, number, came = watch.bell, 0, {}
    while bell.now < NOW + DAY + timedelta(hours=2):
        if bell.now < NOW + DAY and bell.now >= NOW + EVERY * number:
            bell.take(gone(number))
            [row] = [one for one in bell.store.tellings() if one.channel == "log" and one.told == 0]
            came[row.incident] = bell.now
            number += 1
        watch.step()
        fresh = bell.now - NOW - EVERY * (number - 1) < timedelta(minutes=2)
        bell.now += timedelta(seconds=5 if fresh else 60)
    assert number == 48
    rows = bell.store.tellings()
    assert {row.state for row in rows} == {State.TOLD}
    assert {(row.channel, row.incident) for row in rows} == set(watch.told)
    assert all(watch.told["log", one] == at for one, at in came.items())  # nobody else waits
    assert set(watch.calls) == set(came)
    for incident in came:
        # One that wants to be left alone for an hour is as good as one that failed three times.
        failed = watch.tried[incident][0 if down == "429 for an hour" else 2]
        assert watch.told["phone", incident] - failed <= timedelta(seconds=60)
        assert watch.told["ops", incident] >= NOW + DAY
