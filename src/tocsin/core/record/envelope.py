"""From any body that carries CloudTrail records to the records themselves: the one way in.

`unwrap` knows, each inside any other: an EventBridge event; SNS and SQS wrappings, as their APIs and as AWS Lambda
deliver them; a log file (``{"Records": [...]}``), gzipped or not; a CloudWatch Logs message and subscription payload;
a ``LookupEvents`` answer or item; JSON lines, and values one after another; Kinesis, Firehose and Lambda events; what
queries of Logs Insights, Athena, Splunk and Elastic answer, CSV too; a bare array or record; S3 notifications, which
give a `Pointer`. It never raises, whatever the bytes, and drops nothing: what is no record is `Rejected`, with why.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import zlib
from itertools import count
from typing import TYPE_CHECKING, Any, TypeAlias, TypeGuard

from tocsin.core.record import pointers
from tocsin.core.record.carriers import Form, Inside, inside_of
from tocsin.core.record.reading import DECODER, Unreadable, UnreadableLines, decode, parse
from tocsin.core.record.record import Pointer, Record, Rejected, as_text, native_record, to_record, why_not_a_record

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

Unwrapped: TypeAlias = Record | Rejected | Pointer

# EventBridge > SNS > SQS > Lambda is four; ten leaves room and still ends.
DEEPEST = 10
# A log file that CloudTrail closes is a few MB unpacked; past this it is a bomb, or a pile for `hunt`.
LARGEST_UNPACKED = 64 * 1024 * 1024
GZIP_MAGIC = b"\x1f\x8b"
# zlib.decompressobj: 16 + MAX_WBITS reads a gzip header.
GZIP_WBITS = 16 + zlib.MAX_WBITS
_BETWEEN = re.compile(r"[\s,]*")  # two values: blanks, and the comma of a list that somebody cut out


def unwrap(body: bytes | str | dict[str, Any]) -> Iterator[Record | Rejected | Pointer]:
    """Every record, pointer and unreadable part in a body, in the order in which they stand.

    Args:
        body: an envelope of any kind named in this module's docstring, as bytes, text or parsed JSON.

    Returns:
        A `Record` for each CloudTrail record, a `Pointer` for each S3 object named, a `Rejected` for whatever is
        neither. At least one item for every body.
    """
    if not isinstance(body, dict):
        return _unwrap_text(body, "", 0)
    # Of an envelope with nothing in it the envelope is kept.
    return (one._replace(body=_dump(body)) if _is_bare(one) else one for one in _unwrap_value(body, "", 0))


def _is_bare(item: Unwrapped) -> TypeGuard[Rejected]:
    return isinstance(item, Rejected) and not item.body


def _unwrap_text(body: bytes | str, place: str, depth: int) -> Iterator[Unwrapped]:
    data = body.encode("utf-8", "surrogatepass") if isinstance(body, str) else body
    if depth > DEEPEST:
        yield Rejected(f"envelopes within envelopes, more than {DEEPEST} deep", data, place)
        return
    if data.startswith(GZIP_MAGIC):
        yield from _unwrap_gzip(data, place, depth)
        return
    try:
        text = decode(body)
        value = parse(text)
    except UnreadableLines as several:
        yield from _unwrap_lines(several, place, depth)
        return
    except Unreadable as fault:
        yield Rejected(str(fault), data, place)
        return
    for item in _unwrap_value(value, place, depth):
        # Nested past what can be written again: keep the whole body rather than nothing.
        yield item._replace(body=data) if _is_bare(item) else item


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


def _unwrap_lines(body: UnreadableLines, place: str, depth: int) -> Iterator[Unwrapped]:
    """JSON lines: each line by itself, so that one bad line costs no good one.

    Lines end with a line feed: the other ends that Python knows may stand inside a JSON text.
    """
    from tocsin.core.record.tables import csv_rows  # noqa: PLC0415 - lazy: few bodies are no JSON

    if rows := csv_rows(body.text):
        yield from _unwrap_table(rows, place, depth, body.text.encode("utf-8", "surrogatepass"))
        return
    if not any(_holds_a_value(line) for _, line in _lines(body.text)):
        yield from _unwrap_one_after_another(body, place, depth)
        return
    for number, line in _lines(body.text):
        where = f"{place} line {number}".lstrip()
        try:
            value = parse(line)
        except Unreadable as fault:
            yield Rejected(str(fault), line.encode("utf-8", "surrogatepass"), where)
            continue
        yield from _unwrap_value(value, where, depth)


def _unwrap_one_after_another(body: UnreadableLines, place: str, depth: int) -> Iterator[Unwrapped]:
    """JSON values over several lines each, one after another, as ``jq .`` and a trail of printed events leave them."""
    text, at = body.text.strip(), 0
    values: list[object] = []
    while at < len(text):
        try:
            value, end = DECODER.raw_decode(text, at)
        except (ValueError, RecursionError):
            break
        values.append(value)
        at = blank.end() if (blank := _BETWEEN.match(text, end)) else end
    if at < len(text) and len(values) < 2:  # noqa: PLR2004 - one value and rubbish is broken JSON
        # Broken JSON over several lines, told once and kept whole.
        yield Rejected(str(body), body.text.encode("utf-8", "surrogatepass"), place)
        return
    for number, value in enumerate(values, 1):
        yield from _unwrap_value(value, f"{place} value {number}".lstrip(), depth)
    if at < len(text):
        rest = text[at:].encode("utf-8", "surrogatepass")
        yield Rejected(f"not JSON after {len(values):,} values", rest, f"{place} value {len(values) + 1}".lstrip())


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
        return isinstance(parse(line), dict | list)
    except Unreadable:
        return False


def _unwrap_value(value: object, place: str, depth: int) -> Iterable[Unwrapped]:
    if depth > DEEPEST:
        return (Rejected(f"envelopes within envelopes, more than {DEEPEST} deep", _dump(value), place),)
    if isinstance(value, dict):
        return _unwrap_object(value, place, depth)
    if isinstance(value, list):
        return _unwrap_list(value, place, depth)
    return (Rejected("neither an object nor an array", _dump(value), place),)


def _unwrap_list(items: list[Any], place: str, depth: int) -> Iterator[Unwrapped]:
    if not items:
        yield Rejected("an empty array", b"[]", place)
    for index, item in enumerate(items):
        yield from _unwrap_value(item, f"{place}[{index}]", depth + 1)


def _unwrap_object(value: dict[str, Any], place: str, depth: int) -> Iterable[Unwrapped]:
    """One object, by the keys that tell its kind; records first, since they are the many."""
    source = value.get("eventSource", "aws:")
    if isinstance(value.get("eventName"), str) and not (source.__class__ is str and source[:4] == "aws:"):
        return (_record_or_not(value, None, place),)
    if "detail-type" in value and "detail" in value:
        return (_unwrap_event(value, place),)
    if inside := inside_of(value):
        return _unwrap_inside(inside, value, place, depth)
    if isinstance(value.get("s3"), dict):
        return (_pointed(pointers.of_notification(value), value, place),)
    if isinstance(value.get("s3ObjectKey"), list):
        return (_pointed(one, value, place) for one in pointers.of_delivery(value))
    return (_record_or_not(value, None, place),)


def _unwrap_inside(inside: Inside, value: dict[str, Any], place: str, depth: int) -> Iterator[Unwrapped]:
    where = f"{place}.{inside.key}" if place and inside.key else place or inside.key
    if inside.form is Form.LIST:
        yield from _unwrap_list(inside.held, where, depth)
    elif inside.form is Form.VALUE:
        yield from _unwrap_value(inside.held, where, depth + 1)
    elif inside.form is Form.TEXT:
        yield from _unwrap_text(inside.held, where, depth + 1)
    elif inside.form is Form.BASE64:
        try:
            packed = base64.b64decode(as_text(inside.held), validate=True)
        except (binascii.Error, ValueError):
            yield Rejected("a payload that is not base64", _dump(value), place)
            return
        yield from _unwrap_text(packed, where, depth + 1)
    elif inside.form is Form.TABLE:
        yield from _unwrap_table(inside.held, where, depth, _dump(value))
    else:
        yield Rejected(inside.held, _dump(value), place)


def _unwrap_table(rows: Iterable[Sequence[str]], place: str, depth: int, body: bytes) -> Iterator[Unwrapped]:
    """Rows of texts, of which the first names the columns."""
    from tocsin.core.record.tables import records_of  # noqa: PLC0415 - as above

    number = 0
    try:
        for number, held in enumerate(records_of(rows), 1):
            where = f"{place} row {number}".lstrip()
            yield from (
                _unwrap_text(held, where, depth + 1) if isinstance(held, str) else _unwrap_value(held, where, depth)
            )
    except ValueError as fault:
        yield Rejected(str(fault), body, f"{place} row {number + 1}".lstrip())
        return
    if not number:
        yield Rejected("a table without rows", body, place)


def _record_or_not(entry: dict[str, Any], event: dict[str, Any] | None, place: str) -> Record | Rejected:
    reason = why_not_a_record(entry)
    if reason:
        return Rejected(reason, _dump(entry if event is None else event), place)
    try:
        return to_record(entry, event)
    except RecursionError:  # only a parsed value that the caller nested by hand gets here
        return Rejected("JSON nested too deeply to be a record", b"", place)


def _unwrap_event(event: dict[str, Any], place: str) -> Unwrapped:
    """An EventBridge event (EventBridge User Guide, "Event structure")."""
    detail = event["detail"]
    if event.get("source") == "aws.s3" and isinstance(detail, dict) and "object" in detail:
        return _pointed(pointers.of_event(detail), event, place)
    if native := native_record(event):
        return native
    if isinstance(detail, dict):
        return _record_or_not(detail, event, place)
    return Rejected("an EventBridge event whose detail is no object", _dump(event), place)


def _pointed(found: Pointer | str, around: dict[str, Any], place: str) -> Pointer | Rejected:
    return Rejected(found, _dump(around), place) if isinstance(found, str) else found


def _dump(value: object) -> bytes:
    try:
        return json.dumps(value, default=repr).encode("utf-8")
    except (TypeError, ValueError, RecursionError):  # circular or nested past the limit, or keys that are no text
        return b""
