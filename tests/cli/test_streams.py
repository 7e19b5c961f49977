"""Whatever the command line reads from or writes to: no traceback, and nothing passes for nothing."""

from __future__ import annotations

import io
import json
import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from builders import entry
from tocsin import config
from tocsin.entry.cli.explain import Progress

RUN = [sys.executable, "-m", "tocsin"]
CLOSED = "import os, sys; os.close({}); os.execv(sys.executable, [sys.executable, '-m', 'tocsin', *sys.argv[1:]])"
FULL = Path("/dev/full")
VERBS = (["--help"], ["rules"], ["rules", "--json"], ["explain", "event.json"], ["lint", "wrong.json"])


@pytest.fixture
def here(tmp_path, monkeypatch):
    """A folder with something for each verb to read."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "event.json").write_text(json.dumps(entry()))
    (tmp_path / "wrong.json").write_text('{"source": [{"prefx": "aws."}]}')
    return tmp_path


def run(*arguments, **options):
    given = {"capture_output": True, "text": True, "timeout": 60, **options}
    return subprocess.run([*RUN, *arguments], check=False, **given)


@pytest.mark.parametrize("verb", ["explain", "lint"])
def test_a_closed_standard_input_is_an_error_of_two_lines(verb):
    done = subprocess.run(
        [sys.executable, "-c", CLOSED.format(0), verb, "-"], capture_output=True, text=True, check=False, timeout=60
    )
    said = "error: `standard input`: standard input is closed\n\nhint: name a file, or pipe something in\n"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", said)


@pytest.mark.skipif(not FULL.exists(), reason="this machine has no /dev/full")
@pytest.mark.parametrize("arguments", VERBS, ids=" ".join)
def test_a_standard_output_that_is_full_is_an_error_and_no_traceback(here, arguments):
    with FULL.open("w") as full:
        done = run(*arguments, stdout=full, stderr=subprocess.PIPE, capture_output=False)
    assert done.returncode == 4
    assert done.stderr.startswith("error: standard output cannot be written to: No space left on device\n\nhint: ")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("arguments", VERBS, ids=" ".join)
def test_a_closed_standard_output_does_not_pass_for_told(here, arguments):
    done = subprocess.run(
        [sys.executable, "-c", CLOSED.format(1), *arguments], stderr=subprocess.PIPE, text=True, check=False, timeout=60
    )
    assert (done.returncode, done.stderr.splitlines()[0]) == (4, "error: standard output is closed")


@pytest.mark.parametrize(
    "text", ["", "hello\n", "on: push\n", "[]", '{"Resources": {"T": {"Type": "AWS::SNS::Topic"}}}']
)
def test_standard_input_without_a_rule_is_never_green(text):
    done = run("lint", "-", input=text)
    assert (done.returncode, done.stdout) in ((2, ""), (1, done.stdout))
    assert done.stderr.startswith("error: `standard input`") or done.stdout


def test_a_pipe_that_broke_is_not_green():
    done = subprocess.run(
        ["bash", "-c", f"false | {sys.executable} -m tocsin lint -"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert "no event rule in it" in done.stderr


BOM = b"\xef\xbb\xbf"


def test_a_byte_order_mark_is_read_in_every_file_of_a_persons_own(here):
    folder = here / "own"
    folder.mkdir()
    rule = (Path(config.__file__).parent.parent / "catalogue" / "iam-user-deleted.toml").read_bytes()
    (folder / "own-rule.toml").write_bytes(BOM + rule)
    (here / "tocsin.toml").write_bytes(BOM + b'rules_folder = "own"\n')
    (here / "marked.json").write_bytes(BOM + json.dumps(entry()).encode())
    (here / "wrong.json").write_bytes(BOM + (here / "wrong.json").read_bytes())
    assert "own-rule" in run("rules").stdout
    assert run("explain", "marked.json").returncode == 0
    assert json.loads(run("lint", "--json", "wrong.json").stdout.splitlines()[0])["id"] == "TL001"


def test_a_file_that_is_too_large_is_said_and_not_read_whole(here, monkeypatch):
    with (here / "pile.json").open("wb") as pile:
        pile.truncate(40_000_000)
    for verb in ("explain", "lint"):
        done = run(verb, "pile.json")
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.startswith("error: `pile.json`: larger than ")


def test_of_a_file_of_rubbish_the_first_parts_are_told_and_the_rest_is_counted(here):
    (here / "rubbish.txt").write_text('{"a": 1}\n' * 5_000)
    told = run("explain", "rubbish.txt")
    lines = told.stderr.splitlines()
    assert (told.returncode, told.stdout, len(lines)) == (1, "", 21)
    assert lines[-1] == "not read: 4,980 more parts, each of which could not be read"
    facts = [json.loads(line) for line in run("explain", "--json", "rubbish.txt").stdout.splitlines()]
    assert (len(facts), facts[-1]["reason"]) == (21, "4,980 more parts, each of which could not be read")


def test_a_mail_of_the_plain_wire_is_known_and_its_record_can_be_had(here):
    mail = (
        "Subject: AWS Notification Message\n\n"
        '"IAM user [bob] was DELETED in AWS account 111122223333."\n'
        '"Event: DeleteUser 03608ff2-049b-45c7-8b95-85da75466d5a. '
        'Look it up in CloudTrail event history in us-east-1."\n'
    )
    done = run("explain", "-", input=mail)
    assert (done.returncode, done.stdout) == (1, "")
    assert "a mail of the plain wire, which tells of DeleteUser and does not hold its record" in done.stderr
    assert "AttributeValue=03608ff2-049b-45c7-8b95-85da75466d5a | tocsin explain -" in done.stderr


@pytest.mark.parametrize(
    ("files", "environ", "hint"),
    [
        ({"tocsin.toml": 'rules_folder = "gone"'}, {}, "make it, or leave it out"),
        ({"tocsin.toml": 'rules_folder = "."', "x.toml": "x = ["}, {}, "names every key of a rule file"),
        ({}, {"TOCSIN_WINDOW": "soon"}, "mend `window`, or leave it out"),
        ({"tocsin.toml": "windw = 1"}, {}, "known keys: "),
    ],
    ids=["an absent folder", "a broken rule", "a bad window", "an unknown key"],
)
def test_each_fault_of_the_settings_has_a_hint_of_its_own(here, files, environ, hint):
    for name, text in files.items():
        (here / name).write_text(text)
    done = run("rules", env={**os.environ, **environ})
    assert done.returncode == 2
    assert hint in done.stderr.partition("hint: ")[2]


def test_on_a_terminal_of_80_columns_every_title_stands_in_full():
    reading, writing = pty.openpty()
    with subprocess.Popen([*RUN, "rules"], stdout=writing, env={**os.environ, "COLUMNS": "80"}) as process:
        os.close(writing)
        parts = []
        while True:
            try:
                part = os.read(reading, 65536)
            except OSError:  # a terminal that nobody writes to any more
                break
            if not part:
                break
            parts.append(part)
    os.close(reading)
    text = b"".join(parts).decode().replace("\r\n", "\n")
    assert process.returncode == 0
    assert max(map(len, text.splitlines())) <= 80
    folded = " ".join(text.split())
    assert [rule.id for rule in config.catalogue() if f"{rule.id} {rule.title}" not in folded] == []


def many(count, *, unread=None):
    """So many records as JSON lines, one of which may be none."""
    lines = [json.dumps(entry(eventID=f"id-{number}", userAgent="a" * 600)) for number in range(count)]
    if unread is not None:
        lines[unread] = '{"a": 1}'
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("arguments", [[], ["--json"]], ids=["as text", "as JSON"])
def test_a_large_file_is_told_in_its_order_as_its_parts_would_be_by_themselves(here, arguments):
    text = many(3_000, unread=1_500)
    (here / "large.jsonl").write_text(text)
    whole = run("explain", *arguments, "large.jsonl")
    lines = text.splitlines(keepends=True)
    parts = [run("explain", *arguments, "-", input="".join(lines[at : at + 500])) for at in range(0, 3_000, 500)]
    assert (whole.returncode, len(text) > 3_000_000) == (1, True)
    said = "".join(part.stdout for part in parts)
    assert whole.stdout == said.replace('"line 1"', '"line 1501"')
    assert whole.stderr == "".join(part.stderr for part in parts).replace(": line 1 (", ": line 1501 (")


def test_asked_to_stop_it_stops_in_the_middle_of_a_large_file(here):
    (here / "large.jsonl").write_text(many(30_000))
    with subprocess.Popen(
        [*RUN, "explain", "large.jsonl"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline().startswith(b"[")
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to every process that shares the work
        process.stdout.read()
        assert process.stderr.read().strip() == b"stopped"
    assert process.returncode == 130


def test_a_reader_that_has_enough_ends_a_large_file_quietly(here):
    (here / "large.jsonl").write_text(many(10_000))
    done = subprocess.run(
        ["bash", "-c", f"{sys.executable} -m tocsin explain large.jsonl | head -1"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.stdout.startswith("["), done.stderr) == (True, "")


class Screen(io.StringIO):
    def __init__(self, *, is_terminal):
        super().__init__()
        self.isatty = lambda: is_terminal


@pytest.mark.parametrize(("shown", "out"), [(True, False), (False, True)], ids=["to a file", "on the terminal itself"])
def test_on_a_terminal_that_does_not_show_the_records_their_number_is_shown_once_a_second(monkeypatch, shown, out):
    errors, now = Screen(is_terminal=True), [0.0]
    monkeypatch.setattr("sys.stderr", errors)
    monkeypatch.setattr("sys.stdout", Screen(is_terminal=out))
    monkeypatch.setattr("tocsin.entry.cli.explain.time.monotonic", lambda: now[0])
    progress = Progress()
    for second in range(5):
        now[0] = second / 2
        progress.show(second * 1_000)
    progress.end(4_321)
    assert errors.getvalue() == "\r2,000 records\r4,000 records\r4,321 records\n" * shown
