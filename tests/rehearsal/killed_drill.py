"""A drill that is killed, as `kill -9` does, once so many calls of AWS were made; run by `test_drill_killed`.

    python killed_drill.py CALLS [arguments of tocsin drill]

With 0 calls it lives, and prints on its last line how many calls there were.
"""

from __future__ import annotations

import os
import signal
import sys

from tocsin.adapters.calls import Calls
from tocsin.entry.cli import run

left, *arguments = sys.argv[1:]
count = 0
call = Calls.call


def counted(self, step):
    global count  # noqa: PLW0603 - one process, one drill
    answered = call(self, step)
    count += 1
    if count == int(left):
        os.kill(os.getpid(), signal.SIGKILL)
    return answered


Calls.call = counted
code = run(["drill", *arguments])
sys.stdout.write(f"{count}\n")
sys.exit(code)
