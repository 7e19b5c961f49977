"""The channel that is a Slack bot: an incident is a thread, and people acknowledge it by a reaction."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from tocsin.adapters.channels.sender import Sender
from tocsin.core.delivery.outcome import Answer, Outcome
from tocsin.core.notice.slack_bot import THREAD_GONE, as_acknowledged, as_post, as_update, nods, said

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tocsin.core.delivery.outcome import Nod
    from tocsin.core.notice.notice import Notice

# Together they are within the time that a channel has.
_POST, _UPDATE = timedelta(seconds=9), timedelta(seconds=5)


class SlackBotChannel:
    """Fits `flows.ports.Answering`.

    Args:
        name: the channel's name in the settings.
        token: the bot's.
        channel: the id of the Slack channel (``C0123456789``): by a name nothing can be updated.
        api: where Slack's API is.
    """

    asks = True

    def __init__(self, name: str, token: str, channel: str, api: str) -> None:
        self.name, self._channel, self._api, self._token = name, channel, api.rstrip("/"), token
        self._sender("chat.postMessage", _POST)  # an address that is none is said before anything starts

    def _sender(self, method: str, deadline: timedelta) -> Sender:
        return Sender(f"{self._api}/{method}", deadline=deadline, secrets=(self._token,))

    def _call(self, method: str, arguments: dict[str, Any], deadline: timedelta) -> tuple[Outcome, dict[str, Any]]:
        form = method == "conversations.replies"  # which takes no JSON
        body = urlencode(arguments) if form else json.dumps(arguments, separators=(",", ":"))
        kind = "application/x-www-form-urlencoded" if form else "application/json; charset=utf-8"
        headers = {"Content-Type": kind, "Authorization": f"Bearer {self._token}"}
        return said(*self._sender(method, deadline).ask(body.encode(), headers))

    def send(self, notice: Notice) -> Outcome:
        """Post the notice, in its incident's thread if there is one, and bring the first message up to date."""
        outcome, held = self._call("chat.postMessage", as_post(notice, self._channel), _POST)
        if notice.thread and held.get("error") in THREAD_GONE:
            alone = notice._replace(thread="")
            return self._call("chat.postMessage", as_post(alone, self._channel), _UPDATE)[0]
        if outcome.answer is not Answer.ACCEPTED or not notice.thread:
            return outcome
        updated, _ = self._call("chat.update", as_update(notice, self._channel), _UPDATE)
        detail = "ok" if updated.answer is Answer.ACCEPTED else f"ok; the first message is as it was: {updated.detail}"
        return Outcome(Answer.ACCEPTED, detail, thread=notice.thread)

    def heard(self, incident: str, thread: str) -> Sequence[Nod]:
        """Who has reacted to a message of the incident's thread."""
        if not thread:
            return ()
        arguments = {"channel": self._channel, "ts": thread, "limit": 200, "include_all_metadata": "true"}
        return nods(self._call("conversations.replies", arguments, _UPDATE)[1], incident)

    def acknowledged(self, incident: str, thread: str, who: str) -> Outcome:  # noqa: ARG002 - the port's
        """Say in the incident's thread who has seen it."""
        if not thread:
            return Outcome(Answer.ACCEPTED, "it was never told there by itself")
        return self._call("chat.postMessage", as_acknowledged(self._channel, thread, who), _UPDATE)[0]
