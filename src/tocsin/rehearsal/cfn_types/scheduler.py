"""AWS::Scheduler::Schedule.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-scheduler-schedule.html
"""

from __future__ import annotations

from botocore.exceptions import ClientError

from tocsin.rehearsal.cfn_types.base import Api, Props, ResourceType, pick

_SETTINGS = (
    "GroupName",
    "ScheduleExpression",
    "ScheduleExpressionTimezone",
    "State",
    "Description",
    "KmsKeyArn",
    "StartDate",
    "EndDate",
    "Target",
)


class Schedule(ResourceType):
    """A schedule. It is made and can be read; nothing in the rehearsal fires it."""

    type_name = "AWS::Scheduler::Schedule"
    applied = frozenset({"Name", "FlexibleTimeWindow", *_SETTINGS})
    required = frozenset({"FlexibleTimeWindow", "ScheduleExpression", "Target"})
    fixed = frozenset({"Name", "GroupName"})
    attributes = frozenset({"Arn"})
    name_property = "Name"
    name_limit = 64

    def create(self, api: Api, name: str, props: Props) -> str:
        """Make the schedule."""
        api("scheduler").create_schedule(Name=name, **_settings(props))
        return name

    def update(self, api: Api, physical_id: str, props: Props, old: Props) -> None:  # noqa: ARG002 - as the base
        """Replace all settings of the schedule."""
        api("scheduler").update_schedule(Name=physical_id, **_settings(props))

    def delete(self, api: Api, physical_id: str, props: Props) -> None:
        """Delete the schedule."""
        api("scheduler").delete_schedule(Name=physical_id, **pick(props, "GroupName"))

    def exists(self, api: Api, physical_id: str, props: Props) -> bool:
        """Whether the schedule is there."""
        try:
            api("scheduler").get_schedule(Name=physical_id, **pick(props, "GroupName"))
        except ClientError:
            return False
        return True

    def attribute(self, api: Api, physical_id: str, props: Props, name: str) -> str:  # noqa: ARG002 - as the base
        """The ARN."""
        return str(api("scheduler").get_schedule(Name=physical_id, **pick(props, "GroupName"))["Arn"])


def _settings(props: Props) -> Props:
    window = dict(props["FlexibleTimeWindow"])
    if "MaximumWindowInMinutes" in window:
        window["MaximumWindowInMinutes"] = int(window["MaximumWindowInMinutes"])
    settings = pick(props, *_SETTINGS)
    target = dict(settings["Target"])
    if retry := target.get("RetryPolicy"):
        target["RetryPolicy"] = {key: int(value) for key, value in retry.items()}
    return settings | {"FlexibleTimeWindow": window, "Target": target}
