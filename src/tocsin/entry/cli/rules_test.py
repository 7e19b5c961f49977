"""``tocsin rules test``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from tocsin.entry.cli.options import as_json, config_file, settings
from tocsin.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path


@click.command("test")
@click.argument("ids", nargs=-1, metavar="[ID]...")
@config_file
@as_json
def test(ids: tuple[str, ...], config_path: Path | None, *, as_json: bool) -> int:
    """Run the examples of rules: all of them, or those named.

    Each example must ring, in the words that it gives, or be silent, as it says. For example: tocsin rules test
    iam-user-deleted

    Exit 1 if one does not.
    """
    from tocsin import config, wiring  # noqa: PLC0415 - lazy: --help must not load it
    from tocsin.flows.prove import prove  # noqa: PLC0415 - as above

    every = {rule.id: rule for rule in config.rules(settings(config_path))}
    unknown = [name for name in ids if name not in every]
    if unknown:
        raise UsageError(f"no rule `{unknown[0]}`", hint="`tocsin rules` lists them")
    chosen = [every[name] for name in ids or every]
    proofs = list(prove(chosen, wiring.now()))
    failed = [proof for proof in proofs if proof.fault]
    for proof in proofs if as_json else failed:
        data = {"rule": proof.rule, "example": proof.says, "rings": proof.rings, "fault": proof.fault}
        words = f"{proof.rule}: {proof.says}: {proof.fault}"
        click.echo(json.dumps(data, separators=(",", ":")) if as_json else words)
    click.echo(f"{len(chosen)} rules, {len(proofs)} examples, {len(failed)} failed", err=True)
    return 1 if failed else 0
