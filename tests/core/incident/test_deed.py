"""A deed: what makes it another one, in what order it stands, and that nobody can make it large."""

from __future__ import annotations

import pytest

from builders import ALICE, HOSTILE, NOW, ROOT, at, deeds_of, denied, entry
from tocsin.core.incident.deed import deed_of_rejected, key_of_rejected
from tocsin.core.match.rules import REJECTED, UNREADABLE
from tocsin.core.record.record import Rejected


def deed(made, rules=None):
    return deeds_of([made], rules)[0][0]


def test_a_deed_is_another_by_rule_event_subject_result_and_hour():
    one = deed(entry())
    assert one.identity == deed(entry(eventID="other", sourceIPAddress="198.51.100.1", userAgent="x")).identity
    others = [
        entry(eventTime="2026-11-23T22:04:05Z"),
        entry(requestParameters={"userName": "carol"}),
        denied(),
        entry("DeleteLoginProfile"),
    ]
    assert len({one.identity, *(deed(made).identity for made in others)}) == 5


@pytest.mark.parametrize("text", [*HOSTILE, "x" * 1_000_000], ids=lambda text: ascii(text[:12]))
def test_no_deed_and_no_key_grows_with_what_somebody_chose(text):
    made = entry(
        requestParameters={"userName": text, "groupName": text},
        userIdentity={**ALICE, "userName": text, "arn": text, "principalId": text, "invokedBy": text},
        **dict.fromkeys(("eventID", "awsRegion", "sourceIPAddress", "userAgent", "errorMessage", "errorCode"), text),
    )
    [one], key = deeds_of([made])
    assert len(repr(one)) < 40_000
    assert (len(str(key)) < 1_000, "\n" in key.actor) == (True, False)
    assert len(one.identity) == 32


def test_actors_whose_long_names_differ_at_the_end_have_stories_of_their_own():
    keys = {deeds_of([entry(userIdentity=f"{'x' * 5000}{end}")])[1] for end in "ab"}
    assert len(keys) == 2


def test_the_root_user_tampering_and_what_can_not_be_read_are_urgent():
    rejected = Rejected("not JSON", b"DeleteUser")
    assert [
        deed(entry()).urgent,
        deed(entry(userIdentity=ROOT)).urgent,
        deed(at(0, name="StopLogging", eventSource="cloudtrail.amazonaws.com", requestParameters={"name": "t"})).urgent,
        deed_of_rejected(rejected, UNREADABLE, "DeleteUser", NOW).urgent,
        deed_of_rejected(rejected, REJECTED, "", NOW).urgent,
    ] == [False, True, True, True, False]


def test_messages_that_fail_for_different_reasons_are_different_stories():
    keys = {key_of_rejected(Rejected(reason, b""), "unreadable") for reason in ("not JSON", "a forged source")}
    assert len(keys) == 2


def test_an_unreadable_body_of_a_mebibyte_lies_in_no_deed():
    one = deed_of_rejected(Rejected("why " * 10_000, b"DeleteUser" * 100_000), UNREADABLE, "DeleteUser, " * 9_000, NOW)
    assert len(repr(one)) < 12_000


def test_within_a_second_what_has_to_come_first_stands_first():
    made = [at(0), at(0, name="DetachUserPolicy", eventID="z"), denied(eventID="y", eventTime="2026-11-23T21:04:05Z")]
    deeds, _ = deeds_of(made)
    assert [one.event_name for one in sorted(deeds, key=lambda one: one.place)] == [
        "DetachUserPolicy",
        "DeleteUser",
        "DeleteUser",
    ]
    assert deeds[0]._replace(time=deeds[0].time).place == deeds[0].place
