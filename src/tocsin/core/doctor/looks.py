"""What was seen of an account, asked for as it is needed: a judge that lacks an answer says which call would give it.

The judges read AWS's own answers, by the calls that give them. A flow makes the calls that are wanting, in rounds, and
has judged what waited for them, until nothing does: so gathering follows what was found, and stays out of judging.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tocsin.core.steps import Came, Step

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tocsin.core.steps import Answered


class Waiting(Exception):  # noqa: N818 - a question, not a fault
    """Calls have to be made before this can be judged."""

    def __init__(self, steps: Sequence[Step]) -> None:
        super().__init__(", ".join(step.operation for step in steps))
        self.steps = tuple(steps)


class NotSeen(Exception):  # noqa: N818 - an answer, not a fault
    """Something may not be looked at, or AWS did not show it; says why, and what would help."""

    def __init__(self, reason: str, mend: str = "") -> None:
        super().__init__(reason)
        self.mend = mend


class Looks:
    """The answers so far.

    Args:
        answers: by the key of the call.
    """

    def __init__(self, answers: Mapping[str, Answered]) -> None:
        self._answers = answers

    def answer(self, step: Step) -> Answered:
        """What AWS answered to a call: done, or that there is no such thing.

        Raises:
            Waiting: it was not made yet.
            NotSeen: AWS refused it for another reason.
        """
        found = self._answers.get(step.key)
        if found is None:
            raise Waiting([step])
        if found.came not in (Came.DONE, Came.GONE):
            raise NotSeen(found.said, found.hint)
        return found

    def every(self, steps: Sequence[Step]) -> list[Answered]:
        """What AWS answered to several calls, which are all asked for at once; as `answer`."""
        wanting = [step for step in steps if step.key not in self._answers]
        if wanting:
            raise Waiting(wanting)
        return [self.answer(step) for step in steps]

    def shown(self, service: str, operation: str, **parameters: object) -> Mapping[str, Any] | None:
        """What AWS shows of a thing, or None where there is none; as `answer`."""
        found = self.answer(look(service, operation, **parameters))
        return found.result if found.came is Came.DONE else None


def look(service: str, operation: str, **parameters: object) -> Step:
    """A call that only looks, at every page of what there is."""
    return Step(service, operation, parameters, every_page=True)
