"""The way in: every envelope in every other, every odd shape, and no bytes that make it raise or lose anything."""

import base64
import gzip
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import ALICE, entry, event_of
from tocsin.core.record import envelope, reading
from tocsin.core.record.envelope import unwrap
from tocsin.core.record.record import Pointer, Record, Rejected, to_record

ENTRY = entry()
RECORD = to_record(ENTRY)


def packed(value):
    return base64.b64encode(gzip.compress(json.dumps(value).encode())).decode()


# Each takes a JSON value and wraps it as the service named does.
TEXT_ENVELOPES = {
    "an SNS notification": lambda text: {"Type": "Notification", "TopicArn": "arn:aws:sns:x", "Message": text},
    "an SNS record of Lambda": lambda text: {"Records": [{"EventSource": "aws:sns", "Sns": {"Message": text}}]},
    "an SQS record of Lambda": lambda text: {"Records": [{"messageId": "1", "eventSource": "aws:sqs", "body": text}]},
    "an SQS message of its API": lambda text: {"Messages": [{"MessageId": "1", "Body": text}]},
    "a CloudWatch Logs message": lambda text: {"timestamp": 1, "message": text, "logStreamName": "x"},
    "FilterLogEvents": lambda text: {"events": [{"logStreamName": "x", "message": text}]},
    "a CloudWatch Logs payload": lambda text: {"logGroup": "x", "logEvents": [{"id": "1", "message": text}]},
    "a CloudWatch Logs subscription": lambda text: {"awslogs": {"data": packed({"logEvents": [{"message": text}]})}},
    "a LookupEvents item": lambda text: {"EventId": "1", "EventName": "DeleteUser", "CloudTrailEvent": text},
    "a LookupEvents answer": lambda text: {"Events": [{"EventId": "1", "CloudTrailEvent": text}], "NextToken": "x"},
}
VALUE_ENVELOPES = {
    "a log file": lambda value: {"Records": [value]},
    "a bare array": lambda value: [value],
    "nothing": lambda value: value,
}
ENVELOPES = {
    **VALUE_ENVELOPES,
    **{name: (lambda value, wrap=wrap: wrap(json.dumps(value))) for name, wrap in TEXT_ENVELOPES.items()},
}


@pytest.mark.parametrize("inner", ENVELOPES)
@pytest.mark.parametrize("outer", ENVELOPES)
def test_every_envelope_opens_inside_every_other(outer, inner):
    assert list(unwrap(json.dumps(ENVELOPES[outer](ENVELOPES[inner](ENTRY))))) == [RECORD]


@pytest.mark.parametrize("name", ENVELOPES)
def test_an_event_of_eventbridge_keeps_the_event_around_its_record_in_every_envelope(name):
    event = event_of(ENTRY)
    (item,) = unwrap(json.dumps(ENVELOPES[name](event)))
    assert (item, item.event, item.raw) == (RECORD, event, ENTRY)


@pytest.mark.parametrize(
    "form", [json.dumps, lambda v: json.dumps(v).encode(), lambda v: v], ids=["str", "bytes", "dict"]
)
def test_text_bytes_and_parsed_json_say_the_same(form):
    assert list(unwrap(form({"Records": [ENTRY, ENTRY]}))) == [RECORD, RECORD]


def test_a_byte_order_mark_is_no_fault():
    text = json.dumps(ENTRY)
    assert [*unwrap("\ufeff" + text), *unwrap(b"\xef\xbb\xbf" + text.encode())] == [RECORD, RECORD]


def test_a_log_file_is_read_gzipped_twice_gzipped_and_of_several_members():
    one, two = json.dumps(entry(eventID="1")).encode(), json.dumps(entry(eventID="2")).encode()
    file = gzip.compress(one + b"\n") + gzip.compress(two)
    assert [item.event_id for item in unwrap(file)] == ["1", "2"]
    assert [item.event_id for item in unwrap(gzip.compress(file))] == ["1", "2"]


# A gzip file carries the time at which it was made: left out, so that a test is the same test whenever it is collected.
EMPTY_FILE = gzip.compress(b"", mtime=0)
FILE = gzip.compress(json.dumps(ENTRY).encode(), mtime=0)


def test_zeros_behind_a_gzip_file_are_padding():
    assert list(unwrap(FILE + b"\0" * 512)) == [RECORD]


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        (EMPTY_FILE, "an empty gzip file"),
        (b"\x1f\x8b\x08 rubbish that is no gzip", "a damaged gzip file"),
        (FILE[:5], "a truncated gzip file"),
    ],
    ids=["empty", "damaged", "truncated"],
)
def test_a_gzip_file_that_gives_nothing_is_rejected_whole(file, reason):
    assert list(unwrap(file)) == [Rejected(reason, file)]


