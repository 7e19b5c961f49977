"""What CloudTrail calls an API call, whether it keeps a record of it, and whether it counts as read-only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from embedded_aws.calls.operations import Call

# "Logging Lambda API calls using AWS CloudTrail" (Lambda Developer Guide) and "Amazon S3 CloudTrail events"
# (S3 User Guide) list where the event's name is not the API's.
_EVENT_NAMES: Final = {
    "lambda": {
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
    "s3": {
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

# Data events are in no trail by default: "Logging data events" (CloudTrail User Guide) and the CloudTrail
# page of each service's guide. In S3 every operation on an object is one.
_DATA_EVENTS: Final = {
    "cloudwatch": {
        "GetMetricData",
        "GetMetricStatistics",
        "GetMetricWidgetImage",
        "ListMetrics",
        "PutMetricData",
    },
    "dynamodb": {
        "BatchExecuteStatement",
        "BatchGetItem",
        "BatchWriteItem",
        "DeleteItem",
        "ExecuteStatement",
        "ExecuteTransaction",
        "GetItem",
        "PutItem",
        "Query",
        "Scan",
        "TransactGetItems",
        "TransactWriteItems",
        "UpdateItem",
    },
    "dynamodbstreams": {"GetRecords", "GetShardIterator"},
    "events": {"PutEvents"},
    "kinesis": {"GetRecords", "GetShardIterator", "PutRecord", "PutRecords"},
    "lambda": {"Invoke", "InvokeAsync", "InvokeWithResponseStream"},
    "logs": {"PutLogEvents"},
    "s3": {
        "HeadBucket",
        "ListMultipartUploads",
        "ListObjects",
        "ListObjectsV2",
        "ListObjectVersions",
        "DeleteObjects",
    },
    "sns": {"Publish", "PublishBatch"},
    "sqs": {
        "ChangeMessageVisibility",
        "ChangeMessageVisibilityBatch",
        "DeleteMessage",
        "DeleteMessageBatch",
        "ReceiveMessage",
        "SendMessage",
        "SendMessageBatch",
    },
}

_READING: Final = (
    "Get",
    "List",
    "Describe",
    "Head",
    "Lookup",
    "BatchGet",
    "Check",
    "Decode",
    "Estimate",
    "Query",
    "Scan",
    "Search",
    "Simulate",
    "TestEventPattern",
    "Validate",
    "View",
    "AssumeRole",
    "GenerateCredentialReport",
)

# Services whose events carry the version of their API ("apiVersion", CloudTrail record contents).
API_VERSIONS: Final = {"logs": "20140328", "dynamodb": "2012-08-10"}

_SOURCES: Final = {"email": "ses.amazonaws.com"}


def event_name(call: Call) -> str:
    """Return `eventName` as CloudTrail spells it."""
    return _EVENT_NAMES.get(call.service, {}).get(call.operation, call.operation)


def event_source(call: Call) -> str:
    """Return `eventSource`: the service's host name without a Region."""
    return _SOURCES.get(call.signing_name, f"{call.signing_name}.amazonaws.com")


def is_data_event(call: Call) -> bool:
    """Tell whether CloudTrail counts the call as a data event."""
    if call.service == "s3" and call.params.get("Key") is not None:
        return True
    return call.operation in _DATA_EVENTS.get(call.service, set())


def is_read_only(call: Call) -> bool:
    """Tell whether the call changes nothing; AssumeRole counts as such, as in real records."""
    return call.operation.startswith(_READING)
