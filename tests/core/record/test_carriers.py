"""What carries records without being one is opened, or rejected by its own name; it is never told as an event."""

from __future__ import annotations

import base64
import csv
import gzip
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import ALICE, entry
from tocsin.core.record.envelope import unwrap
from tocsin.core.record.record import Record, Rejected

MADE = entry()
TEXT = json.dumps(MADE)
LOGS = {
    "messageType": "DATA_MESSAGE",
    "owner": "111122223333",
    "logGroup": "trail",
    "logStream": "s",
    "subscriptionFilters": ["f"],
    "logEvents": [{"id": "1", "timestamp": 1, "message": TEXT}],
}


def packed(value):
    return base64.b64encode(gzip.compress(json.dumps(value).encode())).decode()


def plain(value):
    return base64.b64encode(json.dumps(value).encode()).decode()


def kinesis(data):
    held = {"kinesisSchemaVersion": "1.0", "partitionKey": "p", "sequenceNumber": "1", "data": data}
    stream = "arn:aws:kinesis:us-east-1:111122223333:stream/s"
    around = {"eventSource": "aws:kinesis", "eventName": "aws:kinesis:record", "eventID": "shard:1"}
    return {"Records": [{"kinesis": held, **around, "awsRegion": "us-east-1", "eventSourceARN": stream}]}


def firehose(data):
    stream = "arn:aws:firehose:us-east-1:111122223333:deliverystream/d"
    return {"invocationId": "i", "deliveryStreamArn": stream, "records": [{"recordId": "1", "data": data}]}


def athena(rows):
    return {"ResultSet": {"Rows": [{"Data": [{"VarCharValue": cell} if cell else {} for cell in row]} for row in rows]}}


COLUMNS = ["eventversion", "useridentity", "eventtime", "eventsource", "eventname", "awsregion", "errorcode",
           "requestparameters", "eventid", "recipientaccountid", "year"]  # fmt: skip
STRUCT = (
    "{type=IAMUser, principalid=AIDAEXAMPLEALICE00001, arn=arn:aws:iam::111122223333:user/alice, "
    "accountid=111122223333, invokedby=null, accesskeyid=AKIAEXAMPLEALICE0001, username=alice, "
    "sessioncontext={attributes={mfaauthenticated=false, creationdate=null}, sessionissuer=null}}"
)
ROW = ["1.11", STRUCT, MADE["eventTime"], MADE["eventSource"], MADE["eventName"], "us-east-1", "",
       json.dumps(MADE["requestParameters"]), MADE["eventID"], "111122223333", "2026"]  # fmt: skip


def as_csv(*rows):
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    return out.getvalue()


HOLDS = {
    "Kinesis, a subscription": json.dumps(kinesis(packed(LOGS))),
    "Kinesis, the record itself": json.dumps(kinesis(plain(MADE))),
    "Firehose, a subscription": json.dumps(firehose(packed(LOGS))),
    "CloudWatch Logs, a Lambda event": json.dumps({"awslogs": {"data": packed(LOGS)}}),
    "CloudWatch Logs, FilterLogEvents": json.dumps({"events": [{"message": TEXT}], "searchedLogStreams": []}),
    "Logs Insights, GetQueryResults": json.dumps(
        {
            "results": [[{"field": "@timestamp", "value": "t"}, {"field": "@message", "value": TEXT}]],
            "status": "Complete",
        }
    ),
    "Logs Insights, JSON of the console": json.dumps([{"@timestamp": "t", "@message": MADE}]),
    "Logs Insights, JSON of texts": json.dumps([{"@timestamp": "t", "@message": TEXT}]),
    "Logs Insights, CSV": as_csv(["@timestamp", "@message"], ["t", TEXT]),
    "Athena, GetQueryResults": json.dumps(athena([COLUMNS, ROW])),
    "Athena, CSV": as_csv(COLUMNS, ROW),
    "Splunk, an export": json.dumps({"preview": False, "offset": 0, "result": {"_raw": TEXT, "_time": "t"}}),
    "Splunk, a collector's event": json.dumps({"time": 1, "sourcetype": "aws:cloudtrail", "event": MADE}),
    "Splunk, a collector's text": json.dumps({"time": 1, "event": TEXT}),
    "Splunk, results": json.dumps({"results": [{"_raw": TEXT}]}),
    "Elastic, a search": json.dumps(
        {"took": 1, "hits": {"total": {"value": 1}, "hits": [{"_id": "1", "_source": MADE}]}}
    ),
    "Elastic, as Filebeat keeps it": json.dumps(
        {"_index": "i", "_source": {"event": {"action": "DeleteUser", "original": TEXT}, "cloud": {"region": "x"}}}
    ),
}


