"""Which IAM actions a call needs, and on which resources.

"Actions, resources, and condition keys for AWS services" (Service Authorization Reference): a page a service.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from embedded_aws.iam.arns import iam_resource

if TYPE_CHECKING:
    from collections.abc import Iterator

    from embedded_aws.calls.operations import Call
    from embedded_aws.calls.principals import Caller

# Where the action is not called like the operation.
_ACTIONS: Final = {
    "sns": {"PublishBatch": "Publish"},
    "sqs": {
        "ChangeMessageVisibilityBatch": "ChangeMessageVisibility",
        "DeleteMessageBatch": "DeleteMessage",
        "SendMessageBatch": "SendMessage",
    },
    "lambda": {
        "Invoke": "InvokeFunction",
        "InvokeAsync": "InvokeFunction",
        "InvokeWithResponseStream": "InvokeFunction",
    },
    "s3": {
        "CompleteMultipartUpload": "PutObject",
        "CopyObject": "PutObject",
        "CreateMultipartUpload": "PutObject",
        "DeleteBucketEncryption": "PutEncryptionConfiguration",
        "DeleteBucketLifecycle": "PutLifecycleConfiguration",
        "DeleteBucketOwnershipControls": "PutBucketOwnershipControls",
        "DeleteBucketTagging": "PutBucketTagging",
        "DeleteObjects": "DeleteObject",
        "DeletePublicAccessBlock": "PutBucketPublicAccessBlock",
        "GetBucketEncryption": "GetEncryptionConfiguration",
        "GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
        "GetBucketNotificationConfiguration": "GetBucketNotification",
        "GetBucketReplication": "GetReplicationConfiguration",
        "GetObjectLockConfiguration": "GetBucketObjectLockConfiguration",
        "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
        "HeadBucket": "ListBucket",
        "HeadObject": "GetObject",
        "ListBuckets": "ListAllMyBuckets",
        "ListObjects": "ListBucket",
        "ListObjectsV2": "ListBucket",
        "ListObjectVersions": "ListBucketVersions",
        "PutBucketEncryption": "PutEncryptionConfiguration",
        "PutBucketLifecycleConfiguration": "PutLifecycleConfiguration",
        "PutBucketNotificationConfiguration": "PutBucketNotification",
        "PutBucketReplication": "PutReplicationConfiguration",
        "PutObjectLockConfiguration": "PutBucketObjectLockConfiguration",
        "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
        "UploadPart": "PutObject",
    },
}
_PREFIXES: Final = {"monitoring": "cloudwatch", "email": "ses", "tagging": "tag"}

# What needs a second permission because it sets tags at creation.
_TAGGING: Final = {
    ("cloudtrail", "CreateTrail"): ("TagsList", "cloudtrail:AddTags"),
    ("events", "PutRule"): ("Tags", "events:TagResource"),
    ("iam", "CreatePolicy"): ("Tags", "iam:TagPolicy"),
    ("iam", "CreateRole"): ("Tags", "iam:TagRole"),
    ("iam", "CreateUser"): ("Tags", "iam:TagUser"),
    ("sns", "CreateTopic"): ("Tags", "sns:TagResource"),
    ("sqs", "CreateQueue"): ("tags", "sqs:TagQueue"),
}

# What hands a role to a service, and so needs iam:PassRole ("Granting a user permissions to pass a role").
_PASSED_ROLES: Final = {
    "cloudformation": "RoleARN",
    "cloudtrail": "CloudWatchLogsRoleArn",
    "lambda": "Role",
}

# The ARN of what a parameter names, by service; the first parameter that is given counts.
_TEMPLATES: Final[dict[str, tuple[tuple[str, str], ...]]] = {
    "cloudformation": (("StackName", "stack/{}/*"), ("StackSetName", "stackset/{}:*")),
    "cloudtrail": (("Name", "trail/{}"), ("TrailName", "trail/{}"), ("ResourceId", "trail/{}")),
    "cloudwatch": (("AlarmName", "alarm:{}"), ("AlarmNames", "alarm:{}")),
    "kms": (("KeyId", "key/{}"), ("AliasName", "{}")),
    "lambda": (("FunctionName", "function:{}"), ("UUID", "event-source-mapping:{}"), ("Resource", "{}")),
    "logs": (("logGroupName", "log-group:{}:log-stream:"),),
    "sns": (("TopicArn", "{}"), ("SubscriptionArn", "{}"), ("ResourceArn", "{}"), ("Name", "{}")),
    "sqs": (("QueueUrl", "{}"), ("QueueName", "{}"), ("SourceArn", "{}")),
    "ssm": (("Name", "parameter/{}"), ("Names", "parameter/{}")),
}

# Services whose denials do not mention a resource where the action is on all of them (seen in real records).
_SILENT_ON_ALL: Final = {"cloudtrail", "config"}


@dataclass(frozen=True, slots=True)
class Needed:
    """One permission that a call needs.

    Attributes:
        told: the resource as the denial names it; empty where it names none.
    """

    action: str
    resource: str
    told: str


def needed(call: Call, caller: Caller, iam: Any) -> Iterator[Needed]:  # noqa: ANN401 - moto's
    """Yield every permission that a call needs.

    Args:
        call: what is asked.
        caller: who asks; the subject of some calls that name none.
        iam: the account's users, roles and groups, whose ARNs hold a path.
    """
    action, resources = _action(call), list(_resources(call, caller, iam))
    yield from (Needed(action, arn, told) for arn, told in resources)
    tagging = _TAGGING.get((call.service, call.operation))
    if tagging and call.params.get(tagging[0]):
        yield from (Needed(tagging[1], arn, told) for arn, told in resources)
    yield from (Needed("iam:PassRole", role, role) for role in _passed_roles(call))


def _action(call: Call) -> str:
    prefix = _PREFIXES.get(call.signing_name, call.signing_name)
    return f"{prefix}:{_ACTIONS.get(call.service, {}).get(call.operation, call.operation)}"


def _resources(call: Call, caller: Caller, iam: Any) -> Iterator[tuple[str, str]]:  # noqa: ANN401 - moto's
    if call.service == "iam":
        yield iam_resource(call, caller, iam)
    elif call.service == "s3":
        yield from _s3(call, caller)
    elif call.service == "events":
        yield from ((arn, arn) for arn in _events(call, caller))
    elif call.service == "sts" and call.params.get("RoleArn"):
        yield str(call.params["RoleArn"]), str(call.params["RoleArn"])
    else:
        arns = list(_templated(call, caller))
        yield from ((arn, arn) for arn in arns)
        if not arns:
            yield "*", "" if call.service in _SILENT_ON_ALL else "*"


def _arn(call: Call, caller: Caller, rest: str) -> str:
    partition = caller.arn.split(":")[1]
    return f"arn:{partition}:{call.signing_name}:{call.scope.region}:{caller.account_id}:{rest}"


def _templated(call: Call, caller: Caller) -> Iterator[str]:
    for name, template in _TEMPLATES.get(call.service, ()):
        value = call.params.get(name)
        if not value:
            continue
        for one in value if isinstance(value, list) else [value]:
            yield _named(call, caller, name, str(one), template)
        return


def _named(call: Call, caller: Caller, name: str, value: str, template: str) -> str:
    if name == "SubscriptionArn":  # its permissions are the topic's
        return value.rpartition(":")[0]
    if value.startswith("arn:"):
        return value
    if name == "QueueUrl":
        value = value.rstrip("/").rpartition("/")[2]
    if call.service == "cloudwatch":
        partition = caller.arn.split(":")[1]
        return f"arn:{partition}:cloudwatch:{call.scope.region}:{caller.account_id}:{template.format(value)}"
    return _arn(call, caller, template.format(value.lstrip("/")))


def _events(call: Call, caller: Caller) -> Iterator[str]:
    """A rule of the default bus has no bus in its ARN ("Actions ... for Amazon EventBridge")."""
    bus = str(call.params.get("EventBusName") or "default").rpartition("/")[2]
    rule = call.params.get("Rule") or (call.params.get("Name") if "Rule" in call.operation else None)
    resource = call.params.get("ResourceARN")
    if rule:
        yield _arn(call, caller, f"rule/{rule}" if bus == "default" else f"rule/{bus}/{rule}")
    elif resource:
        yield str(resource)
    elif "EventBus" in call.operation or call.operation in {"PutPermission", "RemovePermission"}:
        yield _arn(call, caller, f"event-bus/{call.params.get('Name') or bus}")
    else:
        yield "*"


def _s3(call: Call, caller: Caller) -> Iterator[tuple[str, str]]:
    partition = caller.arn.split(":")[1]
    bucket, key = call.params.get("Bucket"), call.params.get("Key")
    if not bucket:
        yield "*", '"*"'
        return
    keys = [key] if key else [one.get("Key") for one in (call.params.get("Delete") or {}).get("Objects", [])]
    for one in keys or [None]:
        arn = f"arn:{partition}:s3:::{bucket}" + (f"/{one}" if one else "")
        yield arn, f'"{arn}"'


def _passed_roles(call: Call) -> Iterator[str]:
    role = call.params.get(_PASSED_ROLES.get(call.service, ""))
    if role:
        yield str(role)
    if call.operation == "PutTargets":
        yield from (str(one["RoleArn"]) for one in call.params.get("Targets", []) if one.get("RoleArn"))
