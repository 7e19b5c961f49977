"""AWS::CloudTrail::Trail.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudtrail-trail.html
"""

from __future__ import annotations

from typing import Any

from embedded_aws.cloudformation.types.base import (
    Api,
    Props,
    Refused,
    ResourceType,
    boolean,
    pick,
    stale_tags,
    tag_map,
)

_SETTINGS = (
    "S3BucketName",
    "S3KeyPrefix",
    "SnsTopicName",
    "CloudWatchLogsLogGroupArn",
    "CloudWatchLogsRoleArn",
)
_SWITCHES = (
    "IncludeGlobalServiceEvents",
    "IsMultiRegionTrail",
    "EnableLogFileValidation",
    "IsOrganizationTrail",
)
_SELECTORS = ("EventSelectors", "AdvancedEventSelectors")


class Trail(ResourceType):
    """A trail; unlike one made by the CLI, it logs at once when ``IsLogging`` says so."""

    type_name = "AWS::CloudTrail::Trail"
    drifted = "MODIFIED"
    applied = frozenset({"TrailName", "IsLogging", "KMSKeyId", "Tags", *_SETTINGS, *_SWITCHES, *_SELECTORS})
    required = frozenset({"IsLogging", "S3BucketName"})
    fixed = frozenset({"TrailName"})
    attributes = frozenset({"Arn", "SnsTopicArn"})
    name_property = "TrailName"

    def create(self, api: Api, name: str, props: Props) -> str:
        """Make the trail, its selectors and its tags, then set its logging."""
        if boolean(props.get("IsMultiRegionTrail", False)) and not _global(props):
            raise Refused("Multi-Region trail must include global service events.")
        api("cloudtrail").create_trail(Name=name, TagsList=_tags(props), **_settings(props))
        self._configure(api, name, props)
        return name

    def update(self, api: Api, physical_id: str, props: Props, old: Props) -> None:
        """Change the settings; an absent property goes back to its default, a trail that is gone is made again."""
        if not api("cloudtrail").describe_trails(trailNameList=[physical_id])["trailList"]:
            self.create(api, physical_id, props)
            return
        defaults: Props = {"S3KeyPrefix": "", "SnsTopicName": "", "KmsKeyId": ""}
        reset = {key: value for key, value in defaults.items() if key in _settings(old)}
        api("cloudtrail").update_trail(Name=physical_id, **(reset | _settings(props)))
        arn = self._describe(api, physical_id)["TrailARN"]
        if gone := stale_tags(props, old):
            api("cloudtrail").remove_tags(ResourceId=arn, TagsList=[{"Key": key} for key in gone])
        if tags := _tags(props):
            api("cloudtrail").add_tags(ResourceId=arn, TagsList=tags)
        self._configure(api, physical_id, props)

    def _configure(self, api: Api, name: str, props: Props) -> None:
        cloudtrail = api("cloudtrail")
        if selectors := pick(props, "EventSelectors", "AdvancedEventSelectors"):
            cloudtrail.put_event_selectors(TrailName=name, **{key: _typed(value) for key, value in selectors.items()})
        switch = cloudtrail.start_logging if boolean(props["IsLogging"]) else cloudtrail.stop_logging
        switch(Name=name)

    def delete(self, api: Api, physical_id: str, props: Props) -> None:  # noqa: ARG002 - one signature for all types
        """Delete the trail; its log files stay."""
        api("cloudtrail").delete_trail(Name=physical_id)

    def exists(self, api: Api, physical_id: str, props: Props) -> bool:
        """Whether the trail is there and logs as it was told."""
        trails = api("cloudtrail").describe_trails(trailNameList=[physical_id])["trailList"]
        status = api("cloudtrail").get_trail_status(Name=physical_id) if trails else {}
        return bool(trails) and bool(status["IsLogging"]) == boolean(props["IsLogging"])

    def attribute(self, api: Api, physical_id: str, props: Props, name: str) -> str:  # noqa: ARG002 - as delete
        """The trail's ARN, or that of its topic."""
        trail = self._describe(api, physical_id)
        return str(trail["TrailARN"] if name == "Arn" else trail.get("SnsTopicARN", ""))

    @staticmethod
    def _describe(api: Api, name: str) -> Props:
        found: Props = api("cloudtrail").get_trail(Name=name)["Trail"]
        return found


def _settings(props: Props) -> Props:
    switches = {name: boolean(props[name]) for name in _SWITCHES if name in props}
    return pick(props, *_SETTINGS, KmsKeyId="KMSKeyId") | switches


def _global(props: Props) -> bool:
    return boolean(props.get("IncludeGlobalServiceEvents", True))


def _tags(props: Props) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tag_map(props).items()]


def _typed(selectors: list[Props]) -> list[Props]:
    def cast(key: str, value: Any) -> Any:  # noqa: ANN401 - a JSON value in, the same out
        return boolean(value) if key == "IncludeManagementEvents" else value

    return [{key: cast(key, value) for key, value in selector.items()} for selector in selectors]
