"""``tocsin status``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from tocsin.entry.cli.options import as_json, config_file, settings
from tocsin.entry.cli.set_up import account

if TYPE_CHECKING:
    from pathlib import Path


@click.command
@account.region
@account.profile
@config_file
@as_json
def status(region: str, profile: str, config_path: Path | None, *, as_json: bool) -> int:
    """Say of each link of the pipeline whether it stands.

    What may not be looked at is "not seen", and never fine. For example: tocsin status

    Exit 1 if anything is broken or not seen.
    """
    from tocsin.core.template.verdicts import Standing  # noqa: PLC0415 - lazy: --help must not load it
    from tocsin.core.text import inert  # noqa: PLC0415 - as above

    deployer = account.deployer(settings(config_path), region, profile)
    found = deployer.status()
    if not as_json:
        click.echo(f"{inert(str(deployer.target))}, stack {deployer.settings.name}\n")
    for one in found:
        if as_json:
            fact = {"link": one.link.id, "standing": str(one.standing), "evidence": inert(one.evidence)}
            click.echo(json.dumps({**fact, "path": str(one.link.path)}, separators=(",", ":")))
        else:
            click.echo(f"{one.standing:<8}  {one.link.id:<18}  {inert(one.evidence)}")
            if one.standing is Standing.BROKEN:
                click.echo(f"{' ' * 30}so {one.link.broken}")
    return 0 if all(one.standing is Standing.WHOLE for one in found) else 1
