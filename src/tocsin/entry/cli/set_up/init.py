"""``tocsin init``."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from tocsin.entry.cli.options import as_json
from tocsin.entry.cli.set_up import account
from tocsin.errors import UsageError


def _asked_subscribers() -> tuple[str, ...]:
    """Who is to hear, as a person at the terminal says; asked until each is an address, or nobody."""
    from tocsin.core.template.subscribers import subscriber_of  # noqa: PLC0415 - lazy: --help must not load it

    while True:
        said = click.prompt("Who is to hear? Addresses, with blanks between", default="", show_default=False, err=True)
        try:
            return tuple(subscriber_of(one).endpoint for one in said.split())
        except ValueError as fault:
            click.echo(f"  {fault}", err=True)


@click.command
@click.option(
    "--subscriber",
    "subscribers",
    multiple=True,
    metavar="ADDRESS",
    help="Who is to hear, for example --subscriber ops@example.com. Repeatable.",
)
@click.option("--durable", is_flag=True, help="Make the queue and its feeds too, for something that reads them.")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("tocsin.toml"),
    metavar="FILE",
    help="Where the config goes. Default: tocsin.toml.",
)
@click.option("--overwrite", is_flag=True, help="Write over a config that is there.")
@account.region
@account.profile
@as_json
def init(
    subscribers: tuple[str, ...], out: Path, region: str, profile: str, *, durable: bool, overwrite: bool, as_json: bool
) -> int:
    """Look at your account, and write a config that fits it.

    Only looks: nothing in the account is changed. Each call that is denied is said, and it goes on. At a terminal it
    asks who is to hear, and whether something reads the events. For example: tocsin init --subscriber ops@example.com
    """
    from tocsin.core.settings import DEFAULTS  # noqa: PLC0415 - lazy: --help must not load it
    from tocsin.core.template.adoption import config_text, propose  # noqa: PLC0415 - as above
    from tocsin.core.template.subscribers import subscriber_of  # noqa: PLC0415 - as above
    from tocsin.core.text import inert  # noqa: PLC0415 - as above

    for one in subscribers:
        try:
            subscriber_of(one)
        except ValueError as fault:
            raise UsageError(f"--subscriber: {fault}") from fault
    if out.exists() and not overwrite:
        raise UsageError(f"`{out}` is there already", hint="give --overwrite, or --out FILE")
    deployer = account.deployer(DEFAULTS, region, profile)
    if sys.stdin is not None and sys.stdin.isatty():
        subscribers = subscribers or _asked_subscribers()
        durable = durable or click.confirm(
            "Will something read the events (a responder of your own)? Without one the plain wire is enough",
            default=False,
            err=True,
        )
    trails = deployer.trails(lambda said: click.echo(f"not seen: {inert(said)}", err=True))
    proposal = propose(trails, deployer.target.region)
    text = config_text(deployer.target, trails, proposal, subscribers, durable=durable)
    out.write_text(text, encoding="utf-8")
    if as_json:
        fact = {
            "kind": "init",
            "account": deployer.target.account,
            "alias": inert(deployer.target.alias),
            "region": deployer.target.region,
            "trails": [{"arn": inert(one.arn), "says": one.says} for one in trails],
            "trail": proposal.trail,
            "reason": proposal.reason,
            "file": str(out),
        }
        click.echo(json.dumps(fact, separators=(",", ":")))
        return 0
    click.echo(inert(str(deployer.target)))
    for trail in trails:
        click.echo(f"  {inert(trail.arn)}\n    {trail.says}")
    what = f"adopt {inert(proposal.trail)}" if proposal.trail else "make a trail of its own"
    click.echo(f"proposed: {what}, since {proposal.reason}")
    if not subscribers:
        click.echo("nobody hears it yet: put `subscribers` into the file")
    click.echo(f"\nwritten: {inert(str(out))}; next: tocsin plan")
    return 0