def test_a_truncated_gzip_file_of_lines_still_gives_the_lines_that_it_has():
    lines = b"\n".join(json.dumps(entry(eventID=f"{n}")).encode() for n in range(50))
    file = gzip.compress(lines)[:-9]
    items = list(unwrap(file))
    assert [item.event_id for item in items[:10]] == [str(n) for n in range(10)]
    assert items[-1] == Rejected("a truncated gzip file", file)


def test_rubbish_behind_a_gzip_file_is_told_and_costs_no_record():
    file = FILE + b"rubbish"
    assert list(unwrap(file)) == [RECORD, Rejected("a gzip file with rubbish after its end", file)]


@pytest.mark.parametrize("members", [1, 4])
def test_a_gzip_bomb_is_rejected_without_being_unpacked(monkeypatch, members):
    monkeypatch.setattr(envelope, "LARGEST_UNPACKED", 2 * 1024 * 1024)
    bomb = gzip.compress(b" " * (8 * 1024 * 1024 // members)) * members
    assert list(unwrap(bomb)) == [Rejected("a gzip file of more than 2 MiB unpacked", bomb)]


def test_a_gzip_file_as_large_as_allowed_is_read(monkeypatch):
    body = json.dumps(ENTRY).encode()
    monkeypatch.setattr(envelope, "LARGEST_UNPACKED", len(body))
    assert list(unwrap(gzip.compress(body))) == [RECORD]


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"requestParameters": None}, "absent parameters"),
        ({"requestParameters": "hidden"}, "parameters that are a string"),
        ({"requestParameters": []}, "parameters that are a list"),
        ({"responseElements": "hidden"}, "an answer that is a string"),
        ({"responseElements": {"user": {"userId": "AIDA1"}}}, "an answer"),
        ({"eventVersion": None}, "no version"),
        ({"eventVersion": "1.02"}, "an old version"),
        ({"userIdentity": None}, "no identity"),
        ({"userIdentity": "alice"}, "an identity that is a string"),
        ({"userIdentity": {"userName": "alice"}}, "an identity without a type"),
        ({"userIdentity": ["alice"]}, "an identity that is a list"),
        ({"eventTime": None}, "no time"),
        ({"eventTime": 7}, "a time that is a number"),
        ({"awsRegion": "mars-north-9"}, "a Region that does not exist"),
        ({"awsRegion": 9}, "a Region that is a number"),
        ({"errorCode": []}, "an error that is a list"),
        ({"recipientAccountId": 111122223333}, "an account that is a number"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_record_of_odd_shape_is_a_record(change, what):
    odd = entry(**change)
    (item,) = unwrap(json.dumps({"Records": [odd]}))
    assert (type(item), item.raw) == (Record, odd)


def test_a_null_where_an_object_belongs_is_as_good_as_nothing():
    odd = {**entry(), "requestParameters": None, "userIdentity": None, "eventTime": None}
    (item,) = unwrap(json.dumps(odd))
    assert (item.part("requestParameters"), item.part("userIdentity"), item.time, item.text("eventTime")) == (
        {},
        {},
        None,
        "",
    )


def test_a_record_without_an_id_is_known_by_its_content():
    one, same, other = (to_record(entry(eventID=None, awsRegion=r)) for r in ("us-east-1", "us-east-1", "eu-west-1"))
    assert (one.event_id == same.event_id, one.event_id == other.event_id, len(one.event_id)) == (True, False, 64)


@pytest.mark.parametrize(
    ("time", "read"),
    [
        ("2026-11-23T21:04:05Z", "2026-11-23T21:04:05+00:00"),
        ("2026-11-23T22:04:05+01:00", "2026-11-23T21:04:05+00:00"),
        ("2026-11-23 21:04:05", "2026-11-23T21:04:05+00:00"),
        (1795467845, "2026-11-23T21:04:05+00:00"),
        (1795467845.5, "2026-11-23T21:04:05.500000+00:00"),
        ("yesterday", None),
        ("", None),
        (True, None),
        (1e300, None),
        (10**400, None),
        ("0001-01-01T00:00:00Z", None),
        ("9999-12-31T23:59:59-23:00", None),
        (-1, None),
    ],
)
def test_a_time_is_read_or_is_none(time, read):
    found = to_record(entry(eventTime=time)).time
    assert (found and found.isoformat()) == read


def test_the_account_is_the_recipients_then_the_events_then_the_callers():
    whole, bare = entry(), entry(recipientAccountId=None)
    other = {**ALICE, "accountId": "999999999999"}
    found = [
        to_record({**whole, "userIdentity": other}, event_of(whole, account="888888888888")).account,
        to_record({**bare, "userIdentity": other}, event_of(bare, account="888888888888")).account,
        to_record({**bare, "userIdentity": other}).account,
        to_record(entry(recipientAccountId=None, userIdentity=None)).account,
    ]
    assert found == ["111122223333", "888888888888", "999999999999", ""]


def test_a_record_of_history_makes_the_event_that_aws_would_have_sent():
    event = RECORD.as_event()
    assert event == {
        "version": "0",
        "id": RECORD.event_id,
        "detail-type": "AWS API Call via CloudTrail",
        "source": "aws.iam",
        "account": "111122223333",
        "time": "2026-11-23T21:04:05Z",
        "region": "us-east-1",
        "resources": [],
        "detail": ENTRY,
    }


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "empty"),
        (" \n\t", "empty"),
        (b"not json", "not JSON: Expecting value (line 1, column 1)"),
        (
            b'{"eventName": "DeleteUser", "eventSource": "iam.am',
            "not JSON: Unterminated string starting at (line 1, column 44)",
        ),
        (b'{"eventName": "DeleteUser", "eventSource": NaN}', "not JSON: NaN is no JSON number"),
        (b"[-Infinity]", "not JSON: -Infinity is no JSON number"),
        (b'{"eventName": ' + b"9" * 5000 + b"}", "not JSON that can be read: a number has too many digits"),
        (b'{"eventName": "\xed\xa0\x80"}', "not UTF-8 text (byte 15)"),
        (b"\xff\xfe{\x00", "not UTF-8 text (byte 0)"),
        (b"null", "neither an object nor an array"),
        (b'"DeleteUser"', "neither an object nor an array"),
        (b"1e999", "neither an object nor an array"),
        (b"[]", "an empty array"),
        (b"{}", "no CloudTrail record: eventName and eventSource missing or not text"),
        (b'{"eventName": "DeleteUser"}', "no CloudTrail record: eventSource missing or not text"),
        (
            b'{"eventName": 7, "eventSource": "iam.amazonaws.com"}',
            "no CloudTrail record: eventName missing or not text",
        ),
    ],
    ids=lambda value: repr(value[:30]),
)
def test_what_is_no_record_is_rejected_with_its_reason(body, reason):
    (item,) = unwrap(body)
    assert (type(item), item.reason, item.place) == (Rejected, reason, "")


