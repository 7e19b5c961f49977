"""``tocsin channels``: list, route."""

from __future__ import annotations

import json
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from tocsin.core.routes import DAYS
from tocsin.core.text import inert
from tocsin.entry.cli.inputs import read_input
from tocsin.entry.cli.options import as_json, columns, config_file, settings
from tocsin.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from tocsin.core.incident.deed import Deed
    from tocsin.core.incident.hearers import Hearers
    from tocsin.core.routes import Hours, Route
    from tocsin.core.settings import Settings

_LARGEST = 32 * 1024 * 1024
_SHOWN = 200


@click.command("list")
@config_file
@as_json
def listed(config_path: Path | None, *, as_json: bool) -> int:
    """List channels and routes, what nobody hears, and who hears nothing.

    For example: tocsin channels list

    Exit 1 if a channel is reached by no route, or something is heard by nobody at some hour of the week.
    """
    from tocsin import wiring  # noqa: PLC0415 - lazy: --help must not load it
    from tocsin.core.incident.hearers import gaps  # noqa: PLC0415 - as above
    from tocsin.wiring.channels import well_routed  # noqa: PLC0415 - as above

    chosen = settings(config_path)
    rules = wiring.rules_on(chosen)
    well_routed(chosen, rules)
    for spec in chosen.specs:
        _say({"kind": "channel", "channel": spec.name, "of": spec.kind}, f"{spec.name:<16} {spec.kind}", as_json)
    for number, route in enumerate(chosen.routes, 1):
        fact = {"kind": "route", "route": number, "channels": list(route.channels), "takes": _asks(route)}
        _say(fact, f"route {number:<10} {_asks(route)}: {', '.join(route.channels)}", as_json)
    default = chosen.routing.default
    fact = {"kind": "default", "channels": list(default), "first": chosen.first_route}
    _say(fact, f"{'what is left' if chosen.routes else 'everything':<16} {', '.join(default) or 'nobody'}", as_json)
    if ladder := chosen.escalation:
        after = f"{int(ladder.after.total_seconds())} s without an acknowledgement, or " if ladder.after else ""
        words = (
            f"{'escalation':<16} {ladder.severity} or worse, after {after}three failures: {', '.join(ladder.channels)}"
        )
        _say({"kind": "escalation", "channels": list(ladder.channels), "severity": ladder.severity}, words, as_json)
    found = gaps(chosen, rules, wiring.now())
    for gap in found:
        _say({"kind": "gap", "says": gap}, f"{'gap':<16} {gap}", as_json)
    return 1 if found else 0


@click.command()
@click.argument("file", metavar="FILE|-|INCIDENT")
@click.option(
    "--at", "at", default="", metavar="TIME", help="As if it came then, for example 2026-11-28T03:00Z. Default: now."
)
@config_file
@as_json
def route(file: str, at: str, config_path: Path | None, *, as_json: bool) -> int:
    """Say who would hear of a record, or of an incident's deeds, and why.

    FILE is any envelope that carries records, as `tocsin explain` takes it.

    For example at night: tocsin channels route event.json --at 2026-11-28T03:00
    """
    from tocsin import wiring  # noqa: PLC0415 - lazy: --help must not load it
    from tocsin.core.incident.hearers import Hearers  # noqa: PLC0415 - as above
    from tocsin.wiring.channels import well_routed  # noqa: PLC0415 - as above

    chosen = settings(config_path)
    rules = wiring.rules_on(chosen)
    well_routed(chosen, rules)
    hearers, found = Hearers(chosen, rules), False
    for account, deed in _deeds(file, _time(at, chosen), hearers):
        found = True
        _tell(account, deed, hearers, as_json=as_json)
    if not found:
        raise UsageError("no rule that is on rings for anything in it", hint=f"tocsin explain {inert(file, _SHOWN)}")
    return 0


def _time(text: str, chosen: Settings) -> datetime:
    from tocsin import wiring  # noqa: PLC0415 - lazy: --help must not load it

    if not text:
        return wiring.now()
    try:
        time = datetime.fromisoformat(text)
    except ValueError as fault:
        raise UsageError(f"{inert(text, 100)} is no time", hint="one looks like 2026-11-28T03:00Z") from fault
    return time if time.tzinfo else time.replace(tzinfo=chosen.timezone)


