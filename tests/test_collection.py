"""Two workers collect the same tests: whatever the time, the hash seed and the process."""

from __future__ import annotations

import os
import subprocess
import sys

from places import ROOT


def collected(seed: str) -> list[str]:
    """The ids of all tests, in order, as a process of this hash seed collects them."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", "tests"],
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": seed},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return [line for line in done.stdout.splitlines() if "::" in line]


def test_two_collections_are_alike_whatever_the_hash_seed_and_the_time():
    first, second = collected("1"), collected("2")
    assert len(first) > 1000
    assert first == second
