"""The role of a target: whether the service may take it on, and whether it may do what the target needs.

EventBridge User Guide, "Using identity-based policies": a target with a RoleArn is judged by that role, one without by
the resource's own policy. Within an account one Allow is enough, of the role or of the resource, and no Deny may stand
(IAM User Guide, "Policy evaluation logic").
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import unquote

from tocsin.core.doctor.looks import look
from tocsin.core.doctor.policies import CanNotTell, by_principal, by_service, effect_of
from tocsin.core.doctor.walk import Fault, Joint, Told, told_of
from tocsin.core.policy.judge import Effect, Unreadable, judge

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tocsin.core.doctor.looks import Looks
    from tocsin.core.policy.request import Request


def joint(arn: str, service: str, actions: Sequence[str], resource: str, code: str = "TOC303") -> Joint:
    """A role that a service takes on.

    Args:
        arn: the role's.
        service: who takes it on, ``events.amazonaws.com``.
        actions: what it has to be allowed.
        resource: the ARN of what that is done to.
        code: what it is called where it is not.
    """
    needs = _Needs(service, [by_principal(action, resource, arn) for action in actions], code)
    return Joint("role", arn, partial(_judge, arn, needs, _no_policy), " ".join([*actions, resource]))


def to_send(arn: str, service: str, action: str, resource: str, policy: Callable[[Looks], str]) -> Joint:
    """A role that a service takes on to send to something; as `joint`.

    Args:
        arn: the role's.
        service: who takes it on.
        action: what sending is called.
        resource: where it sends.
        policy: the policy of that, from what was seen: it may let the role in too, or keep it out.
    """
    request = by_principal(action, resource, arn, **{"aws:SourceOwner": resource.split(":")[4]})
    needs = _Needs(service, [request], "TOC303")
    return Joint("role", arn, partial(_judge, arn, needs, policy), f"{action} {resource}")


@dataclass(frozen=True, slots=True)
class _Needs:
    """What a role has to be allowed, who takes it on, and what it is called where it is not."""

    service: str
    requests: Sequence[Request]
    code: str


def _no_policy(looks: Looks) -> str:
    del looks
    return ""


def _judge(arn: str, needs: _Needs, policy: Callable[[Looks], str], looks: Looks) -> Told:
    service, requests, code = needs.service, needs.requests, needs.code
    name = arn.rpartition("/")[2]
    shown = looks.shown("iam", "GetRole", RoleName=name)
    if shown is None:
        return told_of([Fault(code, "there is no such role")], "")
    faults = []
    trust = _text(shown["Role"]["AssumeRolePolicyDocument"])
    if _effect(trust, by_service(service, "sts:AssumeRole", arn, f"arn:::::{arn.split(':')[4]}")) is not Effect.ALLOW:
        faults.append(Fault(code, f"its trust policy does not let {service} take it on"))
    documents = documents_of(name, looks) if requests else []
    held = policy(looks)
    for one in requests:
        said = _together(allowed(documents, one), held, one)
        if said is not Effect.ALLOW:
            deed = "deny" if said is Effect.DENY else "do not allow"
            faults.append(Fault(code, f"its policies {deed} {one.action} on {one.resource}"))
    return told_of(faults, " and ".join([f"{service} may take it on", *(f"it may {one.action}" for one in requests)]))


def allowed(documents: Sequence[str], request: Request) -> Effect:
    """What a role's own policies say of a request.

    Raises:
        CanNotTell: that hangs on something unknown.
    """
    said = {_effect(one, request, has_principal=False) for one in documents}
    if Effect.DENY in said:
        return Effect.DENY
    if Effect.UNKNOWN in said:
        raise CanNotTell(f"whether its policies allow {request.action} hangs on a condition that nobody here knows")
    return Effect.ALLOW if Effect.ALLOW in said else Effect.NOTHING


def _together(own: Effect, policy: str, request: Request) -> Effect:
    """What a role's policies and that of a resource of its account say: one Allow is enough, and a Deny stands above.

    An Allow for the account as such leaves it to the role's own policies (IAM User Guide, "Policy evaluation logic").
    """
    if not policy or own is Effect.DENY:
        return own
    role, account = (effect_of(policy, replace(request, arns=(one,)))[0] for one in request.arns)
    if Effect.DENY in (role, account):
        return Effect.DENY
    return Effect.ALLOW if role is Effect.ALLOW else own


def documents_of(name: str, looks: Looks) -> list[str]:
    """The policies of a role, inline and attached."""
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
