"""What IAM enforces and moto does not: who may call, and in which order things can be deleted.

"DeleteUser" (IAM API Reference): a user must have no password, access keys, signing certificates, SSH keys,
Git credentials, MFA devices, inline policies, attached policies and group memberships; "DeleteGroup",
"DeleteRole", "DeletePolicy", "DeleteInstanceProfile", "DeleteVirtualMFADevice" say the same of theirs. The
messages are those that users of AWS report; in which order AWS looks is not documented.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from embedded_aws.calls.http import ApiError
from embedded_aws.iam.arns import called
from embedded_aws.iam.authorisation import Authoriser

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from embedded_aws.calls.account_state import AccountState
    from embedded_aws.calls.operations import Call
    from embedded_aws.calls.principals import Caller, Principals

_DELETE_USER: Final = (
    ("password", "must delete login profile first."),
    ("access_keys", "must delete access keys first."),
    ("signing_certificates", "must delete certificates first."),
    ("ssh_public_keys", "must remove referenced objects first."),
    ("service_credentials", "must remove referenced objects first."),
    ("mfa_devices", "must delete MFA device first."),
    ("policies", "must delete policies first."),
    ("managed_policies", "must detach all policies first."),
)
_DELETE_GROUP: Final = (
    ("users", "must remove users from group first."),
    ("policies", "must delete policies first."),
    ("managed_policies", "must detach all policies first."),
)
_DELETE_INSTANCE_PROFILE: Final = (("roles", "must remove roles from instance profile first."),)

_MORE_VERSIONS: Final = (
    "This policy has more than one version. Before you delete a policy, you must delete the policy's "
    "versions. The default version is deleted with the policy."
)

# What must exist, where moto keeps it, and how AWS says that it does not.
_MUST_EXIST: Final = (
    ("UserName", "users", "The user with name {} cannot be found.", "CreateUser"),
    ("GroupName", "groups", "The group with name {} cannot be found.", "CreateGroup"),
    ("RoleName", "roles", "The role with name {} cannot be found.", "CreateRole"),
    (
        "InstanceProfileName",
        "instance_profiles",
        "Instance Profile {} cannot be found.",
        "CreateInstanceProfile",
    ),
)


class IamRules:
    """Judges every call before it is made.

    Args:
        principals: whose key is whose.
        iam: moto's IAM state of the account.
        state: its topics and queues.
    """

    def __init__(self, principals: Principals, iam: Any, state: AccountState) -> None:  # noqa: ANN401 - moto's
        self._principals = principals
        self._iam = iam
        self._authoriser = Authoriser(iam, state)
        self._rules: dict[str, Callable[[Call], Iterator[str]]] = {
            "DeleteUser": self._user,
            "DeleteGroup": self._group,
            "DeleteInstanceProfile": self._instance_profile,
            "DeletePolicy": self._policy,
            "DeleteVirtualMFADevice": self._mfa_device,
        }

    def authenticate(self, call: Call) -> Caller:
        """Return who calls.

        Raises:
            ApiError: the access key is not valid.
        """
        return self._principals.authenticate(call.scope, call.service, call.protocol)

    def authorise(self, call: Call, caller: Caller) -> None:
        """Let the call pass if the caller's policies allow it.

        Raises:
            ApiError: they do not.
        """
        self._authoriser.authorise(call, caller)

    def enforce(self, call: Call, caller: Caller) -> None:
        """Let the call pass if IAM's own rules allow it.

        Raises:
            ApiError: `NoSuchEntity` or `DeleteConflict`.
        """
        if call.service != "iam":
            return
        self._check_existence(call, caller)
        for conflict in self._rules.get(call.operation, _nothing)(call):
            raise ApiError("DeleteConflict", conflict, 409)

    def _check_existence(self, call: Call, caller: Caller) -> None:
        for parameter, kept, message, unless in _MUST_EXIST:
            name = call.params.get(parameter)
            if name and call.operation != unless and self._find(kept, name) is None:
                raise ApiError("NoSuchEntity", message.format(name), 404)
        user = self._find("users", call.params.get("UserName") or caller.name)
        if call.operation in {"DeleteLoginProfile", "GetLoginProfile", "UpdateLoginProfile"} and not user.password:
            raise ApiError("NoSuchEntity", f"Login Profile for User {user.name} cannot be found.", 404)
        key = call.params.get("AccessKeyId")
        if call.operation in {"DeleteAccessKey", "UpdateAccessKey"} and user and not user.has_access_key(key):
            raise ApiError("NoSuchEntity", f"The Access Key with id {key} cannot be found.", 404)

    def _find(self, kept: str, name: str) -> Any:  # noqa: ANN401 - moto's
        return called(getattr(self._iam, kept), name)

    def _user(self, call: Call) -> Iterator[str]:
        user = self._find("users", call.params["UserName"])
        yield from _left(user, _DELETE_USER)
        if any(user in group.users for group in list(self._iam.groups.values())):
            yield "Cannot delete entity, must remove users from group first."

    def _group(self, call: Call) -> Iterator[str]:
        yield from _left(self._find("groups", call.params["GroupName"]), _DELETE_GROUP)

    def _instance_profile(self, call: Call) -> Iterator[str]:
        yield from _left(self._find("instance_profiles", call.params["InstanceProfileName"]), _DELETE_INSTANCE_PROFILE)

    def _policy(self, call: Call) -> Iterator[str]:
        policy = self._iam.managed_policies.get(call.params["PolicyArn"])
        if policy is None:
            return
        if policy.attachment_count:
            yield "Cannot delete a policy attached to entities."
        if len(policy.versions) > 1:
            yield _MORE_VERSIONS

    def _mfa_device(self, call: Call) -> Iterator[str]:
        device = self._iam.virtual_mfa_devices.get(call.params["SerialNumber"])
        if device is not None and device.user is not None:
            yield "MFA VirtualDevice in use. Must deactivate first."


def _nothing(_call: Call) -> Iterator[str]:
    return iter(())


def _left(entity: Any, rules: tuple[tuple[str, str], ...]) -> Iterator[str]:  # noqa: ANN401 - moto's
    for attribute, message in rules:
        if getattr(entity, attribute, None):
            yield f"Cannot delete entity, {message}"
