"""Each broken link of a pipeline is named, none when it is whole, and what was not seen is never called fine."""

from __future__ import annotations

import json
from dataclasses import fields, replace

import pytest

from tocsin.core.standing.seen import Alarm, Queue, Seen, Trail
from tocsin.core.standing.verdicts import _JUDGES, Standing, verdicts
from tocsin.core.template.links import LINKS
from tocsin.core.template.subscribers import State, Subscribed

RESOURCES = {
    "Trail": "tocsin",
    "LogBucket": "b",
    "Topic": "arn:aws:sns:us-east-1:123456789012:t",
    "TopicPolicy": "p",
    "TopicKey": "k",
    "Subscriber1": "s",
    "WireA": "tocsin-wire-a",
    "WireB": "tocsin-wire-b",
    "FeedIam": "tocsin-feed-iam",
    "Queue": "https://sqs/q",
    "QueuePolicy": "p",
    "RuleDeadLetters": "d",
    "QueueDeadLetters": "dd",
    "Observer": "https://sqs/o",
    "ObserverPolicy": "https://sqs/o",
    "AlarmTopic": "arn:a",
    "AlarmTopicPolicy": "arn:a",
    "AlarmSubscriber1": "s2",
    "RuleDeadLettersAlarm": "tocsin-rule-dead-letters",
    "LettersLostAlarm": "tocsin-letters-lost",
}


def policy(action, *, service="events.amazonaws.com", closed=True, operator=""):
    allow = {"Effect": "Allow", "Principal": {"Service": service}, "Action": action, "Resource": "*"}
    condition = {"Bool": {"aws:PrincipalIsAWSService": "false"}}
    if operator:
        condition["ArnNotEquals"] = {"aws:PrincipalArn": operator}
    deny = {"Effect": "Deny", "Principal": "*", "Action": action, "Resource": "*", "Condition": condition}
    return json.dumps({"Statement": [allow, deny] if closed else [allow]})


QUEUE = "arn:aws:sqs:us-east-1:123456789012:q"
OPERATOR = "arn:aws:iam::123456789012:role/ops"
ARMED = Alarm(armed=True, actions=("arn:a",), rings=False)
HEARS = Subscribed("email", "ops@example.com", State.CONFIRMED, "arn:s")
OBSERVER = "arn:aws:sqs:us-east-1:123456789012:o"
OBSERVES = Subscribed("sqs", OBSERVER, State.CONFIRMED, "arn:o")
WHOLE = Seen(
    resources=RESOURCES,
    trail=Trail(logging=True, multi_region=True, writes=True, fault=""),
    bucket_policy=policy("s3:PutObject", service="cloudtrail.amazonaws.com"),
    rules=dict.fromkeys(("tocsin-wire-a", "tocsin-wire-b", "tocsin-feed-iam"), "ENABLED"),
    targets={
        "tocsin-wire-a": frozenset({RESOURCES["Topic"]}),
        "tocsin-wire-b": frozenset({"arn:a"}),
        "tocsin-feed-iam": frozenset({QUEUE, OBSERVER}),
    },
    wanted=frozenset({("ops@example.com", False), ("ops@example.com", True), ("b@x", False)}),
    topic_policy=policy("sns:Publish"),
    alarm_topic_policy=policy("sns:Publish", service=["events.amazonaws.com", "cloudwatch.amazonaws.com"]),
    alarm_subscriptions=(HEARS, OBSERVES),
    alarms=dict.fromkeys(("tocsin-rule-dead-letters", "tocsin-letters-lost", "tocsin-of-others"), ARMED),
    subscriptions=(HEARS, OBSERVES),
    queue=Queue(policy("sqs:SendMessage"), 3),
    dead=Queue("", 0),
    given_up=Queue("", 0),
    observer=Queue(policy("sqs:SendMessage", service=["events.amazonaws.com", "sns.amazonaws.com"]), 0),
)


def told(seen):
    return {one.link.id: (one.standing, one.evidence) for one in verdicts(seen)}


def test_every_link_is_judged_in_the_order_of_the_list():
    assert set(_JUDGES) == {link.id for link in LINKS}
    assert [one.link.id for one in verdicts(WHOLE)] == [link.id for link in LINKS]


def test_nothing_is_named_when_it_is_whole():
    assert {standing for standing, _ in told(WHOLE).values()} == {Standing.WHOLE}


