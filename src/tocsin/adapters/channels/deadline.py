"""What every channel over a network shares: a deadline that nothing outlives, and words without what is secret."""

from __future__ import annotations

import socket
import threading
from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING

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
    """What the far side said, without what is secret and what could act."""
    for secret in secrets:
        text = text.replace(secret, "***")
    return inert(text, LONGEST_SAID)
