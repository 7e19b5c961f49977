"""The CloudFormation types that the embedded AWS builds; a template with any other is refused."""

from __future__ import annotations

from embedded_aws.cloudformation.types import cloudtrail, cloudwatch, events, iam, kms, s3, sns, sqs
from embedded_aws.cloudformation.types.base import Api, Props, Refused, ResourceType

__all__ = ["OURS", "Api", "Props", "Refused", "ResourceType", "Types"]

OURS: tuple[type[ResourceType], ...] = (
    cloudtrail.Trail,
    cloudwatch.Alarm,
    events.Rule,
    iam.Role,
    iam.RolePolicy,
    kms.Alias,
    kms.Key,
    s3.Bucket,
    s3.BucketPolicy,
    sns.Subscription,
    sns.Topic,
    sns.TopicInlinePolicy,
    sqs.Queue,
    sqs.QueueInlinePolicy,
)


class Types:
    """All types that a template may use, by name."""

    def __init__(self) -> None:
        self._types: dict[str, ResourceType] = {each.type_name: each() for each in OURS}

    def find(self, type_name: str) -> ResourceType | None:
        """The type, or None if the embedded AWS does not build it."""
        return self._types.get(type_name)
