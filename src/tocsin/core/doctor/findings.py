"""Findings: what is wrong, where, and what that means; and the kinds of them, which have stable codes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tocsin.core.doctor.walk import Joint, Told
    from tocsin.core.steps import Step


class Severity(StrEnum):
    """How bad a finding is."""

    BROKEN = "broken"  # what should ring does not
    WEAK = "weak"  # it rings, and may stop, or rings for what it should not
    NOT_SEEN = "not seen"  # it may not be looked at
    UNCLEAR = "unclear"  # it hangs on what nobody here can tell


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of finding.

    Attributes:
        code: stable; never given to another kind.
        severity: the same for every finding of the kind.
        title: what is wrong, in a few words.
        so: what that means for who waits for the bell, as a sentence without a full stop.
        cause: how it comes to be.
        mend: what to do.
    """

    code: str
    severity: Severity
    title: str
    so: str
    cause: str
    mend: str


def kinds_of(table: Mapping[str, Mapping[str, Any]]) -> dict[str, Kind]:
    """The kinds of a table by code, such as `config.finding_kinds` reads."""
    return {code: Kind(code, Severity(row["severity"]), *map(str, _texts(row))) for code, row in table.items()}


def _texts(row: Mapping[str, Any]) -> Iterable[str]:
    return (" ".join(str(row[name]).split()) for name in ("title", "so", "cause", "mend"))


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong, and where.

    Attributes:
        kind: which kind it is of.
        link: at which link.
        thing: the ARN or the name of what it is of.
        evidence: what was seen, a sentence each without a full stop.
        mend: the commands that mend it; none where a person has to decide.
        fix: calls that mend it and can do no harm.
    """

    kind: Kind
    link: str
    thing: str
    evidence: tuple[str, ...]
    mend: tuple[str, ...] = ()
    fix: tuple[Step, ...] = ()

    @property
    def id(self) -> str:
        """The same in two runs that find the same."""
        return f"{self.kind.code} {self.link} {self.thing}"


def findings(told: Iterable[tuple[Joint, Told]], kinds: Mapping[str, Kind]) -> list[Finding]:
    """What a walk found; of one kind at one thing it is one finding, however many joints met it."""
    found: dict[tuple[str, str, str], Finding] = {}
    for joint, one in told:
        for fault in one.faults:
            thing = fault.thing or joint.thing
            key = (fault.code, joint.link, thing)
            before = found.get(key) or Finding(kinds[fault.code], joint.link, thing, ())
            found[key] = Finding(
                before.kind,
                before.link,
                thing,
                _more(before.evidence, fault.evidence),
                _more(before.mend, fault.mend),
                before.fix + tuple(step for step in fault.fix if step.key not in {held.key for held in before.fix}),
            )
    return list(found.values())


def _more(held: Sequence[str], one: str) -> tuple[str, ...]:
    return (*held, one) if one and one not in held else tuple(held)
