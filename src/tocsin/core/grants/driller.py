"""Who drills: makes a decoy, deletes it for real, and reads where its deletion arrived.

Every decoy lies below one path, and has the boundary that denies everything from its first moment: an access key of it
is worth nothing. ``iam:PermissionsBoundary`` is a key of these calls only (Service Authorization Reference, "IAM"), so
the others are held to the path.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tocsin.core.grants.statement import Policy, Statement

if TYPE_CHECKING:
    from tocsin.core.grants.scope import Scope

PATH = "tocsin-drill"


def boundary_of(partition: str) -> str:
    """The managed policy that is every decoy's boundary: it denies everything."""
    return f"arn:{partition}:iam::aws:policy/AWSDenyAll"


def attached_of(partition: str) -> str:
    """The managed policy that a decoy gets: it grants next to nothing, which the boundary takes away again."""
    return f"arn:{partition}:iam::aws:policy/IAMUserChangePassword"


def driller(scope: Scope) -> Policy:
    """Makes and deletes decoys, and looks where the deletion arrived."""
    nothing, attached = boundary_of(scope.partition), attached_of(scope.partition)
    users = (scope.iam(f"user/{PATH}/*"),)
    devices = (scope.iam(f"mfa/{PATH}/*"),)
    bounded = {"StringEquals": {"iam:PermissionsBoundary": nothing}}
    statements = [
        Statement("MakeDecoysThatMayDoNothing", ("iam:CreateUser", "iam:PutUserPolicy"), users, bounded),
        Statement(
            "AttachNextToNothing",
            ("iam:AttachUserPolicy", "iam:DetachUserPolicy"),
            users,
            {"StringEquals": {"iam:PermissionsBoundary": nothing, "iam:PolicyARN": attached}},
        ),
        Statement(
            "GiveThemALife",
            (
                "iam:TagUser",
                "iam:CreateAccessKey",
                "iam:CreateLoginProfile",
                "iam:EnableMFADevice",
            ),
            users,
        ),
        Statement(
            "TakeItAway",
            (
                "iam:GetUser",
                "iam:GetLoginProfile",
                "iam:ListAccessKeys",
                "iam:ListAttachedUserPolicies",
                "iam:ListGroupsForUser",
                "iam:ListMFADevices",
                "iam:ListUserPolicies",
                "iam:DeactivateMFADevice",
                "iam:DeleteAccessKey",
                "iam:DeleteLoginProfile",
                "iam:DeleteUserPolicy",
                "iam:DeleteUser",
            ),
            users,
        ),
        Statement(
            "Groups",
            ("iam:CreateGroup", "iam:AddUserToGroup", "iam:RemoveUserFromGroup", "iam:DeleteGroup"),
            (scope.iam(f"group/{PATH}/*"),),
        ),
        Statement("Devices", ("iam:CreateVirtualMFADevice", "iam:DeleteVirtualMFADevice"), devices),
        # What is not there has no path, so nobody may ask for it by its ARN.
        Statement("FindLeftovers", ("iam:ListUsers", "iam:ListGroups")),
        Statement("SeeTheDeletionInHistory", ("cloudtrail:LookupEvents",)),
        Statement(
            "ReadWhatWasObserved",
            ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility"),
            (scope.observer,),
        ),
        # A rule that matches nothing and has no targets; only the variant `tamper` makes one.
        Statement("RingOfTampering", ("events:PutRule", "events:DeleteRule"), (scope.drilled_rules,)),
        Statement("LookAtTheStack", ("cloudformation:DescribeStacks",), (scope.stack,)),
    ]
    power = (
        f"what remains: whoever has it may put any user into the drill's own groups (group/{PATH}/), which have no "
        "policies and cannot be given any by it, and do as it likes with users below that path, which may do nothing"
    )
    return Policy("driller", statements, (power,))
