"""Where records lie in S3, as the notifications of a new file say it.

Each gives pointers, and for what names no file a reason.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_plus

from tocsin.core.record.record import Pointer, as_text

if TYPE_CHECKING:
    from collections.abc import Iterator


def of_notification(entry: dict[str, Any]) -> Pointer | str:
    """An S3 notification (S3 User Guide, "Event message structure": the key is URL-encoded)."""
    found = _object(entry["s3"], "versionId")
    if found is None:
        return "an S3 notification without bucket or key"
    return found._replace(key=unquote_plus(found.key, errors="replace"))


def of_event(detail: dict[str, Any]) -> Pointer | str:
    """An S3 event by EventBridge (S3 User Guide, "EventBridge event message structure": the key is plain)."""
    return _object(detail, "version-id") or "an S3 event without bucket or key"


def _object(value: dict[str, Any], version: str) -> Pointer | None:
    """The file that a bucket and an object name; its version stands under the name that is given."""
    bucket, item = value.get("bucket"), value.get("object")
    if not (isinstance(bucket, dict) and isinstance(item, dict)):
        return None
    name, key = as_text(bucket.get("name")), as_text(item.get("key"))
    return Pointer(name, key, as_text(item.get(version))) if name and key else None


def of_delivery(value: dict[str, Any]) -> Iterator[Pointer | str]:
    """A delivered log file, by CloudTrail itself (its User Guide, "Configuring Amazon SNS notifications")."""
    bucket = as_text(value.get("s3Bucket"))
    for key in value["s3ObjectKey"]:
        if bucket and isinstance(key, str):
            yield Pointer(bucket, key)
        else:
            yield "a CloudTrail delivery notice without bucket or key"
    if not value["s3ObjectKey"]:
        yield "a CloudTrail delivery notice that names no file"
