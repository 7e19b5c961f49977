"""AWS::SecretsManager::Secret.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-secretsmanager-secret.html
"""

from __future__ import annotations

import json

from botocore.exceptions import ClientError

from tocsin.rehearsal.cfn_types.base import Api, Props, ResourceType, boolean, pick, stale_tags, tag_map

_FLAGS = (
    "ExcludeLowercase",
    "ExcludeNumbers",
    "ExcludePunctuation",
    "ExcludeUppercase",
    "IncludeSpace",
    "RequireEachIncludedType",
)


class Secret(ResourceType):
    """A secret; its physical id is its ARN."""

    type_name = "AWS::SecretsManager::Secret"
    applied = frozenset({"Name", "Description", "KmsKeyId", "SecretString", "GenerateSecretString", "Tags"})
    fixed = frozenset({"Name"})
    attributes = frozenset({"Id"})
    name_property = "Name"
    name_limit = 512

    def create(self, api: Api, name: str, props: Props) -> str:
        """Make the secret, with the given value or a generated one."""
        made = api("secretsmanager").create_secret(
            Name=name,
            SecretString=_value(api, props),
            Tags=_tags(props),
            **pick(props, "Description", "KmsKeyId"),
        )
        return str(made["ARN"])

    def update(self, api: Api, physical_id: str, props: Props, old: Props) -> None:
        """Change the description and key; a new value only if what makes it changed."""
        settings = pick(props, "Description", "KmsKeyId")
        sources = ("SecretString", "GenerateSecretString")
        if pick(props, *sources) != pick(old, *sources):
            settings["SecretString"] = _value(api, props)
        api("secretsmanager").update_secret(SecretId=physical_id, **settings)
        if gone := stale_tags(props, old):
            api("secretsmanager").untag_resource(SecretId=physical_id, TagKeys=gone)
        if tags := _tags(props):
            api("secretsmanager").tag_resource(SecretId=physical_id, Tags=tags)

    def delete(self, api: Api, physical_id: str, props: Props) -> None:  # noqa: ARG002 - one signature for all types
        """Delete the secret at once, so that a stack can make the name again."""
        api("secretsmanager").delete_secret(SecretId=physical_id, ForceDeleteWithoutRecovery=True)

    def exists(self, api: Api, physical_id: str, props: Props) -> bool:  # noqa: ARG002 - as delete
        """Whether the secret is there."""
        try:
            return "DeletedDate" not in api("secretsmanager").describe_secret(SecretId=physical_id)
        except ClientError:
            return False

    def attribute(self, api: Api, physical_id: str, props: Props, name: str) -> str:  # noqa: ARG002 - as delete
        """The ARN."""
        return physical_id


def _tags(props: Props) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tag_map(props).items()]


def _value(api: Api, props: Props) -> str:
    if "SecretString" in props:
        return str(props["SecretString"])
    wish = props.get("GenerateSecretString", {})
    options = pick(wish, "ExcludeCharacters") | {key: boolean(wish[key]) for key in _FLAGS if key in wish}
    options["PasswordLength"] = int(wish.get("PasswordLength", 32))
    password = str(api("secretsmanager").get_random_password(**options)["RandomPassword"])
    if "GenerateStringKey" not in wish:
        return password
    return json.dumps(json.loads(wish.get("SecretStringTemplate", "{}")) | {wish["GenerateStringKey"]: password})
