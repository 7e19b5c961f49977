"""The EventBridge and SQS operations that moto answers wrongly or not at all.

https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_Operations.html
"""

from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from embedded_aws.calls.http import ApiError
from tocsin.core.pattern import PatternError, compile_pattern, require_deployable
from tocsin.core.transformer import TransformError, check

if TYPE_CHECKING:
    from embedded_aws.calls.account_state import AccountState
    from embedded_aws.calls.exchange import ApiRequest, Handler
    from embedded_aws.events.bridge import Bridge

Result = dict[str, Any]

MAX_ENTRIES = 10
MAX_PATTERN = 2048
MAX_BYTES = 256 * 1024
_REQUIRED = {"Source": "Source", "DetailType": "DetailType", "Detail": "Detail"}
_FIELDS = {"id", "detail-type", "source", "account", "time", "region", "resources"}


class EventBridgeApi:
    """Answers for one account.

    Args:
        bridge: delivers what PutEvents brings.
        state: the account.
    """

    def __init__(self, bridge: Bridge, state: AccountState) -> None:
        self._bridge = bridge
        self._state = state

    def handlers(self) -> dict[tuple[str, str], Handler]:
        """The operations by service and name."""
        return {
            ("events", "PutRule"): self.put_rule,
            ("events", "PutTargets"): self.put_targets,
            ("events", "TestEventPattern"): self.test_event_pattern,
            ("events", "PutEvents"): self.put_events,
            ("sqs", "SetQueueAttributes"): self.set_queue_attributes,
            ("sqs", "GetQueueAttributes"): self.get_queue_attributes,
        }

    def put_rule(self, request: ApiRequest) -> Result:
        """PutRule: moto accepts most patterns that AWS refuses, and so does its matcher."""
        if pattern := request.params.get("EventPattern"):
            _require_deployable(pattern)
        return request.forward()

    def put_targets(self, request: ApiRequest) -> Result:
        """PutTargets, with an input that AWS would refuse refused."""
        for target in request.params.get("Targets", []):
            try:
                check(target)
            except TransformError as error:
                raise ApiError("ValidationException", str(error)) from error
        return request.forward()

    def test_event_pattern(self, request: ApiRequest) -> Result:
        """TestEventPattern, by the product's own matcher; the event needs the fields that AWS demands."""
        try:
            event = json.loads(request.params["Event"])
        except ValueError as error:
            raise ApiError("ValidationException", "Parameter Event is not valid.") from error
        if not isinstance(event, dict) or (missing := sorted(_FIELDS - set(event))):
            names = missing if isinstance(event, dict) else ["id"]
            reason = f"Parameter Event is not valid. Reason: it must have the field {names[0]}."
            raise ApiError("ValidationException", reason)
        pattern = _compile(request.params["EventPattern"])
        return {"Result": pattern.matches(request.params["Event"])}

    def put_events(self, request: ApiRequest) -> Result:
        """PutEvents; a source of ``aws.`` is refused entry by entry.

        https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsResultEntry.html
        """
        entries = request.params["Entries"]
        if not 1 <= len(entries) <= MAX_ENTRIES:
            reason = (
                "1 validation error detected: Value at 'entries' failed to satisfy constraint: "
                f"Member must have length less than or equal to {MAX_ENTRIES}"
            )
            raise ApiError("ValidationException", reason)
        if sum(_size(entry) for entry in entries) >= MAX_BYTES:
            raise ApiError("ValidationException", "Total size of the entries in the request is over the limit.")
        answers = [self._put(entry, request) for entry in entries]
        return {"FailedEntryCount": sum("ErrorCode" in each for each in answers), "Entries": answers}

    def _put(self, entry: Result, request: ApiRequest) -> Result:
        for key in _REQUIRED:
            if not entry.get(key):
                message = f"Parameter {key} is not valid. Reason: {key} is a required argument."
                return {"ErrorCode": "InvalidArgument", "ErrorMessage": message}
        if entry["Source"].startswith("aws."):
            message = "Not authorized for the source."
            return {"ErrorCode": "NotAuthorizedForSourceException", "ErrorMessage": message}
        try:
            detail = json.loads(entry["Detail"])
        except ValueError:
            detail = None
        if not isinstance(detail, dict):
            return {"ErrorCode": "MalformedDetail", "ErrorMessage": "Detail is malformed."}
        event = _event(entry, detail, request)
        self._bridge.put(event, bus=str(entry.get("EventBusName") or "default").rsplit("/", 1)[-1])
        return {"EventId": event["id"]}

    def set_queue_attributes(self, request: ApiRequest) -> Result:
        """SetQueueAttributes: in moto, setting any attribute without the policy wipes the policy."""
        queue = self._queue(request)
        policy = queue.policy if queue is not None else None
        result = request.forward()
        if queue is not None and "Policy" not in request.params.get("Attributes", {}):
            queue.policy = policy
        return result

    def get_queue_attributes(self, request: ApiRequest) -> Result:
        """GetQueueAttributes with RedriveAllowPolicy, which moto stores but does not show."""
        result = request.forward()
        value = getattr(self._queue(request), "redrive_allow_policy", None)
        wanted = set(request.params.get("AttributeNames") or [])
        if value and wanted & {"All", "RedriveAllowPolicy"}:
            result.setdefault("Attributes", {})["RedriveAllowPolicy"] = value
        return result

    def _queue(self, request: ApiRequest) -> Any:  # noqa: ANN401 - moto's class
        name = str(request.params.get("QueueUrl", "")).rstrip("/").rsplit("/", 1)[-1]
        return self._state.queue(f"arn:aws:sqs:{request.region}:{request.account_id}:{name}")


def _compile(pattern: str) -> Any:  # noqa: ANN401 - the matcher's own class
    try:
        return compile_pattern(pattern)
    except PatternError as error:
        raise ApiError("InvalidEventPatternException", f"Event pattern is not valid. Reason: {error}") from error


def _require_deployable(text: str) -> None:
    """Refuse what the service does not store.

    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html
    """
    pattern = _compile(text)
    reason = f"it is longer than {MAX_PATTERN} characters" if len(text) > MAX_PATTERN else ""
    try:
        require_deployable(pattern)
    except PatternError as error:
        reason = reason or str(error)
    if reason:
        raise ApiError("InvalidEventPatternException", f"Event pattern is not valid. Reason: {reason}")


def _size(entry: Result) -> int:
    """The size as AWS counts it: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevent-size.html."""
    texts = [entry.get(key) or "" for key in ("Source", "Detail", "DetailType")] + list(entry.get("Resources") or [])
    return sum(len(text.encode()) for text in texts) + (14 if entry.get("Time") else 0)


def _event(entry: Result, detail: Result, request: ApiRequest) -> Result:
    moment = entry.get("Time")
    stamp = moment if isinstance(moment, datetime) else datetime.now(UTC)
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": entry["DetailType"],
        "source": entry["Source"],
        "account": request.account_id,
        "time": stamp.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": request.region,
        "resources": list(entry.get("Resources") or []),
        "detail": detail,
    }
