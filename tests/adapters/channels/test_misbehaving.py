"""Every channel over a network, against everything that a far side may do to it: it is busy, in time, and says why."""

from __future__ import annotations

import ssl
import time
from datetime import UTC, datetime, timedelta
from functools import partial

import botocore.session
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from builders import NOW
from servers import SECRET, Server, answering, dripping_head, endless, hanging_up, silent, speaking_something_else
from tocsin.adapters.aws import Clients
from tocsin.adapters.channels import called, slack_bot
from tocsin.adapters.channels.long_tail import LongTailChannel
from tocsin.adapters.channels.pagerduty import PagerDutyChannel
from tocsin.adapters.channels.posting import PostChannel, WebhookChannel, in_json
from tocsin.adapters.channels.sender import Sender
from tocsin.adapters.channels.smtp import Server as MailServer
from tocsin.adapters.channels.smtp import SmtpChannel
from tocsin.core.channels import KINDS
from tocsin.core.delivery.outcome import Answer
from tocsin.core.notice.pages import as_opsgenie
from tocsin.core.notice.slack import as_slack
from tocsin.core.notice.teams import as_teams

SECONDS = timedelta(seconds=0.6)


def posting(render, url):
    return PostChannel("ops", Sender(url, deadline=SECONDS), render)


def pager(url):
    channel = PagerDutyChannel("ops", "K" * 32, url)
    channel._post._sender._deadline = SECONDS
    return channel


def bot(url):
    return slack_bot.SlackBotChannel("ops", SECRET, "C0123456789", url)


def mail(url, *, tls="none"):
    host, port = url.split("/")[2].split(":")
    server = MailServer(host, int(port), tls, "bell", SECRET)
    return SmtpChannel("ops", server, sender="a@example.com", to=("b@example.com",), now=lambda: NOW, deadline=SECONDS)


SESSION = botocore.session.get_session()  # reads the model of each service once


def calling(make, service, url):
    origin = url.rpartition("/services")[0]
    keys = {"access_key_id": "AKIAEXAMPLE", "secret_access_key": SECRET}
    clients = Clients("us-east-1", origin, **keys, session=SESSION)
    for one in (service, "sts"):
        clients.client(one, deadline=SECONDS)
    channel = make("ops", clients)
    channel._deadline = SECONDS
    return channel


CHANNELS = {
    "slack": partial(posting, in_json(as_slack)),
    "slack-bot": bot,
    "teams": partial(posting, as_teams),
    "pagerduty": pager,
    "opsgenie": partial(posting, in_json(as_opsgenie)),
    "webhook": lambda url: WebhookChannel("ops", Sender(url, deadline=SECONDS), SECRET, lambda: NOW),
    "email": mail,
    "ses": partial(calling, lambda *to: called.ses_channel(*to, "a@x.example", ["b@x.example"], lambda: NOW), "sesv2"),
    "sns": partial(calling, lambda *to: called.sns_channel(*to, "arn:aws:sns:us-east-1:111122223333:x"), "sns"),
    "securityhub": partial(calling, lambda *to: called.hub_channel(*to, lambda: NOW), "securityhub"),
    "apprise": lambda url: LongTailChannel("ops", url.replace("http", "json", 1), 3 * SECONDS),
}
ONLY_HERE = {"terminal", "file"}
DEALS = {
    "says nothing": silent,
    "drips a byte at a time": dripping_head,
    "hangs up": hanging_up,
    "speaks something else": speaking_something_else,
    "answers without end": endless,
    "500": answering(500, "no"),
    "429": answering(429, "slow down", Retry_After="30"),
    "401": answering(401, "who are you"),
}


@pytest.fixture(autouse=True)
def _hurried(monkeypatch):
    monkeypatch.setattr(slack_bot, "_POST", SECONDS)
    monkeypatch.setattr(slack_bot, "_UPDATE", SECONDS)
    monkeypatch.setattr(called, "DEADLINE", SECONDS)


def test_every_channel_over_a_network_is_among_them():
    assert set(CHANNELS) | ONLY_HERE == set(KINDS)


@pytest.mark.parametrize("deal", DEALS.values(), ids=DEALS)
@pytest.mark.parametrize("kind", CHANNELS)
def test_whatever_the_far_side_does_a_channel_is_busy_in_time_and_keeps_its_secret(served, notice, kind, deal):
    channel = CHANNELS[kind](served(deal).url)
    began = time.monotonic()
    outcome = channel.send(notice)
    assert (outcome.answer, bool(outcome.detail), SECRET in outcome.detail) == (Answer.BUSY, True, False)
    assert time.monotonic() - began < 2 * SECONDS.total_seconds() + 10


@pytest.mark.parametrize("kind", [one for one in CHANNELS if one not in {"email", "apprise"}])
def test_a_redirect_leads_no_notice_astray(served, notice, kind):
    elsewhere = served(answering(200, "ok"))
    outcome = CHANNELS[kind](served(answering(302, Location=elsewhere.url)).url).send(notice)
    assert (outcome.answer, elsewhere.got) == (Answer.BUSY, [])


@pytest.fixture(scope="module")
def expired(tmp_path_factory):
    """A certificate that its own issuer vouches for, and which ended yesterday."""
    folder, key = tmp_path_factory.mktemp("tls"), ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    today = datetime.now(UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(today - timedelta(days=9)).not_valid_after(today - timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    pem = made.public_bytes(serialization.Encoding.PEM)
    (folder / "cert.pem").write_bytes(pem)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "both.pem").write_bytes(pem + private)
    return folder


@pytest.mark.parametrize("kind", [one for one in CHANNELS if one != "apprise"])
def test_a_certificate_that_has_expired_is_said_and_nothing_is_sent(expired, notice, kind, monkeypatch):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(expired / "both.pem")
    got = []

    def deal(_server, connection):
        with context.wrap_socket(connection, server_side=True) as wrapped:
            got.append(wrapped.recv(10))

    server = Server(deal)
    for name in ("SSL_CERT_FILE", "AWS_CA_BUNDLE"):
        monkeypatch.setenv(name, str(expired / "cert.pem"))
    url = server.url.replace("http://127.0.0.1", "https://localhost")
    channel = mail(url, tls="implicit") if kind == "email" else CHANNELS[kind](url)
    outcome = channel.send(notice)
    server.close()
    assert (outcome.answer, "expired" in outcome.detail, got) == (Answer.BUSY, True, [])
