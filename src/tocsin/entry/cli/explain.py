"""``tocsin explain``."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

import click

from tocsin.entry.cli.inputs import opened, shown
from tocsin.entry.cli.options import as_json, columns, config_file, settings
from tocsin.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

# Of a file that is rubbish all over, so many parts are told one by one.
MOST_UNREAD = 20


@click.command
@click.argument("file", metavar="FILE|-")
@config_file
@as_json
def explain(file: str, config_path: Path | None, *, as_json: bool) -> int:
    """Tell in words what a CloudTrail record says.

    FILE is any envelope that carries records: an EventBridge event, a log file (gzipped or not), an SNS, SQS, Kinesis
    or Firehose message, an answer of LookupEvents, Logs Insights, Athena, Splunk or Elastic (JSON or CSV), JSON lines,
    a bare record; - reads standard input. A log file and JSON lines may be of any size: they are told as they are read.
    For example: tocsin explain event.json

    Exit 1 if something in it could not be read.
    """
    from tocsin.entry.cli.explained import as_line, said_of  # noqa: PLC0415 - lazy: --help must not load it

    chosen = settings(config_path)
    unread, told = 0, 0
    progress = Progress()
    # A line is on a terminal at once, and goes elsewhere in larger parts.
    write = click.echo if sys.stdout.isatty() else _in_parts
    try:
        with opened(file) as stream:
            for one in said_of(stream, chosen, columns(), as_json=as_json):
                told += one.records
                unread += not one.records
                if one.records:
                    write(one.text)
                    progress.show(told)
                elif unread <= MOST_UNREAD:
                    click.echo(one.text, err=not as_json)
    except UsageError as fault:
        raise UsageError(f"`{shown(file)}`: {fault.message}", hint=fault.hint) from fault
    sys.stdout.flush()
    progress.end(told)
    if unread > MOST_UNREAD:
        reason = f"{unread - MOST_UNREAD:,} more parts, each of which could not be read"
        line = as_line({"kind": "rejected", "place": "", "reason": reason, "bytes": 0})
        click.echo(line if as_json else f"not read: {reason}", err=not as_json)
    return 1 if unread else 0


class Progress:
    """How many records were explained, on a terminal that does not show them: once a second, in place."""

    def __init__(self) -> None:
        self._shows = sys.stderr is not None and sys.stderr.isatty() and not sys.stdout.isatty()
        self._next, self._shown = time.monotonic() + 1, False

    def show(self, count: int) -> None:
        """Show so many, if it is time."""
        if self._shows and (at := time.monotonic()) >= self._next:
            self._next, self._shown = at + 1, True
            click.echo(f"\r{count:,} records", nl=False, err=True)

    def end(self, count: int) -> None:
        """Show how many there were, if anything was shown, and leave the line."""
        if self._shown:
            click.echo(f"\r{count:,} records", err=True)


def _in_parts(text: str) -> None:
    sys.stdout.write(f"{text}\n")
