"""A delivery: the promise to tell one notice to one channel, and the only ways in which it may move.

Theory of operation. A row is made in the same commit as the story that earned it, in state ``pending``, with the time
from which it may be sent. A worker claims it for a while (``sending``), sends, and marks it. A worker that dies leaves
the claim to expire, and the row is claimed again: at least once, with a repeat only between send and mark. All waiting
is a later ``due_at``: settle time and retry now, escalation and quiet hours later. Everything that moves a delivery
stands in `TRANSITIONS`; the diagram in the documentation is drawn from it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tocsin.core.incident.incident import StoryKey


class State(StrEnum):
    """Where a delivery stands."""

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    DEAD = "dead"
    WITHDRAWN = "withdrawn"


class Move(StrEnum):
    """What can happen to a delivery."""

    CLAIM = "claim"  # a worker takes it, for as long as the lease
    ACCEPTED = "accepted"  # the channel has it
    RETRY = "retry"  # the channel may take it later
    GIVE_UP = "give-up"  # the channel will never take it, or did not for too long
    WITHDRAW = "withdraw"  # a newer revision tells it all, or the incident was merged


TRANSITIONS: dict[State, dict[Move, State]] = {
    State.PENDING: {Move.CLAIM: State.SENDING, Move.WITHDRAW: State.WITHDRAWN},
    State.SENDING: {
        Move.CLAIM: State.SENDING,  # the lease ran out: the worker that had it is gone
        Move.ACCEPTED: State.SENT,
        Move.RETRY: State.PENDING,
        Move.GIVE_UP: State.DEAD,
        Move.WITHDRAW: State.WITHDRAWN,
    },
    State.SENT: {},
    State.DEAD: {},
    State.WITHDRAWN: {},
}


class Answer(StrEnum):
    """What a channel made of a notice."""

    ACCEPTED = "accepted"
    BUSY = "busy"  # unreachable, too many requests, a fault of its own: try again
    REFUSED = "refused"  # it will never take this


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a channel answered.

    Attributes:
        answer: accepted, busy or refused.
        detail: what it said, for a person; free of secrets.
        retry_after: how long it asked to be left alone, if it did.
    """

    answer: Answer
    detail: str = ""
    retry_after: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Try:
    """One attempt to deliver, kept for `incidents show`."""

    at: datetime
    answer: Answer
    detail: str


@dataclass(frozen=True, slots=True)
class Delivery:
    """One row of the outbox, keyed by incident, revision and channel.

    Attributes:
        incident: the incident's id.
        revision: which telling of it.
        channel: the channel's name.
        key: the story that the incident belongs to, by which a store finds it.
        state: where it stands.
        due_at: from when it may be claimed; for a claimed one, when the lease ends.
        made_at: when it was promised.
        tries: every attempt so far.
        version: raised by every move, so that of two workers one wins.
    """

    incident: str
    revision: int
    channel: str
    key: StoryKey
    state: State
    due_at: datetime
    made_at: datetime
    tries: tuple[Try, ...] = ()
    version: int = 0

    @property
    def id(self) -> tuple[str, int, str]:
        """Incident, revision and channel."""
        return (self.incident, self.revision, self.channel)


def moved(delivery: Delivery, move: Move, *, due_at: datetime | None = None) -> Delivery:
    """A delivery after a move.

    Raises:
        ValueError: its state does not allow the move; the message names both.
    """
    state = TRANSITIONS[delivery.state].get(move)
    if state is None:
        raise ValueError(f"a delivery that is {delivery.state} cannot {move}")
    return replace(delivery, state=state, due_at=due_at or delivery.due_at, version=delivery.version + 1)


def claimed(delivery: Delivery, now: datetime, lease: timedelta) -> Delivery:
    """A due delivery in the hands of a worker until the lease ends."""
    return moved(delivery, Move.CLAIM, due_at=now + lease)


def answered(delivery: Delivery, outcome: Outcome, now: datetime, give_up: timedelta) -> Delivery:
    """A claimed delivery after its channel has answered.

    Args:
        delivery: the claimed delivery.
        outcome: what the channel answered.
        now: when, in UTC.
        give_up: how long after `made_at` a busy channel is tried no more.
    """
    tries = (*delivery.tries, Try(now, outcome.answer, outcome.detail))
    if outcome.answer is Answer.ACCEPTED:
        return replace(moved(delivery, Move.ACCEPTED), tries=tries)
    wait = max(backoff(len(tries)), outcome.retry_after or timedelta(0))
    # Compared by length: a channel may ask for more years than a calendar has.
    if outcome.answer is Answer.REFUSED or wait > delivery.made_at + give_up - now:
        return replace(moved(delivery, Move.GIVE_UP), tries=tries)
    return replace(moved(delivery, Move.RETRY, due_at=now + wait), tries=tries)


def backoff(tries: int) -> timedelta:
    """How long to wait after so many attempts: 2 s, doubling, at most 15 minutes."""
    return min(timedelta(seconds=2 ** min(tries, 10)), timedelta(minutes=15))
