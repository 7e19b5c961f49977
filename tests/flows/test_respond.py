"""The responder: told once, never late for a neighbour's fault, never lost."""

import json
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import HOSTILE, NOW, at, denied, entry, event_of, message_of
from tocsin.adapters.memory import MemoryStore
from tocsin.core.delivery.delivery import Answer, Outcome, State
from tocsin.core.delivery.exchange import Message
from tocsin.core.match.rules import Severity
from tocsin.core.record.record import Rejected
from tocsin.core.settings import DEFAULTS
from tocsin.errors import TocsinError, Unreachable
from tocsin.flows import respond
from tocsin.flows.respond import Receipt, best_by_family, pump, watched_names

ACCEPTED = Outcome(Answer.ACCEPTED, "ok")
BUSY = Outcome(Answer.BUSY, "503")
OPS = replace(DEFAULTS, channels=("ops",))


class FakeChannel:
    """Answers from a script, then accepts; keeps what was sent."""

    def __init__(self, *script, name="ops"):
        self.name = name
        self.script = list(script)
        self.notices = []

    def send(self, notice):
        self.notices.append(notice)
        return self.script.pop(0) if self.script else ACCEPTED

    @property
    def sentences(self):
        return [notice.sentence for notice in self.notices]


class Bell:
    """A responder over a store in memory, a scripted channel and a clock that is set by hand."""

    def __init__(self, rules, *script, settings=OPS, store=None, channels=None):
        self.rules, self.settings = rules, settings
        self.store = store or MemoryStore()
        self.channel = FakeChannel(*script)
        self.channels = channels if channels is not None else {"ops": self.channel}
        self.now = NOW
        self._ids = iter(range(1_000_000))

    def take(self, *messages):
        return respond.ingest(
            messages,
            store=self.store,
            rules=self.rules,
            settings=self.settings,
            now=self.now,
            new_id=lambda: f"inc-{next(self._ids)}",
        )

    def tell(self, seconds=0, **options):
        self.now += timedelta(seconds=seconds)
        return respond.deliver_due(
            store=self.store,
            channels=self.channels,
            rules=self.rules,
            settings=self.settings,
            now=lambda: self.now,
            **options,
        )

    @property
    def states(self):
        return sorted((row.revision, str(row.state)) for row in self.store.deliveries())


def raw(body, number=1):
    return Message(f"m{number}", body if isinstance(body, bytes) else json.dumps(body).encode(), f"h{number}")


@pytest.fixture
def bell(rules):
    return Bell(rules)


def test_one_message_is_told_once(bell):
    assert bell.take(message_of(entry())) == [Receipt("m1", matched=1)]
    (sent,) = bell.tell()
    assert (sent.delivery.state, bell.channel.sentences) == (
        State.SENT,
        ["IAM user bob was deleted by IAM user alice."],
    )
    assert bell.tell(3600) == []


def test_fifty_redeliveries_are_told_once(bell):
    receipts = [bell.take(message_of(entry(), number))[0] for number in range(50) if bell.tell() or True]
    bell.tell()
    assert (Counter(r.matched for r in receipts), Counter(r.repeated for r in receipts)) == (
        {1: 1, 0: 49},
        {0: 1, 1: 49},
    )
    assert (all(r.ok for r in receipts), len(bell.channel.notices)) == (True, 1)


@given(st.lists(st.integers(0, 4), max_size=30), st.integers(1, 10))
def test_redelivery_in_any_order_and_batch_tells_each_story_once_a_revision(rules, numbers, batch):
    bell = Bell(rules)
    messages = [message_of(at(n * 3600, requestParameters={"userName": f"user-{n}"}), n) for n in numbers]
    for start in range(0, len(messages), batch):
        bell.take(*messages[start : start + batch])
        bell.tell()
    bell.tell(7200)
    told = [(notice.incident, notice.revision) for notice in bell.channel.notices]
    assert len(told) == len(set(told)) == len(set(numbers))


