"""The drill: a decoy is made and deleted for real, every hop of the alarm is timed, and nothing is left behind."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tocsin.core.drill.hops import Hop, Outcome, Source, State, names_seen
from tocsin.core.drill.journal import Heading
from tocsin.core.drill.result import Result
from tocsin.core.steps import Came
from tocsin.errors import TocsinError
from tocsin.flows import deeds
from tocsin.flows.decoys import clean
from tocsin.flows.walk import Walker

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from tocsin.core.drill.hops import Call, Sighting, Wait
    from tocsin.core.drill.result import Variant
    from tocsin.core.steps import Step
    from tocsin.flows.decoys import Deed
    from tocsin.flows.ports import Calls, Clock, Notes, Watch

_LOOK_S = 0.5
_DRAIN_S = 3.0


@dataclass(frozen=True, slots=True)
class Order:
    """What is drilled.

    Attributes:
        drill: the drill's id.
        code: what stands in every name, and in the notice.
        password: of the decoy, which nobody is ever told.
        account: where.
        region: likewise.
        partition: such as ``aws``.
        pipeline: the name of the pipeline, the topic's ARN or the rule's name.
        variant: what is drilled.
        reduced: whether the decoy is the user alone.
        waits: the hops that are waited for.
        observer: where it looks: the URL of the pipeline's observer, or the name of a queue that is made for it.
        prepared: what is made first to look by, where the pipeline has nothing of its own.
        settle: how long that needs until it holds, in seconds.
        matched: the hop that an event at the observer proves.
        known: hops of which something is known before.
    """

    drill: str
    code: str
    password: str
    account: str
    region: str
    partition: str
    pipeline: str
    variant: Variant
    reduced: bool
    waits: tuple[Wait, ...]
    observer: str = ""
    prepared: tuple[Step, ...] = ()
    settle: float = 0.0
    matched: Hop = Hop.FEED
    known: tuple[Outcome, ...] = ()

    def heading(self, at: datetime) -> Heading:
        """The first line of its journal."""
        moment = at.isoformat(timespec="seconds")
        return Heading(self.drill, self.code, self.account, self.region, self.partition, moment)


@dataclass(frozen=True, slots=True)
class Ears:
    """Who is told how it goes.

    Attributes:
        said: what is done, a sentence each.
        came: what came of a hop, as soon as it is known.
        asked: that the deed is done, and a person may answer now.
    """

    said: Callable[[str], None]
    came: Callable[[Outcome], None]
    asked: Callable[[], None]


def run(
    order: Order,
    *,
    calls: Calls,
    notes: Notes,
    watch: Watch,
    clock: Clock,
    ears: Ears,
) -> Result:
    """Drill once.

    Args:
        order: what is drilled.
        calls: AWS.
        notes: the journal.
        watch: the far ends of the hops.
        clock: what time it is, and waiting.
        ears: who is told how it goes.

    Returns:
        What came of it; the account is as it was.

    Raises:
        UsageError: another drill was not ended, or the names are taken.
        Unreachable: AWS refuses, or cannot be reached. What was made is taken away again, where that can be done.
    """
    at = clock.now()
    notes.open(order.heading(at))
    walker = Walker(calls, notes, clock)
    try:
        for step in order.prepared:
            walker.must(step, (Came.NOT_YET, Came.GONE))
        drilled = deeds.of(order, walker)
        left_out = drilled.prepare()
        for sentence in left_out:
            ears.said(f"left out: {sentence}")
        if order.settle:
            ears.said(f"waiting {order.settle:.0f} s, until what was made to look by holds")
            clock.sleep(order.settle)
        watch.begin()
        try:
            if order.prepared:
                clock.sleep(_DRAIN_S)  # what tells of the making of the decoy is read before the deed
            done = drilled.do()
            watch.go_on()
            outcomes = _answered(done, ears)
            ears.asked()
            for outcome in order.known:
                ears.came(outcome)
            outcomes += order.known
            outcomes += _listen(_Hearing(order, drilled.call, done), watch, clock, ears)
        finally:
            watch.end()
        left = _tidy(walker)
    except BaseException:
        _give_up(walker, ears)
        raise
    places = list(Hop)
    return Result(
        code=order.code,
        at=at,
        account=order.account,
        region=order.region,
        pipeline=order.pipeline,
        variant=order.variant,
        outcomes=tuple(sorted(outcomes, key=lambda one: places.index(one.hop))),
        left_out=tuple(left_out),
        left=left,
    )


def _tidy(walker: Walker) -> str:
    """Take away what was made, and end the journal; what cannot be stays in it, and is said."""
    try:
        clean(walker.notes.things(), walker)
    except (TocsinError, OSError) as fault:  # the journal's disk may be full
        walker.notes.let_go()
        return f"something is left: {fault}"
    walker.notes.close()
    return ""


def _give_up(walker: Walker, ears: Ears) -> None:
    """Take away what was made so far, whatever it was that broke the drill off."""
    with suppress(OSError):  # nobody may listen any more, which is no reason to leave anything behind
        ears.said("the drill is broken off: what was made is taken away")
    try:
        left = _tidy(walker)
    except KeyboardInterrupt:
        left = "something may be left"
    if left:
        ears.said(f"{left}: `tocsin drill --clean` takes it away")


def _answered(done: Mapping[str, Deed], ears: Ears) -> list[Outcome]:
    outcome = Outcome(Hop.ANSWERED, State.ARRIVED, max(deed.answered - deed.asked for deed in done.values()))
    ears.came(outcome)
    return [outcome]


def _listen(hearing: _Hearing, watch: Watch, clock: Clock, ears: Ears) -> list[Outcome]:
    """Wait for every hop, each with its own patience."""
    while hearing.open:
        for outcome in hearing.lapsed(clock.monotonic()):
            ears.came(outcome)
        if hearing.open and (sighting := watch.next(_LOOK_S)):
            for outcome in hearing.take(sighting):
                ears.came(outcome)
        if hearing.wrong:
            ears.said(hearing.wrong)
            hearing.wrong = ""
    return hearing.outcomes


class _Hearing:
    """What has been heard so far."""

    def __init__(self, order: Order, call: Call, done: Mapping[str, Deed]) -> None:
        self.open: dict[Hop, Wait] = {wait.hop: wait for wait in order.waits}
        self.outcomes: list[Outcome] = []
        self.wrong = ""
        self._order = order
        self._call = call
        self._done = done
        self._last = max(deed.answered for deed in done.values())
        self._seen: dict[Hop, dict[str, float]] = {hop: {} for hop in self.open}

    def take(self, sighting: Sighting) -> list[Outcome]:
        """Take in what was seen; gives the hops that have come to their end by it."""
        if sighting.fault:
            hops = {
                Source.OBSERVER: (Hop.WIRE, self._order.matched),
                Source.HISTORY: (Hop.HISTORY,),
                Source.PERSON: (Hop.PERSON,),
            }[sighting.source]
            return [self._end(hop, State.UNTOLD, why=sighting.fault) for hop in hops if hop in self.open]
        if sighting.source is Source.PERSON:
            return self._typed(sighting)
        ended = []
        for seen, name in names_seen(sighting.text, self._call, list(self._done)):
            hop = self._order.matched if seen is Hop.FEED else seen
            deed = self._done[name]
            # What was on its way before the call was sent tells of the making of the decoy.
            if hop in self.open and name not in self._seen[hop] and sighting.at >= deed.asked:
                # History is looked at only once all is done.
                since = self._last if hop is Hop.HISTORY else deed.answered
                self._seen[hop][name] = max(sighting.at - since, 0.0)
                if len(self._seen[hop]) == len(self._done):
                    ended.append(self._end(hop, State.ARRIVED, max(self._seen[hop].values())))
        return ended

    def lapsed(self, now: float) -> list[Outcome]:
        """The hops whose patience is over."""
        over = [wait for wait in self.open.values() if now - self._last >= wait.patience.total_seconds()]
        states = {True: State.MISSING, False: State.UNTOLD}
        return [self._end(wait.hop, states[wait.sure], why=self._late(wait)) for wait in over]

    def _late(self, wait: Wait) -> str:
        patience = f"{wait.patience.total_seconds():.0f} s"
        if wait.hop is Hop.PERSON:
            return f"nobody typed the code within {patience}"
        seen, wanted = len(self._seen[wait.hop]), len(self._done)
        return f"{f'{seen} of {wanted}' if wanted > 1 else 'nothing'} came within {patience}"

    def _typed(self, sighting: Sighting) -> list[Outcome]:
        if Hop.PERSON not in self.open:
            return []
        # The whole name may be typed as well: what stands before the code, and the number of one decoy of many.
        typed = sighting.text.strip().lower().rpartition("drill-")[2].partition("-")[0]
        if typed != self._order.code:
            self.wrong = "that is not the code of this drill: it stands in the notice, behind `drill-`"
            return []
        return [self._end(Hop.PERSON, State.ARRIVED, max(sighting.at - self._last, 0.0))]

    def _end(self, hop: Hop, state: State, seconds: float | None = None, why: str = "") -> Outcome:
        outcome = Outcome(hop, state, seconds, why, vital=self.open.pop(hop).vital)
        self.outcomes.append(outcome)
        return outcome
