"""The command line: one short file a verb, which parses, wires, runs a flow and prints.

A verb is loaded when it is typed, and nothing that is slow to import stands at the top of its module.
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
from tocsin.entry.cli.groups import Grouped, Verb
from tocsin.errors import TocsinError, Unreachable, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tocsin.entry.cli.options import Surroundings

LONGEST_ERROR = 2000


SECTIONS = {
    "Set up": {
        "init": Verb("set_up.init:init", "Look at your account, and write a config that fits it."),
        "plan": Verb("set_up.plan:plan", "Say what apply would do, and leave nothing behind."),
        "apply": Verb("set_up.apply:apply", "Build the pipeline, or bring it up to the config."),
        "status": Verb("set_up.status:status", "Say of each link of the pipeline whether it stands."),
        "destroy": Verb("set_up.destroy:destroy", "Take the pipeline out of your account."),
        "subscription": Verb("set_up.subscription:subscription", "See who hears; add, confirm and remove."),
        "dead-letters": Verb("set_up.dead_letters:dead_letters", "See what could not be delivered, and move it back."),
        "policy": Verb("set_up.policy:policy", "Print the IAM policy of a part, or give it to somebody."),
        "export": Verb("set_up.export:export", "Print what would be deployed."),
    },
    "Trust": {
        "doctor": Verb(
            "trust.doctor:doctor", "Examine every link of an alarm, ours or anybody's, and say what to mend."
        ),
        "drill": Verb("trust.drill:drill", "Delete a decoy for real, and time every hop until a person has heard it."),
        "rehearse": Verb("trust.rehearse:rehearse", "Hear the bell on this machine, with no AWS account."),
    },
    "Look": {
        "incidents": Verb(
            "look.incidents:incidents",
            "Look at what the worker took in: each incident with every telling and every try.",
        ),
        "channels": Verb("look.channels:channels", "See that notices reach whom they are for."),
        "explain": Verb("explain:explain", "Tell in words what a CloudTrail record says."),
    },
    "Rules and run": {
        "rules": Verb("rules:rules", "List the rules, and which are on; test them; import others."),
        "lint": Verb("lint:lint", "Find event rules that AWS refuses, or that can never ring."),
        "worker": Verb(
            "serve.worker:worker", "Take in what the feed's queue has, and tell every channel, until it is stopped."
        ),
    },
}


@click.group(
    cls=Grouped,
    sections=SECTIONS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="tocsin", message="%(prog)s %(version)s")
def tocsin() -> None:
    """Ring when an AWS identity is deleted.

    Start with `tocsin rehearse`: the whole system on this machine, with no AWS account.
    """


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
