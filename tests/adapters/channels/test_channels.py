"""Every channel: what it sends is what its far side takes, and what the far side does is an answer."""

from __future__ import annotations

import base64
import email.policy
import hashlib
import hmac
import json
import socket
import stat
from datetime import timedelta
from email.parser import BytesParser
from functools import partial

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from builders import NOW
from tocsin.adapters.channels.file import FileChannel
from tocsin.adapters.channels.posting import PostChannel, WebhookChannel, in_json
from tocsin.adapters.channels.smtp import Server, SmtpChannel
from tocsin.core.delivery.outcome import Answer, Outcome
from tocsin.core.notice.pages import as_opsgenie, as_pagerduty
from tocsin.core.notice.slack import as_slack
from tocsin.core.notice.teams import as_teams

ACCEPTED = Outcome(Answer.ACCEPTED, "200 ok")


class FakeSender:
    def __init__(self):
        self.posts = []

    def post(self, body, headers):
        self.posts.append((body, headers))
        return ACCEPTED


def test_slack_gets_blocks(notice):
    sender = FakeSender()
    assert PostChannel("ops", sender, in_json(as_slack)).send(notice) is ACCEPTED
    [(body, headers)] = sender.posts
    assert headers["Content-Type"].startswith("application/json")
    assert "Zoë" in json.loads(body)["blocks"][0]["text"]["text"]


def test_teams_gets_a_message_with_a_card_in_utf_8(notice):
    sender = FakeSender()
    PostChannel("ops", sender, as_teams).send(notice)
    [(body, headers)] = sender.posts
    assert (headers["Content-Type"], "Zoë".encode() in body) == ("application/json; charset=utf-8", True)
    [attachment] = json.loads(body)["attachments"]
    assert attachment["contentType"] == "application/vnd.microsoft.card.adaptive"
    assert attachment["content"]["body"][1]["inlines"][0]["text"] == "IAM user Zoë was deleted by IAM user alice."


def test_pagerduty_gets_one_alert_an_incident_with_its_key(notice):
    sender = FakeSender()
    PostChannel("ops", sender, in_json(partial(as_pagerduty, key="K" * 32))).send(notice)
    event = json.loads(sender.posts[0][0])
    assert (event["routing_key"], event["event_action"], event["dedup_key"]) == ("K" * 32, "trigger", notice.incident)
    assert (event["payload"]["severity"], event["payload"]["summary"]) == ("error", notice.sentence)
    assert event["payload"]["custom_details"]["rule"] == "iam-user-deleted"


def test_opsgenie_gets_an_alert_a_notice_and_the_key_in_a_header(notice):
    sender = FakeSender()
    PostChannel("ops", sender, in_json(as_opsgenie), {"Authorization": "GenieKey abc"}).send(notice)
    [(body, headers)] = sender.posts
    alert = json.loads(body)
    assert (headers["Authorization"], alert["alias"], alert["priority"]) == ("GenieKey abc", notice.id, "P2")
    assert "Zoë" in alert["description"]


def test_a_channel_that_is_asked_too_often_is_left_alone_for_a_minute_or_as_long_as_it_says(notice):
    for said, waits in ((None, timedelta(minutes=1)), (timedelta(seconds=7), timedelta(seconds=7))):
        sender = FakeSender()
        sender.post = lambda *_, said=said: Outcome(Answer.BUSY, "429 too many", said)
        assert PostChannel("ops", sender, as_teams).send(notice).retry_after == waits
    sender.post = lambda *_: Outcome(Answer.BUSY, "503")
    assert PostChannel("ops", sender, as_teams).send(notice).retry_after is None


@pytest.mark.parametrize("secret", ["whsec_" + base64.b64encode(b"0123456789abcdef").decode(), "any text"])
def test_a_webhook_gets_a_cloudevent_whose_signature_its_receiver_can_check(notice, secret):
    sender = FakeSender()
    WebhookChannel("hook", sender, secret, lambda: NOW).send(notice)
    [(body, headers)] = sender.posts
    event = json.loads(body)
    assert (event["specversion"], event["id"]) == ("1.0", f"{notice.incident}/{notice.revision}")
    assert event["data"]["sentence"] == "IAM user Zoë was deleted by IAM user alice."
    key = base64.b64decode(secret[6:]) if secret.startswith("whsec_") else secret.encode()
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    expected = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{expected}"
    assert headers["webhook-timestamp"] == str(int(NOW.timestamp()))


def test_a_webhook_without_a_secret_sends_unsigned(notice):
    sender = FakeSender()
    WebhookChannel("hook", sender, "", lambda: NOW).send(notice)
    assert not [name for name in sender.posts[0][1] if name.startswith("webhook-")]


