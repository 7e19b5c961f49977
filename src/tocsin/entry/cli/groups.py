"""Help that is grouped by what one wants to do."""

from __future__ import annotations

from typing import Any

import click


class Grouped(click.Group):
    """A group whose help lists its commands under headings."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - click's own signature, passed on
        super().__init__(*args, **kwargs)
        self._sections: dict[str, list[click.Command]] = {}

    def add_to(self, section: str, command: click.Command) -> None:
        """Add a command under a heading."""
        self.add_command(command)
        self._sections.setdefault(section, []).append(command)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands, a section a heading, in the order in which they were added."""
        width = formatter.width - 6 - max(len(name) for name in self.list_commands(ctx))
        for section, commands in self._sections.items():
            with formatter.section(section):
                formatter.write_dl([(str(command.name), command.get_short_help_str(width)) for command in commands])
