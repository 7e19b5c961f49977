"""Walking steps: noted in the journal before the act, tried again while AWS says "not yet"."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tocsin.core.drill.journal import made_by
from tocsin.core.steps import Answered, Came, Step
from tocsin.errors import CredentialsError, TocsinError, Unreachable

if TYPE_CHECKING:
    from collections.abc import Collection

    from tocsin.flows.ports import Calls, Clock, Notes

# How long a call is tried again that AWS cannot do yet, and the longest pause between two tries, in seconds.
PATIENCE_S = 60.0
LONGEST_PAUSE_S = 8.0
_FIRST_PAUSE_S = 0.5
# How long "no such thing" is doubted: what was made a moment ago may not be seen everywhere yet.
DOUBT_S = 4.0


@dataclass(frozen=True, slots=True)
class Walker:
    """Makes calls.

    Attributes:
        calls: AWS.
        notes: the journal.
        clock: what time it is, and waiting.
    """

    calls: Calls
    notes: Notes
    clock: Clock

    def walk(self, step: Step, wait_out: Collection[Came] = (Came.NOT_YET,), patience: float = PATIENCE_S) -> Answered:
        """Make one call, and give what AWS answered last.

        Args:
            step: the call.
            wait_out: what is tried again, with longer and longer pauses.
            patience: seconds.

        Raises:
            Unreachable: AWS cannot be reached.
        """
        return self.timed(step, wait_out, patience)[0]

    def timed(
        self, step: Step, wait_out: Collection[Came] = (Came.NOT_YET,), patience: float = PATIENCE_S
    ) -> tuple[Answered, float, float]:
        """As `walk`; gives also when the last try was asked and when it was answered, by the clock that never jumps."""
        self.notes.note(step)
        began, pause = self.clock.monotonic(), _FIRST_PAUSE_S
        while True:
            asked = self.clock.monotonic()
            answered = self.calls.call(step)
            at = self.clock.monotonic()
            if answered.came not in wait_out or at - began + pause > patience:
                if answered.came in (Came.DENIED, Came.FAILED) and (thing := made_by(step)):
                    self.notes.drop(thing)  # it was refused for good: nothing was made
                return answered, asked, at
            self.clock.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE_S)

    def must(self, step: Step, wait_out: Collection[Came] = (Came.NOT_YET,)) -> Answered:
        """Make one call that has to be done.

        Raises:
            Unreachable: AWS refuses it, or cannot be reached.
        """
        answered = self.walk(step, wait_out)
        if answered.came is not Came.DONE:
            raise refused(answered)
        return answered

    def gone(self, step: Step) -> Answered:
        """Take something away; what is not there, when asked more than once, is gone.

        Raises:
            Unreachable: AWS refuses it, or cannot be reached.
        """
        answered = self.walk(step, (Came.NOT_YET, Came.CONFLICT, Came.GONE), DOUBT_S)
        if answered.came in (Came.NOT_YET, Came.CONFLICT):
            answered = self.walk(step, (Came.NOT_YET, Came.CONFLICT))
        if answered.came not in (Came.DONE, Came.GONE):
            raise refused(answered)
        return answered


def refused(answered: Answered) -> TocsinError:
    """The refusal of a call as an error."""
    if answered.code == "InvalidClientTokenId":
        return CredentialsError(answered.said, hint=answered.hint)
    return Unreachable(answered.said, hint=answered.hint)
