"""A telling: what one channel knows of one incident, and the only ways in which that may move.

Theory of operation. The row is woken by the commit that brings news, looked at by a worker that leases it, and goes to
rest when all is told. All waiting is a later ``due_at``, which only says "look next" (rule 14): whether news may go out
yet, the deeds themselves tell (`core.delivery.pace`). A worker that dies leaves its lease to run out, and the row is
leased again: at least once, with a repeat only between claim and mark. Every move raises the version, and so does
every wake, so that of two workers one wins and the other reads again; what was told stays told, whoever marks it (rule
3).
Everything that moves a row stands in `TRANSITIONS`; the diagram in the documentation is drawn from it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from tocsin.core.delivery.pace import FAR_AHEAD, QUIET, gap

if TYPE_CHECKING:
    from tocsin.core.incident.deed import StoryKey

# Due at once, whatever anybody's clock says (rule 10).
AT_ONCE = datetime(1970, 1, 1, tzinfo=UTC)


class State(StrEnum):
    """Where a telling stands."""

    TOLD = "told"
    DUE = "due"
    SENDING = "sending"
    DEAD = "dead"


class Move(StrEnum):
    """What can happen to a telling."""

    WAKE = "wake"  # a commit brought news
    CLAIM = "claim"  # a worker takes it, for as long as the lease
    WAIT = "wait"  # the news may not go out yet
    DONE = "done"  # the channel has it, or there was nothing to say
    RETRY = "retry"  # the channel may take it later
    GIVE_UP = "give-up"  # the channel did not take it for too long


TRANSITIONS: dict[State, dict[Move, State]] = {
    State.TOLD: {Move.WAKE: State.DUE},
    State.DUE: {Move.WAKE: State.DUE, Move.CLAIM: State.SENDING},
    State.SENDING: {
        Move.WAKE: State.SENDING,
        Move.CLAIM: State.SENDING,  # the lease ran out: the worker that had it is gone
        Move.WAIT: State.DUE,
        Move.DONE: State.TOLD,  # or due again, where news came meanwhile
        Move.RETRY: State.DUE,
        Move.GIVE_UP: State.DEAD,
    },
    State.DEAD: {Move.WAKE: State.DUE},
}


@dataclass(frozen=True, slots=True)
class Telling:
    """One row: an incident and a channel.

    Attributes:
        incident: the incident's id.
        channel: the channel's name.
        key: the story that the incident belongs to, by which a store finds it.
        told: through which number the channel has the incident's deeds.
        given_up: through which number it will never have them: it refused even the plain words.
        due_at: from when to look; None rests. Of a row that a worker has it is when the lease ends.
        set_at: when that was set, by the clock of whoever set it.
        lease: the token of the worker that has it, or ``""``.
        count: how often it was told since its pace began anew.
        last: when it was told last.
        next_at: before which it is not told again, unless it was quiet for long.
        failing: since when its channel has failed without a success between.
        failures: how often, since then.
        dead: whether it was given up until there is news.
        version: raised by every move and every wake.
        thread: by what the channel itself knows what it was told of the incident first, or ``""``.
    """

    incident: str
    channel: str
    key: StoryKey
    told: int = 0
    given_up: int = 0
    due_at: datetime | None = None
    set_at: datetime = AT_ONCE
    lease: str = ""
    count: int = 0
    last: datetime | None = None
    next_at: datetime = AT_ONCE
    failing: datetime | None = None
    failures: int = 0
    dead: bool = False
    version: int = 0
    thread: str = ""

    @property
    def id(self) -> tuple[str, str]:
        """Incident and channel."""
        return (self.incident, self.channel)

    @property
    def passed(self) -> int:
        """Through which number nothing is to be said any more."""
        return max(self.told, self.given_up)

    @property
    def state(self) -> State:
        """Where it stands."""
        if self.lease:
            return State.SENDING
        if self.dead:
            return State.DEAD
        if self.due_at is not None:
            return State.DUE
        return State.TOLD if self.told >= self.given_up else State.DEAD

    @property
    def rests(self) -> bool:
        """Whether it is done: nobody looks at it before there is news, and it was not given up for a while."""
        return self.due_at is None and not self.dead

    def is_due(self, now: datetime) -> bool:
        """Whether to look, by this clock."""
        if self.due_at is None:
            return False
        return self.due_at <= now or self.set_at > now + FAR_AHEAD


def woken(row: Telling, now: datetime, *, at_once: bool) -> Telling:
    """A row after a commit that brought news: one that waits for its time goes on waiting, unless it is at once."""
    soon = at_once or row.due_at is None
    held = bool(row.lease)  # its holder sees the version, and looks again when it has marked
    if held or not soon:
        return replace(row, version=row.version + 1, dead=False)
    return replace(row, due_at=AT_ONCE, set_at=now, dead=False, version=row.version + 1)


def claimed(row: Telling, now: datetime, lease: timedelta, token: str) -> Telling | None:
    """A row that is due in the hands of a worker until the lease ends; None while another has it."""
    if not row.is_due(now):
        return None
    return replace(row, lease=token, due_at=now + lease, set_at=now, version=row.version + 1)


def waiting(row: Telling, at: datetime, now: datetime) -> Telling:
    """A row whose news may not go out before a time."""
    return _freed(row, at, now)


def told(
    row: Telling, token: str, through: int, now: datetime, *, first: datetime, news: bool, thread: str = ""
) -> Telling:
    """A row whose channel has the deeds through a number.

    Args:
        row: as it is now, in our hands or not.
        token: ours.
        through: the number.
        now: when.
        first: when the first of those deeds came, by which it is judged whether it was quiet before.
        news: whether deeds came beyond that number meanwhile.
        thread: by what the channel knows what it was told.
    """
    quiet = row.last is None or first - row.last >= QUIET
    count = 1 if quiet else row.count + 1
    after = replace(
        row,
        told=max(row.told, through),
        count=count,
        last=now,
        next_at=now + gap(count),
        version=row.version + 1,
        thread=thread or row.thread,
    )
    return _at_rest(after, now, news=news) if row.lease == token else after


def passed(row: Telling, through: int, now: datetime, *, news: bool) -> Telling:
    """A row of which nothing is to be said through a number: it was said with something else."""
    return _at_rest(replace(row, told=max(row.told, through), version=row.version + 1), now, news=news)


def given_up(row: Telling, through: int, now: datetime, *, news: bool) -> Telling:
    """A row whose channel will never take the deeds through a number."""
    return _at_rest(replace(row, given_up=max(row.given_up, through), version=row.version + 1), now, news=news)


def _at_rest(row: Telling, now: datetime, *, news: bool) -> Telling:
    due_at = AT_ONCE if news else None
    return replace(row, lease="", due_at=due_at, set_at=now, failing=None, failures=0, dead=False)


def failed(row: Telling, wait: timedelta | None, now: datetime, patience: timedelta) -> Telling:
    """A row whose channel did not take it; it may later.

    Args:
        row: in our hands.
        wait: how long the channel asked to be left alone, if it did.
        now: when.
        patience: how long after the first failure since the last success it is tried no more (rule 11).
    """
    since = row.failing or now
    failures = row.failures + 1
    pause = max(backoff(failures), wait or timedelta(0))
    # Compared by length: a channel may ask for more years than a calendar has.
    dead = pause > since + patience - now
    after = replace(row, failing=since, failures=failures, dead=dead)
    if dead:
        return replace(after, lease="", due_at=None, set_at=now, version=row.version + 1)
    return _freed(after, now + pause, now)


def _freed(row: Telling, due_at: datetime, now: datetime) -> Telling:
    return replace(row, lease="", due_at=due_at, set_at=now, version=row.version + 1)


def backoff(failures: int) -> timedelta:
    """How long to wait after so many failures: 2 s, doubling, at most 15 minutes."""
    return min(timedelta(seconds=2 ** min(failures, 10)), timedelta(minutes=15))
