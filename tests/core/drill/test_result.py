"""Past drills: kept as lines, shown as a table with a small plot."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tocsin.core.drill.announce import announcement
from tocsin.core.drill.hops import Hop, Outcome, State, Wait
from tocsin.core.drill.result import Result, Variant, drilled, read, table

AT = datetime(2026, 11, 26, 10, 0, tzinfo=UTC)


def result(wire, person=None, *, state=State.ARRIVED, variant=Variant.DELETE, days=0):
    outcomes = [Outcome(Hop.ANSWERED, State.ARRIVED, 0.2), Outcome(Hop.WIRE, state, wire)]
    if person is not None:
        outcomes.append(Outcome(Hop.PERSON, State.ARRIVED, person))
    at = AT + timedelta(days=days)
    return Result("abc234", at, "111122223333", "us-east-1", "tocsin", variant, tuple(outcomes), ("MFA: no",))


def test_a_drill_comes_back_as_it_was_kept():
    for one in (result(4.25, 40.5), result(None, state=State.MISSING), result(None, state=State.UNTOLD)):
        assert read(json.dumps(one.data())) == one


@pytest.mark.parametrize("line", ["", "{}", "[]", "null", '{"code": "x", "hops": [{}]}', "\x00"])
def test_a_line_that_is_no_drill_is_none(line):
    assert read(line) is None


def test_the_table_shows_each_drill_with_a_bar_that_grows_with_its_seconds():
    lines = table([result(4.0, 40.0), result(2.0, days=1), result(None, state=State.MISSING, days=2)], 80)
    assert lines == [
        "when (UTC)        variant             topic    person",
        "2026-11-26 10:00  delete   whole     4.00 s   40.00 s  ##-----------------------",
        "2026-11-27 10:00  delete   whole     2.00 s         -  #",
        "2026-11-28 10:00  delete   BROKEN         -         -",
        f"{'':<55}# to the topic, - on to the person; the longest is 40.0 s",
    ]


def test_the_table_fits_where_there_is_no_room_for_bars():
    lines = table([result(4.0, 40.0), result(None, state=State.UNTOLD)], 40)
    assert [line.split() for line in lines[1:]] == [
        ["2026-11-26", "10:00", "delete", "whole", "4.00", "s", "40.00", "s"],
        ["2026-11-26", "10:00", "delete", "unsure", "-", "-"],
    ]


MONTH = timedelta(days=30)


@pytest.mark.parametrize(
    ("results", "every", "is_due"),
    [
        ([], None, False),
        ([], MONTH, True),
        ([result(4.0)], MONTH, False),
        ([result(4.0, days=-31)], MONTH, True),
        ([result(4.0, days=-31)], None, False),
        ([result(4.0, days=-31), result(None, state=State.MISSING)], MONTH, True),
        ([result(4.0), result(None, state=State.MISSING)], MONTH, False),
        ([result(None, variant=Variant.DENIED)], MONTH, True),
        ([replace(result(4.0), region="eu-west-1")], MONTH, True),
        ([replace(result(4.0), pipeline="other")], MONTH, True),
    ],
)
def test_a_drill_is_due_only_where_one_is_asked_for_and_none_was_whole_since(results, every, is_due):
    assert drilled(results, "tocsin", "us-east-1", every, AT).due == is_due


@pytest.mark.parametrize("variant", Variant)
def test_before_a_drill_it_is_said_what_it_does_costs_and_sets_off(variant):
    waits = [Wait(Hop.HISTORY, timedelta(minutes=15)), Wait(Hop.FEED, timedelta(seconds=30))]
    said = dict(announcement(variant, waits, reduced=False, heard=3))
    assert {"does", "costs", "findings", "waits", "leaves"} <= set(said)
    assert "event history 15 min and queue's rule 30 s" in said["waits"]
    assert ("3 in the config" in said.get("rings", "")) == (variant is not Variant.DENIED)
    assert ("ten mails a second" in said.get("mind", "")) == (variant is Variant.MASS)
