"""The story as its user plays it, and that it notices when something does not arrive."""

from __future__ import annotations

import gzip
import io
import json
import os
import re
import subprocess
import sys
import time

import pytest

from embedded_aws.door.parts import PARTS
from embedded_aws.events.bridge import Fate
from tocsin.adapters.aws import Clients
from tocsin.adapters.channels.terminal import TerminalChannel
from tocsin.core.record.envelope import unwrap
from tocsin.core.record.record import Record
from tocsin.core.settings import DEFAULTS
from tocsin.core.template.links import LINKS
from tocsin.entry.cli.typed import typed
from tocsin.errors import TocsinError
from tocsin.rehearsal import stage as stages
from tocsin.rehearsal.far_side import config_of, far_side, working
from tocsin.rehearsal.story import ACTS, attempt, bell, drill, examine, mend, night

pytestmark = pytest.mark.rehearsal


def rehearse(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tocsin", "rehearse", *arguments],
        capture_output=True,
        text=True,
        env={"PATH": os.environ["PATH"], "COLUMNS": "80"},
        timeout=120,
        check=False,
    )


@pytest.fixture
def stage():
    told = []
    shown = io.StringIO()
    opened = stages.open_stage(
        DEFAULTS,
        say=told.append,
        tell=lambda kind, fact: told.append((kind, fact)),
        show=TerminalChannel(shown).send,
        typed=typed,
        width=80,
    )
    with opened as stage:
        stage.told, stage.shown = told, shown
        yield stage


def test_the_whole_story_arrives_and_exits_0():
    done = rehearse("--json")
    facts = [json.loads(line) for line in done.stdout.splitlines()]
    assert (done.returncode, done.stderr) == (0, "")
    assert [fact["name"] for fact in facts if fact["kind"] == "act"] == [act.name for act in ACTS]
    assert facts[-1] == {"kind": "end", "arrived": True}
    [examined] = [fact for fact in facts if fact["kind"] == "examined"]
    assert (examined["link"], examined["guide"]) == ("wire-rule", list(examine.FAULTS))
    [three], [caught_up], [taken_over] = (
        [fact for fact in facts if fact["kind"] == kind] for kind in ("told", "caught-up", "taken-over")
    )
    assert list(three["seconds"]) == list(night.THREE)
    assert caught_up["seconds"]["in_the_file"] < caught_up["seconds"]["after_it_was_back"]
    assert taken_over["lease"] == 60
    [rang], [digest] = ([fact for fact in facts if fact["kind"] == kind] for kind in ("rang", "digest"))
    assert (rang["why"].endswith("but not more than 3 times in an hour"), digest["incidents"]) == (True, 2)
    sentences = [fact["sentence"] for fact in facts if fact["kind"] == "notice"]
    # The decoy's group goes last, and may be told in time.
    sentences = [one for one in sentences if not one.startswith("IAM group tocsin-drill-")]
    # The doctor's act drills once more, which may be told in time.
    told = dict.fromkeys(re.sub(r"(tocsin-drill-)\w{6}", r"\1CODE", sentence) for sentence in sentences)
    assert list(told) == [
        "IAM user bob was deleted by IAM user alice.",
        "IAM user mallory tried to delete IAM user carol and was refused: access denied (AccessDenied).",
        "IAM user tocsin-drill-CODE was deleted by IAM user admin.",
        "IAM user admin disabled event rule tocsin-wire-iam-user-deleted: the alarm does not hear any more.",
    ]


def test_the_notice_tells_the_whole_life_that_was_taken_away(stage):
    bell.play(stage)
    before = stage.shown.getvalue().partition("What went before")[2].partition("What to do next")[0]
    for words in (
        "MFA device",
        "access key",
        "console password",
        "inline policy own-bucket",
        "ReadOnlyAccess",
        "group",
    ):
        assert words in before


def test_the_pipeline_makes_every_link_but_the_optional_key(stage):
    bell.play(stage)
    applied = next(fact for kind, fact in (each for each in stage.told if isinstance(each, tuple)) if kind == "apply")
    assert applied["links"] == [link.id for link in LINKS if link.id != "topic-key"]


def test_the_trail_writes_log_files_that_tell_the_same(stage):
    bell.play(stage)
    urls = stage.account.aws.flush_logs()
    s3 = stage.client("s3")
    records = []
    for url in urls:
        bucket, _, key = url.removeprefix("s3://").partition("/")
        body = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        records += list(unwrap(body if body[:2] == b"\x1f\x8b" else gzip.compress(body)))
    deleted = [item for item in records if isinstance(item, Record) and item.name == "DeleteUser"]
    assert [item.part("requestParameters") for item in deleted] == [{"userName": "bob"}]
    assert stage.account.aws.notes == []


def test_an_act_that_is_played_alone_builds_what_it_needs(stage):
    attempt.play(stage)
    assert "mallory tried to delete IAM user carol" in stage.shown.getvalue().replace("\n", " ")


def test_a_drill_ends_with_the_person_who_read_the_mail_and_is_one_story(stage):
    drill.play(stage)
    said = "\n".join(line for line in stage.told if isinstance(line, str))
    hops = [line.split()[0] for line in said.splitlines() if " s  " in line and "+" in line]
    assert sorted(hops) == ["feed", "history", "person", "wire"]
    assert "whole: a person has heard it" in said
    assert len(set(re.findall(r"(inc-\S+) revision", stage.shown.getvalue()))) == 1


