"""A worker that is killed with SIGKILL at a random moment, again and again.

``python kills.py FOLDER KILLS SEED QUEUE``

Each round puts deletions into a queue of files and starts the real worker, over a real store, in a process of its own,
which is killed a few milliseconds later. In the end one is let live until it has told all. What every channel was told,
by which round, is printed as JSON. QUEUE is ``files``, or ``careless``, which forgets what it gives, so that some are
lost.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import threading
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from builders import NOW, at, message_of
from tocsin import wiring
from tocsin.adapters.sqlite.store import SqliteStore
from tocsin.core.channels import ChannelSpec
from tocsin.core.delivery.exchange import Message
from tocsin.core.delivery.outcome import Answer, Outcome
from tocsin.core.settings import DEFAULTS
from tocsin.wiring.responder import Responder
from tocsin.wiring.worker import Worker

CHANNELS = ("x", "y")
SETTINGS = replace(
    DEFAULTS,
    lease=timedelta(seconds=0.2),
    settle=timedelta(seconds=0.1),
    specs=tuple(ChannelSpec(one, "terminal") for one in CHANNELS),
)
# Half of the rounds are killed before this: by then one has begun to take in, and after thrice that has told.
MEAN_S, LONGEST_S = 0.03, 0.3
# Of one actor, so that a story has as many as are told at once.
OF_ONE, STORIES = 5, 40


def names_in(folder):
    return [one.name for one in folder.iterdir()]


def said(kind, facts):
    if kind in ("trouble", "fault"):
        sys.stderr.write(f"{kind} {facts}\n")


class Files:
    """A queue of files; what is deleted is gone, whatever is killed. Fits `flows.ports.Queue`."""

    def __init__(self, folder):
        self._folder, self._hidden = folder, set()

    def receive(self, wait):
        names = sorted(one for one in names_in(self._folder) if one not in self._hidden)[:10]
        self._hidden.update(names)
        if not names:
            time.sleep(0.002)
        return [Message(name, (self._folder / name).read_bytes()) for name in names]

    def delete(self, messages):
        for one in messages:
            (self._folder / one.id).unlink()

    def hold(self, messages, wait):
        pass


class Careless(Files):
    """A queue that forgets what it has given, as a worker has it that deletes before it has written."""

    def receive(self, wait):
        given = super().receive(wait)
        super().delete(given)
        return given

    def delete(self, messages):
        pass


QUEUES = {"files": Files, "careless": Careless}


class Line:
    """A channel that is a file: a line is told when it is in it. Fits `flows.ports.Channel`."""

    def __init__(self, name, folder, number):
        self.name, self._round = name, number
        self._file = os.open(folder / f"{name}.jsonl", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def send(self, notice):
        told = {"round": self._round, "incident": notice.incident, "through": notice.id,
                "text": [notice.sentence, *notice.new, *notice.story]}  # fmt: skip
        os.write(self._file, json.dumps(told).encode() + b"\n")
        return Outcome(Answer.ACCEPTED, "written")


def worker_of(folder, number, rules):
    store = SqliteStore(folder / "store.db")
    channels = {one: Line(one, folder, number) for one in CHANNELS}
    responder = Responder(store, channels, rules, SETTINGS)
    queue = QUEUES[sys.argv[4]](folder / "queue")
    return store, Worker(
        responder,
        queue,
        said,
    )


def work(folder, number, rules):
    """Work until killed."""
    worker_of(folder, number, rules)[1].run()


def put(folder, rand, number, users):
    """Put some deletions, and what goes before them, into the queue."""
    for _ in range(rand.randrange(1, 4)):
        user = f"user-{len(users)}"
        users.append(user)
        story = len(users) // OF_ONE
        actor = {"type": "IAMUser", "arn": f"arn:aws:iam::111122223333:user/a{story}", "userName": f"a{story}"}
        second = story * 4000 + rand.choice((0, 500, 1000))  # some are near each other by a third alone
        for name in ("DeleteLoginProfile", "DeleteUser"):
            made = at(second, name=name, userIdentity=actor, requestParameters={"userName": user})
            made["eventID"] = f"{name}-{user}"
            path = folder / "queue" / f"{rand.getrandbits(40)}-{number}"
            path.write_bytes(message_of(made, path.name).body)


def main():
    folder, kills, rand = Path(sys.argv[1]), int(sys.argv[2]), random.Random(int(sys.argv[3]))
    (folder / "queue").mkdir()
    rules, users = wiring.rules_on(DEFAULTS), []
    for number in range(kills):
        put(folder, rand, number, users)
        child = os.fork()
        if not child:
            try:
                work(folder, number, rules)
            finally:
                os._exit(1)
        time.sleep(min(rand.expovariate(1 / MEAN_S), LONGEST_S))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    store, worker = worker_of(folder, kills, rules)
    thread = threading.Thread(target=worker.run)
    thread.start()
    end = time.monotonic() + 120
    while time.monotonic() < end:
        rows = store.tellings()
        if not names_in(folder / "queue") and rows and all(row.due_at is None for row in rows):
            break
        time.sleep(0.05)
    worker.stop()
    thread.join()
    told = {
        name: [json.loads(line) for line in (folder / f"{name}.jsonl").read_text().splitlines()] for name in CHANNELS
    }
    records = sum(one.records for one in store.list(NOW - timedelta(days=9), "", 10**6).incidents)
    sys.stdout.write(
        json.dumps({"users": users, "told": told, "left": len(names_in(folder / "queue")), "records": records})
    )


if __name__ == "__main__":
    main()
