"""Somebody else's alarm, made by hand or by another tool, is drilled with the hops that it has."""

from __future__ import annotations

import json
import os
import re
import threading
import time

import pytest

from accounts import client

pytestmark = pytest.mark.rehearsal

DELETED = json.dumps({"source": ["aws.iam"], "detail": {"eventName": ["DeleteUser"]}})
EVERY_CALL = json.dumps({"source": ["aws.iam"]})
TRANSFORMER = {"InputPathsMap": {"user": "$.detail.requestParameters.userName"}, "InputTemplate": '"IAM: <user>"'}


@pytest.fixture(scope="module")
def trail(account):
    """A trail that logs, without which nothing rings."""
    s3, cloudtrail = client(account, "s3"), client(account, "cloudtrail")
    s3.create_bucket(Bucket="their-logs")
    allowed = [
        {"Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}, "Action": action, "Resource": arn}
        for action, arn in (
            ("s3:GetBucketAcl", "arn:aws:s3:::their-logs"),
            ("s3:PutObject", "arn:aws:s3:::their-logs/*"),
        )
    ]
    s3.put_bucket_policy(Bucket="their-logs", Policy=json.dumps({"Version": "2012-10-17", "Statement": allowed}))
    cloudtrail.create_trail(Name="theirs", S3BucketName="their-logs", IsMultiRegionTrail=True)
    cloudtrail.start_logging(Name="theirs")


@pytest.fixture
def theirs(account, trail, named):
    """A rule and a topic by hand, as a guide says; gives the topic's ARN."""
    made = []

    def make(name, *, pattern=DELETED, policy=True, more=None, state="ENABLED"):
        sns, events = client(account, "sns"), client(account, "events")
        topic = sns.create_topic(Name=name)["TopicArn"]
        if policy:
            statement = {
                "Effect": "Allow",
                "Principal": {"Service": "events.amazonaws.com"},
                "Action": "sns:Publish",
                "Resource": topic,
            }
            text = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
            sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=text)
        events.put_rule(Name=name, EventPattern=pattern, State=state)
        events.put_targets(Rule=name, Targets=[{"Id": "1", "Arn": topic, **(more or {})}])
        made.append((name, topic))
        named("unused", 'drill_settle = "1s"', 'drill_patience = "3s"', 'history_patience = "3s"', 'state_folder = "s"')
        return topic

    yield make
    for name, topic in made:
        client(account, "events").remove_targets(Rule=name, Ids=["1"])
        client(account, "events").delete_rule(Name=name)
        client(account, "sns").delete_topic(TopicArn=topic)


def as_it_is(account):
    events, sns, iam = client(account, "events"), client(account, "sns"), client(account, "iam")
    return (
        [one["Name"] for one in events.list_rules()["Rules"]],
        [one["Endpoint"] for one in sns.list_subscriptions()["Subscriptions"]],
        client(account, "sqs").list_queues().get("QueueUrls", []),
        [one["UserName"] for one in iam.list_users()["Users"]],
    )


def drilled(run, *arguments):
    code, out, err = run("drill", "--yes", "--no-confirm", "--json", *arguments)
    assert out, err
    fact = json.loads(out.splitlines()[-1])
    return code, {one["hop"]: one["state"] for one in fact["hops"]}, fact


@pytest.mark.parametrize("more", [None, {"InputTransformer": TRANSFORMER}], ids=["the event", "words of its own"])
def test_a_topic_is_drilled_and_left_as_it_was(run, theirs, account, more):
    topic = theirs("their-topic", more=more)
    before = as_it_is(account)
    code, hops, fact = drilled(run, "--topic", topic)
    assert (code, fact["pipeline"]) == (0, topic)
    assert hops == {"answered": "arrived", "wire": "arrived", "history": "arrived"}
    assert as_it_is(account) == before