def test_two_deletions_in_one_batch_are_told_at_once_in_one_notice(bell):
    bell.take(message_of(at(0), 1), message_of(at(1, requestParameters={"userName": "carol"}), 2))
    bell.tell()
    bell.tell(3600)
    assert bell.channel.sentences == ["2 IAM users were deleted by IAM user alice: bob and carol."]


def test_a_second_victim_is_told_within_the_settle_time(bell):
    bell.take(message_of(at(0)))
    bell.tell()
    bell.tell(5)
    bell.take(message_of(at(5, requestParameters={"userName": "carol"}), 2))
    assert (bell.tell(59), len(bell.tell(1))) == ([], 1)
    assert bell.channel.sentences[-1] == "2 IAM users were deleted by IAM user alice: bob and carol."


def test_a_victim_more_does_not_hold_back_a_telling_that_its_channel_was_too_busy_for(rules):
    bell = Bell(rules, BUSY)
    bell.take(message_of(at(0)))
    bell.tell()
    bell.now += timedelta(seconds=1)
    bell.take(message_of(at(5, requestParameters={"userName": "carol"}), 2))
    bell.tell(1)
    assert bell.channel.sentences[-1] == "2 IAM users were deleted by IAM user alice: bob and carol."


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
    bell.tell(60)
    assert {"IAM user bob was deleted by x.", "IAM user bob was deleted by y."} <= set(bell.channel.sentences)
    assert {row.state for row in bell.store.deliveries()} == {State.SENT}


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
    bell.tell(60)
    assert any(sentence.endswith("was deleted by z.") for sentence in bell.channel.sentences)


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
    (kept,) = bell.store.origins()
    assert kept.body == body or json.loads(kept.body) == json.loads(body)


def test_an_unreadable_body_that_names_nothing_is_told_after_the_settle_time_and_kept(bell):
    bell.take(raw(b"hello"))
    assert (bell.tell(), len(bell.tell(60)), bell.channel.notices[0].rule) == ([], 1, "rejected")
    assert bell.store.origins() == (Rejected("not JSON: Expecting value (line 1, column 1)", b"hello"),)


def test_the_same_unreadable_body_again_is_a_repeat(bell):
    for number in range(3):
        bell.take(raw(b"hello", number))
    bell.tell(60)
    assert (len(bell.channel.notices), len(bell.store.origins())) == (1, 1)


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
    assert (bell.store.deliveries(), bell.store.origins()) == ((), ())


def test_a_prelude_rings_by_itself_after_the_settle_time(bell):
    bell.take(message_of(at(0, name="DeleteLoginProfile")))
    assert (bell.tell(59), len(bell.tell(1))) == ([], 1)
    assert bell.channel.sentences == ["The console password of IAM user bob was deleted by IAM user alice."]


def test_a_prelude_is_swallowed_by_its_trigger(bell):
    bell.take(message_of(at(0, name="DeleteLoginProfile"), 1))
    bell.tell(30)
    bell.take(message_of(at(30), 2))
    bell.tell()
    bell.tell(3600)
    (notice,) = bell.channel.notices
    assert (notice.sentence, notice.before) == (
        "IAM user bob was deleted by IAM user alice.",
        ("21:04:05  deleted the console password of IAM user bob",),
    )
    assert bell.states == [(1, "withdrawn"), (2, "sent")]


def test_a_late_prelude_is_added_quietly(bell):
    bell.take(message_of(at(30), 1))
    bell.tell()
    bell.take(message_of(at(0, name="DeleteLoginProfile"), 2))
    bell.tell(3600)
    assert (len(bell.channel.notices), bell.store.list(NOW, "", 10).incidents[0].members) == (1, 2)


def test_success_after_failure_is_told_again(bell):
    for number, made in enumerate([denied(eventID="d"), at(5)]):
        bell.take(message_of(made, number))
        bell.tell(1)
    assert [notice.rule for notice in bell.channel.notices] == ["iam-user-delete-denied", "iam-user-deleted"]


