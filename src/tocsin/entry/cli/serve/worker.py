"""``tocsin worker``."""

from __future__ import annotations

import json
import signal
import sys
from contextlib import nullcontext
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

import click

from tocsin.core.text import inert
from tocsin.entry.cli.options import as_json, columns, config_file, settings
from tocsin.entry.cli.set_up import account
from tocsin.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path
    from types import FrameType

    from tocsin.flows.ports import Queue


@click.command()
@click.option(
    "--queue",
    "url",
    default="",
    metavar="URL",
    help="The feed's queue, for example https://sqs.us-east-1.amazonaws.com/111122223333/tocsin-queue. Default: the "
    "pipeline's.",
)
@click.option(
    "--poll",
    is_flag=True,
    help="Read CloudTrail's event history instead of a queue: with the right to look alone, and nothing deployed.",
)
@click.option(
    "--listen",
    default="",
    metavar="HOST:PORT",
    help="Show /healthz and, for Prometheus, /metrics there, for example 127.0.0.1:9464.",
)
@account.region
@account.profile
@config_file
@as_json
def worker(
    url: str, listen: str, region: str, profile: str, config_path: Path | None, *, poll: bool, as_json: bool
) -> int:
    """Take in what the feed's queue has, and tell every channel, until it is stopped.

    Every victim is told once, within seconds, whatever crashes: what is not told yet lies in the store (`store` in the
    config), and what is not in the store lies in the queue. Stop it by Ctrl-C or SIGTERM: what is in hand is ended
    first. Several may run at once on one store. For example: tocsin worker

    With --poll any machine is a whole alarm: it needs cloudtrail:LookupEvents and a channel, and no pipeline. History
    is five to fifteen minutes late.
    """
    from tocsin import wiring  # noqa: PLC0415 - lazy: --help must not load it
    from tocsin.adapters.health import Shown  # noqa: PLC0415 - as above
    from tocsin.adapters.history import History  # noqa: PLC0415 - as above
    from tocsin.adapters.queue import SqsQueue  # noqa: PLC0415 - boto3 is slow
    from tocsin.core.incident.hearers import gaps  # noqa: PLC0415 - as above
    from tocsin.wiring.channels import built, well_routed  # noqa: PLC0415 - as above
    from tocsin.wiring.responder import responder_of  # noqa: PLC0415 - as above
    from tocsin.wiring.worker import Worker  # noqa: PLC0415 - as above

    if poll and url:
        raise UsageError("--poll reads no queue", hint="leave --queue or --poll out")
    chosen = settings(config_path)
    deployer = cache(lambda: account.deployer(chosen, region, profile))
    rules = wiring.rules_on(chosen)
    well_routed(chosen, rules)
    # First what this machine can tell by itself: AWS is asked only where a secret lies there.
    told = built(chosen, lambda: deployer().clients, sys.stdout, columns())
    store = wiring.store(chosen, make=True)
    click.get_current_context().call_on_close(store.close)
    queue: Queue
    if poll:
        url = f"event history of {deployer().target}"
        queue = History(deployer().clients.client("cloudtrail"), store, wiring.now)
    else:
        url = url or deployer().queue_url()
        queue = SqsQueue(deployer().clients.client("sqs"), url)
    responder = responder_of(chosen, told, store)
    say = _in_json if as_json else _in_words
    working = Worker(responder, queue, say)

    def stop(_signal: int, _frame: FrameType | None) -> None:
        say("stopping", {"says": "what is in hand is ended first"})
        working.stop()

    before = {one: signal.signal(one, stop) for one in (signal.SIGINT, signal.SIGTERM)}
    try:
        for gap in gaps(chosen, rules, wiring.now()):
            say("trouble", {"in": "routes", "says": gap, "hint": "tocsin channels list"})
        say("started", {"queue": url, "store": str(store.path), "channels": list(responder.channels)})
        with Shown(listen, working) if listen else nullcontext():
            working.run()
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)
    say("stopped", {"says": "nothing is in hand"})
    return 0


def _in_json(kind: str, facts: dict[str, Any]) -> None:
    at = datetime.now(UTC).isoformat(timespec="milliseconds")
    click.echo(json.dumps({"kind": kind, "at": at, **facts}, separators=(",", ":")), err=True)


def _in_words(kind: str, facts: dict[str, Any]) -> None:
    told = "  ".join(f"{name} {_plain(value)}" for name, value in facts.items() if value not in ("", 0))
    click.echo(f"{datetime.now(UTC):%H:%M:%S}  {kind:<9} {inert(told, 1000)}", err=True)


def _plain(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
