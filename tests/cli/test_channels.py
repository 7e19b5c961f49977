"""``tocsin channels test``, and what a config may say of channels: every fault at once, with the way out."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from bells import OPS, Bell
from builders import entry, message_of
from far_slack import TOKEN, Slack
from servers import Server
from tocsin.adapters.channels.slack_bot import SlackBotChannel
from tocsin.adapters.sqlite.store import SqliteStore
from tocsin.core.channels import KINDS, ChannelSpec
from tocsin.entry.cli import run


@pytest.fixture
def tocsin(tmp_path, monkeypatch, capsys):
    """Type a verb beside a config; gives the exit code and what it said."""
    monkeypatch.chdir(tmp_path)

    def typed(config, *arguments):
        (tmp_path / "tocsin.toml").write_text(config)
        code = run(arguments)
        return code, *capsys.readouterr()

    return typed


def test_every_channel_is_sent_a_marked_test_and_the_far_side_is_quoted(tocsin, tmp_path):
    config = '[channels.log]\nkind = "file"\npath = "notices.jsonl"\n[channels.here]\nkind = "terminal"\n'
    code, out, err = tocsin(config, "channels", "test")
    assert (code, err) == (0, "")
    assert "log: accepted: appended to notices.jsonl" in out
    assert "TEST of the channel here: nothing happened" in out
    assert json.loads((tmp_path / "notices.jsonl").read_text())["title"].startswith("TEST of the channel log")


def test_one_channel_alone_is_tested_and_one_that_does_not_take_it_is_a_problem(tocsin):
    config = '[channels.a]\nkind = "webhook"\nurl = "http://127.0.0.1:1/hook"\n[channels.b]\nkind = "terminal"\n'
    code, out, _ = tocsin(config, "channels", "test", "a", "--json")
    [fact] = map(json.loads, out.splitlines())
    assert (code, fact["channel"], fact["answer"], "/hook" in fact["says"]) == (1, "a", "busy", False)


def test_without_any_the_terminal_is_tested(tocsin):
    code, out, _ = tocsin("", "channels", "test")
    assert (code, "terminal: accepted: written" in out) == (0, True)


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ("channels = []", "must be tables"),
        (
            "[channels.ops]",
            f"ops: its kind must be one of {', '.join(KINDS)}",
        ),
        ('[channels.ops]\nkind = "pager"', "its kind must be one of"),
        ('[channels.ops]\nkind = "pagerduty"', "ops: kind pagerduty needs key"),
        ('[channels.ops]\nkind = "terminal"\nbudget = "many"', "ops: budget must be a number"),
        ('[channels.ops]\nkind = "slack"', "ops: kind slack needs url"),
        ('[channels.ops]\nkind = "slack-bot"\ntoken = "x"\nchannel = "#ops"', "#ops is no id of a Slack channel"),
        ('[channels.ops]\nkind = "sns"\ntopic = "ops"', "ops is no ARN of a topic"),
        ('[channels.ops]\nkind = "apprise"\nurl = "nope://x"', "apprise knows no such service"),
        ('[channels.ops]\nkind = "terminal"\nquiet = "22:00"', "quiet: '22:00' are no hours"),
        ('[channels.ops]\nkind = "terminal"\nquiet = "00:00-24:00"', "quiet has no end"),
        ('[channels.ops]\nkind = "terminal"\nquiet_below = "loud"', "quiet_below must be one of"),
        ('[channels.ops]\nkind = "terminal"\nquiet = [1]', "quiet must be a text"),
        ("digest_at = 8", "no time of a day"),
        ("expected = 1", "must be tables, such as [expected.terraform]"),
        ("[expected.x]\nper_hour = 0", "x: it needs actor; it needs reason"),
        ("[expected.x]\nper_hour = 0", "per_hour must be a number from 1 to 10,000"),
        ('[channels.ops]\nkind = "slack"\nurl = "env:X"\nroom = "y"', "kind slack takes no room"),
        ('[channels."Ops!"]\nkind = "terminal"', "its name must be at most 40 lower-case letters"),
        ('[channels.a]\nkind = "email"\n[channels.b]\nkind = "file"', "a: kind email needs host"),
        ('[channels.a]\nkind = "email"\n[channels.b]\nkind = "file"', "b: kind file needs path"),
    ],
)
def test_what_is_no_channel_is_refused_all_at_once(tocsin, config, said):
    code, out, err = tocsin(config, "channels", "test")
    assert (code, out, said in " ".join(err.split()), "Traceback" in err) == (2, "", True, False)


def test_secrets_that_can_not_be_read_and_addresses_that_are_none_are_told_all_at_once(tocsin):
    config = (
        '[channels.a]\nkind = "slack"\nurl = "env:NOBODY_HAS_THIS"\n'
        '[channels.b]\nkind = "webhook"\nurl = "hooks.example.com/very-secret"\n'
        '[channels.c]\nkind = "file"\npath = "nowhere/at/all.jsonl"\n'
        '[channels.d]\nkind = "email"\nhost = "h"\nfrom = "a@b"\nto = "c@d"\ntls = "maybe"\n'
    )
    code, _, err = tocsin(config, "channels", "test")
    assert code == 2
    for said in (
        "channel a: env:NOBODY_HAS_THIS",
        "channel b: it is no http",
        "channel c: there is no folder",
        "channel d: tls must be",
    ):
        assert said in err
    assert "very-secret" not in err


def test_a_channel_that_is_not_there_is_named_with_those_that_are(tocsin):
    code, _, err = tocsin("", "channels", "test", "ops")
    assert (code, "the config names no channel ops" in err, "it has terminal" in err) == (2, True, True)


FILE = 'store = "s.db"\n[channels.{}]\nkind = "file"\npath = "n.jsonl"\n'


def test_what_a_channel_was_owed_that_the_config_names_no_more_is_given_up_by_name(tocsin, tmp_path, rules):
    store = SqliteStore(tmp_path / "s.db")
    Bell(rules, store=store, settings=replace(OPS, specs=(ChannelSpec("old", "terminal"),))).take(message_of(entry()))
    store.close()
    code, out, err = tocsin(FILE.format("old"), "channels", "forget", "old")
    assert (code, out, "the config names the channel old" in err) == (2, "", True)
    code, _, err = tocsin(FILE.format("new"), "channels", "forget", "elsewhere")
    assert (code, "hint: there is old" in err) == (2, True)
    assert tocsin(FILE.format("new"), "channels", "forget", "old")[:2] == (0, "old: given up 1 incident\n")
    code, _, err = tocsin(FILE.format("new"), "channels", "forget", "old")
    assert (code, "nothing waits for a channel that is not in the config" in err) == (2, True)
    assert "old dead" in tocsin(FILE.format("new"), "incidents", "list", "--days", "3660")[1]


def test_a_worker_says_every_fault_of_its_channels_before_it_asks_aws_or_makes_a_store(tocsin, tmp_path):
    config = 'store = "s.db"\n[channels.a]\nkind = "webhook"\nurl = "env:NOPE"\n'
    config += '[channels.b]\nkind = "slack"\nurl = "file:no"\n'
    code, out, err = tocsin(config, "worker", "--poll")
    assert (code, out, "channel a: " in err, "channel b: " in err) == (2, "", True, True)
    assert not (tmp_path / "s.db").exists()


ROUTED = """
timezone = "Europe/Zurich"
store = "s.db"
default_channels = ["log"]
[channels.log]
kind = "file"
path = "n.jsonl"
[channels.pager]
kind = "terminal"
[[routes]]
channels = ["pager"]
severity = "high"
hours = ["mon-fri 18:00-08:00"]
"""


def test_channels_and_routes_are_listed_with_what_nobody_hears(tocsin):
    code, out, err = tocsin(ROUTED, "channels", "list")
    assert (code, err) == (0, "")
    assert "route 1          high or worse, mon-fri 18:00-08:00: pager" in out
    assert "what is left     log" in out
    code, out, _ = tocsin(ROUTED.replace('["log"]', "[]"), "channels", "list", "--json")
    gaps = [one["says"] for one in map(json.loads, out.splitlines()) if one["kind"] == "gap"]
    assert code == 1
    assert gaps[0] == "no route reaches the channel log"
    assert gaps[1].startswith("nobody hears of ")


def test_who_would_hear_of_a_record_and_why_is_said(tocsin, tmp_path):
    (tmp_path / "event.json").write_bytes(message_of(entry()).body)
    code, out, _ = tocsin(ROUTED, "channels", "route", "event.json", "--at", "2026-11-27T03:00")
    assert (code, out.splitlines()) == (
        0,
        ["DeleteUser IAM user bob: iam-user-deleted, high: pager", "  route 1  takes it"],
    )
    out = tocsin(ROUTED, "channels", "route", "event.json", "--at", "2026-11-27T12:00")[1]
    assert out.splitlines() == [
        "DeleteUser IAM user bob: iam-user-deleted, high: log",
        "  route 1  Fri 12:00 CET is not among its hours",
        "  no route takes it: whoever hears what is left",
    ]
    [fact] = map(json.loads, tocsin(ROUTED, "channels", "route", "event.json", "--json")[1].splitlines())
    assert fact["kind"] == "routed"


def test_who_would_hear_of_an_incident_is_said_by_its_id(tocsin, tmp_path, rules):
    store = SqliteStore(tmp_path / "s.db")
    Bell(rules, store=store).take(message_of(entry()))
    store.close()
    out = tocsin(ROUTED, "channels", "route", "inc-0", "--at", "2026-11-27T03:00Z")[1]
    assert out.startswith("DeleteUser IAM user bob: iam-user-deleted, high: pager")
    code, _, err = tocsin(ROUTED, "channels", "route", "inc-9")
    assert (code, "there is no incident inc-9" in err) == (2, True)


@pytest.mark.parametrize("at", ["yesterday", "25:00", "\x1b[31m"])
def test_a_time_that_is_none_is_said_inertly(tocsin, tmp_path, at):
    (tmp_path / "event.json").write_bytes(message_of(entry()).body)
    code, _, err = tocsin(ROUTED, "channels", "route", "event.json", "--at", at)
    assert (code, "is no time" in err, "\x1b" in err) == (2, True, False)


def test_what_a_route_can_never_do_is_refused_before_the_worker_starts(tocsin, tmp_path):
    code, _, err = tocsin(ROUTED.replace('["pager"]', '["pagr"]'), "worker", "--poll")
    assert (code, "route 1: there is no channel pagr" in err) == (2, True)
    assert not (tmp_path / "s.db").exists()


def test_a_record_that_rings_for_nothing_is_said(tocsin, tmp_path):
    (tmp_path / "event.json").write_bytes(message_of(entry("ListUsers")).body)
    code, _, err = tocsin(ROUTED, "channels", "route", "event.json")
    assert (code, "no rule that is on rings" in err) == (2, True)


def test_every_kind_is_built_and_tested_against_a_far_side_that_is_not_there_without_its_secret(tocsin):
    """Each says that it is busy, in words, and shows no secret."""
    far, lines = "http://127.0.0.1:9", []
    for kind, options in {
        "slack": f'url = "{far}/canary"',
        "teams": f'url = "{far}/canary"',
        "pagerduty": f'key = "canary"\nurl = "{far}"',
        "opsgenie": f'key = "canary"\nurl = "{far}"',
        "webhook": f'url = "{far}/canary"\nsecret = "canary"',
        "email": 'host = "127.0.0.1"\nport = "9"\nfrom = "a@b.ch"\nto = "c@d.ch"\nuser = "u"\npassword = "canary"',
    }.items():
        lines.append(f'[channels.{kind}]\nkind = "{kind}"\n{options}\n')
    code, out, err = tocsin("".join(lines), "channels", "test", "--json")
    facts = [json.loads(line) for line in out.splitlines()]
    assert (code, [fact["answer"] for fact in facts], "canary" in out + err) == (1, ["busy"] * 6, False)


EXPECTED = """
timezone = "Europe/Zurich"
[channels.ops]
kind = "slack"
url = "https://hooks.example.com/x"
[expected.leavers]
actor = "arn:aws:iam::111122223333:user/alice"
reason = "HR's list"
rules = ["iam-user-*"]
addresses = ["203.0.113.0/24"]
per_hour = 20
until = 2026-12-01
"""


def test_a_route_says_what_would_wait_until_when_and_why(tocsin, tmp_path):
    (tmp_path / "event.json").write_text(json.dumps(entry()))
    out = tocsin(EXPECTED, "channels", "route", "event.json", "--at", "2026-11-28T03:00")[1]
    assert "  ops waits until Sat 08:00 CET: expected of leavers: HR's list\n" in out
    elsewhere = EXPECTED.replace("203.0.113", "198.51.100")
    out = tocsin(elsewhere, "channels", "route", "event.json", "--at", "2026-11-28T03:00")[1]
    assert "  leavers is expected to do this (HR's list), but not from 203.0.113.7\n" in out
    [fact] = map(json.loads, tocsin(EXPECTED, "channels", "route", "event.json", "--json")[1].splitlines())
    assert (fact["expected"], list(fact["waits"])) == ("leavers", ["ops"])


def test_an_entry_whose_day_is_past_or_whose_rule_is_not_there_is_told(tocsin):
    code, out, _ = tocsin(EXPECTED.replace("2026-12-01", "2026-01-01"), "channels", "list")
    assert (code, "expected.leavers ended on 2026-01-01: what arn:aws:iam::" in out) == (1, True)
    code, _, err = tocsin(EXPECTED.replace("iam-user-*", "nope"), "channels", "list")
    assert (code, "expected.leavers: no rule that is on is called nope" in err) == (2, True)


@pytest.fixture
def slack():
    far = Slack()
    server = Server(far.deal)
    yield far, server.url
    server.close()


BOT = 'store = "s.db"\n[channels.ops]\nkind = "slack-bot"\ntoken = "{}"\nchannel = "C0123456789"\napi = "{}"\n'


def test_a_token_that_was_revoked_is_told_with_the_way_out_and_shown_to_nobody(tocsin, slack):
    far, url = slack
    far.errors["chat.postMessage"] = "token_revoked"
    code, out, err = tocsin(BOT.format(TOKEN, url), "channels", "test")
    assert (code, "ops: busy: token_revoked: Slack takes the token no more: install the app anew" in out) == (1, True)
    assert TOKEN not in out + err


def test_an_acknowledgement_is_said_in_the_thread_and_stands_though_slack_is_down(tocsin, slack, tmp_path, rules):
    far, url = slack
    store = SqliteStore(tmp_path / "s.db")
    bell = Bell(rules, store=store)
    bell.take(message_of(entry()))
    bell.tell(channel=SlackBotChannel("ops", TOKEN, "C0123456789", url))
    [incident] = [row.incident for row in store.tellings()]
    store.close()
    code, out, _ = tocsin(BOT.format(TOKEN, url), "incidents", "ack", incident, "--who", "jane")
    assert (code, out) == (0, f"jane has seen {incident} through 1\nops: accepted: ok\n")
    assert far.calls[-1][1]["text"] == "Acknowledged by jane."
    far.errors["chat.postMessage"] = "internal_error"
    code, out, _ = tocsin(BOT.format(TOKEN, url), "incidents", "ack", incident, "--who", "joe", "--json")
    seen, passed = map(json.loads, out.splitlines())
    assert (code, seen["who"], passed) == (
        1,
        "joe",
        {"kind": "passed on", "channel": "ops", "answer": "busy", "says": "internal_error"},
    )