@pytest.mark.parametrize("name", HOLDS)
def test_the_record_inside_is_found(name):
    (item,) = unwrap(HOLDS[name])
    assert isinstance(item, Record), item
    assert (item.event_id, item.name, item.account) == (MADE["eventID"], "DeleteUser", "111122223333")
    assert item.part("requestParameters") == {"userName": "bob"}
    assert item.part("userIdentity")["userName"] == ALICE["userName"]


def test_a_struct_of_athena_is_read_to_its_depth():
    (item,) = unwrap(HOLDS["Athena, CSV"])
    assert item.part("userIdentity")["sessionContext"] == {"attributes": {"mfaAuthenticated": "false"}}


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (
            {"eventID": "1", "eventName": "INSERT", "eventSource": "aws:dynamodb", "dynamodb": {"Keys": {}}},
            "a record of a DynamoDB stream",
        ),
        ({"eventName": "ReferenceChanges", "eventSource": "aws:codecommit"}, "a record of aws:codecommit"),
        ({"eventSource": "aws:ses", "ses": {}}, "a record of aws:ses"),
        (kinesis("no base64!"), "a payload that is not base64"),
        (kinesis(base64.b64encode(b"\x00\x01").decode()), "not JSON"),
        (firehose(None), "empty"),
        (
            {"messageType": "CONTROL_MESSAGE", "logEvents": [{"message": "CWL CONTROL MESSAGE: Checking health"}]},
            "a control message of CloudWatch Logs",
        ),
        (athena([COLUMNS]), "a table without rows"),
        ({"results": []}, "an empty array"),
    ],
)
def test_a_carrier_without_a_record_is_rejected_by_its_own_name(body, reason):
    told = list(unwrap(json.dumps(body)))
    assert [type(one) for one in told] == [Rejected]
    assert told[0].reason.startswith(reason)


def test_values_that_stand_one_after_another_are_each_read():
    body = "\n".join(json.dumps(entry(eventID=str(number)), indent=2) for number in range(3))
    assert [item.event_id for item in unwrap(body)] == ["0", "1", "2"]
    assert [item.event_id for item in unwrap(body.replace("\n}\n{", "\n},\n{"))] == ["0", "1", "2"]


def test_rubbish_behind_values_costs_no_record_and_keeps_its_place():
    body = "\n".join(json.dumps(entry(eventID=str(number)), indent=2) for number in range(2)) + "\n{ and so on"
    *records, rejected = unwrap(body)
    assert [item.event_id for item in records] == ["0", "1"]
    assert (rejected.place, rejected.body) == ("value 3", b"{ and so on")


def test_a_broken_row_costs_no_good_one():
    told = list(unwrap(as_csv(["@timestamp", "@message"], ["t", "{"], ["t", TEXT])))
    assert [type(one) for one in told] == [Rejected, Record]
    assert told[0].place == "row 1"


def test_text_with_commas_is_no_table():
    (item,) = unwrap("eventname, and so on\nis not a table\n")
    assert isinstance(item, Rejected)


def test_carriers_within_carriers_end():
    held = MADE
    for _ in range(20):
        held = {"event": held}
    (item,) = unwrap(json.dumps(held))
    assert "envelopes within envelopes" in item.reason


@given(st.text(alphabet='{}[]=, "a\\n', max_size=60))
def test_no_struct_makes_it_raise(text):
    list(unwrap(as_csv(["eventname", "eventsource", "useridentity", "requestparameters"], ["a", "b", text, text])))
