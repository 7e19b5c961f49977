"""AWS::IAM::Role, RolePolicy and ManagedPolicy.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_IAM.html
"""

from __future__ import annotations

from botocore.exceptions import ClientError

from embedded_aws.cloudformation.types.base import Api, Props, ResourceType, document, pick, stale_tags, tag_map

_KINDS = {"Roles": ("role", "RoleName"), "Users": ("user", "UserName"), "Groups": ("group", "GroupName")}


class Role(ResourceType):
    """A role with its attached and inline policies."""

    type_name = "AWS::IAM::Role"
    applied = frozenset(
        {
            "RoleName",
            "AssumeRolePolicyDocument",
            "Description",
            "ManagedPolicyArns",
            "MaxSessionDuration",
            "Path",
            "PermissionsBoundary",
            "Policies",
            "Tags",
        }
    )
    required = frozenset({"AssumeRolePolicyDocument"})
    fixed = frozenset({"RoleName", "Path"})
    attributes = frozenset({"Arn", "RoleId"})
    name_property = "RoleName"
    name_limit = 64
    is_iam = True

    def create(self, api: Api, name: str, props: Props) -> str:
        """Make the role, then attach and put its policies."""
        options = pick(props, "Description", "Path", "PermissionsBoundary")
        if "MaxSessionDuration" in props:
            options["MaxSessionDuration"] = int(props["MaxSessionDuration"])
        trust = document(props["AssumeRolePolicyDocument"])
        api("iam").create_role(RoleName=name, AssumeRolePolicyDocument=trust, Tags=_tags(props), **options)
        self._policies(api, name, props, {})
        return name

    def update(self, api: Api, physical_id: str, props: Props, old: Props) -> None:
        """Change trust, description, duration, boundary, policies and tags."""
        iam = api("iam")
        trust = document(props["AssumeRolePolicyDocument"])
        iam.update_assume_role_policy(RoleName=physical_id, PolicyDocument=trust)
        seconds = int(props.get("MaxSessionDuration", 3600))
        iam.update_role(RoleName=physical_id, Description=props.get("Description", ""), MaxSessionDuration=seconds)
        if props.get("PermissionsBoundary"):
            iam.put_role_permissions_boundary(RoleName=physical_id, PermissionsBoundary=props["PermissionsBoundary"])
        elif old.get("PermissionsBoundary"):
            iam.delete_role_permissions_boundary(RoleName=physical_id)
        self._policies(api, physical_id, props, old)
        if gone := stale_tags(props, old):
            iam.untag_role(RoleName=physical_id, TagKeys=gone)
        if tags := _tags(props):
            iam.tag_role(RoleName=physical_id, Tags=tags)

    @staticmethod
    def _policies(api: Api, name: str, props: Props, old: Props) -> None:
        iam = api("iam")
        wanted, had = set(props.get("ManagedPolicyArns", [])), set(old.get("ManagedPolicyArns", []))
        for arn in sorted(wanted - had):
            iam.attach_role_policy(RoleName=name, PolicyArn=arn)
        for arn in sorted(had - wanted):
            iam.detach_role_policy(RoleName=name, PolicyArn=arn)
        inline = {policy["PolicyName"]: policy["PolicyDocument"] for policy in props.get("Policies", [])}
        for policy, body in inline.items():
            iam.put_role_policy(RoleName=name, PolicyName=policy, PolicyDocument=document(body))
        for policy in sorted({entry["PolicyName"] for entry in old.get("Policies", [])} - inline.keys()):
            iam.delete_role_policy(RoleName=name, PolicyName=policy)

    def delete(self, api: Api, physical_id: str, props: Props) -> None:
        """Take the role's policies away, then delete it."""
        self._policies(api, physical_id, {}, props)
        api("iam").delete_role(RoleName=physical_id)

    def exists(self, api: Api, physical_id: str, props: Props) -> bool:  # noqa: ARG002 - one signature for all types
        """Whether the role is there."""
        return _found(api("iam").get_role, RoleName=physical_id)

    def attribute(self, api: Api, physical_id: str, props: Props, name: str) -> str:  # noqa: ARG002 - as exists
        """The ARN, or the unique id."""
        return str(api("iam").get_role(RoleName=physical_id)["Role"][name])


