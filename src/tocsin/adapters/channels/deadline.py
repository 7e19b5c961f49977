"""What every channel over a network shares: a deadline that nothing outlives, and words without what is secret."""

from __future__ import annotations

import json
import socket
import threading
from base64 import b64encode
from contextlib import suppress
from datetime import timedelta
from html import escape
from typing import TYPE_CHECKING
from urllib.parse import quote

from tocsin.core.text import inert

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

# Shorter than the lease by more than clocks may differ.
DEADLINE = timedelta(seconds=15)
LONGEST_SAID = 200
# By so much a socket's own timeout is longer, so that the deadline ends it first; and so long a thread may take to end.
MARGIN_S = 1.0


def within(deadline: timedelta, work: Callable[[], None], held: Callable[[], socket.socket | None]) -> bool:
    """Do something that may hang, in a thread; says whether it ended in time.

    Args:
        deadline: how long it may take in all; a name's lookup, which nothing can stop, goes on by itself.
        work: what to do; it keeps what came of it, and raises nothing.
        held: the socket that it uses by then, which is shut when time is up: that wakes whoever reads from it.
    """
    thread = threading.Thread(target=work, name="send", daemon=True)
    thread.start()
    thread.join(deadline.total_seconds())
    if not thread.is_alive():
        return True
    if (used := held()) is not None:
        with suppress(OSError):  # it was not connected any more
            used.shutdown(socket.SHUT_RDWR)
    thread.join(MARGIN_S)
    return False


def safe(text: str, secrets: Iterable[str]) -> str:
    """What the far side said, without what is secret, however it wrote that, and what could act."""
    forms = {form for secret in secrets if len(secret) > 1 for form in _forms(secret)}
    for form in sorted(forms, key=len, reverse=True):  # an address before the token within it
        text = text.replace(form, "***")
    return inert(text, LONGEST_SAID)


def _forms(secret: str) -> tuple[str, ...]:
    """A secret as an answer may quote it: plain, in JSON, HTML and addresses, and as Basic credentials begin."""
    encoded = b64encode(secret.encode("utf-8", "surrogatepass")).decode().rstrip("=")
    return secret, json.dumps(secret)[1:-1], secret.replace("/", "\\/"), escape(secret), quote(secret, ""), encoded[:-1]
