"""``tocsin rules``: list, test, import."""

from __future__ import annotations

import json
import sys
import textwrap
from typing import TYPE_CHECKING

import click

from tocsin.entry.cli.options import as_json, columns, config_file, settings
from tocsin.entry.cli.rules_import import import_
from tocsin.entry.cli.rules_test import test

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from pathlib import Path

    from tocsin.core.match.rules import Rule


@click.group(invoke_without_command=True)
@config_file
@as_json
@click.pass_context
def rules(context: click.Context, config_path: Path | None, *, as_json: bool) -> int:
    """List the rules, and which are on; test them; import others.

    A trigger rings at once. A prelude waits for a trigger of the same story, and rings by itself when none comes.
    """
    return 0 if context.invoked_subcommand else show(config_path, as_json=as_json)


@click.command("list")
@config_file
@as_json
def list_(config_path: Path | None, *, as_json: bool) -> int:
    """List the rules of the catalogue and of your own folder, and which are on."""
    return show(config_path, as_json=as_json)


def show(config_path: Path | None, *, as_json: bool) -> int:
    """Print every rule, a line each."""
    from tocsin import config  # noqa: PLC0415 - lazy: --help must not load it
    from tocsin.core.match.rules import selected  # noqa: PLC0415 - as above

    chosen = settings(config_path)
    on = {rule.id: rule for rule in selected(config.rules(chosen), chosen)}
    every = [on.get(rule.id, rule) for rule in config.rules(chosen)]
    if as_json:
        for rule in every:
            click.echo(json.dumps(_data(rule, on=rule.id in on), separators=(",", ":")))
        return 0
    for line in _for_a_person(every, on) if sys.stdout.isatty() else _for_a_pipe(every, on):
        click.echo(line)
    click.echo(f"{len(on)} of {len(every)} rules on", err=True)
    return 0


def _for_a_pipe(every: Sequence[Rule], on: Collection[str]) -> Iterator[str]:
    """A line a rule, whole however wide."""
    width = max(len(rule.id) for rule in every)
    pack = max(len(rule.pack) for rule in every)
    for rule in every:
        state = "on " if rule.id in on else "off"
        yield f"{state}  {rule.role:<7}  {rule.severity!s:<8}  {rule.pack:<{pack}}  {rule.id:<{width}}  {rule.title}"


def _for_a_person(every: Sequence[Rule], on: Collection[str]) -> Iterator[str]:
    """The rules by pack, each with its title in full on lines of its own, within the width of the terminal."""
    for pack in sorted({rule.pack for rule in every}):
        rules = [rule for rule in every if rule.pack == pack]
        count = sum(rule.id in on for rule in rules)
        yield f"{pack}: {len(rules)} rules, {'all on' if count == len(rules) else f'{count} on'}"
        for rule in rules:
            yield f"  {'on ' if rule.id in on else 'off'}  {rule.severity!s:<8}  {rule.role:<7}  {rule.id}"
            yield from textwrap.wrap(rule.title, columns() - 2, initial_indent=" " * 7, subsequent_indent=" " * 7)
        yield ""


def _data(rule: Rule, *, on: bool) -> dict[str, object]:
    return {
        "id": rule.id,
        "on": on,
        "title": rule.title,
        "pack": rule.pack,
        "family": rule.family,
        "role": str(rule.role),
        "severity": str(rule.severity),
        "wire": bool(rule.wire),
        "runbook": rule.runbook,
        "attack": list(rule.attack),
        "false_positives": rule.false_positives,
        "pattern": json.loads(rule.pattern.text) if rule.pattern else None,
    }


for _command in (list_, test, import_):
    rules.add_command(_command)
