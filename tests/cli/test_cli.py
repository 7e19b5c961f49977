"""The command line, as a person and as a program meet it."""

import json
import os
import subprocess
import sys
from importlib.util import find_spec

import pytest

from builders import HOSTILE, denied, entry
from tocsin import __version__, config
from tocsin.core.match.rules import selected
from tocsin.core.settings import DEFAULTS
from tocsin.entry import cli

needs_the_extra = pytest.mark.skipif(find_spec("moto") is None, reason="needs the extra: tocsin[rehearse]")
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith(("TOCSIN_", "PYTHONIO", "LC_"))}


@pytest.fixture
def tocsin(tmp_path):
    """Run ``tocsin`` in an empty folder; gives exit code, stdout and stderr."""

    def run(*arguments, data=b"", **environ):
        done = subprocess.run(
            [sys.executable, "-m", "tocsin", *arguments],
            input=data if isinstance(data, bytes) else json.dumps(data).encode(),
            capture_output=True,
            cwd=tmp_path,
            env={**ENVIRONMENT, "TOCSIN_TIMEZONE": "UTC", "PYTHONUTF8": "1", **environ},
            check=False,
            timeout=60,
        )
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    return run


@pytest.mark.parametrize("arguments", [["--help"], ["-h"], []], ids=["--help", "-h", "bare"])
def test_help_is_grouped_by_what_one_wants_to_do(tocsin, arguments):
    code, out, err = tocsin(*arguments)
    headings = [line for line in out.split("\n") if line.endswith(":") and not line.startswith(" ")]
    assert (code, err, headings) == (0, "", ["Options:", "Set up:", "Trust:", "Look:", "Rules and run:"])


@pytest.mark.parametrize("verb", ["rehearse", "explain", "rules"])
def test_every_verb_has_help(tocsin, verb):
    code, out, _ = tocsin(verb, "--help")
    assert (code, out.startswith(f"Usage: tocsin {verb} "), "--json" in out) == (0, True, True)


def test_the_version_is_told(tocsin):
    assert tocsin("--version") == (0, f"tocsin {__version__}\n", "")


def test_a_record_is_explained_from_a_file_and_from_standard_input(tocsin, tmp_path):
    (tmp_path / "event.json").write_text(json.dumps(entry()))
    from_file, from_input = tocsin("explain", "event.json"), tocsin("explain", "-", data=entry())
    assert (from_file, from_file[0], from_file[2]) == (from_input, 0, "")
    assert from_file[1].startswith(
        "[HIGH] IAM user bob deleted in account 111122223333\n\nIAM user bob was deleted by IAM user alice.\n"
    )


def test_json_is_one_object_a_line_with_its_kind(tocsin):
    body = {"Records": [entry(), {"no": "record"}, denied()], "x": 1}
    code, out, err = tocsin("explain", "--json", "-", data=body)
    lines = [json.loads(line) for line in out.splitlines()]
    assert (code, err) == (1, "")
    assert [(line["kind"], line.get("rings"), line.get("rule")) for line in lines] == [
        ("notice", True, "iam-user-deleted"),
        ("rejected", None, None),
        ("notice", True, "iam-user-delete-denied"),
    ]
    assert lines[1] == {
        "kind": "rejected",
        "place": "Records[1]",
        "reason": "no CloudTrail record: eventName and eventSource missing or not text",
        "bytes": 16,
    }


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "not read: the whole of it (0 bytes): empty\n"),
        (b"\xff", "not read: the whole of it (1 bytes): not UTF-8 text (byte 0)\n"),
        (b"[" * 100_000, "not read: the whole of it (100,000 bytes): JSON nested too deeply to be a record\n"),
        (
            {"s3Bucket": "b", "s3ObjectKey": ["k\x1b[31m"]},
            "not read: it points to s3://b/k\\x1b[31m; fetch that file and explain it\n",
        ),
    ],
    ids=["empty", "no text", "deep", "a pointer"],
)
def test_what_cannot_be_read_is_told_on_stderr_with_exit_1(tocsin, data, said):
    assert tocsin("explain", "-", data=data) == (1, "", said)


def test_hostile_records_are_inert_in_every_output(tocsin):
    body = {
        "Records": [
            entry(name, requestParameters={"userName": text}, userAgent=text, errorCode=code, eventID=text)
            for text in HOSTILE
            for name, code in (("DeleteUser", None), (text, None), ("DeleteUser", text))
        ]
    }
    for options in ([], ["--json"]):
        _, out, err = tocsin("explain", *options, "-", data=body)
        assert {character for character in out + err if not character.isprintable()} == {"\n"}
        assert "Traceback" not in err


def test_a_name_that_the_terminal_cannot_show_is_shown_as_its_escape(tocsin):
    data = entry(requestParameters={"userName": "Zoe 李"})
    code, out, err = tocsin("explain", "-", data=data, PYTHONIOENCODING="iso8859-1", PYTHONUTF8="0")
    assert (code, err, "IAM user Zoe \\u674e was deleted" in out) == (0, "", True)


@pytest.mark.parametrize("environ", [{}, {"NO_COLOR": "1"}, {"FORCE_COLOR": "1", "TERM": "xterm-256color"}], ids=str)
def test_there_is_no_colour_to_take_away(tocsin, environ):
    for arguments in (["explain", "-"], ["rules"], ["--help"], ["explain"]):
        _, out, err = tocsin(*arguments, data=entry(), **environ)
        assert "\x1b" not in out + err


