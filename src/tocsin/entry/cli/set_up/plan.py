"""``tocsin plan``."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tocsin.entry.cli.options import as_json, columns, config_file, settings
from tocsin.entry.cli.set_up import account

if TYPE_CHECKING:
    from tocsin.core.settings import Settings
    from tocsin.core.template.changes import ChangeSet
    from tocsin.core.template.figures import Figures
    from tocsin.wiring.account import Deployer


@click.command
@click.option("--all", "every", is_flag=True, help="Name every resource, and not a line a link of the pipeline.")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Keep the template, for example --out pipeline.yaml",
)
@account.region
@account.profile
@config_file
@as_json
def plan(out: Path | None, region: str, profile: str, config_path: Path | None, *, every: bool, as_json: bool) -> int:
    """Say what apply would do, and leave nothing behind.

    For example: tocsin plan --profile prod

    Exit 0 whether something would change or not.
    """
    chosen = settings(config_path)
    deployer = account.deployer(chosen, region, profile)
    tell_lacking(deployer)
    changes = deployer.plan()
    deployer.discard(changes)
    if out is not None:
        out.write_text(changes.template, encoding="utf-8")
    if as_json:
        click.echo(json.dumps(as_data(deployer, changes) | _figures(deployer, changes).data(), separators=(",", ":")))
        return 0
    tell(deployer, changes, chosen, every=every)
    for block in _figures(deployer, changes).blocks() if changes.changes else ():
        click.echo("\n" + "\n".join(block))
    return 0


def tell_lacking(deployer: Deployer) -> None:
    """Say what an adopted trail lacks, before anything is worked out; one that is not there ends it."""
    for sentence in deployer.adopted():
        click.echo(f"the adopted trail will not do, and is never changed from here: {sentence}\n", err=True)


def tell(deployer: Deployer, changes: ChangeSet, chosen: Settings, *, every: bool) -> None:
    """Print a change set as a person reads it: where, what, and what a person will have to do."""
    from tocsin.core.template import shown  # noqa: PLC0415 - lazy: --help must not load it
    from tocsin.core.template.subscribers import SMS_LIMITS, Protocol, subscribers_of  # noqa: PLC0415 - as above
    from tocsin.core.text import inert  # noqa: PLC0415 - as above

    click.echo(f"{inert(str(deployer.target))}, stack {changes.stack}{' (new)' if changes.new else ''}\n")
    for line in shown.text(changes, every=every):
        click.echo(line)
    everybody = subscribers_of(chosen)
    asked = Counter(one.endpoint for one in shown.to_confirm(changes, everybody))
    for endpoint, times in asked.items():
        links = "the link that SNS sends" if times == 1 else "each of the two links that SNS sends"
        click.echo(f"\n{endpoint} has to confirm, with {links}:\n  tocsin subscription confirm LINK")
    if changes.changes and any(one.protocol is Protocol.SMS for one in everybody):
        click.echo("\n" + click.wrap_text(f"note: {SMS_LIMITS}", columns(), subsequent_indent="      "))
    if not chosen.subscribers:
        click.echo("\nnobody hears it yet: put `subscribers` into tocsin.toml")


def _figures(deployer: Deployer, changes: ChangeSet) -> Figures:
    """What it costs, what it uses of AWS's limits, and the values that it is deployed with."""
    from tocsin.core.template.figures import Figures  # noqa: PLC0415 - lazy: --help must not load it

    return Figures.of(deployer.settings, changes.template, deployer.used())


def as_data(deployer: Deployer, changes: ChangeSet) -> dict[str, Any]:
    """A change set for a program."""
    from tocsin.core.template import shown  # noqa: PLC0415 - lazy: --help must not load it

    return {
        "kind": "plan",
        "account": deployer.target.account,
        "alias": deployer.target.alias,
        "region": deployer.target.region,
        "stack": changes.stack,
        "new": changes.new,
        "sees_drift": changes.sees_drift,
        "changes": [
            {
                "action": str(one.action),
                "resource": one.logical_id,
                "type": one.kind,
                "physical_id": one.physical_id,
                "why": one.why,
            }
            for one in changes.changes
        ],
        "groups": [
            {"group": line.group, "action": str(line.action), "count": line.count, "says": line.says}
            for line in shown.lines(changes)
        ],
    }
