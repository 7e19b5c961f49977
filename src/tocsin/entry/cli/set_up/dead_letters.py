"""``tocsin dead-letters``: list, replay."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from tocsin.entry.cli.options import as_json, config_file, settings
from tocsin.entry.cli.set_up import account
from tocsin.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from tocsin.flows.letters import Told


@click.group("dead-letters")
def dead_letters() -> None:
    """See what could not be delivered, and move it back."""


@dead_letters.command("list")
@account.region
@account.profile
@config_file
@as_json
def list_(region: str, profile: str, config_path: Path | None, *, as_json: bool) -> int:
    """List what waits in each dead-letter queue, and why; it stays there.

    For example: tocsin dead-letters list

    Exit 1 if anything waits.
    """
    deployer = account.deployer(settings(config_path), region, profile)
    total = 0
    for queue, found in deployer.letters_waiting().items():
        total += len(found)
        if not as_json:
            click.echo(f"{queue}: {len(found):,} waiting" if found else f"{queue}: empty")
        for one in found:
            _tell(queue, one, as_json=as_json)
    return 1 if total else 0


@dead_letters.command()
@account.yes
@account.region
@account.profile
@config_file
@as_json
def replay(region: str, profile: str, config_path: Path | None, *, yes: bool, as_json: bool) -> int:
    """Move dead letters back to where they were meant for, once the cause is mended.

    What the responder gave up goes back into the feed. What a rule could not deliver goes to its target: into the
    feed as it was, to the topic in words, marked as late. For example: tocsin dead-letters replay
    """
    chosen = settings(config_path)
    if not chosen.operator:
        raise UsageError(
            "queue and topic let nobody send but their services, and the config names no operator",
            hint="put `operator`, the ARN of your role or user, into tocsin.toml, and tocsin apply",
        )
    deployer = account.deployer(chosen, region, profile)
    waiting = {queue: found for queue, found in deployer.letters_waiting().items() if found}
    if not waiting:
        click.echo("nothing waits", err=True)
        return 0
    for queue, found in waiting.items():
        click.echo(f"{queue}: {len(found):,} waiting", err=True)
    account.ask(f"Move them back in {deployer.target}?", "yes", yes=yes)
    for queue, what in deployer.letters_moved(waiting):
        if as_json:
            click.echo(json.dumps({"kind": "moved", "queue": queue, "says": what}, separators=(",", ":")))
        else:
            click.echo(f"{queue}: {what}")
    return 0


def _tell(queue: str, one: Told, *, as_json: bool) -> None:
    from tocsin.core.text import inert  # noqa: PLC0415 - lazy: --help must not load it

    letter = one.letter
    if as_json:
        fact = {
            "kind": "dead-letter",
            "queue": queue,
            "id": letter.id,
            "sent": letter.sent.isoformat(),
            "title": one.title,
            "why": letter.why,
            "target": letter.target,
            "body": letter.body.decode("utf-8", "replace"),
        }
        click.echo(json.dumps(fact, separators=(",", ":")))
    else:
        click.echo(f"  {letter.sent:%Y-%m-%d %H:%M:%S} UTC  {inert(one.title)}\n    {letter.why}")
