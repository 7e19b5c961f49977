"""Secrets that are canaries: a far side that answers with all that it was sent, and no output or log that sings."""

from __future__ import annotations

import base64
import json
import socket
import threading
import time
from html import escape
from urllib.parse import quote

import pytest
from aiosmtpd.controller import Controller

from builders import entry, message_of
from servers import Server, answering
from tocsin import config
from tocsin.adapters.aws import Clients
from tocsin.adapters.sqlite.store import SqliteStore
from tocsin.entry.cli import run
from tocsin.entry.cli.serve.worker import _in_json, _in_words
from tocsin.wiring.channels import built
from tocsin.wiring.responder import responder_of
from tocsin.wiring.worker import Worker

# Each has letters that formats write otherwise; "canary" stands in all of them, and nowhere else.
SECRETS = {
    name: f"canary-{name}/+&<{number:04}>" for number, name in enumerate(
        ("slack", "bot", "teams", "pager", "rest", "opsgenie", "hook", "signing", "mail", "apprise", "aws")
    )
}  # fmt: skip
CONFIG = """
store = "s.db"
give_up = "1m"
[channels.slack]
kind = "slack"
url = "env:SLACK"
[channels.bot]
kind = "slack-bot"
token = "env:BOT"
channel = "C0123456789"
api = "{url}"
[channels.teams]
kind = "teams"
url = "env:TEAMS"
[channels.pager]
kind = "pagerduty"
key = "env:PAGER"
url = "{url}"
token = "env:REST"
api = "{url}"
[channels.opsgenie]
kind = "opsgenie"
key = "env:OPSGENIE"
url = "{url}"
[channels.hook]
kind = "webhook"
url = "env:HOOK"
secret = "env:SIGNING"
[channels.mail]
kind = "email"
host = "127.0.0.1"
port = {port}
tls = "none"
from = "a@example.com"
to = "b@example.com"
user = "bell"
password = "env:MAIL"
[channels.apprise]
kind = "apprise"
url = "env:APPRISE"
[channels.topic]
kind = "sns"
topic = "arn:aws:sns:us-east-1:111122223333:bell"
"""


def echo(status):
    def deal(server, connection):
        data = connection.recv(65536)
        head, _, body = data.partition(b"\r\n\r\n")
        length = next((line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), b": 0")
        while len(body) < int(length.split(b":")[1]):
            body += connection.recv(65536)
        text = (head + b" " + body).decode("latin-1")
        said = " ".join((text, json.dumps(text), quote(text, ""), escape(text)))
        server.got.append(text)
        answering(status, said, read=False)(server, connection)

    return deal


class Mail:
    async def handle_DATA(self, server, session, envelope):  # noqa: N802 - aiosmtpd's name
        return f"451 {SECRETS['mail']} later"


@pytest.fixture
def mail():
    def check(server, session, envelope, mechanism, data):
        raise ValueError(data.password.decode())

    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(Mail(), hostname="127.0.0.1", port=port, authenticator=check, auth_require_tls=False)
    controller.start()
    yield port
    controller.stop()


@pytest.fixture(params=[500, 400, 200])
def far(request):
    server = Server(echo(request.param))
    yield server
    server.close()


@pytest.fixture
def environ(far, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    origin = far.url.rpartition("/services")[0]
    safe = {name: quote(secret, "") for name, secret in SECRETS.items()}
    held = {
        "SLACK": f"{origin}/{safe['slack']}",
        "TEAMS": f"{origin}/{safe['teams']}",
        "HOOK": f"{origin}/{safe['hook']}",
        "APPRISE": f"{origin.replace('http', 'json')}/{safe['apprise']}",
        **{name.upper(): SECRETS[name] for name in ("bot", "pager", "rest", "opsgenie", "signing", "mail")},
        "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE",
        "AWS_SECRET_ACCESS_KEY": SECRETS["aws"],
        "AWS_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": origin,
    }
    for name, value in held.items():
        monkeypatch.setenv(name, value)
    return held


def sings(text):
    """Whether a canary stands in a text, in whatever form."""
    encoded = [base64.b64encode(one.encode()).decode()[:16] for one in SECRETS.values()]
    return [one for one in ("canary", *encoded) if one in text]


def test_no_secret_stands_in_any_output_or_log(far, environ, mail, tmp_path, capsys):
    (tmp_path / "tocsin.toml").write_text(CONFIG.format(url=far.url.rpartition("/services")[0], port=mail))
    for arguments in (["channels", "test"], ["channels", "test", "--json"], ["channels", "list"]):
        run(arguments)
        out, err = capsys.readouterr()
        assert not sings(out + err), arguments
    assert any("canary" in one for one in far.got)  # they were sent

    chosen = config.settings(tmp_path / "tocsin.toml", {})
    channels = built(chosen, lambda: Clients("us-east-1"), _Nowhere(), 80)
    assert not sings(repr([chosen, channels, [vars(one) for one in channels if "Nowhere" in repr(one)]]))
    store = SqliteStore(tmp_path / "s.db")
    _worked(responder_of(chosen, channels, store), len(channels))
    out, err = capsys.readouterr()
    assert "told" in err
    assert not sings(out + err)
    [incident] = {row.incident for row in store.tellings() if row.key.family == "identity"}
    store.close()
    for arguments in (
        ["incidents", "list"],
        ["incidents", "show", incident],
        ["incidents", "show", incident, "--json"],
    ):
        run([*arguments, *(["--days", "3660"] if "list" in arguments else [])])
        out, err = capsys.readouterr()
        assert not sings(out + err), arguments
    assert not [file.name for file in tmp_path.glob("s.db*") if sings(file.read_bytes().decode("latin-1"))]


class _Nowhere:
    encoding = "utf-8"

    def write(self, text):
        return len(text)

    def flush(self):
        pass


class _Once:
    """A queue of one message."""

    def __init__(self):
        self._left = [message_of(entry())]

    def receive(self, wait):
        if not self._left:
            time.sleep(0.05)
            return []
        return [self._left.pop()]

    def delete(self, messages):
        pass

    def hold(self, messages, wait):
        pass


def _worked(responder, channels):
    """A worker that says all that it says, in words and in JSON, until each channel was tried."""
    heard = set()

    def say(kind, facts):
        _in_words(kind, facts)
        _in_json(kind, facts)
        if kind in ("told", "not told"):
            heard.add(facts["channel"])

    worker = Worker(responder, _Once(), say)
    thread = threading.Thread(target=worker.run)
    thread.start()
    end = time.monotonic() + 60
    while len(heard) < channels and time.monotonic() < end:
        time.sleep(0.05)
    _in_json("health", dict(worker.health()))
    _in_words("figures", {"all": repr(worker.figures())})
    worker.stop()
    thread.join(60)
    assert len(heard) == channels


@pytest.mark.parametrize("name", ["BOT", "MAIL"])
def test_a_secret_that_can_not_be_used_is_named_by_where_it_lies(environ, name, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv(name, f"{SECRETS['bot']}\nof two lines")
    (tmp_path / "tocsin.toml").write_text(
        f'[channels.a]\nkind = "slack-bot"\ntoken = "env:{name}"\nchannel = "C0123456789"\napi = "ftp://x"\n'
    )
    assert run(["channels", "test"]) == 2
    out, err = capsys.readouterr()
    assert not sings(out + err)
