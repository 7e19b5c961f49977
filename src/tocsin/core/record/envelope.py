"""From any body that carries CloudTrail records to the records themselves: the one way in.

`unwrap` knows, each inside any other: an EventBridge event; SNS and SQS wrappings, as their APIs and as AWS Lambda
deliver them; a log file (``{"Records": [...]}``), gzipped or not; a CloudWatch Logs message and subscription payload;
a ``LookupEvents`` answer or item; JSON lines; a bare array or record; S3 notifications, which give a `Pointer`.
It never raises, whatever the bytes, and never drops: what is no record comes out as `Rejected` with its reason.
"""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import unquote_plus

from tocsin.core.record.record import Pointer, Record, Rejected, as_text, native_record, to_record, why_not_a_record

if TYPE_CHECKING:
    from collections.abc import Iterator

Unwrapped: TypeAlias = Record | Rejected | Pointer

# EventBridge > SNS > SQS > Lambda is four; ten leaves room and still ends.
DEEPEST = 10
# A log file that CloudTrail closes is a few MB unpacked; past this it is a bomb, or a pile for `hunt`.
LARGEST_UNPACKED = 64 * 1024 * 1024
GZIP_MAGIC = b"\x1f\x8b"
# zlib.decompressobj: 16 + MAX_WBITS reads a gzip header.
GZIP_WBITS = 16 + zlib.MAX_WBITS


class _Unreadable(ValueError):  # noqa: N818 - it is raised and caught in this module only
    """A body that is not JSON; its message is the reason."""


def unwrap(body: bytes | str | dict[str, Any]) -> Iterator[Record | Rejected | Pointer]:
    """Every record, pointer and unreadable part in a body, in the order in which they stand.

    Args:
        body: an envelope of any kind named in this module's docstring, as bytes, text or parsed JSON.

    Yields:
        A `Record` for each CloudTrail record, a `Pointer` for each S3 object named, a `Rejected` for whatever is
        neither. At least one item for every body.
    """
    if isinstance(body, dict):
        for item in _unwrap_value(body, "", 0):
            # An envelope with nothing in it: keep the envelope.
            yield replace(item, body=_dump(body)) if isinstance(item, Rejected) and not item.body else item
    else:
        yield from _unwrap_text(body, "", 0)


def _unwrap_text(body: bytes | str, place: str, depth: int) -> Iterator[Unwrapped]:
    data = body.encode("utf-8", "surrogatepass") if isinstance(body, str) else body
    if depth > DEEPEST:
        yield Rejected(f"envelopes within envelopes, more than {DEEPEST} deep", data, place)
        return
    if data.startswith(GZIP_MAGIC):
        yield from _unwrap_gzip(data, place, depth)
        return
    try:
        text = _decode(body)
        value = _parse(text)
    except _UnreadableLines as several:
        yield from _unwrap_lines(several, place, depth)
        return
    except _Unreadable as fault:
        yield Rejected(str(fault), data, place)
        return
    for item in _unwrap_value(value, place, depth):
        # Nested past what can be written again: keep the whole body rather than nothing.
        yield replace(item, body=data) if isinstance(item, Rejected) and not item.body else item


def _unwrap_gzip(data: bytes, place: str, depth: int) -> Iterator[Unwrapped]:
    unpacked, fault = _gunzip(data)
    if unpacked:
        yield from _unwrap_text(unpacked, place, depth + 1)
    if fault:
        yield Rejected(fault, data, place)


def _gunzip(data: bytes) -> tuple[bytes, str]:
    """Every member of a gzip stream, and what went wrong, if anything: a truncated file still gives what it has."""
    unpacked = bytearray()
    while data.startswith(GZIP_MAGIC):
        member = zlib.decompressobj(GZIP_WBITS)
        try:
            unpacked += member.decompress(data, LARGEST_UNPACKED - len(unpacked) + 1)
        except zlib.error:
            return bytes(unpacked), "a damaged gzip file"
        if len(unpacked) > LARGEST_UNPACKED:
            return b"", f"a gzip file of more than {LARGEST_UNPACKED // 1024 // 1024} MiB unpacked"
        if not member.eof:
            return bytes(unpacked), "a truncated gzip file"
        data = member.unused_data
    if data.strip(b"\0"):
        return bytes(unpacked), "a gzip file with rubbish after its end"
    return bytes(unpacked), "" if unpacked else "an empty gzip file"


class _UnreadableLines(_Unreadable):
    """Text that is no one JSON value, yet may be a value a line."""

    def __init__(self, reason: str, text: str) -> None:
        super().__init__(reason)
        self.text = text


