"""The rehearsal as its user runs it: seconds and memory of the whole process, and of each hop; `--help` besides.

There is no other tool that does the same, so the reference in the same run is the interpreter itself.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time

HELP_ROUNDS = 10
OPEN = """
import time
from embedded_aws.door.server import EmbeddedAWS
started = time.perf_counter()
with EmbeddedAWS() as aws:
    aws.call("iam", "ListUsers")
    print(time.perf_counter() - started)
"""


def run(*arguments: str) -> tuple[float, str]:
    """Seconds and output of a process."""
    started = time.perf_counter()
    done = subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=True)  # noqa: S603 - our own
    return time.perf_counter() - started, done.stdout


def main() -> None:
    """Measure and print."""
    bare = min(run("-c", "pass")[0] for _ in range(HELP_ROUNDS))
    helped = min(run("-m", "tocsin", "--help")[0] for _ in range(HELP_ROUNDS))
    print(f"{'python -c pass':<34} {bare * 1000:>8.0f} ms")
    print(f"{'tocsin --help':<34} {helped * 1000:>8.0f} ms   {helped / bare:>5.1f} of python -c pass")
    opened, out = run("-c", OPEN)
    print(
        f"{'an embedded AWS opens and answers':<34} {opened:>8.1f} s    of which {float(out):.2f} s to the first answer"
    )
    for arguments in (("--act", "bell"), ("--act", "attempt"), ()):
        seconds, out = run("-m", "tocsin", "rehearse", "--json", *arguments)
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        name = f"tocsin rehearse {' '.join(arguments)}".strip()
        print(f"{name:<34} {seconds:>8.1f} s    {peak:.0f} MB at most so far   {seconds / bare:,.0f} of python -c pass")
        for line in out.splitlines():
            fact = json.loads(line)
            if fact["kind"] == "heard":
                print(
                    "   " + ", ".join(f"{hop.replace('_', ' ')} {took:.3f} s" for hop, took in fact["seconds"].items())
                )


if __name__ == "__main__":
    main()
