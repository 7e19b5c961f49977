"""A verdict a link: the doctor's findings, told short."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from tocsin.core.doctor.findings import Severity
from tocsin.core.doctor.joints.place import name_of
from tocsin.core.template.links import LINKS, Link
from tocsin.core.text import join

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from tocsin.core.doctor.findings import Finding
    from tocsin.core.doctor.walk import Joint, Told

_MOST_TOLD = 2


class Standing(StrEnum):
    """What is known of a link."""

    WHOLE = "whole"
    BROKEN = "broken"
    WEAK = "weak"
    NOT_SEEN = "not seen"
    UNCLEAR = "unclear"


# The worst first.
_OF = {
    Severity.BROKEN: Standing.BROKEN,
    Severity.NOT_SEEN: Standing.NOT_SEEN,
    Severity.UNCLEAR: Standing.UNCLEAR,
    Severity.WEAK: Standing.WEAK,
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """One link as it was seen.

    Attributes:
        link: which.
        standing: what is known of it.
        evidence: what was seen, or why nothing was.
        so: what that means, where it is not whole.
        codes: the codes of the findings at it.
    """

    link: Link
    standing: Standing
    evidence: str
    so: str = ""
    codes: tuple[str, ...] = ()


def verdicts(told: Sequence[tuple[Joint, Told]], found: Sequence[Finding], made: Collection[str]) -> list[Verdict]:
    """A verdict a link that was walked or that there has to be, in the order of the list of links.

    Args:
        told: what a walk saw.
        found: the findings of that walk.
        made: ids of the links that the pipeline has.
    """
    walked = {joint.link for joint, _ in told} | set(made)
    return [_verdict(link, found, told) for link in LINKS if link.id in walked]


def _verdict(link: Link, found: Sequence[Finding], told: Sequence[tuple[Joint, Told]]) -> Verdict:
    here = [one for one in found if one.link == link.id]
    for severity, standing in _OF.items():
        worst = [one for one in here if one.kind.severity is severity]
        if worst:
            said = list(dict.fromkeys(f"{name_of(one.thing)}: {join(list(one.evidence), most=2)}" for one in worst))
            codes = tuple(dict.fromkeys(one.kind.code for one in here))
            return Verdict(link, standing, "; ".join(_some(said)), worst[0].kind.so, codes)
    seen = [(joint, one) for joint, one in told if joint.link == link.id and one.evidence]
    if not seen:
        return Verdict(link, Standing.NOT_SEEN, "what it hangs on is broken or not seen")
    things = {joint.thing for joint, _ in seen}
    said = list(dict.fromkeys(one.evidence for _, one in seen))
    if len(things) > 1:
        return Verdict(link, Standing.WHOLE, f"{len(things)} of them: {said[0]}")
    return Verdict(link, Standing.WHOLE, "; ".join(said[:_MOST_TOLD]))


def _some(said: list[str]) -> list[str]:
    return said if len(said) <= _MOST_TOLD else [*said[:_MOST_TOLD], f"{len(said) - _MOST_TOLD} more"]
