"""``tocsin subscription``: list, confirm."""

from __future__ import annotations

import json
from shlex import quote
from typing import TYPE_CHECKING

import click

from tocsin.entry.cli.options import as_json, config_file, settings
from tocsin.entry.cli.set_up import account
from tocsin.errors import TocsinError, UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from tocsin.core.template.subscribers import Subscribed

_SAYS = {
    "confirmed": "hears; only this account can end it",
    "silenceable": "hears, until somebody follows the link at the foot of any mail",
    "pending": "hears nothing: its owner has not confirmed",
    "gone": "hears nothing: it was ended",
}


@click.group()
def subscription() -> None:
    """See who hears the plain wire, and confirm those who are to."""


@subscription.command("list")
@account.region
@account.profile
@config_file
@as_json
def list_(region: str, profile: str, config_path: Path | None, *, as_json: bool) -> int:
    """List who is subscribed, and whether each hears.

    For example: tocsin subscription list

    Exit 1 if nobody hears, or somebody does not.
    """
    deployer = account.deployer(settings(config_path), region, profile)
    found = deployer.subscriptions()
    for one in found:
        _tell(one, as_json=as_json)
    if not found:
        click.echo("nobody is subscribed: put `subscribers` into tocsin.toml, and tocsin apply", err=True)
    return 0 if found and all(one.state in ("confirmed", "silenceable") for one in found) else 1


@subscription.command()
@click.argument("token", metavar="TOKEN-OR-LINK")
@account.region
@account.profile
@config_file
@as_json
def confirm(token: str, region: str, profile: str, config_path: Path | None, *, as_json: bool) -> int:
    """Confirm a subscription, so that no link in a mail can end it.

    TOKEN-OR-LINK is the link of the mail that SNS sent, in quotes, as a mail scanner wrapped it or not, or its token.
    Do not follow the link: what is confirmed so is ended by the link at the foot of every mail, which mail scanners
    follow, and no record tells of it. For example: tocsin subscription confirm 'https://sns.us-east-1.amazonaws.com/?...'
    """
    from tocsin.core.template.subscribers import State, token_of  # noqa: PLC0415 - lazy: --help must not load it

    try:
        plain = token_of(token)
    except ValueError as fault:
        raise UsageError(str(fault), hint="put it in quotes, since it holds &") from fault
    deployer = account.deployer(settings(config_path), region, profile)
    done = deployer.confirm(plain)
    _tell(done, as_json=as_json)
    if done.state is not State.CONFIRMED:
        again = (
            f"aws sns unsubscribe --subscription-arn {done.arn} && aws sns subscribe --topic-arn "
            f"{done.arn.rpartition(':')[0]} --protocol {done.protocol} --notification-endpoint {quote(done.endpoint)}"
        )
        raise TocsinError(
            "it was confirmed before, by following its link, so that the link of any mail can end it",
            hint=f"end it, and confirm the link of the new mail: {again}",
        )
    return 0


def _tell(one: Subscribed, *, as_json: bool) -> None:
    from tocsin.core.text import inert  # noqa: PLC0415 - lazy: --help must not load it

    if as_json:
        fact = {
            "protocol": one.protocol,
            "endpoint": inert(one.endpoint),
            "state": str(one.state),
            "hears": "trouble" if one.alarms else "bell",
            "arn": one.arn,
        }
        click.echo(json.dumps(fact, separators=(",", ":")))
    else:
        topic = "trouble of the bell itself: " if one.alarms else "the bell: "
        click.echo(f"{one.state:<11}  {one.protocol:<5}  {inert(one.endpoint)}\n{' ' * 13}{topic}{_SAYS[one.state]}")
