"""What waits, and what never does: quiet hours and expected automation, over both stores."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from bells import OPS, Bell
from builders import ACCOUNT, ALICE, NOW, ROOT, at, message_of
from tocsin.adapters.memory import MemoryStore
from tocsin.adapters.sqlite.store import SqliteStore
from tocsin.core.channels import channel_of
from tocsin.core.expected import expected_of

LEAVERS = {
    "actor": ALICE["arn"],
    "reason": "HR's list of leavers",
    "rules": ["iam-user-*"],
    "addresses": ["203.0.113.0/24"],
    "per_hour": 3,
    "until": date(2027, 1, 31),
}
MORNING = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
SLACK = {"kind": "slack", "url": "https://x"}


@pytest.fixture(params=["memory", "sqlite"])
def made(request, rules, tmp_path):
    def bell(*, channel=SLACK, entry=LEAVERS, **more):
        store = MemoryStore() if request.param == "memory" else SqliteStore(tmp_path / "s.db")
        expected = {"leavers": expected_of("leavers", entry)} if entry else {}
        specs = (channel_of("ops", channel),)
        return Bell(rules, settings=replace(OPS, specs=specs, timezone=UTC, expected=expected, **more), store=store)

    return bell


def gone(number, *, seconds=None, **changes):
    made = at(number if seconds is None else seconds, requestParameters={"userName": f"user-{number}"})
    return message_of({**made, "eventID": f"e{number}", **changes}, str(number))


def why(notice):
    return next((fact.value for fact in notice.facts if fact.label == "Why now"), "")


def test_what_is_expected_goes_out_in_the_morning_with_the_reason(made):
    bell = made()
    bell.take(gone(1), gone(2))
    bell.tell()
    assert bell.channel.notices == []
    while bell.now < MORNING:
        bell.tell(600)
    [notice] = bell.channel.notices
    assert notice.sentence == "2 IAM users were deleted by IAM user alice: user-1 and user-2."
    assert why(notice) == "expected of leavers: HR's list of leavers"
    assert bell.row.due_at is None


def test_several_incidents_that_were_expected_are_one_message(made):
    bell = made(entry=LEAVERS | {"per_hour": 20})
    for number in (1, 2, 3):
        bell.take(gone(number, seconds=number * 3600))  # more than the window apart: an incident each
    bell.now = MORNING - timedelta(minutes=1)
    bell.tell()
    bell.tell(61)
    [digest] = bell.channel.notices
    assert (digest.rule, len(digest.new)) == ("digest", 3)
    assert (
        "3 incidents are told in one message: expected of leavers: HR's list of leavers. The first:" in digest.sentence
    )


def test_more_than_the_ceiling_in_an_hour_rings_at_once_and_the_rest_of_that_hour_within_ten_minutes(made):
    bell = made()
    first = [gone(number, seconds=number * 1000) for number in range(3)]  # an incident each
    bell.take(*first)
    bell.tell()
    assert bell.channel.notices == []
    bell.take(gone(3, seconds=3500))
    bell.tell()
    [rings] = bell.channel.notices
    assert "user-3" in rings.sentence
    assert why(rings) == "leavers is expected to do this (HR's list of leavers), but not more than 3 times in an hour"
    bell.tell(600)
    told = " ".join(one.sentence for one in bell.channel.notices)
    assert [f"user-{number}" in told for number in range(3)] == [True] * 3


def test_as_many_as_the_ceiling_in_every_hour_never_ring(made):
    bell = made()
    for number in range(12):
        bell.take(gone(number, seconds=number * 1201))
        bell.tell()
    assert bell.channel.notices == []


def test_a_ceiling_is_counted_over_all_sessions_and_incidents(made):
    role = f"arn:aws:iam::{ACCOUNT}:role/leavers"
    bell = made(entry=LEAVERS | {"actor": role})

    def session(number):
        issuer = {"type": "Role", "arn": role, "userName": "leavers", "accountId": ACCOUNT}
        arn = f"arn:aws:sts::{ACCOUNT}:assumed-role/leavers/s{number}"
        return {"type": "AssumedRole", "arn": arn, "accountId": ACCOUNT, "sessionContext": {"sessionIssuer": issuer}}

    for number in range(4):
        bell.take(gone(number, userIdentity=session(number)))
    bell.tell(600)
    assert len(bell.channel.notices) == 4


@pytest.mark.parametrize(
    ("entry", "change", "says"),
    [
        (LEAVERS | {"until": date(2026, 11, 22)}, {}, "but only until 2026-11-22"),
        (LEAVERS, {"sourceIPAddress": "198.51.100.9"}, "but not from 198.51.100.9"),
        (LEAVERS, {"sourceIPAddress": None}, "but not from an address that the record does not tell"),
        (LEAVERS | {"actor": ALICE["arn"] + "2"}, {}, ""),
        (LEAVERS | {"rules": ["trail-*"]}, {}, ""),
    ],
)
def test_what_an_entry_does_not_cover_rings_at_once_and_says_why(made, entry, change, says):
    bell = made(entry=entry)
    bell.take(gone(1, **change))
    bell.tell()
    [notice] = bell.channel.notices
    assert says in why(notice)
    assert bool(says) == bool(why(notice))


def test_the_root_user_is_never_expected(made):
    bell = made(entry=LEAVERS | {"actor": ALICE["arn"]})
    bell.take(gone(1, userIdentity={**ROOT, "arn": ALICE["arn"]}))
    bell.tell()
    assert len(bell.channel.notices) == 1


def test_a_name_that_the_config_calls_privileged_never_waits(made):
    bell = made(privileged=("break-*",))
    bell.take(gone(1), gone(2, requestParameters={"userName": "break-glass"}))
    bell.tell()
    [notice] = bell.channel.notices
    assert "break-glass" in notice.sentence


@pytest.mark.parametrize("first", ["policy", "user"])
def test_whoever_had_an_administrators_policy_never_waits_in_whatever_order_it_comes(made, first):
    arn = "arn:aws:iam::aws:policy/AdministratorAccess"
    policy = message_of(
        {**at(0, name="DetachUserPolicy", requestParameters={"userName": "user-1", "policyArn": arn}), "eventID": "p"},
        "p",
    )
    bell = made()
    for message in (policy, gone(1)) if first == "policy" else (gone(1), policy):
        bell.take(message)
        bell.tell(1)
    assert [one for one in bell.channel.sentences if "user-1" in one]


def test_a_deletion_from_elsewhere_rings_though_the_same_was_expected_within_the_hour(made):
    bell = made()
    bell.take(gone(1))
    bell.tell()
    bell.take(gone(1, seconds=60, eventID="again", sourceIPAddress="198.51.100.9"))
    bell.tell()
    assert [why(one) for one in bell.channel.notices] == [
        "leavers is expected to do this (HR's list of leavers), but not from 198.51.100.9"
    ]


def test_an_entry_that_is_taken_out_of_the_config_lets_ring_what_waited(made):
    bell = made()
    bell.take(gone(1))
    bell.tell()
    bell.settings = replace(bell.settings, expected={})
    bell.tell(600)
    assert len(bell.channel.notices) == 1


def test_quiet_hours_hold_what_may_wait_and_say_so_in_the_morning(made):
    bell = made(channel=SLACK | {"quiet": "20:00-07:00", "quiet_below": "critical"}, entry=None)
    accounts = [f"{number:012}" for number in (1, 2, 3)]
    bell.take(*(gone(number, recipientAccountId=account) for number, account in enumerate(accounts)))
    bell.take(gone(9, userIdentity=ROOT))
    bell.tell()
    [rings] = bell.channel.notices
    assert "the root user" in rings.sentence
    bell.now = datetime(2026, 11, 24, 7, 0, tzinfo=UTC) - timedelta(seconds=1)
    bell.tell()
    assert len(bell.channel.notices) == 1
    bell.tell(1)
    bell.tell(600)
    [_, digest] = bell.channel.notices
    assert len(digest.subjects) == 3
    assert "told in one message: held back during this channel's quiet hours." in digest.sentence


def test_what_comes_fresh_while_a_digest_goes_out_is_told_by_itself(made):
    bell = made(entry=LEAVERS | {"per_hour": 20})
    bell.take(*(gone(number, seconds=number * 3600) for number in (1, 2)))
    bell.tell()
    bell.now = MORNING + timedelta(minutes=1)
    bell.take(gone(9, userIdentity={**ALICE, "arn": ALICE["arn"] + "2", "userName": "alice2"}))
    bell.tell()
    bell.tell(61)
    assert [one.rule for one in bell.channel.notices] == ["iam-user-deleted", "digest"]


def test_nothing_is_held_or_lost_by_a_channel_that_fails_in_the_morning(made):
    bell = made()
    bell.take(gone(1))
    bell.now = MORNING
    bell.channel.script = [replace(bell.channel.send(None), answer="busy")] * 3
    bell.channel.notices.clear()
    for _ in range(20):
        bell.tell(60)
    assert len(bell.channel.notices) == 4
    assert bell.row.due_at is None
    assert bell.now > NOW
