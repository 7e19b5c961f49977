"""Taking in: nothing lost, nothing counted twice, and no message costs another."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bells import OPS, Bell, raw
from builders import HOSTILE, at, entry, event_of, message_of
from tocsin.adapters.memory import MemoryStore
from tocsin.core.match.rules import Severity, best_by_family
from tocsin.errors import TocsinError, Unreachable
from tocsin.flows.respond import intake
from tocsin.flows.respond.intake import Receipt, pump, watched_names


@pytest.fixture
def bell(rules):
    return Bell(rules)


def test_fifty_redeliveries_are_told_once(bell):
    receipts = [bell.take(message_of(entry(), number))[0] for number in range(50) if bell.tell() or True]
    bell.tell()
    assert (Counter(r.matched for r in receipts), Counter(r.repeated for r in receipts)) == (
        {1: 1, 0: 49},
        {0: 1, 1: 49},
    )
    assert (all(r.ok for r in receipts), len(bell.channel.notices)) == (True, 1)


def test_of_one_event_twice_in_a_batch_one_is_new(bell):
    assert bell.take(message_of(entry(), 1), message_of(entry(), 2)) == [
        Receipt("m1", matched=1),
        Receipt("m2", repeated=1),
    ]


@given(st.lists(st.integers(0, 4), max_size=30), st.integers(1, 10))
def test_redelivery_in_any_order_and_batch_tells_each_victim_once(rules, numbers, batch):
    bell = Bell(rules)
    messages = [message_of(at(n * 3600, requestParameters={"userName": f"user-{n}"}), n) for n in numbers]
    for start in range(0, len(messages), batch):
        bell.take(*messages[start : start + batch])
        bell.tell()
    bell.rest()
    assert len(bell.channel.notices) == len(set(numbers))


POISON = [
    b"",
    b"\xff\xfe",
    b"{",
    b"[" * 100_000,
    b"null",
    b'{"detail": NaN}',
    json.dumps(event_of(entry(eventTime="9999-12-31T23:59:59Z", eventID="p1"))).encode(),
    json.dumps(event_of(entry(eventTime="0001-01-01T00:00:00Z", eventID="p2"))).encode(),
    json.dumps(event_of(entry(eventID="\ud800", userIdentity={"userName": "\ud800", "arn": "\ud800"}))).encode(),
    json.dumps(event_of(entry(eventID="p3"), account=["111122223333"])).encode(),
    json.dumps(event_of(entry(eventID="p4"), source={"aws.": 1})).encode(),
    json.dumps(event_of(entry(eventID="p5"), **{"detail-type": []})).encode(),
    json.dumps(event_of(entry(eventName=["DeleteUser"]))).encode(),
    b'{"Sns":' * 900 + b"1" + b"}" * 900,
]


@pytest.mark.parametrize("accounts", [frozenset(), frozenset({"111122223333"})], ids=["any account", "one account"])
@pytest.mark.parametrize("position", [0, 1, 2])
@pytest.mark.parametrize("poison", POISON, ids=lambda body: ascii(body[:20]))
def test_poison_in_any_position_delays_no_good_record(poison, position, accounts, rules):
    bell = Bell(rules, settings=replace(OPS, accounts=accounts))
    messages = [message_of(at(0, userIdentity="x"), 1), message_of(at(1, userIdentity="y"), 2)]
    messages.insert(position, raw(poison, 3))
    receipts = {receipt.id: receipt for receipt in bell.take(*messages)}
    assert (receipts["m1"], receipts["m2"], receipts["m3"].ok) == (
        Receipt("m1", matched=1),
        Receipt("m2", matched=1),
        True,
    )
    bell.tell()
    assert {"IAM user bob was deleted by x.", "IAM user bob was deleted by y."} <= set(bell.channel.sentences)
    bell.rest()
    assert {str(row.state) for row in bell.store.tellings()} == {"told"}


def test_a_fault_of_ours_costs_one_message_and_is_told_with_its_bytes(bell, monkeypatch):
    def broken(record, *given):
        if record.event_id == "bad":
            raise ZeroDivisionError
        return whole(record, *given)

    whole = intake.deed_of
    monkeypatch.setattr(intake, "deed_of", broken)
    bad = message_of(entry(eventID="bad"), 2)
    receipts = bell.take(message_of(at(0), 1), bad, message_of(at(1, userIdentity="y"), 3))
    assert [(one.ok, one.matched, one.rejected) for one in receipts] == [(True, 1, 0), (True, 0, 1), (True, 1, 0)]
    bell.tell()
    [told] = [one for one in bell.channel.notices if one.rule == "unreadable"]
    assert "Tocsin failed at a message (ZeroDivisionError)" in told.sentence
    assert bad.body in bell.store.bodies()


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.sampled_from(HOSTILE)
    | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from([*entry(), "errorCode", "errorMessage"]), JSON), st.dictionaries(
    st.sampled_from(["source", "detail-type", "account", "region", "id", "time"]), JSON, max_size=2))  # fmt: skip
def test_no_record_however_odd_breaks_the_responder(rules, changes, around):
    made = {**entry(), **changes}
    bell = Bell(rules, settings=replace(OPS, accounts=frozenset({"111122223333"})))
    receipts = bell.take(raw({**event_of(made), **around}), message_of(at(7, userIdentity="z"), 2))
    assert [receipt.ok for receipt in receipts] == [True, True]
    bell.tell()
    assert any(sentence.endswith("was deleted by z.") for sentence in bell.channel.sentences)
    assert not any("Tocsin failed" in sentence for sentence in bell.channel.sentences)


@pytest.mark.parametrize(
    "body",
    [
        b'{"detail": {"eventName": "DeleteUser", ',
        b'{"detail": {"eventName": "\\u0044elete\\u0055ser", ',
        b"\xff DeleteUser",
        json.dumps(event_of({"eventName": "DeleteUser"})).encode(),
    ],
)
def test_an_unreadable_body_that_names_a_watched_event_rings_at_once(bell, body):
    assert bell.take(raw(body)) == [Receipt("m1", rejected=1)]
    bell.tell()
    (notice,) = bell.channel.notices
    assert (notice.rule, str(notice.severity), notice.title) == (
        "unreadable",
        "high",
        "An event that names DeleteUser could not be read",
    )
    (kept,) = bell.store.bodies()
    assert kept == body or json.loads(kept) == json.loads(body)


def test_an_unreadable_body_that_names_nothing_is_told_after_the_settle_time_and_kept(bell):
    bell.take(raw(b"hello"))
    assert (bell.tell(), len(bell.tell(60)), bell.channel.notices[0].rule) == ([], 1, "rejected")
    assert bell.store.bodies() == (b"hello",)


def test_the_same_unreadable_body_again_is_a_repeat(bell):
    for number in range(3):
        bell.take(raw(b"hello", number))
    bell.tell(60)
    assert (len(bell.channel.notices), len(bell.store.bodies())) == (1, 1)


NOT_ALLOWED = [
    (entry(), "without the EventBridge event around it"),
    ({"Records": [entry()]}, "without the EventBridge event around it"),
    (event_of(entry(), source="custom.iam"), "a source that is not AWS"),
    (event_of(entry(), source=None), "a source that is not AWS"),
    (event_of(entry(), source="awsome.iam"), "a source that is not AWS"),
    (event_of(entry(), source="aws"), "a source that is not AWS"),
    (event_of(entry(), **{"detail-type": "Drill"}), "a detail-type that CloudTrail does not write"),
    (event_of(entry(), account="999999999999"), "an account that is not expected"),
    (event_of(entry(), account=None), "an account that is not expected"),
    ({"s3Bucket": "b", "s3ObjectKey": ["k DeleteUser"]}, "an S3 notification came to the live queue"),
]


@pytest.mark.parametrize(("body", "words"), NOT_ALLOWED, ids=[words for _, words in NOT_ALLOWED])
def test_what_is_not_an_event_of_an_expected_account_is_rejected_at_the_door(body, words, rules):
    bell = Bell(rules, settings=replace(OPS, accounts=frozenset({"111122223333"})))
    assert bell.take(raw(body)) == [Receipt("m1", rejected=1)]
    bell.tell()
    assert (bell.channel.notices[0].rule, words in bell.channel.sentences[0]) == ("unreadable", True)


def test_without_a_list_of_accounts_every_one_that_the_queue_let_in_is_taken(bell):
    assert bell.take(message_of(entry(), account="999999999999")) == [Receipt("m1", matched=1)]


def test_an_event_that_no_rule_matches_is_done_and_tells_nothing(bell):
    assert bell.take(message_of(entry("CreateUser"))) == [Receipt("m1", unwatched=1)]
    assert (bell.store.tellings(), bell.store.bodies()) == ((), ())


class Stubborn(MemoryStore):
    """Loses so many commits to another worker first."""

    def __init__(self, lost):
        super().__init__()
        self.lost = lost

    def commit(self, commit):
        if self.lost:
            self.lost -= 1
            return False
        return super().commit(commit)


def test_a_commit_that_another_worker_won_is_tried_again(rules):
    bell = Bell(rules, store=Stubborn(3))
    assert bell.take(message_of(entry())) == [Receipt("m1", matched=1)]
    assert len(bell.store.tellings()) == 1


def test_a_store_that_refuses_for_ever_gives_the_message_back(rules):
    bell = Bell(rules, store=Stubborn(10_000))
    (receipt,) = bell.take(message_of(entry()))
    assert (receipt.ok, receipt.reason) == (False, "the store refused 50 commits to one story in a row")


class Down(MemoryStore):
    """Cannot be reached for some messages."""

    def __init__(self, *ids):
        super().__init__()
        self.ids = ids

    def load(self, key, deeds, since, until):
        if {one.event_id for one in deeds} & set(self.ids):
            raise Unreachable("the store is down")
        return super().load(key, deeds, since, until)


class FakeQueue:
    def __init__(self, *messages):
        self.messages = list(messages)

    def receive(self, wait):
        return self.messages[:9]

    def delete(self, messages):
        self.messages = [one for one in self.messages if one not in messages]


def test_a_message_whose_story_could_not_be_written_stays_in_the_queue_and_the_others_go(rules):
    bell = Bell(rules, store=Down("id-000001"))
    queue = FakeQueue(*(message_of(at(n, userIdentity=f"actor {n}"), n) for n in range(3)))
    receipts = pump(queue, lambda messages: bell.take(*messages), timedelta(0))
    assert [(receipt.ok, receipt.reason) for receipt in receipts] == [
        (True, ""),
        (False, "the store is down"),
        (True, ""),
    ]
    assert [message.id for message in queue.messages] == ["m1"]
    bell.store.ids = ()
    pump(queue, lambda messages: bell.take(*messages), timedelta(0))
    assert (queue.messages, len(bell.store.bodies())) == ([], 3)


def test_a_part_of_a_message_that_is_committed_is_not_taken_twice(rules):
    bell = Bell(rules, store=Down("id-000002"))
    body = [event_of(at(1, userIdentity="x")), event_of(at(2, userIdentity="y"))]
    first = bell.take(raw(body))
    bell.store.ids = ()
    assert (first[0].ok, bell.take(raw(body))) == (False, [Receipt("m1", matched=1, repeated=1)])


def test_a_turn_that_could_not_be_written_gives_every_message_back(rules):
    class Full(MemoryStore):
        def turn(self):
            raise Unreachable("the disk is full")

    receipts = Bell(rules, store=Full()).take(message_of(at(0), 1), message_of(entry("CreateUser"), 2))
    assert [(one.ok, one.reason) for one in receipts] == [(False, "the disk is full")] * 2


def test_while_a_queue_is_full_hundreds_of_messages_are_written_together(rules):
    class Full(FakeQueue):
        def receive(self, wait):
            given, self.messages = self.messages[:10], self.messages[10:]
            return given

    sizes = []
    queue = Full(*(message_of(entry("CreateUser", eventID=str(n)), n) for n in range(615)))
    bell = Bell(rules)

    def take(messages):
        sizes.append(len(messages))
        return bell.take(*messages)

    while pump(queue, take, timedelta(0)):
        pass
    assert sizes == [300, 300, 15]


def test_an_empty_queue_is_no_work(rules):
    assert pump(FakeQueue(), lambda _: pytest.fail("nothing to take"), timedelta(0)) == []


def test_a_fault_of_a_store_that_is_not_its_reach_is_not_hidden(rules):
    class Broken(MemoryStore):
        def load(self, *given):
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        Bell(rules, store=Broken()).take(message_of(entry()))


def test_of_the_rules_for_one_record_a_trigger_comes_before_a_prelude_and_severity_decides(rules):
    deleted, conflict, key = (
        rules.get(name) for name in ("iam-user-deleted", "iam-user-delete-conflict", "iam-access-key-deleted")
    )
    louder_prelude = key._replace(id="louder", severity=Severity.CRITICAL)
    other = key._replace(id="other", family="tamper")
    for order in permutations([louder_prelude, conflict, deleted, key]):
        assert best_by_family([*order, other]) == [deleted, other]
    assert best_by_family([key, louder_prelude]) == [louder_prelude]
    assert issubclass(Unreachable, TocsinError)


def test_watched_names_are_found_whole_or_escaped_and_in_order(rules):
    assert watched_names(rb"\u0044eleteUser and DeleteAccessKey, not deleteuser", rules) == [
        "DeleteAccessKey",
        "DeleteUser",
    ]
