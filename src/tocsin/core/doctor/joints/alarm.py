"""CloudWatch alarms: there, armed, watching what they were made for, and telling a topic.

CloudWatch API Reference, "MetricAlarm": ActionsEnabled switches every action off, and nothing else shows it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from tocsin.core.doctor.joints.place import name_of
from tocsin.core.doctor.looks import look
from tocsin.core.doctor.walk import Fault, Joint, Told, told_of
from tocsin.core.steps import Step

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tocsin.core.doctor.joints.place import Place
    from tocsin.core.doctor.looks import Looks
    from tocsin.core.template.watches import Watch


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


def joints(place: Place, prefix: str, topic: str, alarms: Sequence[Alarm]) -> list[Joint]:
    """The alarms of the pipeline, each a joint.

    Args:
        place: where.
        prefix: what all their names begin with.
        topic: ARN of the topic that they tell.
        alarms: those that there have to be.
    """
    return [
        Joint("alarms", place.arn("cloudwatch", f"alarm:{one.name}"), partial(_judge, prefix, topic, one))
        for one in alarms
    ]


def _judge(prefix: str, topic: str, alarm: Alarm, looks: Looks) -> Told:
    shown = looks.answer(look("cloudwatch", "DescribeAlarms", AlarmNamePrefix=prefix, AlarmTypes=["MetricAlarm"]))
    found = next((one for one in shown.result.get("MetricAlarms", []) if one["AlarmName"] == alarm.name), None)
    if found is None:
        return told_of([Fault("TOC801", "there is no such alarm", "tocsin apply")], "")
    faults = []
    if not found.get("ActionsEnabled"):
        arm = f"aws cloudwatch enable-alarm-actions --alarm-names {alarm.name}"
        fix = Step("cloudwatch", "EnableAlarmActions", {"AlarmNames": [alarm.name]}, f"arm the alarm {alarm.name}")
        faults.append(Fault("TOC802", "its actions are switched off", arm, (fix,)))
    if topic not in found.get("AlarmActions", ()):
        faults.append(Fault("TOC803", f"it does not tell {name_of(topic)}", "tocsin apply"))
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
