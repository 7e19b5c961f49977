"""SNS delivers to those who confirmed, and to nobody else."""

import base64
import json
import re
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from embedded_aws.door.account import open_account

pytestmark = pytest.mark.rehearsal


@pytest.fixture(scope="module")
def account():
    with open_account() as opened:
        yield opened


@pytest.fixture(scope="module")
def aws(account):
    return account.aws


@pytest.fixture(scope="module")
def sns(client):
    return client("sns")


@pytest.fixture
def topic(sns):
    return sns.create_topic(Name=f"bell-{uuid4().hex}")["TopicArn"]


@pytest.fixture
def address():
    return f"{uuid4().hex}@example.org"


@pytest.fixture
def inbox():
    """An HTTP endpoint that keeps what is posted to it."""
    posts = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            posts.append((dict(self.headers), self.rfile.read(int(self.headers["Content-Length"])).decode()))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/hook", posts
    server.shutdown()
    server.server_close()


def mail_to(account, address, subject):
    return account.mailbox.wait_for(lambda mail: mail["To"] == address and subject in mail["Subject"])


def token_of(account, address):
    text = mail_to(account, address, "Subscription Confirmation").get_content()
    return re.search(r"Token=([0-9a-f]+)", text)[1]


def link_in(mail, action):
    return re.search(rf"http://\S+Action={action}\S+", mail.get_content())[0]


def visit(link):
    with urllib.request.urlopen(link, timeout=5) as answer:
        return answer.read()


def mails(account, address):
    return [mail for mail in account.mailbox.messages if mail["To"] == address]


def test_an_email_subscription_is_pending_and_hears_nothing(account, sns, topic, address):
    answer = sns.subscribe(TopicArn=topic, Protocol="email", Endpoint=address)
    assert answer["SubscriptionArn"] == "pending confirmation"
    listed = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert [each["SubscriptionArn"] for each in listed] == ["PendingConfirmation"]
    counts = sns.get_topic_attributes(TopicArn=topic)["Attributes"]
    assert (counts["SubscriptionsPending"], counts["SubscriptionsConfirmed"]) == ("1", "0")
    sns.publish(TopicArn=topic, Message="too early")
    assert len(mails(account, address)) == 1


def test_confirming_by_the_token_opens_it_and_authenticates_on_wish(account, sns, topic, address):
    arn = sns.subscribe(TopicArn=topic, Protocol="email", Endpoint=address, ReturnSubscriptionArn=True)[
        "SubscriptionArn"
    ]
    assert sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]["PendingConfirmation"] == "true"
    token = token_of(account, address)
    answer = sns.confirm_subscription(TopicArn=topic, Token=token, AuthenticateOnUnsubscribe="true")
    assert answer["SubscriptionArn"] == arn
    attributes = sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
    assert (attributes["PendingConfirmation"], attributes["ConfirmationWasAuthenticated"]) == (
        "false",
        "true",
    )
    sns.publish(TopicArn=topic, Message="the bell rings")
    mail = mail_to(account, address, "AWS Notification Message")
    assert mail.get_content().startswith("the bell rings\n")
    with pytest.raises(urllib.error.HTTPError) as refused:
        visit(link_in(mail, "Unsubscribe"))
    assert refused.value.code == 403
    refused.value.close()
    assert sns.get_subscription_attributes(SubscriptionArn=arn)


def test_a_link_needs_no_credentials_to_confirm_nor_to_unsubscribe(account, sns, topic, address):
    sns.subscribe(TopicArn=topic, Protocol="email", Endpoint=address)
    visit(link_in(mail_to(account, address, "Subscription Confirmation"), "ConfirmSubscription"))
    arn = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"][0]["SubscriptionArn"]
    attributes = sns.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
    assert attributes["ConfirmationWasAuthenticated"] == "false"
    sns.publish(TopicArn=topic, Message="heard", Subject="Subject of its own")
    mail = mail_to(account, address, "Subject of its own")
    account.settle()
    visit(link_in(mail, "Unsubscribe"))
    assert sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"] == []
    assert mail_to(account, address, "Unsubscribe Confirmation")
    heard = len(mails(account, address))
    sns.publish(TopicArn=topic, Message="not heard")
    assert len(mails(account, address)) == heard


def test_a_wrong_token_confirms_nothing(account, sns, topic, address):
    sns.subscribe(TopicArn=topic, Protocol="email", Endpoint=address)
    other = sns.create_topic(Name=f"other-{uuid4().hex}")["TopicArn"]
    for where, token in ((topic, "0" * 128), (other, token_of(account, address))):
        with pytest.raises(ClientError, match="Token"):
            sns.confirm_subscription(TopicArn=where, Token=token)


def test_an_endpoint_must_fit_its_protocol_and_its_topic_exist(sns, topic):
    for protocol, endpoint in (("email", "nobody"), ("https", "http://example.org"), ("sqs", "queue")):
        with pytest.raises(ClientError, match="Endpoint"):
            sns.subscribe(TopicArn=topic, Protocol=protocol, Endpoint=endpoint)
    with pytest.raises(ClientError, match="Topic does not exist"):
        sns.subscribe(TopicArn=topic + "x", Protocol="email", Endpoint="a@example.org")


