"""The feed's queue: Amazon SQS."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tocsin.adapters.aws import translated
from tocsin.core.delivery.exchange import Message
from tocsin.errors import Unreachable

if TYPE_CHECKING:
    from collections.abc import Sequence

# SQS API Reference: at most ten messages a batch, and a wait of at most 20 seconds.
BATCH = 10
LONGEST_WAIT = timedelta(seconds=20)


class SqsQueue:
    """Fits `flows.ports.Queue`.

    Args:
        client: an SQS client.
        url: the queue's URL.
    """

    def __init__(self, client: Any, url: str) -> None:  # noqa: ANN401 - as `Clients.client`
        self._client = client
        self._url = url

    def receive(self, wait: timedelta) -> Sequence[Message]:
        """At most ten messages, waiting for the first so long (20 seconds at most)."""
        with translated():
            answer = self._client.receive_message(
                QueueUrl=self._url,
                MaxNumberOfMessages=BATCH,
                WaitTimeSeconds=int(min(wait, LONGEST_WAIT).total_seconds()),
            )
        return [
            Message(message["MessageId"], message["Body"].encode("utf-8", "surrogatepass"), message["ReceiptHandle"])
            for message in answer.get("Messages", [])
        ]

    def hold(self, messages: Sequence[Message], wait: timedelta) -> None:
        """Keep messages from others for so long, from now.

        Raises:
            Unreachable: some could not be kept.
        """
        seconds = int(wait.total_seconds())
        for start in range(0, len(messages), BATCH):
            entries = [
                {"Id": str(index), "ReceiptHandle": message.handle, "VisibilityTimeout": seconds}
                for index, message in enumerate(messages[start : start + BATCH])
            ]
            with translated():
                answer = self._client.change_message_visibility_batch(QueueUrl=self._url, Entries=entries)
            if answer.get("Failed"):
                raise Unreachable(f"ChangeMessageVisibilityBatch: {len(answer['Failed'])} messages could not be kept")

    def delete(self, messages: Sequence[Message]) -> None:
        """Take messages out for good.

        Raises:
            Unreachable: some could not be deleted; they will come again.
        """
        for start in range(0, len(messages), BATCH):
            entries = [
                {"Id": str(index), "ReceiptHandle": message.handle}
                for index, message in enumerate(messages[start : start + BATCH])
            ]
            with translated():
                answer = self._client.delete_message_batch(QueueUrl=self._url, Entries=entries)
            if answer.get("Failed"):
                raise Unreachable(f"DeleteMessageBatch: {len(answer['Failed'])} messages stay in the queue")
