"""CloudTrail's event history: what was recorded, and LookupEvents over it.

"Viewing recent management events" (CloudTrail User Guide): 90 days of management events, per Region, with
or without a trail. "LookupEvents" (CloudTrail API Reference): one attribute, a range of time, newest first,
at most 50 a page.
"""

from __future__ import annotations

import base64
import binascii
import json
import threading
from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from embedded_aws.calls.http import ApiError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from embedded_aws.calls.exchange import ApiRequest
    from embedded_aws.cloudtrail.feed import Record

CAPACITY: Final = 100_000
_PAGE: Final = 50

# The resources that CloudTrail names beside an event, by the parameter that names them.
_RESOURCES: Final = (
    ("userName", "AWS::IAM::User"),
    ("roleName", "AWS::IAM::Role"),
    ("groupName", "AWS::IAM::Group"),
    ("policyArn", "AWS::IAM::Policy"),
    ("accessKeyId", "AWS::IAM::AccessKey"),
    ("instanceProfileName", "AWS::IAM::InstanceProfile"),
    ("bucketName", "AWS::S3::Bucket"),
    ("trailName", "AWS::CloudTrail::Trail"),
    ("topicArn", "AWS::SNS::Topic"),
    ("queueUrl", "AWS::SQS::Queue"),
    ("functionName", "AWS::Lambda::Function"),
    ("stackName", "AWS::CloudFormation::Stack"),
)


@dataclass(frozen=True, slots=True)
class _Kept:
    number: int
    time: datetime
    region: str
    event: dict[str, Any]


class History:
    """Keeps the records, the newest up to a number.

    Args:
        capacity: how many; the oldest are forgotten first.
    """

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._kept: deque[_Kept] = deque(maxlen=capacity)
        self._lock = threading.Lock()
        self._count = 0

    def add(self, record: Record) -> None:
        """Keep a record."""
        time = datetime.fromisoformat(record["eventTime"]).astimezone(UTC)
        event = _event(record, time)
        with self._lock:
            self._count += 1
            self._kept.append(_Kept(self._count, time, record["awsRegion"], event))

    def records(self) -> list[Record]:
        """Return all that is kept, oldest first."""
        with self._lock:
            return [json.loads(one.event["CloudTrailEvent"]) for one in self._kept]

    def lookup_events(self, request: ApiRequest) -> dict[str, Any]:
        """HttpResponse LookupEvents.

        Raises:
            ApiError: the attributes, the range of time, the page size or the token are not valid.
        """
        wanted = _test(request.params)
        size = _page_size(request.params)
        before = _read_token(request.params.get("NextToken"), _question(request.params))
        with self._lock:
            newest_first = list(reversed(self._kept))
        found = (one for one in newest_first if one.region == request.region and one.number < before and wanted(one))
        page = list(islice(found, size))
        result: dict[str, Any] = {"Events": [one.event for one in page]}
        if next(found, None) is not None:
            result["NextToken"] = _token(page[-1].number, _question(request.params))
        return result


def _event(record: Record, time: datetime) -> dict[str, Any]:
    identity = record.get("userIdentity") or {}
    event = {
        "EventId": record["eventID"],
        "EventName": record["eventName"],
        "ReadOnly": str(bool(record.get("readOnly"))).lower(),
        "AccessKeyId": identity.get("accessKeyId"),
        "EventTime": time,
        "EventSource": record["eventSource"],
        "Username": _user_name(identity),
        "Resources": [{"ResourceType": kind, "ResourceName": name} for kind, name in _resources(record)],
        "CloudTrailEvent": json.dumps(record, separators=(",", ":")),
    }
    return {key: value for key, value in event.items() if value is not None}


def _user_name(identity: dict[str, Any]) -> str | None:
    """The user, or the name of the session, which the console shows as the user name too."""
    if identity.get("type") == "Root":
        return "root"
    if identity.get("type") == "AssumedRole":
        return str(identity.get("arn", "")).rpartition("/")[2]
    return identity.get("userName")


def _resources(record: Record) -> Iterator[tuple[str, str]]:
    parameters = record.get("requestParameters") or {}
    named = [(kind, parameters[name]) for name, kind in _RESOURCES if isinstance(parameters.get(name), str)]
    yield from named
    if record["eventSource"] == "cloudtrail.amazonaws.com" and isinstance(parameters.get("name"), str):
        yield "AWS::CloudTrail::Trail", parameters["name"]
    yield from ((one["type"], one["ARN"]) for one in record.get("resources", []) if not named)


def _attribute_values(event: dict[str, Any], key: str) -> set[str]:
    if key == "ResourceName":
        return {one["ResourceName"] for one in event["Resources"]}
    if key == "ResourceType":
        return {one["ResourceType"] for one in event["Resources"]}
    return {event[key]} if key in event else set()


def _test(params: dict[str, Any]) -> Callable[[_Kept], bool]:
    attributes = params.get("LookupAttributes") or []
    if len(attributes) > 1:
        raise ApiError("InvalidLookupAttributesException", "You can specify only one lookup attribute.")
    start, end = _utc(params.get("StartTime")), _utc(params.get("EndTime"))
    if start and end and start > end:
        raise ApiError("InvalidTimeRangeException", "The start time must be earlier than or equal to the end time.")

    def wanted(one: _Kept) -> bool:
        if (start and one.time < start) or (end and one.time > end):
            return False
        return all(
            attribute["AttributeValue"] in _attribute_values(one.event, attribute["AttributeKey"])
            for attribute in attributes
        )

    return wanted


def _utc(time: datetime | None) -> datetime | None:
    """The time of a request; our parser gives it in UTC without saying so."""
    if time is None:
        return None
    return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)


def _page_size(params: dict[str, Any]) -> int:
    size = int(params.get("MaxResults") or _PAGE)
    if not 1 <= size <= _PAGE:
        raise ApiError("InvalidMaxResultsException", f"The maximum number of results must be between 1 and {_PAGE}.")
    return size


def _question(params: dict[str, Any]) -> str:
    """What is asked but for the page: a token is good only for the same question."""
    return repr(sorted((key, repr(value)) for key, value in params.items() if key not in {"NextToken", "MaxResults"}))


def _token(number: int, question: str) -> str:
    return base64.urlsafe_b64encode(f"{number}|{binascii.crc32(question.encode())}".encode()).decode()


def _read_token(token: str | None, question: str) -> float:
    if not token:
        return float("inf")
    try:
        number, check = base64.urlsafe_b64decode(token.encode()).decode().split("|")
        if int(check) == binascii.crc32(question.encode()):
            return int(number)
    except ValueError:
        pass
    raise ApiError("InvalidNextTokenException", "The specified next token is not valid for this request.")
