"""What may wait: a channel's quiet hours, and the daily digest of what was expected.

When a deed may go out follows from when it came, so any worker at any time finds the same; and a deed whose time has
come was held if that lies after its coming.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from tocsin.core.channels import ChannelSpec
    from tocsin.core.incident.deed import Deed
    from tocsin.core.routes import Hours
    from tocsin.core.settings import Settings

# A row that is held is looked at so often: its automation may have passed its ceiling meanwhile.
LOOK_AGAIN = timedelta(minutes=10)
_WEEK = timedelta(days=8)
QUIET_HOURS = "held back during this channel's quiet hours"


@dataclass(frozen=True, slots=True)
class Release:
    """From when a deed may go out to a channel.

    Attributes:
        at: when.
        why: what a person is to know of that, in words, or ``""``.
        held: whether that is later than it came.
    """

    at: datetime
    why: str = ""
    held: bool = False


def release_of(deed: Deed, channel: ChannelSpec, settings: Settings, *, rings: bool) -> Release:
    """From when a deed may go out.

    Args:
        deed: the deed.
        channel: whom it is told; to machines what is expected goes at once, since nobody is woken.
        settings: what is expected, and when the digest goes out.
        rings: whether it may not wait, whatever is said of it.
    """
    at, why = deed.came, ""
    if rings:
        return Release(at)
    entry = settings.expected.get(deed.expected)
    if entry:
        why = f"expected of {entry.name}: {entry.reason}"
        at = _next(at, settings) if channel.people else at
    if channel.quiet and deed.severity < channel.quiet_below:
        end = _end(at, channel.quiet, settings)
        at, why = (end, why or QUIET_HOURS) if end > at else (at, why)
    return Release(at, why, held=at > deed.came)


def _next(at: datetime, settings: Settings) -> datetime:
    """The next time at which the digest goes out."""
    local = at.astimezone(settings.timezone)
    day = local.replace(hour=settings.digest_at // 60, minute=settings.digest_at % 60, second=0, microsecond=0)
    if day <= local:
        day += timedelta(days=1)  # the same time of the clock, however long the day is
    return day.astimezone(UTC)


def _end(at: datetime, hours: Collection[Hours], settings: Settings) -> datetime:
    """When quiet hours end that a time lies in; the time itself where it lies in none."""
    end = at
    while end - at < _WEEK:
        local = end.astimezone(settings.timezone)
        day, minute = local.weekday(), local.hour * 60 + local.minute
        held = next((one for one in hours if one.cover(day, minute)), None)
        if held is None:
            return end
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
        days = 1 if held.end <= minute else 0
        ends = midnight + timedelta(days=days + held.end // (24 * 60))
        ends = ends.replace(hour=held.end // 60 % 24, minute=held.end % 60)
        later = ends.astimezone(UTC)
        end = later if later > end else end + timedelta(minutes=1)  # a clock that was set back ends them twice
    return at  # without an end nothing is held
