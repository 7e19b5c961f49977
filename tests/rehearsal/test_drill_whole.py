"""The drill on a whole pipeline: hops in time, every variant, by exactly its policy, with nothing left."""

from __future__ import annotations

import json
import os
import re
import stat
import time

import pytest

from accounts import client, links_in_mail, stacks
from drills import QUICK, drilled, left, person_types
from sampled import first_alone

pytestmark = pytest.mark.rehearsal


@pytest.fixture
def whole(run, account, tmp_path):
    """A pipeline that every test finds standing, and leaves so; what it remembers is each test's own."""
    lines = ['name = "standing"', "durable = true", 'subscribers = ["standing@example.com"]', *QUICK]
    (tmp_path / "tocsin.toml").write_text("\n".join(lines))
    if "standing" not in stacks(account):
        assert run("apply", "--yes")[0] == 0
        for link in links_in_mail(account, "standing@example.com"):
            assert run("subscription", "confirm", link)[0] == 0
    return "standing"


def test_a_whole_alarm_is_proven_and_nothing_is_left(run, whole, account, tmp_path):
    code, hops, fact = drilled(run)
    assert (code, fact["whole"], fact["left_out"]) == (0, True, [])
    assert hops == {"answered": "arrived", "wire": "arrived", "feed": "arrived", "history": "arrived"}
    assert left(account) == []
    assert run("dead-letters", "list")[0] == 0
    folder = tmp_path / "state" / "drills" / "123456789012"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {
        "history.jsonl": 0o600,
        "lock": 0o600,
    }


@pytest.mark.parametrize("variant", first_alone(["denied", "tamper", "mass"]))
def test_each_variant_proves_what_it_can(run, whole, account, variant):
    code, hops, fact = drilled(run, "--variant", variant)
    wire = {"wire": "arrived"} if variant != "denied" else {}
    assert hops == {"answered": "arrived", **wire, "feed": "arrived", "history": "arrived"}
    assert (code, fact["variant"], left(account)) == (0, variant, [])


def test_every_hops_time_is_right_within_a_tenth_of_a_second(run, whole, account):
    began = time.time()
    _, _, fact = drilled(run, "--reduced")
    log = [line for line in account.bridge.log if line.event_name == "DeleteUser" and line.time.timestamp() > began]
    answered = next(one["seconds"] for one in fact["hops"] if one["hop"] == "answered")
    sent = {line.target.rpartition(":")[2]: line.time.timestamp() for line in log}
    seconds = {one["hop"]: one["seconds"] for one in fact["hops"]}
    between = sent[f"{whole}-observer"] - sent[whole]
    assert seconds["feed"] - seconds["wire"] == pytest.approx(between, abs=0.1)
    assert max(seconds.values()) - answered < 0.5


def test_the_drill_ends_when_a_person_has_typed_the_code_of_the_mail_and_shows_it_nowhere(run, whole, account):
    reading, writing = person_types(account, f"{whole}@example.com")
    with os.fdopen(reading) as stdin:
        code, out, err = run("drill", "--yes", "--confirm", stdin=stdin)
    os.close(writing)
    assert (code, "whole: a person has heard it" in out) == (0, True), out + err
    assert "that is not the code" in err
    assert not re.search(r"tocsin-drill-\w{6}", out + err)


def test_closed_standard_input_is_told_in_a_sentence(run, whole, account):
    reading, writing = os.pipe()
    os.close(writing)
    with os.fdopen(reading) as stdin:
        code, out, _ = run("drill", "--yes", "--confirm", stdin=stdin)
    assert code == 1
    assert "NOT PROVEN: nobody can tell of person" in out
    assert "standard input was closed" in " ".join(out.split())
    assert left(account) == []


@pytest.mark.parametrize("sid", ["GiveThemALife", "AttachNextToNothing", "Groups", "Devices"])
def test_without_a_right_of_the_prelude_it_is_left_out_and_said(run, whole, account, sid):
    document = json.loads(run("policy", "driller")[1])
    document["Statement"] = [one for one in document["Statement"] if one["Sid"] != sid]
    if sid == "GiveThemALife":  # a tag is what the decoy is known by
        document["Statement"].append({"Sid": "Tag", "Effect": "Allow", "Action": "iam:TagUser", "Resource": "*"})
    iam = client(account, "iam")
    user = f"lacks-{sid}"
    iam.create_user(UserName=user)
    iam.put_user_policy(UserName=user, PolicyName="only", PolicyDocument=json.dumps(document))
    key = iam.create_access_key(UserName=user)["AccessKey"]
    own = {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}
    code, _, fact = drilled(run, **own)
    assert (code, bool(fact["left_out"]), left(account)) == (0, True, [])
    assert all("not authorized to perform" in sentence for sentence in fact["left_out"])


def test_without_the_right_to_make_users_the_missing_statement_is_named(run, whole, account):
    document = json.loads(run("policy", "driller")[1])
    document["Statement"] = [one for one in document["Statement"] if one["Sid"] != "MakeDecoysThatMayDoNothing"]
    iam = client(account, "iam")
    iam.create_user(UserName="no-users")
    iam.put_user_policy(UserName="no-users", PolicyName="only", PolicyDocument=json.dumps(document))
    key = iam.create_access_key(UserName="no-users")["AccessKey"]
    own = {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}
    code, _, err = run("drill", "--yes", "--no-confirm", **own)
    assert code == 4
    assert "no decoy can be made: CreateUser: AccessDenied" in err
    assert '"Action":"iam:CreateUser"' in err.replace(" ", "")
    assert "tocsin drill --variant denied" in err
    document["Statement"] = [one for one in document["Statement"] if one["Sid"] != "TakeItAway"]
    iam.put_user_policy(UserName="no-users", PolicyName="only", PolicyDocument=json.dumps(document))
    code, hops, fact = drilled(run, "--variant", "denied", **own)
    assert (code, hops["feed"]) == (0, "arrived")
    assert "your own credentials" in fact["left_out"][0]


def test_the_history_is_a_table_and_lines_of_json(run, whole):
    assert "there was no drill yet" in run("drill", "--history")[2]
    drilled(run, "--reduced")
    drilled(run, "--variant", "denied")
    _, out, _ = run("drill", "--history")
    assert [line.split()[2:4] for line in out.splitlines()[1:3]] == [["delete", "whole"], ["denied", "whole"]]
    facts = [json.loads(line) for line in run("drill", "--history", "--json")[1].splitlines()]
    assert [one["variant"] for one in facts] == ["delete", "denied"]


def test_nobody_is_drilled_who_has_not_said_yes(run, whole, account):
    code, out, err = run("drill", "--no-confirm")
    assert (code, "nobody can be asked" in err) == (2, True)
    assert "does " in out
    code, _, _ = run("drill", "--no-confirm", answer="no")
    assert (code, left(account)) == (130, [])
