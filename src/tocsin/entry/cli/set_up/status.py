"""``tocsin status``."""

from __future__ import annotations

import json
import textwrap
from typing import TYPE_CHECKING

import click

from tocsin.entry.cli.options import as_json, columns, config_file, settings
from tocsin.entry.cli.set_up import account

if TYPE_CHECKING:
    from pathlib import Path

    from tocsin.core.drill.result import Drilled
    from tocsin.core.settings import Settings
    from tocsin.core.template.changes import Drift

_INDENT = " " * 30
_DRIFT = {"IN_SYNC": "none", "DRIFTED": "the account is not as the template says", "NOT_CHECKED": "never looked for"}


@click.command
@click.option("--drift", is_flag=True, help="Let CloudFormation compare the stack with the account; takes minutes.")
@account.region
@account.profile
@config_file
@as_json
def status(region: str, profile: str, config_path: Path | None, *, drift: bool, as_json: bool) -> int:
    """Say of each link of the pipeline whether it stands.

    What may not be looked at is "not seen", what hangs on a policy's condition that nobody here can judge is "unclear":
    neither is ever fine. For example: tocsin status

    Of the worker's routes it says what they can never do, and what nobody would hear.

    Exit 1 if anything is not whole, a route can never do what it says, or no drill was whole for longer than
    `drill_every`.
    """
    from tocsin.core.doctor.verdicts import Standing  # noqa: PLC0415 - lazy: --help must not load it
    from tocsin.core.text import inert  # noqa: PLC0415 - as above
    from tocsin.wiring.doctor import Doctor  # noqa: PLC0415 - as above
    from tocsin.wiring.drill import Driller  # noqa: PLC0415 - as above

    deployer = account.deployer(settings(config_path), region, profile)
    stack = deployer.standing()
    found = Doctor(deployer).verdicts(stack)
    drifted = deployer.drift(stack) if drift else stack.drift
    if not as_json:
        click.echo(f"{inert(str(deployer.target))}, stack {deployer.settings.name}\n")
    for one in found:
        if as_json:
            fact = {
                "link": one.link.id,
                "standing": str(one.standing),
                "evidence": inert(one.evidence),
                "so": one.so,
                "codes": one.codes,
            }
            click.echo(json.dumps({**fact, "path": str(one.link.path)}, separators=(",", ":")))
        else:
            said = [f"{one.standing:<8}  {one.link.id:<18}  {inert(one.evidence)}"]
            said += [f"{_INDENT}so {one.so} ({', '.join(one.codes)})"] if one.so else []
            for line in said:
                click.echo(textwrap.fill(line, columns(), subsequent_indent=_INDENT))
    _tell_drift(drifted, as_json=as_json)
    drilled = Driller(deployer).drilled()
    _tell_drilled(drilled, as_json=as_json)
    wrong = _tell_routes(deployer.settings, as_json=as_json)
    if not as_json:
        click.echo("\noutputs")
        account.tell_outputs(stack.outputs)
    whole = all(one.standing is Standing.WHOLE for one in found)
    return 0 if whole and not (drift and drifted.resources) and not drilled.due and not wrong else 1


def _tell_drift(drifted: Drift, *, as_json: bool) -> None:
    """Say what CloudFormation found, and when; it sees no targets, subscriptions or policies that were added."""
    if as_json:
        fact = {
            "drift": drifted.status,
            "at": drifted.at.isoformat() if drifted.at else None,
            "resources": [{"resource": name, "became": what} for name, what in drifted.resources],
        }
        click.echo(json.dumps(fact, separators=(",", ":")))
        return
    when = f", looked for at {drifted.at:%Y-%m-%d %H:%M} UTC" if drifted.at else ": tocsin status --drift"
    click.echo(f"\ndrift: {_DRIFT.get(drifted.status, drifted.status.lower())}{when}")
    for name, what in drifted.resources:
        click.echo(f"  {name}: {what.lower()} by hand; tocsin apply mends it")


def _tell_routes(chosen: Settings, *, as_json: bool) -> list[str]:
    """Say what is wrong with the worker's routes, and what nobody would hear; gives what can never be done."""
    from tocsin import wiring  # noqa: PLC0415 - lazy: --help must not load it
    from tocsin.core.incident.hearers import faults, gaps  # noqa: PLC0415 - as above

    if not chosen.routes and not chosen.escalation:
        return []
    rules = wiring.rules_on(chosen)
    wrong = faults(chosen, rules)
    for says in wrong or gaps(chosen, rules, wiring.now()):
        click.echo(json.dumps({"routes": says}, separators=(",", ":")) if as_json else f"routes: {says}")
    return wrong


def _tell_drilled(drilled: Drilled, *, as_json: bool) -> None:
    """Say when the alarm was last drilled, and whether it is time again."""
    last = drilled.last
    if as_json:
        fact = {
            "drilled": last.at.isoformat() if last else None,
            "whole": last.whole if last else None,
            "proven": drilled.proven.isoformat() if drilled.proven else None,
            "due": drilled.due,
        }
        click.echo(json.dumps(fact, separators=(",", ":")))
        return
    said = "never, as far as this machine knows: tocsin drill"
    if last:
        said = f"{last.at:%Y-%m-%d %H:%M} UTC, {'whole' if last.whole else 'NOT WHOLE'}"
        if not last.whole and drilled.proven:
            said += f"; the last one that was whole: {drilled.proven:%Y-%m-%d %H:%M} UTC"
    click.echo(f"last drill: {said}")
    if drilled.due:
        click.echo("DUE: no drill was whole for longer than `drill_every` of the config: tocsin drill")
