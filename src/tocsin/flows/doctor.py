"""Examining a pipeline: looks are taken in rounds, and everything is judged anew, until nothing more has to be seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tocsin.core.doctor.looks import Looks
from tocsin.core.doctor.recorded import batches
from tocsin.core.doctor.walk import walk

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tocsin.core.doctor.walk import Joint, Walked
    from tocsin.core.steps import Answered
    from tocsin.flows.ports import Looker


def examine(first: Sequence[Joint], looker: Looker) -> Walked:
    """Walk joints to their ends.

    Args:
        first: where the walk begins.
        looker: makes the calls.

    Returns:
        the walk, to which nothing is wanting.

    Raises:
        Unreachable: AWS cannot be reached.
    """
    answers: dict[str, Answered] = {}
    walked = None
    while True:
        walked = walk(first, Looks(answers), walked)
        if not walked.wanting:
            return walked
        calls = batches(walked.wanting)
        for call, answered in zip(calls, looker.look([one.step for one in calls]), strict=True):
            answers |= zip((step.key for step in call.of), call.answers(answered), strict=True)
