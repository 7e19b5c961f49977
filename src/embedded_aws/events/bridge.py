"""From CloudTrail records to EventBridge targets, by nothing but the account's own state.

A record becomes an event only if a trail with logging on covers its Region and writes such records; a rule
of the default bus must be enabled and match; each target is sent to only if its policy, role and key let
EventBridge. What is not so is silence, as in AWS, and stands in `Bridge.log` with the reason.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html
"""

from __future__ import annotations

import threading
import time
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from embedded_aws.calls.account_state import AccountState
from embedded_aws.iam.deliveries import EVENTS, Permissions, Refusal
from tocsin.core.pattern import compile_pattern
from tocsin.core.pattern.cloudtrail_event import cloudtrail_event
from tocsin.core.transformer import RuleFacts, TransformError, body, dumps

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tocsin.core.pattern import Pattern

    Event = dict[str, Any]
    Publish = Callable[[str, str], object]
    #: When each copy of a delivery goes out, in seconds from now: () drops it, (0.0,) is the normal case,
    #: (0.0, 0.0) repeats it, unequal delays for different events reorder them.
    Faults = Callable[[Event], Sequence[float]]

# https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html: larger events
# are left out
MAX_EVENT_BYTES = 256 * 1024
_ENABLED = {"ENABLED", "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"}


class Fate(StrEnum):
    """What became of an event."""

    DELIVERED = "delivered"
    DEAD_LETTERED = "dead-lettered"
    DROPPED = "dropped"
    SILENT = "silent"


@dataclass(frozen=True)
class BridgeEntry:
    """One line of the bridge's log.

    Args:
        time: when.
        event_id: the record's eventID, or the event's id for events of PutEvents.
        event_name: the record's eventName, or the detail-type.
        rule: its name, "" where no rule was reached.
        target: its ARN, "" where no target was reached.
        fate: what happened.
        reason: why, where it was not delivered.
    """

    time: datetime
    event_id: str
    event_name: str
    rule: str
    target: str
    fate: Fate
    reason: str = ""


@lru_cache(maxsize=1024)
def _compiled(pattern: str) -> Pattern:
    return compile_pattern(pattern)


