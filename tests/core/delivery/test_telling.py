"""A telling: every move as the table says, what was told stays told, and whose clock counts."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import NOW
from tocsin.core.delivery.telling import (
    AT_ONCE,
    TRANSITIONS,
    Move,
    State,
    Telling,
    backoff,
    claimed,
    failed,
    given_up,
    passed,
    told,
    waiting,
    woken,
)
from tocsin.core.incident.deed import StoryKey

LEASE, PATIENCE = timedelta(seconds=60), timedelta(days=3)
ROW = Telling("inc-1", "ops", StoryKey("1", "alice", "identity"))


def later(seconds):
    return NOW + timedelta(seconds=seconds)


def tell(row, through=1, *, token="t", news=False, now=NOW, first=NOW):
    return told(row, token, through, now, first=first, news=news)


DUE = woken(ROW, NOW, at_once=True)
SENDING = claimed(DUE, NOW, LEASE, "t")
DEAD = failed(SENDING, timedelta(days=9), NOW, PATIENCE)
IN_STATE = {State.TOLD: tell(SENDING), State.DUE: DUE, State.SENDING: SENDING, State.DEAD: DEAD}
MOVES = {
    Move.WAKE: [lambda row: woken(row, NOW, at_once=True), lambda row: woken(row, NOW, at_once=False)],
    Move.CLAIM: [lambda row: claimed(replace(row, due_at=AT_ONCE), NOW, LEASE, "u")],
    Move.WAIT: [lambda row: waiting(row, later(9), NOW)],
    Move.DONE: [tell, lambda row: passed(row, 1, NOW, news=False)],
    Move.RETRY: [lambda row: failed(row, None, NOW, PATIENCE)],
    Move.GIVE_UP: [
        lambda row: failed(row, timedelta(days=9), NOW, PATIENCE),
        lambda row: given_up(row, 1, NOW, news=False),
    ],
}


@pytest.mark.parametrize(("state", "move"), [(state, move) for state, moves in TRANSITIONS.items() for move in moves])
def test_every_move_leads_where_the_table_says_and_raises_the_version(state, move):
    row = IN_STATE[state]
    assert row.state is state
    for make in MOVES[move]:
        after = make(row)
        assert (after.state, after.version) == (TRANSITIONS[state][move], row.version + 1)


def test_a_claim_is_for_one_worker_until_the_lease_ends():
    assert (SENDING.lease, SENDING.due_at) == ("t", later(60))
    assert claimed(SENDING, later(59), LEASE, "u") is None
    assert claimed(SENDING, later(60), LEASE, "u").lease == "u"
    assert claimed(tell(SENDING), NOW, LEASE, "u") is None


def test_what_was_told_stays_told_whoever_marks_it():
    taken_over = claimed(SENDING, later(61), LEASE, "u")
    ahead = tell(taken_over, 5, token="u")
    assert tell(ahead, 3, token="t").told == 5
    late = tell(taken_over, 3, token="t")
    assert (late.told, late.lease, late.due_at) == (3, "u", taken_over.due_at)


def test_news_that_came_meanwhile_keeps_it_due():
    assert tell(SENDING, news=True).due_at == AT_ONCE
    assert passed(SENDING, 1, NOW, news=True).due_at == AT_ONCE
    assert (passed(SENDING, 1, NOW, news=False).due_at, passed(SENDING, 1, NOW, news=False).last) == (None, None)


def test_what_waits_for_its_time_is_woken_by_a_trigger_and_not_by_a_prelude():
    row = waiting(SENDING, later(60), NOW)
    assert woken(row, NOW, at_once=False).due_at == later(60)
    assert woken(row, NOW, at_once=True).due_at == AT_ONCE
    assert woken(ROW, NOW, at_once=False).due_at == AT_ONCE


def test_a_wake_leaves_a_lease_and_its_holder_sees_it():
    row = woken(SENDING, NOW, at_once=True)
    assert (row.lease, row.due_at, row.version) == ("t", SENDING.due_at, SENDING.version + 1)


def test_what_a_clock_far_ahead_has_set_is_due():
    ahead = claimed(replace(DUE, set_at=later(3600)), later(3600), LEASE, "t")
    assert ahead.is_due(NOW)
    assert claimed(ahead, NOW, LEASE, "u").lease == "u"
    waits = waiting(ahead, later(4000), later(3600))
    assert (waits.is_due(NOW), waiting(SENDING, later(70), later(5)).is_due(NOW)) == (True, False)


def test_a_channel_that_fails_is_tried_less_often_and_given_up_after_its_patience():
    row, now, pauses = SENDING, NOW, []
    while not row.dead:
        row = failed(row, None, now, PATIENCE)
        if row.due_at:
            pauses.append((row.due_at - now).total_seconds())
            now = row.due_at
            row = claimed(row, now, LEASE, "t")
    assert pauses[:4] == [2, 4, 8, 16]
    assert (max(pauses), timedelta(days=3) - (now - NOW) < timedelta(minutes=16)) == (900, True)


def test_patience_runs_from_the_first_failure_since_the_last_success():
    first = failed(SENDING, None, NOW, PATIENCE)
    again = claimed(first, later(2), LEASE, "t")
    assert failed(again, None, later(2), PATIENCE).failing == NOW
    whole = tell(again, now=later(2))
    assert (whole.failing, whole.failures) == (None, 0)
    woken_up = claimed(woken(whole, later(9e5), at_once=True), later(9e5), LEASE, "t")
    assert failed(woken_up, None, later(9e5), PATIENCE).dead is False


def test_a_dead_row_is_woken_by_the_next_deed():
    row = woken(DEAD, later(1), at_once=False)
    assert (row.state, row.dead) == (State.DUE, False)


def test_a_channel_that_asks_for_more_years_than_a_calendar_has_is_given_up():
    assert failed(SENDING, timedelta(days=999_999_999), NOW, PATIENCE).dead


@given(st.integers(0, 10**9))
def test_no_pause_is_longer_than_a_quarter_of_an_hour(failures):
    assert timedelta(seconds=1) <= backoff(failures) <= timedelta(minutes=15)
