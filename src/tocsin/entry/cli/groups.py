"""Help that is grouped by what one wants to do, of verbs that are loaded when they are typed."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

import click

if TYPE_CHECKING:
    from collections.abc import Mapping


class Verb(NamedTuple):
    """A verb that is not loaded yet: where it stands, and the line that help has for it."""

    place: str
    line: str


class Grouped(click.Group):
    """A group whose help lists its commands under headings, and which loads one when it is typed.

    Args:
        sections: the verbs by name, under their headings; a place is a module and what it calls the command.
    """

    def __init__(self, *args: Any, sections: Mapping[str, Mapping[str, Verb]], **kwargs: Any) -> None:  # noqa: ANN401 - click's own signature, passed on
        super().__init__(*args, **kwargs)
        self._sections = sections
        self._verbs = {name: verb for verbs in sections.values() for name, verb in verbs.items()}

    def list_commands(self, ctx: click.Context | None) -> list[str]:  # noqa: ARG002 - click's
        """The names of all verbs, in the order of letters."""
        return sorted(self._verbs)

    def get_command(self, ctx: click.Context | None, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's
        """A verb, loaded; None for a name that is none."""
        if cmd_name not in self.commands and cmd_name in self._verbs:
            module, _, held = self._verbs[cmd_name].place.partition(":")
            self.add_command(getattr(import_module(f"tocsin.entry.cli.{module}"), held), cmd_name)
        return self.commands.get(cmd_name)

    def loaded(self) -> dict[str, click.Command]:
        """Every verb, loaded, by its name."""
        return {name: found for name in self._verbs if (found := self.get_command(None, name)) is not None}

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands, a section a heading, in the order in which they are given."""
        width = formatter.width - 6 - max(len(name) for name in self.list_commands(ctx))
        for section, verbs in self._sections.items():
            with formatter.section(section):
                formatter.write_dl(
                    [
                        (name, click.Command(name, help=verb.line).get_short_help_str(width))
                        for name, verb in verbs.items()
                    ]
                )
