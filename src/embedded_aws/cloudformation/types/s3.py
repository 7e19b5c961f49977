"""AWS::S3::Bucket and AWS::S3::BucketPolicy.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/AWS_S3.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from embedded_aws.cloudformation.types.base import (
    Api,
    Props,
    Refused,
    ResourceType,
    boolean,
    document,
    only,
    pick,
    tag_map,
)

if TYPE_CHECKING:
    from collections.abc import Callable

_SEALED = "ServerSideEncryptionConfiguration"


class Bucket(ResourceType):
    """A bucket; moto's own type drops public access block, lifecycle, ownership and object lock."""

    type_name = "AWS::S3::Bucket"
    applied = frozenset(
        {
            "BucketName",
            "BucketEncryption",
            "LifecycleConfiguration",
            "ObjectLockConfiguration",
            "ObjectLockEnabled",
            "OwnershipControls",
            "PublicAccessBlockConfiguration",
            "Tags",
            "VersioningConfiguration",
        }
    )
    fixed = frozenset({"BucketName"})
    attributes = frozenset({"Arn", "DomainName"})
    name_property = "BucketName"
    name_limit = 63

    def create(self, api: Api, name: str, props: Props) -> str:
        """Make the bucket, then put each configuration."""
        options: Props = {}
        if api.region != "us-east-1":
            options["CreateBucketConfiguration"] = {"LocationConstraint": api.region}
        if boolean(props.get("ObjectLockEnabled", False)):
            options["ObjectLockEnabledForBucket"] = True
        if _owned(api, name):
            raise Refused(f"{name} already exists")
        api("s3").create_bucket(Bucket=name, **options)
        self._configure(api, name, props, {})
        return name

    def update(self, api: Api, physical_id: str, props: Props, old: Props) -> None:
        """Put what changed and take away what is no longer named."""
        self._configure(api, physical_id, props, old)

    def _configure(self, api: Api, name: str, props: Props, old: Props) -> None:
        s3 = api("s3")
        puts: dict[str, Callable[[Any], Any]] = {
            "BucketEncryption": lambda value: s3.put_bucket_encryption(
                Bucket=name,
                ServerSideEncryptionConfiguration={"Rules": [_encryption(r) for r in value[_SEALED]]},
            ),
            "PublicAccessBlockConfiguration": lambda value: s3.put_public_access_block(
                Bucket=name,
                PublicAccessBlockConfiguration={key: boolean(flag) for key, flag in value.items()},
            ),
            "VersioningConfiguration": lambda value: s3.put_bucket_versioning(
                Bucket=name, VersioningConfiguration=value
            ),
            "LifecycleConfiguration": lambda value: s3.put_bucket_lifecycle_configuration(
                Bucket=name, LifecycleConfiguration={"Rules": [_lifecycle(rule) for rule in value["Rules"]]}
            ),
            "OwnershipControls": lambda value: s3.put_bucket_ownership_controls(Bucket=name, OwnershipControls=value),
            "ObjectLockConfiguration": lambda value: s3.put_object_lock_configuration(
                Bucket=name, ObjectLockConfiguration=_lock(value)
            ),
            "Tags": lambda _: s3.put_bucket_tagging(
                Bucket=name, Tagging={"TagSet": [{"Key": k, "Value": v} for k, v in tag_map(props).items()]}
            ),
        }
        removals = {
            "BucketEncryption": s3.delete_bucket_encryption,
            "PublicAccessBlockConfiguration": s3.delete_public_access_block,
            "LifecycleConfiguration": s3.delete_bucket_lifecycle,
            "OwnershipControls": s3.delete_bucket_ownership_controls,
            "Tags": s3.delete_bucket_tagging,
        }
        for key, put in puts.items():
            if props.get(key) and props[key] != old.get(key):
                put(props[key])
        for key, remove in removals.items():
            if old.get(key) and not props.get(key):
                remove(Bucket=name)

    def delete(self, api: Api, physical_id: str, props: Props) -> None:  # noqa: ARG002 - one signature for all types
        """Delete the bucket, which AWS refuses while it holds objects."""
        api("s3").delete_bucket(Bucket=physical_id)

    def exists(self, api: Api, physical_id: str, props: Props) -> bool:  # noqa: ARG002 - as delete
        """Whether the account owns the bucket."""
        return _owned(api, physical_id)

    def attribute(self, api: Api, physical_id: str, props: Props, name: str) -> str:  # noqa: ARG002 - as delete
        """The ARN and the domain names."""
        return {
            "Arn": f"arn:{api.partition}:s3:::{physical_id}",
            "DomainName": f"{physical_id}.s3.amazonaws.com",
        }[name]


