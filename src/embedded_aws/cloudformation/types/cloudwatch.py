"""AWS::CloudWatch::Alarm.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudwatch-alarm.html
"""

from __future__ import annotations

from embedded_aws.cloudformation.types.base import Api, Props, Refused, ResourceType, pick

_SETTINGS = (
    "AlarmDescription", "Namespace", "MetricName", "Dimensions", "Statistic", "ComparisonOperator",
    "TreatMissingData", "AlarmActions",
)  # fmt: skip
_NUMBERS = {"Period": int, "EvaluationPeriods": int, "Threshold": float}


class Alarm(ResourceType):
    """An alarm; it is kept, and nothing measures anything."""

    type_name = "AWS::CloudWatch::Alarm"
    applied = frozenset({"AlarmName", "Metrics", *_SETTINGS, *_NUMBERS})
    required = frozenset({"ComparisonOperator", "EvaluationPeriods"})
    fixed = frozenset({"AlarmName"})
    attributes = frozenset({"Arn"})
    name_property = "AlarmName"
    name_limit = 255
    drifted = "MODIFIED"

    def create(self, api: Api, name: str, props: Props) -> str:
        """Put the alarm."""
        if self._find(api, name):
            raise Refused(f"{name} already exists")
        self.update(api, name, props, {})
        return name

    def update(self, api: Api, physical_id: str, props: Props, old: Props) -> None:  # noqa: ARG002 - as the base
        """Put the alarm again, with its actions on."""
        numbers = {name: kind(props[name]) for name, kind in _NUMBERS.items() if name in props}
        queries = [query | {"Period": int(query["Period"])} for query in props.get("Metrics", [])]
        metrics = {"Metrics": queries} if queries else {}
        api("cloudwatch").put_metric_alarm(AlarmName=physical_id, **pick(props, *_SETTINGS), **numbers, **metrics)

    def delete(self, api: Api, physical_id: str, props: Props) -> None:  # noqa: ARG002 - as the base
        """Delete the alarm."""
        api("cloudwatch").delete_alarms(AlarmNames=[physical_id])

    def exists(self, api: Api, physical_id: str, props: Props) -> bool:
        """Whether the alarm is there, armed, with its actions."""
        found = self._find(api, physical_id)
        return bool(found) and found["ActionsEnabled"] and found["AlarmActions"] == props.get("AlarmActions", [])

    def _find(self, api: Api, name: str) -> Props:
        found = api("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"]
        return found[0] if found else {}
