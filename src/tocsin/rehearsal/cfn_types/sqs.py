"""AWS::SQS::Queue, QueuePolicy and QueueInlinePolicy.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_SQS.html
"""

from __future__ import annotations

import json

from botocore.exceptions import ClientError

from tocsin.rehearsal.cfn_types.base import (
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
    "ContentBasedDeduplication": "false",
    "DeduplicationScope": "queue",
    "FifoThroughputLimit": "perQueue",
}


class Queue(ResourceType):
    """A queue; its physical id is its URL."""

    type_name = "AWS::SQS::Queue"
    applied = frozenset({"QueueName", "FifoQueue", "Tags", *_DEFAULTS})
    fixed = frozenset({"QueueName", "FifoQueue"})
    attributes = frozenset({"Arn", "QueueName", "QueueUrl"})
    name_property = "QueueName"
    name_limit = 80

    def create(self, api: Api, name: str, props: Props) -> str:
        """Make the queue with its attributes and tags."""
        if _url(api, name):
            raise Refused(f"{name} already exists")
        values = _values(props)
        if text(props.get("FifoQueue", "")) == "true":
            values["FifoQueue"] = "true"
        return str(api("sqs").create_queue(QueueName=name, Attributes=values, tags=tag_map(props))["QueueUrl"])

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

    def attribute(self, api: Api, physical_id: str, props: Props, name: str) -> str:  # noqa: ARG002 - as delete
        """The ARN, the name or the URL."""
        queue = _name(physical_id)
        arn = f"arn:{api.partition}:sqs:{api.region}:{api.account_id}:{queue}"
        return {"Arn": arn, "QueueName": queue, "QueueUrl": physical_id}[name]


class _Policy(ResourceType):
    """A policy on one or more queues."""

    @staticmethod
    def queues(props: Props) -> list[str]:
        """The URLs of the queues that the policy is set on."""
        raise NotImplementedError

    def create(self, api: Api, name: str, props: Props) -> str:  # noqa: ARG002 - one signature for all types
        """Set the policy."""
        for url in self.queues(props):
            _set_policy(api, url, document(props["PolicyDocument"]))
        return self.queues(props)[0]

    def update(self, api: Api, physical_id: str, props: Props, old: Props) -> None:
        """Set the policy, and take it from queues that are no longer named."""
        self.create(api, physical_id, props)
        for url in set(self.queues(old)) - set(self.queues(props)):
            _set_policy(api, url, "")

    def delete(self, api: Api, physical_id: str, props: Props) -> None:  # noqa: ARG002 - as create
        """Take the policy away."""
        for url in self.queues(props):
            if _url(api, _name(url)):
                _set_policy(api, url, "")

    def exists(self, api: Api, physical_id: str, props: Props) -> bool:  # noqa: ARG002 - as create
        """Whether each queue has the very policy."""
        wanted = json.loads(document(props["PolicyDocument"]))
        return all(_policy(api, url) == wanted for url in self.queues(props))


class QueuePolicy(_Policy):
    """One policy for several queues; drift detection does not see it."""

    type_name = "AWS::SQS::QueuePolicy"
    applied = required = frozenset({"Queues", "PolicyDocument"})
    attributes = frozenset({"Id"})

    @staticmethod
    def queues(props: Props) -> list[str]:
        """The queues of the list."""
        return [str(url) for url in props["Queues"]]

    def create(self, api: Api, name: str, props: Props) -> str:
        """Set the policy; the physical id is a generated name."""
        super().create(api, name, props)
        return name

    def attribute(self, api: Api, physical_id: str, props: Props, name: str) -> str:  # noqa: ARG002 - as delete
        """The generated id."""
        return physical_id


class QueueInlinePolicy(_Policy):
    """The policy of one queue; its physical id is the queue's URL."""

    type_name = "AWS::SQS::QueueInlinePolicy"
    applied = required = frozenset({"Queue", "PolicyDocument"})
    fixed = frozenset({"Queue"})

    @staticmethod
    def queues(props: Props) -> list[str]:
        """The one queue."""
        return [str(props["Queue"])]


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