def test_the_rules_are_listed(tocsin):
    code, out, err = tocsin("rules", COLUMNS="60")
    ids = [line.split()[4] for line in out.splitlines()]
    every = [rule.id for rule in config.catalogue()]
    on = len(selected(config.catalogue(), DEFAULTS))
    assert (code, ids, err) == (0, every, f"{on} of {len(every)} rules on\n")
    assert all(line.endswith(rule.title) for line, rule in zip(out.splitlines(), config.catalogue(), strict=True))


def test_the_rules_are_listed_as_json(tocsin):
    code, out, _ = tocsin("rules", "--json")
    lines = {line["id"]: line for line in map(json.loads, out.splitlines())}
    deleted = lines["iam-user-deleted"]
    assert (code, deleted["on"], deleted["role"], deleted["severity"], deleted["wire"], deleted["attack"]) == (
        0,
        True,
        "trigger",
        "high",
        True,
        ["T1531"],
    )
    assert deleted["pattern"]["detail"]["eventName"] == ["DeleteUser"]


@pytest.mark.parametrize(
    ("arguments", "environ", "said"),
    [
        (["explian"], {}, "error: No such command 'explian'"),
        (["explain"], {}, "error: Missing argument 'FILE|-'"),
        (["explain", "absent.json"], {}, "error: `absent.json`: No such file or directory"),
        (["rules", "--jason"], {}, "error: No such option"),
        (["rules", "--config", "absent.toml"], {}, "error: `absent.toml`: No such file or directory"),
        (["rules"], {"TOCSIN_SETTLE": "soon"}, "error: TOCSIN_SETTLE: 'soon' is no duration"),
        pytest.param(["rehearse", "--act", "none"], {}, "error: there is no act `none`", marks=needs_the_extra),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_an_error_says_what_and_the_next_step_and_exits_2(tocsin, arguments, environ, said):
    code, out, err = tocsin(*arguments, **environ)
    assert (code, out, err.startswith(said)) == (2, "", True)
    assert (err.count("\n\nhint: "), "Traceback" in err) == (1, False)


def test_the_template_is_exported_with_the_values_of_the_config(tocsin, tmp_path):
    (tmp_path / "tocsin.toml").write_text('name = "bell"\nsubscribers = ["ops@example.com"]\nlog_days = 30\n')
    code, out, err = tocsin("export", "cloudformation")
    assert (code, err, out.count('Default: "bell"'), out.count('Default: "30"')) == (0, "", 1, 1)
    assert ('Endpoint: "ops@example.com"' in out, "FeedIam" in out, "WireIamUserDeleted" in out) == (True, False, True)
    told = json.loads(tocsin("export", "cloudformation", "--json")[1])
    assert (told["template"], told["parameters"]["Name"]) == (out, "bell")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('subscribers = ["ops"]', "`subscribers`: 'ops' is no address; one looks like ops@example.com"),
        ('trail = "main"', "`trail`: 'main' is no ARN of a trail"),
        ("durable = 1", "`durable`: must be true or false"),
        ("log_days = 0", "`log_days`: must be a number of days from 1 to 99,999"),
        ("account = 111122223333", "`account`: 111122223333 is no account id"),
    ],
)
def test_what_cannot_be_deployed_is_said_before_aws_is_asked(tocsin, tmp_path, text, said):
    (tmp_path / "tocsin.toml").write_text(text)
    code, out, err = tocsin("export", "cloudformation")
    assert (code, out, said in err) == (2, "", True)


def test_every_fault_of_a_config_file_is_told_aligned_under_the_first(tocsin, tmp_path):
    (tmp_path / "tocsin.toml").write_text("a = 1\nb = 2\n")
    assert tocsin("rules") == (
        2,
        "",
        (
            "error: `tocsin.toml`: unknown key `a`\n"
            "       `tocsin.toml`: unknown key `b`\n\n"
            "hint: known keys: account, accounts, alarm_subscribers, channels, customer_key, default_channels, "
            "digest_at, drill_every, drill_patience, drill_settle, durable, escalation, expected, give_up, "
            "history_patience, keep_days, lease, log_days, name, object_lock_days, operator, packs, "
            "person_patience, privileged, protect, route_by, routes, rules_folder, service_role, settle, "
            "state_folder, store, subscribers, tags, timezone, trail, window\n"
        ),
    )


@pytest.mark.parametrize("module", ["tocsin.entry.cli", "tocsin"])
def test_the_command_line_loads_nothing_that_is_slow(module):
    slow = ("boto3", "botocore", "moto", "rich", "msgspec", "sqlite3", "tomllib", "zoneinfo")
    code = f"import sys, {module}; print([name for name in {slow} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_a_reader_that_has_gone_is_no_traceback(tmp_path):
    body = json.dumps({"Records": [entry(eventID=str(n)) for n in range(500)]}).encode()
    (tmp_path / "many.json").write_bytes(body)
    command = [sys.executable, "-m", "tocsin", "explain", str(tmp_path / "many.json")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ENVIRONMENT) as running:
        running.stdout.readline()
        running.stdout.close()
        assert b"Traceback" not in running.stderr.read()


def test_the_line_that_help_has_for_a_verb_is_the_verbs_own():
    lines = {name: verb.line for verbs in cli.SECTIONS.values() for name, verb in verbs.items()}
    assert lines == {name: command.get_short_help_str(1000) for name, command in cli.tocsin.loaded().items()}
