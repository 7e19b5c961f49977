"""The worker as a process of its own over a real queue: it tells, stops when asked, and forgets nothing when killed."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time

import pytest

from accounts import client, environ_of
from tocsin.wiring.worker import LONG_POLL

pytestmark = pytest.mark.rehearsal

PATIENCE_S = 90


class Process:
    """A worker, with what it says, line by line."""

    def __init__(self, environ, folder, *arguments):
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tocsin", "worker", "--json", *arguments],
            cwd=folder,
            env={**os.environ, **environ},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.said, self.shown = [], []
        self._news = threading.Condition()
        self._threads = [
            threading.Thread(target=self._read, args=(stream, into), daemon=True)
            for stream, into in ((self._process.stderr, self.said), (self._process.stdout, self.shown))
        ]
        for thread in self._threads:
            thread.start()

    def _read(self, stream, into):
        for line in stream:
            with self._news:
                into.append(line.rstrip("\n"))
                self._news.notify_all()

    def facts(self, kind):
        return [fact for fact in map(json.loads, self.said) if fact["kind"] == kind]

    @property
    def notices(self):
        """The last line of each notice."""
        return [line for line in self.shown if re.match(r"inc-\S+ revision ", line)]

    def wait(self, fits):
        end = time.monotonic() + PATIENCE_S
        while not fits(self):
            assert time.monotonic() < end, (self.said, self.shown)
            with self._news:
                self._news.wait(0.2)  # what it waits for may be said by another
        return self

    def end(self, by=signal.SIGTERM):
        self._process.send_signal(by)
        code = self._process.wait(PATIENCE_S)
        for thread in self._threads:
            thread.join(PATIENCE_S)
        self._process.stdout.close()
        self._process.stderr.close()
        return code


@pytest.fixture
def feed(run, named):
    """A pipeline with a queue, and where it is."""
    named("worked", "durable = true", 'subscribers = ["ops@example.com"]', 'state_folder = "state"')
    assert run("apply", "--yes")[0] == 0


@pytest.fixture
def worker(account, feed, tmp_path):
    started = []

    def start(*arguments):
        started.append(Process(environ_of(account, tmp_path), tmp_path, *arguments))
        return started[-1].wait(lambda one: one.facts("started"))

    yield start
    for one in started:
        if one._process.poll() is None:
            one._process.kill()


def delete(account, *names):
    iam = client(account, "iam")
    for name in names:
        iam.create_user(UserName=name)
    for name in names:
        iam.delete_user(UserName=name)


def told(process, name):
    return [line for line in process.shown if re.match(rf"IAM user {name} was deleted", line)]


def test_three_users_deleted_at_once_are_told_and_the_worker_stops_when_asked(account, worker, run, tmp_path):
    process = worker()
    delete(account, "ann", "bob", "cy")
    process.wait(lambda one: all(re.search(rf"\b{name}\b", "\n".join(one.shown)) for name in ("ann", "bob", "cy")))
    assert process.end() == 0
    assert process.facts("stopping")
    assert json.loads(process.said[-1])["kind"] == "stopped"
    assert sum(fact["matched"] for fact in process.facts("taken")) >= 3
    assert run("dead-letters", "list")[0] == 0

    code, out, _ = run("incidents", "list", "--json")
    # The feed's rules are new, and tell of what is still done to the pipeline that they are part of.
    [incident] = [one for one in map(json.loads, out.splitlines()) if "deleted in account" in one["title"]]
    assert (code, incident["deeds"], incident["channels"], incident["seen"]) == (0, 3, {"terminal": "told"}, 0)
    shown = run("incidents", "show", incident["incident"])[1]
    assert [len(re.findall(rf"DeleteUser  IAM user {name}  done", shown)) for name in ("ann", "bob", "cy")] == [1, 1, 1]
    assert re.search(r"telling +terminal: told, through 3 of 3", shown)
    assert re.search(r"try +\S+Z  terminal: accepted through 3", shown)
    assert all(len(line) <= 120 for line in shown.splitlines())
    assert (
        run("incidents", "ack", incident["incident"], "--who", "eve")[1]
        == f"eve has seen {incident['incident']} through 3\n"
    )
    assert f"{incident['incident']}  seen" in run("incidents", "list")[1]


def test_a_worker_that_is_killed_loses_nobody_and_the_next_one_goes_on(account, worker):
    first = worker()
    delete(account, "before")
    first.wait(lambda one: told(one, "before") and len(one.facts("told")) == len(one.notices))
    first.end(signal.SIGKILL)
    # A poll of the dead is still open at the far side, and would take the message along until it is visible again.
    time.sleep(LONG_POLL.total_seconds() + 1)
    delete(account, "while-nobody-works")
    second = worker()
    second.wait(lambda one: told(one, "while-nobody-works"))
    assert (told(second, "before"), second.end()) == ([], 0)


def test_two_workers_on_one_store_tell_everybody_once(account, worker):
    both = [worker(), worker()]
    names = [f"shared-{number}" for number in range(5)]  # as many as are told at once
    delete(account, *names)
    wanted = re.compile(r"^(?:  \S+  deleted IAM user|IAM user) (shared-\d)\b")

    def told_by(one):
        return [found[1] for line in one.shown if (found := wanted.match(line)) and "Also" not in line]

    for one in both:
        one.wait(lambda _: {name for each in both for name in told_by(each)} == set(names))
    assert [one.end() for one in both] == [0, 0]
    of = [line for each in both for line in each.notices if line.endswith("iam-user-deleted")]
    assert len(of) == len(set(of)) <= len(names)  # no revision is told twice


def test_with_the_right_to_look_alone_and_nothing_deployed_any_machine_is_an_alarm(account, named, tmp_path):
    named("undeployed", 'state_folder = "state"')
    iam = client(account, "iam")
    iam.create_user(UserName="looker")
    may = {"Effect": "Allow", "Action": ["cloudtrail:LookupEvents", "sts:GetCallerIdentity"], "Resource": "*"}
    text = json.dumps({"Version": "2012-10-17", "Statement": [may]})
    iam.put_user_policy(UserName="looker", PolicyName="look", PolicyDocument=text)
    key = iam.create_access_key(UserName="looker")["AccessKey"]
    own = {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}
    delete(account, "unwatched-so-far")
    process = Process({**environ_of(account, tmp_path), **own}, tmp_path, "--poll")
    process.wait(lambda one: any("unwatched-so-far" in line for line in one.shown))
    assert (process.end(), process.facts("trouble")) == (0, [])


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (('store = "nowhere/at-all.db"',), "cannot be written to"),
        (('store = "tocsin.toml"',), "cannot be read: file is not a database"),
    ],
)
def test_a_store_that_can_not_be_used_is_refused_before_anything_starts(run, named, lines, said):
    named("unstored", "durable = true", *lines)
    code, _, err = run("worker", "--queue", "https://sqs.us-east-1.amazonaws.com/1/x")
    assert (code, said in err, "Traceback" in err, "hint: " in err) == (2, True, False, True)


def test_a_pipeline_without_a_queue_is_said_to_have_none(run, named):
    named("wired-only")
    assert run("apply", "--yes")[0] == 0
    code, _, err = run("worker")
    assert (code, "has no queue" in err, "durable = true" in err) == (2, True, True)


def test_without_a_store_there_is_nothing_to_look_at(run, named):
    named("nothing-yet", 'state_folder = "state"')
    for verb in (("list",), ("show", "inc-1"), ("ack", "inc-1")):
        code, _, err = run("incidents", *verb)
        assert (code, "there is no store" in err, "tocsin worker makes it" in err) == (2, True, True)
