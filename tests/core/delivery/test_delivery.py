"""A delivery: its whole table, how long it waits, and that it always ends."""

from datetime import timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import NOW
from tocsin.core.delivery.delivery import (
    TRANSITIONS,
    Answer,
    Delivery,
    Move,
    Outcome,
    State,
    Try,
    answered,
    backoff,
    claimed,
    moved,
)
from tocsin.core.incident.incident import StoryKey

ROW = Delivery("inc-1", 1, "ops", StoryKey("1", "alice", "identity"), State.PENDING, NOW, NOW)
GIVE_UP = timedelta(days=3)
TABLE = {
    (State.PENDING, Move.CLAIM): State.SENDING,
    (State.PENDING, Move.WITHDRAW): State.WITHDRAWN,
    (State.SENDING, Move.CLAIM): State.SENDING,
    (State.SENDING, Move.ACCEPTED): State.SENT,
    (State.SENDING, Move.RETRY): State.PENDING,
    (State.SENDING, Move.GIVE_UP): State.DEAD,
    (State.SENDING, Move.WITHDRAW): State.WITHDRAWN,
}


def in_state(state, **changes):
    return Delivery(**{**{name: getattr(ROW, name) for name in Delivery.__slots__}, "state": state, **changes})


@pytest.mark.parametrize(("state", "move"), list(product(State, Move)))
def test_a_delivery_moves_as_the_table_says_and_no_other_way(state, move):
    row, after = in_state(state), TABLE.get((state, move))
    if after is None:
        with pytest.raises(ValueError, match=f"a delivery that is {state} cannot {move}"):
            moved(row, move)
    else:
        assert moved(row, move) == in_state(after, version=1)


def test_the_table_has_a_line_for_every_state():
    assert {(state, move): after for state, moves in TRANSITIONS.items() for move, after in moves.items()} == TABLE
    assert set(TRANSITIONS) == set(State)


def test_a_claim_lasts_as_long_as_the_lease():
    assert claimed(ROW, NOW, timedelta(seconds=60)) == in_state(
        State.SENDING, version=1, due_at=NOW + timedelta(seconds=60)
    )


@pytest.mark.parametrize(
    ("outcome", "state", "wait"),
    [
        (Outcome(Answer.ACCEPTED, "ok"), State.SENT, None),
        (Outcome(Answer.REFUSED, "no such room"), State.DEAD, None),
        (Outcome(Answer.BUSY, "503"), State.PENDING, 2),
        (Outcome(Answer.BUSY, "429", timedelta(seconds=30)), State.PENDING, 30),
        (Outcome(Answer.BUSY, "429", timedelta(seconds=1)), State.PENDING, 2),
        (Outcome(Answer.BUSY, "429", timedelta(seconds=-30)), State.PENDING, 2),
        (Outcome(Answer.BUSY, "429", timedelta(days=3)), State.PENDING, 3 * 86400),
        (Outcome(Answer.BUSY, "429", timedelta(days=4)), State.DEAD, None),
        (Outcome(Answer.BUSY, "429", timedelta.max), State.DEAD, None),
    ],
    ids=str,
)
def test_an_answer_moves_a_delivery_and_is_kept(outcome, state, wait):
    row = in_state(State.SENDING, version=1)
    due = NOW if wait is None else NOW + timedelta(seconds=wait)
    tried = (Try(NOW, outcome.answer, outcome.detail),)
    assert answered(row, outcome, NOW, GIVE_UP) == in_state(state, version=2, due_at=due, tries=tried)


def test_a_busy_channel_is_given_up_after_as_long_as_one_said():
    row = in_state(State.SENDING)
    busy = Outcome(Answer.BUSY, "503")
    last = NOW + GIVE_UP - timedelta(seconds=2)
    assert [answered(row, busy, now, GIVE_UP).state for now in (NOW, last, last + timedelta(seconds=1))] == [
        State.PENDING,
        State.PENDING,
        State.DEAD,
    ]


def test_the_wait_doubles_to_a_quarter_of_an_hour():
    assert [int(backoff(n).total_seconds()) for n in range(1, 13)] == [
        2,
        4,
        8,
        16,
        32,
        64,
        128,
        256,
        512,
        900,
        900,
        900,
    ]


OUTCOMES = st.builds(
    Outcome,
    st.sampled_from([Answer.BUSY, Answer.BUSY, Answer.BUSY, Answer.ACCEPTED, Answer.REFUSED]),
    st.text(max_size=5),
    st.none() | st.timedeltas(),
)


@given(st.lists(OUTCOMES, min_size=1, max_size=20), st.timedeltas(timedelta(0), timedelta(days=30)))
def test_a_delivery_always_ends_whatever_its_channel_answers(outcomes, give_up):
    row, now = ROW, NOW
    for turn in range(10_000):
        assert row.due_at <= NOW + give_up or row.due_at == NOW
        now = max(now, row.due_at)
        row = answered(claimed(row, now, timedelta(seconds=60)), outcomes[turn % len(outcomes)], now, give_up)
        if not TRANSITIONS[row.state]:
            break
    assert row.state in {State.SENT, State.DEAD}
    assert (row.version, len(row.tries)) == (2 * (turn + 1), turn + 1)
