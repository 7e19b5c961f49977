"""Each broken link of a pipeline is named, none when it is whole, and what was not seen is never called fine."""

from __future__ import annotations

import json
from dataclasses import fields, replace

import pytest

from tocsin.core.doctor.seen import Alarm, Key, Queue, Seen, Topic, Trail
from tocsin.core.doctor.verdicts import _JUDGES, Standing, verdicts
from tocsin.core.template.links import LINKS
from tocsin.core.template.subscribers import State, Subscribed

ALARM_TOPIC = "arn:aws:sns:us-east-1:123456789012:t-alarms"
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
    "AlarmTopic": ALARM_TOPIC,
    "AlarmTopicPolicy": ALARM_TOPIC,
    "AlarmSubscriber1": "s2",
    "RuleDeadLettersAlarm": "tocsin-rule-dead-letters",
    "LettersLostAlarm": "tocsin-letters-lost",
}


def policy(
    action, source="rule/tocsin-wire-*", *, service="events", kept_in=True, closed=True, operator="", resource="*"
):
    """As the template makes it: a service for its sources, and nobody else."""
    allow = {
        "Effect": "Allow",
        "Principal": {"Service": f"{service}.amazonaws.com"},
        "Action": action,
        "Resource": resource,
    }
    if kept_in:
        allow["Condition"] = {"ArnLike": {"aws:SourceArn": f"arn:aws:{service}:us-east-1:123456789012:{source}"}}
    condition = {"Bool": {"aws:PrincipalIsAWSService": "false"}}
    if operator:
        condition["ArnNotEquals"] = {"aws:PrincipalArn": operator}
    deny = {"Effect": "Deny", "Principal": "*", "Action": action, "Resource": "*", "Condition": condition}
    return json.dumps({"Version": "2012-10-17", "Statement": [allow, deny] if closed else [allow]})


def merged(*policies):
    """One policy with the statements of several."""
    return json.dumps(
        {"Version": "2012-10-17", "Statement": [one for p in policies for one in json.loads(p)["Statement"]]}
    )


def with_statement(text, **statement):
    """A policy with one statement more."""
    return merged(text, json.dumps({"Statement": [statement]}))


SEND, PUBLISH = "sqs:SendMessage", "sns:Publish"
WIRES = policy(PUBLISH)
ALARMS = merged(WIRES, policy(PUBLISH, "alarm:tocsin-*", service="cloudwatch"))
FEEDS = policy(SEND, "rule/tocsin-feed-*")
DEAD = merged(policy(SEND), FEEDS)
OBSERVED = merged(policy(SEND, "t*", service="sns"), FEEDS)
SHUT = json.dumps({"Statement": json.loads(WIRES.replace(PUBLISH, SEND))["Statement"][1:]})
BUCKET = policy(["s3:GetBucketAcl", "s3:PutObject"], "trail/tocsin", service="cloudtrail", closed=False)
MAY_ENCRYPT = {
    "Effect": "Allow",
    "Principal": {"Service": ["events.amazonaws.com", "cloudwatch.amazonaws.com"]},
    "Action": ["kms:GenerateDataKey*", "kms:Decrypt"],
    "Resource": "*",
}
KEY_ARN = "arn:aws:kms:us-east-1:123456789012:key/k"
KEY = Key(KEY_ARN, "Enabled", json.dumps({"Version": "2012-10-17", "Statement": [MAY_ENCRYPT]}))


def key_policy(**change):
    return replace(KEY, policy=json.dumps({"Version": "2012-10-17", "Statement": [{**MAY_ENCRYPT, **change}]}))


