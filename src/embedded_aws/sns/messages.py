"""The messages that SNS sends: mails, HTTP posts, notifications in queues, and their signatures.

https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html and
https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html
"""

from __future__ import annotations

import base64
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

SENDER = "AWS Notifications <no-reply@sns.amazonaws.com>"
_SIGNED_NOTIFICATION = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
_SIGNED_CONFIRMATION = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")


@dataclass(frozen=True)
class Publication:
    """What was published.

    Args:
        topic_arn: the topic.
        text: the message.
        subject: "" for none; EventBridge cannot set one.
        attributes: the message attributes as ``{"name": {"Type", "Value"}}``.
        signature_version: "1" (SHA1) or "2" (SHA256), as the topic says.
    """

    topic_arn: str
    text: str
    subject: str = ""
    attributes: dict[str, Any] = field(default_factory=dict)
    signature_version: str = "1"
    message_id: str = field(default_factory=lambda: str(uuid.uuid4()))


@cache
def _signer() -> tuple[rsa.RSAPrivateKey, str, str]:
    """One key for the process, its certificate and the certificate's file name."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(
        issuer_name=name,
        subject_name=name,
        public_key=key.public_key(),
        serial_number=x509.random_serial_number(),
        not_valid_before=now - timedelta(days=1),
        not_valid_after=now + timedelta(days=365),
    )
    certificate = builder.sign(key, hashes.SHA256())
    pem = certificate.public_bytes(serialization.Encoding.PEM).decode()
    return key, pem, f"SimpleNotificationService-{uuid.uuid4().hex}.pem"


def certificate() -> tuple[str, str]:
    """The file name and the PEM text of the certificate that signs; making it takes a moment, once."""
    _, pem, name = _signer()
    return name, pem


def notification(message: Publication, unsubscribe_url: str) -> dict[str, Any]:
    """The JSON of a notification, signed."""
    found = _head("Notification", message) | {"Message": message.text}
    if message.subject:
        found["Subject"] = message.subject
    found |= _signature(found, _SIGNED_NOTIFICATION, message)
    found["UnsubscribeURL"] = unsubscribe_url
    if message.attributes:
        found["MessageAttributes"] = message.attributes
    return found


def confirmation(message: Publication, token: str, subscribe_url: str, *, kind: str) -> dict[str, Any]:
    """The JSON that asks an HTTP endpoint to confirm, or tells it that it was unsubscribed."""
    found = _head(kind, message) | {"Message": message.text, "Token": token, "SubscribeURL": subscribe_url}
    return found | _signature(found, _SIGNED_CONFIRMATION, message)


def _head(kind: str, message: Publication) -> dict[str, Any]:
    moment = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {"Type": kind, "MessageId": message.message_id, "TopicArn": message.topic_arn, "Timestamp": moment}


def _signature(fields: dict[str, Any], signed: tuple[str, ...], message: Publication) -> dict[str, str]:
    key, _, name = _signer()
    text = "".join(f"{field}\n{fields[field]}\n" for field in signed if field in fields)
    # SHA1 is what SignatureVersion 1 is defined as; receivers choose version 2 by the topic's attribute
    method = hashes.SHA256() if message.signature_version == "2" else hashes.SHA1()  # noqa: S303 - see above
    region = message.topic_arn.split(":")[3]
    return {
        "SignatureVersion": message.signature_version,
        "Signature": base64.b64encode(key.sign(text.encode(), padding.PKCS1v15(), method)).decode(),
        "SigningCertURL": f"https://sns.{region}.amazonaws.com/{name}",
    }


def mail(to: str, subject: str, text: str) -> EmailMessage:
    """A mail as SNS sends it."""
    found = EmailMessage()
    found["From"], found["To"], found["Subject"] = SENDER, to, subject
    found.set_content(text)
    return found


def confirmation_mail(to: str, topic_arn: str, link: str) -> EmailMessage:
    """The mail with the link that confirms."""
    text = (
        f"You have chosen to subscribe to the topic:\n{topic_arn}\n\n"
        "To confirm this subscription, click or visit the link below "
        "(If this was in error no action is necessary):\n"
        f"{link}\n\n"
        "Please do not reply directly to this email. If you wish to remain from receiving any future SNS "
        "subscription confirmation requests please send an email to sns-opt-out\n"
    )
    return mail(to, "AWS Notification - Subscription Confirmation", text)


def farewell_mail(to: str, topic_arn: str, link: str) -> EmailMessage:
    """The mail after somebody followed the unsubscribe link: it offers to subscribe again."""
    text = (
        f"Your subscription to the topic below has been deactivated:\n{topic_arn}\n\n"
        f"If this was in error or you wish to resubscribe, click or visit the link below:\n{link}\n"
    )
    return mail(to, "AWS Notification - Unsubscribe Confirmation", text)


def notification_mail(to: str, message: Publication, unsubscribe_link: str) -> EmailMessage:
    """A notification with the foot by which anybody who reads it can unsubscribe."""
    text = (
        f"{message.text}\n\n--\n"
        "If you wish to stop receiving notifications from this topic, please click or visit the link below "
        f"to unsubscribe:\n{unsubscribe_link}\n\n"
        "Please do not reply directly to this email. If you have any questions or comments regarding this "
        "email, please contact us at https://aws.amazon.com/support\n"
    )
    return mail(to, message.subject or "AWS Notification Message", text)
