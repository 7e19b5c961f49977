"""``tocsin subscription``: list, add, confirm, remove."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

import click

from tocsin.entry.cli.options import as_json, config_file, settings
from tocsin.entry.cli.set_up import account
from tocsin.entry.cli.set_up.apply import carry_out
from tocsin.errors import TocsinError, UsageError

if TYPE_CHECKING:
    from tocsin.core.settings import Settings
    from tocsin.core.template.subscribers import Subscribed
    from tocsin.wiring.account import Deployer

_SAYS = {
    "confirmed": "hears; only this account can end it",
    "silenceable": "hears, until somebody follows the link at the foot of any mail",
    "pending": "hears nothing: its owner has not confirmed",
    "gone": "hears nothing: it was ended",
}


@click.group()
def subscription() -> None:
    """See who hears; add, confirm and remove."""


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
        raise TocsinError(
            "it was confirmed before, by following its link, so that the link of any mail can end it",
            hint=f"end it and have a new link sent: tocsin subscription add {quote(done.endpoint)}",
        )
    return 0


@subscription.command()
@click.argument("address")
@click.option("--trouble", is_flag=True, help="To hear of trouble of the bell itself, and not of the bell.")
@account.yes
@account.region
@account.profile
@config_file
@as_json
def add(
    address: str, region: str, profile: str, config_path: Path | None, *, trouble: bool, yes: bool, as_json: bool
) -> int:
    """Let one more address hear: it is put into the config, and subscribed.

    ADDRESS is a mail address, a phone number (+41791234567) or https://... One that is there already and has not
    confirmed is sent its link again; one that was confirmed by its link is subscribed anew, so that no mail can end it.
    For example: tocsin subscription add ops@example.com
    """
    from tocsin.core.template.subscribers import subscriber_of  # noqa: PLC0415 - lazy: --help must not load it
    from tocsin.core.text import inert  # noqa: PLC0415 - as above

    try:
        subscriber_of(address)
    except ValueError as fault:
        raise UsageError(str(fault)) from fault
    chosen = settings(config_path)
    lists = {
        "alarm_subscribers": list(chosen.alarm_subscribers or (chosen.subscribers if trouble else ())),
        "subscribers": list(chosen.subscribers),
    }
    key = "alarm_subscribers" if trouble else "subscribers"
    if address in lists[key]:
        for one, what in account.deployer(chosen, region, profile).renew(address):
            click.echo(f"{inert(one.endpoint)}, {'trouble of the bell itself' if one.alarms else 'the bell'}: {what}")
        return 0
    lists[key].append(address)
    _change(lists, chosen, config_path, (region, profile), yes=yes, as_json=as_json)
    return 0


@subscription.command()
@click.argument("address")
@account.yes
@account.region
@account.profile
@config_file
@as_json
def remove(address: str, region: str, profile: str, config_path: Path | None, *, yes: bool, as_json: bool) -> int:
    """Let an address hear no more: it is taken out of the config, and its subscriptions are ended.

    One that is pending cannot be ended: it hears nothing, and lapses by itself. For example:
    tocsin subscription remove old@example.com
    """
    from tocsin.core.text import inert  # noqa: PLC0415 - lazy: --help must not load it

    chosen = settings(config_path)
    lists = {"subscribers": list(chosen.subscribers), "alarm_subscribers": list(chosen.alarm_subscribers)}
    if not any(address in items for items in lists.values()):
        raise UsageError(f"the config names no subscriber {address!r}", hint="tocsin subscription list names all")
    lists = {key: [one for one in items if one != address] for key, items in lists.items()}
    deployer = _change(lists, chosen, config_path, (region, profile), yes=yes, as_json=as_json)
    pending = deployer.unsubscribe(address) if deployer else []
    if pending:
        click.echo(
            f"{inert(address)} has not confirmed, and cannot be ended so: it hears nothing, and lapses by itself",
            err=True,
        )
    return 0


def _change(
    lists: dict[str, list[str]],
    chosen: Settings,
    config_path: Path | None,
    where: tuple[str, str],
    *,
    yes: bool,
    as_json: bool,
) -> Deployer | None:
    """Put the lists into the config file, and deploy what it says then; without a stack the file alone is changed."""
    from tocsin.adapters.files.tomls import with_list  # noqa: PLC0415 - lazy: --help must not load it

    for key in lists:
        if (name := f"TOCSIN_{key.upper()}") in os.environ:
            raise UsageError(f"{name} is set, and outranks the config file", hint=f"unset it, or change it: {name}=...")
    path = config_path or Path("tocsin.toml")
    text = path.read_text("utf-8-sig") if path.exists() else ""
    for key, items in lists.items():
        text = with_list(text, key, items)
    changed = replace(
        chosen, subscribers=tuple(lists["subscribers"]), alarm_subscribers=tuple(lists["alarm_subscribers"])
    )
    deployer = account.deployer(changed, *where)
    if deployer.own() is None:
        path.write_text(text, encoding="utf-8")
        click.echo(f"written: {path}; nothing is deployed yet: tocsin apply", err=True)
        return None
    carry_out(deployer, changed, yes=yes, as_json=as_json, before=lambda: _write(path, text))
    return deployer


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    click.echo(f"written: {path}", err=True)


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
