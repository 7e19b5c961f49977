"""Options that several verbs share."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from tocsin.core.settings import Settings

as_json = click.option(
    "--json", "as_json", is_flag=True, help="Print JSON, one object a line, as docs/reference/json.md."
)
config_file = click.option(
    "--config",
    "config_path",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="The config file, for example --config prod.toml. Default: tocsin.toml in this folder, if there is one.",
)


def settings(path: Path | None) -> Settings:
    """The settings of a verb."""
    from tocsin import config  # noqa: PLC0415 - lazy: --help must not load it

    return config.settings(path, os.environ)


def columns() -> int:
    """How wide to print: the terminal, within reason."""
    return max(40, min(100, shutil.get_terminal_size((80, 24)).columns))
