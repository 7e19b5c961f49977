"""What carries CloudTrail records without being one: by its keys, and what is inside.

Shapes: Lambda Developer Guide ("Using AWS Lambda with ..." Kinesis, SQS, SNS, DynamoDB, Firehose, CloudWatch Logs);
CloudWatch Logs API Reference, "GetQueryResults", and its User Guide, "Subscriptions"; Athena API Reference,
"GetQueryResults"; Splunk, "Format events for HTTP Event Collector" and "search/jobs/export"; Elastic Common Schema,
``event.original``; Elasticsearch, "Search API".
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

from tocsin.core.record.record import as_text

if TYPE_CHECKING:
    from collections.abc import Callable


class Form(StrEnum):
    """How what is inside is held."""

    VALUE = "value"
    LIST = "list"
    TEXT = "text"
    BASE64 = "base64"
    TABLE = "table"  # rows of texts, the first of them the names of the columns
    NOTHING = "nothing"  # it carries no record; what is inside is the reason


class Inside(NamedTuple):
    """What is inside a carrier.

    Attributes:
        key: where, such as ``Records``; ``""`` where it is the whole of it.
        held: what.
        form: how it is held.
    """

    key: str
    held: Any
    form: Form


def inside_of(value: dict[str, Any]) -> Inside | None:
    """What is inside an object that is no record, or None where it is no carrier that we know."""
    for key, fits, form in _CARRIERS:
        if key in value and fits(value[key]):
            return Inside(key, value[key], form)
    for look in (_of_lambda, _of_a_query, _of_elastic):
        if found := look(value):
            return found
    return None


def _is(kind: type) -> Callable[[object], bool]:
    return lambda value: isinstance(value, kind)


# The first that fits is it.
_CARRIERS: tuple[tuple[str, Callable[[object], bool], Form], ...] = (
    ("Records", _is(list), Form.LIST),
    ("CloudTrailEvent", _is(str), Form.TEXT),
    ("Events", _is(list), Form.LIST),
    ("Sns", _is(dict), Form.VALUE),
    ("Message", _is(str), Form.TEXT),
    ("Messages", _is(list), Form.LIST),
    ("body", _is(str), Form.TEXT),
    ("Body", _is(str), Form.TEXT),
    ("message", _is(str), Form.TEXT),
    ("@message", _is(str), Form.TEXT),
    ("@message", _is(dict), Form.VALUE),
    ("_raw", _is(str), Form.TEXT),
)


def _of_lambda(value: dict[str, Any]) -> Inside | None:
    """What AWS Lambda is given: of Kinesis and Firehose base64 of anything, of CloudWatch Logs base64 of gzip."""
    if isinstance(value.get("kinesis"), dict):
        return Inside("kinesis.data", value["kinesis"].get("data"), Form.BASE64)
    if isinstance(value.get("awslogs"), dict):
        return Inside("awslogs.data", value["awslogs"].get("data"), Form.BASE64)
    if isinstance(value.get("records"), list) and "deliveryStreamArn" in value:
        return Inside("records", value["records"], Form.LIST)
    if "recordId" in value and "data" in value:
        return Inside("data", value["data"], Form.BASE64)
    if value.get("messageType") == "CONTROL_MESSAGE":
        return Inside("", "a control message of CloudWatch Logs, which carries no record", Form.NOTHING)
    if isinstance(value.get("dynamodb"), dict):
        return Inside("", "a record of a DynamoDB stream, which tells of an item and of no call", Form.NOTHING)
    # What AWS Lambda gets of a queue or a stream names its source so.
    if as_text(value.get("eventSource")).startswith("aws:") and not isinstance(value.get("s3"), dict):
        return Inside("", f"a record of {value['eventSource'][:40]}, which carries no CloudTrail record", Form.NOTHING)
    return None


def _of_a_query(value: dict[str, Any]) -> Inside | None:
    """The answers of CloudWatch Logs, Logs Insights, Athena and Splunk."""
    for key in ("logEvents", "events"):
        if isinstance(value.get(key), list):
            return Inside(key, value[key], Form.LIST)
    if isinstance(value.get("results"), list):
        return Inside("results", [_insights_row(row) for row in value["results"]], Form.LIST)
    answer = value.get("ResultSet")
    rows = answer.get("Rows") if isinstance(answer, dict) else value.get("Rows")
    if isinstance(rows, list):
        return Inside("Rows", [_athena_row(row) for row in rows], Form.TABLE)
    if isinstance(value.get("result"), dict):
        return Inside("result", value["result"], Form.VALUE)
    return None


def _insights_row(row: object) -> object:
    """A row of Logs Insights: ``[{"field": "@message", "value": ...}, ...]`` as an object by field."""
    if not isinstance(row, list):
        return row
    pairs = [(as_text(one.get("field")), one.get("value")) for one in row if isinstance(one, dict)]
    return {name: held for name, held in pairs if name}


def _athena_row(row: object) -> list[str]:
    data = row.get("Data") if isinstance(row, dict) else None
    cells = data if isinstance(data, list) else []
    return [as_text(cell.get("VarCharValue")) if isinstance(cell, dict) else "" for cell in cells]


def _of_elastic(value: dict[str, Any]) -> Inside | None:
    """Elasticsearch's hits, what Filebeat keeps of the record, and the event of Splunk's collector."""
    if "hits" in value and isinstance(value["hits"], dict | list):
        return Inside("hits", value["hits"], Form.LIST if isinstance(value["hits"], list) else Form.VALUE)
    if isinstance(value.get("_source"), dict):
        return Inside("_source", value["_source"], Form.VALUE)
    event = value.get("event")
    if isinstance(event, dict) and isinstance(event.get("original"), str):
        return Inside("event.original", event["original"], Form.TEXT)
    if isinstance(event, dict):
        return Inside("event", event, Form.VALUE)
    return Inside("event", event, Form.TEXT) if isinstance(event, str) else None