QUEUE = "arn:aws:sqs:us-east-1:123456789012:q"
OPERATOR = "arn:aws:iam::123456789012:role/ops"
ARMED = Alarm(armed=True, actions=(ALARM_TOPIC,), rings=False)
HEARS = Subscribed("email", "ops@example.com", State.CONFIRMED, "arn:s")
OBSERVER = "arn:aws:sqs:us-east-1:123456789012:o"
OBSERVES = Subscribed("sqs", OBSERVER, State.CONFIRMED, "arn:o")
WHOLE = Seen(
    resources=RESOURCES,
    trail=Trail(logging=True, multi_region=True, writes=True, fault=""),
    bucket_policy=BUCKET,
    rules=dict.fromkeys(("tocsin-wire-a", "tocsin-wire-b", "tocsin-feed-iam"), "ENABLED"),
    targets={
        "tocsin-wire-a": frozenset({RESOURCES["Topic"]}),
        "tocsin-wire-b": frozenset({ALARM_TOPIC}),
        "tocsin-feed-iam": frozenset({QUEUE, OBSERVER}),
    },
    wanted=frozenset({("ops@example.com", False), ("ops@example.com", True), ("b@x", False)}),
    topic=Topic(WIRES, "k"),
    alarm_topic=Topic(ALARMS, KEY_ARN),
    key=KEY,
    alarm_subscriptions=(HEARS, OBSERVES),
    alarms=dict.fromkeys(("tocsin-rule-dead-letters", "tocsin-letters-lost", "tocsin-of-others"), ARMED),
    subscriptions=(HEARS, OBSERVES),
    queue=Queue(FEEDS, 3),
    dead=Queue(DEAD, 0),
    given_up=Queue(SHUT, 0),
    observer=Queue(OBSERVED, 0),
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
    ({"topic": Topic("")}, "topic-policy", "EventBridge is not let in"),
    ({"topic": Topic(policy(PUBLISH, "rule/tocsin-wire-b"))}, "topic-policy", "EventBridge is not let in"),
    (
        {"topic": Topic(policy(PUBLISH, resource="arn:aws:sns:us-east-1:123456789012:other"))},
        "topic-policy",
        "not let in",
    ),
    ({"topic": Topic(policy(PUBLISH, closed=False))}, "topic-policy", "nobody else is kept out"),
    ({"topic": Topic(policy(PUBLISH, kept_in=False))}, "topic-policy", "rules of other accounts are let in too"),
    (
        {"topic": Topic(policy(PUBLISH, "rule/*"))},
        "topic-policy",
        "rules of this account that are not its own are let in",
    ),
    ({"topic": Topic(WIRES, "alias/aws/sns")}, "topic", "encrypted with alias/aws/sns, which lets no service in"),
    ({"alarm_topic": Topic(ALARMS, "alias/aws/sns")}, "alarm-topic", "which lets no service in"),
    ({"key": None}, "topic-key", "the key is gone"),
    ({"key": replace(KEY, state="PendingDeletion")}, "topic-key", "it is PendingDeletion"),
    (
        {"key": key_policy(Principal={"Service": "cloudwatch.amazonaws.com"})},
        "topic-key",
        "its policy does not let EventBridge use it",
    ),
    (
        {"key": key_policy(Condition={"ArnLike": {"aws:SourceArn": "arn:aws:events:us-east-1:123456789012:rule/*"}})},
        "topic-key",
        "its policy does not let EventBridge and CloudWatch use it",
    ),
    ({"dead": Queue(FEEDS, 0)}, "dead-letters", "RuleDeadLetters: EventBridge is not let in for tocsin-wire-a and"),
    ({"given_up": Queue("", 0)}, "dead-letters", "QueueDeadLetters: nobody else is kept out"),
    ({"subscriptions": (OBSERVES,)}, "subscription", "nobody is subscribed"),
    ({"subscriptions": (HEARS,)}, "observer", "it is not subscribed to the topic"),
    ({"alarm_subscriptions": (HEARS,)}, "observer", "nor to that of trouble"),
    (
        {"targets": {**WHOLE.targets, "tocsin-feed-iam": frozenset({QUEUE})}},
        "observer",
        "tocsin-feed-iam does not send to it",
    ),
    ({"observer": None}, "observer", "the queue is gone"),
    ({"observer": Queue(FEEDS, 0)}, "observer", "SNS is not let in"),
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
    ({"dead": Queue(DEAD, 2)}, "dead-letters", "2 events could not be delivered"),
    ({"dead": None}, "dead-letters", "RuleDeadLetters is gone"),
    ({"given_up": Queue(SHUT, 1)}, "dead-letters", "given up by the responder, and wait in QueueDeadLetters"),
    ({"alarm_topic": None}, "alarm-topic", "the topic is gone"),
    ({"alarm_topic": Topic(WIRES)}, "alarm-topic", "CloudWatch is not let in"),
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
        {"topic": Topic(policy(PUBLISH, operator="arn:aws:iam::123456789012:user/eve"))},
        "topic-policy",
        "arn:aws:iam::123456789012:user/eve is not kept out",
    ),
]


