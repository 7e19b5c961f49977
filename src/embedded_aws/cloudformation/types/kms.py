"""AWS::KMS::Key and AWS::KMS::Alias.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_KMS.html
"""

from __future__ import annotations

from botocore.exceptions import ClientError

from embedded_aws.cloudformation.types.base import (
    Api,
    Props,
    ResourceType,
    boolean,
    document,
    pick,
    stale_tags,
    tag_map,
)


class Key(ResourceType):
    """A customer key; moto's own type takes no update and ignores how long deletion waits."""

    type_name = "AWS::KMS::Key"
    applied = frozenset({"KeyPolicy", "Description", "EnableKeyRotation", "Tags"})
    attributes = frozenset({"Arn", "KeyId"})

    def create(self, api: Api, name: str, props: Props) -> str:  # noqa: ARG002 - one signature for all types
        """Make the key, and set its rotation."""
        options = pick(props, "Description")
        if "KeyPolicy" in props:
            options["Policy"] = document(props["KeyPolicy"])
        key_id = str(api("kms").create_key(**options, Tags=_tags(props))["KeyMetadata"]["KeyId"])
        self._switch(api, key_id, props, {})
        return key_id

    def update(self, api: Api, physical_id: str, props: Props, old: Props) -> None:
        """Put the policy, the description, the rotation and the tags."""
        kms = api("kms")
        if "KeyPolicy" in props and props["KeyPolicy"] != old.get("KeyPolicy"):
            kms.put_key_policy(KeyId=physical_id, PolicyName="default", Policy=document(props["KeyPolicy"]))
        if props.get("Description") != old.get("Description"):
            kms.update_key_description(KeyId=physical_id, Description=props.get("Description", ""))
        self._switch(api, physical_id, props, old)
        if gone := stale_tags(props, old):
            kms.untag_resource(KeyId=physical_id, TagKeys=gone)
        if tags := _tags(props):
            kms.tag_resource(KeyId=physical_id, Tags=tags)

    @staticmethod
    def _switch(api: Api, key_id: str, props: Props, old: Props) -> None:
        kms = api("kms")
        rotates, rotated = (boolean(one.get("EnableKeyRotation", False)) for one in (props, old))
        if rotates:
            kms.enable_key_rotation(KeyId=key_id)
        elif rotated:
            kms.disable_key_rotation(KeyId=key_id)

    def delete(self, api: Api, physical_id: str, props: Props) -> None:  # noqa: ARG002 - as create
        """Schedule the deletion; KMS has no other."""
        api("kms").schedule_key_deletion(KeyId=physical_id, PendingWindowInDays=30)

    def exists(self, api: Api, physical_id: str, props: Props) -> bool:  # noqa: ARG002 - as create
        """Whether the key is there and not waiting for its deletion."""
        try:
            key = api("kms").describe_key(KeyId=physical_id)["KeyMetadata"]
        except ClientError:
            return False
        return bool(key["KeyState"] != "PendingDeletion")

    def attribute(self, api: Api, physical_id: str, props: Props, name: str) -> str:  # noqa: ARG002 - as create
        """The ARN, or the id."""
        return (
            f"arn:{api.partition}:kms:{api.region}:{api.account_id}:key/{physical_id}" if name == "Arn" else physical_id
        )


class Alias(ResourceType):
    """A name for a key."""

    type_name = "AWS::KMS::Alias"
    applied = required = frozenset({"AliasName", "TargetKeyId"})
    fixed = frozenset({"AliasName"})
    name_property = "AliasName"
    name_limit = 256

    def create(self, api: Api, name: str, props: Props) -> str:
        """Make the alias."""
        api("kms").create_alias(AliasName=name, TargetKeyId=props["TargetKeyId"])
        return name

    def update(self, api: Api, physical_id: str, props: Props, old: Props) -> None:  # noqa: ARG002 - as the base
        """Point the alias at another key."""
        api("kms").update_alias(AliasName=physical_id, TargetKeyId=props["TargetKeyId"])

    def delete(self, api: Api, physical_id: str, props: Props) -> None:  # noqa: ARG002 - as the base
        """Delete the alias, not the key."""
        api("kms").delete_alias(AliasName=physical_id)

    def exists(self, api: Api, physical_id: str, props: Props) -> bool:  # noqa: ARG002 - as the base
        """Whether the account has the alias."""
        pages = api("kms").get_paginator("list_aliases").paginate()
        return any(alias["AliasName"] == physical_id for page in pages for alias in page["Aliases"])


def _tags(props: Props) -> list[dict[str, str]]:
    return [{"TagKey": key, "TagValue": value} for key, value in tag_map(props).items()]
