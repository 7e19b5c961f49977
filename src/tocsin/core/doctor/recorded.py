"""What CloudWatch counted of an alarm, beside how it is set: to be set up is one thing, to have worked another.

EventBridge User Guide, "Monitoring Amazon EventBridge" (AWS/Events by RuleName); SNS Developer Guide, "Monitoring
Amazon SNS topics using CloudWatch" (AWS/SNS by TopicName); Lambda Developer Guide, "Types of metrics for Lambda
functions" (AWS/Lambda by FunctionName); SQS Developer Guide, "Available CloudWatch metrics for Amazon SQS" (AWS/SQS by
QueueName); CloudWatch API Reference, "GetMetricData": 500 figures.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from tocsin.core.steps import Answered, Step

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

WINDOW = timedelta(days=14)
_OPERATION = "GetMetricData"
LATELY = timedelta(minutes=15)
_MOST_QUERIES = 500

RULE = ("AWS/Events", "RuleName")
RULE_FIGURES = (
    "MatchedEvents",
    "Invocations",
    "FailedInvocations",
    "InvocationsSentToDlq",
    "InvocationsFailedToBeSentToDlq",
)
TOPIC = ("AWS/SNS", "TopicName")
TOPIC_FIGURES = (
    "NumberOfMessagesPublished",
    "NumberOfNotificationsDelivered",
    "NumberOfNotificationsFailed",
    "NumberOfNotificationsFilteredOut",
)
FUNCTION = ("AWS/Lambda", "FunctionName")
FUNCTION_FIGURES = ("Invocations", "Errors", "Throttles")
QUEUE = ("AWS/SQS", "QueueName")
QUEUE_FIGURES = ("ApproximateAgeOfOldestMessage",)


@dataclass(frozen=True, slots=True)
class Recorded:
    """What was counted of a thing.

    Attributes:
        says: in words.
        figures: by CloudWatch's names.
    """

    says: str
    figures: Mapping[str, int]


def asked(of: tuple[str, str], name: str, figures: Sequence[str], now: datetime) -> Step:
    """The call that shows what was counted of a thing in the last weeks.

    Args:
        of: namespace and dimension.
        name: the thing's.
        figures: which.
        now: the end of the window.
    """
    return _asked(of, name, figures, now, (WINDOW, timedelta(days=1), "Sum"))


def oldest(queue: str, now: datetime) -> Step:
    """The call that shows how long the oldest message of a queue has waited lately; as `asked`."""
    return _asked(QUEUE, queue, QUEUE_FIGURES, now, (LATELY, LATELY, "Maximum"))


def _asked(
    of: tuple[str, str], name: str, figures: Sequence[str], now: datetime, taken: tuple[timedelta, timedelta, str]
) -> Step:
    namespace, dimension = of
    window, period, statistic = taken
    end = now.replace(second=0, microsecond=0) + timedelta(minutes=1)
    queries = [
        {
            "Id": f"q{number}",
            "MetricStat": {
                "Metric": {
                    "Namespace": namespace,
                    "MetricName": figure,
                    "Dimensions": [{"Name": dimension, "Value": name}],
                },
                "Period": int(period.total_seconds()),
                "Stat": statistic,
            },
        }
        for number, figure in enumerate(figures)
    ]
    parameters = {"MetricDataQueries": queries, "StartTime": end - window, "EndTime": end}
    return Step("cloudwatch", _OPERATION, parameters, every_page=True)


def counted(answer: Mapping[str, Any], figures: Sequence[str]) -> dict[str, int]:
    """The figures of an answer; what was never counted is 0."""
    found = {str(one["Id"]): sum(one.get("Values") or ()) for one in answer.get("MetricDataResults", ())}
    return {figure: int(found.get(f"q{number}", 0)) for number, figure in enumerate(figures)}


def of_rule(figures: Mapping[str, int]) -> Recorded:
    """What was counted of a rule, in words."""
    matched, sent, failed = (figures[name] for name in RULE_FIGURES[:3])
    return Recorded(f"{matched:,} matched, {sent:,} sent, {failed:,} failed", figures)


def of_topic(figures: Mapping[str, int]) -> Recorded:
    """What was counted of a topic, in words."""
    published, delivered, failed, filtered = (figures[name] for name in TOPIC_FIGURES)
    kept = f", {filtered:,} kept back by filters" if filtered else ""
    return Recorded(f"{published:,} published, {delivered:,} delivered, {failed:,} failed{kept}", figures)


def of_function(figures: Mapping[str, int]) -> Recorded:
    """What was counted of a function, in words."""
    called, failed, throttled = (figures[name] for name in FUNCTION_FIGURES)
    return Recorded(f"{called:,} called, {failed:,} failed, {throttled:,} throttled", figures)


@dataclass(frozen=True, slots=True)
class Batch:
    """One call that stands for several, which ask CloudWatch for the same window.

    Attributes:
        step: the call.
        of: those that it stands for.
    """

    step: Step
    of: tuple[Step, ...]

    def answers(self, answered: Answered) -> list[Answered]:
        """The answer of each of them, out of the one."""
        if len(self.of) == 1 or answered.code:
            return [answered] * len(self.of)
        found: dict[int, list[dict[str, Any]]] = {}
        for one in answered.result.get("MetricDataResults", ()):
            which, _, own = str(one["Id"]).removeprefix("s").partition("_")
            found.setdefault(int(which), []).append({**one, "Id": own})
        return [Answered({"MetricDataResults": found.get(index, [])}) for index in range(len(self.of))]


def batches(steps: Iterable[Step]) -> list[Batch]:
    """The calls by which several can be made: those for figures of one window together, any other by itself."""
    made: list[Batch] = []
    held: dict[str, list[Step]] = {}
    for step in steps:
        if step.operation == _OPERATION:
            held.setdefault(f"{step.parameters['StartTime']} {step.parameters['EndTime']}", []).append(step)
        else:
            made.append(Batch(step, (step,)))
    for together in held.values():
        most = max(1, _MOST_QUERIES // max(len(one.parameters["MetricDataQueries"]) for one in together))
        made += [_one(together[at : at + most]) for at in range(0, len(together), most)]
    return made


def _one(steps: Sequence[Step]) -> Batch:
    if len(steps) == 1:
        return Batch(steps[0], tuple(steps))
    queries = [
        {**query, "Id": f"s{index}_{query['Id']}"}
        for index, step in enumerate(steps)
        for query in step.parameters["MetricDataQueries"]
    ]
    first = steps[0]
    return Batch(
        Step(first.service, first.operation, {**first.parameters, "MetricDataQueries": queries}, every_page=True),
        tuple(steps),
    )