@pytest.mark.parametrize(("change", "link", "said"), BROKEN, ids=[said for _, _, said in BROKEN])
def test_one_broken_thing_breaks_one_link_and_is_named(change, link, said):
    found = told(replace(WHOLE, **change))
    assert [name for name, (standing, _) in found.items() if standing is not Standing.WHOLE] == [link]
    assert said in found[link][1]


def test_a_topic_or_a_queue_that_is_gone_takes_its_policy_with_it():
    assert [name for name, (one, _) in told(replace(WHOLE, topic=None)).items() if one is Standing.BROKEN] == [
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
    statements = json.loads(WIRES)["Statement"]
    shut = {"Effect": "Deny", "Principal": "*", "Action": "sns:*", "Resource": "*"}
    found = told(replace(WHOLE, topic=Topic(json.dumps({"Statement": [*statements, shut]}))))
    assert "EventBridge is not let in" in found["topic-policy"][1]


def test_the_operator_of_the_config_is_the_one_exception_and_must_be_in_the_policy():
    let_in = replace(
        WHOLE,
        operator=OPERATOR,
        topic=Topic(policy(PUBLISH, operator=OPERATOR)),
        queue=Queue(policy(SEND, "rule/tocsin-feed-*", operator=OPERATOR), 0),
    )
    assert {standing for standing, _ in told(let_in).values()} == {Standing.WHOLE}
    assert told(let_in)["topic-policy"][1] == "EventBridge let in, everybody else but the operator kept out"
    found = told(replace(WHOLE, operator=OPERATOR))
    assert {name for name, (one, _) in found.items() if one is Standing.BROKEN} == {"topic-policy", "queue-policy"}


def test_what_is_broken_says_what_it_means_and_what_was_added_something_else():
    added = {**WHOLE.targets, "tocsin-wire-b": frozenset({ALARM_TOPIC, "arn:evil"})}
    found = {one.link.id: one.so for one in verdicts(replace(WHOLE, targets=added, trail=None))}
    assert found["wire-rule"] == "somebody hears of it whom the config does not name"
    assert found["trail"] == "EventBridge sees no IAM call, and nothing rings"
    assert found["queue"] == ""


HANGS = {"StringEquals": {"aws:PrincipalOrgID": "o-1234567890"}}
DENY = {"Effect": "Deny", "Principal": "*", "Action": PUBLISH, "Resource": "*"}
UNCLEAR = [
    ({"topic": Topic("rubbish")}, "topic-policy", "its policy can not be read"),
    (
        {"topic": Topic(with_statement(WIRES, **DENY, Condition=HANGS))},
        "topic-policy",
        "can not tell whether EventBridge is let in",
    ),
    ({"topic": Topic(WIRES, "alias/mine")}, "topic", "encrypted with alias/mine, and not with the pipeline's own key"),
    ({"key": key_policy(Condition=HANGS)}, "topic-key", "can not tell whether EventBridge may use it"),
    (
        {"bucket_policy": BUCKET.replace("aws:SourceArn", "aws:SourceOrgPaths")},
        "log",
        "can not tell whether CloudTrail may write",
    ),
]


@pytest.mark.parametrize(("change", "link", "said"), UNCLEAR, ids=[said for _, _, said in UNCLEAR])
def test_what_hangs_on_something_unknown_is_unclear_and_shows_the_statement(change, link, said):
    found = told(replace(WHOLE, **change))
    assert [name for name, (standing, _) in found.items() if standing is not Standing.WHOLE] == [link]
    assert (found[link][0], said in found[link][1]) == (Standing.UNCLEAR, True)
    if "can not tell" in said:
        assert found[link][1].count('"Effect":') == 1


def test_a_fault_that_is_sure_is_told_before_a_doubt():
    opened = {**DENY, "Effect": "Allow", "Condition": HANGS}
    found = told(replace(WHOLE, topic=Topic(json.dumps({"Statement": [opened]}))))
    assert found["topic-policy"] == (Standing.BROKEN, "nobody else is kept out")
