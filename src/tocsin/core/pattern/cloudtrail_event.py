"""What EventBridge makes of a CloudTrail record: the event that a pattern is asked about.

AWS EventBridge User Guide, "AWS service events delivered via AWS CloudTrail".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

DETAIL_TYPES: Final = {
    "AwsApiCall": "AWS API Call via CloudTrail",
    "AwsServiceEvent": "AWS Service Event via CloudTrail",
    "AwsConsoleAction": "AWS Console Action via CloudTrail",
    "AwsConsoleSignIn": "AWS Console Sign In via CloudTrail",
    "AwsVpceEvent": "AWS Network Activity Event via CloudTrail",
}
"""The detail-type of each ``eventType``."""

API_CALL: Final = DETAIL_TYPES["AwsApiCall"]

# "Logging Lambda API calls using AWS CloudTrail" (Lambda Developer Guide) and "Amazon S3 CloudTrail events" (S3 User
# Guide) list where the event's name is not the API's.
SPELLED_OTHERWISE: Final[dict[str, dict[str, str]]] = {
    "lambda.amazonaws.com": {
        "AddPermission": "AddPermission20150331v2",
        "CreateAlias": "CreateAlias20150331",
        "CreateEventSourceMapping": "CreateEventSourceMapping20150331",
        "CreateFunction": "CreateFunction20150331",
        "DeleteAlias": "DeleteAlias20150331",
        "DeleteEventSourceMapping": "DeleteEventSourceMapping20150331",
        "DeleteFunction": "DeleteFunction20150331",
        "DeleteFunctionConcurrency": "DeleteFunctionConcurrency20171031",
        "GetAlias": "GetAlias20150331",
        "GetEventSourceMapping": "GetEventSourceMapping20150331",
        "GetFunction": "GetFunction20150331v2",
        "GetFunctionConfiguration": "GetFunctionConfiguration20150331v2",
        "GetPolicy": "GetPolicy20150331v2",
        "ListEventSourceMappings": "ListEventSourceMappings20150331",
        "ListFunctions": "ListFunctions20150331",
        "ListTags": "ListTags20170331",
        "PublishLayerVersion": "PublishLayerVersion20181031",
        "PublishVersion": "PublishVersion20150331",
        "PutFunctionConcurrency": "PutFunctionConcurrency20171031",
        "RemovePermission": "RemovePermission20150331v2",
        "TagResource": "TagResource20170331v2",
        "UntagResource": "UntagResource20170331v2",
        "UpdateAlias": "UpdateAlias20150331",
        "UpdateEventSourceMapping": "UpdateEventSourceMapping20150331",
        "UpdateFunctionCode": "UpdateFunctionCode20150331v2",
        "UpdateFunctionConfiguration": "UpdateFunctionConfiguration20150331v2",
    },
    "s3.amazonaws.com": {
        "DeletePublicAccessBlock": "DeleteBucketPublicAccessBlock",
        "GetBucketLifecycleConfiguration": "GetBucketLifecycle",
        "GetBucketNotificationConfiguration": "GetBucketNotification",
        "GetObjectLockConfiguration": "GetBucketObjectLockConfiguration",
        "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
        "PutBucketLifecycleConfiguration": "PutBucketLifecycle",
        "PutBucketNotificationConfiguration": "PutBucketNotification",
        "PutObjectLockConfiguration": "PutBucketObjectLockConfiguration",
        "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
    },
}
"""By event source: the API's name, and the event name that CloudTrail writes in its place."""


def cloudtrail_event(record: Mapping[str, Any], event_id: str, account: str) -> dict[str, Any]:
    """The EventBridge event of a record.

    Args:
        record: one CloudTrail entry; a field that is absent or of an odd type becomes ``""`` in the envelope.
        event_id: the event's own id, which AWS makes anew.
        account: the account it happened in.
    """
    kind = record.get("eventType")
    return {
        "version": "0",
        "id": event_id,
        "detail-type": DETAIL_TYPES.get(kind, API_CALL) if isinstance(kind, str) else API_CALL,
        "source": f"aws.{_text(record, 'eventSource').partition('.')[0]}",
        "account": account,
        "time": _text(record, "eventTime"),
        "region": _text(record, "awsRegion"),
        "resources": [],
        "detail": record,
    }


def _text(record: Mapping[str, Any], key: str) -> str:
    value = record.get(key)
    return value if isinstance(value, str) else ""
