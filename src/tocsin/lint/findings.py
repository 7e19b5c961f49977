"""What `tocsin lint` can find: one list of it, which the checks and the documentation share."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class FindingSeverity(StrEnum):
    """How sure the fault is."""

    ERROR = "error"  # AWS refuses it, or it never matches
    WARNING = "warning"  # it is likely not meant, or cannot be told


@dataclass(frozen=True, slots=True)
class FindingKind:
    """One kind of finding.

    Attributes:
        id: stable; never given to another.
        severity: the same for every finding of the kind.
        title: what is wrong, in a few words.
    """

    id: str
    severity: FindingSeverity
    title: str


def _kinds(severity: FindingSeverity, titles: dict[str, str]) -> dict[str, FindingKind]:
    return {kind: FindingKind(kind, severity, title) for kind, title in titles.items()}


KINDS: Final[dict[str, FindingKind]] = dict(
    sorted(
        {
            **_kinds(
                FindingSeverity.ERROR,
                {
                    "TL001": "AWS refuses the pattern",
                    "TL002": "the pattern is too long",
                    "TL003": "the wildcards are too complex",
                    "TL005": "the rule has neither pattern nor schedule",
                    "TL006": "the state is none that a rule can have",
                    "TL101": "the detail-type is none of CloudTrail's",
                    "TL102": "the eventSource is spelled otherwise",
                    "TL105": "the source is none of a service",
                    "TL106": "source and eventSource disagree",
                    "TL107": "CloudTrail spells the event's name otherwise",
                    "TL109": "no event has the field",
                    "TL111": "the event comes under another detail-type",
                    "TL112": "CloudTrail never writes the value",
                    "TL113": "the field never has that type of JSON",
                    "TL115": "`resources` is always empty",
                    "TL116": "a call that was done has no errorCode",
                    "TL117": "it is a permission, and no call",
                    "TL201": "the events never come to the Region",
                    "TL202": "read-only events never come to the rule",
                },
            ),
            **_kinds(
                FindingSeverity.WARNING,
                {
                    "TL004": "the wildcards are nearly too complex",
                    "TL007": "AWS's engine departs from its documentation here",
                    "TL103": "the event source is not known",
                    "TL104": "the source is open, so the event can be forged",
                    "TL108": "the event's name is not known",
                    "TL110": "CloudTrail's records do not have the field",
                    "TL114": "an operator stands in quotes",
                    "TL203": "the rule is disabled",
                    "TL204": "the rule has no target",
                    "TL205": "AWS's events do not come to the bus by themselves",
                    "TL301": "success and failure are not told apart",
                    "TL302": "a sign-in has no errorCode",
                    "TL303": "calls that were done never match",
                    "TL304": "a denied call of IAM has no parameters",
                    "TL401": "can not tell",
                    "TL402": "a part of the file cannot be read",
                },
            ),
        }.items()
    )
)


@dataclass(frozen=True, slots=True)
class Doubt:
    """What a check finds in a rule, before it is known where that stands.

    Attributes:
        kind: the finding's id.
        reason: why, in one sentence without a full stop.
        mend: the nearest valid form, or what to do.
        path: the field in the pattern, dotted; ``""`` is the whole of it.
        value: the value of the field that is meant, or None.
        whole: whether all of the field is meant, and the value only says which of several it is.
    """

    kind: str
    reason: str
    mend: str = ""
    path: str = ""
    value: str | None = None
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong, and where.

    Attributes:
        id: of its kind.
        severity: of its kind.
        file: as it was named.
        line: in the file; 0 where it is not known.
        rule: what the file calls the rule; ``""`` where the file is one pattern.
        place: in the pattern; ``""`` is the whole of it.
        reason: why, in one sentence without a full stop.
        mend: the nearest valid form, or what to do; may be ``""``.
    """

    id: str
    severity: FindingSeverity
    file: str
    line: int
    rule: str
    place: str
    reason: str
    mend: str