def _decode(body: bytes | str) -> str:
    if isinstance(body, str):
        return body.removeprefix("\ufeff")
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        raise _Unreadable(f"not UTF-8 text (byte {fault.start})") from fault


def _parse(text: str) -> object:
    """The JSON value of a text.

    Raises:
        _UnreadableLines: it may be JSON lines.
        _Unreadable: it is not JSON.
    """
    if not text.strip():
        raise _Unreadable("empty")
    try:
        return json.loads(text, parse_constant=_no_such_number)
    except json.JSONDecodeError as fault:
        reason = f"not JSON: {fault.msg} (line {fault.lineno}, column {fault.colno})"
    except RecursionError:
        reason = "JSON nested too deeply to be a record"
    except _NoSuchNumber as fault:
        reason = f"not JSON: {fault}"
    except ValueError:  # the only other one: sys.set_int_max_str_digits
        reason = "not JSON that can be read: a number has too many digits"
    if "\n" in text.strip():
        raise _UnreadableLines(reason, text)
    raise _Unreadable(reason)


class _NoSuchNumber(ValueError):  # noqa: N818 - as `_Unreadable`
    """NaN or an infinity, which Python would read."""


def _no_such_number(name: str) -> object:
    raise _NoSuchNumber(f"{name} is no JSON number")


def _unwrap_lines(body: _UnreadableLines, place: str, depth: int) -> Iterator[Unwrapped]:
    """JSON lines: each line by itself, so that one bad line costs no good one.

    Lines end with a line feed: the other ends that Python knows may stand inside a JSON text.
    """
    if not any(_holds_a_value(line) for _, line in _lines(body.text)):
        # Not one line holds an object: broken JSON over several lines, told once and kept whole.
        yield Rejected(str(body), body.text.encode("utf-8", "surrogatepass"), place)
        return
    for number, line in _lines(body.text):
        where = f"{place} line {number}".lstrip()
        try:
            value = _parse(line)
        except _Unreadable as fault:
            yield Rejected(str(fault), line.encode("utf-8", "surrogatepass"), where)
            continue
        yield from _unwrap_value(value, where, depth)


def _lines(text: str) -> Iterator[tuple[int, str]]:
    """The lines that hold something, with their numbers; one at a time, since there may be millions."""
    start = 0
    for number in count(1):
        end = text.find("\n", start)
        line = text[start : end if end >= 0 else len(text)]
        if line.strip():
            yield number, line
        if end < 0:
            return
        start = end + 1


def _holds_a_value(line: str) -> bool:
    try:
        return isinstance(_parse(line), dict | list)
    except _Unreadable:
        return False


def _unwrap_value(value: object, place: str, depth: int) -> Iterator[Unwrapped]:
    if depth > DEEPEST:
        yield Rejected(f"envelopes within envelopes, more than {DEEPEST} deep", _dump(value), place)
    elif isinstance(value, list):
        yield from _unwrap_list(value, place, depth)
    elif isinstance(value, dict):
        yield from _unwrap_object(value, place, depth)
    else:
        yield Rejected("neither an object nor an array", _dump(value), place)


def _unwrap_list(items: list[Any], place: str, depth: int) -> Iterator[Unwrapped]:
    if not items:
        yield Rejected("an empty array", b"[]", place)
    for index, item in enumerate(items):
        yield from _unwrap_value(item, f"{place}[{index}]", depth + 1)


def _unwrap_object(value: dict[str, Any], place: str, depth: int) -> Iterator[Unwrapped]:  # noqa: C901, PLR0912 - the table of envelopes
    """One object, by the keys that tell its kind; records first, since they are the many."""
    dot = f"{place}." if place else ""
    if isinstance(value.get("eventName"), str) and "eventSource" in value and "s3" not in value:
        yield _record_or_not(value, None, place)
    elif isinstance(value.get("Records"), list):
        yield from _unwrap_list(value["Records"], f"{dot}Records", depth)
    elif "detail-type" in value and "detail" in value:
        yield from _unwrap_event(value, place)
    elif isinstance(value.get("CloudTrailEvent"), str):
        yield from _unwrap_text(value["CloudTrailEvent"], f"{dot}CloudTrailEvent", depth + 1)
    elif isinstance(value.get("Events"), list):
        yield from _unwrap_list(value["Events"], f"{dot}Events", depth)
    elif isinstance(value.get("Sns"), dict):
        yield from _unwrap_value(value["Sns"], f"{dot}Sns", depth + 1)
    elif isinstance(value.get("Message"), str):
        yield from _unwrap_text(value["Message"], f"{dot}Message", depth + 1)
    elif isinstance(value.get("Messages"), list):
        yield from _unwrap_list(value["Messages"], f"{dot}Messages", depth)
    elif (key := next((k for k in ("body", "Body", "message") if isinstance(value.get(k), str)), None)) is not None:
        yield from _unwrap_text(value[key], f"{dot}{key}", depth + 1)
    elif isinstance(value.get("awslogs"), dict):
        yield from _unwrap_awslogs(value["awslogs"], f"{dot}awslogs", depth)
    elif isinstance(value.get("logEvents"), list):
        yield from _unwrap_list(value["logEvents"], f"{dot}logEvents", depth)
    elif isinstance(value.get("events"), list):
        yield from _unwrap_list(value["events"], f"{dot}events", depth)
    elif isinstance(value.get("s3"), dict):
        yield _s3_pointer(value, place)
    elif isinstance(value.get("s3ObjectKey"), list):
        yield from _delivery_pointers(value, place)
    else:
        yield _record_or_not(value, None, place)