def test_an_incident_that_was_merged_sends_nothing_more(bell):
    def deletion(minutes, name):
        time = f"2026-11-23T21:{minutes:02}:00Z"
        return message_of(entry(requestParameters={"userName": name}, eventTime=time, eventID=name))

    window = bell.settings.window
    assert window == timedelta(minutes=15)
    bell.take(deletion(0, "bob"))
    bell.take(deletion(20, "carol"))
    assert len(bell.store.deliveries()) == 2  # two stories, since more than the window lies between
    bell.take(deletion(10, "dave"))  # and one, now that this has come late
    sent = [one for _ in range(3) for one in bell.tell(3600)]
    assert {one.delivery.incident for one in sent} == {"inc-0"}
    assert {subject.split()[-1] for notice in bell.channel.notices for subject in notice.subjects} == {
        "bob",
        "carol",
        "dave",
    }


def test_a_busy_channel_is_tried_again_and_again(rules):
    bell = Bell(rules, BUSY, BUSY)
    bell.take(message_of(entry()))
    bell.tell()
    assert (bell.tell(1), len(bell.tell(1)), bell.tell(3), len(bell.tell(1))) == ([], 1, [], 1)
    (row,) = bell.store.deliveries()
    assert (row.state, [one.answer for one in row.tries]) == (State.SENT, [Answer.BUSY, Answer.BUSY, Answer.ACCEPTED])


def test_a_channel_that_asks_to_be_left_alone_is_left_alone_for_so_long(rules):
    bell = Bell(rules, Outcome(Answer.BUSY, "429", timedelta(seconds=30)))
    bell.take(message_of(entry()))
    bell.tell()
    assert (bell.tell(29), len(bell.tell(1))) == ([], 1)


def test_a_refused_notice_is_dead_and_says_why(rules):
    bell = Bell(rules, Outcome(Answer.REFUSED, "no such room"))
    bell.take(message_of(entry()))
    bell.tell()
    assert bell.tell(86400) == []
    (row,) = bell.store.deliveries()
    assert (row.state, row.tries[0].detail) == (State.DEAD, "no such room")


def test_a_channel_that_stays_busy_is_given_up_in_the_end(rules):
    bell = Bell(rules, *[BUSY] * 1000)
    bell.take(message_of(entry()))
    for _ in range(1000):
        bell.tell(900)
    assert (bell.states, len(bell.channel.notices) < 300) == ([(1, "dead")], True)


def test_a_channel_that_is_not_configured_any_more_is_dead_and_says_so(rules):
    bell = Bell(rules, channels={})
    bell.take(message_of(entry()))
    (sent,) = bell.tell()
    assert (sent.delivery.state, sent.delivery.tries[0].detail) == (
        State.DEAD,
        "no channel `ops` is configured any more",
    )


def test_one_channel_that_is_down_delays_no_other(rules):
    down, fine = FakeChannel(*[BUSY] * 9, name="down"), FakeChannel(name="fine")
    settings = replace(OPS, channels=("down", "fine"))
    bell = Bell(rules, settings=settings, channels={"down": down, "fine": fine})
    bell.take(message_of(entry()))
    bell.tell()
    assert (len(down.notices), len(fine.notices)) == (1, 1)


def test_a_worker_that_died_while_sending_is_relieved_when_its_lease_ends(bell):
    class Dies(Exception):  # noqa: N818 - what kills a worker is no error of ours
        pass

    def die(_notice):
        raise Dies

    bell.take(message_of(entry()))
    bell.channels = {"ops": type("Dying", (), {"send": staticmethod(die)})}
    with pytest.raises(Dies):
        bell.tell()
    bell.channels = {"ops": bell.channel}
    assert (bell.tell(59), len(bell.tell(1)), len(bell.channel.notices)) == ([], 1, 1)


def test_two_workers_on_one_row_send_once(rules):
    store = MemoryStore()
    one, two = Bell(rules, store=store), Bell(rules, store=store)
    one.take(message_of(entry()))
    seen = list(store.due(NOW, 10))
    store.due, due = (lambda *_: seen), store.due
    one.tell()
    two.tell()
    store.due = due
    assert len(one.channel.notices) + len(two.channel.notices) == 1


