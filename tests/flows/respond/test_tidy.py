"""What is old goes, and what is owed to a channel that is no more is said, and given up when somebody says so."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bells import BUSY, OPS, Bell, FakeChannel
from builders import entry, message_of
from tocsin.core.channels import ChannelSpec
from tocsin.core.delivery.telling import State, claimed
from tocsin.flows.respond import tidy


@pytest.fixture
def bell(rules):
    return Bell(rules)


def test_what_everybody_was_told_goes_after_the_days_that_the_settings_keep_it(bell):
    bell.take(message_of(entry()))
    bell.tell()
    at = [bell.now + timedelta(days=days) for days in (399, 401)]
    assert tidy.purge(bell.store, replace(OPS, keep_days=0), at[1]) == 0
    assert [tidy.purge(bell.store, OPS, one) for one in at] == [0, 1]


def test_what_waits_for_a_channel_that_nobody_names_is_counted_and_given_up_once(bell):
    bell.take(message_of(entry()))
    assert tidy.owed(bell.store, {"ops"}) == {}
    assert tidy.owed(bell.store, {"mail"}) == {"ops": 1}
    assert [tidy.forget(bell.store, "ops", lambda: bell.now) for _ in range(2)] == [1, 0]
    assert (bell.row.state, bell.row.given_up, bell.row.told) == (State.DEAD, 1, 0)
    assert tidy.owed(bell.store, {"mail"}) == {}
    assert tidy.purge(bell.store, OPS, bell.now + timedelta(days=401)) == 1


def test_what_another_worker_has_in_hand_is_given_up_too_and_what_it_told_stays_told(bell):
    bell.take(message_of(entry()))

    class Slow(FakeChannel):
        def send(self, notice):
            tidy.forget(bell.store, "ops", lambda: bell.now)
            return super().send(notice)

    bell.tell(channel=Slow())
    assert (bell.row.told, bell.row.given_up, bell.row.state) == (1, 1, State.TOLD)


def test_a_mark_that_came_between_is_met_by_another_turn(bell):
    bell.take(message_of(entry()))
    tree, turns = bell.store.tree, []

    def meanwhile(incident):
        if not turns:
            turns.append(1)
            row = bell.row
            bell.store.mark(claimed(row, bell.now, timedelta(seconds=60), "t"), row.version)
        return tree(incident)

    bell.store.tree = meanwhile
    assert tidy.forget(bell.store, "ops", lambda: bell.now) == 1
    assert bell.row.rests


def test_a_row_that_was_tried_for_too_long_is_owed_still(rules):
    specs = (ChannelSpec("ops", "terminal"),)
    bell = Bell(rules, *[BUSY] * 1000, settings=replace(OPS, specs=specs))
    bell.take(message_of(entry()))
    for _ in range(400):
        bell.tell(900)
    assert tidy.owed(bell.store, ()) == {"ops": 2}  # the alarm that it was given up is owed too
    assert tidy.purge(bell.store, OPS, bell.now + timedelta(days=999)) == 0
