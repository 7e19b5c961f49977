"""Mending what the doctor found, as far as a call can do it that does no harm."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tocsin.core.doctor.findings import Finding
    from tocsin.core.steps import Answered, Step
    from tocsin.flows.ports import Calls


def plan(findings: Iterable[Finding]) -> list[Step]:
    """The steps that mend findings, each once, in the order of the walk."""
    return list({step.key: step for one in findings for step in one.fix}.values())


def carry_out(steps: Iterable[Step], calls: Calls) -> Iterator[tuple[Step, Answered]]:
    """Make each call, and give what AWS answered; one that is refused does not keep the others from being made.

    Raises:
        Unreachable: AWS cannot be reached.
    """
    for step in steps:
        yield step, calls.call(step)
