"""The rehearsal's CloudFormation types: ours where moto skips a type or drops properties, else moto's."""

from __future__ import annotations

from tocsin.rehearsal.cfn_types import (
    cloudtrail,
    cloudwatch,
    events,
    iam,
    kms,
    s3,
    scheduler,
    secretsmanager,
    sns,
    sqs,
)
from tocsin.rehearsal.cfn_types.base import Api, Props, Refused, ResourceType

__all__ = ["OURS", "Api", "Props", "Refused", "ResourceType", "Types"]

OURS: tuple[type[ResourceType], ...] = (
    cloudtrail.Trail,
    cloudwatch.Alarm,
    events.EventBusPolicy,
    events.Rule,
    iam.ManagedPolicy,
    iam.Role,
    iam.RolePolicy,
    kms.Alias,
    kms.Key,
    s3.Bucket,
    s3.BucketPolicy,
    scheduler.Schedule,
    secretsmanager.Secret,
    sns.Subscription,
    sns.Topic,
    sns.TopicInlinePolicy,
    sns.TopicPolicy,
    sqs.Queue,
    sqs.QueueInlinePolicy,
    sqs.QueuePolicy,
)


class Types:
    """All types that a template may use, by name."""

    def __init__(self) -> None:
        self._ours: dict[str, ResourceType] = {each.type_name: each() for each in OURS}
        self._moto: dict[str, ResourceType] | None = None

    def find(self, type_name: str) -> ResourceType | None:
        """The type, or None if the rehearsal does not build it."""
        return self._ours.get(type_name) or self._from_moto(type_name)

    def _from_moto(self, type_name: str) -> ResourceType | None:
        if self._moto is None:  # importing all of moto's models takes seconds: only for a template that needs one
            from tocsin.rehearsal.cfn_types.moto_types import moto_types  # noqa: PLC0415 - see above

            self._moto = moto_types()
        return self._moto.get(type_name)
