"""The whole account, opened by one call: what tests and the story use.

::

    with open_account() as account:
        sns = boto3.client("sns", endpoint_url=account.aws.endpoint_url, ...)
        account.mailbox.wait_for(lambda mail: "DeleteUser" in mail.get_content())
        account.bridge.log
"""

from __future__ import annotations

import contextlib
import json
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from moto.sns.models import sns_backends

from embedded_aws.calls.account_state import AccountState
from embedded_aws.cloudformation.service import CloudFormation
from embedded_aws.cloudtrail.api import CloudTrailApi
from embedded_aws.door.mailbox import Mailbox
from embedded_aws.door.server import EmbeddedAWS
from embedded_aws.events.api import EventBridgeApi
from embedded_aws.events.bridge import Bridge
from embedded_aws.events.metrics import Metrics
from embedded_aws.sns.api import SnsApi
from embedded_aws.sns.messages import certificate
from embedded_aws.sns.notifier import Notifier
from embedded_aws.sqs.moves import Moves

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import EmailMessage

    from embedded_aws.events.bridge import Faults

_MAILS = "/-/mails"  # no bucket can have such a name


@dataclass(frozen=True)
class Account:
    """An open account.

    Args:
        aws: the embedded AWS; ``aws.endpoint_url`` is what clients use.
        bridge: from records to targets; ``bridge.log`` says what became of each.
        mailbox: where all mail arrives.
        notifier: SNS; ``notifier.undelivered`` says what it could not deliver.
        state: the account's state as the bridge reads it.
    """

    aws: EmbeddedAWS
    bridge: Bridge
    mailbox: Mailbox
    notifier: Notifier
    state: AccountState

    def address(self) -> dict[str, str]:
        """How to call it as its administrator, and where its mail arrives (SMTP) and can be read (JSON)."""
        return {
            "endpoint_url": self.aws.endpoint_url,
            "region": self.aws.region,
            "account": self.aws.account_id,
            "access_key_id": self.aws.admin.access_key_id,
            "secret_access_key": self.aws.admin.secret_access_key,
            "mailbox": f"smtp://{self.mailbox.host}:{self.mailbox.port}",
            "mails": f"{self.aws.endpoint_url}{_MAILS}",
        }

    def environ(self) -> dict[str, str]:
        """The environment in which every AWS tool calls it as its administrator."""
        return {
            "AWS_ENDPOINT_URL": self.aws.endpoint_url,
            "AWS_REGION": self.aws.region,
            "AWS_DEFAULT_REGION": self.aws.region,
            "AWS_ACCESS_KEY_ID": self.aws.admin.access_key_id,
            "AWS_SECRET_ACCESS_KEY": self.aws.admin.secret_access_key,
        }

    def exports(self) -> list[str]:
        """The same as lines of a shell."""
        lines = [f"export {name}={value}" for name, value in self.environ().items()]
        return [*lines, "unset AWS_PROFILE AWS_SESSION_TOKEN"]

    def mails(self) -> list[dict[str, str]]:
        """Every mail so far: to whom, the subject, the text; what cannot be printed is shown as its escape."""
        return [
            {
                "to": _printable(mail["X-Envelope-To"]),
                "subject": _printable(mail["Subject"]),
                "text": "\n".join(map(_printable, _text(mail).splitlines())),
            }
            for mail in list(self.mailbox.messages)
        ]

    def settle(self, timeout: float = 10.0) -> None:
        """Wait until every record is recorded, bridged and delivered.

        Raises:
            TimeoutError: something is still under way.
        """
        self.aws.settle(timeout)
        self.bridge.settle(timeout)


@contextlib.contextmanager
def open_account(*, faults: Faults | None = None, **options: Any) -> Iterator[Account]:  # noqa: ANN401 - EmbeddedAWS's own
    """Open an account: the embedded AWS with its bridge, its SNS, its CloudFormation and its inbox.

    Args:
        faults: when each copy of an event goes out, for tests of at-least-once delivery.
        options: for `EmbeddedAWS`, such as ``region``, ``account_id`` and ``port``.
    """
    with Mailbox() as mailbox:
        aws = EmbeddedAWS(**options)
        account = attach(aws, mailbox, faults)
        with aws:
            yield account


def attach(aws: EmbeddedAWS, mailbox: Mailbox, faults: Faults | None = None) -> Account:
    """Attach everything of ours to an embedded AWS that has not answered yet."""
    state = AccountState(aws.account_id)
    notifier = Notifier(aws.account_id, aws.endpoint_url, (mailbox.host, mailbox.port))
    bridge = Bridge(aws.account_id, notifier.publish, lambda record: bool(aws.trails_of(record)), faults)
    aws.subscribe(bridge.on_record)
    for operation, handler in SnsApi(notifier, state).handlers().items():
        aws.answer("sns", operation, handler)
    for (service, operation), handler in EventBridgeApi(bridge, state).handlers().items():
        aws.answer(service, operation, handler)
    aws.answer("cloudwatch", "GetMetricData", Metrics(bridge, notifier.counted).get_metric_data)
    # Nobody can have any here: what looks for them is to find none.
    aws.answer("notifications", "ListNotificationConfigurations", lambda _: {"notificationConfigurations": []})
    for operation, handler in Moves(state).handlers().items():
        aws.answer("sqs", operation, handler)
    for operation, handler in CloudTrailApi(state).handlers().items():
        aws.answer("cloudtrail", operation, handler)
    cloudformation = CloudFormation(aws.endpoint_url, aws.app)
    for operation in cloudformation.operations():
        aws.answer("cloudformation", operation, cloudformation.answer(operation))
    opened = Account(aws, bridge, mailbox, notifier, state)
    aws.show(_MAILS, lambda: json.dumps(opened.mails()).encode())
    # The key that signs SNS's messages takes a moment to make: not in the way of the first notification.
    threading.Thread(target=_publish_certificate, args=(aws,), name="sns-certificate", daemon=True).start()
    return opened


def _text(mail: EmailMessage) -> str:
    body = mail.get_body(("plain", "html"))
    return str(body.get_content()) if body else ""


def _printable(text: object) -> str:
    return "".join(one if one.isprintable() else ascii(one)[1:-1] for one in str(text))


def _publish_certificate(aws: EmbeddedAWS) -> None:
    """Put SNS's certificate where moto serves it: ``/SimpleNotificationService-....pem``."""
    name, pem = certificate()
    sns_backends[aws.account_id][aws.region]._message_public_keys[name] = pem.encode()  # noqa: SLF001 - moto's only door
