"""Who hears of a deed: the config's routes, asked about it; and what is wrong with routes, before anything happens."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from tocsin.core.incident.expecting import endings
from tocsin.core.match.rules import BUILT_IN, NEUTRAL, Role
from tocsin.core.routes import DAYS, Asked, Route

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tocsin.core.incident.deed import Deed, StoryKey
    from tocsin.core.match.rules import Rule, RuleSet
    from tocsin.core.routes import Routing
    from tocsin.core.settings import Settings

_STEP = timedelta(minutes=15)
_WEEK = 7 * 24 * 4
_ANY_TIME = datetime(1970, 1, 1, tzinfo=UTC)


def tags_of(rule: Rule) -> frozenset[str]:
    """By which tags a route may know a rule: its pack, its family, its ATT&CK techniques."""
    return frozenset(filter(None, (rule.pack, rule.family, *rule.attack)))


@dataclass(frozen=True, slots=True)
class Hearers:
    """Who hears of what, by the settings."""

    settings: Settings
    rules: RuleSet
    routing: Routing = field(init=False)

    def __post_init__(self) -> None:
        """Put the routing together once: every deed asks it."""
        object.__setattr__(self, "routing", self.settings.routing)

    def asked(self, account: str, deed: Deed) -> Asked:
        """What routes are asked about a deed: the hour is that at which it came."""
        return Asked(str(deed.severity), account, deed.rule, tags_of(self.rules.get(deed.rule)), deed.came)

    def of(self, key: StoryKey, deed: Deed) -> tuple[str, ...]:
        """The channels that hear of a deed of a story."""
        if not self.settings.routes:
            return self.routing.default
        return self.routing.channels(self.asked(key.account, deed), self.settings.timezone)


def faults(settings: Settings, rules: RuleSet) -> list[str]:
    """What routes can never do as they are written, in words; with any of it nothing is to begin."""
    found = []
    known = frozenset(settings.channels)
    for channel in settings.default_channels or ():
        found += [f"default_channels: there is no channel {channel}"] if channel not in known else []
    if not settings.routes and not settings.routing.default:
        found.append("nobody hears of anything: name a channel that is not called by escalation alone")
    for channel in settings.escalation.channels if settings.escalation else ():
        found += [f"escalation: there is no channel {channel}"] if channel not in known else []
    for number, route in enumerate(settings.routes, 1):
        said = [f"there is no channel {one}" for one in route.channels if one not in known]
        said += list(_unknown(route, settings, rules)) or _takes_nothing(route, rules)
        bare = [before for before, one in enumerate(settings.routes[: number - 1], 1) if _takes_all(one, route)]
        if settings.first_route and bare:
            said.append(f"it is never asked: route {bare[0]} takes all that it would")
        found += [f"route {number}: {one}" for one in said]
    on = list(rules)
    for entry in settings.expected.values():
        unknown = (one for one in entry.rules if not _named(one, on))
        found += [f"expected.{entry.name}: no rule that is on is called {one}" for one in unknown]
    return found


def _every(rules: RuleSet) -> list[Rule]:
    return [*rules, *(rule for rule in BUILT_IN.values() if rule is not NEUTRAL)]


def _takes_nothing(route: Route, rules: RuleSet) -> list[str]:
    if any(_could_take(route, rule) for rule in _every(rules)):
        return []
    return ["it takes nothing: no rule that is on has all that it asks for"]


def _unknown(route: Route, settings: Settings, rules: RuleSet) -> Iterator[str]:
    every = _every(rules)
    yield from (f"no rule that is on is called {one}" for one in route.rules if not _named(one, every))
    tags = frozenset[str]().union(*map(tags_of, every))
    yield from (f"no rule that is on has the tag {one}" for one in sorted(route.tags - tags))
    if settings.accounts and route.accounts and route.accounts.isdisjoint(settings.accounts):
        yield "none of its accounts is among those that are expected"


def _named(form: str, rules: Sequence[Rule]) -> bool:
    return any(fnmatchcase(rule.id, form) for rule in rules)


def _could_take(route: Route, rule: Rule) -> bool:
    """Whether a route takes a rule in any account, at any hour."""
    sure = Route(route.channels, route.severity, frozenset(), route.rules, route.tags)
    return not sure.why_not(_asked(rule, _ANY_TIME), UTC)


def _takes_all(one: Route, other: Route) -> bool:
    """Whether a route asks nothing that another does not ask too."""
    return all(
        not getattr(one, name) or getattr(one, name) == getattr(other, name)
        for name in ("severity", "accounts", "rules", "tags", "hours")
    )


def _asked(rule: Rule, at: datetime, account: str = "") -> Asked:
    return Asked(str(rule.severity), account, rule.id, tags_of(rule), at)


def gaps(settings: Settings, rules: RuleSet, now: datetime) -> list[str]:
    """What nobody hears, and who hears nothing, in words: it may be meant, and is said.

    Args:
        settings: the channels and routes.
        rules: those that are on.
        now: from when on a week is looked at.
    """
    routing, called = settings.routing, settings.escalation.channels if settings.escalation else ()
    reached = {channel for route in routing.routes for channel in route.channels} | {*routing.default, *called}
    found = [f"no route reaches the channel {one}" for one in settings.channels if one not in reached]
    triggers = [rule for rule in rules if rule.role is Role.TRIGGER]
    silent: dict[tuple[str, ...], datetime] = {}
    seen: set[tuple[bool, ...]] = set()
    for number in range(_WEEK):
        at = now + _STEP * number
        covered = tuple(route.covers(at, settings.timezone) for route in routing.routes)
        if covered in seen:
            continue
        seen.add(covered)
        unheard = tuple(
            rule.id
            for rule in triggers
            if not any(routing.channels(_asked(rule, at, one), settings.timezone) for one in settings.accounts or ("",))
        )
        if unheard:
            silent.setdefault(unheard, at)
    for ids, at in silent.items():
        local = at.astimezone(settings.timezone)
        many = f" and {len(ids) - 1} more" if len(ids) > 1 else ""
        found.append(f"nobody hears of {ids[0]}{many} on {DAYS[local.weekday()]} at {local:%H:%M}")
    return found + endings(settings, now)
