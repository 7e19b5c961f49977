"""What could not be delivered is listed with its reason, and moved back by whom the config names and nobody else."""

from __future__ import annotations

import json

import pytest

from accounts import client, links_in_mail

pytestmark = pytest.mark.rehearsal

ADMIN = "arn:aws:iam::123456789012:user/admin"
SHUT = {"Version": "2012-10-17", "Statement": []}


def fed(account, name):
    """The bodies of everything in the feed."""
    sqs = client(account, "sqs")
    url = sqs.get_queue_url(QueueName=f"{name}-feed")["QueueUrl"]
    bodies = []
    while found := sqs.receive_message(
        QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=600, WaitTimeSeconds=0
    ).get("Messages"):
        bodies += [one["Body"] for one in found]
    return bodies


def delete_a_user(account, name):
    iam = client(account, "iam")
    iam.create_user(UserName=name)
    iam.delete_user(UserName=name)
    account.settle()


@pytest.fixture
def broken(run, named, account):
    """A pipeline whose topic and feed were shut by hand when a user was deleted; mended since."""

    def make(name, *lines):
        named(name, "durable = true", f'subscribers = ["{name}@example.com"]', *lines)
        assert run("apply", "--yes")[0] == 0
        for link in links_in_mail(account, f"{name}@example.com"):
            assert run("subscription", "confirm", link)[0] == 0
        sqs, sns = client(account, "sqs"), client(account, "sns")
        topic = f"arn:aws:sns:us-east-1:123456789012:{name}"
        feed = sqs.get_queue_url(QueueName=f"{name}-feed")["QueueUrl"]
        sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=json.dumps(SHUT))
        sqs.set_queue_attributes(QueueUrl=feed, Attributes={"Policy": ""})
        delete_a_user(account, f"lost-{name}")
        assert run("apply", "--yes")[0] == 0
        return name

    return make


def test_what_a_rule_could_not_deliver_is_listed_and_rings_late(run, account, broken):
    name = broken("letters", f'operator = "{ADMIN}"')
    code, out, _ = run("dead-letters", "list")
    assert (code, "letters-feed-dead: empty" in out) == (1, True)
    assert "IAM user lost-letters deleted in account 123456789012" in out
    assert "rule letters-wire-iam-user-deleted could not deliver it to letters: NO_PERMISSIONS" in out
    assert run("dead-letters", "list")[1] == out
    code, out, _ = run("dead-letters", "replay", "--yes")
    assert (code, "back to letters\n" in out, "back to letters-feed\n" in out) == (0, True, True)
    account.settle()
    late = [mail for mail in account.mails() if mail["to"] == "letters@example.com" and "lost-letters" in mail["text"]]
    assert [mail["subject"].startswith("Late: ") for mail in late] == [True]
    assert "What to do next" in late[0]["text"]
    events = [json.loads(body)["detail"] for body in fed(account, name)]
    assert [one["requestParameters"]["userName"] for one in events if one["eventName"] == "DeleteUser"] == [
        "lost-letters"
    ]
    assert run("dead-letters", "list")[0] == 0
    assert "whole     dead-letters" in run("status")[1]


def test_what_the_responder_gave_up_is_moved_back_by_aws(run, named, account):
    named("given-up", "durable = true", f'operator = "{ADMIN}"')
    assert run("apply", "--yes")[0] == 0
    dead = "arn:aws:sqs:us-east-1:123456789012:given-up-feed-dead"
    account.state.send_to_queue(dead, json.dumps({"a": "message"}))
    code, out, _ = run("dead-letters", "list")
    assert (code, "given up by the responder" in out) == (1, True)
    code, out, _ = run("dead-letters", "replay", "--yes")
    assert (code, out) == (0, "given-up-feed-dead: 1 moved back\n")
    assert json.dumps({"a": "message"}) in fed(account, "given-up")


def test_nobody_else_moves_anything_and_what_is_refused_stays(run, account, broken):
    broken("closed")
    code, _, err = run("dead-letters", "replay", "--yes")
    assert (code, "the config names no operator" in err) == (2, True)
    code, _, err = run("dead-letters", "replay", "--yes", TOCSIN_OPERATOR=ADMIN.replace("admin", "another"))
    assert (code, "with an explicit deny in a resource-based policy" in err) == (4, True)
    code, out, _ = run("dead-letters", "list")
    assert (code, "IAM user lost-closed deleted in account 123456789012" in out) == (1, True)
