"""``tocsin rehearse --template``."""

from __future__ import annotations

import json
import textwrap
from typing import TYPE_CHECKING

import click

from tocsin.core.text import inert, join
from tocsin.entry.cli.inputs import read_input
from tocsin.entry.cli.options import columns
from tocsin.entry.cli.trust import doctor_formats
from tocsin.errors import UsageError
from tocsin.rehearsal.theirs import rehearse

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from tocsin.rehearsal.theirs import Rehearsed

# CloudFormation takes templates of at most 1 MB.
_LARGEST = 2_000_000
_LONGEST = 2000


def theirs(template: Path, given: Iterable[str], port: int, *, as_json: bool) -> int:
    """Rehearse a template, tell what came of it, and give the exit code.

    Args:
        template: the file.
        given: parameters, ``KEY=VALUE`` each.
        port: of the embedded AWS; 0 takes a free one.
        as_json: whether it is told as data.

    Raises:
        UsageError: the file cannot be read, or what stands in it cannot be built.
    """
    values = dict(map(_pair, given))
    try:
        text = read_input(str(template), _LARGEST, "CloudFormation takes no template as large").decode("utf-8-sig")
    except UnicodeError as fault:
        raise UsageError(f"`{template}`: not UTF-8") from fault
    except UsageError as fault:
        raise UsageError(f"`{template}`: {fault.message}", hint=fault.hint) from fault
    done = rehearse(text, values, _say_data if as_json else _say, port=port)
    return _tell_data(done) if as_json else _tell(str(template), done)


def _pair(given: str) -> tuple[str, str]:
    key, equals, value = given.partition("=")
    if not (key and equals):
        raise UsageError(
            f"--parameter {given}: it is no KEY=VALUE", hint="for example --parameter Email=ops@example.com"
        )
    return key, value


def _say(kind: str, sentence: str) -> None:
    if kind == "act":
        click.echo(f"\n{inert(sentence)}")
        return
    line = f"  {kind:<13} {inert(sentence, _LONGEST)}"
    click.echo(textwrap.fill(line, columns(), subsequent_indent=" " * 16, break_on_hyphens=False))


def _say_data(kind: str, sentence: str) -> None:
    _print({"kind": "hop", "hop": kind, "says": inert(sentence, _LONGEST)})


def _print(fact: dict[str, object]) -> None:
    click.echo(json.dumps(fact, separators=(",", ":")))


def _people(done: Rehearsed) -> tuple[list[str], list[str]]:
    """Who hears of a deletion, and who of those of a refused one in the same way."""
    heard = sorted({address for address, _ in done.heard})
    return heard, sorted({address for address, _ in done.refused} & set(heard))


def _tell_data(done: Rehearsed) -> int:
    for fact in doctor_formats.facts(done.found, None):
        _print(fact)
    heard, refused = _people(done)
    _print({"kind": "end", "heard": heard, "refused_heard": refused})
    return 0 if heard else 1


def _tell(name: str, done: Rehearsed) -> int:
    click.echo("")
    for line in doctor_formats.text(done.found, None, columns(), name):
        click.echo(line)
    heard, refused = _people(done)
    click.echo("")
    if not heard:
        click.echo("NOBODY HEARS that a user was deleted")
        return 1
    also = f"; {join(refused, most=3)} of a deletion that was refused too, in the same way" if refused else ""
    click.echo(textwrap.fill(f"{join(heard, most=3)} hears that a user was deleted{also}", columns()))
    return 0
