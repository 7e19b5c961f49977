"""The drill where something is broken, or is about to be: told at its hop, with the link."""

from __future__ import annotations

import json
import os
import re

import pytest

from accounts import client, links_in_mail
from breaks import disable_rule, open_topic, remove_targets, stop_trail
from drills import QUICK, drilled, left

pytestmark = pytest.mark.rehearsal


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


def test_quiet_prints_nothing_where_all_is_whole_and_everything_where_it_is_not(run, pipeline, account):
    name = pipeline("quiet")
    assert run("drill", "--yes", "--no-confirm", "--quiet") == (0, "", "")
    disable_rule(account, name)
    code, out, _ = run("drill", "--yes", "--no-confirm", "--quiet")
    assert code == 1
    assert "NOT WHOLE: wire did not come" in out


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


def test_without_a_pipeline_or_without_its_observer_it_says_so(run, named, account):
    named("nowhere")
    assert run("drill", "--yes", "--no-confirm")[0] == 2
    assert "there is no stack nowhere" in run("drill", "--yes", "--no-confirm")[2]