class BucketPolicy(ResourceType):
    """The policy of a bucket; its physical id is the bucket's name."""

    type_name = "AWS::S3::BucketPolicy"
    drifted = "MODIFIED"
    applied = required = frozenset({"Bucket", "PolicyDocument"})
    fixed = frozenset({"Bucket"})

    def create(self, api: Api, name: str, props: Props) -> str:  # noqa: ARG002 - one signature for all types
        """Put the policy; a bucket that has one already is not this stack's to change."""
        bucket = str(props["Bucket"])
        if _policy(api, bucket) is not None:
            raise Refused(f"The bucket policy already exists on bucket {bucket}.")
        self.update(api, bucket, props, {})
        return bucket

    def update(self, api: Api, physical_id: str, props: Props, old: Props) -> None:  # noqa: ARG002 - as create
        """Put the policy."""
        api("s3").put_bucket_policy(Bucket=physical_id, Policy=document(props["PolicyDocument"]))

    def delete(self, api: Api, physical_id: str, props: Props) -> None:  # noqa: ARG002 - as create
        """Take the policy away."""
        api("s3").delete_bucket_policy(Bucket=physical_id)

    def exists(self, api: Api, physical_id: str, props: Props) -> bool:  # noqa: ARG002 - as create
        """Whether the bucket has a policy."""
        return _policy(api, physical_id) is not None


def _owned(api: Api, name: str) -> bool:
    try:
        api("s3").head_bucket(Bucket=name)
    except ClientError:
        return False
    return True


def _policy(api: Api, bucket: str) -> str | None:
    try:
        return str(api("s3").get_bucket_policy(Bucket=bucket)["Policy"])
    except ClientError as error:
        if error.response["Error"]["Code"] == "NoSuchBucketPolicy":
            return None
        raise


def _encryption(rule: Props) -> Props:
    only(rule, "BucketEncryption", "ServerSideEncryptionByDefault", "BucketKeyEnabled")
    found: Props = {}
    if default := rule.get("ServerSideEncryptionByDefault"):
        found["ApplyServerSideEncryptionByDefault"] = default
    if "BucketKeyEnabled" in rule:
        found["BucketKeyEnabled"] = boolean(rule["BucketKeyEnabled"])
    return found


def _lifecycle(rule: Props) -> Props:
    """One lifecycle rule, from the words of CloudFormation to those of the API."""
    only(
        rule,
        "LifecycleConfiguration",
        "Id",
        "Status",
        "ExpirationInDays",
        "NoncurrentVersionExpiration",
    )
    found: Props = {"Status": rule["Status"], "Filter": {"Prefix": ""}} | pick(rule, ID="Id")
    if "ExpirationInDays" in rule:
        found["Expiration"] = {"Days": int(rule["ExpirationInDays"])}
    if key := pick(rule, "NoncurrentVersionExpiration"):
        found |= {name: {inner: int(days) for inner, days in value.items()} for name, value in key.items()}
    return found


def _lock(value: Props) -> Props:
    found = pick(value, "ObjectLockEnabled")
    if retention := value.get("Rule", {}).get("DefaultRetention"):
        numbers = {unit: int(retention[unit]) for unit in ("Days", "Years") if unit in retention}
        found["Rule"] = {"DefaultRetention": {"Mode": retention["Mode"], **numbers}}
    return found
