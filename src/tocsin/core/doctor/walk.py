"""The walk over the joints of a pipeline: each is judged, and says where it goes on."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import Enum
from typing import TYPE_CHECKING

from tocsin.core.doctor.looks import NotSeen, Waiting
from tocsin.core.doctor.policies import CanNotTell

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from tocsin.core.doctor.looks import Looks
    from tocsin.core.doctor.recorded import Recorded
    from tocsin.core.steps import Step

NOT_SEEN = "TOC001"
CAN_NOT_TELL = "TOC002"


class Reach(Enum):
    """What becomes of a user's deletion at a joint, where nothing is wrong."""

    ON = "it goes on, or this is for something else"
    TAKES = "it is taken in"
    HEARD = "somebody hears of it"


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong at a joint.

    Attributes:
        code: which kind of finding it is.
        evidence: what was seen, without a full stop.
        mend: the command that mends it, where one does; else ``""``.
        fix: calls that mend it and can do no harm.
        thing: what it is of, where that is not the joint's own.
    """

    code: str
    evidence: str
    mend: str = ""
    fix: tuple[Step, ...] = ()
    thing: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """What a judge says of a joint.

    Attributes:
        faults: what is wrong.
        evidence: what was seen where nothing is, without a full stop.
        then: the joints that it leads to.
        recorded: what was counted of it lately.
        reach: what becomes of a user's deletion here.
    """

    faults: tuple[Fault, ...] = ()
    evidence: str = ""
    then: tuple[Joint, ...] = ()
    recorded: Recorded | None = None
    reach: Reach = Reach.ON


@dataclass(frozen=True, slots=True)
class Joint:
    """One joint of one pipeline.

    Attributes:
        link: which link it is of.
        thing: the ARN or the name of what is judged.
        judge: judges it from what was seen.
        on: what else tells it from another, such as whom it has to let in.
    """

    link: str
    thing: str
    judge: Callable[[Looks], Told] = field(compare=False)
    on: str = ""


@dataclass(frozen=True, slots=True)
class Walked:
    """What a walk came to.

    Attributes:
        told: every joint that could be judged, in the order of the walk.
        wanting: the calls without which others could not be.
    """

    told: tuple[tuple[Joint, Told], ...]
    wanting: tuple[Step, ...]


def walk(first: Iterable[Joint], looks: Looks, before: Walked | None = None) -> Walked:
    """Judge joints, and those that they lead to, each once.

    Args:
        first: where the walk begins.
        looks: what was seen so far.
        before: the walk of the round before: what was judged then, by what is still seen, is not judged anew.
    """
    held = dict(before.told) if before else {}
    told: list[tuple[Joint, Told]] = []
    wanting: dict[str, Step] = {}
    met: set[Joint] = set()
    ahead = list(reversed(list(first)))
    while ahead:
        joint = ahead.pop()
        if joint in met:
            continue
        met.add(joint)
        try:
            found = held.get(joint) or _judged(joint, looks)
        except Waiting as question:
            wanting |= {step.key: step for step in question.steps}
            continue
        told.append((joint, found))
        ahead += reversed(found.then)
    return Walked(tuple(told), tuple(wanting.values()))


def _judged(joint: Joint, looks: Looks) -> Told:
    try:
        return joint.judge(looks)
    except NotSeen as reason:
        return Told((Fault(NOT_SEEN, str(reason), reason.mend),))
    except CanNotTell as doubt:
        return Told((Fault(CAN_NOT_TELL, str(doubt)),))


def told_of(faults: Sequence[Fault], evidence: str, then: Iterable[Joint] = (), reach: Reach = Reach.ON) -> Told:
    """What a judge found, and what it saw where it found nothing."""
    return Told(tuple(faults), evidence, tuple(then), reach=reach)


def without_fix(told: Told) -> Told:
    """The same where nothing is to be mended by us: in a Region where a mended alarm would be as deaf as before."""
    return replace(told, faults=tuple(replace(fault, fix=()) for fault in told.faults))
