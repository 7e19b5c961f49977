"""Options that several verbs share."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tocsin.adapters.aws import Clients
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


class Surroundings(NamedTuple):
    """What a verb finds around it when it is not typed by a person: the rehearsal gives its own account.

    Attributes:
        clients: of the account that is spoken to.
        environ: the environment.
    """

    clients: Clients
    environ: Mapping[str, str]


def surroundings() -> Surroundings | None:
    """What was given to the verb that runs now, or None where it is the machine's own."""
    context = click.get_current_context(silent=True)
    return context.find_object(Surroundings) if context else None


def settings(path: Path | None) -> Settings:
    """The settings of a verb."""
    from tocsin import config  # noqa: PLC0415 - lazy: --help must not load it

    given = surroundings()
    return config.settings(path, given.environ if given else os.environ)


def columns() -> int:
    """How wide to print: the terminal, within reason."""
    # As `shutil.get_terminal_size` asks, which loads every way to pack an archive.
    told = os.environ.get("COLUMNS", "")
    wide = int(told) if told.isdecimal() else 0
    if not wide:
        with suppress(OSError):  # no terminal
            wide = os.get_terminal_size(1).columns
    return max(40, min(100, wide or 80))
