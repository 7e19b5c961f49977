"""The channels that post over HTTP: Slack's incoming webhook, and anybody's."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tocsin.core.notice.cloudevent import TYPE, as_cloudevent, signed
from tocsin.core.notice.slack import as_slack

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from tocsin.adapters.channels.sender import Sender
    from tocsin.core.delivery.outcome import Outcome
    from tocsin.core.notice.notice import Notice


class SlackChannel:
    """Fits `flows.ports.Channel`: a Slack incoming webhook.

    Args:
        name: the channel's name in the settings.
        sender: posts to the webhook.
    """

    def __init__(self, name: str, sender: Sender) -> None:
        self.name, self._sender = name, sender

    def send(self, notice: Notice) -> Outcome:
        """Post the notice."""
        body = json.dumps(as_slack(notice), separators=(",", ":")).encode()
        return self._sender.post(body, {"Content-Type": "application/json; charset=utf-8"})


class WebhookChannel:
    """Fits `flows.ports.Channel`: CloudEvents to anybody's webhook.

    Args:
        name: the channel's name in the settings.
        sender: posts to the webhook.
        secret: signs what is sent; ``""`` sends it unsigned.
        now: gives the time in UTC.
    """

    def __init__(self, name: str, sender: Sender, secret: str, now: Callable[[], datetime]) -> None:
        self.name, self._sender, self._secret, self._now = name, sender, secret, now

    def send(self, notice: Notice) -> Outcome:
        """Post the notice."""
        now = self._now()
        body = as_cloudevent(notice, now)
        signature = signed(body, notice.id, now, self._secret) if self._secret else {}
        return self._sender.post(body, {"Content-Type": TYPE, **signature})
