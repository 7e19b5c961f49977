"""What CloudWatch counted is asked for in few calls, and each rule gets its own figures back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tocsin.core.doctor.recorded import RULE, RULE_FIGURES, asked, batches, counted, of_rule, of_topic
from tocsin.core.steps import Answered, Step

NOW = datetime(2026, 11, 26, 14, 5, 33, 123, tzinfo=UTC)


def ask(name):
    return asked(RULE, name, RULE_FIGURES, NOW)


def answer(step):
    """What AWS answers: as many as the letters of the rule's name."""
    return Answered(
        {
            "MetricDataResults": [
                {"Id": one["Id"], "Values": [float(len(one["MetricStat"]["Metric"]["Dimensions"][0]["Value"]))]}
                for one in reversed(step.parameters["MetricDataQueries"])
            ]
        }
    )


def test_a_window_is_of_whole_minutes_and_two_weeks():
    step = ask("r")
    assert step.parameters["EndTime"] == datetime(2026, 11, 26, 14, 6, tzinfo=UTC)
    assert step.parameters["EndTime"] - step.parameters["StartTime"] == timedelta(days=14)


@pytest.mark.parametrize(("rules", "calls"), [(1, 1), (2, 1), (100, 1), (101, 2), (300, 3)])
def test_many_rules_are_asked_for_together_and_each_gets_its_own(rules, calls):
    steps = [ask("x" * (number + 1)) for number in range(rules)]
    other = Step("events", "ListRules", {})
    made = batches([*steps, other])
    assert len(made) == calls + 1
    assert max(len(one.step.parameters.get("MetricDataQueries", ())) for one in made) <= 500
    found = {}
    for one in made:
        if one.step is not other:
            answers = one.answers(answer(one.step))
            found |= {step.key: counted(each.result, RULE_FIGURES) for step, each in zip(one.of, answers, strict=True)}
    assert [found[step.key]["MatchedEvents"] for step in steps] == [number + 1 for number in range(rules)]


def test_the_ids_of_figures_are_such_as_cloudwatch_takes():
    [one] = batches([ask("a"), ask("b")])
    ids = [query["Id"] for query in one.step.parameters["MetricDataQueries"]]
    assert len(set(ids)) == len(ids)
    assert all(one[0].islower() and one.replace("_", "").isalnum() for one in ids)


def test_a_refusal_is_that_of_every_one():
    [one] = batches([ask("a"), ask("b")])
    refused = Answered(code="AccessDenied", said="no")
    assert one.answers(refused) == [refused, refused]


def test_what_was_never_counted_is_nothing_and_words_tell_it():
    figures = counted({}, RULE_FIGURES)
    assert of_rule(figures).says == "0 matched, 0 sent, 0 failed"
    topic = dict.fromkeys(
        ("NumberOfMessagesPublished", "NumberOfNotificationsDelivered", "NumberOfNotificationsFailed"), 1
    )
    assert of_topic({**topic, "NumberOfNotificationsFilteredOut": 2}).says == (
        "1 published, 1 delivered, 1 failed, 2 kept back by filters"
    )
