"""Moving dead letters back, which moto leaves out; done within the call.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from embedded_aws.calls.http import ApiError

if TYPE_CHECKING:
    from embedded_aws.calls.account_state import AccountState
    from embedded_aws.calls.exchange import ApiRequest, Handler


class Moves:
    """Answers for one account; newest task first."""

    def __init__(self, state: AccountState) -> None:
        self._state = state
        self._tasks: list[dict[str, Any]] = []

    def handlers(self) -> dict[str, Handler]:
        """The operations by name."""
        return {"StartMessageMoveTask": self.start, "ListMessageMoveTasks": self.list}

    def start(self, request: ApiRequest) -> dict[str, Any]:
        """Move all messages to the queue whose dead-letter queue this is; of no SQS queue it is refused."""
        source = self._state.queue(request.params["SourceArn"])
        target = self._state.source_of(request.params["SourceArn"])
        if source is None or target is None:
            raise ApiError("ResourceNotFoundException", "Source queue must be configured as a Dead Letter Queue.", 400)
        for message in (messages := list(source.messages)):
            self._state.send_to_queue(target.queue_arn, message.body)
        source._messages = [one for one in source._messages if one not in messages]  # noqa: SLF001 - moto has no other
        moment = int(datetime.now(UTC).timestamp() * 1000)
        task = {"Status": "COMPLETED", "SourceArn": request.params["SourceArn"], "StartedTimestamp": moment}
        self._tasks.insert(0, task | {"ApproximateNumberOfMessagesMoved": len(messages)})
        return {"TaskHandle": f"move-{len(self._tasks)}"}

    def list(self, request: ApiRequest) -> dict[str, Any]:
        """The tasks of a queue; one that has ended shows no handle."""
        return {"Results": [one for one in self._tasks if one["SourceArn"] == request.params["SourceArn"]]}