BROKEN = [
    ({"trail": None}, "trail", "no such trail"),
    ({"trail": replace(WHOLE.trail, logging=False)}, "trail", "its logging is off"),
    ({"trail": replace(WHOLE.trail, multi_region=False)}, "trail", "one Region alone"),
    ({"trail": replace(WHOLE.trail, writes=False)}, "trail", "leave write management events out"),
    ({"trail": replace(WHOLE.trail, fault="AccessDenied")}, "log", "the last delivery failed: AccessDenied"),
    ({"bucket_policy": None}, "log", "the bucket is gone"),
    ({"bucket_policy": ""}, "log", "does not let CloudTrail write"),
    ({"rules": {**WHOLE.rules, "tocsin-wire-b": "DISABLED"}}, "wire-rule", "tocsin-wire-b disabled"),
    ({"rules": dict.fromkeys(list(WHOLE.rules)[:2], "ENABLED")}, "feed-rule", "tocsin-feed-iam gone"),
    ({"targets": {**WHOLE.targets, "tocsin-wire-b": frozenset()}}, "wire-rule", "tocsin-wire-b without its target"),
    (
        {"targets": {**WHOLE.targets, "tocsin-feed-iam": frozenset({"arn:x", OBSERVER})}},
        "feed-rule",
        "tocsin-feed-iam without its target",
    ),
    (
        {"targets": {**WHOLE.targets, "tocsin-feed-iam": frozenset({QUEUE, OBSERVER, "arn:evil"})}},
        "feed-rule",
        "tocsin-feed-iam also sends to arn:evil",
    ),
    (
        {"subscriptions": (HEARS, OBSERVES, replace(HEARS, endpoint="eve@x"))},
        "subscription",
        "eve@x is subscribed",
    ),
    (
        {"alarm_subscriptions": (HEARS, OBSERVES, replace(HEARS, endpoint="b@x"))},
        "alarm-subscription",
        "b@x is subscribed",
    ),
    ({"topic_policy": ""}, "topic-policy", "EventBridge is not let in"),
    ({"topic_policy": "rubbish"}, "topic-policy", "EventBridge is not let in"),
    ({"topic_policy": policy("sns:Publish", closed=False)}, "topic-policy", "nobody else is kept out"),
    ({"subscriptions": (OBSERVES,)}, "subscription", "nobody is subscribed"),
    ({"subscriptions": (HEARS,)}, "observer", "it is not subscribed to the topic"),
    ({"alarm_subscriptions": (HEARS,)}, "observer", "nor to that of trouble"),
    (
        {"targets": {**WHOLE.targets, "tocsin-feed-iam": frozenset({QUEUE})}},
        "observer",
        "tocsin-feed-iam does not send to it",
    ),
    ({"observer": None}, "observer", "the queue is gone"),
    ({"observer": Queue(policy("sqs:SendMessage"), 0)}, "observer", "sns.amazonaws.com is not let in"),
    (
        {"targets": {**WHOLE.targets, "tocsin-feed-iam": frozenset({OBSERVER})}},
        "feed-rule",
        "tocsin-feed-iam without its target",
    ),
    (
        {"subscriptions": (HEARS, OBSERVES, replace(HEARS, state=State.PENDING, endpoint="b@x"))},
        "subscription",
        "b@x not confirmed",
    ),
    ({"queue": Queue("", 0)}, "queue-policy", "EventBridge is not let in"),
    ({"dead": Queue("", 2)}, "dead-letters", "2 events could not be delivered"),
    ({"dead": None}, "dead-letters", "RuleDeadLetters is gone"),
    ({"given_up": Queue("", 1)}, "dead-letters", "given up by the responder, and wait in QueueDeadLetters"),
    ({"alarm_topic_policy": None}, "alarm-topic", "the topic is gone"),
    ({"alarm_topic_policy": policy("sns:Publish")}, "alarm-topic", "CloudWatch is not let in"),
    ({"alarm_subscriptions": (OBSERVES,)}, "alarm-subscription", "nobody is subscribed"),
    ({"alarms": {"tocsin-letters-lost": ARMED}}, "alarms", "tocsin-rule-dead-letters gone"),
    (
        {"alarms": {**WHOLE.alarms, "tocsin-letters-lost": replace(ARMED, armed=False)}},
        "alarms",
        "tocsin-letters-lost switched off",
    ),
    (
        {"alarms": {**WHOLE.alarms, "tocsin-letters-lost": replace(ARMED, actions=("arn:t",))}},
        "alarms",
        "tocsin-letters-lost without its topic",
    ),
    (
        {"alarms": {**WHOLE.alarms, "tocsin-letters-lost": replace(ARMED, rings=True)}},
        "alarms",
        "tocsin-letters-lost ringing",
    ),
    (
        {"topic_policy": policy("sns:Publish", operator="arn:aws:iam::123456789012:user/eve")},
        "topic-policy",
        "nobody else is kept out",
    ),
]


