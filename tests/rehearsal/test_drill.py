"""The drill on a whole account: hops in time, by exactly its policy, at the right link where one is broken."""

from __future__ import annotations

import json
import os
import re
import stat
import threading
import time

import pytest

from accounts import client, links_in_mail
from breaks import disable_rule, open_topic, remove_targets, stop_trail

pytestmark = pytest.mark.rehearsal

QUICK = ('drill_patience = "2s"', 'history_patience = "2s"', 'person_patience = "20s"', 'state_folder = "state"')


@pytest.fixture
def pipeline(run, named, account):
    """A durable pipeline that hears, under a name of its own."""

    def build(name, *lines):
        named(name, "durable = true", f'subscribers = ["{name}@example.com"]', *QUICK, *lines)
        assert run("apply", "--yes")[0] == 0
        for link in links_in_mail(account, f"{name}@example.com"):
            assert run("subscription", "confirm", link)[0] == 0
        return name

    return build


def drilled(run, *arguments, **more):
    """Drill; gives the exit code, and what came of each hop."""
    code, out, err = run("drill", "--yes", "--no-confirm", "--json", *arguments, **more)
    facts = [json.loads(line) for line in out.splitlines()]
    assert facts, err
    assert facts[-1]["kind"] == "drill", err
    return code, {hop["hop"]: hop["state"] for hop in facts[-1]["hops"]}, facts[-1]


def left(account):
    """All that a drill may leave."""
    iam, events = client(account, "iam"), client(account, "events")
    users = [one["UserName"] for one in iam.list_users()["Users"]]
    groups = [one["GroupName"] for one in iam.list_groups()["Groups"]]
    devices = [one["SerialNumber"] for one in iam.list_virtual_mfa_devices()["VirtualMFADevices"]]
    rules = [one["Name"] for one in events.list_rules()["Rules"] if "-drill-" in one["Name"]]
    queues = [one for one in client(account, "sqs").list_queues().get("QueueUrls", []) if "-drill-" in one]
    return [one for one in (*users, *groups, *devices) if "-drill-" in one] + rules + queues


def test_a_whole_alarm_is_proven_and_nothing_is_left(run, pipeline, account, tmp_path):
    pipeline("whole")
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


@pytest.mark.parametrize("variant", ["denied", "tamper", "mass"])
def test_each_variant_proves_what_it_can(run, pipeline, account, variant):
    pipeline(variant)
    code, hops, fact = drilled(run, "--variant", variant)
    wire = {"wire": "arrived"} if variant != "denied" else {}
    assert hops == {"answered": "arrived", **wire, "feed": "arrived", "history": "arrived"}
    assert (code, fact["variant"], left(account)) == (0, variant, [])


def test_every_hops_time_is_right_within_a_tenth_of_a_second(run, pipeline, account):
    name = pipeline("timed")
    began = time.time()
    _, _, fact = drilled(run, "--reduced")
    log = [line for line in account.bridge.log if line.event_name == "DeleteUser" and line.time.timestamp() > began]
    answered = next(one["seconds"] for one in fact["hops"] if one["hop"] == "answered")
    sent = {line.target.rpartition(":")[2]: line.time.timestamp() for line in log}
    seconds = {one["hop"]: one["seconds"] for one in fact["hops"]}
    between = sent[f"{name}-observer"] - sent[name]
    assert seconds["feed"] - seconds["wire"] == pytest.approx(between, abs=0.1)
    assert max(seconds.values()) - answered < 0.5


def disable_feed(account, name):
    client(account, "events").disable_rule(Name=f"{name}-feed-iam")


@pytest.mark.parametrize(
    ("breaks", "told"),
    [
        (stop_trail, (["wire", "feed"], "trail")),
        (disable_rule, (["wire"], "wire-rule")),
        (remove_targets, (["wire"], "wire-rule")),
        (open_topic, (["wire"], "topic-policy")),
        (disable_feed, (["feed"], "feed-rule")),
    ],
)
def test_what_is_broken_is_told_at_its_hop_with_the_link(run, pipeline, account, breaks, told):
    missing, link = told
    name = pipeline(breaks.__name__.replace("_", "-"))
    breaks(account, name)
    code, out, _ = run("drill", "--yes", "--no-confirm")
    assert code == 1
    assert [line.split()[0] for line in out.splitlines() if " MISSING" in line] == missing
    assert re.search(rf"broken +{link} ", out), out
    assert f"NOT WHOLE: {', '.join(missing)} did not come" in out
    assert left(account) == []


def person_types(account, address):
    """A person who reads mail, and types the code that stands in the first one: standard input of a drill."""
    reading, writing = os.pipe()
    seen = len(account.mails())

    def read_and_type():
        until = time.monotonic() + 15
        while time.monotonic() < until:
            for mail in account.mails()[seen:]:
                if (code := re.search(r"tocsin-drill-(\w{6})", mail["text"])) and mail["to"] == address:
                    os.write(writing, f"wrong\n{code[1]}\n".encode())
                    return
            time.sleep(0.05)

    threading.Thread(target=read_and_type, daemon=True).start()
    return reading, writing


