"""What proves a hop, and when an alarm is whole."""

from __future__ import annotations

import json

import pytest

from tocsin.core.drill.hops import Call, Hop, Outcome, State, is_whole, names_seen, whose

NAME = "tocsin-drill-abc234"
DELETED = Call("DeleteUser")
DENIED = Call("DeleteUser", denied=True)
RECORD = {"eventName": "DeleteUser", "requestParameters": {"userName": NAME}, "userIdentity": {"userName": "alice"}}
REFUSED = {
    "eventName": "DeleteUser",
    "errorCode": "AccessDenied",
    "errorMessage": f"User: arn:aws:iam::1:user/tocsin-drill/{NAME} is not authorized to perform: iam:DeleteUser",
    "requestParameters": None,
    "userIdentity": {"userName": NAME},
}
MAIL = (
    f"IAM user [{NAME}] was DELETED in AWS account 111122223333.\n"
    "Event: DeleteUser 11111111-2222-4333-8444-555555555555. Look it up in CloudTrail event history in us-east-1."
)


def event(record):
    return json.dumps({"source": "aws.iam", "detail-type": "AWS API Call via CloudTrail", "detail": record})


def notification(message):
    return json.dumps({"Type": "Notification", "TopicArn": "arn:t", "Message": message})


@pytest.mark.parametrize(
    ("text", "call", "hop"),
    [
        (MAIL, DELETED, Hop.WIRE),
        (notification(MAIL), DELETED, Hop.WIRE),
        (notification(event(RECORD)), DELETED, Hop.WIRE),
        (notification(json.dumps(RECORD)), DELETED, Hop.WIRE),
        (notification(f"somebody removed {NAME}!"), DELETED, Hop.WIRE),
        (event(RECORD), DELETED, Hop.FEED),
        (event(REFUSED), DENIED, Hop.FEED),
        (json.dumps(RECORD), DELETED, Hop.HISTORY),
        (json.dumps(REFUSED), DENIED, Hop.HISTORY),
    ],
)
def test_the_far_end_of_each_hop_proves_it(text, call, hop):
    assert list(names_seen(text, call, [NAME])) == [(hop, NAME)]


@pytest.mark.parametrize(
    ("text", "call"),
    [
        (event({**RECORD, "eventName": "DeleteLoginProfile"}), DELETED),
        (event({**RECORD, "errorCode": "DeleteConflictException"}), DELETED),
        (event({**RECORD, "requestParameters": {"userName": f"{NAME}-07"}}), DELETED),
        (event({**RECORD, "requestParameters": {"userName": f"{NAME}x"}}), DELETED),
        (event({**RECORD, "requestParameters": {"userName": "bob"}, "userIdentity": {"userName": NAME}}), DELETED),
        (event(RECORD), DENIED),
        (event(REFUSED), DELETED),
        (MAIL.replace("Event: DeleteUser", "Event: DeleteLoginProfile"), DELETED),
        (notification(event({**RECORD, "eventName": "CreateUser"})), DELETED),
        ("not a word of it", DELETED),
        ("[1, 2]", DELETED),
        ("{}", DELETED),
    ],
)
def test_nothing_else_proves_a_hop(text, call):
    assert list(names_seen(text, call, [NAME])) == []


def test_of_many_decoys_the_right_one_is_named():
    many = [f"{NAME}-01", f"{NAME}-11"]
    record = {**RECORD, "requestParameters": {"userName": f"{NAME}-11"}}
    assert list(names_seen(event(record), DELETED, many)) == [(Hop.FEED, f"{NAME}-11")]


def test_a_message_is_ours_another_drills_or_nobodys():
    assert [whose(text, "abc234") for text in (MAIL, "tocsin-drill-zzz999 too", "bob")] == ["ours", "another", "nobody"]


def outcome(hop, state, *, vital=True):
    return Outcome(hop, state, 1.0 if state is State.ARRIVED else None, vital=vital)


ARRIVED = [outcome(hop, State.ARRIVED) for hop in (Hop.ANSWERED, Hop.WIRE, Hop.FEED)]


def test_an_alarm_is_whole_if_every_vital_hop_arrived():
    assert is_whole(ARRIVED)
    assert is_whole([*ARRIVED, outcome(Hop.HISTORY, State.MISSING, vital=False)])
    assert not is_whole([*ARRIVED, outcome(Hop.PERSON, State.MISSING)])


def test_what_nobody_can_tell_of_is_proven_by_a_person_and_by_nothing_else():
    unsure = [outcome(Hop.ANSWERED, State.ARRIVED), outcome(Hop.WIRE, State.UNTOLD)]
    assert not is_whole(unsure)
    assert is_whole([*unsure, outcome(Hop.PERSON, State.ARRIVED)])
    assert not is_whole([*unsure, outcome(Hop.PERSON, State.ARRIVED), outcome(Hop.FEED, State.MISSING)])
