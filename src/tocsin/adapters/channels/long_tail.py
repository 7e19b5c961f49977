"""The long tail: whatever service the library apprise knows (https://github.com/caronc/apprise), by its address there.

The library reads an answer whole, however long it is, and has nothing that stops it for sure. So each notice is handed
over by a process of its own, which ends when the time is up. Less is known of what becomes of a notice here: apprise
tells neither a status nor how long to wait, so whatever is not taken is tried again.
"""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING

from tocsin.adapters.channels.deadline import DEADLINE, safe
from tocsin.core.delivery.outcome import Answer, Outcome
from tocsin.core.notice.long_tail import as_title_and_body
from tocsin.errors import UsageError

if TYPE_CHECKING:
    from datetime import timedelta

    from tocsin.core.notice.notice import Notice

_TYPES = {"info": "info", "low": "info", "medium": "warning", "high": "failure", "critical": "failure"}
# What the process may take: an answer without end ends it before this machine is full.
_MOST_MEMORY = 1 << 30
_UNKNOWN = 3
_CHECK_S = 30.0


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
        if find_spec("apprise") is None:
            hint = "pip install 'tocsin[apprise]'"
            raise UsageError("this kind of channel needs the library apprise", hint=hint)
        self.name, self._url, self._deadline = name, url, deadline
        if _process({"url": url}, _CHECK_S).returncode == _UNKNOWN:
            raise UsageError(
                "apprise knows no such service, or its address lacks something",
                hint="https://github.com/caronc/apprise lists them, each with its address",
            )

    def send(self, notice: Notice) -> Outcome:
        """Hand the notice over; accepted is what the library takes for it."""
        title, body = as_title_and_body(notice)
        seconds = self._deadline.total_seconds()
        told = {"url": self._url, "title": title, "body": body, "notify_type": _TYPES[str(notice.severity)]}
        try:
            ended = _process(told, seconds)
        except subprocess.TimeoutExpired:
            return Outcome(Answer.BUSY, f"no answer within {seconds:g} s")
        except OSError as fault:
            return Outcome(Answer.BUSY, f"apprise could not be started: {fault.strerror or fault}")
        if ended.returncode == 0:
            return Outcome(Answer.ACCEPTED, "taken by apprise")
        said = ended.stdout.decode("utf-8", "replace").strip() or f"apprise ended with {ended.returncode}"
        return Outcome(Answer.BUSY, safe(said, (self._url,)))


def _process(told: dict[str, str], seconds: float) -> subprocess.CompletedProcess[bytes]:
    """Hand over in a process of its own; the address goes where no list of processes shows it."""
    command = [sys.executable, "-m", "tocsin.adapters.channels.long_tail"]
    given = json.dumps(told).encode()
    return subprocess.run(command, input=given, capture_output=True, timeout=seconds, check=False)  # noqa: S603 - our own


def main() -> int:
    """What the process does: tell what standard input says, or only see whether the address is known.

    Returns:
        0 taken, 1 not taken, which is explained on standard output, `_UNKNOWN` no such service.
    """
    import resource  # noqa: PLC0415 - in the process alone

    import apprise  # noqa: PLC0415 - an extra

    resource.setrlimit(resource.RLIMIT_AS, (_MOST_MEMORY, _MOST_MEMORY))
    told = json.load(sys.stdin)
    service = apprise.Apprise.instantiate(told.pop("url"), suppress_exceptions=True)
    if service is None:
        return _UNKNOWN
    if not told:
        return 0
    service.overflow_mode = apprise.OverflowMode.TRUNCATE
    sender = apprise.Apprise()
    sender.add(service)
    result = sender.notify(**told, body_format="text")
    sys.stdout.write("; ".join(entry.message for entry in result.logs()))
    return 0 if result else 1


if __name__ == "__main__":
    sys.exit(main())