def verify(document, pem, names):
    text = "".join(f"{name}\n{document[name]}\n" for name in names if name in document)
    method = hashes.SHA256() if document["SignatureVersion"] == "2" else hashes.SHA1()
    key = x509.load_pem_x509_certificate(pem).public_key()
    key.verify(base64.b64decode(document["Signature"]), text.encode(), padding.PKCS1v15(), method)


def test_an_http_endpoint_confirms_then_gets_signed_json_with_headers(account, sns, topic, inbox):
    url, posts = inbox
    sns.set_topic_attributes(TopicArn=topic, AttributeName="SignatureVersion", AttributeValue="2")
    assert sns.get_topic_attributes(TopicArn=topic)["Attributes"]["SignatureVersion"] == "2"
    sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=url)
    headers, text = posts[0]
    asked = json.loads(text)
    assert headers["x-amz-sns-message-type"] == asked["Type"] == "SubscriptionConfirmation"
    visit(asked["SubscribeURL"])
    sns.publish(TopicArn=topic, Message="ring", Subject="bell")
    headers, text = posts[1]
    told = json.loads(text)
    assert (told["Type"], told["Message"], told["Subject"], told["TopicArn"]) == (
        "Notification",
        "ring",
        "bell",
        topic,
    )
    assert headers["x-amz-sns-subscription-arn"].startswith(topic)
    path = told["SigningCertURL"].rsplit("/", 1)[1]
    backend = account.state.topic(topic).sns_backend
    verify(
        told,
        backend._message_public_keys[path],
        ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    )


@pytest.fixture
def queue(client):
    sqs = client("sqs")
    url = sqs.create_queue(QueueName=f"q-{uuid4().hex}")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    return sqs, url, arn


def let_in(queue, topic):
    sqs, url, arn = queue
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": arn,
        "Condition": {"ArnEquals": {"aws:SourceArn": topic}},
    }
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": json.dumps({"Statement": [statement]})})


def bodies(queue):
    sqs, url, _ = queue
    return [each["Body"] for each in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])]


def test_a_queue_gets_a_notification_or_the_raw_message_if_its_policy_lets_sns(account, sns, topic, queue):
    arn = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue[2])["SubscriptionArn"]
    sns.publish(TopicArn=topic, Message="shut out")
    assert bodies(queue) == []
    assert any("does not allow sqs:SendMessage" in each for each in account.notifier.undelivered)
    let_in(queue, topic)
    sns.publish(TopicArn=topic, Message="wrapped")
    assert json.loads(bodies(queue)[0])["Message"] == "wrapped"
    sns.set_subscription_attributes(SubscriptionArn=arn, AttributeName="RawMessageDelivery", AttributeValue="true")
    sns.publish(TopicArn=topic, Message="raw")
    assert bodies(queue) == ["raw"]


def test_a_filter_policy_lets_through_what_it_names(sns, topic, queue):
    let_in(queue, topic)
    policy = {"RawMessageDelivery": "true", "FilterPolicy": json.dumps({"kind": ["bell"]})}
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue[2], Attributes=policy)
    for kind in ("bell", "gong"):
        attributes = {"kind": {"DataType": "String", "StringValue": kind}}
        sns.publish(TopicArn=topic, Message=kind, MessageAttributes=attributes)
    assert bodies(queue) == ["bell"]


def test_setting_another_attribute_leaves_a_queue_s_policy_alone(topic, queue):
    let_in(queue, topic)
    sqs, url, _ = queue
    allow = json.dumps({"redrivePermission": "denyAll"})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "61", "RedriveAllowPolicy": allow})
    found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    assert topic in found["Policy"]
    assert (found["VisibilityTimeout"], found["RedriveAllowPolicy"]) == ("61", allow)


def test_what_is_not_delivered_is_said(account, sns, topic):
    sns.subscribe(TopicArn=topic, Protocol="sms", Endpoint="+15555550100")
    sns.publish(TopicArn=topic, Message="hello")
    assert any("does not deliver sms" in each for each in account.notifier.undelivered)


def test_publish_refuses_what_sns_refuses(sns, topic):
    for arguments, words in (
        ({"Message": "x" * 262_145}, "too long"),
        ({"Message": "x", "Subject": "y" * 101}, "Subject"),
        ({"Message": "x", "TopicArn": topic + "z"}, "Topic does not exist"),
    ):
        with pytest.raises(ClientError, match=words):
            sns.publish(**({"TopicArn": topic} | arguments))
    batch = [{"Id": "a", "Message": "x"}, {"Id": "b", "Message": ""}]
    answer = sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=batch)
    assert ([each["Id"] for each in answer["Successful"]], [each["Id"] for each in answer["Failed"]]) == (
        ["a"],
        ["b"],
    )
