"""The channels that post over HTTP: those whose far side takes JSON of its own form, and anybody's webhook."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tocsin.core.delivery.outcome import Answer
from tocsin.core.notice.cloudevent import TYPE, as_cloudevent, signed

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from tocsin.adapters.channels.sender import Sender
    from tocsin.core.delivery.outcome import Outcome
    from tocsin.core.notice.notice import Notice


# How long to leave a channel alone that is asked too often and does not say how long.
_PAUSE = timedelta(minutes=1)


class PostChannel:
    """Fits `flows.ports.Channel`: a post of JSON, as its far side wants it.

    Args:
        name: the channel's name in the settings.
        sender: posts to the far side.
        render: gives the body of a notice.
        headers: what else is sent, a secret perhaps.
    """

    def __init__(
        self, name: str, sender: Sender, render: Callable[[Notice], bytes], headers: Mapping[str, str] | None = None
    ) -> None:
        self.name, self._sender, self._render = name, sender, render
        self._headers = {"Content-Type": "application/json; charset=utf-8", **(headers or {})}

    def send(self, notice: Notice) -> Outcome:
        """Post the notice."""
        return self.post(self._render(notice))

    def post(self, body: bytes) -> Outcome:
        """Post what is rendered already."""
        outcome = self._sender.post(body, self._headers)
        if outcome.detail.startswith("429") and outcome.answer is Answer.BUSY and outcome.retry_after is None:
            return replace(outcome, retry_after=_PAUSE)
        return outcome


def in_json(render: Callable[[Notice], dict[str, Any]]) -> Callable[[Notice], bytes]:
    """The bytes of what a renderer makes."""
    return lambda notice: json.dumps(render(notice), separators=(",", ":")).encode()


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