def test_the_drill_ends_when_a_person_has_typed_the_code_of_the_mail_and_shows_it_nowhere(run, pipeline, account):
    name = pipeline("person")
    reading, writing = person_types(account, f"{name}@example.com")
    with os.fdopen(reading) as stdin:
        code, out, err = run("drill", "--yes", "--confirm", stdin=stdin)
    os.close(writing)
    assert (code, "whole: a person has heard it" in out) == (0, True), out + err
    assert "that is not the code" in err
    assert not re.search(r"tocsin-drill-\w{6}", out + err)


def test_an_unconfirmed_subscription_is_told_at_the_person(run, named, account):
    named("unheard", 'subscribers = ["unheard@example.com"]', *QUICK[:2], QUICK[3], 'person_patience = "1s"')
    assert run("apply", "--yes")[0] == 0
    reading, writing = os.pipe()
    with os.fdopen(reading) as stdin:
        code, out, _ = run("drill", "--yes", "--confirm", stdin=stdin)
    os.close(writing)
    assert code == 1
    assert "NOT WHOLE: person did not come" in out
    assert re.search(r"broken +subscription +unheard@example.com: it has not confirmed", " ".join(out.split())), out


def test_closed_standard_input_is_told_in_a_sentence(run, pipeline, account):
    pipeline("closed")
    reading, writing = os.pipe()
    os.close(writing)
    with os.fdopen(reading) as stdin:
        code, out, _ = run("drill", "--yes", "--confirm", stdin=stdin)
    assert code == 1
    assert "NOT PROVEN: nobody can tell of person" in out
    assert "standard input was closed" in " ".join(out.split())
    assert left(account) == []


def test_with_exactly_the_drillers_policy_every_kind_of_drill_works(run, pipeline, account):
    name = pipeline("by-policy")
    document = json.loads(run("policy", "driller")[1])
    iam = client(account, "iam")
    iam.create_user(UserName="driller")
    iam.put_user_policy(UserName="driller", PolicyName="only", PolicyDocument=json.dumps(document))
    key = iam.create_access_key(UserName="driller")["AccessKey"]
    own = {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}
    for variant in ("delete", "denied", "tamper"):
        code, hops, fact = drilled(run, "--variant", variant, **own)
        assert (code, set(hops.values()), fact["left_out"]) == (0, {"arrived"}, []), variant
    assert left(account) == []
    client(account, "events").disable_rule(Name=f"{name}-wire-iam-user-deleted")
    code, out, _ = run("drill", "--yes", "--no-confirm", **own)
    assert code == 1
    assert "nothing could be seen of what is before and after wire" in " ".join(out.split())


@pytest.mark.parametrize("sid", ["GiveThemALife", "AttachNextToNothing", "Groups", "Devices"])
def test_without_a_right_of_the_prelude_it_is_left_out_and_said(run, pipeline, account, sid):
    pipeline("lacks")
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


def test_without_the_right_to_make_users_the_missing_statement_is_named(run, pipeline, account):
    pipeline("no-users")
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


def test_quiet_prints_nothing_where_all_is_whole_and_everything_where_it_is_not(run, pipeline, account):
    name = pipeline("quiet")
    assert run("drill", "--yes", "--no-confirm", "--quiet") == (0, "", "")
    disable_rule(account, name)
    code, out, _ = run("drill", "--yes", "--no-confirm", "--quiet")
    assert code == 1
    assert "NOT WHOLE: wire did not come" in out


def test_the_history_is_a_table_and_lines_of_json(run, pipeline):
    pipeline("past")
    assert "there was no drill yet" in run("drill", "--history")[2]
    drilled(run, "--reduced")
    drilled(run, "--variant", "denied")
    _, out, _ = run("drill", "--history")
    assert [line.split()[2:4] for line in out.splitlines()[1:3]] == [["delete", "whole"], ["denied", "whole"]]
    facts = [json.loads(line) for line in run("drill", "--history", "--json")[1].splitlines()]
    assert [one["variant"] for one in facts] == ["delete", "denied"]


def test_status_says_when_the_last_drill_was_and_is_not_whole_when_it_is_too_old(run, pipeline, tmp_path):
    pipeline("due", 'drill_every = "30d"')
    code, out, _ = run("status")
    assert code == 1
    assert "last drill: never, as far as this machine knows: tocsin drill" in out
    assert "DUE: no drill was whole" in out
    drilled(run, "--reduced")
    code, out, _ = run("status")
    assert (code, re.search(r"last drill: 20\d\d-\d\d-\d\d \d\d:\d\d UTC, whole\n", out) is not None) == (0, True), out
    assert json.loads(run("status", "--json")[1].splitlines()[-1])["due"] is False
    kept = tmp_path / "state" / "drills" / "123456789012" / "history.jsonl"
    kept.write_text(re.sub(r'"at":"\d{4}', '"at":"2020', kept.read_text()))
    assert run("status")[0] == 1


def test_nobody_is_drilled_who_has_not_said_yes(run, pipeline, account):
    pipeline("asked")
    code, out, err = run("drill", "--no-confirm")
    assert (code, "nobody can be asked" in err) == (2, True)
    assert "does " in out
    code, _, _ = run("drill", "--no-confirm", answer="no")
    assert (code, left(account)) == (130, [])


def test_without_a_pipeline_or_without_its_observer_it_says_so(run, named, account):
    named("nowhere")
    assert run("drill", "--yes", "--no-confirm")[0] == 2
    assert "there is no stack nowhere" in run("drill", "--yes", "--no-confirm")[2]
