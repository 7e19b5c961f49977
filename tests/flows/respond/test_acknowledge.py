"""Acknowledging: here, or in a channel; what was seen is no more than was told, and the others are let know."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bells import ACCEPTED, BUSY, OPS, Bell
from builders import NOW, at, message_of
from tocsin.adapters.memory import MemoryStore
from tocsin.adapters.sqlite.store import SqliteStore
from tocsin.core.channels import ChannelSpec
from tocsin.core.delivery.outcome import Nod, Outcome
from tocsin.errors import UsageError
from tocsin.flows.respond.acknowledge import acknowledge, listen, pass_on


class Answers:
    """A channel in which people acknowledge."""

    asks = True

    def __init__(self, name, *nods, outcome=ACCEPTED):
        self.name, self.nods, self.outcome = name, list(nods), outcome
        self.asked, self.told = [], []

    def send(self, notice):
        return ACCEPTED

    def heard(self, incident, thread):
        self.asked.append((incident, thread))
        return self.nods

    def acknowledged(self, incident, thread, who):
        self.told.append((incident, thread, who))
        return self.outcome


@pytest.fixture(params=["memory", "sqlite"])
def bell(request, rules, tmp_path):
    store = MemoryStore() if request.param == "memory" else SqliteStore(tmp_path / "s.db")
    specs = (ChannelSpec("ops", "terminal"), ChannelSpec("pager", "terminal"))
    made = Bell(rules, settings=replace(OPS, specs=specs), store=store)
    made.channel.send = lambda notice: (
        made.channel.notices.append(notice),
        Outcome(ACCEPTED.answer, "ok", thread="t1"),
    )[1]
    return made


def gone(number):
    made = at(number, requestParameters={"userName": f"user-{number}"})
    return message_of({**made, "eventID": f"e{number}"}, str(number))


def told(bell, *numbers):
    bell.take(*map(gone, numbers))
    for name in ("ops", "pager"):
        bell.channel.name = name
        bell.tell()
    return bell.store.list(NOW - timedelta(days=1), "", 10).incidents[0].id


def seen(bell, incident):
    return [(one.through, one.who) for one in bell.store.sightings(incident)]


def test_a_channel_that_says_through_which_deed_is_believed_as_far_as_it_was_told(bell):
    incident = told(bell, 1, 2)
    pager = Answers("pager")
    [(one, others)] = listen(bell.store, {"ops": Answers("ops", Nod("jane", 2)), "pager": pager}, lambda: bell.now)
    assert (one.through, one.who, others) == (2, "jane", {"pager": ACCEPTED})
    assert pager.told == [(incident, "t1", "jane")]
    assert seen(bell, incident) == [(2, "jane")]
    assert listen(bell.store, {"ops": Answers("ops", Nod("jane", 2))}, lambda: bell.now) == []


def test_nobody_has_seen_more_than_was_told(bell):
    incident = told(bell, 1)
    [(one, _)] = listen(bell.store, {"ops": Answers("ops", Nod("jane", 99))}, lambda: bell.now)
    assert (one.through, seen(bell, incident)) == (1, [(1, "jane")])


def test_what_comes_after_an_acknowledgement_is_not_seen_by_it(bell):
    incident = told(bell, 1)
    ops = Answers("ops", Nod("jane", 1))
    listen(bell.store, {"ops": ops}, lambda: bell.now)
    told(bell, 2)
    assert listen(bell.store, {"ops": ops}, lambda: bell.now) == []
    ops.nods.append(Nod("joe", 2))
    listen(bell.store, {"ops": ops}, lambda: bell.now)
    assert seen(bell, incident) == [(1, "jane"), (2, "joe")]


def test_a_channel_that_says_when_is_taken_at_what_it_was_told_by_then(bell):
    incident = told(bell, 1)
    early = Nod("jane", at=bell.now + timedelta(seconds=30))
    bell.now += timedelta(minutes=1)
    told(bell, 2)
    [(one, others)] = listen(bell.store, {"pager": Answers("pager", early), "ops": Answers("ops")}, lambda: bell.now)
    assert (one.through, others) == (1, {})  # the rest nobody has seen, so nobody is told that it is done
    before = Nod("eve", at=NOW - timedelta(hours=1))
    assert listen(bell.store, {"pager": Answers("pager", before)}, lambda: bell.now) == []
    assert seen(bell, incident) == [(1, "jane")]


def test_a_channel_that_was_told_nothing_is_not_asked_and_not_let_know(bell):
    bell.take(gone(1))
    ops = Answers("ops", Nod("jane", 1))
    assert listen(bell.store, {"ops": ops}, lambda: bell.now) == []
    assert ops.asked == []


def test_a_far_side_is_asked_of_ten_incidents_at_most_and_the_newest_first(bell):
    for number in range(14):
        bell.take(
            message_of(
                {**at(number * 3600, requestParameters={"userName": f"u{number}"}), "eventID": f"e{number}"}, "x"
            )
        )
        bell.now += timedelta(seconds=1)
    bell.tell()
    ops = Answers("ops")
    listen(bell.store, {"ops": ops}, lambda: bell.now)
    newest = [one.id for one in bell.store.list(NOW - timedelta(days=1), "", 10).incidents]
    assert [incident for incident, _ in ops.asked] == newest


def test_a_person_acknowledges_what_was_told_and_no_more(bell):
    bell.take(gone(1))
    [head] = bell.store.list(NOW - timedelta(days=1), "", 10).incidents
    with pytest.raises(UsageError, match="nobody was told"):
        acknowledge(bell.store, bell.store.tree(head.id), None, "me", bell.now)
    told(bell, 2)
    with pytest.raises(UsageError, match="is told through 2, not 3"):
        acknowledge(bell.store, bell.store.tree(head.id), 3, "me", bell.now)
    one = acknowledge(bell.store, bell.store.tree(head.id), 1, "me", bell.now)
    assert pass_on(bell.store, [Answers("ops")], one) == {}
    whole = acknowledge(bell.store, bell.store.tree(head.id), None, "me", bell.now)
    assert pass_on(bell.store, [Answers("ops", outcome=BUSY), Answers("other")], whole) == {"ops": BUSY}
