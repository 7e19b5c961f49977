"""The hops that a deletion makes, what proves each, and what came of them.

A hop is proven by what was seen at its far end alone: a text that names the decoy and tells of the call.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from tocsin.core.drill.decoy import codes_in
from tocsin.core.template.wire_words import event_of_mail

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import timedelta


class Hop(StrEnum):
    """One hop."""

    ANSWERED = "answered"
    WIRE = "wire"
    RULE = "rule"
    FEED = "feed"
    HISTORY = "history"
    PERSON = "person"


# What each proves, and the links of the pipeline that it goes over.
SAYS = {
    Hop.ANSWERED: "AWS answered the call",
    Hop.WIRE: "the topic delivered",
    Hop.RULE: "a rule with the same pattern matched",
    Hop.FEED: "the queue's rule delivered",
    Hop.HISTORY: "it is in event history",
    Hop.PERSON: "a person typed the code of the notice",
}
OVER = {
    Hop.ANSWERED: (),
    Hop.WIRE: ("trail", "wire-rule", "topic-policy", "topic", "observer"),
    Hop.RULE: ("trail", "wire-rule"),
    Hop.FEED: ("trail", "feed-rule", "observer"),
    Hop.HISTORY: (),
    Hop.PERSON: ("wire-rule", "topic-policy", "topic", "subscription"),
}
# On the wire of trouble of the bell itself.
OVER_ALARMS = ("trail", "wire-rule", "alarm-topic", "observer")


class Source(StrEnum):
    """Where something is seen."""

    OBSERVER = "observer"
    HISTORY = "history"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class Sighting:
    """Something that was seen.

    Attributes:
        source: where.
        text: a message, a record, or a line that was typed.
        at: when, by a clock that does not jump.
        fault: why no more will be seen there, or ``""``.
    """

    source: Source
    text: str
    at: float
    fault: str = ""


class State(StrEnum):
    """What came of a hop."""

    ARRIVED = "arrived"
    MISSING = "missing"
    UNTOLD = "can not tell"


@dataclass(frozen=True, slots=True)
class Wait:
    """A hop that is waited for.

    Attributes:
        hop: which.
        patience: how long.
        sure: whether silence means that it is broken: not where what would show it was only made for the drill.
        vital: whether the drill is not whole without it.
    """

    hop: Hop
    patience: timedelta
    sure: bool = True
    vital: bool = True


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a hop.

    Attributes:
        hop: which.
        state: whether it arrived.
        seconds: from the answer of the call on; of the answer itself, how long the call took. None where it did not.
        why: what is known where it did not arrive.
        vital: whether the drill is not whole without it.
    """

    hop: Hop
    state: State
    seconds: float | None = None
    why: str = ""
    vital: bool = True


def is_whole(outcomes: Iterable[Outcome]) -> bool:
    """Whether the alarm is proven: every vital hop arrived, or a person heard it and none is known to be missing.

    What a person has heard went over all hops of the wire, whatever was seen on the way.
    """
    found = list(outcomes)
    if is_broken(found):
        return False
    heard = any(one.hop is Hop.PERSON and one.state is State.ARRIVED for one in found)
    return heard or all(one.state is State.ARRIVED for one in found if one.vital)


def is_broken(outcomes: Iterable[Outcome]) -> bool:
    """Whether a vital hop is known to be missing."""
    return any(one.state is State.MISSING and one.vital for one in outcomes)


@dataclass(frozen=True, slots=True)
class Call:
    """The call that is to ring.

    Attributes:
        name: the event's name, ``DeleteUser``.
        denied: whether it is refused.
    """

    name: str
    denied: bool = False


def names_seen(text: str, call: Call, names: Sequence[str]) -> Iterator[tuple[Hop, str]]:
    """The hop that a text at the observer or in history proves, and for which of the names the call was for.

    Args:
        text: a message of a queue (an EventBridge event, words of a rule, either of them in the envelope of SNS), or a
            CloudTrail record.
        call: what is to ring.
        names: of the decoys.
    """
    value = _json(text)
    if isinstance(value, dict) and value.get("Type") == "Notification" and "Message" in value:
        words = str(value["Message"])
        inner = _json(words)
        told = _record(inner) if isinstance(inner, dict) else None
        yield from _wired(words, told, call, names)
    elif isinstance(value, dict) and isinstance(value.get("detail"), dict):
        yield from ((Hop.FEED, name) for name in names if _tells(value["detail"], call, name))
    elif isinstance(value, dict) and "eventName" in value:
        yield from ((Hop.HISTORY, name) for name in names if _tells(value, call, name))
    else:
        yield from _wired(text, None, call, names)


def _wired(words: str, record: Mapping[str, Any] | None, call: Call, names: Sequence[str]) -> Iterator[tuple[Hop, str]]:
    for name in names:
        if not _named(words, name):
            continue
        told = event_of_mail(words)
        # Words of somebody else's rule need not name the call: the decoy's name is in nothing else that is told.
        if _tells(record, call, name) if record else told is None or told[0] == call.name:
            yield Hop.WIRE, name


def _tells(record: Mapping[str, Any], call: Call, name: str) -> bool:
    """Whether a record is of this call, for this decoy."""
    if record.get("eventName") != call.name or bool(record.get("errorCode")) is not call.denied:
        return False
    asked = record.get("requestParameters")
    # A denied call of IAM has no parameters: its words name whom it was for.
    told = json.dumps([asked, record.get("errorMessage"), record.get("userIdentity") if call.denied else None])
    return _named(told, name)


def _named(text: str, name: str) -> bool:
    """Whether a text names a decoy and not one whose name only begins alike."""
    at = text.find(name)
    while at >= 0:
        after = text[at + len(name) : at + len(name) + 1]
        if not (after.isalnum() or after == "-"):
            return True
        at = text.find(name, at + 1)
    return False


def _record(value: Mapping[str, Any]) -> Mapping[str, Any] | None:
    detail = value.get("detail")
    return detail if isinstance(detail, dict) else value if "eventName" in value else None


def _json(text: str) -> Any:  # noqa: ANN401 - whatever it is
    try:
        return json.loads(text)
    except ValueError:
        return None


def whose(text: str, code: str) -> str:
    """Whose a message at the observer is: ``ours``, ``another`` drill's, or ``nobody``'s."""
    found = codes_in(text)
    return "ours" if code in found else "another" if found else "nobody"
