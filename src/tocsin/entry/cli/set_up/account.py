"""What the verbs that go to an account share: whose it is, and the question before they change it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from tocsin.entry.cli.options import surroundings
from tocsin.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tocsin.core.settings import Settings
    from tocsin.wiring.account import Deployer

profile = click.option(
    "--profile", default="", metavar="NAME", help="Profile of the AWS config files, as every AWS tool."
)
region = click.option(
    "--region",
    default="",
    metavar="REGION",
    help="Where the pipeline stands. Default: where the partition of your Region records IAM, for example us-east-1.",
)
yes = click.option("--yes", is_flag=True, help="Do not ask; for CI.")


def deployer(settings: Settings, region: str, profile: str) -> Deployer:
    """What deploys to the account that the credentials are of."""
    from tocsin.wiring import account  # noqa: PLC0415 - lazy: --help must not load boto3

    given = surroundings()
    return account.deployer(settings, region=region, profile=profile, clients=given.clients if given else None)


def own_region(profile: str) -> str:
    """The Region of the environment or the profile, or ``""``."""
    from tocsin.adapters.aws import own_region as named  # noqa: PLC0415 - lazy: --help must not load boto3

    return "" if surroundings() else named(profile)


def tell_outputs(outputs: Mapping[str, str]) -> None:
    """Print the outputs of a stack, a line each."""
    for name, value in sorted(outputs.items()):
        click.echo(f"  {name:<20} {value}")


def ask(question: str, answer: str, *, yes: bool) -> None:
    """Ask before something changes.

    Args:
        question: what is asked, as a sentence.
        answer: what has to be typed.
        yes: whether it was answered on the command line.

    Raises:
        UsageError: nobody can be asked.
        click.Abort: the answer was another.
    """
    if yes:
        return
    if sys.stdin is None or not sys.stdin.isatty():
        raise UsageError("nobody can be asked, since standard input is no terminal", hint="give --yes")
    if click.prompt(f"{question} Type {answer} to go on", default="", show_default=False, err=True) != answer:
        raise click.Abort
