"""An incident: one operation told as one story.

A story belongs to one account, one actor (identity and session) and one family of rules; its deeds whose gap is at most
the window are one incident. The head, which is here, stays small however long an operation goes on: the deeds lie
beside it under their own numbers 1..n, and a merge moves none of them. Everything here is a value; `correlate` makes
new ones.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from datetime import datetime

    from tocsin.core.incident.deed import Deed, StoryKey
    from tocsin.core.match.rules import Severity


class Incident(NamedTuple):
    """The head of one incident.

    Attributes:
        id: given when it was opened, and kept.
        key: whose story it is.
        ordinal: the how many-th of its story; of two that turn out to be one, the first stays.
        opened: when its first record came in.
        first: event time of its earliest record.
        last: event time of its latest record.
        headline: the loudest of its own deeds.
        records: how many records it has, repeats of a deed too.
        deeds: how many deeds it has: they have the numbers from 1 to this.
        triggers: how many of those ring by themselves.
        routed: the channels that are to hear of it; they only grow.
        merged_into: the id of the incident that goes on in its place, or ``""``.
    """

    id: str
    key: StoryKey
    ordinal: int
    opened: datetime
    first: datetime
    last: datetime
    headline: Deed
    records: int
    deeds: int
    triggers: int = 0
    routed: tuple[str, ...] = ()
    merged_into: str = ""

    @property
    def severity(self) -> Severity:
        """How bad: the headline's."""
        return self.headline.severity
