"""The night: a worker of its own tells of three users within seconds, waits for a pager that is down, and is killed."""

from __future__ import annotations

import io
import json
import time
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

from tocsin import config, wiring
from tocsin.errors import TocsinError
from tocsin.rehearsal.far_side import LOG, Mood, config_of, far_side, working
from tocsin.rehearsal.stage import PATIENCE_S
from tocsin.wiring.channels import built
from tocsin.wiring.responder import responder_of

if TYPE_CHECKING:
    from pathlib import Path

    from tocsin.rehearsal.far_side import FarSide, Worker
    from tocsin.rehearsal.stage import Stage

TITLE = "The night: three users at once, a pager that is down, and a worker that is killed"
THREE, MISSED, LAST = ("dora", "egon", "fred"), "gina", "hugo"
_LOOK_S = 0.02
# The first tries are two, four and eight seconds apart (`core.delivery.telling.backoff`).
_BACK_S = PATIENCE_S + 10


def play(stage: Stage) -> None:
    """Start a worker, delete users, let the pager fail, kill the worker, let another one tell.

    Raises:
        TocsinError: the worker does not start, or somebody did not hear of a user.
    """
    stage.ready()
    for name in (*THREE, MISSED, LAST):
        stage.client("iam").create_user(UserName=name)
    with far_side() as side:
        path = config_of(stage, side)
        with working(stage, path) as worker:
            stage.say("`tocsin worker` reads the queue, as a process of its own, and tells a pager and a file\n")
            _three(stage, side)
            _outage(stage, side, worker)
            _killed(stage, side, worker)
        _taken_over(stage, side, path)
        stage.say("")
        stage.type("incidents", "list", config=path)


def _deleted(stage: Stage, name: str) -> float:
    """Delete a user; gives when that was answered, in seconds since 1970."""
    stage.client("iam").delete_user(UserName=name)
    return time.time()


def _three(stage: Stage, side: FarSide) -> None:
    stage.say(f"the administrator deletes {', '.join(THREE)}, one after another")
    answered = {name: _deleted(stage, name) for name in THREE}
    seconds = {name: max(side.wait(name).at - at, 0.0) for name, at in answered.items()}
    last = side.wait(*THREE)
    for name, late in seconds.items():
        stage.say(f"  {name:<24} +{late:.2f} s at the pager")
    stage.say(f"  one story, {last.notice['incident']}: a notice tells what is new first, then what went before\n")
    stage.tell("told", {"seconds": {name: round(late, 3) for name, late in seconds.items()}})


def _outage(stage: Stage, side: FarSide, worker: Worker) -> None:
    side.mood = Mood.DOWN
    stage.say(f"the pager is down; the administrator deletes {MISSED}")
    answered = _deleted(stage, MISSED)
    in_file = max(_in_file(stage.config.parent / LOG) - answered, 0.0)
    failed = worker.wait("not told")
    stage.say(f"  in the file              +{in_file:.2f} s")
    stage.say(f"  the pager                answers {failed['says']}, and is tried again after 2 seconds, 4, 8, ...")
    side.mood = Mood.TAKES
    back = time.time()
    heard = side.wait(MISSED, taken=True, patience=_BACK_S).at - back
    stage.say(f"the pager is back\n  told                     +{heard:.2f} s\n")
    stage.tell("caught-up", {"seconds": {"in_the_file": round(in_file, 3), "after_it_was_back": round(heard, 3)}})


def _in_file(path: Path) -> float:
    """When the file has the notice, in seconds since 1970."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        lines = path.read_text(encoding="utf-8").split("\n")[:-1] if path.exists() else []
        if any(f"IAM user {MISSED}" in json.dumps(json.loads(line)) for line in lines):
            return time.time()
        time.sleep(_LOOK_S)
    raise TocsinError(f"the file did not hear within {PATIENCE_S:.0f} s, while the pager was down")


def _killed(stage: Stage, side: FarSide, worker: Worker) -> None:
    side.mood = Mood.HANGS
    stage.say(f"the administrator deletes {LAST}; the pager takes the notice, and does not answer")
    _deleted(stage, LAST)
    side.wait(LAST)
    worker.kill()
    stage.say("  kill -9: nobody knows whether the pager has it, so it counts as not told")
    side.mood = Mood.TAKES


def _taken_over(stage: Stage, side: FarSide, path: Path) -> None:
    """What the dead worker had in hand is let to others when its lease ends: the clock is put on by that."""
    own = config.settings(path, {})
    seconds = int(own.lease.total_seconds())
    with closing(wiring.store(own, make=False)) as store:
        channels = built(own, lambda: stage.at, io.StringIO(), stage.width)
        replace(responder_of(own, channels, store), now=lambda: wiring.now() + own.lease).tell()
    side.wait(LAST, taken=True)
    stage.say(f"  another worker, {seconds} s later by its clock, takes over: the pager hears of {LAST}")
    stage.tell("taken-over", {"lease": seconds})
