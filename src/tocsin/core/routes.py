"""Routes: which channels hear of what, by severity, account, rule, tag and hour, as a config says it."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, NamedTuple

from tocsin.core.tables import texts_in

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime, timedelta, tzinfo

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
SEVERITIES = ("info", "low", "medium", "high", "critical")
_MINUTES = 24 * 60
_HOURS = re.compile(r"(?:(?P<days>[a-z,-]+) +)?(?P<from>\d\d:\d\d)-(?P<to>\d\d:\d\d)")


class Hours(NamedTuple):
    """Hours of a week: on these days, from one minute of the day to another, over midnight where that is earlier.

    Attributes:
        days: numbers of the days on which they begin, Monday is 0.
        start: the minute of the day at which they begin.
        end: the minute before which they end; 24:00 is 1440.
    """

    days: frozenset[int]
    start: int
    end: int

    def cover(self, day: int, minute: int) -> bool:
        """Whether a minute of a day of the week is within."""
        if self.start < self.end:
            return day in self.days and self.start <= minute < self.end
        return (day in self.days and minute >= self.start) or ((day - 1) % 7 in self.days and minute < self.end)


class Asked(NamedTuple):
    """What routes are asked about.

    Attributes:
        severity: how bad, as a word.
        account: where it happened.
        rule: the id of the rule.
        tags: the rule's pack, family and ATT&CK techniques.
        at: when it came, with a time zone.
    """

    severity: str
    account: str
    rule: str
    tags: frozenset[str]
    at: datetime


class Route(NamedTuple):
    """One route. What it does not say, it does not ask.

    Attributes:
        channels: who hears.
        severity: from how bad on, or ``""``.
        accounts: in which accounts.
        rules: by which rules: ids, with ``*`` for any letters.
        tags: with which tags, any of them.
        hours: at which hours.
        timezone: of these hours; None is the settings'.
    """

    channels: tuple[str, ...]
    severity: str = ""
    accounts: frozenset[str] = frozenset()
    rules: tuple[str, ...] = ()
    tags: frozenset[str] = frozenset()
    hours: tuple[Hours, ...] = ()
    timezone: tzinfo | None = None

    def why_not(self, asked: Asked, zone: tzinfo) -> str:
        """Why it does not take something, in words; ``""`` where it does.

        Args:
            asked: what.
            zone: in which its hours are, where it names none.
        """
        if self.severity and SEVERITIES.index(asked.severity) < SEVERITIES.index(self.severity):
            return f"{asked.severity} is less than {self.severity}"
        if self.accounts and asked.account not in self.accounts:
            return f"account {asked.account or '(none)'} is not among its own"
        if self.rules and not any(fnmatchcase(asked.rule, one) for one in self.rules):
            return f"rule {asked.rule} is not among its own"
        if self.tags and self.tags.isdisjoint(asked.tags):
            return f"none of its tags {', '.join(sorted(self.tags))} is there"
        if self.hours and not self.covers(asked.at, zone):
            return f"{asked.at.astimezone(self.timezone or zone):%a %H:%M %Z} is not among its hours"
        return ""

    def covers(self, at: datetime, zone: tzinfo) -> bool:
        """Whether a time is among its hours; without any, each is."""
        local = at.astimezone(self.timezone or zone) if self.hours else at
        return not self.hours or any(one.cover(local.weekday(), local.hour * 60 + local.minute) for one in self.hours)


class Escalation(NamedTuple):
    """Who is called when nobody is reached, or nobody has acknowledged.

    Attributes:
        channels: one after the other.
        after: how long after the one before was told the next is called; None waits for no acknowledgement.
        severity: from how bad on.
    """

    channels: tuple[str, ...]
    after: timedelta | None = None
    severity: str = "high"


class Routing(NamedTuple):
    """All routes of a config.

    Attributes:
        routes: in their order.
        first: whether the first that takes something is the only one that is asked.
        default: who hears of what no route takes.
    """

    routes: tuple[Route, ...] = ()
    first: bool = False
    default: tuple[str, ...] = ()

    def taking(self, asked: Asked, zone: tzinfo) -> list[int]:
        """The numbers of the routes that take something."""
        taking = [number for number, one in enumerate(self.routes) if not one.why_not(asked, zone)]
        return taking[:1] if self.first else taking

    def channels(self, asked: Asked, zone: tzinfo) -> tuple[str, ...]:
        """Who hears of something, each once, in the order of the routes."""
        taking = self.taking(asked, zone)
        named = [channel for number in taking for channel in self.routes[number].channels] if taking else self.default
        return tuple(dict.fromkeys(named))


def hours_of(text: str) -> Hours:
    """Hours from a text such as ``mon-fri 08:00-18:00``; without days they are of every day.

    Raises:
        ValueError: it is none.
    """
    found = _HOURS.fullmatch(text.strip().lower())
    if not found:
        raise ValueError(f"{text!r} are no hours; some look like mon-fri 08:00-18:00")
    start, end = _minute(found["from"]), _minute(found["to"])
    if start in (end, _MINUTES):
        raise ValueError(f"{text!r} are no hours: they end when they begin")
    return Hours(_days(found["days"] or "mon-sun"), start, end)


def _minute(text: str) -> int:
    hour, minute = map(int, text.split(":"))
    if minute > 59 or hour * 60 + minute > _MINUTES:  # noqa: PLR2004 - minutes of an hour
        raise ValueError(f"{text} is no time of a day")
    return hour * 60 + minute


def _days(text: str) -> frozenset[int]:
    days: set[int] = set()
    for part in text.split(","):
        first, _, last = part.partition("-")
        if first not in DAYS or (last or first) not in DAYS:
            raise ValueError(f"{part!r} is no day; there are {', '.join(DAYS)}")
        start, end = DAYS.index(first), DAYS.index(last or first)
        days |= {day % 7 for day in range(start, end + 1 if end >= start else end + 8)}
    return frozenset(days)


def _overlap(one: Hours, other: Hours) -> bool:
    """Whether some minute is in both: then one of them begins within the other."""
    return any(other.cover(day, one.start) for day in one.days) or any(
        one.cover(day, other.start) for day in other.days
    )


def hours_among(texts: Sequence[str]) -> tuple[list[tuple[str, Hours]], list[str]]:
    """The texts that say hours, each with these, and what is at fault with the others, in words."""
    pairs, faults = list[tuple[str, Hours]](), list[str]()
    for text in texts:
        try:
            pairs.append((text, hours_of(text)))
        except ValueError as fault:
            faults.append(str(fault))
    return pairs, faults


_KEYS = frozenset({"channels", "severity", "accounts", "rules", "tags", "hours", "timezone"})


def route_of(table: Mapping[str, object], zone: tzinfo | None) -> Route:
    """A route from its table in a config.

    Args:
        table: its keys; its time zone is read already.
        zone: its time zone, or None.

    Raises:
        ValueError: it is none; the message says what is at fault, all of it.
    """
    faults = [f"it takes no {key}" for key in sorted(set(table) - _KEYS)]
    lists: dict[str, tuple[str, ...]] = {}
    for key in ("channels", "accounts", "rules", "tags", "hours"):
        lists[key] = texts_in(table, key, faults)
    if not lists["channels"] and "channels must be texts" not in faults:
        faults.append("it needs channels")
    severity = table.get("severity", "")
    if severity not in ("", *SEVERITIES):
        faults.append(f"severity must be one of {', '.join(SEVERITIES)}")
    pairs, wrong = hours_among(lists["hours"])
    faults += wrong
    for number, (text, one) in enumerate(pairs):
        if any(_overlap(one, other) for _, other in pairs[:number]):
            faults.append(f"{text!r} overlaps with other hours of it")
    if faults:
        raise ValueError("; ".join(faults))
    return Route(
        lists["channels"],
        str(severity),
        frozenset(lists["accounts"]),
        lists["rules"],
        frozenset(lists["tags"]),
        tuple(hours for _, hours in pairs),
        zone,
    )
