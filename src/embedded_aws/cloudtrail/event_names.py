"""What CloudTrail calls an API call, whether it keeps a record of it, and whether it counts as read-only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tocsin.core.pattern.cloudtrail_event import SPELLED_OTHERWISE

if TYPE_CHECKING:
    from embedded_aws.calls.operations import Call

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
    return SPELLED_OTHERWISE.get(f"{call.service}.amazonaws.com", {}).get(call.operation, call.operation)


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
