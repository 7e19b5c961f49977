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
}
"""The detail-type of each ``eventType``."""

API_CALL: Final = DETAIL_TYPES["AwsApiCall"]


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
