"""What a channel made of a notice."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime, timedelta


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
        thread: by what the channel itself knows what it was told, where it has such a thing.
    """

    answer: Answer
    detail: str = ""
    retry_after: timedelta | None = None
    thread: str = ""


@dataclass(frozen=True, slots=True)
class Nod:
    """That somebody acknowledged an incident in the channel itself.

    Attributes:
        who: as the channel knows them.
        through: through which deed it was told then, where the channel tells that.
        at: when, where it tells that instead.
    """

    who: str
    through: int = 0
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """That somebody has seen an incident, as far as it was told then (rule 12).

    Attributes:
        incident: the incident that goes on.
        through: through which of its deeds.
        at: when, in UTC.
        who: who says so.
    """

    incident: str
    through: int
    at: datetime
    who: str


@dataclass(frozen=True, slots=True)
class Try:
    """One attempt to tell, kept for `incidents show`.

    Attributes:
        incident: the incident whose deeds were told.
        channel: the channel.
        after: the number of the deed before the first that was told.
        through: the number of the last.
        at: when, in UTC.
        answer: what came of it.
        detail: what the channel said.
        plain: whether it was in plain words, since the channel refused the notice or it could not be rendered.
    """

    incident: str
    channel: str
    after: int
    through: int
    at: datetime
    answer: Answer
    detail: str = ""
    plain: bool = False
