"""The decoy: an IAM user that may do nothing, with a full life, and the order in which AWS lets it be taken away.

IAM API Reference, "DeleteUser": what a user must have lost before it can be deleted.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tocsin.core.drill.totp import PERIOD_S, code_at
from tocsin.core.grants.driller import PATH, attached_of, boundary_of
from tocsin.core.steps import Step

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# Without what is misread: 0 and o, 1, i and l. Six of them are 887 million.
ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
CODE_LENGTH = 6
TAG = "tocsin:drill"
_SEEDED = "CreateVirtualMFADevice"
_CODES = re.compile(rf"-drill-([{ALPHABET}]{{{CODE_LENGTH}}})(?![a-z0-9])")
# It denies next to nothing, since to shut somebody out rings by itself.
_BUCKET = "arn:{}:s3:::tocsin-drill/*"
_INLINE = "no-drill-bucket"


def codes_in(text: str) -> set[str]:
    """The codes of every drill that a text speaks of."""
    return set(_CODES.findall(text))


@dataclass(frozen=True, slots=True)
class Decoy:
    """One user that is made to be deleted.

    Attributes:
        name: the user's, with the drill's code in it.
        drill: the drill's id, which its tag carries.
        account: the account's id.
        partition: such as ``aws``.
    """

    name: str
    drill: str
    account: str
    partition: str

    @property
    def path(self) -> str:
        """Below which all of it lies."""
        return f"/{PATH}/"

    @property
    def device(self) -> str:
        """Serial number of its virtual MFA device, which is its ARN."""
        return f"arn:{self.partition}:iam::{self.account}:mfa/{PATH}/{self.name}"

    def birth(self) -> Step:
        """The user alone, with the boundary that denies everything from its first moment."""
        tags = [{"Key": TAG, "Value": self.drill}]
        parameters = {"Path": self.path, "PermissionsBoundary": boundary_of(self.partition), "Tags": tags}
        return self._step("CreateUser", "the user", **parameters)

    def life(self, password: str) -> Iterator[Step]:
        """What a real user has; each may be left out."""
        group = {"GroupName": self.name}
        yield Step("iam", "CreateGroup", {"Path": self.path, **group}, "a group")
        yield self._step("AddUserToGroup", "its membership", **group)
        yield self._step("AttachUserPolicy", "an attached policy", PolicyArn=attached_of(self.partition))
        denied = {"Effect": "Deny", "Action": "s3:GetObject", "Resource": _BUCKET.format(self.partition)}
        document = json.dumps({"Version": "2012-10-17", "Statement": [denied]})
        yield self._step("PutUserPolicy", "an inline policy", PolicyName=_INLINE, PolicyDocument=document)
        yield self._step("CreateLoginProfile", "a password", Password=password, PasswordResetRequired=True)
        yield self.key()
        device = {"Path": self.path, "VirtualMFADeviceName": self.name}
        yield Step("iam", _SEEDED, device, "a virtual MFA device")

    def key(self) -> Step:
        """An access key."""
        return self._step("CreateAccessKey", "an access key")

    def follows(self, done: Step, result: Mapping[str, Any], now: float) -> list[Step]:
        """What can only be done once another step was: the device is switched on with two codes of its seed.

        Args:
            done: the step.
            result: its answer.
            now: seconds since 1970.
        """
        if done.operation != _SEEDED:
            return []
        seed = bytes(result["VirtualMFADevice"]["Base32StringSeed"]).decode("ascii")
        codes = [code_at(seed, now - PERIOD_S), code_at(seed, now)]
        both = {"AuthenticationCode1": codes[0], "AuthenticationCode2": codes[1]}
        return [self._step("EnableMFADevice", "MFA", SerialNumber=self.device, **both)]

    def find(self, kind: str, marker: str = "") -> Step:
        """What lists the users or groups below the drill's path.

        Args:
            kind: ``User`` or ``Group``.
            marker: where a page before it ended, or ``""``.
        """
        more = {"Marker": marker} if marker else {}
        return Step("iam", f"List{kind}s", {"PathPrefix": self.path, **more}, "a look at what is below the path")

    def look(self) -> Step:
        """The user as it is."""
        return self._step("GetUser", "a look at the user")

    def is_this(self, user: Mapping[str, Any]) -> bool:
        """Whether a user that is there is the one that this drill made, by its path and its tag."""
        tags = {str(tag["Key"]): str(tag["Value"]) for tag in user.get("Tags", [])}
        return user.get("Path") == self.path and tags.get(TAG) == self.drill

    def looks(self) -> list[Step]:
        """What shows all that the user still has."""
        operations = (
            "ListMFADevices",
            "ListAccessKeys",
            "GetLoginProfile",
            "ListUserPolicies",
            "ListAttachedUserPolicies",
            "ListGroupsForUser",
        )
        return [self._step(operation, "a look at what the user has") for operation in operations]

    def removals(self, look: Step, result: Mapping[str, Any]) -> list[Step]:
        """What takes away what one look has shown, in order."""
        if look.operation == "GetLoginProfile":
            return [self._step("DeleteLoginProfile", "its password")]
        kept, operation, says, name = _REMOVED[look.operation]
        found = result.get(kept, [])
        return [self._step(operation, says, **{name: one if isinstance(one, str) else one[name]}) for one in found]

    def unhoused(self) -> list[Step]:
        """What takes away what stands beside the user: a device that was never switched on, or is off again."""
        return [Step("iam", "DeleteVirtualMFADevice", {"SerialNumber": self.device}, "its virtual MFA device")]

    def group_gone(self) -> Step:
        """What takes its group away, once the user has left it."""
        return Step("iam", "DeleteGroup", {"GroupName": self.name}, "its group")

    def death(self) -> Step:
        """The deletion itself."""
        return self._step("DeleteUser", "the user")

    def _step(self, operation: str, says: str, **parameters: object) -> Step:
        return Step("iam", operation, {"UserName": self.name, **parameters}, says)


# What a look shows, and what takes it away: where it lists, the operation, in words, the parameter.
_REMOVED = {
    "ListMFADevices": ("MFADevices", "DeactivateMFADevice", "MFA", "SerialNumber"),
    "ListAccessKeys": ("AccessKeyMetadata", "DeleteAccessKey", "an access key", "AccessKeyId"),
    "ListUserPolicies": ("PolicyNames", "DeleteUserPolicy", "an inline policy", "PolicyName"),
    "ListAttachedUserPolicies": ("AttachedPolicies", "DetachUserPolicy", "an attached policy", "PolicyArn"),
    "ListGroupsForUser": ("Groups", "RemoveUserFromGroup", "its membership", "GroupName"),
}
