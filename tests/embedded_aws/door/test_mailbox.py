"""The mailbox is a real SMTP server."""

import smtplib
import threading
from email.message import EmailMessage

import pytest

from embedded_aws.door.mailbox import Mailbox

pytestmark = pytest.mark.rehearsal


def send(mailbox, subject, text="hello"):
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@example.org", "b@example.org", subject
    message.set_content(text)
    with smtplib.SMTP(mailbox.host, mailbox.port, local_hostname="localhost") as server:
        server.send_message(message)


def test_mail_arrives_parsed_with_its_recipients():
    with Mailbox() as mailbox:
        send(mailbox, "Grüße", "línea\n")
        mail = mailbox.wait_for(lambda each: each["Subject"] == "Grüße")
    assert mail.get_content() == "línea\n"
    assert mail["X-Envelope-To"] == "b@example.org"


def test_waiting_ends_when_the_mail_comes():
    with Mailbox() as mailbox:
        timer = threading.Timer(0.1, send, (mailbox, "late"))
        timer.start()
        assert mailbox.wait_for(lambda each: each["Subject"] == "late", timeout=5)
        timer.join()


def test_waiting_in_vain_says_what_did_come():
    with Mailbox() as mailbox:
        send(mailbox, "something else")
        with pytest.raises(TimeoutError, match="something else"):
            mailbox.wait_for(lambda each: each["Subject"] == "never", timeout=0.05)


def test_two_mailboxes_stand_beside_each_other():
    with Mailbox() as first, Mailbox() as second:
        send(second, "two")
        assert (len(first.messages), len(second.messages)) == (0, 1)
