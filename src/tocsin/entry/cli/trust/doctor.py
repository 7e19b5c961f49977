"""``tocsin doctor``."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tocsin.entry.cli.options import as_json, columns, config_file, settings
from tocsin.entry.cli.set_up import account
from tocsin.errors import TocsinError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tocsin.core.doctor.since import Earlier
    from tocsin.wiring.account import Deployer
    from tocsin.wiring.doctor import Diagnosis, Doctor

_LARGEST = 100_000_000


@click.command
@click.option(
    "--rule", default="", metavar="NAME", help="Examine this event rule, be it ours or not; NAME or BUS/NAME."
)
@click.option("--topic", default="", metavar="ARN", help="Examine this topic, be it ours or not.")
@click.option("--all", "everything", is_flag=True, help="Examine whatever listens for IAM events, ours or not.")
@click.option("--fix", is_flag=True, help="Mend what can be mended without harm, after asking, and examine it again.")
@click.option(
    "--since",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Say what is new and what is mended since an earlier run, whose --json is in FILE.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "sarif", "junit"]),
    default="text",
    show_default=True,
    help="How findings are written: for a person, for code scanning, for CI.",
)
@click.option("--explain", "code", default="", metavar="CODE", help="Say what a finding means, and stop.")
@click.option(
    "--role-arn", "roles", multiple=True, metavar="ARN", help="Examine the account of this role instead. Repeatable."
)
@account.yes
@account.region
@account.profile
@config_file
@as_json
def doctor(  # noqa: PLR0917 - click gives each by its name
    rule: str,
    topic: str,
    since: Path | None,
    form: str,
    code: str,
    roles: tuple[str, ...],
    region: str,
    profile: str,
    config_path: Path | None,
    *,
    everything: bool,
    fix: bool,
    yes: bool,
    as_json: bool,
) -> int:
    """Examine every link of an alarm, ours or anybody's, and say what to mend.

    Without an option: our own pipeline, or where there is none whatever listens for IAM events in the account, from
    the trail to whoever hears. It only looks. What may not be looked at is "not seen", what hangs on what nobody here
    knows is "unclear": neither is ever fine. For example: tocsin doctor --rule user-deleted

    Every code is explained in docs/reference/findings.md. Exit 1 if there is any finding.
    """
    if code:
        return _explain(code, as_json=as_json)
    if bool(rule) + bool(topic) + everything > 1:
        raise UsageError("give one of --topic, --rule and --all")
    if form != "text" and (as_json or since or fix):
        raise UsageError(f"--format {form} goes with none of --json, --since and --fix")
    if fix and roles:
        raise UsageError("--fix mends one account at a time", hint="log in there, or give --profile")
    earlier = _earlier(since) if since else None
    from tocsin.wiring.doctor import Doctor  # noqa: PLC0415 - lazy: --help must not load it

    deployer = account.deployer(settings(config_path), region, profile)

    def examine(examining: Doctor) -> Diagnosis:
        if rule or topic:
            return examining.rule(rule) if rule else examining.topic(topic)
        standing = examining.deployer.own()
        if everything or standing is None:
            return examining.everything(standing, "" if region else account.own_region(profile))
        return examining.pipeline(standing)

    every = list(_in_roles(deployer, roles, examine)) if roles else [examine(Doctor(deployer))]
    _tell(every, earlier, form, as_json=as_json)
    if fix and every[0].findings:
        every = [_fix(Doctor(deployer), every[0], examine, yes=yes, as_json=as_json)]
    return 1 if any(found.findings for found in every) else 0


def _in_roles(
    deployer: Deployer, roles: tuple[str, ...], examine: Callable[[Doctor], Diagnosis]
) -> Iterator[Diagnosis]:
    """An account a role; one that cannot be looked at is told as that, and keeps no other from being."""
    from tocsin.wiring.doctor import in_role, unreached  # noqa: PLC0415 - lazy: --help must not load it

    for role in dict.fromkeys(roles):
        try:
            yield examine(in_role(deployer, role))
        except TocsinError as fault:
            yield unreached(role, fault.message, fault.hint)


def _tell(every: list[Diagnosis], earlier: Earlier | None, form: str, *, as_json: bool) -> None:
    from tocsin.entry.cli.trust import doctor_formats as formats  # noqa: PLC0415 - lazy: --help must not load it

    if form != "text":
        click.echo(formats.sarif(every) if form == "sarif" else formats.junit(every))
        return
    for number, found in enumerate(every):
        if as_json:
            for fact in formats.facts(found, earlier):
                click.echo(json.dumps(fact, separators=(",", ":")))
            continue
        for line in (*([""] if number else []), *formats.text(found, earlier, columns())):
            click.echo(line)


def _fix(
    examining: Doctor, found: Diagnosis, examine: Callable[[Doctor], Diagnosis], *, yes: bool, as_json: bool
) -> Diagnosis:
    """Show the plan, ask, carry it out, and examine anew."""
    from tocsin.core.text import inert  # noqa: PLC0415 - lazy: --help must not load it

    steps = examining.plan(found)
    if not steps:
        click.echo("\nnothing of this can be mended without a person: see the lines `mend`", err=True)
        return found
    click.echo("\nto be mended, and nothing else is touched:", err=True)
    for number, step in enumerate(steps, 1):
        click.echo(f"  {number}. {inert(step.says)} ({step.operation})", err=True)
    account.ask("Mend it?", "yes", yes=yes)
    for step, answered in examining.mend(steps):
        if as_json:
            fact = {"kind": "step", "says": inert(step.says), "operation": step.operation, "error": answered.said}
            click.echo(json.dumps(fact, separators=(",", ":")))
        else:
            said = f"NOT DONE: {inert(answered.said, 2000)}" if answered.code else "done"
            click.echo(f"{said}: {inert(step.says)}")
    again = examine(examining)
    left = len(again.findings)
    click.echo(f"examined again: {f'{left} findings are left' if left else 'nothing found'}", err=True)
    return again


def _earlier(file: Path) -> Earlier:
    from tocsin.core.doctor.since import earlier_of  # noqa: PLC0415 - lazy: --help must not load it
    from tocsin.entry.cli.inputs import read_input  # noqa: PLC0415 - as above

    try:
        return earlier_of(read_input(str(file), _LARGEST, "no run of the doctor prints as much").decode("utf-8-sig"))
    except ValueError as fault:
        hint = "FILE is what an earlier `tocsin doctor --json` printed"
        raise UsageError(f"--since {file}: {fault}", hint=hint) from fault


def _explain(code: str, *, as_json: bool) -> int:
    from tocsin import config  # noqa: PLC0415 - lazy: --help must not load it

    kinds = config.finding_kinds()
    kind = kinds.get(code.upper())
    if kind is None:
        raise UsageError(f"there is no finding `{code}`", hint=f"there are {', '.join(kinds)}")
    if as_json:
        fact = {name: getattr(kind, name) for name in ("code", "severity", "title", "so", "cause", "mend")}
        click.echo(json.dumps({"kind": "explained", **fact}, separators=(",", ":")))
        return 0
    click.echo(f"{kind.code}: {kind.title} ({kind.severity})\n")
    for label, text in (("so", kind.so), ("cause", kind.cause), ("mend", kind.mend)):
        click.echo(textwrap.fill(f"{label:<7} {text}", columns(), subsequent_indent=" " * 8, break_on_hyphens=False))
    return 0
