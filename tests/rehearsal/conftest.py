"""An account, and a person who types verbs in an empty folder against it."""

from __future__ import annotations

import io
import os
import pty
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest

from accounts import client, environ_of, stacks
from embedded_aws.door.account import open_account
from tocsin.entry.cli import main

KILLED = Path(__file__).with_name("killed_drill.py")


@pytest.fixture(scope="module")
def account():
    with open_account() as opened:
        yield opened


@pytest.fixture
def run(account, tmp_path, monkeypatch):
    """Type a verb; gives exit code, what it answers and what it says.

    In this process, which spares the start of an interpreter; at a terminal, in one of its own.
    """
    environ = environ_of(account, tmp_path)

    def typed(*arguments, answer="", stdin=None, **more):
        """With an answer, a person sits at a terminal and types it; without, nobody is there, or what is given."""
        return _at_a_terminal(arguments, answer, {**environ, **more}) if answer else _by_nobody(arguments, stdin, more)

    def _by_nobody(arguments, stdin, more):
        out, err = io.StringIO(), io.StringIO()
        with (
            monkeypatch.context() as here,
            redirect_stdout(out),
            redirect_stderr(err),
            Path(os.devnull).open(encoding="utf-8") as nobody,
        ):
            here.chdir(tmp_path)
            for name, value in {**environ, **more}.items():
                here.setenv(name, value)
            here.setattr(sys, "argv", ["tocsin", *arguments])
            here.setattr(sys, "stdin", stdin or nobody)
            with pytest.raises(SystemExit) as end:
                main()
        return end.value.code, out.getvalue(), err.getvalue()

    def _at_a_terminal(arguments, answer, given):
        reading, writing = pty.openpty()
        os.write(reading, f"{answer}\n".encode())
        done = subprocess.run(
            [sys.executable, "-m", "tocsin", *arguments],
            stdin=writing,
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env={**os.environ, **given},
            check=False,
            timeout=120,
        )
        os.close(reading)
        os.close(writing)
        return done.returncode, done.stdout, done.stderr

    return typed


@pytest.fixture
def named(account, tmp_path):
    """Write the config of a stack of a name of its own; it goes with the test, since its rules see every call."""
    names = set()

    def write(name, *lines):
        (tmp_path / "tocsin.toml").write_text("\n".join([f'name = "{name}"', *lines]))
        names.add(name)
        return name

    yield write
    cloudformation = client(account, "cloudformation")
    for name in names & stacks(account):
        cloudformation.update_termination_protection(StackName=name, EnableTerminationProtection=False)
        cloudformation.delete_stack(StackName=name)


@pytest.fixture
def kill(account, tmp_path):
    """Drill in a process of its own, and kill it after so many calls; gives the end and what it printed."""
    environ = {**os.environ, **environ_of(account, tmp_path)}

    def killed(calls, *arguments):
        done = subprocess.run(
            [sys.executable, KILLED, str(calls), "--yes", "--no-confirm", *arguments],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, cwd=tmp_path, env=environ, check=False,
        )  # fmt: skip
        return done.returncode, done.stdout, done.stderr

    return killed


@pytest.fixture
def at_once(monkeypatch):
    """The embedded AWS forgets at once what was deleted: nobody has to wait until that is believed."""
    monkeypatch.setattr("tocsin.adapters.drill.clock.Clock.sleep", lambda _self, _seconds: None)