@pytest.mark.parametrize(("change", "link", "said"), BROKEN, ids=[said for _, _, said in BROKEN])
def test_one_broken_thing_breaks_one_link_and_is_named(change, link, said):
    found = told(replace(WHOLE, **change))
    assert [name for name, (standing, _) in found.items() if standing is not Standing.WHOLE] == [link]
    assert said in found[link][1]


def test_a_topic_or_a_queue_that_is_gone_takes_its_policy_with_it():
    assert [name for name, (one, _) in told(replace(WHOLE, topic_policy=None)).items() if one is Standing.BROKEN] == [
        "topic",
        "topic-policy",
    ]
    assert [name for name, (one, _) in told(replace(WHOLE, queue=None)).items() if one is Standing.BROKEN] == [
        "queue",
        "queue-policy",
    ]


SEEN = [field.name for field in fields(Seen) if field.name not in ("resources", "unseen", "operator", "wanted")]


@pytest.mark.parametrize("attribute", SEEN)
def test_what_could_not_be_looked_at_is_not_seen_and_never_fine(attribute):
    found = told(replace(WHOLE, unseen={attribute: "AccessDenied: no"}))
    blind = {name for name, (standing, _) in found.items() if standing is Standing.NOT_SEEN}
    assert blind == {link for link, (needs, _) in _JUDGES.items() if attribute in needs}
    assert blind
    assert all(found[name][1] == "AccessDenied: no" for name in blind)


def test_a_pipeline_without_the_durable_path_has_no_verdict_on_it():
    small = {key: value for key, value in RESOURCES.items() if key not in ("FeedIam", "Queue", "QueuePolicy")}
    assert {"queue", "feed-rule", "queue-policy"} & set(told(replace(WHOLE, resources=small))) == set()


def test_an_adopted_trail_and_a_topic_without_subscribers_are_judged_though_no_resource_makes_them():
    bare = {"Topic": RESOURCES["Topic"]}
    assert {"trail", "subscription"} <= set(told(replace(WHOLE, resources=bare, subscriptions=())))


def test_a_deny_without_a_condition_undoes_the_allow():
    statements = json.loads(WHOLE.topic_policy)["Statement"]
    shut = {"Effect": "Deny", "Principal": "*", "Action": "sns:*", "Resource": "*"}
    found = told(replace(WHOLE, topic_policy=json.dumps({"Statement": [*statements, shut]})))
    assert "EventBridge is not let in" in found["topic-policy"][1]


def test_the_operator_of_the_config_is_the_one_exception_and_must_be_in_the_policy():
    let_in = replace(
        WHOLE,
        operator=OPERATOR,
        topic_policy=policy("sns:Publish", operator=OPERATOR),
        queue=Queue(policy("sqs:SendMessage", operator=OPERATOR), 0),
    )
    assert {standing for standing, _ in told(let_in).values()} == {Standing.WHOLE}
    assert told(let_in)["topic-policy"][1] == "EventBridge is let in, everybody else but the operator kept out"
    found = told(replace(WHOLE, operator=OPERATOR))
    assert {name for name, (one, _) in found.items() if one is Standing.BROKEN} == {"topic-policy", "queue-policy"}


def test_what_is_broken_says_what_it_means_and_what_was_added_something_else():
    added = {**WHOLE.targets, "tocsin-wire-b": frozenset({"arn:a", "arn:evil"})}
    found = {one.link.id: one.so for one in verdicts(replace(WHOLE, targets=added, trail=None))}
    assert found["wire-rule"] == "somebody hears of it whom the config does not name"
    assert found["trail"] == "EventBridge sees no IAM call, and nothing rings"
    assert found["queue"] == ""
