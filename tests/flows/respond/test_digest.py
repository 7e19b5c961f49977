"""A channel's budget: a backlog that drains becomes few messages, and what is urgent is never among the withheld."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bells import ACCEPTED, BUSY, OPS, REFUSED, Bell
from builders import ALICE, NOW, ROOT, at, message_of
from sampled import first_alone
from tocsin.adapters.memory import MemoryStore
from tocsin.adapters.sqlite.store import SqliteStore
from tocsin.core.channels import ChannelSpec
from tocsin.core.delivery.telling import State


class Ticking(Bell):
    """Its clock goes on by a millisecond whenever it is looked at: no two messages go out at once."""

    @property
    def now(self):
        self._now += timedelta(milliseconds=1)
        return self._now

    @now.setter
    def now(self, time):
        self._now = time


@pytest.fixture(params=["memory", "sqlite"])
def backlog(request, rules, tmp_path):
    """A bell with a budget of ten, and deletions by as many actors as are asked for."""

    def made(number, *, urgent=0, budget="10"):
        store = MemoryStore() if request.param == "memory" else SqliteStore(tmp_path / "s.db")
        specs = (ChannelSpec("ops", "slack", {"budget": budget}),)
        bell = Ticking(rules, settings=replace(OPS, specs=specs), store=store)
        bell.take(*(gone(one, root=one < urgent) for one in range(number)))
        return bell

    return made


def gone(number, *, root=False):
    account = f"{111122220000 + number:012}"
    actor = {**(ROOT if root else ALICE), "arn": f"arn:aws:iam::{account}:{'root' if root else f'user/a{number}'}"}
    made = at(number % 50, requestParameters={"userName": f"user-{number}."}, recipientAccountId=account)
    return message_of({**made, "eventID": f"e{number}", "userIdentity": {**actor, "accountId": account}}, str(number))


def lines(bell):
    return "\n".join(line for one in bell.channel.notices for line in (one.title, *one.new, *one.subjects))


def drain(bell):
    for _ in range(200):
        bell.tell(5)
        if all(row.due_at is None for row in bell.store.tellings()):
            return
    raise AssertionError("it does not come to rest")


def test_a_backlog_becomes_few_messages_and_every_incident_is_told(backlog):
    bell = backlog(300)
    drain(bell)
    assert {row.state for row in bell.store.tellings()} == {State.TOLD}
    assert len(bell.channel.notices) <= 20
    alone = {one.incident for one in bell.channel.notices if one.rule != "digest"}
    together = {name for one in bell.channel.notices if one.rule == "digest" for name in one.subjects}
    assert (len(alone), alone | together) == (10, {row.incident for row in bell.store.tellings()})


def test_without_a_budget_each_is_told_by_itself(backlog):
    bell = backlog(40, budget="0")
    drain(bell)
    assert len(bell.channel.notices) == 40


def test_what_is_urgent_is_told_by_itself_past_the_budget_and_then_named_first(backlog):
    bell = backlog(80, urgent=40)
    drain(bell)
    alone = [one for one in bell.channel.notices if one.rule != "digest"]
    assert len([one for one in alone if "root" in one.sentence]) >= 10
    assert len(bell.channel.notices) <= 30
    named = lines(bell)
    assert not [number for number in range(40) if f"user-{number}." not in named]
    for one in bell.channel.notices:
        if one.rule == "digest":
            marks = [any(f"user-{number}." in line for number in range(40)) for line in one.new]
            assert marks == sorted(marks, reverse=True)


def test_a_channel_that_fails_at_the_digest_loses_nobody(backlog):
    bell = backlog(60)
    real, failing = bell.channel.send, [True]

    def send(notice):
        if notice.rule == "digest" and failing:
            failing.pop()
            bell.channel.notices.append(notice)
            return BUSY
        return real(notice)

    bell.channel.send = send
    drain(bell)
    assert {row.state for row in bell.store.tellings()} == {State.TOLD}


def test_a_digest_that_is_refused_even_in_plain_words_is_given_up_with_an_alarm(backlog):
    bell = backlog(30)
    bell.channel.script = [*[ACCEPTED] * 10, REFUSED, REFUSED]
    drain(bell)
    given_up = [row for row in bell.store.tellings() if row.given_up]
    assert (len(given_up), {row.state for row in given_up}) == (20, {State.DEAD})
    assert [row.state for row in bell.store.tellings() if row.key.family == "undelivered"] == [State.TOLD]


def test_two_digests_that_tell_different_things_never_have_one_id(backlog):
    bell = backlog(60)
    real = bell.channel.send
    bell.channel.send = lambda notice: (real(notice), BUSY)[1] if notice.rule == "digest" else real(notice)
    bell.tell()
    bell.tell(61)
    bell.take(gone(900))  # the next try tells of one more
    bell.tell(300)
    first, second = [one for one in bell.channel.notices if one.rule == "digest"][:2]
    assert (len(first.subjects), len(second.subjects), first.id == second.id) == (50, 51, False)


def test_after_ten_minutes_each_is_told_by_itself_again(backlog):
    bell = backlog(12)
    drain(bell)
    told = len(bell.channel.notices)
    bell.now += timedelta(minutes=11)
    bell.take(gone(900))
    bell.tell()
    assert (len(bell.channel.notices), bell.channel.notices[-1].rule) == (told + 1, "iam-user-deleted")


def test_a_few_past_the_budget_wait_a_minute_for_others(backlog):
    bell = backlog(12)
    bell.tell()
    assert len(bell.channel.notices) == 10
    assert not [row for row in bell.store.tellings() if row.lease]  # nobody has it in hand meanwhile
    bell.tell(30)
    assert len(bell.channel.notices) == 10
    bell.tell(31)
    [digest] = bell.channel.notices[10:]
    assert (digest.rule, len(digest.subjects)) == ("digest", 2)


def test_a_digest_that_is_refused_goes_out_in_plain_words_that_name_every_incident(backlog):
    bell = backlog(30)
    bell.channel.script = [*[ACCEPTED] * 10, REFUSED]
    drain(bell)
    plain = bell.channel.notices[11]
    assert plain.title.startswith("20 incidents, the first: DeleteUser, IAM user user-")
    assert len(plain.subjects) == 20
    assert {row.state for row in bell.store.tellings()} == {State.TOLD}


@pytest.mark.parametrize("number", first_alone([2000, 10_000]))
def test_thousands_that_wait_become_twenty_messages(rules, number):
    specs = (ChannelSpec("ops", "slack", {"budget": "10"}),)
    bell = Ticking(rules, settings=replace(OPS, specs=specs), store=MemoryStore())
    for start in range(0, number, 100):
        bell.take(*(gone(one) for one in range(start, start + 100)))
    drain(bell)
    assert len(bell.channel.notices) <= 20
    assert {row.state for row in bell.store.tellings()} == {State.TOLD}
    assert bell.now - NOW < timedelta(minutes=17)


def test_a_stream_of_what_is_urgent_past_twice_the_budget_goes_out_every_ten_seconds_and_no_oftener(backlog):
    bell = backlog(0)
    for number in range(100):
        bell.take(gone(number, root=True))
        bell.tell(1)
    drain(bell)
    assert len(bell.channel.notices) <= 20 + 100 // 10 + 2
    named = lines(bell)
    assert not [number for number in range(100) if f"user-{number}." not in named]
