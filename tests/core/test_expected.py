"""What a config may say of expected automation."""

from __future__ import annotations

from datetime import date

import pytest

from tocsin.core.expected import expected_of

TABLE = {
    "actor": "arn:aws:iam::111122223333:role/leavers",
    "reason": "leavers",
    "rules": ["iam-user-*"],
    "addresses": ["198.51.100.0/24", "2001:db8::/32", "cloudformation.amazonaws.com"],
    "per_hour": 20,
    "until": date(2027, 6, 30),
}


def test_an_entry_knows_its_rules_and_addresses_and_no_others():
    entry = expected_of("leavers", TABLE)
    assert [entry.covers(one) for one in ("iam-user-deleted", "trail-stopped")] == [True, False]
    known = ("198.51.100.7", "2001:db8::1", "cloudformation.amazonaws.com")
    assert [entry.knows(one) for one in known] == [True] * 3
    assert [entry.knows(one) for one in ("203.0.113.7", "2001:db9::1", "", "AWS Internal", "::ffff:198.51.100.7")] == [
        False
    ] * 5


@pytest.mark.parametrize("key", TABLE)
def test_every_key_is_needed(key):
    with pytest.raises(ValueError, match=f"it needs {key}"):
        expected_of("leavers", {one: value for one, value in TABLE.items() if one != key})


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"per_hour": 0}, "per_hour must be a number from 1 to 10,000"),
        ({"per_hour": True}, "per_hour must be a number"),
        ({"until": "2027-06-30"}, "until must be a day"),
        ({"actor": "arn:aws:sts::111122223333:assumed-role/leavers/x"}, "actor must be the ARN of a role or a user"),
        ({"actor": "*"}, "actor must be the ARN"),
        ({"addresses": ["198.51.100.7/24"]}, "is no network"),
        ({"addresses": ["300.1.1.1"]}, "is no network"),
        ({"rules": [1]}, "rules must be texts"),
        ({"colour": "red"}, "it takes no colour"),
    ],
)
def test_what_is_wrong_with_an_entry_is_said(change, says):
    with pytest.raises(ValueError, match=says):
        expected_of("leavers", TABLE | change)


def test_all_that_is_wrong_is_said_at_once():
    with pytest.raises(ValueError, match=r"it takes no x.*it needs reason.*its name must be.*per_hour must be"):
        expected_of("Leavers", TABLE | {"x": 1, "reason": "", "per_hour": 0})
    with pytest.raises(ValueError, match="it must be a table"):
        expected_of("leavers", [])
