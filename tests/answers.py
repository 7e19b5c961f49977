"""AWS's answers by the name of the call, for what looks at an account."""

from __future__ import annotations

from tocsin.core.steps import Answered


class Answers:
    """Fits `flows.ports.Looker`."""

    def __init__(self, *answers):
        self._answers = {name: answer for each in answers for name, answer in each.items()}

    def look(self, steps):
        found = [self._answers[step.operation] for step in steps]
        return [one if isinstance(one, Answered) else Answered(one) for one in found]
