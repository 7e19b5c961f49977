"""The command line: one short file a verb, which parses, wires, runs a flow and prints.

Nothing that is slow to import stands at the top of a module here: `tocsin --help` answers in under 100 ms.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from io import TextIOWrapper
from typing import TYPE_CHECKING

import click

from tocsin import __version__
from tocsin.core.text import inert
from tocsin.entry.cli.explain import explain
from tocsin.entry.cli.groups import Grouped
from tocsin.entry.cli.lint import lint
from tocsin.entry.cli.look.channels import channels
from tocsin.entry.cli.look.incidents import incidents
from tocsin.entry.cli.look.routes import listed, route
from tocsin.entry.cli.rules import rules
from tocsin.entry.cli.serve.worker import worker
from tocsin.entry.cli.set_up.apply import apply
from tocsin.entry.cli.set_up.dead_letters import dead_letters
from tocsin.entry.cli.set_up.destroy import destroy
from tocsin.entry.cli.set_up.export import export
from tocsin.entry.cli.set_up.init import init
from tocsin.entry.cli.set_up.plan import plan
from tocsin.entry.cli.set_up.policy import policy
from tocsin.entry.cli.set_up.status import status
from tocsin.entry.cli.set_up.subscription import subscription
from tocsin.entry.cli.trust.doctor import doctor
from tocsin.entry.cli.trust.drill import drill
from tocsin.entry.cli.trust.rehearse import rehearse
from tocsin.errors import TocsinError, Unreachable, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tocsin.entry.cli.options import Surroundings

LONGEST_ERROR = 2000


@click.group(cls=Grouped, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="tocsin", message="%(prog)s %(version)s")
def tocsin() -> None:
    """Ring when an AWS identity is deleted.

    Start with `tocsin rehearse`: the whole system on this machine, with no AWS account.
    """


for _verb in (init, plan, apply, status, destroy, subscription, dead_letters, policy, export):
    tocsin.add_to("Set up", _verb)
channels.add_command(listed)
channels.add_command(route)
tocsin.add_to("Trust", doctor)
tocsin.add_to("Trust", drill)
tocsin.add_to("Trust", rehearse)
tocsin.add_to("Look", incidents)
tocsin.add_to("Look", channels)
tocsin.add_to("Look", explain)
tocsin.add_to("Rules and run", rules)
tocsin.add_to("Rules and run", lint)
tocsin.add_to("Rules and run", worker)


def main() -> None:
    """Run the command line, and end the process with the exit code that the outcome means."""
    if sys.stdout is None:
        report("standard output is closed", "let it go somewhere, if only to /dev/null")
        sys.exit(Unreachable.exit_code)
    if isinstance(sys.stdout, TextIOWrapper):
        # A name that the terminal's encoding lacks is shown as its escape, as stderr does by itself.
        sys.stdout.reconfigure(errors="backslashreplace")
    sys.exit(run())


def run(arguments: Sequence[str] | None = None, given: Surroundings | None = None) -> int:
    """Run one verb, and give the exit code that the outcome means.

    Args:
        arguments: what was typed; None takes the process's.
        given: what the verb finds around it; None is what the machine holds.
    """
    try:
        code = tocsin.main(arguments, prog_name="tocsin", standalone_mode=False, obj=given)
    except TocsinError as fault:
        report(fault.message, fault.hint)
        return fault.exit_code
    except click.exceptions.NoArgsIsHelpError as fault:
        click.echo(fault.format_message())
        return 0
    except click.ClickException as fault:
        context = getattr(fault, "ctx", None)
        where = f"see `{context.command_path} --help`" if context else ""
        report(fault.format_message().rstrip("."), where)
        return fault.exit_code
    except OSError as fault:
        return _unwritten(fault)
    except (KeyboardInterrupt, click.Abort):
        click.echo("stopped", err=True)
        return 130
    return code if isinstance(code, int) else 0


def _unwritten(fault: OSError) -> int:
    """Say that something could not be written, and give the exit code.

    A file that could not be has its name in the fault; standard output has none. That its reader stopped reading
    (``| head``) never comes here: click ends quietly, with 1.
    """
    if fault.filename is not None:
        report(f"`{fault.filename}`: {fault.strerror or fault}", "name a place that can be read and written")
        return UsageError.exit_code
    with suppress(OSError):  # what is left in the buffer can go nowhere, and Python would try again at its end
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    report(f"standard output cannot be written to: {fault.strerror or fault}", "make room, or let it go elsewhere")
    return Unreachable.exit_code


def report(message: str, hint: str) -> None:
    """Tell an error on stderr: what and where, then the next step behind a blank line. What AWS says is inert too."""
    said = [inert(line, LONGEST_ERROR) for line in message.split("\n")]
    lines = [f"error: {said[0]}", *(f"       {line}" for line in said[1:])]
    if hint:
        lines += ["", f"hint: {inert(hint, LONGEST_ERROR)}"]
    click.echo("\n".join(lines), err=True)
