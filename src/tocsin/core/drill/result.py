"""What came of a drill: kept a line a drill, shown as a table with a small plot."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from tocsin.core.drill.hops import Hop, Outcome, State, is_broken, is_whole

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class Variant(StrEnum):
    """What is drilled."""

    DELETE = "delete"
    DENIED = "denied"
    MASS = "mass"
    TAMPER = "tamper"


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one drill.

    Attributes:
        code: what stood in its names.
        at: when it began, UTC.
        account: where.
        region: likewise.
        pipeline: the name of the pipeline, the topic's ARN or the rule's name.
        variant: what was drilled.
        outcomes: a hop each, in the order in which a deletion makes them.
        left_out: what of the prelude could not be made, a sentence each.
        left: what could not be taken away again, a sentence, or ``""``.
    """

    code: str
    at: datetime
    account: str
    region: str
    pipeline: str
    variant: Variant
    outcomes: tuple[Outcome, ...]
    left_out: tuple[str, ...] = ()
    left: str = ""

    @property
    def whole(self) -> bool:
        """Whether the alarm is proven; see `tocsin.core.drill.hops.is_whole`."""
        return is_whole(self.outcomes)

    def data(self) -> dict[str, Any]:
        """As JSON takes it."""
        return {
            "kind": "drill",
            "code": self.code,
            "at": self.at.isoformat(timespec="seconds"),
            "account": self.account,
            "region": self.region,
            "pipeline": self.pipeline,
            "variant": self.variant,
            "whole": self.whole,
            "hops": [hop_data(one) for one in self.outcomes],
            "left_out": list(self.left_out),
            "left": self.left,
        }


def hop_data(one: Outcome) -> dict[str, Any]:
    """A hop as JSON takes it."""
    seconds = None if one.seconds is None else round(one.seconds, 3)
    return {"hop": one.hop, "state": one.state, "seconds": seconds, "why": one.why, "vital": one.vital}


def read(line: str) -> Result | None:
    """A drill as `Result.data` wrote it; None where the line is not one."""
    try:
        data = json.loads(line)
        hops = [
            Outcome(Hop(one["hop"]), State(one["state"]), one["seconds"], str(one["why"]), bool(one["vital"]))
            for one in data["hops"]
        ]
        return Result(
            code=str(data["code"]),
            at=datetime.fromisoformat(data["at"]),
            account=str(data["account"]),
            region=str(data["region"]),
            pipeline=str(data["pipeline"]),
            variant=Variant(data["variant"]),
            outcomes=tuple(hops),
            left_out=tuple(map(str, data["left_out"])),
            left=str(data.get("left", "")),
        )
    except (ValueError, KeyError, TypeError):
        return None


_PLOTTED = (Hop.WIRE, Hop.PERSON)


def table(results: Sequence[Result], width: int) -> list[str]:
    """Past drills, oldest first, with a bar for the seconds to the topic and to the person.

    Args:
        results: the drills.
        width: columns.
    """
    lines = [f"{'when (UTC)':<17} {'variant':<8} {'':<6} {'topic':>9} {'person':>9}"]
    longest = max((_seconds(one, hop) or 0.0 for one in results for hop in _PLOTTED), default=0.0)
    room = max(width - len(lines[0]) - 2, 0)
    for one in results:
        wire, person = (_seconds(one, hop) for hop in _PLOTTED)
        verdict = "whole" if one.whole else "BROKEN" if is_broken(one.outcomes) else "unsure"
        line = f"{one.at:%Y-%m-%d %H:%M}  {one.variant:<8} {verdict:<6} {_shown(wire):>9} {_shown(person):>9}"
        lines.append(f"{line}  {_bar(wire, person, longest, room)}".rstrip())
    if room and longest:
        lines.append(f"{'':<{len(lines[0])}}  # to the topic, - on to the person; the longest is {longest:.1f} s")
    return lines


@dataclass(frozen=True, slots=True)
class Drilled:
    """How long ago a pipeline was drilled.

    Attributes:
        last: the last drill of a deletion, whatever came of it; None where there was none.
        proven: when the last one was that was whole.
        due: whether it is older, or there was none.
    """

    last: Result | None
    proven: datetime | None
    due: bool


def drilled(results: Iterable[Result], pipeline: str, region: str, every: timedelta | None, now: datetime) -> Drilled:
    """How long ago a pipeline was drilled.

    Args:
        results: the drills of its account, oldest first.
        pipeline: its name.
        region: where it stands.
        every: how old the last whole drill may be, or None.
        now: the time.
    """
    proves = (Variant.DELETE, Variant.MASS)
    ours = [one for one in results if (one.pipeline, one.region) == (pipeline, region) and one.variant in proves]
    proven = max((one.at for one in ours if one.whole), default=None)
    due = every is not None and (proven is None or now - proven > every)
    return Drilled(ours[-1] if ours else None, proven, due)


def _seconds(result: Result, hop: Hop) -> float | None:
    return next((one.seconds for one in result.outcomes if one.hop is hop), None)


def _shown(seconds: float | None) -> str:
    return "-" if seconds is None else f"{seconds:.2f} s"


def _bar(wire: float | None, person: float | None, longest: float, room: int) -> str:
    if not longest or room <= 0:
        return ""
    topic = _cells(wire or 0.0, longest, room)
    return "#" * topic + "-" * (_cells(person or 0.0, longest, room) - topic)


def _cells(seconds: float, longest: float, room: int) -> int:
    return max(round(seconds / longest * room), 1) if seconds > 0 else 0
