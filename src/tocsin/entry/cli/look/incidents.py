"""``tocsin incidents``: list, show, ack."""

from __future__ import annotations

import getpass
import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import click

from tocsin.core.text import inert
from tocsin.entry.cli.options import as_json, columns, config_file, settings
from tocsin.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from tocsin.adapters.sqlite.store import SqliteStore
    from tocsin.core.delivery.exchange import Tree
    from tocsin.core.delivery.outcome import Seen
    from tocsin.core.incident.deed import Deed
    from tocsin.core.incident.incident import Incident
    from tocsin.core.match.rules import RuleSet
    from tocsin.core.settings import Settings

_PAGE, _LONGEST = 100, 400


@click.group()
def incidents() -> None:
    """Look at what the worker took in: each incident with every telling and every try."""


@incidents.command("list")
@click.option("--days", default=30, show_default=True, type=click.IntRange(1, 3660), help="How far back.")
@config_file
@as_json
def list_(days: int, config_path: Path | None, *, as_json: bool) -> int:
    """List incidents, the newest first, with what is not told yet.

    For example: tocsin incidents list --days 7
    """
    from tocsin import wiring  # noqa: PLC0415 - lazy: --help must not load it

    chosen = settings(config_path)
    store, rules = _store(chosen), wiring.rules_on(chosen)
    since, cursor, found = wiring.now() - timedelta(days=days), "", False
    while True:
        page = store.list(since, cursor, _PAGE)
        for head in page.incidents:
            if not head.merged_into:
                found = True
                _tell(_head(head, store, rules), as_json=as_json)
        cursor = page.cursor
        if not cursor:
            break
    if not found:
        click.echo(f"no incident in the last {days} days", err=True)
    return 0


def _head(head: Incident, store: SqliteStore, rules: RuleSet) -> dict[str, Any]:
    from tocsin.core.notice.compose import compose  # noqa: PLC0415 - lazy: --help must not load it
    from tocsin.core.notice.notice import Chapter  # noqa: PLC0415 - as above

    tree = store.tree(head.id)
    notice = compose(Chapter(head, head.deeds, [head.headline]), rules)
    deeds = sum(part.deeds for part in tree.heads)
    rows = [row for part in tree.heads for row in store.tellings(part.id)]
    return {
        "kind": "incident",
        "incident": head.id,
        "opened": _time(head.opened),
        "severity": str(notice.severity),
        "title": f"{notice.title}, and {deeds - 1:,} more" if deeds > 1 else notice.title,
        "deeds": deeds,
        "records": sum(part.records for part in tree.heads),
        "channels": {row.channel: str(row.state) for row in rows},
        "seen": max((one.through for one in store.sightings(head.id)), default=0),
    }


def _tell(fact: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(fact, separators=(",", ":")))
        return
    seen = "seen" if fact["seen"] >= fact["deeds"] else "not seen"
    states = [seen, *(f"{channel} {state}" for channel, state in fact["channels"].items() if state != "told")]
    opened = fact["opened"][:16].replace("T", " ")
    click.echo(f"{opened}  {fact['severity']:<8}  {fact['incident']}  {', '.join(states)}")
    click.echo(f"    {inert(fact['title'], columns() - 4)}")


@incidents.command()
@click.argument("incident", metavar="ID")
@config_file
@as_json
def show(incident: str, config_path: Path | None, *, as_json: bool) -> int:
    """Show one incident: what was done, who was told what and when, and every try.

    For example: tocsin incidents show inc-20261126-4be2f04d1a
    """
    from tocsin import wiring  # noqa: PLC0415 - lazy: --help must not load it

    chosen = settings(config_path)
    store, rules = _store(chosen), wiring.rules_on(chosen)
    tree = _tree(store, incident)
    _tell(_head(tree.root, store, rules), as_json=as_json)
    for fact in _all_of(tree, store):
        if as_json:
            click.echo(json.dumps(fact, separators=(",", ":")))
        else:
            words = _WORDS[fact["kind"]].format_map(fact)
            click.echo(f"    {fact['kind']:<8}{inert(words, _LONGEST)}")
    return 0


_WORDS = {
    "deed": "{number:>3}  {time}  {event}  {whom}  {result}",
    "telling": "{channel}: {state}, through {told} of {deeds}",
    "try": "{at}  {channel}: {answer} through {through}  {says}",
    "seen": "{at}  by {who}, through {through}",
}


