"""Killed after every single step, a drill leaves what `--clean` takes away; the account is then as it was."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from accounts import client, environ_of

pytestmark = pytest.mark.rehearsal

LINES = ("durable = true", 'drill_patience = "5s"', 'history_patience = "5s"', 'state_folder = "state"')
SHARES = 4
VARIANTS = {"denied": (1, 2, 3), "mass": (1, 20, 21), "tamper": (1, 2)}


def as_it_is(account):
    """All of the account that a drill could change."""
    iam, events = client(account, "iam"), client(account, "events")
    details = iam.get_account_authorization_details()
    found = {
        "users": details["UserDetailList"],
        "groups": details["GroupDetailList"],
        "devices": iam.list_virtual_mfa_devices()["VirtualMFADevices"],
        "queues": sorted(client(account, "sqs").list_queues()["QueueUrls"]),
        "rules": {
            rule["Name"]: (rule, events.list_targets_by_rule(Rule=rule["Name"])["Targets"])
            for rule in events.list_rules()["Rules"]
        },
        "subscriptions": client(account, "sns").list_subscriptions()["Subscriptions"],
    }
    return json.loads(json.dumps(found, default=str, sort_keys=True))


def killed_at(kill, run, account, calls, *arguments):
    before = as_it_is(account)
    code, out, err = kill(calls, *arguments)
    assert (code, err.count("Traceback")) == (-9, 0), (calls, out, err)
    refused, _, words = run("drill", "--yes", "--no-confirm", *arguments)
    assert (refused, "a drill was broken off" in words, "tocsin drill --clean" in words) == (2, True, True), calls
    assert run("drill", "--clean")[0] == 0
    assert as_it_is(account) == before, calls
    assert run("drill", "--clean")[1:] == ("", "nothing was left of a drill\n")


@pytest.mark.usefixtures("at_once")
def test_killed_in_the_midst_of_a_life_it_leaves_nothing_that_is_not_cleaned(kill, run, named, account):
    named("killed", *LINES)
    assert run("apply", "--yes")[0] == 0
    killed_at(kill, run, account, 9)


@pytest.mark.proof
@pytest.mark.parametrize("share", range(SHARES))
@pytest.mark.usefixtures("at_once")
def test_so_it_is_after_every_single_step(kill, run, named, account, share):
    named(f"killed-{share}", *LINES)
    assert run("apply", "--yes")[0] == 0
    code, out, err = kill(0)
    assert code == 0, out + err
    every = int(out.splitlines()[-1])
    assert every > 24
    for calls in range(1 + share, every + 1, SHARES):
        killed_at(kill, run, account, calls)


@pytest.mark.proof
@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.usefixtures("at_once")
def test_so_it_is_with_every_variant(kill, run, named, account, variant):
    named(f"killed-{variant}", *LINES)
    assert run("apply", "--yes")[0] == 0
    for calls in VARIANTS[variant]:
        killed_at(kill, run, account, calls, "--variant", variant)


def test_a_drill_that_runs_is_neither_cleaned_nor_run_over(run, named, account, tmp_path, monkeypatch):
    """Two on one machine: the second is refused, whatever it wants."""
    named("running", *LINES)
    assert run("apply", "--yes")[0] == 0
    seen = []

    def meanwhile(self, seconds):
        if not seen:
            seen.append(run("drill", "--yes", "--no-confirm"))
            seen.append(run("drill", "--clean"))

    monkeypatch.setattr("tocsin.adapters.drill.clock.Clock.sleep", meanwhile)
    assert run("drill", "--yes", "--no-confirm", "--variant", "mass")[0] == 0
    (code, _, err), cleaned = seen
    assert (code, "another drill is under way" in err) == (2, True)
    assert cleaned == (0, "", "nothing was left of a drill\n")


def test_two_machines_that_drill_at_once_do_not_meet(kill, named, run, account, tmp_path):
    """Each has a state folder of its own, and both read one observer."""
    named("twice", "durable = true", 'drill_patience = "100s"', 'history_patience = "100s"')
    assert run("apply", "--yes")[0] == 0
    config = (tmp_path / "tocsin.toml").read_text()
    started = []
    for machine in ("one", "two", "three"):
        folder = tmp_path / machine
        folder.mkdir()
        (folder / "tocsin.toml").write_text(f'{config}\nstate_folder = "state"\n')
        environ = {**os.environ, **environ_of(account, folder)}
        command = [sys.executable, "-m", "tocsin", "drill", "--yes", "--no-confirm", "--json"]
        streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE}
        started.append(subprocess.Popen(command, cwd=folder, env=environ, text=True, **streams))
    results = [json.loads(one.communicate(timeout=240)[0].splitlines()[-1]) for one in started]
    assert [one["whole"] for one in results] == [True] * 3, results
    assert len({one["code"] for one in results}) == 3
