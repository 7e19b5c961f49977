"""AWS::Events::Rule.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_Events.html
"""

from __future__ import annotations

import json

from botocore.exceptions import ClientError

from embedded_aws.cloudformation.types.base import (
    Api,
    Props,
    Refused,
    ResourceType,
    document,
    pick,
    stale_tags,
    tag_map,
)

_SETTINGS = ("Description", "ScheduleExpression", "State", "RoleArn", "EventBusName")
# The parts of a target that the bridge honours or that the API keeps; anything else is refused.
TARGET = {
    "Arn",
    "Id",
    "RoleArn",
    "Input",
    "InputPath",
    "InputTransformer",
    "DeadLetterConfig",
    "RetryPolicy",
}
_MAX_TARGETS = 5  # https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html


class Rule(ResourceType):
    """A rule with its targets; moto's own type replaces the rule at each update."""

    type_name = "AWS::Events::Rule"
    drifted = "MODIFIED"
    applied = frozenset({"Name", "EventPattern", "Targets", "Tags", *_SETTINGS})
    fixed = frozenset({"Name", "EventBusName"})
    attributes = frozenset({"Arn"})
    name_property = "Name"
    name_limit = 64

    def create(self, api: Api, name: str, props: Props) -> str:
        """Put the rule, then its targets."""
        if self.exists(api, name, props):
            raise Refused(f"{name} already exists")
        self.update(api, name, props, {})
        return name

    def update(self, api: Api, physical_id: str, props: Props, old: Props) -> None:
        """Put the rule and its targets again; remove the targets that are no longer named."""
        events, bus = api("events"), pick(props, "EventBusName")
        settings = pick(props, *_SETTINGS)
        if "EventPattern" in props:
            settings["EventPattern"] = document(props["EventPattern"])
        tags = [{"Key": key, "Value": value} for key, value in tag_map(props).items()]
        events.put_rule(Name=physical_id, **settings, **({"Tags": tags} if tags and not old else {}))
        targets = [_target(target) for target in props.get("Targets", [])]
        if len(targets) > _MAX_TARGETS:
            raise Refused(f"The requested resource exceeds the maximum number allowed: {_MAX_TARGETS} targets")
        gone = sorted({t["Id"] for t in old.get("Targets", [])} - {t["Id"] for t in targets})
        if gone:
            events.remove_targets(Rule=physical_id, Ids=gone, **_as_bus(bus))
        if targets:
            answer = events.put_targets(Rule=physical_id, Targets=targets, **_as_bus(bus))
            if answer.get("FailedEntryCount"):
                raise Refused(f"PutTargets failed: {json.dumps(answer['FailedEntries'])}")
        if old:
            self._retag(api, physical_id, props, old)

    def _retag(self, api: Api, name: str, props: Props, old: Props) -> None:
        arn = self.attribute(api, name, props, "Arn")
        if gone := stale_tags(props, old):
            api("events").untag_resource(ResourceARN=arn, TagKeys=gone)
        if tags := tag_map(props):
            api("events").tag_resource(ResourceARN=arn, Tags=[{"Key": k, "Value": v} for k, v in tags.items()])

    def delete(self, api: Api, physical_id: str, props: Props) -> None:
        """Remove the targets, then the rule."""
        bus = _as_bus(pick(props, "EventBusName"))
        found = api("events").list_targets_by_rule(Rule=physical_id, **bus)["Targets"]
        if ids := [target["Id"] for target in found]:
            api("events").remove_targets(Rule=physical_id, Ids=ids, **bus)
        api("events").delete_rule(Name=physical_id, **bus)

    def exists(self, api: Api, physical_id: str, props: Props) -> bool:
        """Whether the rule and all its targets are there, and it is on or off as it was told."""
        bus = _as_bus(pick(props, "EventBusName"))
        try:
            rule = api("events").describe_rule(Name=physical_id, **bus)
        except ClientError:
            return False
        if rule["State"] != props.get("State", "ENABLED"):
            return False
        found = {target["Id"] for target in api("events").list_targets_by_rule(Rule=physical_id, **bus)["Targets"]}
        return found >= {target["Id"] for target in props.get("Targets", [])}

    def attribute(self, api: Api, physical_id: str, props: Props, name: str) -> str:  # noqa: ARG002 - as the base
        """The ARN."""
        bus = str(props.get("EventBusName", "default")).rsplit("/", 1)[-1]
        path = physical_id if bus == "default" else f"{bus}/{physical_id}"
        return f"arn:{api.partition}:events:{api.region}:{api.account_id}:rule/{path}"


def _target(target: Props) -> Props:
    extra = sorted(set(target) - TARGET)
    if extra:
        raise Refused(f"Properties validation failed: Targets/{extra[0]} is not applied by the embedded AWS")
    retry = {key: int(value) for key, value in target.get("RetryPolicy", {}).items()}
    return target | ({"RetryPolicy": retry} if retry else {})


def _as_bus(picked: Props) -> Props:
    return {"EventBusName": picked["EventBusName"]} if picked else {}
