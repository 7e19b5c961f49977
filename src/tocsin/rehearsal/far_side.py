"""The far side of a webhook, which can be down or never answer; and a worker of its own that tells it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import Enum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from tocsin.errors import TocsinError
from tocsin.rehearsal.stage import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tocsin.rehearsal.stage import Stage

# How long a process may take to start: Python and boto3, on a machine that does other things.
_START_S = 60.0
LOG = "notices.jsonl"


class Mood(Enum):
    """What the far side does with a post."""

    TAKES = "takes it"
    DOWN = "answers 503"
    HANGS = "takes it, and never answers"


@dataclass(frozen=True, slots=True)
class Posted:
    """A notice that was posted: whom it names, when, and whether the far side took it."""

    notice: dict[str, Any]
    at: float
    taken: bool

    def names(self, *users: str) -> bool:
        """Whether it tells that each of some users was deleted."""
        told = json.dumps([self.notice["sentence"], self.notice["new"], self.notice["story"]])
        return all(f"IAM user {user}" in told for user in users)


@dataclass
class FarSide:
    """A server on this machine, which keeps what is posted to it."""

    url: str = ""
    mood: Mood = Mood.TAKES
    posted: list[Posted] = field(default_factory=list)
    news: threading.Condition = field(default_factory=threading.Condition)
    over: threading.Event = field(default_factory=threading.Event)

    def wait(self, *users: str, taken: bool = False, patience: float = PATIENCE_S) -> Posted:
        """The first post that names all of some users, and was taken if that is asked for.

        Raises:
            TocsinError: none came.
        """

        def found() -> Posted | None:
            return next((one for one in self.posted if one.names(*users) and (one.taken or not taken)), None)

        with self.news:
            self.news.wait_for(found, patience)
            one = found()
        if one:
            return one
        raise TocsinError(f"nothing was posted within {patience:.0f} s")


@contextmanager
def far_side() -> Iterator[FarSide]:
    """A far side that is there."""
    side = FarSide()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            mood = side.mood
            with side.news:
                side.posted.append(Posted(json.loads(body)["data"], time.time(), mood is Mood.TAKES))
                side.news.notify_all()
            if mood is Mood.HANGS:
                side.over.wait()
                return
            self.send_response(200 if mood is Mood.TAKES else 503)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    side.url = f"http://127.0.0.1:{server.server_address[1]}/"
    threading.Thread(target=server.serve_forever, args=(0.05,), name="far side", daemon=True).start()
    try:
        yield side
    finally:
        side.over.set()
        server.shutdown()
        server.server_close()


@dataclass
class Worker:
    """``tocsin worker`` as a process of its own, with the facts that it says."""

    process: subprocess.Popen[str]
    said: list[dict[str, Any]] = field(default_factory=list)
    news: threading.Condition = field(default_factory=threading.Condition)

    def read(self) -> None:
        """Keep what it says until it ends."""
        for line in self.process.stderr or ():
            with self.news:
                self.said.append(json.loads(line) if line.startswith("{") else {"kind": "says", "says": line.strip()})
                self.news.notify_all()
        # It has closed what it says things to: whoever waits for more has to see that it ends, too.
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(PATIENCE_S)
        with self.news:
            self.news.notify_all()

    def wait(self, kind: str, patience: float = PATIENCE_S) -> dict[str, Any]:
        """The first fact of a kind.

        Raises:
            TocsinError: it says none.
        """

        def found() -> dict[str, Any] | None:
            return next((fact for fact in self.said if fact["kind"] == kind), None)

        with self.news:
            self.news.wait_for(lambda: found() or self.process.poll() is not None, patience)
            fact = found()
        if fact is None:
            raise TocsinError(f"the worker does not say `{kind}`; it says {self.said[-3:]}")
        return fact

    def kill(self) -> None:
        """End it at once, as the kernel does when memory is short: it can do nothing more."""
        self.process.kill()
        self.process.wait()

    def stop(self) -> None:
        """Ask it to stop, and wait for it."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(_START_S)


def config_of(stage: Stage, side: FarSide) -> Path:
    """A config of the stage's pipeline with two channels, the far side and a file, and a store of its own."""
    folder = stage.config.parent
    lines = (
        f"store = {json.dumps(str(folder / 'store.db'))}",
        '[channels.pager]\nkind = "webhook"',
        f"url = {json.dumps(side.url)}",
        '[channels.log]\nkind = "file"',
        f"path = {json.dumps(str(folder / LOG))}",
    )
    path = folder / "worker.toml"
    path.write_text(stage.config.read_text(encoding="utf-8") + "\n".join(lines) + "\n", encoding="utf-8")
    return path


@contextmanager
def working(stage: Stage, config: Path) -> Iterator[Worker]:
    """A worker on the stage's pipeline, by a config of its own; it is stopped at the end if it still runs.

    Raises:
        TocsinError: it does not start.
    """
    # Nothing of this machine's AWS configuration, proxies or settings reaches it.
    own = {name: value for name, value in os.environ.items() if name == "PATH" or name.startswith(("PYTHON", "LC_"))}
    environ = {**own, "HOME": str(config.parent), **stage.account.environ()}
    process = subprocess.Popen(  # noqa: S603 - this very program
        [sys.executable, "-m", "tocsin", "worker", "--json", "--config", str(config)],
        env=environ,
        cwd=config.parent,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    worker = Worker(process)
    reader = threading.Thread(target=worker.read, name="worker", daemon=True)
    reader.start()
    try:
        worker.wait("started", _START_S)
        yield worker
    finally:
        worker.stop()
        reader.join(PATIENCE_S)
        if process.stderr:
            process.stderr.close()
