"""Servers on a port of their own, which do with each connection what they are told to, and most of it is bad."""

from __future__ import annotations

import contextlib
import socket
import threading
import time

SECRET = "T000/B000/very-secret"


class Server:
    """Listens on a port of its own, and does with each connection what it is told to."""

    def __init__(self, deal):
        self._deal = deal
        self.got = []
        self._open = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}/services/{SECRET}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self._open.append(connection)
            threading.Thread(target=self._one, args=(connection,), daemon=True).start()

    def _one(self, connection):
        with connection, contextlib.suppress(OSError):
            self._deal(self, connection)

    def read(self, connection):
        """A whole request: its head and its body."""
        data = b""
        while b"\r\n\r\n" not in data:
            data += connection.recv(65536)
        head, _, body = data.partition(b"\r\n\r\n")
        length = int(
            next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")).split(b":")[1]
        )
        while len(body) < length:
            body += connection.recv(65536)
        self.got.append((head.decode(), body))
        return body

    def close(self):
        """Hang up on everybody."""
        for one in (self._socket, *self._open):
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()


def answering(status, body="", *, read=True, **headers):
    lines = [f"HTTP/1.1 {status} X", *(f"{key.replace('_', '-')}: {value}" for key, value in headers.items())]

    def deal(server, connection):
        if read:
            server.read(connection)
        said = body.encode()
        connection.sendall("\r\n".join([*lines, f"Content-Length: {len(said)}", "", ""]).encode() + said)

    return deal


def silent(_server, connection):
    connection.recv(10)
    time.sleep(20)


def dripping_head(server, connection):
    server.read(connection)
    for byte in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"x" * 1000:
        connection.sendall(bytes([byte]))
        time.sleep(0.1)


def dripping_body(server, connection):
    server.read(connection)
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    for _ in range(1000):
        connection.sendall(b"x")
        time.sleep(0.1)


def endless(server, connection):
    server.read(connection)
    connection.sendall(b"HTTP/1.1 500 X\r\nContent-Length: 1000000000\r\n\r\n")
    while True:
        connection.sendall(b"x" * 65536)


def hanging_up(_server, connection):
    connection.close()


def speaking_something_else(_server, connection):
    connection.sendall(b"\x00\xff not http\r\n\r\n")
