"""``tocsin policy``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from tocsin.entry.cli.options import as_json, config_file, settings
from tocsin.entry.cli.set_up import account
from tocsin.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from tocsin.core.grants.statement import Policy

PARTS = ("deployer", "service", "operator", "reader", "driller", "guardrail")


@click.command
@click.argument("part", type=click.Choice(PARTS))
@click.option("--attach-user", default="", metavar="NAME", help="Give it to this user, after asking.")
@click.option("--attach-role", default="", metavar="NAME", help="Give it to this role, after asking.")
@click.option("--managed", is_flag=True, help="Make it a managed policy of the account, after asking.")
@click.option(
    "--except",
    "excepted",
    multiple=True,
    metavar="ARN",
    help="guardrail: who may go on, for example --except 'arn:aws:iam::111122223333:role/deploy'. Repeatable.",
)
@account.yes
@account.region
@account.profile
@config_file
@as_json
def policy(  # noqa: PLR0917 - click gives each by its name
    part: str,
    attach_user: str,
    attach_role: str,
    excepted: tuple[str, ...],
    region: str,
    profile: str,
    config_path: Path | None,
    *,
    managed: bool,
    yes: bool,
    as_json: bool,
) -> int:
    """Print the IAM policy of a part, or give it to somebody.

    \b
    deployer   deploys; with `service_role` it only hands that role on
    service    what that role may do
    operator   looks, confirms subscriptions, moves dead letters back
    reader     looks
    driller    makes decoys that may do nothing, and deletes them
    guardrail  an SCP: nobody but the deployer touches the bell

    For example: tocsin policy deployer --attach-user ci
    """  # noqa: D301 - \b is click's mark for lines that are kept
    chosen = settings(config_path)
    giving = bool(attach_user or attach_role or managed)
    if attach_user and attach_role:
        raise UsageError("give --attach-user or --attach-role, not both")
    if part == "guardrail" and giving:
        raise UsageError(
            "a service control policy is attached to an organisation's unit or account, not to a user or role",
            hint="print it, and: aws organizations create-policy --type SERVICE_CONTROL_POLICY --content file://FILE",
        )
    if excepted and part != "guardrail":
        raise UsageError("--except goes with guardrail alone")
    deployer = account.deployer(chosen, region, profile)
    found = deployer.policy(part, excepted)
    if not giving:
        _tell(found, as_json=as_json)
        return 0
    kind, holder = ("user", attach_user) if attach_user else ("role", attach_role) if attach_role else ("", "")
    whom = f"{kind} {holder}" if kind else "the account, as a managed policy"
    account.ask(f"Give the policy of the {part} to {whom} in {deployer.target}?", "yes", yes=yes)
    done = deployer.give(found, kind, holder, managed=managed)
    click.echo(json.dumps({"kind": "granted", "part": part, "says": done}) if as_json else done)
    return 0


def _tell(found: Policy, *, as_json: bool) -> None:
    from tocsin.core.grants.statement import MANAGED, ROLE_INLINE, SCP, USER_INLINE  # noqa: PLC0415 - lazy, as boto3

    scp = found.part == "guardrail"
    places = {"an SCP": SCP} if scp else {"a user": USER_INLINE, "a managed policy": MANAGED, "a role": ROLE_INLINE}
    fits = [place for place, limit in places.items() if found.size <= limit]
    if as_json:
        fact = {"kind": "policy", "part": found.part, "document": found.data(), "size": found.size, "fits": fits}
        click.echo(json.dumps({**fact, "notes": list(found.notes)}, separators=(",", ":")))
        return
    click.echo(json.dumps(found.data(), indent=2))
    said = f"fits {', '.join(fits)}" if fits else "too long for AWS"
    click.echo(f"\n{found.size:,} characters without white space: {said}", err=True)
    for note in found.notes:
        click.echo(f"note: {note}", err=True)