def test_a_drill_that_nobody_hears_fails_the_story(stage, monkeypatch):
    monkeypatch.setattr(stages, "PATIENCE_S", 0.5)
    monkeypatch.setattr("tocsin.rehearsal.story.drill.PATIENCE_S", 0.5)
    stage.ready()
    with stage.config.open("a") as config:
        config.write('drill_patience = "1s"\nhistory_patience = "1s"\nperson_patience = "1s"\n')
    stage.client("events").disable_rule(Name="tocsin-wire-iam-user-deleted")
    with pytest.raises(TocsinError, match="`tocsin drill --yes --confirm` ended with 1"):
        drill.play(stage)


def test_a_pager_that_stays_down_and_a_worker_that_says_nothing_fail_the_story(stage, monkeypatch):
    monkeypatch.setattr("tocsin.rehearsal.far_side.PATIENCE_S", 0.2)
    with far_side() as side, pytest.raises(TocsinError, match="nothing was posted within 0 s"):
        side.wait("bob", patience=0.1)
    stage.ready()
    with far_side() as side:
        path = config_of(stage, side)
        path.write_text(path.read_text() + "nonsense = 1\n")
        with pytest.raises(TocsinError, match=r"the worker does not say `started`; it says .*nonsense"):
            working(stage, path).__enter__()


def test_what_was_broken_by_hand_is_named_mended_and_the_pipeline_taken_away(stage):
    mend.play(stage)
    said = "\n".join(line for line in stage.told if isinstance(line, str))
    assert "broken    wire-rule           tocsin-wire-iam-user-deleted: it is DISABLED" in said
    assert "WireIamUserDeleted: it was changed by hand" in said
    assert stage.stacks().look("tocsin") is None


def test_an_act_fails_when_a_verb_ends_otherwise_than_it_should(stage):
    with pytest.raises(TocsinError, match="`tocsin status` ended with 2: error: there is no stack tocsin"):
        stage.type("status")


@pytest.mark.parametrize("link", ["topic policy", "wire rule", "trail"])
def test_a_broken_link_is_a_failure_and_never_everything_arrived(stage, link, monkeypatch):
    monkeypatch.setattr(stages, "PATIENCE_S", 0.5)
    stage.ready()
    if link == "topic policy":
        stage.client("sns").set_topic_attributes(
            TopicArn=stage.outputs["TopicArn"],
            AttributeName="Policy",
            AttributeValue=json.dumps({"Version": "2012-10-17", "Statement": []}),
        )
    elif link == "wire rule":
        stage.client("events").disable_rule(Name="tocsin-wire-iam-user-deleted")
    else:
        stage.client("cloudtrail").stop_logging(Name="tocsin")
    alice = bell._people(stage)
    with pytest.raises(TocsinError, match=r"no mail came|no notice came"), stage.listening():
        bell._delete(stage, alice)


def test_nobody_else_can_ring_the_bell_not_even_the_administrator(stage):
    stage.ready()
    sns, sqs = stage.client("sns"), stage.client("sqs")
    with pytest.raises(sns.exceptions.ClientError, match="explicit deny in a resource-based policy"):
        sns.publish(TopicArn=stage.outputs["TopicArn"], Message="forged")
    with pytest.raises(sqs.exceptions.ClientError, match="explicit deny in a resource-based policy"):
        sqs.send_message(QueueUrl=stage.outputs["QueueUrl"], MessageBody="forged")


def test_a_kept_rehearsal_writes_log_files_into_the_bucket_of_its_trail():
    command = [sys.executable, "-m", "tocsin", "rehearse", "--keep"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        found = {}
        while "AWS_SECRET_ACCESS_KEY" not in found:
            line = process.stdout.readline()
            assert line, "it ended before it said how to call it"
            name, _, value = line.strip().removeprefix("export ").partition("=")
            found[name] = value
        s3 = Clients(
            found["AWS_REGION"],
            endpoint_url=found["AWS_ENDPOINT_URL"],
            access_key_id=found["AWS_ACCESS_KEY_ID"],
            secret_access_key=found["AWS_SECRET_ACCESS_KEY"],
        ).client("s3")
        (bucket,) = [each["Name"] for each in s3.list_buckets()["Buckets"]]
        deadline = time.monotonic() + 60
        while not (files := s3.list_objects_v2(Bucket=bucket, Prefix="AWSLogs/").get("Contents", [])):
            assert time.monotonic() < deadline, "no log file came"
            time.sleep(0.2)
        process.terminate()
        process.stdout.read()
    assert process.returncode == 0
    assert files[0]["Key"].endswith(".json.gz")


def test_stopping_the_only_trail_is_itself_recorded_and_delivered(stage):
    stage.ready()
    stage.client("cloudtrail").stop_logging(Name="tocsin")
    stage.account.settle()
    log = [line for line in stage.account.bridge.log if line.event_name == "StopLogging"]
    assert [(line.rule, line.fate) for line in log] == [
        (rule, Fate.DELIVERED) for rule in ("tocsin-wire-trail-stopped", "tocsin-feed-cloudtrail")
    ]


def test_an_unknown_act_and_a_taken_port_are_said_in_words(stage):
    unknown = rehearse("--act", "opera")
    assert (unknown.returncode, unknown.stdout) == (2, "")
    assert (
        unknown.stderr
        == "error: there is no act `opera`\n\nhint: acts: bell, attempt, drill, doctor, night, automation, mend\n"
    )
    port = stage.account.aws.endpoint_url.rpartition(":")[2]
    taken = rehearse("--port", port)
    assert taken.returncode == 2
    assert taken.stderr == f"error: port {port} is taken\n\nhint: leave --port out, and any free one is used\n"


def test_every_part_that_is_ours_is_named_with_its_source():
    listed = rehearse("--parts", "--json")
    parts = [json.loads(line) for line in listed.stdout.splitlines()]
    assert [part["part"] for part in parts] == [part.name for part in PARTS]
    assert all(part["note"] and part["source"] for part in parts if part["whose"] == "ours")
