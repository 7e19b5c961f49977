"""``tocsin apply``."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING

import click

from tocsin.entry.cli.options import as_json, config_file, settings
from tocsin.entry.cli.set_up import account
from tocsin.entry.cli.set_up.plan import as_data, tell, tell_lacking
from tocsin.errors import Unreachable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from tocsin.core.settings import Settings
    from tocsin.wiring.account import Deployer


@click.command
@account.yes
@account.region
@account.profile
@config_file
@as_json
def apply(region: str, profile: str, config_path: Path | None, *, yes: bool, as_json: bool) -> int:
    """Build the pipeline, or bring it up to the config.

    Shows what it will do, asks, does it and waits. For example: tocsin apply --profile prod

    When it is interrupted, AWS goes on; tocsin plan says how far it is.
    """
    chosen = settings(config_path)
    carry_out(account.deployer(chosen, region, profile), chosen, yes=yes, as_json=as_json)
    return 0


def carry_out(
    deployer: Deployer, chosen: Settings, *, yes: bool, as_json: bool, before: Callable[[], None] = lambda: None
) -> None:
    """Show what the settings change, ask, do it and tell the end.

    Args:
        deployer: of the account, with these settings.
        chosen: the settings.
        yes: whether it was answered on the command line.
        as_json: for a program.
        before: is done between the answer and the deed.
    """
    tell_lacking(deployer)
    changes = deployer.plan()
    if as_json:
        click.echo(json.dumps(as_data(deployer, changes), separators=(",", ":")))
    else:
        tell(deployer, changes, chosen, every=False)
    if not changes.sees_drift:
        click.echo(
            "\nthis CloudFormation compares templates only: what was changed by hand stays; see tocsin status",
            err=True,
        )
    try:
        if changes.changes:
            account.ask(f"\nApply this to {deployer.target}?", "yes", yes=yes)
        before()
    except BaseException:  # whoever declines leaves nothing behind, and what ended it goes on its way
        deployer.discard(changes)
        raise
    try:
        outputs = deployer.apply(changes, lambda line: click.echo(f"  {line}", err=True))
    except (KeyboardInterrupt, Unreachable) as end:
        # A refusal is AWS's own end of it; who is cut off, or leaves, does not see the end.
        if isinstance(end, KeyboardInterrupt) or end.message.startswith("AWS cannot be reached"):
            click.echo("\nAWS goes on without you: `tocsin plan` says when it has ended", err=True)
        raise
    lost, waiting = deployer.subscribe_lost(outputs)
    again = list(dict.fromkeys(one.endpoint for one in lost))
    if as_json:
        fact = {"kind": "applied", "stack": changes.stack, "outputs": dict(outputs), "subscribed_again": again}
        click.echo(json.dumps({**fact, "to_confirm": waiting}, separators=(",", ":")))
        return
    click.echo(f"\nthe pipeline stands{'' if changes.changes else ' as it stood'}")
    _tell_end(outputs, again, waiting)


def _tell_end(outputs: Mapping[str, str], again: list[str], waiting: list[str]) -> None:
    """Print the outputs, and what a person has to do now."""
    from tocsin.core.text import inert  # noqa: PLC0415 - lazy: --help must not load it

    account.tell_outputs(outputs)
    for endpoint in again:
        click.echo(f"{inert(endpoint)} was not subscribed any more: subscribed again, and has to confirm again")
    for endpoint, links in Counter(waiting).items():
        what = "the link" if links == 1 else f"{links} links"
        click.echo(f"\nto do now: {inert(endpoint)} was sent {what}; for each: tocsin subscription confirm LINK")