def test_words_that_tell_of_another_call_of_the_decoy_prove_nothing(run, theirs):
    """The rule hears every call, and its words do not say which: what the making of the decoy said is not counted."""
    made = json.dumps({"source": ["aws.iam"], "detail": {"eventName": ["CreateUser"]}})
    topic = theirs("their-births", pattern=made, more={"InputTransformer": TRANSFORMER})
    code, hops, _ = drilled(run, "--topic", topic)
    assert (code, hops["wire"]) == (1, "can not tell")


def test_a_rule_is_drilled_with_its_topic_and_left_as_it_was(run, theirs, account):
    theirs("their-rule")
    before = as_it_is(account)
    code, hops, _ = drilled(run, "--rule", "their-rule", "--reduced")
    assert code == 0
    assert hops == {"answered": "arrived", "rule": "arrived", "wire": "arrived", "history": "arrived"}
    assert as_it_is(account) == before


def test_a_topic_without_its_policy_is_not_called_broken_but_not_proven(run, theirs):
    theirs("their-forgotten", policy=False)
    code, out, _ = run("drill", "--yes", "--no-confirm", "--rule", "their-forgotten", "--reduced")
    assert code == 1
    assert re.search(r"rule +\+\d", out)
    assert "can not tell" in out
    assert "NOT PROVEN: nobody can tell of wire" in out


def test_a_rule_that_is_switched_off_is_known_to_be(run, theirs):
    theirs("their-off", state="DISABLED")
    code, out, _ = run("drill", "--yes", "--no-confirm", "--rule", "their-off", "--reduced")
    assert code == 1
    assert "the rule is DISABLED" in " ".join(out.split())
    assert "NOT WHOLE: rule did not come" in out


def test_a_person_who_heard_it_proves_what_nobody_could_look_at(run, theirs, account):
    """The mail comes by a way that is not looked at: whoever types the code has heard it."""
    topic = theirs("their-person", policy=False)
    reading, writing = os.pipe()
    seen = len(account.aws.history.records())

    def read_and_type():
        until = time.monotonic() + 15
        while time.monotonic() < until:
            for record in account.aws.history.records()[seen:]:
                if record["eventName"] == "DeleteUser":
                    name = record["requestParameters"]["userName"]
                    os.write(writing, f"{name}\n".encode())
                    return
            time.sleep(0.05)

    threading.Thread(target=read_and_type, daemon=True).start()
    with os.fdopen(reading) as stdin:
        code, out, _ = run("drill", "--yes", "--confirm", "--topic", topic, "--reduced", stdin=stdin)
    os.close(writing)
    assert (code, "whole: a person has heard it" in out, "can not tell" in out) == (0, True, True)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--topic", "nonsense"), "is no ARN of a topic"),
        (("--topic", "arn:aws:sns:eu-west-1:123456789012:x"), "give --region eu-west-1"),
        (("--topic", "arn:aws:sns:us-east-1:123456789012:nowhere"), "NotFound"),
        (("--rule", "nowhere"), "nowhere does not exist"),
        (("--rule", "a", "--topic", "b"), "not both"),
        (("--rule", "their-bad", "--variant", "tamper"), "only where the pipeline is ours"),
    ],
)
def test_what_is_not_there_is_told_in_a_sentence(run, theirs, arguments, said):
    theirs("their-bad")
    code, out, err = run("drill", "--yes", "--no-confirm", *arguments)
    assert (code in (2, 4), out, said in err) == (True, "", True), err


@pytest.mark.usefixtures("at_once")
def test_killed_while_it_looks_at_anothers_pipeline_it_is_cleaned_by_its_journal(run, kill, theirs, account):
    theirs("their-killed")
    before = as_it_is(account)
    for calls, left in {
        4: ["subscription", "queue"],
        6: ["subscription", "target", "rule", "queue"],
        7: ["subscription", "target", "rule", "queue", "user"],
    }.items():
        assert kill(calls, "--rule", "their-killed", "--reduced")[0] == -9
        code, out, _ = run("drill", "--clean")
        assert (code, [line.split()[2] for line in out.splitlines()]) == (0, left)
        assert as_it_is(account) == before
