"""AWS::SQS::Queue and QueueInlinePolicy.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_SQS.html
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
    error_code,
    stale_tags,
    tag_map,
    text,
)

# What an absent property goes back to in an update:
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
_DEFAULTS = {
    "DelaySeconds": "0",
    "MaximumMessageSize": "1048576",
    "MessageRetentionPeriod": "345600",
    "ReceiveMessageWaitTimeSeconds": "0",
    "VisibilityTimeout": "30",
    "KmsMasterKeyId": "",
    "KmsDataKeyReusePeriodSeconds": "300",
    "SqsManagedSseEnabled": "true",
    "RedrivePolicy": "",
    "RedriveAllowPolicy": "",
}


class Queue(ResourceType):
    """A queue; its physical id is its URL."""

    type_name = "AWS::SQS::Queue"
    applied = frozenset({"QueueName", "Tags", *_DEFAULTS})
    fixed = frozenset({"QueueName"})
    attributes = frozenset({"Arn", "QueueName", "QueueUrl"})
    name_property = "QueueName"
    name_limit = 80

    def create(self, api: Api, name: str, props: Props) -> str:
        """Make the queue with its attributes and tags."""
        if _url(api, name):
            raise Refused(f"{name} already exists")
        return str(api("sqs").create_queue(QueueName=name, Attributes=_values(props), tags=tag_map(props))["QueueUrl"])

    def update(self, api: Api, physical_id: str, props: Props, old: Props) -> None:
        """Set what changed; an absent property goes back to its default."""
        gone = {key: value for key, value in _DEFAULTS.items() if key in old and key not in props}
        changed = {key: value for key, value in _values(props).items() if props[key] != old.get(key)}
        if gone or changed:
            api("sqs").set_queue_attributes(QueueUrl=physical_id, Attributes=gone | changed)
        if stale := stale_tags(props, old):
            api("sqs").untag_queue(QueueUrl=physical_id, TagKeys=stale)
        if tags := tag_map(props):
            api("sqs").tag_queue(QueueUrl=physical_id, Tags=tags)

    def delete(self, api: Api, physical_id: str, props: Props) -> None:  # noqa: ARG002 - one signature for all types
        """Delete the queue with its messages."""
        api("sqs").delete_queue(QueueUrl=physical_id)

    def exists(self, api: Api, physical_id: str, props: Props) -> bool:  # noqa: ARG002 - as delete
        """Whether the queue is there."""
        return _url(api, _name(physical_id)) is not None

    def existing(self, api: Api, name: str) -> str:
        """The URL of the queue of this name."""
        return _url(api, name) or ""

    def attribute(self, api: Api, physical_id: str, props: Props, name: str) -> str:  # noqa: ARG002 - as delete
        """The ARN, the name or the URL."""
        queue = _name(physical_id)
        arn = f"arn:{api.partition}:sqs:{api.region}:{api.account_id}:{queue}"
        return {"Arn": arn, "QueueName": queue, "QueueUrl": physical_id}[name]


class QueueInlinePolicy(ResourceType):
    """The policy of one queue; its physical id is the queue's URL."""

    type_name = "AWS::SQS::QueueInlinePolicy"
    drifted = "MODIFIED"
    applied = required = frozenset({"Queue", "PolicyDocument"})
    fixed = frozenset({"Queue"})

    def create(self, api: Api, name: str, props: Props) -> str:  # noqa: ARG002 - one signature for all types
        """Set the policy."""
        _set_policy(api, props["Queue"], document(props["PolicyDocument"]))
        return str(props["Queue"])

    def update(self, api: Api, physical_id: str, props: Props, old: Props) -> None:  # noqa: ARG002 - as create
        """Set the policy again."""
        _set_policy(api, physical_id, document(props["PolicyDocument"]))

    def delete(self, api: Api, physical_id: str, props: Props) -> None:  # noqa: ARG002 - as create
        """Take the policy away."""
        if _url(api, _name(physical_id)):
            _set_policy(api, physical_id, "")

    def exists(self, api: Api, physical_id: str, props: Props) -> bool:
        """Whether the queue has the very policy."""
        return bool(_policy(api, physical_id) == json.loads(document(props["PolicyDocument"])))


def _values(props: Props) -> dict[str, str]:
    return {key: document(_plain(props[key])) for key in _DEFAULTS if key in props}


def _plain(value: object) -> object:
    return value if isinstance(value, dict) else text(value)


def _name(url: str) -> str:
    return url.rstrip("/").rsplit("/", 1)[-1]


def _url(api: Api, name: str) -> str | None:
    try:
        return str(api("sqs").get_queue_url(QueueName=name)["QueueUrl"])
    except ClientError as error:
        if "NonExistentQueue" in error_code(error) or error_code(error) == "QueueDoesNotExist":
            return None
        raise


def _set_policy(api: Api, url: str, policy: str) -> None:
    api("sqs").set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})


def _policy(api: Api, url: str) -> object:
    if not _url(api, _name(url)):
        return None
    found = api("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"]).get("Attributes", {})
    return json.loads(found["Policy"]) if found.get("Policy") else None
