"""``tocsin explain``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from tocsin.entry.cli.inputs import read_input, shown
from tocsin.entry.cli.options import as_json, columns, config_file, settings
from tocsin.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from tocsin.core.record.record import Pointer, Rejected
    from tocsin.flows.explain import Explained

# A log file that CloudTrail closes is a few MB unpacked; a pile of them is another job.
LARGEST = 32 * 1024 * 1024
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
    a bare record; - reads standard input. For example: tocsin explain event.json

    Exit 1 if something in it could not be read.
    """
    from tocsin import wiring  # noqa: PLC0415 - lazy: --help must not load it
    from tocsin.flows.explain import Explained  # noqa: PLC0415 - as above
    from tocsin.flows.explain import explain as run  # noqa: PLC0415 - as above

    chosen = settings(config_path)
    unread = 0
    for item in run(_read(file), wiring.rules_on(chosen), chosen, wiring.now()):
        if isinstance(item, Explained):
            _tell(item, as_json=as_json)
            continue
        unread += 1
        if unread <= MOST_UNREAD:
            _tell_unread(item, as_json=as_json)
    if unread > MOST_UNREAD:
        _tell_more(unread - MOST_UNREAD, as_json=as_json)
    return 1 if unread else 0


def _read(file: str) -> bytes:
    try:
        return read_input(file, LARGEST, "explain is for a record or a log file; split what is larger")
    except UsageError as fault:
        raise UsageError(f"`{shown(file)}`: {fault.message}", hint=fault.hint) from fault


def _tell(item: Explained, *, as_json: bool) -> None:
    from tocsin.core.notice.render import as_data, as_text  # noqa: PLC0415 - lazy: --help must not load it

    for notice in item.notices:
        if as_json:
            click.echo(json.dumps({"kind": "notice", "rings": item.rings, **as_data(notice)}, separators=(",", ":")))
        else:
            click.echo(f"{as_text(notice, columns())}\n")


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
