"""``tocsin channels``: test, forget; list and route stand in `routes`."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import click

from tocsin.core.text import inert
from tocsin.entry.cli.look.routes import listed, route
from tocsin.entry.cli.options import as_json, columns, config_file, settings, surroundings
from tocsin.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from tocsin.adapters.aws import Clients


@click.group()
def channels() -> None:
    """See that notices reach whom they are for."""


channels.add_command(listed)
channels.add_command(route)


@channels.command("test")
@click.argument("name", required=False, default="")
@config_file
@as_json
def test(name: str, config_path: Path | None, *, as_json: bool) -> int:
    """Send a test notice to one channel, or to each, and say what the far side answered.

    It is marked as a test. For example: tocsin channels test ops

    Exit 1 if any did not take it.
    """
    from tocsin.core.delivery.outcome import Answer  # noqa: PLC0415 - lazy: --help must not load it
    from tocsin.wiring import channels as wired  # noqa: PLC0415 - as above

    every = wired.built(settings(config_path), _clients, sys.stdout, columns())
    wanted = [one for one in every if name in ("", one.name)]
    if not wanted:
        named = ", ".join(one.name for one in every)
        raise UsageError(f"the config names no channel {inert(name, 100)}", hint=f"it has {named}")
    fine = True
    for channel, outcome in wired.tested(wanted):
        fine = fine and outcome.answer is Answer.ACCEPTED
        if as_json:
            fact = {"kind": "tested", "channel": channel, "answer": str(outcome.answer), "says": outcome.detail}
            click.echo(json.dumps(fact, separators=(",", ":")))
        else:
            click.echo(f"{channel}: {outcome.answer}: {inert(outcome.detail, 300)}")
    return 0 if fine else 1


@channels.command()
@click.argument("name")
@config_file
@as_json
def forget(name: str, config_path: Path | None, *, as_json: bool) -> int:
    """Give up what a channel was not told of that the config names no more.

    The worker says when there is such a channel. What it was not told stays in `tocsin incidents`.
    For example: tocsin channels forget old-pager
    """
    from tocsin import wiring  # noqa: PLC0415 - lazy: --help must not load it
    from tocsin.flows.respond import tidy  # noqa: PLC0415 - as above

    chosen = settings(config_path)
    if name in chosen.channels:
        raise UsageError(f"the config names the channel {name}", hint="take it out first, and start the workers anew")
    store = wiring.store(chosen, make=False)
    click.get_current_context().call_on_close(store.close)
    owed = tidy.owed(store, chosen.channels)
    if name not in owed:
        hint = (
            f"there is {', '.join(sorted(owed))}" if owed else "nothing waits for a channel that is not in the config"
        )
        raise UsageError(f"nothing waits for a channel {inert(name, 100)}", hint=hint)
    count = tidy.forget(store, name, wiring.now)
    if as_json:
        click.echo(json.dumps({"kind": "forgotten", "channel": name, "incidents": count}, separators=(",", ":")))
    else:
        click.echo(f"{name}: given up {count} incident{'s' * (count != 1)}")
    return 0


def _clients() -> Clients:
    from tocsin.wiring.channels import own_clients  # noqa: PLC0415 - lazy: --help must not load it

    given = surroundings()
    return given.clients if given else own_clients()