def _all_of(tree: Tree, store: SqliteStore) -> Iterator[dict[str, Any]]:
    """What is known of an incident, in the order in which it is told; a part that was merged into it likewise."""
    for part in tree.heads:
        for number, deed in enumerate(store.deeds(part.id, 0, part.deeds), 1):
            yield _deed(part.id, number, deed)
    for part in tree.heads:
        for row in store.tellings(part.id):
            yield {
                "kind": "telling",
                "part": part.id,
                "channel": row.channel,
                "state": str(row.state),
                "told": row.told,
                "given_up": row.given_up,
                "deeds": part.deeds,
                "failures": row.failures,
            }
        for one in store.tries(part.id):
            yield {
                "kind": "try",
                "part": part.id,
                "channel": one.channel,
                "at": _time(one.at),
                "through": one.through,
                "answer": str(one.answer),
                "says": one.detail,
                "plain": one.plain,
            }
    for seen in store.sightings(tree.root.id):
        yield {"kind": "seen", "at": _time(seen.at), "through": seen.through, "who": seen.who}


def _time(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


def _deed(part: str, number: int, deed: Deed) -> dict[str, Any]:
    return {
        "kind": "deed",
        "part": part,
        "number": number,
        "time": _time(deed.time),
        "event": deed.event_name,
        "whom": str(deed.subject) if deed.subject else "",
        "result": str(deed.result),
        "rule": deed.rule,
        "id": deed.event_id,
    }


def _store(chosen: Settings) -> SqliteStore:
    """The worker's store, which is let go when the verb ends."""
    from tocsin import wiring  # noqa: PLC0415 - lazy: --help must not load it

    store = wiring.store(chosen, make=False)
    click.get_current_context().call_on_close(store.close)
    return store


def _tree(store: SqliteStore, incident: str) -> Tree:
    tree = store.find(incident)
    if tree is None:
        raise UsageError(f"there is no incident {inert(incident, 100)}", hint="tocsin incidents list names them")
    return tree


@incidents.command()
@click.argument("incident", metavar="ID")
@click.option("--through", type=click.IntRange(1), help="The revision that you read. Default: all that is told by now.")
@click.option("--who", default="", metavar="NAME", help="Who has seen it. Default: your user name on this machine.")
@config_file
@as_json
def ack(incident: str, through: int | None, who: str, config_path: Path | None, *, as_json: bool) -> int:
    """Say that somebody has seen an incident, as far as it was told.

    What comes later is told as if nobody had. Slack bots say it in the thread, and PagerDuty resolves the alert.
    For example: tocsin incidents ack inc-20261126-4be2f04d1a

    Exit 1 if such a channel could not be told; the acknowledgement stands.
    """
    from tocsin import wiring  # noqa: PLC0415 - lazy: --help must not load it
    from tocsin.flows.respond.acknowledge import acknowledge  # noqa: PLC0415 - as above

    chosen = settings(config_path)
    store = _store(chosen)
    tree = _tree(store, incident)
    seen = acknowledge(store, tree, through, who or getpass.getuser(), wiring.now())
    if as_json:
        fact = {
            "kind": "seen",
            "incident": seen.incident,
            "at": _time(seen.at),
            "through": seen.through,
            "who": seen.who,
        }
        click.echo(json.dumps(fact, separators=(",", ":")))
    else:
        click.echo(f"{inert(seen.who)} has seen {seen.incident} through {seen.through}")
    return _passed_on(store, chosen, seen, as_json=as_json)


def _passed_on(store: SqliteStore, chosen: Settings, seen: Seen, *, as_json: bool) -> int:
    """Let channels know that want to; 1 where one does not know it now, though it stands."""
    from tocsin.core.delivery.outcome import Answer  # noqa: PLC0415 - lazy: --help must not load it
    from tocsin.flows.respond.acknowledge import pass_on  # noqa: PLC0415 - as above
    from tocsin.wiring.channels import answering  # noqa: PLC0415 - as above

    told = {row.channel for row in store.tellings(seen.incident) if row.told}
    fine = True
    for name, outcome in pass_on(store, answering(chosen, told), seen).items():
        fine = fine and outcome.answer is Answer.ACCEPTED
        fact = {"kind": "passed on", "channel": name, "answer": str(outcome.answer), "says": outcome.detail}
        words = f"{name}: {outcome.answer}: {inert(outcome.detail, _LONGEST)}"
        click.echo(json.dumps(fact, separators=(",", ":")) if as_json else words)
    return 0 if fine else 1
