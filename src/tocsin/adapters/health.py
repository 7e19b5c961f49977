"""What a worker shows over HTTP: whether it is well, and its figures as Prometheus reads them.

https://prometheus.io/docs/instrumenting/exposition_formats/ (text format 0.0.4).
"""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Protocol, Self

from tocsin.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    Labels = tuple[tuple[str, str], ...]

_HIGHEST_PORT = 65_535
_HINT = "one looks like 127.0.0.1:9464"


class Watched(Protocol):
    """What is shown."""

    def health(self) -> Mapping[str, object]:
        """What it is doing; ``well`` says whether all is in order."""

    def figures(self) -> Mapping[str, Mapping[Labels, float]]:
        """Its figures: by name and labels; a name that ends in ``_total`` only grows."""


class Shown:
    """A server of the two pages, on a thread of its own, while it is entered.

    Args:
        address: ``HOST:PORT``.
        watched: what is shown.

    Raises:
        UsageError: it is no address, or it is taken.
    """

    def __init__(self, address: str, watched: Watched) -> None:
        host, _, port = address.rpartition(":")
        if not host or not port.isdigit() or int(port) > _HIGHEST_PORT:
            raise UsageError(f"--listen {address}: it is no HOST:PORT", hint=_HINT)
        handler = type("Handler", (_Handler,), {"watched": watched})
        try:
            self._server = ThreadingHTTPServer((host.strip("[]"), int(port)), handler)
        except OSError as fault:
            raise UsageError(f"--listen {address}: {fault.strerror or fault}", hint=_HINT) from fault
        self.port = int(self._server.server_address[1])

    def __enter__(self) -> Self:
        """Begin to answer."""
        threading.Thread(target=self._server.serve_forever, name="health", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        """End."""
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    watched: Watched
    timeout = 5  # whoever opens a connection and says nothing is let go

    def do_GET(self) -> None:
        if self.path == "/healthz":
            health = self.watched.health()
            self._answer(200 if health["well"] else 503, "application/json", json.dumps(health))
        elif self.path == "/metrics":
            self._answer(200, "text/plain; version=0.0.4; charset=utf-8", as_text(self.watched.figures()))
        else:
            self._answer(404, "text/plain; charset=utf-8", "there are /healthz and /metrics\n")

    def _answer(self, status: int, kind: str, text: str) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nobody wants a line for every look."""


def as_text(figures: Mapping[str, Mapping[Labels, float]]) -> str:
    """Figures as Prometheus reads them."""
    lines = []
    for name, values in sorted(figures.items()):
        lines.append(f"# TYPE tocsin_{name} {'counter' if name.endswith('_total') else 'gauge'}")
        for labels, value in sorted(values.items()):
            inner = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels)
            lines.append(f"tocsin_{name}{{{inner}}} {value:g}" if inner else f"tocsin_{name} {value:g}")
    return "\n".join([*lines, ""])


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
