"""A dead-letter queue in SQS."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from tocsin.adapters.aws import translated
from tocsin.adapters.queue import BATCH
from tocsin.core.delivery.letters import Letter
from tocsin.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# While they are looked at they are hidden from others; after that they show again by themselves.
_HIDDEN_S = 120
# An empty answer within this time means that nothing more waits (SQS Developer Guide, "long polling").
_WAIT_S = 1
MOST = 1_000
# SNS API Reference, "Publish": at most 100 characters of ASCII without line breaks.
_LONGEST_SUBJECT = 100


class Letters:
    """Fits `flows.ports.Letters`.

    Args:
        sqs: an SQS client.
        sns: an SNS client.
        url: the queue's URL.
        arn: its ARN.
    """

    def __init__(self, sqs: Any, sns: Any, url: str, arn: str) -> None:  # noqa: ANN401 - as `Clients.client`
        self._sqs = sqs
        self._sns = sns
        self._url = url
        self._arn = arn

    def take(self) -> Iterator[Letter]:
        """Every letter that shows, a thousand at most, hidden from others for two minutes."""
        seen = 0
        while seen < MOST:
            with translated():
                answer = self._sqs.receive_message(
                    QueueUrl=self._url,
                    MaxNumberOfMessages=BATCH,
                    VisibilityTimeout=_HIDDEN_S,
                    WaitTimeSeconds=_WAIT_S,
                    MessageAttributeNames=["All"],
                    MessageSystemAttributeNames=["All"],
                )
            messages = answer.get("Messages", [])
            if not messages:
                return
            seen += len(messages)
            yield from map(_letter, messages)

    def release(self, letters: Sequence[Letter]) -> None:
        """Let letters show again at once."""
        for start in range(0, len(letters), BATCH):
            entries = [
                {"Id": str(index), "ReceiptHandle": one.handle, "VisibilityTimeout": 0}
                for index, one in enumerate(letters[start : start + BATCH])
            ]
            with translated():
                self._sqs.change_message_visibility_batch(QueueUrl=self._url, Entries=entries)

    def delete(self, letter: Letter) -> None:
        """Take a letter out for good."""
        with translated():
            self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=letter.handle)

    def send(self, target: str, body: str, title: str, text: str) -> None:
        """Send an event to what it could not be delivered to: a queue takes it as it is, a topic in words.

        Raises:
            UsageError: it is neither a queue nor a topic.
            Unreachable: AWS cannot be reached, or refuses.
        """
        service = (target.split(":") + [""] * 3)[2]
        with translated():
            if service == "sqs":
                url = self._sqs.get_queue_url(QueueName=target.rpartition(":")[2])["QueueUrl"]
                self._sqs.send_message(QueueUrl=url, MessageBody=body)
            elif service == "sns":
                plain = f"Late: {title}".encode("ascii", "replace").decode()[:_LONGEST_SUBJECT]
                self._sns.publish(TopicArn=target, Subject=" ".join(plain.split()), Message=text)
            else:
                raise UsageError(
                    f"the letter was meant for {target or 'nobody knows whom'}, and cannot be moved there",
                    hint="tocsin dead-letters list --json has all of it; deliver it by hand, and delete it",
                )

    def start_moving(self) -> str:
        """Let AWS move every letter back to the queue that it came from; gives the task's handle."""
        with translated():
            return str(self._sqs.start_message_move_task(SourceArn=self._arn)["TaskHandle"])

    def moving(self, task: str) -> tuple[str, int, str]:
        """How a task stands: its state, how many were moved, and why it failed."""
        with translated():
            tasks = self._sqs.list_message_move_tasks(SourceArn=self._arn, MaxResults=10)["Results"]
        # A task that has ended shows no handle any more (SQS API Reference, "ListMessageMoveTasks"): it is the newest.
        one = next((each for each in tasks if each.get("TaskHandle") == task), tasks[0] if tasks else {})
        moved = int(one.get("ApproximateNumberOfMessagesMoved", 0))
        return str(one.get("Status", "RUNNING")), moved, str(one.get("FailureReason", ""))


def _letter(message: dict[str, Any]) -> Letter:
    said = {name: str(one.get("StringValue", "")) for name, one in message.get("MessageAttributes", {}).items()}
    system = message.get("Attributes", {})
    return Letter(
        id=str(message["MessageId"]),
        body=message["Body"].encode("utf-8", "surrogatepass"),
        handle=str(message["ReceiptHandle"]),
        sent=datetime.fromtimestamp(int(system.get("SentTimestamp", 0)) / 1000, UTC),
        receives=int(system.get("ApproximateReceiveCount", 0)),
        rule=said.get("RULE_ARN", ""),
        target=said.get("TARGET_ARN", ""),
        code=said.get("ERROR_CODE", ""),
        reason=said.get("ERROR_MESSAGE", ""),
    )