def _deeds(file: str, now: datetime, hearers: Hearers) -> Iterator[tuple[str, Deed]]:

    from tocsin import wiring  # noqa: PLC0415 - as above
    from tocsin.flows.explain import deeds_in  # noqa: PLC0415 - as above

    if file.startswith("inc-"):
        store = wiring.store(hearers.settings, make=False)
        click.get_current_context().call_on_close(store.close)
        tree = store.find(file)
        if tree is None:
            raise UsageError(f"there is no incident {inert(file, 100)}", hint="tocsin incidents list names them")
        for part in tree.heads:
            for deed in store.deeds(part.id, 0, part.deeds):
                yield part.key.account, deed._replace(came=now)
        return
    body = read_input(file, _LARGEST, "it is for a record or a log file; split what is larger")
    yield from deeds_in(body, hearers.rules, now)


def _tell(account: str, deed: Deed, hearers: Hearers, *, as_json: bool) -> None:
    from tocsin.core.incident.expecting import judged, why_not_expected  # noqa: PLC0415 - lazy: --help must not load it

    chosen, asked = hearers.settings, hearers.asked(account, deed)
    deed = judged(deed, chosen)
    routing, zone = hearers.routing, chosen.timezone
    taking = routing.taking(asked, zone)
    why = {number: route.why_not(asked, zone) for number, route in enumerate(routing.routes)}
    whom = str(deed.subject) if deed.subject else ""
    hears = routing.channels(asked, zone)
    waits = dict(_waits(deed, hears, chosen))
    fact = {"kind": "routed", "event": deed.event_name, "whom": whom, "rule": deed.rule, "severity": asked.severity}
    told = [{"route": n + 1, "takes": n in taking, "why": why[n] or _passed(n, taking)} for n in why]
    _say(
        {**fact, "channels": list(hears), "waits": waits, "expected": deed.expected, "routes": told},
        inert(f"{deed.event_name} {whom}: {deed.rule}, {asked.severity}: {', '.join(hears) or 'nobody'}", _SHOWN),
        as_json,
    )
    if as_json:
        return
    for one in told:
        says = "takes it" if one["takes"] else one["why"]
        click.echo(inert(f"  route {one['route']}  {says}", columns()))
    if not taking:
        click.echo("  no route takes it: whoever hears what is left" if told else "  there are no routes")
    for channel, held in waits.items():
        until = datetime.fromisoformat(held["until"]).astimezone(zone)
        click.echo(inert(f"  {channel} waits until {until:%a %H:%M %Z}: {held['why']}", _SHOWN))
    if why_not := why_not_expected(deed, chosen):
        click.echo(inert(f"  {why_not}", _SHOWN))


def _waits(deed: Deed, channels: Sequence[str], chosen: Settings) -> Iterator[tuple[str, dict[str, str]]]:
    """The channels that are told later, with until when and why."""
    from tocsin.core.delivery.holding import release_of  # noqa: PLC0415 - lazy: --help must not load it

    for name in channels:
        release = release_of(deed, chosen.spec(name), chosen, rings=deed.urgent)
        if release.held:
            yield name, {"until": release.at.isoformat(), "why": release.why}


def _passed(number: int, taking: list[int]) -> str:
    return "" if number in taking or not taking else f"route {taking[0] + 1} took it first"


def _asks(route: Route) -> str:
    """What a route asks, in words."""
    asks = [
        f"{route.severity} or worse" if route.severity else "",
        f"accounts {', '.join(sorted(route.accounts))}" if route.accounts else "",
        f"rules {', '.join(route.rules)}" if route.rules else "",
        f"tags {', '.join(sorted(route.tags))}" if route.tags else "",
        f"{'; '.join(map(_hours, route.hours))} {route.timezone or ''}".strip() if route.hours else "",
    ]
    return ", ".join(filter(None, asks)) or "everything"


def _hours(hours: Hours) -> str:
    names = [DAYS[day] for day in sorted(hours.days)]
    run = f"{names[0]}-{names[-1]}" if DAYS.index(names[-1]) - DAYS.index(names[0]) == len(names) - 1 > 1 else ""
    days = "" if len(names) == len(DAYS) else f"{run or ','.join(names)} "
    start, end = (f"{minute // 60:02}:{minute % 60:02}" for minute in (hours.start, hours.end))
    return f"{days}{start}-{end}"


def _say(fact: dict[str, Any], words: str, as_json: bool) -> None:  # noqa: FBT001 - as every voice here
    click.echo(json.dumps(fact, separators=(",", ":")) if as_json else words)