def test_a_file_grows_by_a_line_a_notice_and_is_its_owners_alone(notice, tmp_path):
    channel = FileChannel("log", tmp_path / "notices.jsonl")
    assert [channel.send(notice).answer for _ in range(2)] == [Answer.ACCEPTED] * 2
    lines = (tmp_path / "notices.jsonl").read_text().splitlines()
    assert [json.loads(line)["incident"] for line in lines] == [notice.incident] * 2
    assert stat.S_IMODE((tmp_path / "notices.jsonl").stat().st_mode) == 0o600


def test_a_file_that_can_not_be_written_is_busy(notice, tmp_path):
    assert FileChannel("log", tmp_path).send(notice).answer is Answer.BUSY


class Inbox:
    """A mail server that keeps what it is sent, or answers as it is told."""

    def __init__(self, **answers):
        self.answers, self.mails = answers, []

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server, session, envelope, address, options
    ):
        if "rcpt" in self.answers:
            return self.answers["rcpt"]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - as above
        self, server, session, envelope
    ):
        self.mails.append((envelope.mail_from, envelope.rcpt_tos, envelope.content))
        return self.answers.get("data", "250 OK")


@pytest.fixture
def smtp():
    running = []

    def start(handler, **options):
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        controller = Controller(handler, hostname="127.0.0.1", port=port, **options)
        controller.start()
        running.append(controller)
        return port

    yield start
    for one in running:
        one.stop()


def mail_channel(port, *, tls="none", user="", password="", seconds=5):
    server = Server("127.0.0.1", port, tls, user, password)
    return SmtpChannel(
        "mail", server, sender="Tocsin <bell@example.com>", to=("ops@example.com", "eve@example.com"),
        now=lambda: NOW, deadline=timedelta(seconds=seconds),
    )  # fmt: skip


def test_a_mail_says_the_same_in_text_and_html_and_is_one_thread_an_incident(smtp, notice):
    inbox = Inbox()
    channel = mail_channel(smtp(inbox))
    assert [channel.send(notice).answer for _ in range(2)] == [Answer.ACCEPTED] * 2
    sender, to, content = inbox.mails[0]
    mail = BytesParser(policy=email.policy.default).parsebytes(content)
    assert (sender, to) == ("bell@example.com", ["ops@example.com", "eve@example.com"])
    assert str(mail["Subject"]) == "[HIGH] IAM user Zoë deleted in account 111122223333"
    assert (mail["Auto-Submitted"], mail["References"]) == ("auto-generated", f"<{notice.incident}@example.com>")
    text, html = (mail.get_body((kind,)).get_content() for kind in ("plain", "html"))
    assert "IAM user Zoë was deleted by IAM user alice." in text
    assert "IAM user Zoë was deleted by IAM user alice." in html
    other = BytesParser(policy=email.policy.default).parsebytes(inbox.mails[1][2])
    assert other["In-Reply-To"] == mail["In-Reply-To"]


@pytest.mark.parametrize(
    ("answers", "answer"),
    [
        ({"data": "451 try later"}, Answer.BUSY),
        ({"data": "554 looks like spam"}, Answer.REFUSED),
        ({"rcpt": "550 no such mailbox"}, Answer.BUSY),
        ({"rcpt": "450 greylisted"}, Answer.BUSY),
    ],
)
def test_only_a_mail_that_was_read_is_ever_refused(smtp, notice, answers, answer):
    outcome = mail_channel(smtp(Inbox(**answers))).send(notice)
    said = next(iter(answers.values()))
    assert (outcome.answer, said[:3] in outcome.detail) == (answer, True)


def test_a_server_without_encryption_gets_nothing_where_it_is_asked_for(smtp, notice):
    inbox = Inbox()
    outcome = mail_channel(smtp(inbox), tls="starttls").send(notice)
    assert (outcome.answer, inbox.mails) == (Answer.BUSY, [])


def test_who_logs_in_is_checked_and_the_password_is_shown_to_nobody(smtp, notice):
    def check(server, session, envelope, mechanism, data):
        return AuthResult(success=data.password == b"right-password")

    inbox = Inbox()
    port = smtp(inbox, authenticator=check, auth_require_tls=False)
    wrong = mail_channel(port, user="bell", password="wrong-password").send(notice)
    assert (
        wrong.answer,
        "wrong-password" in wrong.detail,
        "wrong-password" in repr(mail_channel(port, password="wrong-password")._server),
    ) == (Answer.BUSY, False, False)
    assert mail_channel(port, user="bell", password="right-password").send(notice).answer is Answer.ACCEPTED
    assert len(inbox.mails) == 1


def test_a_mail_server_that_says_nothing_holds_nobody(notice):
    with socket.create_server(("127.0.0.1", 0)) as mute:
        outcome = mail_channel(mute.getsockname()[1], seconds=0.5).send(notice)
    assert outcome == Outcome(Answer.BUSY, "no whole answer within 0.5 s")
