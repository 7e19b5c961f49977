"""Every part of the embedded AWS: whose it is, what it does not show, and which AWS document it follows.

The rehearsal's output and the documentation print this list, so that nobody takes a part of ours for AWS.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Part:
    """One part.

    Attributes:
        name: what it is.
        ours: ours, or else moto's.
        note: what it does not show.
        source: the AWS document that describes the behaviour.
    """

    name: str
    ours: bool
    note: str
    source: str


PARTS: Final[tuple[Part, ...]] = (
    Part(
        "the state of IAM, STS, S3, SQS, SNS topics, Lambda, CloudWatch, KMS and other services",
        ours=False,
        note="limits, quotas, throttling and eventual consistency; Lambda functions are kept, not run",
        source="moto, server mode",
    ),
    Part(
        "CloudTrail records of every management call",
        ours=True,
        note=(
            "calls that a service other than CloudFormation makes for the caller; sign-in; "
            "federated callers; EC2's wrappers; source address and TLS are those of loopback and of AWS's "
            "usual host"
        ),
        source="CloudTrail record contents (AWS CloudTrail User Guide)",
    ),
    Part(
        "CloudTrail event history (LookupEvents)",
        ours=True,
        note="delay, two requests a second; it keeps the newest 100,000 records, not 90 days",
        source="LookupEvents (AWS CloudTrail API Reference)",
    ),
    Part(
        "CloudTrail log files in the trail's bucket",
        ours=True,
        note=(
            "the delay of about five minutes (while a rehearsal is kept they come every few seconds), digest "
            "files, customer keys, the trail's own topic"
        ),
        source="Finding your CloudTrail log files (AWS CloudTrail User Guide)",
    ),
    Part(
        "authentication by access key and session token",
        ours=True,
        note="signatures and MFA codes are not verified, so a wrong secret passes",
        source="Common errors (IAM API Reference)",
    ),
    Part(
        "authorisation by identity policies, permissions boundaries, session policies, trust policies, and what the "
        "policies of topics and queues deny",
        ours=True,
        note=(
            "what resource policies allow to callers of the same account, service control policies; resources of "
            "services that the embedded AWS does not deploy count as *"
        ),
        source="Policy evaluation logic; Troubleshoot access denied error messages (IAM User Guide)",
    ),
    Part(
        "IAM's DeleteConflict and NoSuchEntity",
        ours=True,
        note="the order in which AWS looks for what is left",
        source="DeleteUser, DeleteGroup, DeleteRole, DeletePolicy (IAM API Reference)",
    ),
    Part(
        "permissions boundaries of users, Git credentials, ChangePassword, GetSessionToken",
        ours=True,
        note="the account's password policy",
        source="PutUserPermissionsBoundary and the others (IAM API Reference); GetSessionToken (STS)",
    ),
    Part(
        "CloudFormation: templates, change sets, events, rollback, a check that each resource exists",
        ours=True,
        note=(
            "an operation is done before its call returns; change sets see drift of existence, state and policy "
            "alone, only queues are imported; no drift detection, stack policies, nested stacks, exports, Mappings, "
            "capabilities, Transform, Hooks, Rules or dynamic references; no tags of its own "
            "(aws:cloudformation:...); a RoleARN is kept, not assumed"
        ),
        source="Stack and change set reference (AWS CloudFormation User Guide)",
    ),
    Part(
        "CloudFormation types of CloudTrail, CloudWatch, S3, SNS, SQS, Events and KMS",
        ours=True,
        note="any other type, and properties outside each type's list, which are refused by name",
        source="Template reference (AWS CloudFormation)",
    ),
    Part(
        "SQS: moving dead letters back",
        ours=True,
        note="the pace, cancelling, other destinations; it is done before its call returns",
        source="StartMessageMoveTask (Amazon SQS API Reference)",
    ),
    Part(
        "CloudTrail's own checks: bucket policy, names, selectors",
        ours=True,
        note="the key policy of a trail's KMS key, the trail's topic, organisation trails",
        source="CreateTrail, PutEventSelectors (AWS CloudTrail API Reference)",
    ),
    Part(
        "EventBridge: from CloudTrail to rules, targets and dead-letter queues",
        ours=True,
        note=(
            "targets other than SNS and SQS, retries, archives, schedules, other accounts; the delay, of "
            "which AWS promises nothing; what AWS leaves open about input templates is listed in "
            "`core/transformer.py`"
        ),
        source="Events delivered via CloudTrail; Input transformation (Amazon EventBridge User Guide)",
    ),
    Part(
        "EventBridge patterns: PutRule's refusals and TestEventPattern",
        ours=True,
        note="they are judged by Tocsin's own matcher, which agrees with AWS's open-source engine",
        source="Event patterns (Amazon EventBridge User Guide)",
    ),
    Part(
        "CloudWatch figures of rules and topics (GetMetricData)",
        ours=True,
        note="every other figure, statistics but sums, periods; they are counted from what was delivered here",
        source="Monitoring Amazon EventBridge; Monitoring Amazon SNS topics using CloudWatch",
    ),
    Part(
        "resource policies, key policies and target roles for services that deliver",
        ours=True,
        note="organisation conditions, grants of KMS, policies of other accounts",
        source="Policy evaluation logic (IAM User Guide); Resource-based policies (EventBridge User Guide)",
    ),
    Part(
        "SNS: confirmation, unsubscribe links, e-mail, HTTP and queues",
        ours=True,
        note="SMS, Lambda, Firehose and push are not delivered; an HTTP post is not retried; no FIFO order",
        source="Subscribe, ConfirmSubscription, Unsubscribe (Amazon SNS API Reference)",
    ),
    Part(
        "the mailbox",
        ours=True,
        note="it takes all mail for everybody and sends none on",
        source="Email notifications (Amazon SNS Developer Guide)",
    ),
)


def ours() -> tuple[Part, ...]:
    """Return the parts that are ours and not moto's."""
    return tuple(part for part in PARTS if part.ours)
