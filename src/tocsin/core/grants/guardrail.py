"""The service control policy that keeps everybody but the deployer from touching the bell.

AWS Organizations User Guide, "SCP syntax". An SCP grants nothing, and does not bind the management account.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tocsin.core.grants.statement import Effect, Policy, Statement

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tocsin.core.grants.scope import Scope


def guardrail(scope: Scope, deployers: Sequence[str] = ()) -> Policy:
    """Denies tampering to all but the deployers.

    Args:
        scope: the pipeline.
        deployers: ARNs of the roles and users that may go on; with wildcards, such as ``.../AWSReservedSSO_Admin*``.
    """
    excepted = [*deployers, *([scope.service_role] if scope.service_role else [])]
    but = {"ArnNotLike": {"aws:PrincipalArn": excepted}} if excepted else {}
    denied = {
        "Trail": (
            (
                "cloudtrail:DeleteTrail",
                "cloudtrail:StopLogging",
                "cloudtrail:UpdateTrail",
                "cloudtrail:PutEventSelectors",
            ),
            (scope.trail,),
        ),
        "LogFiles": (
            (
                "s3:DeleteBucket",
                "s3:DeleteBucketPolicy",
                "s3:DeleteObject",
                "s3:DeleteObjectVersion",
                "s3:BypassGovernanceRetention",
                "s3:PutBucketPolicy",
                "s3:PutBucketVersioning",
                "s3:PutLifecycleConfiguration",
            ),
            (scope.bucket, f"{scope.bucket}/*"),
        ),
        "Rules": (
            (
                "events:DeleteRule",
                "events:DisableRule",
                "events:PutRule",
                "events:PutTargets",
                "events:RemoveTargets",
            ),
            (scope.rules,),
        ),
        "Topics": (
            ("sns:AddPermission", "sns:DeleteTopic", "sns:RemovePermission", "sns:SetTopicAttributes"),
            scope.topics,
        ),
        "Queues": (
            (
                "sqs:AddPermission",
                "sqs:DeleteQueue",
                "sqs:PurgeQueue",
                "sqs:RemovePermission",
                "sqs:SetQueueAttributes",
            ),
            scope.queues,
        ),
        "Alarms": (
            ("cloudwatch:DeleteAlarms", "cloudwatch:DisableAlarmActions", "cloudwatch:PutMetricAlarm"),
            (scope.alarms,),
        ),
        "Stack": (
            (
                "cloudformation:CancelUpdateStack",
                "cloudformation:DeleteStack",
                "cloudformation:ExecuteChangeSet",
                "cloudformation:SetStackPolicy",
                "cloudformation:UpdateStack",
                "cloudformation:UpdateTerminationProtection",
            ),
            (scope.stack,),
        ),
    }
    statements = [
        Statement(f"Keep{name}", actions, resources, but, Effect.DENY) for name, (actions, resources) in denied.items()
    ]
    if scope.has_key:
        mine = {"StringEquals": {"aws:ResourceTag/tocsin:stack": scope.name}}
        actions = ("kms:DisableKey", "kms:PutKeyPolicy", "kms:ScheduleKeyDeletion")
        keys = (scope.arn("kms", "key/*"),)
        statements.append(Statement("KeepKey", actions, keys, {**but, **mine}, Effect.DENY))
    notes = [
        "an SCP does not bind the management account of the organisation",
        "sns:Unsubscribe takes no resource, so that ended subscriptions are left to status and to the tamper rules",
    ]
    if not excepted:
        notes.append("nobody is excepted, so that nobody can deploy: give --except ARN")
    return Policy("guardrail", statements, notes)
