"""The command line: one short file a verb, which parses, wires, runs a flow and prints.

Nothing that is slow to import stands at the top of a module here: `tocsin --help` answers in under 100 ms.
"""

from __future__ import annotations

import sys
from io import TextIOWrapper

import click

from tocsin import __version__
from tocsin.core.text import inert
from tocsin.entry.cli.explain import explain
from tocsin.entry.cli.groups import Grouped
from tocsin.entry.cli.rehearse import rehearse
from tocsin.entry.cli.rules import rules
from tocsin.errors import TocsinError

LONGEST_ERROR = 2000


@click.group(cls=Grouped, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="tocsin", message="%(prog)s %(version)s")
def tocsin() -> None:
    """Ring when an AWS identity is deleted.

    Start with `tocsin rehearse`: the whole system on this machine, with no AWS account.
    """


tocsin.add_to("Trust", rehearse)
tocsin.add_to("Look", explain)
tocsin.add_to("Rules and run", rules)


def main() -> None:
    """Run the command line, and end the process with the exit code that the outcome means."""
    if isinstance(sys.stdout, TextIOWrapper):
        # A name that the terminal's encoding lacks is shown as its escape, as stderr does by itself.
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        code = tocsin.main(prog_name="tocsin", standalone_mode=False)
    except TocsinError as fault:
        report(fault.message, fault.hint)
        sys.exit(fault.exit_code)
    except click.exceptions.NoArgsIsHelpError as fault:
        click.echo(fault.format_message())
        sys.exit(0)
    except click.ClickException as fault:
        context = getattr(fault, "ctx", None)
        where = f"see `{context.command_path} --help`" if context else ""
        report(fault.format_message().rstrip("."), where)
        sys.exit(fault.exit_code)
    except (KeyboardInterrupt, click.Abort):
        click.echo("stopped", err=True)
        sys.exit(130)
    sys.exit(code if isinstance(code, int) else 0)


def report(message: str, hint: str) -> None:
    """Tell an error on stderr: what and where, then the next step behind a blank line. What AWS says is inert too."""
    said = [inert(line, LONGEST_ERROR) for line in message.split("\n")]
    lines = [f"error: {said[0]}", *(f"       {line}" for line in said[1:])]
    if hint:
        lines += ["", f"hint: {inert(hint, LONGEST_ERROR)}"]
    click.echo("\n".join(lines), err=True)
