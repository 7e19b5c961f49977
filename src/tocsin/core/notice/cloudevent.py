"""A notice as a CloudEvent, signed as Standard Webhooks has it.

https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md (structured mode) and
https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md (HMAC-SHA256 over id, time
and body).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import TYPE_CHECKING

from tocsin.core.notice.render import as_data

if TYPE_CHECKING:
    from datetime import datetime

    from tocsin.core.notice.notice import Notice

TYPE = "application/cloudevents+json; charset=utf-8"
_PREFIX = "whsec_"


def as_cloudevent(notice: Notice, now: datetime) -> bytes:
    """The body: one CloudEvent, whose id is the same however often the notice is sent."""
    event = {
        "specversion": "1.0",
        "id": notice.id,
        "source": f"/tocsin/{notice.account or 'unknown'}",
        "type": "dev.tocsin.notice.v1",
        "subject": notice.incident,
        "time": f"{now:%Y-%m-%dT%H:%M:%SZ}",
        "datacontenttype": "application/json",
        "data": as_data(notice),
    }
    return json.dumps(event, separators=(",", ":")).encode("ascii")


def signed(body: bytes, event_id: str, now: datetime, secret: str) -> dict[str, str]:
    """The headers that sign a body.

    Args:
        body: as it is sent.
        event_id: of the event.
        now: when it is sent; a receiver refuses what is too old.
        secret: shared with the receiver: ``whsec_`` and base64, or any text.
    """
    at = str(int(now.timestamp()))
    key = base64.b64decode(secret.removeprefix(_PREFIX)) if secret.startswith(_PREFIX) else secret.encode()
    digest = hmac.new(key, b".".join((event_id.encode(), at.encode(), body)), hashlib.sha256).digest()
    return {
        "webhook-id": event_id,
        "webhook-timestamp": at,
        "webhook-signature": f"v1,{base64.b64encode(digest).decode()}",
    }
