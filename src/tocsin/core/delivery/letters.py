"""Dead letters: events that could not be delivered, and wait in a queue for a person.

EventBridge User Guide, "Using dead-letter queues": the attributes that say which rule, which target and why. What the
responder gave up has none; how often it was received is all that is known.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tocsin.core.text import inert

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class Letter:
    """One dead letter.

    Attributes:
        id: the message's id.
        body: the event, as it came.
        handle: by which it is taken out.
        sent: when it went into this queue.
        receives: how often it was received.
        rule: ARN of the rule that matched it, or ``""``.
        target: ARN of what it could not be delivered to, or ``""``.
        code: AWS's code of the reason, or ``""``.
        reason: AWS's words, or ``""``.
    """

    id: str
    body: bytes
    handle: str
    sent: datetime
    receives: int
    rule: str = ""
    target: str = ""
    code: str = ""
    reason: str = ""

    @property
    def why(self) -> str:
        """Why it could not be delivered, in a line."""
        if not self.code and not self.reason:
            return f"given up by the responder; received {self.receives:,} times so far"
        rule, target = (arn.rpartition("/")[2] or arn for arn in (self.rule, self.target))
        return inert(f"rule {rule} could not deliver it to {target.rpartition(':')[2]}: {self.code}: {self.reason}")
