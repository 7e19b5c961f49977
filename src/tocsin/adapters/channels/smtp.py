"""The mail channel: SMTP submission (RFC 6409), encrypted unless the config says otherwise."""

from __future__ import annotations

import smtplib
import ssl
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tocsin.adapters.channels.deadline import DEADLINE, MARGIN_S, safe, within
from tocsin.core.delivery.outcome import Answer, Outcome
from tocsin.core.notice.mail import as_mail

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime, timedelta
    from email.message import EmailMessage

    from tocsin.core.notice.notice import Notice

_PERMANENT = 500


@dataclass(frozen=True, slots=True)
class Server:
    """A mail server, and as whom it is spoken to.

    Attributes:
        host: its name.
        port: 587 or 465, most often.
        tls: ``starttls``, ``implicit`` or ``none``.
        user: who logs in; ``""`` for nobody.
        password: with what.
    """

    host: str
    port: int
    tls: str
    user: str = ""
    password: str = field(default="", repr=False)


class SmtpChannel:
    """Fits `flows.ports.Channel`.

    Args:
        name: the channel's name in the settings.
        server: whom to hand mails to.
        sender: the address that they come from.
        to: whom to tell.
        now: gives the time in UTC.
        deadline: how long it may take in all.
    """

    def __init__(
        self,
        name: str,
        server: Server,
        *,
        sender: str,
        to: tuple[str, ...],
        now: Callable[[], datetime],
        deadline: timedelta = DEADLINE,
    ) -> None:
        self.name, self._server, self._sender, self._to = name, server, sender, to
        self._now, self._deadline = now, deadline

    def send(self, notice: Notice) -> Outcome:
        """Hand the mail over; accepted is accepted by the server for everybody."""
        mail = as_mail(notice, self._sender, self._to, self._now())
        outcome: list[Outcome] = []
        held: list[smtplib.SMTP] = []

        def work() -> None:
            outcome.append(self._handed(mail, held))

        if within(self._deadline, work, lambda: held[0].sock if held else None):
            return outcome[0]
        return Outcome(Answer.BUSY, f"no whole answer within {self._deadline.total_seconds():g} s")

    def _handed(self, mail: EmailMessage, held: list[smtplib.SMTP]) -> Outcome:
        server, seconds = self._server, self._deadline.total_seconds() + MARGIN_S
        context = ssl.create_default_context()
        try:
            if server.tls == "implicit":
                connection: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=seconds, context=context)
            else:
                connection = smtplib.SMTP(server.host, server.port, timeout=seconds)
            held.append(connection)
            with connection:
                if server.tls == "starttls":
                    connection.starttls(context=context)
                if server.user:
                    connection.login(server.user, server.password)
                refused = connection.send_message(mail)
        except smtplib.SMTPDataError as fault:
            # The mail itself was read and refused; whatever was refused before may be otherwise tomorrow.
            answer = Answer.REFUSED if fault.smtp_code >= _PERMANENT else Answer.BUSY
            return Outcome(answer, self._safe(f"{fault.smtp_code} {_text(fault.smtp_error)}"))
        except smtplib.SMTPRecipientsRefused as fault:
            said = "; ".join(f"{one}: {code} {_text(text)}" for one, (code, text) in fault.recipients.items())
            return Outcome(Answer.BUSY, self._safe(said))
        except (OSError, smtplib.SMTPException) as fault:
            return Outcome(Answer.BUSY, self._safe(str(fault) or type(fault).__name__))
        if refused:  # some have it, and some never will: to send it again would tell the others twice
            return Outcome(Answer.ACCEPTED, self._safe(f"accepted, but not for {', '.join(refused)}"))
        return Outcome(Answer.ACCEPTED, f"accepted by {server.host}")

    def _safe(self, text: str) -> str:
        return safe(text, filter(None, [self._server.password]))


def _text(said: bytes | str) -> str:
    return said.decode("utf-8", "replace") if isinstance(said, bytes) else said
