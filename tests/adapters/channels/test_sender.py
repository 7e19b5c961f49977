"""The one way to send over HTTP, against servers that misbehave: nothing holds it, nothing leads it astray."""

from __future__ import annotations

import json
import socket
import time
from datetime import UTC, datetime, timedelta

import pytest

from servers import SECRET, answering, dripping_body, dripping_head, silent
from tocsin.adapters.channels.sender import Sender, _retry_after
from tocsin.core.delivery.outcome import Answer
from tocsin.errors import UsageError


def post(server, seconds=2.0, body=b"{}"):
    began = time.monotonic()
    outcome = Sender(server.url, deadline=timedelta(seconds=seconds)).post(body, {"Content-Type": "application/json"})
    assert time.monotonic() - began < seconds + 5  # it ends, whatever the server does
    assert SECRET not in outcome.detail
    return outcome


@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (200, Answer.ACCEPTED), (204, Answer.ACCEPTED), (202, Answer.ACCEPTED),
        (400, Answer.REFUSED), (413, Answer.REFUSED), (422, Answer.REFUSED),
        (301, Answer.BUSY), (302, Answer.BUSY), (307, Answer.BUSY), (401, Answer.BUSY), (403, Answer.BUSY),
        (404, Answer.BUSY), (408, Answer.BUSY), (410, Answer.BUSY), (429, Answer.BUSY), (500, Answer.BUSY),
        (503, Answer.BUSY),
    ],
)  # fmt: skip
def test_only_what_will_never_be_taken_is_refused(served, status, answer):
    outcome = post(served(answering(status, "why" if status != 204 else "")))
    assert (outcome.answer, outcome.detail.startswith(str(status))) == (answer, True)


def test_what_is_sent_is_what_comes(served):
    server = served(answering(200, "ok"))
    assert post(server, body=json.dumps({"text": "é"}).encode()).detail == "200 ok"
    [(head, body)] = server.got
    assert head.startswith(f"POST /services/{SECRET} HTTP/1.1")
    assert json.loads(body) == {"text": "é"}


def test_a_redirect_is_followed_by_nobody_who_carries_a_secret(served):
    other = served(answering(200))
    post(served(answering(302, Location=other.url)))
    assert other.got == []


def test_how_long_to_wait_is_heard(served):
    outcome = post(served(answering(429, "slow down", Retry_After="30")))
    assert outcome.retry_after == timedelta(seconds=30)


NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("5", timedelta(seconds=5)),
        ("Mon, 23 Nov 2026 12:01:00 GMT", timedelta(minutes=1)),
        ("Mon, 23 Nov 2026 11:00:00 GMT", timedelta(0)),
        ("9" * 400, timedelta(seconds=10**8)),
        ("soon", None),
        ("", None),
        ("-5", None),
    ],
)
def test_how_long_to_wait_is_seconds_or_a_date(text, expected):
    assert _retry_after(text, lambda: NOON) == expected


@pytest.mark.parametrize("deal", [silent, dripping_head])
def test_nothing_holds_it_longer_than_its_deadline(served, deal):
    outcome = post(served(deal), seconds=0.5)
    assert (outcome.answer, outcome.detail) == (Answer.BUSY, "no answer within 0.5 s")


def test_a_status_is_an_answer_however_slowly_it_is_explained(served):
    """It has taken it: to send it again would tell somebody twice."""
    outcome = post(served(dripping_body), seconds=0.5)
    assert (outcome.answer, outcome.detail.startswith("200 x")) == (Answer.ACCEPTED, True)


def test_an_answer_without_end_is_read_no_further_than_is_asked_for(served):
    sent = []

    def endless(server, connection):
        server.read(connection)
        connection.sendall(b"HTTP/1.1 500 X\r\nContent-Length: 1000000000\r\n\r\n")
        while True:
            sent.append(connection.send(b"x" * 65536))

    outcome = post(served(endless))
    assert (outcome.answer, len(outcome.detail) <= 200) == (Answer.BUSY, True)
    assert sum(sent) < 50_000_000


@pytest.mark.parametrize(
    "deal",
    [lambda _, connection: connection.close(), lambda _, connection: connection.sendall(b"\x00\xff not http\r\n\r\n")],
    ids=["hangs up", "speaks something else"],
)
def test_what_is_no_answer_is_busy(served, deal):
    assert post(served(deal)).answer is Answer.BUSY


def test_nobody_there_is_busy():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    assert Sender(f"http://127.0.0.1:{port}/{SECRET}").post(b"", {}).answer is Answer.BUSY


def test_a_certificate_that_nobody_vouches_for_is_busy_and_gets_nothing(served):
    server = served(answering(200))
    outcome = Sender(server.url.replace("http:", "https:"), deadline=timedelta(seconds=2)).post(b"secret body", {})
    assert (outcome.answer, server.got) == (Answer.BUSY, [])


def test_what_the_far_side_says_is_inert_and_without_the_secret(served):
    outcome = post(served(answering(500, f"\x1b[31m no such hook /services/{SECRET} \u202e")))
    assert outcome.detail == "500 \\x1b[31m no such hook *** \\u202e"


@pytest.mark.parametrize(
    "url", ["", "hooks.example.com", "ftp://x/y", "file:///etc/passwd", "http://", "http://[::1", "http://x:99999999/"]
)
def test_what_is_no_address_is_refused_before_anything_is_sent(url):
    with pytest.raises(UsageError, match="no http or https address"):
        Sender(url)


@pytest.mark.parametrize(
    ("host", "ours"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("localhost", True),
        ("10.0.0.1", False),
        ("a.test", False),
    ],
)
def test_a_proxy_is_asked_for_other_machines_alone(monkeypatch, host, ours):
    monkeypatch.setenv("http_proxy", "http://user:pass@proxy.test:8080")
    monkeypatch.delenv("no_proxy", raising=False)
    connection = Sender(f"http://{f'[{host}]' if ':' in host else host}/x")._connection()
    assert connection.host == (host if ours else "proxy.test")
