"""SNS, SES and Security Hub: what is called is what their models take, and what AWS answers is an outcome."""

from __future__ import annotations

import json
import time
from datetime import timedelta
from email.parser import BytesParser

import pytest
from moto.server import ThreadedMotoServer

from builders import ACCOUNT, NOW
from servers import answering, dripping_head, endless, hanging_up, silent, speaking_something_else
from tocsin.adapters.aws import Clients
from tocsin.adapters.channels.called import Call, CalledChannel, hub_channel, ses_channel, sns_channel
from tocsin.core.delivery.outcome import Answer, Outcome

TOPIC = f"arn:aws:sns:us-east-1:{ACCOUNT}:bell"
KEYS = {"access_key_id": "AKIAEXAMPLE", "secret_access_key": "very-secret-key"}


def clients(url=""):
    return Clients("us-east-1", url, **KEYS)


@pytest.fixture(scope="module")
def moto():
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield clients(f"http://{host}:{port}")
    server.stop()


def test_a_topic_gets_a_text_for_each_protocol_and_attributes_to_filter_by(moto, notice):
    sqs, sns = moto.client("sqs"), moto.client("sns")
    topic = sns.create_topic(Name="bell")["TopicArn"]
    queue = sqs.create_queue(QueueName="heard")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    policy = {"FilterPolicy": json.dumps({"severity": ["high"], "rule": ["iam-user-deleted"]})}
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes=policy)
    assert sns_channel("ops", moto, topic).send(notice).answer is Answer.ACCEPTED
    [message] = sqs.receive_message(QueueUrl=queue)["Messages"]
    heard = json.loads(message["Body"])
    assert heard["Subject"] == "[HIGH] IAM user Zo? deleted in account 111122223333"
    assert "IAM user Zoë was deleted by IAM user alice." in heard["Message"]
    assert heard["MessageAttributes"]["account"]["Value"] == ACCOUNT


def test_ses_gets_the_mail_that_smtp_would_and_says_when_a_sender_is_not_verified(moto, notice):
    channel = ses_channel("mail", moto, "bell@example.com", ["ops@example.com"], lambda: NOW)
    outcome = channel.send(notice)
    assert (outcome.answer, "MessageRejected" in outcome.detail) == (Answer.BUSY, True)  # it may be verified tomorrow
    moto.client("sesv2").create_email_identity(EmailIdentity="bell@example.com")
    assert channel.send(notice).answer is Answer.ACCEPTED


def test_the_raw_mail_of_ses_is_the_whole_mail(notice):
    call = ses_channel("mail", clients(), "bell@example.com", ["ops@example.com"], lambda: NOW)._made(notice)
    mail = BytesParser().parsebytes(call.parameters["Content"]["Raw"]["Data"])
    assert (mail["To"], mail.is_multipart()) == ("ops@example.com", True)


def test_security_hub_keeps_one_finding_an_incident(moto, notice):
    hub = moto.client("securityhub")
    channel = hub_channel("hub", moto, lambda: NOW)
    assert [channel.send(notice).answer for _ in range(2)] == [Answer.ACCEPTED] * 2
    [finding] = hub.get_findings()["Findings"]
    assert (finding["Title"], finding["Severity"]["Label"]) == (notice.title, "HIGH")


@pytest.mark.parametrize(
    ("code", "answer"), [("InvalidInputException", Answer.REFUSED), ("InternalError", Answer.BUSY)]
)
def test_a_finding_that_is_not_taken_says_why(notice, served, code, answer):
    taken = {
        "FailedCount": 1,
        "SuccessCount": 0,
        "FailedFindings": [{"Id": "x", "ErrorCode": code, "ErrorMessage": "no"}],
    }

    def deal(server, connection):
        body = server.read(connection)
        answering(200, IDENTITY if b"GetCallerIdentity" in body else json.dumps(taken), read=False)(server, connection)

    outcome = hub_channel("hub", clients(origin(served(deal))), lambda: NOW).send(notice)
    assert outcome == Outcome(answer, f"BatchImportFindings: {code}: no")


IDENTITY = (
    '<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>'
    f"<Arn>arn:aws:iam::{ACCOUNT}:user/x</Arn><UserId>A</UserId><Account>{ACCOUNT}</Account>"
    "</GetCallerIdentityResult></GetCallerIdentityResponse>"
)


def origin(server):
    return server.url.rpartition("/services")[0]


@pytest.mark.parametrize(
    ("status", "code", "answer"),
    [
        (400, "InvalidParameter", Answer.REFUSED),
        (404, "NotFound", Answer.BUSY),
        (403, "AuthorizationError", Answer.BUSY),
        (403, "ExpiredToken", Answer.BUSY),
        (400, "Throttling", Answer.BUSY),
        (500, "InternalFailure", Answer.BUSY),
        (302, "Moved", Answer.BUSY),
    ],
)
def test_what_aws_refuses_is_the_notices_fault_only_where_it_says_so(notice, served, status, code, answer):
    said = f"<ErrorResponse><Error><Code>{code}</Code><Message>no</Message></Error></ErrorResponse>"
    server = served(answering(status, said))
    outcome = sns_channel("ops", clients(origin(server)), TOPIC).send(notice)
    assert (outcome.answer, code in outcome.detail) == (answer, True)
    assert len(server.got) == 1  # it is tried once, and then the store knows when


@pytest.mark.parametrize("deal", [silent, dripping_head, hanging_up, speaking_something_else, endless])
def test_nothing_that_stands_in_the_place_of_aws_holds_it_longer_than_its_deadline(notice, served, deal):
    client = clients(origin(served(deal)))
    client.client("sns", deadline=timedelta(seconds=1))  # botocore reads its models once
    began = time.monotonic()
    made = sns_channel("ops", client, TOPIC)._made
    outcome = CalledChannel("ops", client, made, deadline=timedelta(seconds=1)).send(notice)
    assert (outcome.answer, time.monotonic() - began < 4) == (Answer.BUSY, True)
    assert KEYS["secret_access_key"] not in outcome.detail


def test_credentials_that_are_not_there_are_busy_and_said(notice, monkeypatch, tmp_path):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    outcome = sns_channel("ops", Clients("us-east-1"), TOPIC).send(notice)
    assert (outcome.answer, "redentials" in outcome.detail) == (Answer.BUSY, True)


def test_a_call_that_the_model_does_not_know_is_busy(notice):
    outcome = CalledChannel("ops", clients(), lambda _: Call("sns", "Publish", {"Topic": 1})).send(notice)
    assert (outcome.answer, "Parameter validation failed" in outcome.detail) == (Answer.BUSY, True)