def _record_or_not(entry: dict[str, Any], event: dict[str, Any] | None, place: str) -> Record | Rejected:
    reason = why_not_a_record(entry)
    if reason:
        return Rejected(reason, _dump(entry if event is None else event), place)
    try:
        return to_record(entry, event)
    except RecursionError:  # only a parsed value that the caller nested by hand gets here
        return Rejected("JSON nested too deeply to be a record", b"", place)


def _unwrap_event(event: dict[str, Any], place: str) -> Iterator[Unwrapped]:
    """An EventBridge event (EventBridge User Guide, "Event structure")."""
    detail = event["detail"]
    if event.get("source") == "aws.s3" and isinstance(detail, dict) and "object" in detail:
        yield _bridge_pointer(event, detail, place)
    elif native := native_record(event):
        yield native
    elif isinstance(detail, dict):
        yield _record_or_not(detail, event, place)
    else:
        yield Rejected("an EventBridge event whose detail is no object", _dump(event), place)


def _unwrap_awslogs(awslogs: dict[str, Any], place: str, depth: int) -> Iterator[Unwrapped]:
    """Base64 of gzip of JSON (CloudWatch Logs User Guide, "Log group-level subscription filters")."""
    data = as_text(awslogs.get("data"))
    try:
        packed = base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError):
        yield Rejected("a CloudWatch Logs payload that is not base64", _dump(awslogs), place)
        return
    yield from _unwrap_text(packed, f"{place}.data", depth + 1)


def _s3_pointer(entry: dict[str, Any], place: str) -> Pointer | Rejected:
    """An S3 notification (S3 User Guide, "Event message structure": the key is URL-encoded)."""
    bucket, item = entry["s3"].get("bucket"), entry["s3"].get("object")
    name = as_text(bucket.get("name")) if isinstance(bucket, dict) else ""
    key = as_text(item.get("key")) if isinstance(item, dict) else ""
    if not (name and key):
        return Rejected("an S3 notification without bucket or key", _dump(entry), place)
    return Pointer(name, unquote_plus(key, errors="replace"), as_text(item.get("versionId")))


def _bridge_pointer(event: dict[str, Any], detail: dict[str, Any], place: str) -> Pointer | Rejected:
    """An S3 event by EventBridge (S3 User Guide, "EventBridge event message structure": the key is plain)."""
    bucket, item = detail.get("bucket"), detail["object"]
    name = as_text(bucket.get("name")) if isinstance(bucket, dict) else ""
    key = as_text(item.get("key")) if isinstance(item, dict) else ""
    if not (name and key):
        return Rejected("an S3 event without bucket or key", _dump(event), place)
    return Pointer(name, key, as_text(item.get("version-id")))


def _delivery_pointers(value: dict[str, Any], place: str) -> Iterator[Unwrapped]:
    """A delivered log file, by CloudTrail itself (its User Guide, "Configuring Amazon SNS notifications")."""
    bucket = as_text(value.get("s3Bucket"))
    for key in value["s3ObjectKey"]:
        if bucket and isinstance(key, str):
            yield Pointer(bucket, key)
        else:
            yield Rejected("a CloudTrail delivery notice without bucket or key", _dump(value), place)
    if not value["s3ObjectKey"]:
        yield Rejected("a CloudTrail delivery notice that names no file", _dump(value), place)


def _dump(value: object) -> bytes:
    try:
        return json.dumps(value, default=repr).encode("utf-8")
    except (TypeError, ValueError, RecursionError):  # circular or nested past the limit, or keys that are no text
        return b""
