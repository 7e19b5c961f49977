"""What is expected, and what never may wait: judged of a deed when it comes in, by the settings."""

from __future__ import annotations

from datetime import UTC, timedelta
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from tocsin.core.record.actor import ActorKind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from tocsin.core.expected import Expected
    from tocsin.core.incident.deed import Deed
    from tocsin.core.settings import Settings

# AWS Managed Policy Reference Guide: with these somebody may do anything, or let themselves do it.
_ADMINISTRATOR = frozenset({"AdministratorAccess", "IAMFullAccess", "PowerUserAccess", "AWSOrganizationsFullAccess"})
_HOUR = timedelta(hours=1)
_SOON = timedelta(days=14)


def judged(deed: Deed, settings: Settings) -> Deed:
    """A deed with what the settings say of it: whether it may not wait, and whose expected work it is."""
    urgent = deed.urgent or deed.what in _ADMINISTRATOR or _is_privileged(deed, settings.privileged)
    name = ""
    if not urgent and settings.expected:
        entry = _entry(deed, settings.expected)
        name = entry.name if entry and not unlike(deed, entry) else ""
    return deed if urgent == deed.urgent and not name else deed._replace(urgent=urgent, expected=name)


def _is_privileged(deed: Deed, forms: Sequence[str]) -> bool:
    names = (deed.subject.name if deed.subject else "", deed.what)
    return any(name and fnmatchcase(name, form) for form in forms for name in names)


def _entry(deed: Deed, entries: Mapping[str, Expected]) -> Expected | None:
    """The entry that names a deed's actor and rule; of several the one that it is most like."""
    actor = deed.actor
    who = actor.name if actor.kind is ActorKind.SERVICE else actor.arn
    named = [one for one in entries.values() if who and one.actor == who and one.covers(deed.rule)]
    return min(named, key=lambda one: bool(unlike(deed, one)), default=None)


def unlike(deed: Deed, entry: Expected) -> str:
    """Why a deed of an entry's actor is not what is expected of it, in words; ``""`` where it is."""
    if deed.urgent:
        return "this never waits"
    if deed.time.astimezone(UTC).date() > entry.until:
        return f"only until {entry.until:%Y-%m-%d}"
    if not entry.knows(deed.address):
        return f"not from {deed.address or 'an address that the record does not tell'}"
    return ""


def why_not_expected(deed: Deed, settings: Settings) -> str:
    """What a person is to know of a deed whose actor is listed, and which rings all the same; else ``""``."""
    entry = None if deed.expected else _entry(deed, settings.expected)
    return f"{entry.name} is expected to do this ({entry.reason}), but {unlike(deed, entry)}" if entry else ""


def span(deeds: Sequence[Deed], entry: Expected) -> tuple[datetime, datetime, int]:
    """Of which time the deeds of an entry have to be counted to judge some, and how many of them at most.

    Args:
        deeds: one at least.
        entry: whose they are.
    """
    since, until = min(one.time for one in deeds) - _HOUR, max(one.time for one in deeds) + _HOUR
    hours = -(-(until - since) // _HOUR)
    return since, until, entry.per_hour * hours + 1


def past_ceiling(times: Sequence[datetime], deeds: Sequence[Deed], entry: Expected) -> bool:
    """Whether some deeds lie in an hour in which there was more than an entry may do.

    Args:
        times: of what was done in the `span` of the deeds, in their order.
        deeds: the deeds.
        entry: whose they are.
    """
    if len(times) >= span(deeds, entry)[2]:
        return True
    full = [
        (first, last)
        for first, last in zip(times, times[entry.per_hour :], strict=False)  # one more than the ceiling
        if last - first < _HOUR
    ]
    return any(first <= deed.time <= last for deed in deeds for first, last in full)


def endings(settings: Settings, now: datetime) -> list[str]:
    """Which entries have ended, or end soon, in words: then what they expect rings."""
    today, found = now.astimezone(UTC).date(), []
    for entry in settings.expected.values():
        if entry.until < today:
            found.append(f"expected.{entry.name} ended on {entry.until}: what {entry.actor} does rings")
        elif entry.until - today <= _SOON:
            found.append(f"expected.{entry.name} ends in {(entry.until - today).days} days, on {entry.until}")
    return found
