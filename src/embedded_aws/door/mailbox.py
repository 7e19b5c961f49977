"""A real inbox on loopback: what is mailed to anybody arrives here."""

from __future__ import annotations

import asyncio
import email
import email.policy
import threading
import time
from typing import TYPE_CHECKING, Self

from aiosmtpd.smtp import SMTP

if TYPE_CHECKING:
    from collections.abc import Callable
    from email.message import EmailMessage

    from aiosmtpd.smtp import Envelope, Session

_START_SECONDS = 10


class Mailbox:
    """An SMTP server that keeps every message, on a free port of 127.0.0.1.

    Use it as a context manager. aiosmtpd's own Controller cannot take port 0, so the loop is run here.
    """

    def __init__(self) -> None:
        self.host = "127.0.0.1"
        self.port = 0
        self.messages: list[EmailMessage] = []
        self._arrived = threading.Condition()
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="mailbox", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        if not self._ready.wait(_START_SECONDS):
            raise RuntimeError("the mailbox did not start")
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_START_SECONDS)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        serving = self._loop.create_server(
            lambda: SMTP(self, hostname="localhost", enable_SMTPUTF8=True, loop=self._loop), self.host, 0
        )
        server = self._loop.run_until_complete(serving)
        self.port = int(server.sockets[0].getsockname()[1])
        self._ready.set()
        self._loop.run_forever()
        server.close()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.close()

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        """Keep a message; add the envelope's recipients as X-Envelope-To."""
        content = (envelope.content or b"").replace(b"\r\n", b"\n")  # lines as a file has them, not as the wire
        message = email.message_from_bytes(content, policy=email.policy.default)
        message["X-Envelope-To"] = ", ".join(envelope.rcpt_tos)
        with self._arrived:
            self.messages.append(message)
            self._arrived.notify_all()
        return "250 OK"

    def wait_for(self, predicate: Callable[[EmailMessage], bool], timeout: float = 5.0) -> EmailMessage:
        """The first message that fits, now or within ``timeout`` seconds.

        Raises:
            TimeoutError: none came.
        """
        deadline = time.monotonic() + timeout
        with self._arrived:
            while True:
                for message in self.messages:
                    if predicate(message):
                        return message
                left = deadline - time.monotonic()
                if left <= 0 or not self._arrived.wait(left):
                    subjects = ", ".join(repr(str(message["Subject"])) for message in self.messages) or "none"
                    raise TimeoutError(f"no such mail within {timeout} s; there are: {subjects}")
