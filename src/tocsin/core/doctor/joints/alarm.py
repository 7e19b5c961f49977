"""CloudWatch alarms: there, armed, watching what they were made for, and telling a topic.

CloudWatch API Reference, "MetricAlarm": ActionsEnabled switches every action off, and nothing else shows it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from shlex import quote
from typing import TYPE_CHECKING, Any

from tocsin.core.doctor.joints import topic
from tocsin.core.doctor.joints.place import Sent, name_of
from tocsin.core.doctor.looks import look
from tocsin.core.doctor.policies import Sender
from tocsin.core.doctor.walk import Fault, Joint, Told, told_of
from tocsin.core.steps import Step
from tocsin.core.text import join

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tocsin.core.doctor.joints.place import Place
    from tocsin.core.doctor.looks import Looks
    from tocsin.core.template.watches import Watch

CLOUDWATCH = "cloudwatch.amazonaws.com"


@dataclass(frozen=True, slots=True)
class Alarm:
    """An alarm of the pipeline.

    Attributes:
        name: its name.
        watch: what it was made to watch.
        dimensions: the dimensions that its figure has.
    """

    name: str
    watch: Watch
    dimensions: Mapping[str, str]


def joints(place: Place, prefix: str, tells: str, alarms: Sequence[Alarm]) -> list[Joint]:
    """The alarms of the pipeline, each a joint.

    Args:
        place: where.
        prefix: what all their names begin with.
        tells: ARN of the topic that they tell.
        alarms: those that there have to be.
    """
    return [
        Joint("alarms", place.arn("cloudwatch", f"alarm:{one.name}"), partial(_judge, prefix, tells, one))
        for one in alarms
    ]


def anybodys(place: Place, shown: Mapping[str, Any]) -> Joint:
    """An alarm that somebody made: armed, at the first event, and telling a topic that lets it in.

    Args:
        place: where.
        shown: as CloudWatch shows it.
    """
    arn = str(shown["AlarmArn"])

    def judge(looks: Looks) -> Told:
        del looks
        faults, actions = _armed(shown), [str(one) for one in shown.get("AlarmActions", ())]
        if not actions:
            faults.append(Fault("TOC803", "it tells nobody"))
        if (over := _over(shown)) > 1:
            faults.append(Fault("TOC806", f"it rings from {over:g} events in a period on"))
        if int(shown.get("DatapointsToAlarm") or shown.get("EvaluationPeriods") or 1) > 1:
            faults.append(Fault("TOC806", "it rings only when events come in several periods"))
        sender = Sender("CloudWatch", CLOUDWATCH, "alarm", [arn])
        topics = [one for one in actions if one.split(":")[2:3] == ["sns"]]
        then = [joint for one in topics for joint in topic.joints(place, one, [sender], Sent())]
        return told_of(faults, f"it is armed, and tells {join(list(map(name_of, actions)), most=3)}", then)

    return Joint("alarms", arn, judge)


def _over(shown: Mapping[str, Any]) -> float:
    """From how many events on an alarm rings."""
    threshold = float(shown.get("Threshold", 1))
    return threshold + 1 if shown.get("ComparisonOperator") == "GreaterThanThreshold" else threshold


def _armed(shown: Mapping[str, Any]) -> list[Fault]:
    """Whether an alarm's actions are switched on."""
    if shown.get("ActionsEnabled"):
        return []
    name = str(shown["AlarmName"])
    arm = f"aws cloudwatch enable-alarm-actions --alarm-names {quote(name)}"
    fix = Step("cloudwatch", "EnableAlarmActions", {"AlarmNames": [name]}, f"arm the alarm {name}")
    return [Fault("TOC802", "its actions are switched off", arm, (fix,))]


def _judge(prefix: str, tells: str, alarm: Alarm, looks: Looks) -> Told:
    shown = looks.answer(look("cloudwatch", "DescribeAlarms", AlarmNamePrefix=prefix, AlarmTypes=["MetricAlarm"]))
    found = next((one for one in shown.result.get("MetricAlarms", []) if one["AlarmName"] == alarm.name), None)
    if found is None:
        return told_of([Fault("TOC801", "there is no such alarm", "tocsin apply")], "")
    faults = _armed(found)
    if tells not in found.get("AlarmActions", ()):
        faults.append(Fault("TOC803", f"it does not tell {name_of(tells)}", "tocsin apply"))
    if found.get("StateValue") == "ALARM":
        faults.append(Fault("TOC804", f"it rings: {found.get('StateReason', 'no reason is given')}"))
    if unlike := _unlike(alarm, found):
        faults.append(Fault("TOC805", f"its {unlike} is not the template's", "tocsin apply"))
    return told_of(faults, "it is armed, and does not ring")


def _unlike(alarm: Alarm, found: Mapping[str, Any]) -> str:
    """What an alarm has that the template's does not."""
    watch = alarm.watch
    dimensions = {str(one["Name"]): str(one["Value"]) for one in found.get("Dimensions") or []}
    queries = [(str(one.get("Expression", "")), one.get("Period")) for one in found.get("Metrics") or []]
    figure = (found.get("Namespace") or "", found.get("MetricName") or "", found.get("Statistic") or "")
    pairs: tuple[tuple[str, object, object], ...] = (
        ("figure", figure, (watch.namespace, watch.metric, watch.statistic)),
        ("query", queries, [(watch.expression, watch.period)] if watch.expression else []),
        ("period", found.get("Period"), None if watch.expression else watch.period),
        ("dimension", dimensions, dict(alarm.dimensions)),
        ("threshold", found.get("Threshold"), watch.threshold),
        ("comparison", found.get("ComparisonOperator"), watch.comparison),
        ("number of periods", found.get("EvaluationPeriods"), watch.periods),
        ("idea of missing figures", found.get("TreatMissingData"), watch.missing),
    )
    return next((name for name, seen, made in pairs if seen != made), "")
