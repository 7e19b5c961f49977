"""Work that several processes share keeps its order, and says so where a process ended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

from tocsin.adapters.processes import in_order
from tocsin.errors import TocsinError, UsageError

PARENT = """
import os, sys, time
from tocsin.adapters.processes import in_order

def made():
    return lambda part: os.getpid()

def work():
    yield from range(3)
    print("asked", flush=True)
    time.sleep(60)

for done in in_order(made, work(), 3):
    print(done, flush=True)
"""


def slow_where_even():
    def do(part):
        time.sleep(0.01 if part % 2 == 0 else 0)
        return part, os.getpid()

    return do


def ends_at_three():
    def do(part):
        if part == 3:
            os._exit(1)
        return part

    return do


def the_same():
    return lambda part: part


@pytest.mark.parametrize("parts", [0, 1, 2, 3, 20])
@pytest.mark.parametrize("count", [1, 2, 3])
def test_results_come_in_the_order_of_the_work_whoever_was_faster(parts, count):
    done = list(in_order(slow_where_even, range(parts), count))
    assert [part for part, _ in done] == list(range(parts))
    assert len({process for _, process in done}) == min(parts, count)
    assert os.getpid() not in {process for _, process in done}


def test_a_process_that_ends_is_said_after_what_was_done_before_it():
    done = in_order(ends_at_three, range(9), 2)
    told = []
    with pytest.raises(TocsinError, match="ended before it was done"):
        told.extend(done)
    assert told == [0, 1, 2]


def test_what_was_done_is_told_before_the_fault_that_ended_the_work():
    def work():
        yield from range(5)
        raise UsageError("the disk is gone")

    told = []
    done = in_order(the_same, work(), 2)
    with pytest.raises(UsageError, match="the disk is gone"):
        told.extend(done)
    assert told == list(range(5))


def test_no_process_outlives_the_one_that_started_it_however_that_ended():
    parent = subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    assert parent.stdout.readline() == "asked\n"
    children = [int(one) for one in subprocess.check_output(["pgrep", "-P", str(parent.pid)]).split()]
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    parent.stdout.close()
    assert len(children) == 3
    until = time.monotonic() + 10
    while any(map(is_there, children)) and time.monotonic() < until:
        time.sleep(0.02)
    assert [one for one in children if is_there(one)] == []


def is_there(process):
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True
