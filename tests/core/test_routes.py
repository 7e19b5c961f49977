"""Routes: what each takes, by severity, account, rule, tag and hour, and what is no route."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.core.routes import DAYS, Asked, Route, Routing, hours_of, route_of

ZURICH = ZoneInfo("Europe/Zurich")
# A Saturday, 3 o'clock at night in Zurich.
ASKED = Asked(
    "high", "111122223333", "iam-user-deleted", frozenset({"identity", "T1531"}), datetime(2026, 11, 28, 2, tzinfo=UTC)
)


def takes(table, asked=ASKED, zone=None):
    return route_of({"channels": ["ops"], **table}, zone).why_not(asked, ZURICH) == ""


@pytest.mark.parametrize(
    ("table", "taken"),
    [
        ({}, True),
        ({"severity": "high"}, True),
        ({"severity": "medium"}, True),
        ({"severity": "critical"}, False),
        ({"accounts": ["111122223333"]}, True),
        ({"accounts": ["444455556666"]}, False),
        ({"rules": "iam-user-*"}, True),
        ({"rules": ["bell-*", "iam-user-deleted"]}, True),
        ({"rules": ["iam-user"]}, False),
        ({"tags": ["T1531", "lockout"]}, True),
        ({"tags": "lockout"}, False),
        ({"hours": "sat 00:00-06:00"}, True),
        ({"hours": "fri 22:00-06:00"}, True),
        ({"hours": "sat 22:00-06:00"}, False),
        ({"hours": ["mon-fri 08:00-18:00", "sat,sun 03:00-03:01"]}, True),
        ({"hours": "02:00-03:00"}, False),
        ({"hours": "fri-mon 00:00-24:00"}, True),
        ({"severity": "high", "tags": "lockout"}, False),
    ],
)
def test_a_route_takes_what_it_asks_for(table, taken):
    assert takes(table) is taken


def test_the_hours_are_those_of_the_route_or_of_the_settings():
    assert [takes({"hours": "03:00-04:00"}, zone=zone) for zone in (None, ZURICH, UTC)] == [True, True, False]


def test_why_it_does_not_is_said_in_words():
    why = route_of({"channels": "x", "hours": "mon 08:00-18:00"}, None).why_not(ASKED, ZURICH)
    assert why == "Sat 03:00 CET is not among its hours"
    assert route_of({"channels": "x", "severity": "critical"}, None).why_not(ASKED, UTC) == "high is less than critical"


def test_all_routes_are_asked_or_the_first_and_what_is_left_goes_to_the_default():
    one, other = Route(("pager", "ops"), severity="high"), Route(("ops", "siem"))
    assert Routing((one, other)).channels(ASKED, UTC) == ("pager", "ops", "siem")
    assert Routing((one, other), first=True).channels(ASKED, UTC) == ("pager", "ops")
    low = ASKED._replace(severity="low")
    assert Routing((one,), default=("mail",)).channels(low, UTC) == ("mail",)
    assert Routing((one,)).channels(low, UTC) == ()


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({}, "it needs channels"),
        ({"channels": []}, "it needs channels"),
        ({"channels": [1]}, "channels must be texts"),
        ({"channels": "x", "severity": "bad"}, "severity must be one of info, low, medium, high, critical"),
        ({"channels": "x", "room": "y"}, "it takes no room"),
        ({"channels": "x", "hours": "always"}, "'always' are no hours"),
        ({"channels": "x", "hours": "fry 08:00-18:00"}, "'fry' is no day"),
        ({"channels": "x", "hours": "08:00-25:00"}, "25:00 is no time of a day"),
        ({"channels": "x", "hours": "08:60-09:00"}, "08:60 is no time of a day"),
        ({"channels": "x", "hours": "08:00-08:00"}, "they end when they begin"),
        ({"channels": "x", "hours": ["mon 08:00-18:00", "mon-tue 17:59-20:00"]}, "'mon-tue 17:59-20:00' overlaps"),
        ({"channels": "x", "hours": ["mon 22:00-06:00", "tue 05:00-07:00"]}, "'tue 05:00-07:00' overlaps"),
        ({"hours": "always", "room": "y"}, "it takes no room; it needs channels; 'always' are no hours"),
    ],
)
def test_what_is_no_route_is_refused_all_at_once(table, said):
    with pytest.raises(ValueError, match=r".") as fault:
        route_of(table, None)
    assert said in str(fault.value)


TIMES = st.integers(0, 1439).map(lambda minute: f"{minute // 60:02}:{minute % 60:02}")


@given(st.sampled_from(DAYS), TIMES, TIMES, st.integers(0, 7 * 24 * 60 - 1))
def test_hours_and_their_rest_share_the_week(day, start, end, minute):
    if start == end:
        return
    within, after = hours_of(f"{day} {start}-{end}"), hours_of(f"{start}-{end}")
    at = datetime(2026, 11, 23, tzinfo=UTC) + timedelta(minutes=minute)
    one = within.cover(at.weekday(), at.hour * 60 + at.minute)
    every = after.cover(at.weekday(), at.hour * 60 + at.minute)
    rest = hours_of(f"{end}-{start}").cover(at.weekday(), at.hour * 60 + at.minute)
    assert every is not rest
    assert not one or every


def test_hours_that_are_none_hide_no_others_that_overlap():
    with pytest.raises(ValueError, match=r"'25:00-26:00' are|25:00 is no time of a day") as fault:
        route_of({"channels": "ops", "hours": ["25:00-26:00", "08:00-10:00", "09:00-11:00"]}, None)
    assert "'09:00-11:00' overlaps with other hours of it" in str(fault.value)
    with pytest.raises(ValueError, match="hours must be texts"):
        route_of({"channels": "ops", "hours": [8]}, None)
