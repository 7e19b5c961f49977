"""AWS::SNS::Topic, TopicInlinePolicy and Subscription.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_SNS.html
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

_TOPIC_ATTRIBUTES = (
    "DisplayName",
    "KmsMasterKeyId",
    "SignatureVersion",
    "TracingConfig",
)
_SUBSCRIPTION_ATTRIBUTES = (
    "RawMessageDelivery",
    "FilterPolicyScope",
    "FilterPolicy",
    "RedrivePolicy",
    "DeliveryPolicy",
    "SubscriptionRoleArn",
)
_NOT_THERE = {"NotFound", "NotFoundException"}


class Topic(ResourceType):
    """A topic; moto's own type replaces it at every update and so loses its subscriptions."""

    type_name = "AWS::SNS::Topic"
    applied = frozenset({"TopicName", "Tags", *_TOPIC_ATTRIBUTES})
    fixed = frozenset({"TopicName"})
    attributes = frozenset({"TopicArn", "TopicName"})
    name_property = "TopicName"
    name_limit = 256

    def create(self, api: Api, name: str, props: Props) -> str:
        """Make the topic with its attributes and tags."""
        arn = f"arn:{api.partition}:sns:{api.region}:{api.account_id}:{name}"
        if self.exists(api, arn, props):
            raise Refused(f"{name} already exists")
        values = {key: text(props[key]) for key in _TOPIC_ATTRIBUTES if key in props}
        tags = [{"Key": key, "Value": value} for key, value in tag_map(props).items()]
        return str(api("sns").create_topic(Name=name, Attributes=values, Tags=tags)["TopicArn"])

    def update(self, api: Api, physical_id: str, props: Props, old: Props) -> None:
        """Set each attribute that changed; an absent one goes back to empty."""
        sns = api("sns")
        for key in _TOPIC_ATTRIBUTES:
            if props.get(key) != old.get(key):
                sns.set_topic_attributes(
                    TopicArn=physical_id, AttributeName=key, AttributeValue=text(props.get(key, ""))
                )
        if gone := stale_tags(props, old):
            sns.untag_resource(ResourceArn=physical_id, TagKeys=gone)
        if tags := tag_map(props):
            sns.tag_resource(ResourceArn=physical_id, Tags=[{"Key": k, "Value": v} for k, v in tags.items()])

    def delete(self, api: Api, physical_id: str, props: Props) -> None:  # noqa: ARG002 - one signature for all types
        """Delete the topic with its subscriptions."""
        api("sns").delete_topic(TopicArn=physical_id)

    def exists(self, api: Api, physical_id: str, props: Props) -> bool:  # noqa: ARG002 - as delete
        """Whether the topic is there."""
        return _attributes(api, physical_id) is not None

    def attribute(self, api: Api, physical_id: str, props: Props, name: str) -> str:  # noqa: ARG002 - as delete
        """The ARN, or the name."""
        return physical_id if name == "TopicArn" else physical_id.rsplit(":", 1)[1]


class TopicInlinePolicy(ResourceType):
    """The policy of one topic; its physical id is the topic's ARN."""

    type_name = "AWS::SNS::TopicInlinePolicy"
    drifted = "MODIFIED"
    applied = required = frozenset({"TopicArn", "PolicyDocument"})
    fixed = frozenset({"TopicArn"})

    def create(self, api: Api, name: str, props: Props) -> str:  # noqa: ARG002 - one signature for all types
        """Set the policy."""
        _set_policy(api, props["TopicArn"], document(props["PolicyDocument"]))
        return str(props["TopicArn"])

    def update(self, api: Api, physical_id: str, props: Props, old: Props) -> None:  # noqa: ARG002 - as create
        """Set the policy again."""
        _set_policy(api, physical_id, document(props["PolicyDocument"]))

    def delete(self, api: Api, physical_id: str, props: Props) -> None:  # noqa: ARG002 - as create
        """Set the default policy again."""
        if _attributes(api, physical_id) is not None:
            _set_policy(api, physical_id, default_policy(physical_id))

    def exists(self, api: Api, physical_id: str, props: Props) -> bool:
        """Whether the topic has the very policy."""
        found = (_attributes(api, physical_id) or {}).get("Policy", "{}")
        return bool(json.loads(found) == json.loads(document(props["PolicyDocument"])))


