"""Somebody else's pipeline: what of it can be looked at, and what is known before anything is done."""

from __future__ import annotations

import json

import pytest

from tocsin.core.drill.aim import at_rule, at_topic, looks_at_rule
from tocsin.core.drill.announce import looks
from tocsin.core.drill.hops import Hop, State
from tocsin.core.drill.lookout import Lookout
from tocsin.errors import UsageError

TOPIC = "arn:aws:sns:us-east-1:111122223333:their-alerts"
PATTERN = '{"source": ["aws.iam"]}'
RULE = {"Name": "theirs", "EventPattern": PATTERN, "State": "ENABLED", "EventBusName": "default"}


def targets(*arns):
    return {"Targets": [{"Id": str(number), "Arn": arn} for number, arn in enumerate(arns)]}


def test_a_topic_of_this_account_and_region_is_looked_at():
    assert at_topic(TOPIC, "us-east-1", "111122223333").topics == (TOPIC,)


@pytest.mark.parametrize(
    ("arn", "said"),
    [
        ("their-alerts", "is no ARN of a topic"),
        (f"{TOPIC}\x1b[31m", "is no ARN of a topic"),
        (f"{TOPIC}:11112222-sub", "is no ARN of a topic"),
        (TOPIC.replace("111122223333", "444455556666"), "is of account 444455556666"),
        (TOPIC.replace("us-east-1", "eu-west-1"), "is in eu-west-1"),
    ],
)
def test_another_topic_is_refused_in_a_sentence(arn, said):
    with pytest.raises(UsageError, match=said):
        at_topic(arn, "us-east-1", "111122223333")


def test_a_rule_is_asked_for_on_its_bus():
    assert [dict(step.parameters) for step in looks_at_rule("theirs")] == [{"Name": "theirs"}, {"Rule": "theirs"}]
    assert dict(looks_at_rule("aws.partner/x/theirs")[0].parameters) == {
        "Name": "theirs",
        "EventBusName": "aws.partner/x",
    }
    with pytest.raises(UsageError, match="is no name of a rule"):
        looks_at_rule("a rule")


def test_of_a_rule_its_pattern_and_its_topics_are_looked_at():
    aim = at_rule("theirs", RULE, targets(TOPIC, "arn:aws:lambda:us-east-1:111122223333:function:slack"))
    assert (aim.topics, aim.pattern, aim.bus, aim.known) == ((TOPIC,), PATTERN, "", ())
    assert aim.notes == ("nobody can look at what else it sends to: slack",)
    assert at_rule("b/theirs", {**RULE, "EventBusName": "b"}, targets()).bus == "b"


def test_what_is_known_of_a_rule_is_known_before_anything_is_done():
    off = at_rule("theirs", {**RULE, "State": "DISABLED"}, targets(TOPIC))
    assert [(one.hop, one.state) for one in off.known] == [(Hop.RULE, State.MISSING)]
    bare = at_rule("theirs", RULE, targets())
    assert [(one.hop, one.why) for one in bare.known] == [(Hop.WIRE, "the rule has no target")]


def test_a_schedule_hears_nothing():
    with pytest.raises(UsageError, match="it is a schedule"):
        at_rule("nightly", {"Name": "nightly", "ScheduleExpression": "rate(1 day)"}, targets())


def test_only_what_is_looked_at_may_send_to_the_queue():
    lookout = Lookout("lookout-drill-abc234", "aws", "us-east-1", "111122223333", (TOPIC,), PATTERN)
    (made,) = [step for step in lookout.steps() if step.operation == "CreateQueue"]
    (statement,) = json.loads(made.parameters["Attributes"]["Policy"])["Statement"]
    assert statement["Condition"]["ArnEquals"]["aws:SourceArn"] == [
        TOPIC,
        "arn:aws:events:us-east-1:111122223333:rule/lookout-drill-abc234",
    ]
    assert statement["Resource"] == "arn:aws:sqs:us-east-1:111122223333:lookout-drill-abc234"


def test_it_is_said_how_it_is_looked_at_and_that_silence_proves_nothing():
    said = dict(looks(at_rule("theirs", RULE, targets(TOPIC)), 120))
    assert "a rule with the same pattern" in said["looks"]
    assert "120 s until it holds" in said["looks"]
    assert "proves nothing" in said["doubts"]
