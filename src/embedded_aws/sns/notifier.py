"""SNS's handshake and fan-out: nobody hears anything before they have confirmed.

moto treats every subscription as confirmed, sends no mail, and unsubscribes nobody by link. Topics,
subscriptions and their attributes stay moto's; what is sent, and to whom, is decided here.

https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html, API_ConfirmSubscription.html,
API_Unsubscribe.html
"""

from __future__ import annotations

import json
import secrets
import smtplib
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import urllib3
from moto.sns.models import sns_backends

from embedded_aws.calls.account_state import AccountState
from embedded_aws.iam.deliveries import SNS, Permissions, Refusal
from embedded_aws.sns.messages import (
    Publication,
    confirmation,
    confirmation_mail,
    farewell_mail,
    notification,
    notification_mail,
)

if TYPE_CHECKING:
    from email.message import EmailMessage

_ASKED = {"email", "email-json", "http", "https"}  # protocols whose owner must confirm
TOKEN_LIFE = timedelta(days=2)  # https://docs.aws.amazon.com/sns/latest/api/API_ConfirmSubscription.html
_HTTP_SECONDS = 15.0  # https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html
_MAIL_SECONDS = 10.0
_OK = range(200, 300)
_SUBSCRIPTION_ARN_PARTS = 7


@dataclass(frozen=True)
class Handshake:
    """A confirmation that was asked for."""

    token: str
    subscription_arn: str
    asked: datetime = field(default_factory=lambda: datetime.now(UTC))


