"""Values as a row of SQLite holds them: times as microseconds since 1970, a deed as JSON, a body compressed."""

from __future__ import annotations

import json
import zlib
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from tocsin.core.delivery.outcome import Answer, Try
from tocsin.core.delivery.telling import Telling
from tocsin.core.incident.deed import Deed, StoryKey
from tocsin.core.incident.incident import Incident
from tocsin.core.match.rules import Role, Severity
from tocsin.core.record.actor import Actor, ActorKind, Mfa
from tocsin.core.record.result import Result
from tocsin.core.record.subject import Subject

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

# To compress a record takes longer than to write it; RFC 1950 begins with 0x78 in a window of 32 KiB.
_LONG, _COMPRESSED = 4096, b"\x78"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_ENCODER = json.JSONEncoder(ensure_ascii=True, separators=(",", ":"))
_DEED, *_PARTS = (kind._fields for kind in (Deed, Actor, Subject))
_OF = dict(zip((Actor, Subject), _PARTS, strict=True))
# By class: an actor has a role too, which is IAM's.
_OF_DEED = {"role": Role, "severity": Severity, "result": Result}
_OF_ACTOR = {"kind": ActorKind, "mfa": Mfa}


def moment(time: datetime) -> int:
    """A time as a whole number."""
    return (time - _EPOCH) // _MICROSECOND


def time_of(number: int) -> datetime:
    """A time from its number."""
    return _EPOCH + timedelta(microseconds=number)


def key_of(text: str) -> StoryKey:
    """A story's key from its text."""
    return StoryKey(*text.split("\n"))


@lru_cache(maxsize=256)  # the headline of a story that goes on is written with each of its deeds
def deed_text(deed: Deed) -> str:
    """A deed as JSON; what is empty is left out."""
    return _ENCODER.encode(_lean(deed, _DEED))


def _lean(value: Deed | Actor | Subject, names: tuple[str, ...]) -> dict[str, Any]:
    return {name: _plain(part) for name in names if (part := getattr(value, name)) or (part == 0 and part is not False)}


def _plain(value: object) -> object:
    kind = type(value)
    if kind is str:
        return value
    if kind is datetime:
        return moment(value)  # type: ignore[arg-type]
    if kind is Severity:
        return int(value)  # type: ignore[call-overload]
    return _lean(value, _OF[kind]) if kind in _OF else value  # type: ignore[arg-type]


@lru_cache(maxsize=256)  # and read with each of them
def deed_of(text: str) -> Deed:
    """A deed from its JSON."""
    held = json.loads(text)
    for name in ("time", "came"):
        held[name] = time_of(held[name])
    held["actor"] = Actor(**_typed(held["actor"], _OF_ACTOR))
    if "subject" in held:
        held["subject"] = Subject(**{"name": "", **held["subject"]})
    return Deed(**{"rule": "", "event_id": "", "event_name": "", "timed": False, **_typed(held, _OF_DEED)})


def _typed(held: dict[str, Any], enums: Mapping[str, Callable[[Any], Any]]) -> dict[str, Any]:
    return {name: enums[name](value) if name in enums else value for name, value in held.items()}


def texts(values: Iterable[str]) -> str:
    """Several texts as the one argument that ``json_each`` takes."""
    return _ENCODER.encode(list(values))


def packed(body: bytes) -> bytes:
    """A body as it is kept: compressed where it is long, or where it begins as a compressed one does."""
    return zlib.compress(body, 1) if len(body) > _LONG or body[:1] == _COMPRESSED else body


def unpacked(body: bytes) -> bytes:
    """A body as it came."""
    return zlib.decompress(body) if body[:1] == _COMPRESSED else body


# Columns, in the order in which the functions below take and give them.
INCIDENT = "id,ordinal,opened,first,last,headline,records,deeds,triggers,routed,merged_into"
TELLING = "incident,channel,told,given_up,due_at,set_at,lease,count,last,next_at,failing,failures,dead,version,thread"
TRY = "incident,channel,after,through,at,answer,detail,plain"


def incident_row(head: Incident) -> tuple[Any, ...]:
    """A head as a row."""
    return (
        head.id,
        head.ordinal,
        moment(head.opened),
        moment(head.first),
        moment(head.last),
        deed_text(head.headline),
        head.records,
        head.deeds,
        head.triggers,
        json.dumps(head.routed),
        head.merged_into,
    )


def incident_of(row: tuple[Any, ...], key: StoryKey) -> Incident:
    """A head from its row."""
    made, ordinal, opened, first, last, headline, records, deeds, triggers, routed, merged_into = row
    return Incident(
        made,
        key,
        ordinal,
        time_of(opened),
        time_of(first),
        time_of(last),
        deed_of(headline),
        records,
        deeds,
        triggers,
        tuple(json.loads(routed)),
        merged_into,
    )


def telling_row(row: Telling) -> tuple[Any, ...]:
    """A telling as a row."""
    return (
        row.incident,
        row.channel,
        row.told,
        row.given_up,
        None if row.due_at is None else moment(row.due_at),
        moment(row.set_at),
        row.lease,
        row.count,
        None if row.last is None else moment(row.last),
        moment(row.next_at),
        None if row.failing is None else moment(row.failing),
        row.failures,
        int(row.dead),
        row.version,
        row.thread,
    )


def telling_of(row: tuple[Any, ...], key: StoryKey) -> Telling:
    """A telling from its row."""
    incident, channel, told, given_up, due_at, set_at, lease, count, last, next_at, failing, failures, dead, *rest = row
    version, thread = rest
    return Telling(
        incident,
        channel,
        key,
        told,
        given_up,
        None if due_at is None else time_of(due_at),
        time_of(set_at),
        lease,
        count,
        None if last is None else time_of(last),
        time_of(next_at),
        None if failing is None else time_of(failing),
        failures,
        bool(dead),
        version,
        thread,
    )


def try_row(one: Try) -> tuple[Any, ...]:
    """An attempt as a row."""
    at, answer = moment(one.at), str(one.answer)
    return (one.incident, one.channel, one.after, one.through, at, answer, one.detail, int(one.plain))


def try_of(row: tuple[Any, ...]) -> Try:
    """An attempt from its row."""
    incident, channel, after, through, at, answer, detail, plain = row
    return Try(incident, channel, after, through, time_of(at), Answer(answer), detail, bool(plain))
