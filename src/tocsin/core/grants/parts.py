"""The policy of each part of the pipeline's life.

Actions and the resources that each takes: Service Authorization Reference, a page a service; a test holds them to it.
What CloudFormation calls on its caller's behalf: the handlers' permissions of each resource type (CloudFormation
registry).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tocsin.core.grants.driller import driller
from tocsin.core.grants.guardrail import guardrail
from tocsin.core.grants.statement import Policy, Statement

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tocsin.core.grants.scope import Scope


def reader(scope: Scope) -> Policy:
    """Looks: init, status, subscription list."""
    return Policy("reader", _reading(scope))


def operator(scope: Scope) -> Policy:
    """Looks, confirms subscriptions, and moves dead letters back."""
    statements = [
        *_reading(scope),
        Statement("ConfirmSubscriptions", ("sns:ConfirmSubscription",), scope.topics),
        Statement(
            "TakeDeadLetters",
            (
                "sqs:ReceiveMessage",
                "sqs:DeleteMessage",
                "sqs:ChangeMessageVisibility",
                "sqs:StartMessageMoveTask",
                "sqs:ListMessageMoveTasks",
            ),
            scope.dead,
        ),
        Statement("MoveThemBack", ("sqs:SendMessage",), (scope.feed,)),
        Statement("RingLate", ("sns:Publish",), scope.topics),
    ]
    if scope.has_key:
        keys = (scope.arn("kms", "key/*"),)
        statements.append(Statement("Encrypt", ("kms:GenerateDataKey", "kms:Decrypt"), keys, _by_alias(scope)))
    note = "queue and topic let nobody send but their services: put its ARN into tocsin.toml as `operator`, and apply"
    return Policy("operator", statements, (note,))


def deployer(scope: Scope) -> Policy:
    """Deploys: with its own rights, or through the role that CloudFormation acts with."""
    stack = Statement(
        "Stack",
        (
            "cloudformation:CreateChangeSet",
            "cloudformation:DescribeChangeSet",
            "cloudformation:ExecuteChangeSet",
            "cloudformation:DeleteChangeSet",
            "cloudformation:ListChangeSets",
            "cloudformation:DeleteStack",
            "cloudformation:TagResource",
            "cloudformation:UpdateTerminationProtection",
            "cloudformation:DetectStackDrift",
            "cloudformation:DetectStackResourceDrift",
            "cloudformation:ContinueUpdateRollback",
        ),
        (scope.stack,),
    )
    subscriptions = Statement("ConfirmSubscriptions", ("sns:ConfirmSubscription", "sns:Subscribe"), scope.topics)
    if not scope.service_role:
        # What makes the bucket and the rules looks at them too.
        looking = [one for one in _reading(scope) if one.sid not in ("LookAtTheBucket", "LookAtRules")]
        return Policy("deployer", [*looking, stack, subscriptions, *_making(scope)])
    handed = Statement(
        "HandTheRoleToCloudFormation",
        ("iam:PassRole",),
        (scope.service_role,),
        {"StringEquals": {"iam:PassedToService": "cloudformation.amazonaws.com"}},
    )
    power = (
        f"CloudFormation acts as {scope.service_role}: whoever may change the stack has what that role may do "
        "(tocsin policy service prints what it needs, and nothing more should be in it)"
    )
    notes = (power, "a stack never loses a service role once it has one")
    return Policy("deployer", [*_reading(scope), stack, subscriptions, handed], notes)


def service(scope: Scope) -> Policy:
    """What the role may do that CloudFormation acts with."""
    trust = "its trust policy lets cloudformation.amazonaws.com assume it, and nobody else"
    return Policy("service", [*_reading(scope), *_making(scope)], (trust,))


def _reading(scope: Scope) -> Sequence[Statement]:
    """What looks, and changes nothing."""
    return (
        Statement(
            "Look",
            (
                "iam:ListAccountAliases",
                "cloudtrail:DescribeTrails",
                "cloudtrail:ListTags",
                "cloudwatch:DescribeAlarms",
                "cloudwatch:GetMetricData",
                "cloudtrail:LookupEvents",
                "events:ListRules",
                "events:TestEventPattern",
                "sns:GetSubscriptionAttributes",
                "cloudformation:DescribeStackDriftDetectionStatus",
            ),
        ),
        # Any trail: one that is adopted may be an organisation's, in another account.
        Statement(
            "LookAtTrails",
            ("cloudtrail:GetTrailStatus", "cloudtrail:GetEventSelectors"),
            (f"arn:{scope.partition}:cloudtrail:*:*:trail/*",),
        ),
        Statement(
            "LookAtTheStack",
            (
                "cloudformation:DescribeStacks",
                "cloudformation:DescribeStackEvents",
                "cloudformation:DescribeStackResourceDrifts",
                "cloudformation:ListStackResources",
            ),
            (scope.stack,),
        ),
        Statement("LookAtRules", ("events:ListTargetsByRule",), (scope.rules,)),
        Statement("LookAtTopics", ("sns:GetTopicAttributes", "sns:ListSubscriptionsByTopic"), scope.topics),
        Statement("LookAtQueues", ("sqs:GetQueueAttributes", "sqs:GetQueueUrl"), scope.queues),
        Statement("LookAtTheBucket", ("s3:GetBucketPolicy",), (scope.bucket,)),
        *([_looking_at_the_key(scope)] if scope.has_key else []),
    )


def _looking_at_the_key(scope: Scope) -> Statement:
    return Statement(
        "LookAtTheKey",
        ("kms:DescribeKey", "kms:GetKeyPolicy", "kms:ListGrants"),
        (scope.arn("kms", "key/*"),),
        _by_alias(scope),
    )


def _by_alias(scope: Scope) -> dict[str, dict[str, str]]:
    """A key may have several aliases (IAM User Guide, "Multivalued context keys")."""
    return {"ForAnyValue:StringEquals": {"kms:ResourceAliases": f"alias/{scope.name}"}}


def _making(scope: Scope) -> Sequence[Statement]:
    """What CloudFormation calls to make, change, read and delete the resources of the template."""
    made = [
        Statement(
            "Trail",
            (
                "cloudtrail:CreateTrail",
                "cloudtrail:UpdateTrail",
                "cloudtrail:DeleteTrail",
                "cloudtrail:StartLogging",
                "cloudtrail:StopLogging",
                "cloudtrail:GetTrail",
                "cloudtrail:PutEventSelectors",
                "cloudtrail:GetInsightSelectors",
                "cloudtrail:AddTags",
                "cloudtrail:RemoveTags",
            ),
            (scope.trail,),
        ),
        Statement(
            "Bucket",
            (
                "s3:CreateBucket",
                "s3:DeleteBucket",
                "s3:ListBucket",
                "s3:GetBucket*",
                "s3:Get*Configuration",
                "s3:PutBucketPolicy",
                "s3:DeleteBucketPolicy",
                "s3:PutBucketTagging",
                "s3:PutBucketVersioning",
                "s3:PutBucketOwnershipControls",
                "s3:PutBucketPublicAccessBlock",
                "s3:PutBucketObjectLockConfiguration",
                "s3:PutEncryptionConfiguration",
                "s3:PutLifecycleConfiguration",
            ),
            (scope.bucket,),
        ),
        Statement(
            "Topics",
            (
                "sns:CreateTopic",
                "sns:DeleteTopic",
                "sns:SetTopicAttributes",
                "sns:GetDataProtectionPolicy",
                "sns:ListTagsForResource",
                "sns:TagResource",
                "sns:UntagResource",
            ),
            scope.topics,
        ),
        # SNS takes no resource and no condition for these two.
        Statement("Subscriptions", ("sns:Unsubscribe", "sns:SetSubscriptionAttributes")),
        Statement(
            "Queues",
            (
                "sqs:CreateQueue",
                "sqs:DeleteQueue",
                "sqs:SetQueueAttributes",
                "sqs:ListQueueTags",
                "sqs:TagQueue",
                "sqs:UntagQueue",
            ),
            scope.queues,
        ),
        Statement(
            "Rules",
            (
                "events:PutRule",
                "events:DescribeRule",
                "events:EnableRule",
                "events:DisableRule",
                "events:DeleteRule",
                "events:PutTargets",
                "events:RemoveTargets",
                "events:ListTargetsByRule",
                "events:ListTagsForResource",
                "events:TagResource",
                "events:UntagResource",
            ),
            (scope.rules,),
        ),
        Statement(
            "Alarms",
            (
                "cloudwatch:PutMetricAlarm",
                "cloudwatch:DeleteAlarms",
                "cloudwatch:ListTagsForResource",
                "cloudwatch:TagResource",
                "cloudwatch:UntagResource",
            ),
            (scope.alarms,),
        ),
    ]
    if not scope.has_key:
        return made
    keys = (scope.arn("kms", "key/*"),)
    return [
        *made,
        Statement(
            "MakeTheKey",
            ("kms:CreateKey", "kms:TagResource"),
            condition={"StringEquals": {"aws:RequestTag/tocsin:stack": scope.name}},
        ),
        Statement("SeeAliases", ("kms:ListAliases",)),
        Statement(
            "Key",
            (
                "kms:DescribeKey",
                "kms:EnableKey",
                "kms:EnableKeyRotation",
                "kms:GetKeyPolicy",
                "kms:GetKeyRotationStatus",
                "kms:ListResourceTags",
                "kms:PutKeyPolicy",
                "kms:ScheduleKeyDeletion",
                "kms:UntagResource",
                "kms:UpdateKeyDescription",
                "kms:CreateAlias",
                "kms:UpdateAlias",
                "kms:DeleteAlias",
            ),
            keys,
            {"StringEquals": {"aws:ResourceTag/tocsin:stack": scope.name}},
        ),
        Statement(
            "Alias",
            ("kms:CreateAlias", "kms:UpdateAlias", "kms:DeleteAlias"),
            (scope.arn("kms", f"alias/{scope.name}"),),
        ),
    ]


PARTS: dict[str, Callable[[Scope], Policy]] = {
    "deployer": deployer,
    "service": service,
    "operator": operator,
    "reader": reader,
    "driller": driller,
    "guardrail": guardrail,
}
