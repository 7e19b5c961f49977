"""AWS::IAM::Role and AWS::IAM::RolePolicy: the roles by which rules send.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_IAM.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from embedded_aws.cloudformation.types.base import Api, Props, ResourceType, document, pick

if TYPE_CHECKING:
    from collections.abc import Iterable


class Role(ResourceType):
    """A role with its policies; a change replaces it."""

    type_name = "AWS::IAM::Role"
    applied = frozenset(
        {"AssumeRolePolicyDocument", "Policies", "ManagedPolicyArns", "RoleName", "Path", "Description"}
    )
    required = frozenset({"AssumeRolePolicyDocument"})
    fixed = applied
    attributes = frozenset({"Arn"})
    name_property = "RoleName"
    name_limit = 64

    def create(self, api: Api, name: str, props: Props) -> str:
        """Make the role, and give it its policies."""
        trust = _text(props["AssumeRolePolicyDocument"])
        api("iam").create_role(RoleName=name, AssumeRolePolicyDocument=trust, **pick(props, "Path", "Description"))
        for one in props.get("Policies", ()):
            text = _text(one["PolicyDocument"])
            api("iam").put_role_policy(RoleName=name, PolicyName=one["PolicyName"], PolicyDocument=text)
        for arn in props.get("ManagedPolicyArns", ()):
            api("iam").attach_role_policy(RoleName=name, PolicyArn=arn)
        return name

    def delete(self, api: Api, physical_id: str, props: Props) -> None:
        """Take its policies away, and delete the role."""
        for one in props.get("Policies", ()):
            api("iam").delete_role_policy(RoleName=physical_id, PolicyName=one["PolicyName"])
        for arn in props.get("ManagedPolicyArns", ()):
            api("iam").detach_role_policy(RoleName=physical_id, PolicyArn=arn)
        api("iam").delete_role(RoleName=physical_id)

    def exists(self, api: Api, physical_id: str, props: Props) -> bool:  # noqa: ARG002 - one signature for all types
        """Whether the account has the role."""
        return physical_id in _named(api("iam").get_paginator("list_roles").paginate(), "Roles", "RoleName")

    def attribute(self, api: Api, physical_id: str, props: Props, name: str) -> str:  # noqa: ARG002 - as exists
        """The ARN."""
        return str(api("iam").get_role(RoleName=physical_id)["Role"]["Arn"])


class RolePolicy(ResourceType):
    """One policy of a role; a change replaces it."""

    type_name = "AWS::IAM::RolePolicy"
    applied = required = fixed = frozenset({"PolicyName", "PolicyDocument", "RoleName"})
    name_property = "PolicyName"

    def create(self, api: Api, name: str, props: Props) -> str:
        """Put the policy."""
        text = _text(props["PolicyDocument"])
        api("iam").put_role_policy(RoleName=props["RoleName"], PolicyName=name, PolicyDocument=text)
        return name

    def delete(self, api: Api, physical_id: str, props: Props) -> None:
        """Take it away."""
        api("iam").delete_role_policy(RoleName=props["RoleName"], PolicyName=physical_id)

    def exists(self, api: Api, physical_id: str, props: Props) -> bool:
        """Whether the role has it."""
        pages = api("iam").get_paginator("list_role_policies").paginate(RoleName=props["RoleName"])
        return physical_id in _named(pages, "PolicyNames")


def _text(policy: Props | str) -> str:
    """A policy; moto refuses one without a version, which IAM takes."""
    return document({"Version": "2012-10-17", **policy} if isinstance(policy, dict) else policy)


def _named(pages: Iterable[dict[str, Any]], key: str, name: str = "") -> set[str]:
    return {str(one[name] if name else one) for page in pages for one in page[key]}
