"""One way to send over HTTP: within a total deadline, without following anybody, reading no more than is asked for.

A server may accept a connection and say nothing, send a byte a second, redirect elsewhere or answer without end; none
of that may hold a channel longer than its deadline. So the request is made in a thread, and the socket is shut when
time is up.
RFC 9110 for what an answer means; a redirect is followed by nobody who carries a secret.
"""

from __future__ import annotations

import http.client
import ipaddress
import ssl
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from tocsin.adapters.channels.deadline import DEADLINE, MARGIN_S, safe, within
from tocsin.core.delivery.outcome import Answer, Outcome
from tocsin.errors import UsageError

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Mapping

_LARGEST_ANSWER = 64 * 1024
# What the far side will never take, however often it is sent; of everything else it may change its mind.
_REFUSALS = frozenset({400, 413, 415, 422})


@dataclass(slots=True)
class Exchange:
    """What came so far: the status decides, and the body only says why; what failed, where no status came in time.

    Attributes:
        status: 0 where none came.
        retry_after: how long the far side asked to be left alone, if it did.
        body: as far as it was read.
        failed: why no status came.
        late: whether time was up before there was one.
        headers: of the answer.
    """

    status: int = 0
    retry_after: timedelta | None = None
    body: bytes = b""
    failed: str = ""
    late: bool = False
    headers: dict[str, str] = field(default_factory=dict)


class Sender:
    """Posts to one address.

    Args:
        url: where; it is a secret.
        deadline: how long one post may take, from the name's lookup to the answer's end.
        secrets: what must not stand in what is told of an answer, beside the address.
        authorities: a file of certificates that vouch for it; ``""`` takes the machine's.

    Raises:
        UsageError: it is no address that can be posted to.
    """

    def __init__(
        self, url: str, *, deadline: timedelta = DEADLINE, secrets: tuple[str, ...] = (), authorities: str = ""
    ) -> None:
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port
        except ValueError:
            host, port, parts = None, None, urlsplit("")
        if parts.scheme not in ("http", "https") or not host:
            raise UsageError("it is no http or https address", hint="one looks like https://hooks.example.com/...")
        self._tls, self._host = parts.scheme == "https", host
        self._port = port or (443 if self._tls else 80)
        self._target = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
        self._deadline, self._authorities = deadline, authorities
        self._secrets = tuple(one for one in (url, self._target, *secrets) if len(one) > 1)

    def post(self, body: bytes, headers: Mapping[str, str]) -> Outcome:
        """Post a body. Never raises for what the far side, or the way to it, does."""
        return self.ask(body, headers)[0]

    def ask(self, body: bytes, headers: Mapping[str, str], method: str = "POST") -> tuple[Outcome, bytes]:
        """Post a body, or get what there is, with the answer's body as far as it was read; likewise."""
        came = self.exchange(body, headers, method)
        return self._outcome(came), came.body

    def exchange(self, body: bytes, headers: Mapping[str, str], method: str = "POST") -> Exchange:
        """What came, as it came; likewise."""
        connection, came = self._connection(), Exchange()

        def work() -> None:
            try:
                self._exchange(connection, method, body, headers, came)
            except (OSError, http.client.HTTPException, ValueError) as fault:
                came.failed = str(fault) or type(fault).__name__

        def held() -> socket.socket | None:
            came.late = True  # what is read from a socket that was shut is no head
            return connection.sock

        ended = within(self._deadline, work, held)
        connection.close()
        if not ended and not came.status:
            return Exchange(failed=f"no answer within {self._deadline.total_seconds():g} s")
        return came

    def _connection(self) -> http.client.HTTPConnection:
        scheme = "https" if self._tls else "http"
        direct = _is_this_machine(self._host) or proxy_bypass(self._host)
        proxy = "" if direct else getproxies().get(scheme, "")
        seconds = self._deadline.total_seconds() + MARGIN_S  # the deadline ends it first
        at = urlsplit(proxy if "//" in proxy else f"//{proxy}") if proxy else None
        host, port = (at.hostname or self._host, at.port or 3128) if at else (self._host, self._port)
        if self._tls:
            context = ssl.create_default_context(cafile=self._authorities or None)
            connection: http.client.HTTPConnection = http.client.HTTPSConnection(
                host, port, timeout=seconds, context=context
            )
        else:
            connection = http.client.HTTPConnection(host, port, timeout=seconds)
        if at:
            connection.set_tunnel(self._host, self._port)
        return connection

    def _exchange(
        self,
        connection: http.client.HTTPConnection,
        method: str,
        body: bytes,
        headers: Mapping[str, str],
        came: Exchange,
    ) -> None:
        connection.request(method, self._target, body or None, {"User-Agent": "tocsin", "Accept": "*/*", **headers})
        answer = connection.getresponse()
        if came.late:
            return
        came.retry_after = _retry_after(answer.getheader("Retry-After", ""))
        came.headers = dict(answer.getheaders())
        came.status = answer.status
        while len(came.body) < _LARGEST_ANSWER and (part := answer.read1(_LARGEST_ANSWER)):
            came.body += part

    def _outcome(self, came: Exchange) -> Outcome:
        if not came.status:
            return Outcome(Answer.BUSY, self._safe(came.failed or "no answer"))
        text = came.body.decode("utf-8", "replace")  # whole: a secret may stand where it is cut
        said = self._safe(f"{came.status} {text}".strip())
        if 200 <= came.status < 300:  # noqa: PLR2004 - RFC 9110, section 15.3
            return Outcome(Answer.ACCEPTED, said)
        return Outcome(Answer.REFUSED if came.status in _REFUSALS else Answer.BUSY, said, came.retry_after)

    def _safe(self, text: str) -> str:
        return safe(text, self._secrets)


def _retry_after(text: str, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> timedelta | None:
    """How long to wait: RFC 9110, section 10.2.3: seconds, or a date."""
    if text.strip().isdigit():
        return timedelta(seconds=min(int(text.strip()), 10**8))
    try:
        return max(parsedate_to_datetime(text) - now(), timedelta(0))
    except (ValueError, TypeError):
        return None


def _is_this_machine(host: str) -> bool:
    """Whether a host is this machine, which no proxy can reach for us."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
