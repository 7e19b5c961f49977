"""The long tail: whatever service the library apprise knows (https://github.com/caronc/apprise), by its address there.

Less is known of what becomes of a notice here: apprise tells neither a status nor how long to wait, so whatever is not
taken is tried again.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from tocsin.adapters.channels.deadline import DEADLINE, safe, within
from tocsin.core.delivery.outcome import Answer, Outcome
from tocsin.core.notice.long_tail import as_title_and_body
from tocsin.errors import UsageError

if TYPE_CHECKING:
    from datetime import timedelta

    from tocsin.core.notice.notice import Notice

_TYPES = {"info": "info", "low": "info", "medium": "warning", "high": "failure", "critical": "failure"}


class LongTailChannel:
    """Fits `flows.ports.Channel`.

    Args:
        name: the channel's name in the settings.
        url: the service's address as apprise writes it, ``ntfy://topic``; it is a secret.
        deadline: how long it may take in all.

    Raises:
        UsageError: apprise is not installed, or knows no such service.
    """

    def __init__(self, name: str, url: str, deadline: timedelta = DEADLINE) -> None:
        try:
            import apprise  # noqa: PLC0415 - an extra
        except ImportError as fault:
            hint = "pip install 'tocsin[apprise]'"
            raise UsageError("this kind of channel needs the library apprise", hint=hint) from fault
        logging.getLogger("apprise").propagate = False  # it logs addresses, which are secrets
        self.name, self._url, self._deadline = name, url, deadline
        self._apprise = apprise.Apprise()
        if not self._apprise.add(url):
            raise UsageError(
                "apprise knows no such service, or its address lacks something",
                hint="https://github.com/caronc/apprise lists them, each with its address",
            )
        for service in self._apprise:
            service.overflow_mode = apprise.OverflowMode.TRUNCATE

    def send(self, notice: Notice) -> Outcome:
        """Hand the notice over; accepted is what the library takes for it."""
        title, body = as_title_and_body(notice)
        outcome: list[Outcome] = []

        def work() -> None:
            seconds = self._deadline.total_seconds()
            kind = _TYPES[str(notice.severity)]
            result = self._apprise.notify(body=body, title=title, notify_type=kind, body_format="text", timeout=seconds)
            said = "; ".join(entry.message for entry in result.logs()) or result.status.name.lower()
            answer = Answer.ACCEPTED if result else Answer.BUSY
            outcome.append(Outcome(answer, "taken by apprise" if result else safe(said, (self._url,))))

        if within(self._deadline, work, lambda: None) and outcome:
            return outcome[0]
        return Outcome(Answer.BUSY, f"no answer within {self._deadline.total_seconds():g} s")
