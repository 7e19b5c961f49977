"""``tocsin export``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from tocsin.entry.cli.options import as_json, config_file, settings

if TYPE_CHECKING:
    from pathlib import Path


@click.group()
def export() -> None:
    """Print what would be deployed."""


@export.command()
@config_file
@as_json
def cloudformation(config_path: Path | None, *, as_json: bool) -> int:
    """Print the CloudFormation template that the config describes, with its values as defaults.

    For example: tocsin export cloudformation > pipeline.yaml
    """
    from tocsin import wiring  # noqa: PLC0415 - lazy: --help must not load it
    from tocsin.core.template.parameters import parameters_of, with_defaults  # noqa: PLC0415 - as above

    chosen = settings(config_path)
    values = parameters_of(chosen)
    text = with_defaults(wiring.template(chosen), values)
    click.echo(json.dumps({"template": text, "parameters": values}) if as_json else text, nl=as_json)
    return 0
