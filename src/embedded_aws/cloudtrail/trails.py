"""Which trails cover a record: by their state before the call or after it.

A call that stops a trail is still in it, and one that starts it is already: "Security best practices in AWS
CloudTrail" and AWS's own solutions alarm on StopLogging by an EventBridge rule.
"""

from __future__ import annotations

import copy
import threading
from collections import OrderedDict
from typing import TYPE_CHECKING, Any, Final

from embedded_aws.calls.account_state import AccountState, covers

if TYPE_CHECKING:
    from embedded_aws.calls.operations import Call
    from embedded_aws.cloudtrail.feed import Record

_REMEMBERED: Final = 1000
_CHANGING: Final = {"DeleteTrail", "PutEventSelectors", "StopLogging", "UpdateTrail"}


class Trails:
    """Remembers how the trails were before a call that changed them.

    Args:
        state: of the account.
    """

    def __init__(self, state: AccountState) -> None:
        self._state = state
        self._before: OrderedDict[str, list[Any]] = OrderedDict()
        self._lock = threading.Lock()

    def before(self, call: Call) -> list[Any]:
        """Return copies of the trails, if the call may change them."""
        if call.service != "cloudtrail" or call.operation not in _CHANGING:
            return []
        return [_copy(trail) for trail in self._state.trails()]

    def remember(self, record: Record, trails: list[Any]) -> None:
        """Keep the trails as they were before this record's call."""
        if not trails:
            return
        with self._lock:
            self._before[record["eventID"]] = trails
            while len(self._before) > _REMEMBERED:
                self._before.popitem(last=False)

    def covering(self, record: Record) -> list[Any]:
        """Return the trails that cover the record."""
        with self._lock:
            before = self._before.get(record["eventID"], [])
        found = {trail.arn: trail for trail in (*before, *self._state.trails()) if covers(trail, record)}
        return list(found.values())


def _copy(trail: Any) -> Any:  # noqa: ANN401 - moto's
    copied = copy.copy(trail)
    copied.status = copy.copy(trail.status)
    return copied
