"""The role of a target: whether the service may take it on, and whether it may do what the target needs.

EventBridge User Guide, "Using identity-based policies": a target with a RoleArn is judged by that role, one without by
the resource's own policy. Within an account one Allow is enough, of the role or of the resource, and no Deny may stand
(IAM User Guide, "Policy evaluation logic").
"""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import unquote

from tocsin.core.doctor.looks import look
from tocsin.core.doctor.policies import CanNotTell, by_service
from tocsin.core.doctor.walk import Fault, Joint, Told, told_of
from tocsin.core.policy.judge import Effect, Unreadable, judge
from tocsin.core.policy.request import Request

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tocsin.core.doctor.looks import Looks


def joint(arn: str, service: str, action: str, resource: str) -> Joint:
    """A role that a service takes on.

    Args:
        arn: the role's.
        service: who takes it on, ``events.amazonaws.com``.
        action: what it has to be allowed.
        resource: the ARN of what that is done to.
    """
    return Joint("role", arn, partial(_judge, arn, service, action, resource), f"{action} {resource}")


def _judge(arn: str, service: str, action: str, resource: str, looks: Looks) -> Told:
    name = arn.rpartition("/")[2]
    shown = looks.shown("iam", "GetRole", RoleName=name)
    if shown is None:
        return told_of([Fault("TOC303", "there is no such role")], "")
    faults = []
    trust = _text(shown["Role"]["AssumeRolePolicyDocument"])
    if _effect(trust, by_service(service, "sts:AssumeRole", arn, f"arn:::::{arn.split(':')[4]}")) is not Effect.ALLOW:
        faults.append(Fault("TOC303", f"its trust policy does not let {service} take it on"))
    partition, account = arn.split(":")[1], arn.split(":")[4]
    context = {"aws:PrincipalArn": arn, "aws:PrincipalAccount": account, "aws:PrincipalIsAWSService": "false"}
    request = Request(action, resource, arns=(arn, f"arn:{partition}:iam::{account}:root"), context=context)
    said = {_effect(one, request, has_principal=False) for one in _documents(name, looks)}
    if Effect.DENY in said:
        faults.append(Fault("TOC303", f"its policies deny {action} on {resource}"))
    elif Effect.UNKNOWN in said:
        raise CanNotTell(f"whether its policies allow {action} hangs on a condition that nobody here knows")
    elif Effect.ALLOW not in said:
        faults.append(Fault("TOC303", f"its policies do not allow {action} on {resource}"))
    return told_of(faults, f"{service} may take it on, and it may {action}")


def _documents(name: str, looks: Looks) -> list[str]:
    inline, attached = looks.every(
        [look("iam", "ListRolePolicies", RoleName=name), look("iam", "ListAttachedRolePolicies", RoleName=name)]
    )
    names = [str(one) for one in inline.result.get("PolicyNames", [])]
    arns = [str(one["PolicyArn"]) for one in attached.result.get("AttachedPolicies", [])]
    inlined = looks.every([look("iam", "GetRolePolicy", RoleName=name, PolicyName=one) for one in names])
    found = looks.every([look("iam", "GetPolicy", PolicyArn=one) for one in arns])
    versions = [(arn, str(one.result["Policy"]["DefaultVersionId"])) for arn, one in zip(arns, found, strict=True)]
    managed = looks.every([look("iam", "GetPolicyVersion", PolicyArn=arn, VersionId=one) for arn, one in versions])
    return [
        *(_text(one.result["PolicyDocument"]) for one in inlined),
        *(_text(one.result["PolicyVersion"]["Document"]) for one in managed),
    ]


def _text(document: Mapping[str, object] | str) -> str:
    """A policy's text: boto3 gives it read, or as IAM sends it, in percent signs."""
    return unquote(document) if isinstance(document, str) else json.dumps(document)


def _effect(document: str, request: Request, *, has_principal: bool = True) -> Effect:
    try:
        return judge(document, request, has_principal=has_principal).effect
    except Unreadable as fault:
        raise CanNotTell(f"a policy can not be read: {fault}") from fault
