"""When news may go out: what rings by itself, what goes with something else, and how soon after the last."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from builders import NOW, at, deeds_of
from tocsin.core.delivery.pace import gap, loud, ready_at
from tocsin.core.delivery.telling import AT_ONCE, Telling, claimed, told, woken
from tocsin.core.incident.deed import StoryKey

SETTLE, LEASE = timedelta(seconds=60), timedelta(seconds=60)
ROW = Telling("inc-1", "ops", StoryKey("1", "alice", "identity"))


def deed(name="DeleteUser", user="bob", came=0, **changes):
    [one], _ = deeds_of([at(0, name=name, requestParameters={"userName": user})])
    return one._replace(came=NOW + timedelta(seconds=came), **changes)


KEY = {"name": "DeleteLoginProfile"}


def test_a_trigger_swallows_the_preludes_of_its_own_subject_and_no_others():
    bob, key, other = deed(), deed(**KEY), deed(**KEY, user="carol")
    assert loud([key, bob, other], {bob.about}) == [bob, other]
    assert loud([key, other], set()) == [key, other]


def test_a_prelude_that_names_nobody_is_never_swallowed():
    nobody = deed(**KEY, subject=None)
    assert loud([nobody], {"", nobody.about}) == [nobody]


def test_a_prelude_waits_for_its_trigger_and_a_trigger_waits_for_nothing():
    assert ready_at(ROW, [deed(**KEY, came=7)], SETTLE, NOW) == NOW + timedelta(seconds=67)
    assert ready_at(ROW, [deed(**KEY, came=9), deed(**KEY, came=7)], SETTLE, NOW) == NOW + timedelta(seconds=67)
    assert ready_at(ROW, [deed(**KEY), deed()], SETTLE, NOW) == NOW


def tellings(times, **changes):
    """A row that was told at some times, in seconds, each of something that had just come."""
    row = ROW
    for number, second in enumerate(times):
        now = NOW + timedelta(seconds=second)
        row = claimed(woken(row, now, at_once=True), now, LEASE, "t")
        row = told(row, "t", number + 1, now, first=now, news=False)
    return replace(row, **changes)


def at_once(row, second, **changes):
    now = NOW + timedelta(seconds=second)
    return ready_at(row, [deed(came=second, **changes)], SETTLE, now) <= now


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_the_first_five_are_told_at_once(count):
    assert at_once(tellings(range(count)), count)


def test_then_the_gap_doubles_from_a_minute_to_ten():
    assert [gap(count).total_seconds() for count in range(12)] == [0] * 5 + [60, 120, 240, 480, 600, 600, 600]
    row = tellings(range(5))
    assert ready_at(row, [deed(came=5)], SETTLE, NOW) == NOW + timedelta(seconds=4 + 60)
    row, now = tellings([0, 1, 2, 3, 4, 64]), NOW + timedelta(seconds=70)
    assert ready_at(row, [deed(came=70)], SETTLE, now) == NOW + timedelta(seconds=64 + 120)


def test_ten_quiet_minutes_start_the_pace_anew_and_quiet_is_what_comes_and_not_what_is_told():
    row = tellings(range(9))
    assert at_once(row, 8 + 600)
    assert not at_once(row, 8 + 599)
    assert tellings([*range(9), 700]).count == 1
    waiting = ready_at(row, [deed(came=500), deed(came=900)], SETTLE, NOW)
    assert waiting == row.next_at  # the first of them came while it was not quiet


def test_one_deletion_every_ten_minutes_is_told_at_once_however_long_it_goes_on():
    row = tellings(range(0, 600 * 30, 600))
    assert (row.count, at_once(row, 600 * 30)) == (1, True)


def test_what_is_urgent_waits_ten_seconds_at_most():
    row = tellings(range(9))
    assert ready_at(row, [deed(came=9), deed(came=10, urgent=True)], SETTLE, NOW) == NOW + timedelta(seconds=18)
    assert at_once(tellings(range(4)), 4, urgent=True)


def test_what_a_clock_a_day_ahead_has_set_binds_nobody():
    row = tellings([86_400 + second for second in range(9)])
    assert ready_at(row, [deed(came=0)], SETTLE, NOW) == NOW
    assert ready_at(ROW, [deed(**KEY, came=86_400)], SETTLE, NOW) == NOW


def test_a_row_that_was_never_told_has_no_pace():
    assert (ROW.next_at, ready_at(ROW, [deed()], SETTLE, NOW)) == (AT_ONCE, NOW)
