"""``tocsin.toml``: read strictly, every fault at once, the environment over it."""

import re
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from tocsin import config
from tocsin.config.values import READERS
from tocsin.core.settings import DEFAULTS
from tocsin.errors import UsageError


@pytest.fixture
def read(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(config, "local_zone", lambda: DEFAULTS.timezone)

    def of(text=None, environ=None, name="tocsin.toml"):
        path = tmp_path / name
        if text is not None:
            path.write_text(text, "utf-8")
        return config.settings(None if name == "tocsin.toml" else path, environ or {})

    return of


def test_without_a_file_everything_has_its_default(read):
    assert read() == DEFAULTS


def test_every_key_is_read(read):
    text = """
        name = "bell"
        accounts = ["111122223333", " 444455556666 "]
        packs = ["identity"]
        settle = "90s"
        window = "2h"
        timezone = "Europe/Zurich"
        alarm_subscribers = ["a@x.example"]
        operator = "arn:aws:iam::111122223333:role/ops"
        object_lock_days = 30
        protect = false
        tags = {team = "security"}
    """
    assert read(text) == replace(
        DEFAULTS,
        name="bell",
        packs=frozenset({"identity"}),
        accounts=frozenset({"111122223333", "444455556666"}),
        settle=timedelta(seconds=90),
        window=timedelta(hours=2),
        timezone=ZoneInfo("Europe/Zurich"),
        alarm_subscribers=("a@x.example",),
        operator="arn:aws:iam::111122223333:role/ops",
        object_lock_days=30,
        protect=False,
        tags={"team": "security"},
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('operator = "me"', "'me' is no ARN of a role or user"),
        ("object_lock_days = -1", "must be a number of days from 0 to 99,999"),
        ('tags = {"aws:x" = "y"}', "AWS takes no tag 'aws:x' = 'y'"),
        ("tags = {x = 1}", "AWS takes no tag 'x' = 1"),
        ('tags = ["x"]', "must be a table of at most 40 tags"),
        ('alarm_subscribers = ["nobody"]', "'nobody' is no address"),
    ],
)
def test_what_aws_would_refuse_is_refused_in_the_file(read, text, said):
    with pytest.raises(UsageError, match=re.escape(said)):
        read(text)


def test_tags_may_come_from_the_environment(read):
    assert read(environ={"TOCSIN_TAGS": "team=security,stage=prod"}).tags == {"team": "security", "stage": "prod"}


def test_the_environment_is_over_the_file_and_the_file_over_the_default(read):
    found = read(
        'name = "file"\nsettle = "5s"', {"TOCSIN_NAME": "environment", "TOCSIN_ACCOUNTS": "111122223333,444455556666"}
    )
    assert (found.name, found.settle, len(found.accounts)) == ("environment", timedelta(seconds=5), 2)


def test_a_file_that_is_named_may_be_called_anything(read):
    assert read('name = "other"', name="prod.toml").name == "other"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("regin = 1", "`tocsin.toml`: unknown key `regin`"),
        ('name = "T"', "`tocsin.toml`: `name`: must be 2 to 24 lower-case letters, digits or hyphens"),
        ("name = 7", "`tocsin.toml`: `name`: must be 2 to 24"),
        ("accounts = [111122223333]", "`tocsin.toml`: `accounts`: must be a list of texts, and not empty"),
        ("accounts = []", "`tocsin.toml`: `accounts`: must be a list of texts, and not empty"),
        ('accounts = ["1"]', "`tocsin.toml`: `accounts`: '1' is no account id"),
        ('packs = ["identiy"]', "`tocsin.toml`: `packs`: no pack 'identiy'; there are: cis, identity"),
        ('settle = "1 minute"', "`tocsin.toml`: `settle`: '1 minute' is no duration"),
        ('lease = "20s"', "`tocsin.toml`: `lease`: '20s' is not from 30s to 15m: a channel may take 15 s"),
        ('give_up = "5s"', "`tocsin.toml`: `give_up`: '5s' is not from 1m to 90d"),
        ("[escalation]\nafter = '5s'", "`tocsin.toml`: `escalation`: it needs channels, as texts; after: '5s' is not"),
        ("[escalation]\nchannels = 'a'\nroom = 1", "`tocsin.toml`: `escalation`: it takes no room"),
        ("[[routes]]\nchannels = 'a'\ntimezone = 'Mars'", "`tocsin.toml`: `routes`: route 1: no time zone 'Mars'"),
        ("route_by = 'some'", '`tocsin.toml`: `route_by`: must be "first" or "all"'),
        ("keep_days = 27", "`tocsin.toml`: `keep_days`: must be 0, which keeps it for ever, or at least 28"),
        ("settle = 60", "`tocsin.toml`: `settle`: 60 is no duration"),
        ('window = "999999d"', "`tocsin.toml`: `window`: '999999d' is too long; at most 366d"),
        ('timezone = "Mars/North"', "`tocsin.toml`: `timezone`: no time zone 'Mars/North'"),
        ('timezone = ""', "`tocsin.toml`: `timezone`: no time zone ''"),
        ('timezone = "../x"', "`tocsin.toml`: `timezone`: no time zone '../x'"),
        ("name = ", "`tocsin.toml`: not TOML: "),
    ],
)
def test_a_fault_says_where_it_is_and_what_it_should_be(read, text, fault):
    with pytest.raises(UsageError) as found:
        read(text)
    assert found.value.message.startswith(fault)


def test_a_fault_of_the_environment_names_the_variable(read):
    with pytest.raises(UsageError, match=r"^TOCSIN_SETTLE: 'soon' is no duration"):
        read(environ={"TOCSIN_SETTLE": "soon"})


def test_all_faults_come_at_once_and_the_hint_names_the_keys(read):
    with pytest.raises(UsageError) as found:
        read('a = 1\nb = 2\nname = "X"\nsettle = "x"', {"TOCSIN_WINDOW": "y"})
    assert [line.split(":")[0] for line in found.value.message.split("\n")] == ["`tocsin.toml`"] * 4 + ["TOCSIN_WINDOW"]
    assert found.value.hint == f"known keys: {', '.join(sorted(READERS))}"


def test_a_named_file_that_is_absent_is_a_fault_and_so_is_a_folder(read, tmp_path):
    with pytest.raises(UsageError, match="No such file"):
        read(name="absent.toml")
    with pytest.raises(UsageError, match="directory"):
        config.settings(tmp_path, {})


def test_bytes_that_are_no_text_are_a_fault(read, tmp_path):
    (tmp_path / "tocsin.toml").write_bytes(b"\xff")
    with pytest.raises(UsageError, match="not TOML"):
        read()
