"""AWS::CloudWatch::Alarm.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudwatch-alarm.html
"""

from __future__ import annotations

from tocsin.rehearsal.cfn_types.base import Api, Props, ResourceType, boolean, pick, stale_tags, tag_map

_WORDS = (
    "AlarmDescription",
    "AlarmActions",
    "OKActions",
    "InsufficientDataActions",
    "ComparisonOperator",
    "Dimensions",
    "ExtendedStatistic",
    "MetricName",
    "Namespace",
    "Statistic",
    "TreatMissingData",
    "Unit",
    "ThresholdMetricId",
    "EvaluateLowSampleCountPercentile",
)
_COUNTS = ("EvaluationPeriods", "DatapointsToAlarm", "Period")


class Alarm(ResourceType):
    """A metric alarm. It is made and can be read; the rehearsal has no metrics that could set it off."""

    type_name = "AWS::CloudWatch::Alarm"
    applied = frozenset({"AlarmName", "ActionsEnabled", "Threshold", "Tags", *_WORDS, *_COUNTS})
    required = frozenset({"ComparisonOperator", "EvaluationPeriods"})
    fixed = frozenset({"AlarmName"})
    attributes = frozenset({"Arn"})
    name_property = "AlarmName"
    name_limit = 255

    def create(self, api: Api, name: str, props: Props) -> str:
        """Put the alarm."""
        self._put(api, name, props)
        return name

    def update(self, api: Api, physical_id: str, props: Props, old: Props) -> None:
        """Put the alarm again, which replaces all its settings."""
        self._put(api, physical_id, props)
        if gone := stale_tags(props, old):
            api("cloudwatch").untag_resource(ResourceARN=_arn(api, physical_id), TagKeys=gone)

    @staticmethod
    def _put(api: Api, name: str, props: Props) -> None:
        settings = pick(props, *_WORDS) | {key: int(props[key]) for key in _COUNTS if key in props}
        if "Threshold" in props:
            settings["Threshold"] = float(props["Threshold"])
        if "ActionsEnabled" in props:
            settings["ActionsEnabled"] = boolean(props["ActionsEnabled"])
        if tags := tag_map(props):
            settings["Tags"] = [{"Key": key, "Value": value} for key, value in tags.items()]
        api("cloudwatch").put_metric_alarm(AlarmName=name, **settings)

    def delete(self, api: Api, physical_id: str, props: Props) -> None:  # noqa: ARG002 - one signature for all types
        """Delete the alarm."""
        api("cloudwatch").delete_alarms(AlarmNames=[physical_id])

    def exists(self, api: Api, physical_id: str, props: Props) -> bool:  # noqa: ARG002 - as delete
        """Whether the alarm is there."""
        return bool(api("cloudwatch").describe_alarms(AlarmNames=[physical_id])["MetricAlarms"])

    def attribute(self, api: Api, physical_id: str, props: Props, name: str) -> str:  # noqa: ARG002 - as delete
        """The ARN."""
        return _arn(api, physical_id)


def _arn(api: Api, name: str) -> str:
    return f"arn:{api.partition}:cloudwatch:{api.region}:{api.account_id}:alarm:{name}"
