"""Secrets: where a config says that they lie, and what is said where they do not."""

from __future__ import annotations

import pytest

from tocsin.adapters.secrets import resolved
from tocsin.errors import UsageError


def no_clients():
    raise AssertionError("AWS is not asked")


class Kept:
    """Answers as SSM and Secrets Manager do."""

    def __init__(self, value):
        self.value, self.asked = value, []

    def client(self, service):
        self.asked.append(service)
        return self

    def get_parameter(self, **given):
        self.asked.append(given)
        return {"Parameter": {"Value": self.value}}

    def get_secret_value(self, **given):
        self.asked.append(given)
        return {"SecretString": self.value}


def test_what_is_no_reference_is_itself():
    assert resolved("https://hooks.example.com/x", {}, no_clients) == "https://hooks.example.com/x"


def test_the_environment_and_a_file_are_read_without_the_line_end(tmp_path):
    (tmp_path / "s").write_text("from a file\n")
    assert resolved("env:S", {"S": "from outside "}, no_clients) == "from outside"
    assert resolved(f"file:{tmp_path / 's'}", {}, no_clients) == "from a file"


def test_what_aws_keeps_is_asked_for_decrypted():
    kept = Kept("v")
    assert resolved("ssm:/tocsin/slack", {}, lambda: kept) == "v"
    assert kept.asked == ["ssm", {"Name": "/tocsin/slack", "WithDecryption": True}]
    arn = "arn:aws:secretsmanager:us-east-1:1:secret:x"
    assert resolved(f"secretsmanager:{arn}#url", {}, lambda: Kept('{"url": "u"}')) == "u"
    assert resolved(f"secretsmanager:{arn}", {}, lambda: Kept("plain")) == "plain"


@pytest.mark.parametrize(
    ("text", "value", "said"),
    [
        ("env:NOBODY", "", "the environment has no NOBODY"),
        ("env:EMPTY", "", "env:EMPTY is empty"),
        ("file:/nowhere/at/all", "", "No such file"),
        ("secretsmanager:x#url", "no json", "the secret is no JSON object with url"),
        ("secretsmanager:x#url", '{"other": 1}', "the secret is no JSON object with url"),
        ("ssm:/x", "  ", "is empty"),
    ],
)
def test_what_leads_nowhere_is_named_and_what_it_holds_is_not(text, value, said):
    with pytest.raises(UsageError, match=said) as fault:
        resolved(text, {"EMPTY": " "}, lambda: Kept(value))
    assert not value.strip() or value not in fault.value.message