@pytest.mark.parametrize(
    "body", [b"not json", b'{"eventName": NaN}', b"\xff\xfe{\x00", b'{"a": 1}{', b"{\n broken: over\n lines\n}"]
)
def test_what_cannot_be_parsed_keeps_its_bytes(body):
    assert [item.body for item in unwrap(body)] == [body]


@pytest.mark.parametrize(
    ("entry_of", "words"),
    [
        ({"digestStartTime": "x", "digestEndTime": "y", "logFiles": []}, "digest file"),
        ({"digestS3Object": "x", "logFiles": []}, "digest file"),
        ({**entry(), "eventType": "AwsCloudTrailInsight", "insightDetails": {"state": "Start"}}, "Insights event"),
        ({"eventVersion": "1.07", "insightDetails": {}, "eventTime": "x"}, "Insights event"),
    ],
)
def test_what_lies_among_log_files_and_is_no_record_is_named(entry_of, words):
    (item,) = unwrap({"Records": [entry_of]})
    assert (type(item), words in item.reason, json.loads(item.body), item.place) == (
        Rejected,
        True,
        entry_of,
        "Records[0]",
    )


DEEP = "[" * 100_000 + "]" * 100_000


@pytest.mark.parametrize(
    "body",
    [
        DEEP,
        "[" * 100_000,
        '{"a":' * 100_000 + "1" + "}" * 100_000,
        '{"eventName":"DeleteUser","eventSource":"iam.amazonaws.com","requestParameters":' + DEEP + "}",
        '{"eventName":"DeleteUser","eventSource":"iam.amazonaws.com","eventID":"1","requestParameters":' + DEEP + "}",
    ],
    ids=["arrays", "arrays that do not close", "objects", "a record without an id", "a record with an id"],
)
def test_nesting_past_any_reader_is_rejected_whole(body):
    assert list(unwrap(body)) == [Rejected("JSON nested too deeply to be a record", body.encode())]