class RolePolicy(ResourceType):
    """One inline policy of a role."""

    type_name = "AWS::IAM::RolePolicy"
    applied = frozenset({"PolicyName", "RoleName", "PolicyDocument"})
    required = frozenset({"PolicyName", "RoleName"})
    fixed = frozenset({"PolicyName", "RoleName"})
    is_iam = True

    def create(self, api: Api, name: str, props: Props) -> str:
        """Put the policy."""
        self.update(api, name, props, {})
        return f"{props['PolicyName']}|{props['RoleName']}"

    def update(self, api: Api, physical_id: str, props: Props, old: Props) -> None:  # noqa: ARG002 - as the base
        """Put the policy."""
        body = document(props.get("PolicyDocument", {}))
        api("iam").put_role_policy(**pick(props, "PolicyName", "RoleName"), PolicyDocument=body)

    def delete(self, api: Api, physical_id: str, props: Props) -> None:  # noqa: ARG002 - as the base
        """Delete the policy."""
        api("iam").delete_role_policy(**pick(props, "PolicyName", "RoleName"))

    def exists(self, api: Api, physical_id: str, props: Props) -> bool:  # noqa: ARG002 - as the base
        """Whether the role has the policy."""
        return _found(api("iam").get_role_policy, **pick(props, "PolicyName", "RoleName"))


class ManagedPolicy(ResourceType):
    """A customer managed policy; its physical id is its ARN."""

    type_name = "AWS::IAM::ManagedPolicy"
    applied = frozenset(
        {
            "ManagedPolicyName",
            "PolicyDocument",
            "Description",
            "Path",
            "Roles",
            "Users",
            "Groups",
        }
    )
    required = frozenset({"PolicyDocument"})
    fixed = frozenset({"ManagedPolicyName", "Description", "Path"})
    attributes = frozenset({"PolicyArn", "PolicyId", "DefaultVersionId"})
    name_property = "ManagedPolicyName"
    is_iam = True

    def create(self, api: Api, name: str, props: Props) -> str:
        """Make the policy and attach it."""
        options = pick(props, "Description", "Path")
        body = document(props["PolicyDocument"])
        made = api("iam").create_policy(PolicyName=name, PolicyDocument=body, **options)
        arn = str(made["Policy"]["Arn"])
        self._attach(api, arn, props, {})
        return arn

    def update(self, api: Api, physical_id: str, props: Props, old: Props) -> None:
        """Make a new default version, drop the old one, and mend the attachments."""
        iam = api("iam")
        if document(props["PolicyDocument"]) != document(old["PolicyDocument"]):
            previous = iam.get_policy(PolicyArn=physical_id)["Policy"]["DefaultVersionId"]
            body = document(props["PolicyDocument"])
            iam.create_policy_version(PolicyArn=physical_id, PolicyDocument=body, SetAsDefault=True)
            iam.delete_policy_version(PolicyArn=physical_id, VersionId=previous)
        self._attach(api, physical_id, props, old)

    @staticmethod
    def _attach(api: Api, arn: str, props: Props, old: Props) -> None:
        iam = api("iam")
        for key, (kind, parameter) in _KINDS.items():
            wanted, had = set(props.get(key, [])), set(old.get(key, []))
            for name in sorted(wanted - had):
                getattr(iam, f"attach_{kind}_policy")(**{parameter: name, "PolicyArn": arn})
            for name in sorted(had - wanted):
                getattr(iam, f"detach_{kind}_policy")(**{parameter: name, "PolicyArn": arn})

    def delete(self, api: Api, physical_id: str, props: Props) -> None:
        """Detach the policy, then delete it."""
        self._attach(api, physical_id, {}, props)
        api("iam").delete_policy(PolicyArn=physical_id)

    def exists(self, api: Api, physical_id: str, props: Props) -> bool:  # noqa: ARG002 - as the base
        """Whether the policy is there."""
        return _found(api("iam").get_policy, PolicyArn=physical_id)

    def attribute(self, api: Api, physical_id: str, props: Props, name: str) -> str:  # noqa: ARG002 - as the base
        """The ARN, the id or the default version."""
        policy = api("iam").get_policy(PolicyArn=physical_id)["Policy"]
        return str(policy["Arn" if name == "PolicyArn" else name])


def _tags(props: Props) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tag_map(props).items()]


def _found(call, **arguments: str) -> bool:  # type: ignore[no-untyped-def]  # noqa: ANN001 - botocore's own method
    try:
        call(**arguments)
    except ClientError as error:
        if error.response["Error"]["Code"] == "NoSuchEntity":
            return False
        raise
    return True
