"""Options that several verbs share."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

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


@dataclass(frozen=True, slots=True)
class Surroundings:
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
    import shutil  # noqa: PLC0415 - lazy: it loads every way to pack an archive

    return max(40, min(100, shutil.get_terminal_size((80, 24)).columns))