@pytest.mark.parametrize("levels", [50, 300, 700, 900, 950, 990])
@pytest.mark.parametrize("form", ['{"Sns":', '{"Records":[', "[", '{"Events":['])
def test_envelopes_within_envelopes_end(form, levels):
    close = "".join({"{": "}", "[": "]"}[c] for c in reversed(form) if c in "{[")
    body = form * levels + json.dumps(ENTRY) + close * levels
    items = list(unwrap(body))
    assert [type(item) for item in items] == [Rejected]
    assert items[0].body


@pytest.mark.parametrize("levels", [100, 800, 940, 960, 975, 985, 995])
@pytest.mark.parametrize("named", [True, False], ids=["with an id", "without an id"])
def test_a_record_that_is_nested_deeply_is_read_or_rejected_and_matched_without_a_crash(levels, named, rules):
    deep = "[" * levels + "]" * levels
    identity = '"eventID":"1",' if named else ""
    body = f'{{"eventName":"DeleteUser","eventSource":"iam.amazonaws.com",{identity}"requestParameters":{deep}}}'
    (item,) = unwrap(body)
    if isinstance(item, Record):
        assert [rule.id for rule in rules.match(item)] == ["iam-user-deleted"]
    else:
        assert item.body == body.encode()


def test_a_lone_surrogate_that_is_escaped_is_a_record_and_one_that_is_raw_is_not():
    escaped = json.dumps(entry(userAgent="\ud800"))
    raw = json.dumps(entry(userAgent="\ud800"), ensure_ascii=False).encode("utf-8", "surrogatepass")
    (record,), (rejected,) = unwrap(escaped), unwrap(raw)
    assert (record.text("userAgent"), rejected.reason.split("(")[0], rejected.body) == (
        "\ud800",
        "not UTF-8 text ",
        raw,
    )


def test_a_huge_integer_that_can_be_read_is_no_fault():
    (item,) = unwrap(json.dumps(entry(requestParameters={"userName": "bob", "n": 10**4000})))
    assert item.part("requestParameters")["n"] == 10**4000


GOOD = [json.dumps(entry(eventID=f"{n}")) for n in (1, 2)]
BAD = ["{broken", "NaN", '{"eventName": NaN}', "[" * 5000, '{"n": ' + "9" * 5000 + "}", "# a remark", "[1, 2", "\x00"]


@pytest.mark.parametrize("bad", BAD, ids=lambda value: value[:12])
@pytest.mark.parametrize("position", [0, 1, 2], ids=["first", "middle", "last"])
def test_a_bad_line_costs_no_good_one_and_keeps_its_place(bad, position):
    lines = [*GOOD]
    lines.insert(position, bad)
    items = list(unwrap("\n".join(lines)))
    assert [item.event_id for item in items if isinstance(item, Record)] == ["1", "2"]
    assert (items[position].place, items[position].body) == (f"line {position + 1}", bad.encode())


def test_lines_may_end_as_windows_ends_them_and_be_empty():
    items = list(unwrap(f"{GOOD[0]}\r\n\r\n{GOOD[1]}\r\n"))
    assert [item.event_id for item in items] == ["1", "2"]


@pytest.mark.parametrize("mark", ["\u2028", "\x85", "\x7f"])
def test_a_line_is_not_broken_by_what_may_stand_in_a_text(mark):
    line = json.dumps(entry(userAgent=f"a{mark}b"), ensure_ascii=False)
    items = list(unwrap(f"{line}\r\n{line}\r\n"))
    assert [item.text("userAgent") for item in items] == [f"a{mark}b"] * 2


def test_broken_json_over_several_lines_is_one_fault_and_not_one_a_line():
    body = json.dumps(entry(), indent=2)[:-3]
    assert [(item.body, item.place) for item in unwrap(body)] == [(body.encode(), "")]


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        (
            {"Records": [{"eventName": "ObjectCreated:Put", "eventSource": "aws:s3",
                          "s3": {"bucket": {"name": "b"}, "object": {"key": "a+b%2Fc", "versionId": "v"}}}]},
            [Pointer("b", "a b/c", "v")],
        ),
        (
            {"detail-type": "Object Created", "source": "aws.s3",
             "detail": {"bucket": {"name": "b"}, "object": {"key": "a+b", "version-id": "v"}}},
            [Pointer("b", "a+b", "v")],
        ),
        ({"s3Bucket": "b", "s3ObjectKey": ["k1", "k2"]}, [Pointer("b", "k1"), Pointer("b", "k2")]),
    ],
    ids=["S3's own notification", "S3 by EventBridge", "CloudTrail's notice of a file"],
)  # fmt: skip
def test_a_notification_of_a_file_points_to_it(body, pointers):
    assert [*unwrap(body), *unwrap({"Type": "Notification", "Message": json.dumps(body)})] == [*pointers, *pointers]