def test_an_answer_that_comes_after_the_lease_does_not_undo_the_other_workers_mark(rules):
    bell = Bell(rules)
    bell.take(message_of(entry()))

    class Slow(FakeChannel):
        def send(self, notice):
            bell.channels = {"ops": bell.channel}
            bell.tell(61)  # the other worker takes the row over, and sends
            return BUSY

    bell.channels = {"ops": Slow()}
    bell.tell()
    assert (bell.states, len(bell.channel.notices)) == ([(1, "sent")], 1)


class Stubborn(MemoryStore):
    """Loses so many commits to another worker first."""

    def __init__(self, lost):
        super().__init__()
        self.lost = lost

    def commit(self, commit, expected):
        if self.lost:
            self.lost -= 1
            return False
        return super().commit(commit, expected)


def test_a_commit_that_another_worker_won_is_tried_again(rules):
    bell = Bell(rules, store=Stubborn(3))
    assert bell.take(message_of(entry())) == [Receipt("m1", matched=1)]
    assert len(bell.store.deliveries()) == 1


def test_a_store_that_refuses_for_ever_gives_the_message_back(rules):
    bell = Bell(rules, store=Stubborn(10_000))
    (receipt,) = bell.take(message_of(entry()))
    assert (receipt.ok, receipt.reason) == (False, "the store refused 50 commits to one story in a row")


class Down(MemoryStore):
    """Cannot be reached for some messages."""

    def __init__(self, *ids):
        super().__init__()
        self.ids = ids

    def load(self, key, event_id):
        if event_id in self.ids:
            raise Unreachable("the store is down")
        return super().load(key, event_id)


class FakeQueue:
    def __init__(self, *messages):
        self.messages = list(messages)

    def receive(self, wait):
        return self.messages[:10]

    def delete(self, messages):
        self.messages = [one for one in self.messages if one not in messages]


def test_a_message_whose_store_failed_stays_in_the_queue_and_its_neighbours_go(rules):
    bell = Bell(rules, store=Down("id-000001"))
    queue = FakeQueue(*(message_of(at(n), n) for n in range(3)))
    receipts = pump(queue, lambda messages: bell.take(*messages), timedelta(0))
    assert [(receipt.ok, receipt.reason) for receipt in receipts] == [
        (True, ""),
        (False, "the store is down"),
        (True, ""),
    ]
    assert [message.id for message in queue.messages] == ["m1"]
    bell.store.ids = ()
    pump(queue, lambda messages: bell.take(*messages), timedelta(0))
    assert (queue.messages, len(bell.store.origins())) == ([], 3)


def test_a_part_of_a_message_that_is_committed_is_not_taken_twice(rules):
    bell = Bell(rules, store=Down("id-000002"))
    body = [event_of(at(1)), event_of(at(2))]
    first = bell.take(raw(body))
    bell.store.ids = ()
    assert (first[0].ok, bell.take(raw(body))) == (False, [Receipt("m1", matched=1, repeated=1)])


def test_an_empty_queue_is_no_work(rules):
    assert pump(FakeQueue(), lambda _: pytest.fail("nothing to take"), timedelta(0)) == []


def test_a_fault_that_is_not_ours_is_not_hidden(rules):
    class Broken(MemoryStore):
        def load(self, key, event_id):
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        Bell(rules, store=Broken()).take(message_of(entry()))


def test_of_the_rules_for_one_record_a_trigger_comes_before_a_prelude_and_severity_decides(rules):
    deleted, conflict, key = (
        rules.get(name) for name in ("iam-user-deleted", "iam-user-delete-conflict", "iam-access-key-deleted")
    )
    louder_prelude = replace(key, id="louder", severity=Severity.CRITICAL)
    other = replace(key, id="other", family="tamper")
    for order in permutations([louder_prelude, conflict, deleted, key]):
        assert best_by_family([*order, other]) == [deleted, other]
    assert best_by_family([key, louder_prelude]) == [louder_prelude]
    assert issubclass(Unreachable, TocsinError)


def test_watched_names_are_found_whole_or_escaped_and_in_order(rules):
    assert watched_names(rb"\u0044eleteUser and DeleteAccessKey, not deleteuser", rules) == [
        "DeleteAccessKey",
        "DeleteUser",
    ]
