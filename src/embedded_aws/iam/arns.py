"""The resource of an IAM call: its ARN for the policies, and the words in which a denial names it.

"Actions, resources, and condition keys for AWS Identity and Access Management" (Service Authorization
Reference). The words are those of real records: ``user NAME`` for what exists, the ARN for what would be
made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from embedded_aws.calls.operations import Call
    from embedded_aws.calls.principals import Caller

# The parameter that names the resource, its part of the ARN, its word, and where moto keeps such things.
_NAMED: Final = (
    ("InstanceProfileName", "instance-profile", "instance profile", "instance_profiles"),
    ("GroupName", "group", "group", "groups"),
    ("RoleName", "role", "role", "roles"),
    ("UserName", "user", "user", "users"),
)
_ARNS: Final = (
    ("PolicyArn", "policy"),
    ("SerialNumber", "mfa device"),
    ("SAMLProviderArn", "saml provider"),
    ("OpenIDConnectProviderArn", "oidc provider"),
)
_MADE: Final = {
    "CreateUser": ("user", "UserName"),
    "CreateGroup": ("group", "GroupName"),
    "CreateRole": ("role", "RoleName"),
    "CreatePolicy": ("policy", "PolicyName"),
    "CreateInstanceProfile": ("instance-profile", "InstanceProfileName"),
    "CreateVirtualMFADevice": ("mfa", "VirtualMFADeviceName"),
}
_LISTED: Final = {
    "ListUsers": "user/",
    "ListRoles": "role/",
    "ListGroups": "group/",
    "ListInstanceProfiles": "instance-profile/",
    "ListVirtualMFADevices": "mfa/",
}


def iam_resource(call: Call, caller: Caller, iam: Any) -> tuple[str, str]:  # noqa: ANN401 - moto's
    """Return the ARN of the resource and how a denial names it."""
    base = f"arn:{caller.arn.split(':')[1]}:iam::{caller.account_id}:"
    if call.operation in _MADE:
        kind, name = _MADE[call.operation]
        arn = f"{base}{kind}{call.params.get('Path') or '/'}{call.params.get(name, '')}"
        return arn, arn
    if call.operation in _LISTED:
        arn = f"{base}{_LISTED[call.operation]}{str(call.params.get('PathPrefix') or '').lstrip('/')}"
        return arn, arn
    for parameter, kind, word, kept in _NAMED:
        named = call.params.get(parameter)
        if named:
            return _existing_arn(getattr(iam, kept), str(named)) or f"{base}{kind}/{named}", f"{word} {named}"
    for parameter, word in _ARNS:
        given = call.params.get(parameter)
        if given:
            return str(given), f"{word} {given}"
    if is_own(call) and caller.name:
        return caller.arn, f"user {caller.name}"
    return "*", "*"


def is_own(call: Call) -> bool:
    """Tell whether the call names no user and so means its caller (IAM API Reference, `UserName`)."""
    shape = call.model.input_shape
    return (
        call.service == "iam"
        and shape is not None
        and "UserName" in shape.members
        and "UserName" not in shape.required_members
        and not call.params.get("UserName")
    ) or call.operation == "ChangePassword"


def called(kept: dict[str, Any], name: str) -> Any:  # noqa: ANN401 - moto's
    """Moto keeps users and groups by name, roles by id."""
    return next((one for one in list(kept.values()) if one.name == name), None)


def _existing_arn(kept: dict[str, Any], name: str) -> str:
    found = called(kept, name)
    return str(found.arn) if found is not None else ""
