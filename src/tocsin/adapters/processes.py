"""Work that several processes share: its results in the order of the work, and nothing held but what is under way."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections import deque
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, TypeVar

from tocsin.errors import TocsinError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from multiprocessing.connection import Connection

Work = TypeVar("Work")
Done = TypeVar("Done")

# More than these wait for the one that reads and writes.
_MOST = 4


def how_many() -> int:
    """How many processes are worth starting here: one where there is one core."""
    able = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(able, _MOST)


def in_order(made: Callable[[], Callable[[Work], Done]], work: Iterable[Work], count: int) -> Iterator[Done]:
    """What is done with each part of some work, in the order of the parts. Each process has one part at a time.

    Args:
        made: makes, in each process, what does the work; like what it takes and gives, it can be pickled.
        work: the parts; each is asked for as soon as a process is free for it.
        count: how many processes.

    Raises:
        TocsinError: a process ended; or whatever asking for work raises, after what was done until then.
    """
    ends: list[Connection] = []
    started: list[Any] = []
    under_way: deque[Connection] = deque()
    parts = iter(work)
    try:
        while True:
            try:
                part = next(parts)
            except StopIteration:
                break
            except TocsinError:
                yield from map(_received, under_way)
                raise
            if len(ends) < count:
                _start(made, ends, started)
                _send(ends[-1], part)
                under_way.append(ends[-1])
                continue
            end = under_way.popleft()
            done = _received(end)
            _send(end, part)  # before the result is used, so that nobody waits for that
            under_way.append(end)
            yield done
        yield from map(_received, under_way)
    finally:
        for process in started:
            process.kill()
            process.join()


def _received(end: Connection) -> Any:  # noqa: ANN401 - whatever the work makes
    with _said():
        return end.recv()


def _send(end: Connection, part: object) -> None:
    with _said():
        end.send(part)


@contextmanager
def _said() -> Iterator[None]:
    try:
        yield
    except (EOFError, ConnectionError) as fault:
        raise TocsinError(
            "a process that shared the work ended before it was done", hint="see whether memory ran out; then try again"
        ) from fault


def _start(made: Callable[[], Callable[[Any], Any]], ends: list[Connection], started: list[Any]) -> None:
    """Start one more process, and keep this side's end of its pipe."""
    # A fork starts at once. Elsewhere the system's own libraries do not bear it.
    forks = sys.platform == "linux"
    context: Any = multiprocessing.get_context("fork" if forks else "spawn")
    ours, theirs = context.Pipe()
    ends.append(ours)
    process = context.Process(target=_serve, args=(made, theirs, ends if forks else []), daemon=True)
    process.start()
    theirs.close()
    started.append(process)


def _serve(made: Callable[[], Callable[[Any], Any]], end: Connection, inherited: list[Connection]) -> None:
    """Do what comes, until the other side is gone: whoever held its ends too would never see that."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the one that asks stops, and ends this process
    for one in inherited:
        one.close()
    do = made()
    with suppress(EOFError, ConnectionError):
        while True:
            end.send(do(end.recv()))
