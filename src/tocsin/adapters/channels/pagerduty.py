"""The channel that is PagerDuty: an alert an incident, which is resolved when somebody has seen it elsewhere."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from tocsin.adapters.channels.posting import PostChannel, in_json
from tocsin.adapters.channels.sender import Sender
from tocsin.core.notice.pages import as_pagerduty, as_resolved, nods

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tocsin.core.delivery.outcome import Nod, Outcome
    from tocsin.core.notice.notice import Notice


class PagerDutyChannel:
    """Fits `flows.ports.Answering`.

    Args:
        name: the channel's name in the settings.
        key: the routing key of a service's integration.
        url: where events go.
        token: of the REST API, by which it is asked who has acknowledged; ``""`` asks nobody.
        api: where that is.
    """

    def __init__(self, name: str, key: str, url: str, token: str = "", api: str = "https://api.pagerduty.com") -> None:
        self.name, self._key, self._token, self._api = name, key, token, api.rstrip("/")
        self.asks = bool(token)
        self._post = PostChannel(name, Sender(url, secrets=(key,)), in_json(partial(as_pagerduty, key=key)))
        self._asking("")  # an address that is none is said before anything starts

    def _asking(self, incident: str) -> Sender:
        asked = [("incident_key", incident), ("statuses[]", "acknowledged"), ("statuses[]", "resolved")]
        return Sender(f"{self._api}/incidents?{urlencode(asked)}", secrets=(self._token,))

    def send(self, notice: Notice) -> Outcome:
        """Raise the incident's alert, or add to it while it is open."""
        return self._post.send(notice)

    def heard(self, incident: str, thread: str) -> Sequence[Nod]:  # noqa: ARG002 - the port's
        """Who has acknowledged or resolved the incident there."""
        headers = {"Authorization": f"Token token={self._token}", "Accept": "application/vnd.pagerduty+json;version=2"}
        return nods(self._asking(incident).ask(b"", headers, "GET")[1], incident)

    def acknowledged(self, incident: str, thread: str, who: str) -> Outcome:  # noqa: ARG002 - the port's; events name nobody
        """Resolve the incident's alert: what comes after raises a new one."""
        return self._post.post(json.dumps(as_resolved(incident, self._key)).encode())
