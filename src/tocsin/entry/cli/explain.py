"""``tocsin explain``."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from tocsin.entry.cli.inputs import opened, shown
from tocsin.entry.cli.options import as_json, columns, config_file, settings
from tocsin.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tocsin.core.match.rules import RuleSet
    from tocsin.core.notice.notice import Notice
    from tocsin.core.record.record import Pointer, Rejected
    from tocsin.core.settings import Settings
    from tocsin.flows.explain import Explained

# Of a file that is rubbish all over, so many parts are told one by one.
MOST_UNREAD = 20
_encode = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode  # `json.dumps` makes one every time


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
    from tocsin import wiring  # noqa: PLC0415 - lazy: --help must not load it
    from tocsin.core.notice.render import as_text  # noqa: PLC0415 - as above
    from tocsin.flows.explain import Explained  # noqa: PLC0415 - as above

    chosen = settings(config_path)
    unread, told = 0, 0
    progress, width = Progress(), columns()
    # A line is on a terminal at once, and goes elsewhere in larger parts.
    write = click.echo if sys.stdout.isatty() else _in_parts
    for item in _items(file, wiring.rules_on(chosen), chosen):
        if isinstance(item, Explained):
            for notice in item.notices:
                write(_line(item, notice) if as_json else f"{as_text(notice, width)}\n")
            told += 1
            progress.show(told)
            continue
        unread += 1
        if unread <= MOST_UNREAD:
            _tell_unread(item, as_json=as_json)
    sys.stdout.flush()
    if unread > MOST_UNREAD:
        _tell_more(unread - MOST_UNREAD, as_json=as_json)
    return 1 if unread else 0


class Progress:
    """How many records were explained, on a terminal that does not show them: once a second, in place."""

    def __init__(self) -> None:
        self._shows = sys.stderr is not None and sys.stderr.isatty() and not sys.stdout.isatty()
        self._next = time.monotonic() + 1

    def show(self, count: int) -> None:
        """Show so many, if it is time."""
        if self._shows and count % 100 == 0 and (at := time.monotonic()) >= self._next:
            self._next = at + 1
            click.echo(f"\r{count:,} records", nl=False, err=True)


def _items(file: str, rules: RuleSet, chosen: Settings) -> Iterator[Explained | Rejected | Pointer]:
    """What is in a file, each as soon as it is read."""
    from tocsin import wiring  # noqa: PLC0415 - lazy: --help must not load it
    from tocsin.adapters.files.pieces import pieces  # noqa: PLC0415 - as above
    from tocsin.core.record.record import Rejected  # noqa: PLC0415 - as above
    from tocsin.flows.explain import explain as run  # noqa: PLC0415 - as above

    now = wiring.now()
    try:
        with opened(file) as stream:
            for piece in pieces(stream, "split it, or take the records out of it"):
                if piece.fault:
                    body = piece.body if isinstance(piece.body, bytes) else b""
                    yield Rejected(piece.fault, body, piece.place)
                    continue
                for item in run(piece.body, rules, chosen, now):
                    if isinstance(item, Rejected) and piece.place:
                        yield replace(item, place=f"{piece.place} {item.place}".rstrip())
                    else:
                        yield item
    except UsageError as fault:
        raise UsageError(f"`{shown(file)}`: {fault.message}", hint=fault.hint) from fault


def _line(item: Explained, notice: Notice) -> str:
    from tocsin.core.notice.render import as_data  # noqa: PLC0415 - lazy: --help must not load it

    return _encode({"kind": "notice", "rings": item.rings, **as_data(notice)})


def _in_parts(text: str) -> None:
    sys.stdout.write(f"{text}\n")


def _tell_more(count: int, *, as_json: bool) -> None:
    """Say how much more could not be read, without saying all of it."""
    reason = f"{count:,} more parts, each of which could not be read"
    if as_json:
        data = {"kind": "rejected", "place": "", "reason": reason, "bytes": 0}
        click.echo(json.dumps(data, separators=(",", ":")))
    else:
        click.echo(f"not read: {reason}", err=True)


def _tell_unread(item: Rejected | Pointer, *, as_json: bool) -> None:
    from tocsin.core.record.record import Rejected  # noqa: PLC0415 - lazy: --help must not load it
    from tocsin.core.text import inert  # noqa: PLC0415 - as above

    if isinstance(item, Rejected):
        data = {"kind": "rejected", "place": item.place, "reason": inert(item.reason), "bytes": len(item.body)}
        words = f"not read: {inert(item.place) or 'the whole of it'} ({len(item.body):,} bytes): {inert(item.reason)}"
    else:
        data = {"kind": "pointer", "bucket": inert(item.bucket), "key": inert(item.key), "version": inert(item.version)}
        words = f"not read: it points to s3://{inert(item.bucket)}/{inert(item.key)}; fetch that file and explain it"
    if as_json:
        click.echo(json.dumps(data, separators=(",", ":")))
    else:
        click.echo(words, err=True)
