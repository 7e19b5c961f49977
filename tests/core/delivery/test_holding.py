"""Until when a deed waits: quiet hours over midnight, weekends and the change of the clock, and the daily digest."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bells import OPS
from builders import deeds_of, entry
from tocsin.core.channels import ChannelSpec, channel_of
from tocsin.core.delivery.holding import release_of
from tocsin.core.expected import Expected
from tocsin.core.match.rules import Severity

ZONE = ZoneInfo("Europe/Zurich")
[DEED], _ = deeds_of([entry()])
ENTRY = Expected("leavers", "arn", "leavers", ("*",), ("0.0.0.0/0",), 20, date(2030, 1, 1))


def quiet(*hours, **more):
    return channel_of("ops", {"kind": "slack", "url": "https://x", "quiet": list(hours), **more})


def released(channel, came, *, rings=False, severity=Severity.MEDIUM, expected=""):
    settings = replace(OPS, specs=(channel,), timezone=ZONE, expected={"leavers": ENTRY})
    at = came if came.tzinfo else came.replace(tzinfo=ZONE)
    deed = DEED._replace(came=at.astimezone(UTC), severity=severity, expected=expected)
    release = release_of(deed, channel, settings, rings=rings)
    return release.at.astimezone(ZONE).replace(tzinfo=None) if release.held else None


NIGHTS = quiet("mon-fri 20:00-07:00", "sat-sun 00:00-24:00", "mon 00:00-07:00")


@pytest.mark.parametrize(
    ("came", "until"),
    [
        ("2026-11-23T19:59", None),  # a Monday
        ("2026-11-23T20:00", "2026-11-24T07:00"),
        ("2026-11-24T06:59:59", "2026-11-24T07:00"),
        ("2026-11-24T07:00", None),
        ("2026-11-27T23:00", "2026-11-30T07:00"),  # from Friday's night through the weekend
        ("2026-11-29T12:00", "2026-11-30T07:00"),
    ],
)
def test_what_comes_in_quiet_hours_waits_until_they_end(came, until):
    expected = datetime.fromisoformat(until) if until else None
    assert released(NIGHTS, datetime.fromisoformat(came)) == expected


@pytest.mark.parametrize(("came", "hours"), [("2026-03-28T23:00", 7), ("2026-10-24T23:00", 9), ("2026-11-24T23:00", 8)])
def test_quiet_hours_end_by_the_readers_clock_though_the_night_is_shorter_or_longer(came, hours):
    channel = quiet("23:00-07:00")
    deed = DEED._replace(came=datetime.fromisoformat(came).replace(tzinfo=ZONE).astimezone(UTC), severity=Severity.LOW)
    release = release_of(deed, channel, replace(OPS, specs=(channel,), timezone=ZONE), rings=False)
    assert release.at - deed.came == timedelta(hours=hours)


def test_what_is_as_bad_as_the_channel_says_or_may_not_wait_goes_at_once():
    night = datetime.fromisoformat("2026-11-24T03:00")
    assert released(NIGHTS, night, severity=Severity.HIGH) is None
    assert released(NIGHTS, night, rings=True) is None
    strict = quiet("20:00-07:00", quiet_below="critical")
    assert released(strict, night, severity=Severity.HIGH) is not None
    assert released(strict, night, severity=Severity.CRITICAL) is None


@pytest.mark.parametrize(
    ("came", "until"), [("2026-11-24T07:59", "2026-11-24T08:00"), ("2026-11-24T08:00", "2026-11-25T08:00")]
)
def test_what_is_expected_waits_for_the_digest(came, until):
    people = channel_of("ops", {"kind": "slack", "url": "https://x"})
    came, until = datetime.fromisoformat(came), datetime.fromisoformat(until)
    assert released(people, came, expected="leavers", severity=Severity.HIGH) == until
    assert released(people, came, expected="gone", severity=Severity.HIGH) is None  # the config names it no more
    assert released(ChannelSpec("ops", "webhook"), came, expected="leavers") is None  # a machine is woken by nothing


@given(st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)))  # noqa: DTZ001 - of the reader's clock
def test_nothing_waits_longer_than_a_weekend_and_nothing_is_released_into_quiet_hours(came):
    until = released(NIGHTS, came)
    if until is not None:
        assert until - came < timedelta(days=3)
        assert released(NIGHTS, until) is None
