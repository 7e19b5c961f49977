"""Each far end is looked at by itself; what is another drill's is left for it, and a fault ends one look alone."""

from __future__ import annotations

import os
import time
from threading import Event

import pytest
from botocore.exceptions import ClientError

from tocsin.adapters.drill import watch
from tocsin.adapters.drill.watch import Watch, history, observer, person
from tocsin.core.drill.hops import Source
from tocsin.errors import Unreachable

OURS, ANOTHERS, NOBODYS = "tocsin-drill-abc234 was", "tocsin-drill-zzz999 was", "bob was"


class Sqs:
    """Gives batches of bodies, then nothing."""

    def __init__(self, *batches):
        self.batches, self.deleted, self.shown, self.stop = list(batches), [], [], Event()

    def receive_message(self, **asked):
        assert (asked["WaitTimeSeconds"], asked["VisibilityTimeout"]) == (1, 10)
        if not self.batches:
            self.stop.set()
            return {}
        return {"Messages": [{"MessageId": one, "Body": one, "ReceiptHandle": one} for one in self.batches.pop(0)]}

    def delete_message_batch(self, QueueUrl, Entries):  # noqa: N803 - boto3's
        self.deleted += [one["ReceiptHandle"] for one in Entries]

    def change_message_visibility_batch(self, QueueUrl, Entries):  # noqa: N803 - boto3's
        assert {one["VisibilityTimeout"] for one in Entries} == {0}
        self.shown += [one["ReceiptHandle"] for one in Entries]


def test_of_an_observer_ours_is_told_nobodys_is_taken_out_and_anothers_shows_again_once():
    sqs = Sqs([OURS, ANOTHERS, NOBODYS], [ANOTHERS])
    assert list(observer(sqs, "https://url", "abc234")(sqs.stop)) == [OURS]
    assert (sqs.deleted, sqs.shown) == ([OURS, NOBODYS], [ANOTHERS])


class CloudTrail:
    def __init__(self, *looks):
        self.looks, self.stop, self.asked = list(looks), Event(), []

    def get_paginator(self, _name):
        return self

    def paginate(self, **asked):
        self.asked.append(asked["LookupAttributes"])
        found = self.looks.pop(0)
        if not self.looks:
            self.stop.set()
        return [{"Events": [{"EventId": one, "CloudTrailEvent": one} for one in found]}]


def test_of_event_history_each_event_of_ours_is_told_once(monkeypatch):
    monkeypatch.setattr(watch, "_PAUSES_S", (0.0, 0.0, 0.0))
    trail = CloudTrail([], [OURS, NOBODYS], [OURS, ANOTHERS])
    assert list(history(trail, "DeleteUser", "abc234")(trail.stop)) == [OURS]
    assert trail.asked[0] == [{"AttributeKey": "EventName", "AttributeValue": "DeleteUser"}]


def test_what_a_person_types_comes_line_by_line():
    reading, writing = os.pipe()
    os.write(writing, "abc\nd\u00e9f\nhalf".encode())
    lines = person(reading)(Event())
    assert [next(lines), next(lines)] == ["abc", "d\u00e9f"]
    os.close(writing)
    with pytest.raises(Exception, match="standard input was closed"):
        next(lines)
    os.close(reading)


def said_by(looks, *, after=False):
    seen = Watch({} if after else looks, looks if after else {})
    seen.begin()
    seen.go_on()
    first = seen.next(5)
    seen.end()
    return first


@pytest.mark.parametrize("after", [False, True])
def test_what_is_seen_is_told_with_its_place_and_its_time(after):
    began = time.monotonic()
    sighting = said_by({Source.HISTORY: lambda _: iter(["text"])}, after=after)
    assert (sighting.source, sighting.text, sighting.fault) == (Source.HISTORY, "text", "")
    assert began <= sighting.at <= time.monotonic()


def test_what_cannot_be_looked_at_is_told_with_its_reason():
    def refused(_stop):
        raise Unreachable("ReceiveMessage: AccessDenied: no")
        yield ""

    assert said_by({Source.OBSERVER: refused}).fault == "ReceiveMessage: AccessDenied: no"


def test_a_refusal_of_aws_is_told_in_our_words():
    class Refusing(Sqs):
        def receive_message(self, **_):
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "ReceiveMessage")

    assert (
        said_by({Source.OBSERVER: observer(Refusing(), "https://url", "abc234")}).fault
        == "ReceiveMessage: AccessDenied: no"
    )


def test_nothing_is_seen_where_there_is_nothing_and_the_looking_ends():
    def endless(stop):
        stop.wait()
        yield from ()

    seen = Watch({Source.OBSERVER: endless}, {})
    seen.begin()
    assert seen.next(0.01) is None
    seen.end()
    assert not any(thread.is_alive() for thread in seen._threads)