class Notifier:
    """Sends what SNS sends.

    Args:
        account_id: the account.
        endpoint_url: where the links in the messages lead.
        smtp: host and port of the mail server; None if mail goes nowhere.
    """

    def __init__(self, account_id: str, endpoint_url: str, smtp: tuple[str, int] | None) -> None:
        self._account_id = account_id
        self._endpoint_url = endpoint_url
        self._smtp = smtp
        self._state = AccountState(account_id)
        self._permissions = Permissions(self._state)
        self._http = urllib3.PoolManager(timeout=_HTTP_SECONDS, retries=False)
        self._handshakes: dict[str, Handshake] = {}
        self._lock = Lock()
        #: What was not delivered, and why.
        self.undelivered: list[str] = []
        #: What CloudWatch counts: when, the topic's name, the figure.
        self.counted: list[tuple[datetime, str, str]] = []

    # -- subscriptions -------------------------------------------------------------------------------------

    def subscription(self, arn: str) -> Any | None:  # noqa: ANN401 - moto's class
        """A subscription by its ARN."""
        parts = arn.split(":")
        if len(parts) < _SUBSCRIPTION_ARN_PARTS:
            return None
        return sns_backends[self._account_id][parts[3]].subscriptions.get(arn)

    def opened(self, subscription: Any) -> bool:  # noqa: ANN401 - moto's class
        """Take a subscription that Subscribe returned; True if it has to be confirmed.

        A queue of the same account is confirmed at once, as AWS does; asking again for a pending one sends
        a new token.
        """
        if subscription.protocol not in _ASKED:
            return False
        if getattr(subscription, "confirmed", False):
            return False
        subscription.attributes |= {"PendingConfirmation": True, "ConfirmationWasAuthenticated": False}
        self._ask(subscription)
        return True

    def is_pending(self, subscription: Any) -> bool:  # noqa: ANN401 - as above
        """Whether the subscription waits for its owner."""
        return bool(subscription.attributes.get("PendingConfirmation"))

    def confirm(self, token: str, topic_arn: str, *, authenticate: bool) -> str | None:
        """Confirm by token; the subscription's ARN, or None if the token is of no use."""
        with self._lock:
            handshake = self._handshakes.get(token)
        if handshake is None or datetime.now(UTC) - handshake.asked > TOKEN_LIFE:
            return None
        subscription = self.subscription(handshake.subscription_arn)
        if subscription is None or subscription.topic.arn != topic_arn:
            return None
        subscription.confirmed = True
        subscription.attributes |= {
            "PendingConfirmation": False,
            "ConfirmationWasAuthenticated": authenticate,
        }
        return handshake.subscription_arn

    def left(self, subscription: Any) -> None:  # noqa: ANN401 - as above
        """Tell the endpoint that somebody followed its unsubscribe link."""
        link = self._link("ConfirmSubscription", TopicArn=subscription.topic.arn, Token=secrets.token_hex(64))
        topic = subscription.topic.arn
        if subscription.protocol.startswith("email"):
            self._mail(farewell_mail(subscription.endpoint, topic, link))
        else:
            text = f"You have chosen to deactivate subscription {subscription.arn}."
            document = confirmation(Publication(topic, text), "", link, kind="UnsubscribeConfirmation")
            self._post(subscription, document)

    def _ask(self, subscription: Any) -> None:  # noqa: ANN401 - as above
        handshake = Handshake(secrets.token_hex(64), subscription.arn)
        with self._lock:
            self._handshakes[handshake.token] = handshake
        topic = subscription.topic.arn
        link = self._link("ConfirmSubscription", TopicArn=topic, Token=handshake.token)
        if subscription.protocol.startswith("email"):
            self._mail(confirmation_mail(subscription.endpoint, topic, link))
            return
        text = (
            f"You have chosen to subscribe to the topic {topic}.\n"
            "To confirm the subscription, visit the SubscribeURL included in this message."
        )
        document = confirmation(Publication(topic, text), handshake.token, link, kind="SubscriptionConfirmation")
        self._post(subscription, document)

    # -- messages ------------------------------------------------------------------------------------------

    def publish(self, topic_arn: str, text: str, subject: str = "", attributes: dict[str, Any] | None = None) -> str:
        """Deliver a message to each confirmed subscription whose filter lets it through; return its id."""
        topic = self._state.topic(topic_arn)
        version = str(getattr(topic, "signature_version", "") or "1")
        message = Publication(topic_arn, text, subject, attributes or {}, version)
        for subscription in list(sns_backends[self._account_id][topic_arn.split(":")[3]].subscriptions.values()):
            if subscription.topic.arn == topic_arn and not self.is_pending(subscription):
                matcher = subscription._filter_policy_matcher  # noqa: SLF001 - moto has no other door to it
                if matcher is not None and not matcher.matches(message.attributes, text):
                    self._count(topic_arn, "NumberOfNotificationsFilteredOut")
                    continue
                missed = len(self.undelivered)
                self._send(subscription, message)
                failed = len(self.undelivered) > missed
                self._count(topic_arn, f"NumberOfNotifications{'Failed' if failed else 'Delivered'}")
        self._count(topic_arn, "NumberOfMessagesPublished")
        return message.message_id

    def _count(self, topic_arn: str, figure: str) -> None:
        self.counted.append((datetime.now(UTC), topic_arn.rpartition(":")[2], figure))

    def _send(self, subscription: Any, message: Publication) -> None:  # noqa: ANN401 - moto's class
        link = self._link("Unsubscribe", SubscriptionArn=subscription.arn)
        protocol = subscription.protocol
        if protocol == "email":
            self._mail(notification_mail(subscription.endpoint, message, link))
        elif protocol == "email-json":
            text = json.dumps(notification(message, link), indent=2)
            self._mail(
                notification_mail(subscription.endpoint, Publication(message.topic_arn, text, message.subject), link)
            )
        elif protocol in {"http", "https"}:
            self._post(subscription, notification(message, link), raw=message.text if _is_raw(subscription) else None)
        elif protocol == "sqs":
            self._enqueue(subscription, message, link)
        else:
            self._miss(f"{protocol} to {subscription.endpoint}: the embedded AWS does not deliver {protocol}")

    def _enqueue(self, subscription: Any, message: Publication, link: str) -> None:  # noqa: ANN401 - as above
        """Send to a queue, if its policy lets SNS.

        https://docs.aws.amazon.com/sns/latest/dg/subscribe-sqs-queue-to-sns-topic.html
        """
        try:
            self._permissions.check(subscription.endpoint, service=SNS, source_arn=message.topic_arn)
        except Refusal as refusal:
            self._miss(refusal.reason)
            return
        if _is_raw(subscription):
            values = {name: str(value["Value"]) for name, value in message.attributes.items()}
            self._state.send_to_queue(subscription.endpoint, message.text, values)
        else:
            self._state.send_to_queue(subscription.endpoint, json.dumps(notification(message, link), indent=2))

    def _post(self, subscription: Any, document: dict[str, Any], raw: str | None = None) -> None:  # noqa: ANN401
        """One HTTP POST with SNS's headers; a failure is told, and not retried here as AWS would."""
        headers = {
            "x-amz-sns-message-type": document["Type"],
            "x-amz-sns-message-id": document["MessageId"],
            "x-amz-sns-topic-arn": document["TopicArn"],
            "Content-Type": "text/plain; charset=UTF-8",
            "User-Agent": "Amazon Simple Notification Service Agent",
        }
        if document["Type"] == "Notification":
            headers["x-amz-sns-subscription-arn"] = subscription.arn
        if raw is not None:
            headers["x-amz-sns-rawdelivery"] = "true"
        content = raw if raw is not None else json.dumps(document, indent=2)
        try:
            answer = self._http.request("POST", subscription.endpoint, body=content.encode(), headers=headers)
        except urllib3.exceptions.HTTPError as error:
            self._miss(f"POST to {subscription.endpoint}: {error}")
            return
        if answer.status not in _OK:
            self._miss(f"POST to {subscription.endpoint}: HTTP {answer.status}")

    def _mail(self, message: EmailMessage) -> None:
        if self._smtp is None:
            self._miss(f"mail to {message['To']}: there is no mail server")
            return
        host, port = self._smtp
        try:
            with smtplib.SMTP(host, port, local_hostname="localhost", timeout=_MAIL_SECONDS) as server:
                server.send_message(message)
        except OSError as error:
            self._miss(f"mail to {message['To']}: {error}")

    def _link(self, action: str, **values: str) -> str:
        query = urlencode({"Action": action, **values, "Version": "2010-03-31"})
        return f"{self._endpoint_url}/?{query}"

    def _miss(self, what: str) -> None:
        self.undelivered.append(what)
        sys.stderr.write(f"embedded AWS: SNS did not deliver {what}\n")


def _is_raw(subscription: Any) -> bool:  # noqa: ANN401 - moto's class
    return str(subscription.attributes.get("RawMessageDelivery", "")).lower() == "true"
