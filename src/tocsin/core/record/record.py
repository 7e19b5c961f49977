"""One CloudTrail entry, and the two other things that an envelope may hold instead.

Field meanings: AWS CloudTrail User Guide, "CloudTrail record contents". Any field may be absent or of an odd type: in
28,241 distinct real records ``eventID``, ``eventTime``, ``eventVersion`` and ``userIdentity.type`` were each missing
somewhere. Only ``eventName`` and ``eventSource`` are demanded, since without them nothing can be said of a record.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple

from tocsin.core.pattern.cloudtrail_event import cloudtrail_event
from tocsin.core.text import sha256_of

# What services tell EventBridge by themselves, not by CloudTrail: IAM Identity Center User Guide, "EventBridge event
# message structure". Who did it stands in none of them.
NATIVE = {"aws.identitystore": frozenset({"User Deleted", "Group Deleted"})}
# From the epoch until well before the calendar ends.
_YEARS = range(1970, 9000)


class Pointer(NamedTuple):
    """Where records lie: an object in S3, named by a notification. A flow reads it; the core never does."""

    bucket: str
    key: str
    version: str = ""


class Rejected(NamedTuple):
    """What could not be read as a record, kept whole.

    Attributes:
        reason: why, as one sentence without a full stop, free of any of the bytes.
        body: the bytes as they came.
        place: where in the body, such as ``Records[3]``; ``""`` is the whole of it.
    """

    reason: str
    body: bytes
    place: str = ""

    @property
    def digest(self) -> str:
        """SHA-256 of the body and the place, hexadecimal: the same rubbish twice is one thing."""
        return sha256_of(self.body + b"\0" + self.place.encode())


@dataclass(frozen=True, slots=True)
class Record:
    """One CloudTrail entry.

    Attributes:
        raw: the entry as CloudTrail wrote it.
        event: the EventBridge event that carried it, or None if it came another way.
        event_id: ``eventID``, or a digest of the entry where CloudTrail gave none: the key by which repeats are known.
        name: ``eventName``.
        source: ``eventSource``, such as ``iam.amazonaws.com``.
        time: ``eventTime`` in UTC, or None if absent or unreadable.
        region: ``awsRegion``, or ``""``.
        account: the account it happened in, or ``""``.
        error_code: ``errorCode``, or ``""`` for a call that succeeded.
        error_message: ``errorMessage``, or ``""``; free text that a caller can shape.
    """

    raw: dict[str, Any] = field(repr=False, compare=False)
    event: dict[str, Any] | None = field(repr=False, compare=False)
    event_id: str
    name: str
    source: str
    time: datetime | None
    region: str
    account: str
    error_code: str
    error_message: str

    @property
    def service(self) -> str:
        """The first label of the event source: ``iam`` of ``iam.amazonaws.com``."""
        return self.source.partition(".")[0]

    def part(self, key: str) -> dict[str, Any]:
        """The object under a key of the entry, or an empty one if it is absent, null or no object."""
        value = self.raw.get(key)
        return value if isinstance(value, dict) else {}

    def text(self, key: str) -> str:
        """The string under a key of the entry, or ``""``."""
        return as_text(self.raw.get(key))

    def as_event(self) -> dict[str, Any]:
        """The EventBridge event of this record: the one that carried it, else the one that AWS would have made.

        So a pattern gives one verdict live and over history (AWS EventBridge User Guide, "AWS service events
        delivered via AWS CloudTrail").
        """
        if self.event is not None:
            return self.event
        return cloudtrail_event(self.raw, self.event_id, self.account)


def as_text(value: object) -> str:
    """A string as it is; anything else as ``""``."""
    return value if isinstance(value, str) else ""


def as_time(value: object) -> datetime | None:
    """An ISO 8601 time, or seconds since 1970, as an aware time in UTC; None if it is neither.

    A year in which no call can have been made is no time: nobody can add a window to the last day of the calendar.
    """
    try:
        if isinstance(value, str):
            time = datetime.fromisoformat(value)
            time = (time if time.tzinfo else time.replace(tzinfo=UTC)).astimezone(UTC)
        elif isinstance(value, int | float) and not isinstance(value, bool):
            time = datetime.fromtimestamp(value, UTC)
        else:
            return None
    except (ValueError, OverflowError, OSError):  # OSError: the platform's own limit of years
        return None
    return time if time.year in _YEARS else None


def digest_of(entry: object) -> str:
    """SHA-256 of a JSON value in canonical form, hexadecimal: stands in for an absent ``eventID``."""
    return sha256_of(json.dumps(entry, sort_keys=True))


def why_not_a_record(entry: dict[str, Any]) -> str:
    """Why an object is no CloudTrail record, as a sentence; ``""`` if it is one.

    Digest and Insights files lie among log files (CloudTrail User Guide, "CloudTrail digest file structure" and
    "CloudTrail Insights"); they are not records of calls.
    """
    if "digestStartTime" in entry or "digestS3Object" in entry:
        return "a CloudTrail digest file, which holds hashes of log files and no records"
    if entry.get("eventType") == "AwsCloudTrailInsight" or "insightDetails" in entry:
        return "a CloudTrail Insights event, which tells of a rate of calls and not of one call"
    missing = [key for key in ("eventName", "eventSource") if not as_text(entry.get(key))]
    if missing:
        return f"no CloudTrail record: {' and '.join(missing)} missing or not text"
    return ""


def is_native(event: dict[str, Any]) -> bool:
    """Whether an EventBridge event is one that a service tells by itself and that we read."""
    return as_text(event.get("detail-type")) in NATIVE.get(as_text(event.get("source")), ())


def native_record(event: dict[str, Any]) -> Record | None:
    """The record of an event for which `is_native` holds: its envelope tells what CloudTrail's fields would."""
    if not is_native(event):
        return None
    service = as_text(event.get("source")).removeprefix("aws.")
    detail = event.get("detail")
    return Record(
        raw=detail if isinstance(detail, dict) else {},
        event=event,
        event_id=as_text(event.get("id")) or digest_of(event),
        name=as_text(event.get("detail-type")),
        source=f"{service}.amazonaws.com",
        time=as_time(event.get("time")),
        region=as_text(event.get("region")),
        account=as_text(event.get("account")),
        error_code="",
        error_message="",
    )


def to_record(entry: dict[str, Any], event: dict[str, Any] | None = None) -> Record:
    """The record of an entry for which `why_not_a_record` found nothing.

    Args:
        entry: one CloudTrail entry.
        event: the EventBridge event whose ``detail`` it is, if it came in one.
    """
    identity = entry.get("userIdentity")
    account = as_text(entry.get("recipientAccountId"))
    if not account and event is not None:
        account = as_text(event.get("account"))
    if not account and isinstance(identity, dict):
        account = as_text(identity.get("accountId"))
    return Record(
        raw=entry,
        event=event,
        event_id=as_text(entry.get("eventID")) or digest_of(entry),
        name=entry["eventName"],
        source=entry["eventSource"],
        time=as_time(entry.get("eventTime")),
        region=as_text(entry.get("awsRegion")),
        account=account,
        error_code=as_text(entry.get("errorCode")),
        error_message=as_text(entry.get("errorMessage")),
    )