class Bridge:
    """Delivers events to targets.

    Args:
        account_id: the account.
        publish: publishes a message to a topic.
        covered: whether a trail with logging on covers a record and writes such records; a trail that the call itself
            stopped or deleted still covers it.
        faults: for tests, when each copy of a delivery goes out; None sends each once, now.
    """

    def __init__(
        self,
        account_id: str,
        publish: Publish,
        covered: Callable[[dict[str, Any]], bool],
        faults: Faults | None = None,
    ) -> None:
        self._state = AccountState(account_id)
        self._permissions = Permissions(self._state)
        self._publish = publish
        self._covered = covered
        self.faults = faults
        self.log: list[BridgeEntry] = []
        self._waiting = 0
        self._changed = threading.Condition()

    def on_record(self, record: dict[str, Any]) -> None:
        """Take a CloudTrail record: the callback for the embedded AWS."""
        if record.get("eventCategory", "Management") != "Management":
            return
        event = envelope(record)
        if not self._covered(record):
            where = f"{record['awsRegion']} for {record['eventSource']}"
            self._say(event, "", "", Fate.SILENT, f"no trail that logs covers {where} and writes such events")
            return
        self.put(event, read_only=bool(record.get("readOnly")))

    def put(self, event: Event, *, bus: str = "default", read_only: bool = False) -> None:
        """Send an event to the targets of every rule of a bus that it matches."""
        text = dumps(event)
        if len(text.encode()) > MAX_EVENT_BYTES:
            self._say(event, "", "", Fate.SILENT, f"the event is over {MAX_EVENT_BYTES} bytes")
            return
        hit = False
        for rule in self._state.rules(event["region"], bus):
            pattern = rule.event_pattern.dump()
            if not pattern or not _compiled(pattern).matches(event):
                continue
            hit = True
            if reason := _idle(rule, read_only=read_only):
                self._say(event, rule.name, "", Fate.SILENT, reason)
                continue
            for target in list(rule.targets):
                self._schedule(event, rule, target)
        if not hit and not read_only:
            self._say(event, "", "", Fate.SILENT, f"no rule of the bus {bus} matches")

    def settle(self, timeout: float = 5.0) -> None:
        """Wait until no delayed delivery is left.

        Raises:
            TimeoutError: some are left.
        """
        deadline = time.monotonic() + timeout
        with self._changed:
            while self._waiting:
                left = deadline - time.monotonic()
                if left <= 0 or not self._changed.wait(left):
                    raise TimeoutError(f"{self._waiting} deliveries are still waiting after {timeout} s")

    # -- delivery ------------------------------------------------------------------------------------------

    def _schedule(self, event: Event, rule: Any, target: dict[str, Any]) -> None:  # noqa: ANN401 - moto's class
        delays = self.faults(event) if self.faults else (0.0,)
        if not delays:
            self._say(event, rule.name, target["Arn"], Fate.DROPPED, "the test wants this event lost")
        for delay in delays:
            if not delay:
                self._deliver(event, rule, target)
                continue
            with self._changed:
                self._waiting += 1
            timer = threading.Timer(delay, self._deliver_late, (event, rule, target))
            timer.daemon = True
            timer.start()

    def _deliver_late(self, event: Event, rule: Any, target: dict[str, Any]) -> None:  # noqa: ANN401 - as above
        try:
            self._deliver(event, rule, target)
        finally:
            with self._changed:
                self._waiting -= 1
                self._changed.notify_all()

    def _deliver(self, event: Event, rule: Any, target: dict[str, Any]) -> None:  # noqa: ANN401 - as above
        arn = target["Arn"]
        facts = RuleFacts(rule.arn, rule.name, f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}")
        try:
            self._check(arn, rule, target)
            message = body(target, event, facts)
            if arn.split(":")[2] == "sns":
                self._publish(arn, message)
            else:
                self._state.send_to_queue(arn, message)
        except Refusal as refusal:
            self._dead_letter(event, rule, target, refusal)
        except TransformError as error:
            self._dead_letter(event, rule, target, Refusal("INVALID_INPUT", str(error)))
        else:
            self._say(event, rule.name, arn, Fate.DELIVERED)

    def _check(self, arn: str, rule: Any, target: dict[str, Any]) -> None:  # noqa: ANN401 - as above
        service, region = arn.split(":")[2:4]
        if service not in {"sns", "sqs"}:
            raise Refusal("UNSUPPORTED", f"the embedded AWS does not deliver to {service}")
        if region != rule.region_name:
            raise Refusal("RESOURCE_NOT_FOUND", f"{arn} is in another Region than the rule")
        self._permissions.check(arn, service=EVENTS, source_arn=rule.arn, role_arn=target.get("RoleArn", ""))

    def _dead_letter(self, event: Event, rule: Any, target: dict[str, Any], refusal: Refusal) -> None:  # noqa: ANN401
        """Send to the target's dead-letter queue: missing permissions and targets are not retried.

        https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
        """
        arn, queue = target["Arn"], (target.get("DeadLetterConfig") or {}).get("Arn")
        if not queue:
            self._say(
                event,
                rule.name,
                arn,
                Fate.DROPPED,
                f"{refusal.reason}; the target has no dead-letter queue",
            )
            return
        try:
            self._permissions.check(queue, service=EVENTS, source_arn=rule.arn)
        except Refusal as second:
            self._say(event, rule.name, arn, Fate.DROPPED, f"{refusal.reason}; and {second.reason}")
            return
        attributes = {
            "RULE_ARN": rule.arn,
            "TARGET_ARN": arn,
            "ERROR_CODE": refusal.code,
            "ERROR_MESSAGE": refusal.reason,
            "RETRY_ATTEMPTS": "0",
        }
        self._state.send_to_queue(queue, dumps(event), attributes)
        self._say(event, rule.name, arn, Fate.DEAD_LETTERED, refusal.reason)

    def _say(self, event: Event, rule: str, target: str, fate: Fate, reason: str = "") -> None:
        detail = event["detail"] if isinstance(event["detail"], dict) else {}
        event_id = str(detail.get("eventID") or event["id"])
        name = str(detail.get("eventName") or event["detail-type"])
        self.log.append(BridgeEntry(datetime.now(UTC), event_id, name, rule, target, fate, reason))


def _idle(rule: Any, *, read_only: bool) -> str:  # noqa: ANN401 - moto's class
    """Why a rule that matches sends nothing, or ""."""
    if rule.state not in _ENABLED:
        return "the rule is disabled"
    if read_only and rule.state == "ENABLED":
        return "the rule takes no read-only events; its state would have to be ENABLED_WITH_ALL_CLOUDTRAIL_..."
    return "" if rule.targets else "the rule has no target"


def envelope(record: dict[str, Any]) -> Event:
    """The EventBridge event of a CloudTrail record.

    https://docs.aws.amazon.com/eventbridge/latest/ref/events-ref-cloudtrail.html
    """
    return cloudtrail_event(record, str(uuid.uuid4()), str(record.get("recipientAccountId", "")))
