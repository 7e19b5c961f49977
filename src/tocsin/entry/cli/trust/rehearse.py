"""``tocsin rehearse``."""

from __future__ import annotations

import json
import signal
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tocsin.entry.cli.options import as_json, columns, config_file, settings
from tocsin.errors import TocsinError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tocsin.core.notice.notice import Notice
    from tocsin.core.settings import Settings
    from tocsin.rehearsal.stage import Stage
    from tocsin.rehearsal.story import Act

# How often a kept rehearsal looks whether its responder still lives, and has the log files written.
_LOOK_S = 2.0


@click.command
@click.option("--act", "name", metavar="NAME", help="Play one act alone, for example --act attempt.")
@click.option("--keep", is_flag=True, help="Leave the embedded AWS running, and print how to try it by hand.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=0,
    metavar="PORT",
    help="Port of the embedded AWS; any free one by default.",
)
@click.option(
    "--parts", is_flag=True, help="List the parts of the embedded AWS that are ours and not moto's, and stop."
)
@click.option(
    "--template",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Rehearse your own CloudFormation template instead, YAML or JSON, of the CDK too.",
)
@click.option("--parameter", "given", multiple=True, metavar="KEY=VALUE", help="A parameter of it. Repeatable.")
@config_file
@as_json
def rehearse(
    name: str | None,
    port: int,
    template: Path | None,
    given: tuple[str, ...],
    config_path: Path | None,
    *,
    keep: bool,
    parts: bool,
    as_json: bool,
) -> int:
    """Hear the bell on this machine, with no AWS account.

    Builds the whole pipeline in an embedded AWS by Tocsin's own code, deletes a user there, and waits for the mail and
    the notice. For example: tocsin rehearse --keep

    With --template your own alarm is built there from the trail on, its subscriptions are confirmed, a user is deleted,
    and you read hop by hop what rang and what the doctor finds; what cannot be rehearsed is named.

    Exit 0 only if everything arrived; with --template, if a person would have heard.
    """
    try:
        from tocsin.rehearsal.story import ACTS  # noqa: PLC0415 - lazy, and of an extra
    except ModuleNotFoundError as fault:
        if (fault.name or "").startswith("tocsin"):
            raise
        raise UsageError(
            f"the rehearsal needs `{fault.name}`, which is not installed", hint='pip install "tocsin[rehearse]"'
        ) from fault
    if parts:
        return _list_parts(as_json=as_json)
    if template:
        from tocsin.entry.cli.trust.rehearse_theirs import theirs  # noqa: PLC0415 - as above

        with _told_in_words():
            return theirs(template, given, port, as_json=as_json)
    acts = [act for act in ACTS if name in (None, act.name)]
    if not acts:
        raise UsageError(f"there is no act `{name}`", hint=f"acts: {', '.join(act.name for act in ACTS)}")
    return _play(acts, settings(config_path), port, keep=keep, as_json=as_json)


def _play(acts: list[Act], chosen: Settings, port: int, *, keep: bool, as_json: bool) -> int:
    from embedded_aws.door.parts import PARTS  # noqa: PLC0415 - as above
    from tocsin.adapters.aws import translated  # noqa: PLC0415 - as above
    from tocsin.core.delivery.outcome import Answer, Outcome  # noqa: PLC0415 - as above
    from tocsin.core.notice.render import as_data  # noqa: PLC0415 - as above
    from tocsin.entry.cli.typed import typed  # noqa: PLC0415 - as above
    from tocsin.rehearsal.stage import open_stage  # noqa: PLC0415 - as above
    from tocsin.wiring.responder import terminal_of  # noqa: PLC0415 - as above

    say, tell = _voices(as_json=as_json)
    terminal = terminal_of(sys.stdout, columns())

    def show(notice: Notice) -> Outcome:
        if as_json:
            tell("notice", as_data(notice))
            return Outcome(Answer.ACCEPTED, "written")
        say("")
        return terminal.send(notice)

    opened = open_stage(chosen, say=say, tell=tell, show=show, typed=typed, width=columns(), port=port, keep=keep)
    with opened as stage:
        ours = sum(part.ours for part in PARTS)
        say(f"an embedded AWS on {stage.account.aws.endpoint_url}: moto, and {ours} parts of ours (--parts names them)")
        for act in acts:
            say(f"\n=== {act.title}\n")
            tell("act", {"name": act.name})
            with translated(), _told_in_words():
                act.play(stage)
        say("\neverything arrived")
        tell("end", {"arrived": True})
        if keep:
            _keep(stage, say)
    return 0


@contextmanager
def _told_in_words() -> Iterator[None]:
    """What the embedded AWS itself fails with, as an error of ours."""
    from embedded_aws.door.server import SubscriberError  # noqa: PLC0415 - lazy, and of an extra

    try:
        yield
    except (TimeoutError, SubscriberError) as fault:
        raise TocsinError(f"the embedded AWS failed: {fault}") from fault


def _voices(*, as_json: bool) -> tuple[Callable[[str], None], Callable[[str, Mapping[str, Any]], None]]:
    """How the story is told: in lines for a person, or in facts for a program.

    On the standard output of now: while a verb of the story is typed, what it says is kept, and a notice may come.
    """
    out = sys.stdout
    if as_json:
        return (
            lambda _: None,
            lambda kind, fact: click.echo(json.dumps({"kind": kind, **fact}, separators=(",", ":")), file=out),
        )
    return lambda line: click.echo(line, file=out), lambda _kind, _fact: None


def _list_parts(*, as_json: bool) -> int:
    from embedded_aws.door.parts import PARTS  # noqa: PLC0415 - lazy, and of an extra

    for part in PARTS:
        whose = "ours" if part.ours else "moto"
        if as_json:
            fact = {"part": part.name, "whose": whose, "note": part.note, "source": part.source}
            click.echo(json.dumps(fact, separators=(",", ":")))
        else:
            click.echo(f"{whose}  {part.name}\n      {part.note}\n      {part.source}".rstrip())
    return 0


def _keep(stage: Stage, say: Callable[[str], None]) -> None:
    """Leave everything running until it is interrupted, with the responder listening."""
    stage.ready()
    lines = (
        "the embedded AWS stays until Ctrl-C. In another terminal:",
        "",
        *(f"  {line}" for line in stage.account.exports()),
        "  aws iam create-user --user-name dave",
        "  aws iam delete-user --user-name dave",
        "",
        "and the bell rings here.",
    )
    for line in lines:
        say(line)
    sys.stdout.flush()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with suppress(KeyboardInterrupt), stage.listening():
        while not stage.failed:
            time.sleep(_LOOK_S)
            stage.account.aws.flush_logs(wait=False)
