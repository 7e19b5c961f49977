"""An account, and a person who types verbs in an empty folder against it."""

from __future__ import annotations

import os
import pty
import subprocess
import sys

import pytest

from embedded_aws.door.account import open_account


@pytest.fixture(scope="module")
def account():
    with open_account() as opened:
        yield opened


@pytest.fixture
def run(account, tmp_path):
    """Type a verb; gives exit code, what it answers and what it says."""
    address = account.address()
    environ = {
        **os.environ,
        "AWS_ENDPOINT_URL": address["endpoint_url"],
        "AWS_REGION": address["region"],
        "AWS_ACCESS_KEY_ID": address["access_key_id"],
        "AWS_SECRET_ACCESS_KEY": address["secret_access_key"],
        "HOME": str(tmp_path),
    }

    def typed(*arguments, answer="", **more):
        """With an answer, a person sits at a terminal and types it; without, nobody is there."""
        reading, writing = pty.openpty()
        os.write(reading, f"{answer}\n".encode())
        done = subprocess.run(
            [sys.executable, "-m", "tocsin", *arguments],
            stdin=writing if answer else subprocess.DEVNULL,
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env={**environ, **more},
            check=False,
            timeout=120,
        )
        os.close(reading)
        os.close(writing)
        return done.returncode, done.stdout, done.stderr

    return typed


@pytest.fixture
def named(tmp_path):
    """Write the config of a stack of a name of its own."""

    def write(name, *lines):
        (tmp_path / "tocsin.toml").write_text("\n".join([f'name = "{name}"', *lines]))
        return name

    return write