class Subscription(ResourceType):
    """A subscription; CloudFormation cannot confirm it: by e-mail or HTTP it is pending at the end."""

    type_name = "AWS::SNS::Subscription"
    drifted = ""  # https://github.com/aws-cloudformation/cloudformation-coverage-roadmap/issues/2455
    applied = frozenset({"TopicArn", "Protocol", "Endpoint", *_SUBSCRIPTION_ATTRIBUTES})
    required = frozenset({"TopicArn", "Protocol"})
    fixed = frozenset({"TopicArn", "Protocol", "Endpoint"})
    attributes = frozenset({"Arn"})

    def create(self, api: Api, name: str, props: Props) -> str:  # noqa: ARG002 - one signature for all types
        """Subscribe; the ARN is returned even while the confirmation is pending."""
        values = {key: document(_plain(props[key])) for key in _SUBSCRIPTION_ATTRIBUTES if key in props}
        made = api("sns").subscribe(
            TopicArn=props["TopicArn"],
            Protocol=props["Protocol"],
            Endpoint=props.get("Endpoint", ""),
            Attributes=values,
            ReturnSubscriptionArn=True,
        )
        return str(made["SubscriptionArn"])

    def update(self, api: Api, physical_id: str, props: Props, old: Props) -> None:
        """Set each attribute that changed."""
        for key in _SUBSCRIPTION_ATTRIBUTES:
            if props.get(key) != old.get(key):
                value = document(_plain(props[key])) if key in props else _CLEARED.get(key, "")
                api("sns").set_subscription_attributes(
                    SubscriptionArn=physical_id, AttributeName=key, AttributeValue=value
                )

    def delete(self, api: Api, physical_id: str, props: Props) -> None:  # noqa: ARG002 - as create
        """Unsubscribe; a pending one cannot be, and lapses by itself."""
        try:
            api("sns").unsubscribe(SubscriptionArn=physical_id)
        except ClientError as error:
            if error_code(error) not in {*_NOT_THERE, "InvalidParameter"}:
                raise

    def exists(self, api: Api, physical_id: str, props: Props) -> bool:  # noqa: ARG002 - as create
        """Whether the subscription is there, confirmed or pending."""
        try:
            api("sns").get_subscription_attributes(SubscriptionArn=physical_id)
        except ClientError as error:
            if error_code(error) in _NOT_THERE:
                return False
            raise
        return True

    def attribute(self, api: Api, physical_id: str, props: Props, name: str) -> str:  # noqa: ARG002 - as create
        """The ARN."""
        return physical_id


_CLEARED = {"RawMessageDelivery": "false", "FilterPolicy": "{}"}


def _plain(value: object) -> object:
    return text(value) if isinstance(value, bool) else value


def _attributes(api: Api, arn: str) -> dict[str, str] | None:
    try:
        found: dict[str, str] = api("sns").get_topic_attributes(TopicArn=arn)["Attributes"]
    except ClientError as error:
        if error_code(error) in _NOT_THERE:
            return None
        raise
    return found


def _set_policy(api: Api, arn: str, policy: str) -> None:
    api("sns").set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue=policy)


def default_policy(arn: str) -> str:
    """The policy of a fresh topic: only the owner's own principals may act.

    https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html
    """
    actions = (
        "GetTopicAttributes",
        "SetTopicAttributes",
        "AddPermission",
        "RemovePermission",
        "DeleteTopic",
        "Subscribe",
        "ListSubscriptionsByTopic",
        "Publish",
    )
    statement = {
        "Sid": "__default_statement_ID",
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": [f"SNS:{action}" for action in actions],
        "Resource": arn,
        "Condition": {"StringEquals": {"AWS:SourceOwner": arn.split(":")[4]}},
    }
    return json.dumps({"Version": "2008-10-17", "Id": "__default_policy_ID", "Statement": [statement]})
