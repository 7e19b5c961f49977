"""A real worker, killed with SIGKILL at random moments: nobody is lost, and a repeat has a kill behind it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

KILLS = Path(__file__).parents[2] / "kills.py"
# `make prove-long` asks for a thousand.
MANY = int(os.environ.get("TOCSIN_KILLS", "100"))


def killed(folder, kills, seed, queue="files"):
    done = subprocess.run(
        [sys.executable, str(KILLS), str(folder), str(kills), str(seed), queue],
        capture_output=True,
        text=True,
        timeout=200 + kills,
        check=True,
    )
    assert done.stderr == ""
    return json.loads(done.stdout)


def untold(found, channel):
    names = {name for line in found["told"][channel] for text in line["text"] for name in re.findall(r"user-\d+", text)}
    return set(found["users"]) - names


def holds(found):
    """What is true however often a worker was killed."""
    assert (found["left"], found["records"]) == (0, 2 * len(found["users"]))
    for channel, lines in found["told"].items():
        assert untold(found, channel) == set()
        # The same news is told once by one process: only what a killed one had in hand is told again.
        told = Counter((line["incident"], line["through"], line["round"]) for line in lines)
        assert set(told.values()) == {1}


def test_a_worker_that_is_killed_ten_times_loses_nobody(tmp_path):
    holds(killed(tmp_path, 10, 7))


@pytest.mark.proof
def test_a_worker_that_is_killed_many_times_loses_nobody(tmp_path):
    holds(killed(tmp_path, MANY, 1))


@pytest.mark.proof
def test_a_queue_that_forgets_what_it_gives_loses_somebody(tmp_path):
    found = killed(tmp_path, 100, 1, "careless")
    assert untold(found, "x")
