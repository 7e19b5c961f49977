"""``python -m embedded_aws``: an account for a second terminal."""

from __future__ import annotations

import json
import shlex
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager
from urllib.request import urlopen

import pytest

from accounts import client_at

pytestmark = pytest.mark.rehearsal


@contextmanager
def served(*arguments):
    """The running account, which is stopped as a person or a service manager would stop it."""
    command = [sys.executable, "-m", "embedded_aws", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)
            assert process.returncode == 0, process.stderr.read()


def test_one_json_object_says_all_that_a_client_needs_and_its_mail_can_be_read():
    with served("--json") as process:
        found = json.loads(process.stdout.readline())
        assert sorted(found) == [
            "access_key_id",
            "account",
            "endpoint_url",
            "mailbox",
            "mails",
            "region",
            "secret_access_key",
        ]
        assert client_at(found, "sts").get_caller_identity()["Account"] == found["account"]
        assert [user["UserName"] for user in client_at(found, "iam").list_users()["Users"]] == ["admin"]
        sns = client_at(found, "sns")
        topic = sns.create_topic(Name="bell")["TopicArn"]
        sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="ops@example.org")
        with urlopen(found["mails"]) as answer:
            (mail,) = json.load(answer)
        assert mail["to"] == "ops@example.org"
        assert "Token=" in mail["text"]
        assert found["mailbox"].startswith("smtp://127.0.0.1:")


def test_the_first_lines_are_what_a_shell_needs_and_nothing_else_is_on_standard_output():
    with served() as process:
        lines = [process.stdout.readline() for _ in range(6)]
        script = "".join(lines) + "env -0"
        given = {"AWS_PROFILE": "gone", "AWS_SESSION_TOKEN": "stale", "PATH": "/usr/bin:/bin"}
        done = subprocess.run(["bash", "-c", script], env=given, capture_output=True, text=True, check=True)
        shell = dict(line.split("=", 1) for line in done.stdout.split("\0") if "=" in line)
        assert {name for name in shell if name.startswith("AWS_")} == {
            "AWS_ENDPOINT_URL",
            "AWS_REGION",
            "AWS_DEFAULT_REGION",
            "AWS_ACCESS_KEY_ID",
            "AWS_SECRET_ACCESS_KEY",
        }
        host, port = shell["AWS_ENDPOINT_URL"].removeprefix("http://").split(":")
        socket.create_connection((host, int(port))).close()
        process.terminate()
        assert process.stdout.read() == ""
    assert [shlex.split(line)[0] for line in lines] == [*["export"] * 5, "unset"]


def test_a_taken_port_is_said_in_a_line():
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        command = [sys.executable, "-m", "embedded_aws", "--port", str(port)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", f"error: port {port} is taken\n")
