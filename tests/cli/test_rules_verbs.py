"""`tocsin rules`: list, test and own rules."""

import json

import pytest
from click.testing import CliRunner

from tocsin.entry.cli import tocsin
from tocsin.errors import UsageError

PATTERN = {"source": ["aws.iam"], "detail": {"eventSource": ["iam.amazonaws.com"], "eventName": ["TagUser"]}}
RECORD = {"eventSource": "iam.amazonaws.com", "eventName": "TagUser", "eventID": "1"}
OTHER = {**RECORD, "eventName": "UntagUser"}
OWN = f"""
title = "User tagged"
pack = "mine"
family = "mine"
role = "trigger"
severity = "low"
pattern = '''{json.dumps(PATTERN)}'''
brief = "b"
sentence = "{{actor}} {{deed}}"
next_steps = ["n"]
[[examples]]
says = "a tag"
rings = true
record = '''{json.dumps(RECORD)}'''
[[examples]]
says = "no tag"
rings = false
record = '''{json.dumps(OTHER)}'''
"""


def run(*words):
    # Options of the group are those of the verb; the command line itself turns an error into words.
    return CliRunner().invoke(tocsin, ["rules", *words], standalone_mode=False)


@pytest.fixture
def home(tmp_path):
    (tmp_path / "own").mkdir()
    (tmp_path / "own/user-tagged.toml").write_text(OWN)
    (tmp_path / "tocsin.toml").write_text('rules_folder = "own"\n')
    return tmp_path


def config(home):
    return "--config", str(home / "tocsin.toml")


def ids(result):
    return {one["id"]: one["on"] for one in map(json.loads, result.stdout.splitlines())}


def test_the_bare_verb_lists_as_list_does():
    assert run("--json").stdout == run("list", "--json").stdout != ""


def test_rules_of_ones_own_folder_are_listed_and_on(home):
    assert ids(run("list", "--json", *config(home)))["user-tagged"] is True


def test_own_rules_are_off_where_packs_does_not_name_theirs(home):
    (home / "tocsin.toml").write_text('rules_folder = "own"\npacks = ["identity"]\n')
    on = {name for name, on in ids(run("list", "--json", *config(home))).items() if on}
    assert "user-tagged" not in on
    assert "iam-user-deleted" in on


def test_a_pack_of_ones_own_can_be_named(home):
    (home / "tocsin.toml").write_text('rules_folder = "own"\npacks = ["mine"]\n')
    found = ids(run("list", "--json", *config(home)))
    assert [name for name, on in found.items() if on] == ["user-tagged"]


def test_all_examples_of_the_catalogue_hold():
    result = run("test")
    assert (result.return_value, result.stdout) == (0, "")


def test_an_example_that_does_not_hold_is_named_and_exits_1(home):
    swapped = OWN.replace("rings = false", "rings = maybe").replace("rings = true", "rings = false")
    (home / "own/user-tagged.toml").write_text(swapped.replace("rings = maybe", "rings = true"))
    result = run("test", "user-tagged", *config(home))
    assert (result.return_value, result.stdout.splitlines()) == (
        1,
        [
            "user-tagged: a tag: it rings, and should be silent",
            "user-tagged: no tag: it is silent, and should ring",
        ],
    )


def test_proofs_are_told_as_json(home):
    result = run("test", "user-tagged", "--json", *config(home))
    assert [json.loads(line) for line in result.stdout.splitlines()] == [
        {"rule": "user-tagged", "example": "a tag", "rings": True, "fault": ""},
        {"rule": "user-tagged", "example": "no tag", "rings": False, "fault": ""},
    ]


def test_a_rule_that_is_not_there_is_a_usage_error():
    assert isinstance(run("test", "nope").exception, UsageError)


def test_every_fault_of_every_own_file_is_told_at_once_with_the_configs_own(home):
    (home / "own/user-tagged.toml").write_text(OWN.replace('role = "trigger"', 'role = "x"') + "\n[colour]\n")
    (home / "own/second.toml").write_text("no toml")
    (home / "tocsin.toml").write_text('rules_folder = "own"\nregin = "x"\n')
    message = run("list", *config(home)).exception.message
    wanted = ("unknown key `regin`", "second.toml: not TOML", "`role` is `x`", "unknown key `colour`")
    assert [word in message for word in wanted] == [True] * 4


def test_an_own_rule_must_not_take_the_name_of_one_of_the_catalogue(home):
    (home / "own/user-tagged.toml").rename(home / "own/iam-user-deleted.toml")
    assert "the catalogue has a rule" in run("list", *config(home)).exception.message


def test_a_folder_that_is_not_there_is_an_error(home):
    (home / "tocsin.toml").write_text('rules_folder = "gone"\n')
    assert "No such file or directory" in run("list", *config(home)).exception.message
