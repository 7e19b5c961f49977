"""``tocsin rules``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from tocsin.entry.cli.options import as_json, columns, config_file, settings

if TYPE_CHECKING:
    from pathlib import Path

    from tocsin.core.rules import Rule


@click.command
@config_file
@as_json
def rules(config_path: Path | None, *, as_json: bool) -> int:
    """List the rules of the catalogue, and which are on.

    A trigger rings at once. A prelude waits for a trigger of the same story, and rings by itself when none comes.
    """
    from tocsin import config  # noqa: PLC0415 - lazy: --help must not load it
    from tocsin.core.rules import selected  # noqa: PLC0415 - as above

    every = config.catalogue()
    on = {rule.id for rule in selected(every, settings(config_path))}
    if as_json:
        for rule in every:
            click.echo(json.dumps(_data(rule, on=rule.id in on), separators=(",", ":")))
        return 0
    width = max(len(rule.id) for rule in every)
    for rule in every:
        state = "on " if rule.id in on else "off"
        line = f"{state}  {rule.role:<7}  {rule.severity!s:<8}  {rule.id:<{width}}  {rule.title}"
        click.echo(line if len(line) <= columns() else f"{line[: columns() - 1].rstrip()}…")
    click.echo(f"{len(on)} of {len(every)} rules on", err=True)
    return 0


def _data(rule: Rule, *, on: bool) -> dict[str, object]:
    return {
        "id": rule.id,
        "on": on,
        "title": rule.title,
        "pack": rule.pack,
        "family": rule.family,
        "role": str(rule.role),
        "severity": str(rule.severity),
        "wire": bool(rule.wire),
        "attack": list(rule.attack),
        "false_positives": rule.false_positives,
        "pattern": json.loads(rule.pattern.text) if rule.pattern else None,
    }