@pytest.mark.parametrize(
    "body",
    [
        {"s3": {"bucket": "b"}},
        {"s3": {"bucket": {"name": "b"}, "object": {}}},
        {"detail-type": "Object Created", "source": "aws.s3", "detail": {"object": "x"}},
        {"s3ObjectKey": [], "s3Bucket": "b"},
        {"s3ObjectKey": [7], "s3Bucket": "b"},
        {"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "b"},
        {"detail-type": "x", "detail": "a text"},
        {"awslogs": {"data": "no base64!"}},
        {"awslogs": {"data": "\u00fc"}},
        {"awslogs": {}},
        {"Records": []},
        {"Message": "hello"},
    ],
    ids=lambda value: json.dumps(value)[:40],
)
def test_an_envelope_with_nothing_to_read_in_it_is_rejected(body):
    (item,) = unwrap(body)
    assert (type(item), bool(item.reason)) == (Rejected, True)


def test_the_same_rubbish_twice_is_one_thing_and_other_rubbish_another():
    one, same, other, elsewhere = (
        Rejected("r", b"x"),
        Rejected("q", b"x"),
        Rejected("r", b"y"),
        Rejected("r", b"x", "a"),
    )
    assert (one.digest == same.digest, len({one.digest, other.digest, elsewhere.digest})) == (True, 3)


KEYS = ["Records", "Events", "Sns", "Message", "Messages", "body", "Body", "message", "awslogs", "data", "logEvents",
        "events", "s3", "s3ObjectKey", "s3Bucket", "detail", "detail-type", "source", "CloudTrailEvent", "eventName",
        "eventSource", "eventID", "eventTime", "userIdentity", "bucket", "object", "key", "name"]  # fmt: skip
LEAVES = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20)
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=5), inner, max_size=5)
        | inner.map(json.dumps)
    ),
    max_leaves=30,
)
ANY_TEXT = st.text(st.characters(), max_size=200)  # lone surrogates among them


@given(VALUES)
def test_no_json_value_makes_it_raise_or_say_nothing(value):
    items = list(unwrap(json.dumps(value)))
    assert items
    assert all(item.reason and item.body for item in items if isinstance(item, Rejected))


@given(st.dictionaries(st.sampled_from(KEYS), VALUES, max_size=5))
def test_a_parsed_value_says_what_its_text_says(value):
    assert list(unwrap(value)) == list(unwrap(json.dumps(value)))


@given(st.binary(max_size=300) | ANY_TEXT | ANY_TEXT.map(lambda text: f'{{"Message": "{text}'))
def test_no_bytes_or_text_make_it_raise_or_say_nothing(body):
    items = list(unwrap(body))
    assert items
    assert all(item.reason for item in items if isinstance(item, Rejected))


@given(st.binary(min_size=1, max_size=300))
def test_rubbish_is_kept_byte_for_byte(body):
    items = list(unwrap(b"\xff" + body))
    assert [item.body for item in items] == [b"\xff" + body]


@given(st.binary(max_size=100), st.integers(0, 200))
def test_a_gzip_file_cut_or_soiled_anywhere_never_raises(rubbish, cut):
    file = gzip.compress(json.dumps({"Records": [ENTRY]}).encode())
    assert list(unwrap(file[:cut] + rubbish))


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=())),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


FAST = reading._fast()


def read_by(fast, text):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reading, "_fast", lambda: fast)
        patch.setattr(reading, "_WORTH_LOADING", -1)
        try:
            return repr(reading.parse(text))  # of two numbers that are equal, 1 and 1.0 read otherwise
        except reading.Unreadable as fault:
            return type(fault), str(fault)


@pytest.mark.skipif(reading._fast() is None, reason="msgspec is not installed")
@given(VALUES, st.integers(0, 99), st.text('{}[]",:0123456789.eE+-\\ \n\x00NaI', max_size=4))
def test_the_fast_reader_gives_what_the_standard_library_does(value, place, spoilt):
    text = json.dumps(value, ensure_ascii=place % 2 == 0)
    spoilt_text = text[:place] + spoilt + text[place:]
    for each in (text, spoilt_text, f"\ufeff{text}"):
        assert read_by(FAST, each) == read_by(None, each)
