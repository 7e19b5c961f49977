"""How much of AWS's limits a pipeline uses, and what others use of the same."""

from __future__ import annotations

import re
from dataclasses import dataclass

from tocsin.core.template.adoption import MOST_TRAILS
from tocsin.core.template.pipeline import LONGEST_PATTERN, LONGEST_TEMPLATE, MOST_RULES, MOST_WITH_WILDCARDS

_RULE = "Type: AWS::Events::Rule"
_PATTERN = re.compile(r"^      EventPattern: (.*)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Used:
    """What there is already besides the pipeline; None where it may not be seen.

    Attributes:
        rules: event rules on the default bus.
        trails: trails that cover the Region, shadow trails included.
    """

    rules: int | None
    trails: int | None


@dataclass(frozen=True, slots=True)
class Quota:
    """One limit.

    Attributes:
        what: of what, in words.
        ours: how much the pipeline uses.
        others: how much others use of the same, 0 where it is the pipeline's alone; None where it may not be seen.
        limit: how much AWS takes, before it is raised.
    """

    what: str
    ours: int
    others: int | None
    limit: int

    @property
    def full(self) -> bool:
        """Whether it is more than AWS takes, as far as is seen."""
        return self.ours + (self.others or 0) > self.limit


def quotas(template: str, used: Used, *, own_trail: bool) -> list[Quota]:
    """The limits that a pipeline comes near.

    Args:
        template: what is deployed.
        used: what there is besides.
        own_trail: whether it makes a trail.
    """
    patterns = _PATTERN.findall(template)
    wild = sum('"wildcard"' in one for one in patterns)
    return [
        Quota("event rules on the default bus", template.count(_RULE), used.rules, MOST_RULES),
        Quota("event rules with wildcards", wild, 0, MOST_WITH_WILDCARDS),
        Quota("characters in the longest event pattern", max(map(len, patterns), default=0), 0, LONGEST_PATTERN),
        Quota("trails in the Region", int(own_trail), used.trails, MOST_TRAILS),
        Quota("bytes of template", len(template.encode()), 0, LONGEST_TEMPLATE),
    ]


def lines(found: list[Quota]) -> list[str]:
    """The quotas as a person reads them."""
    said = ["quotas of AWS"]
    for one in found:
        others = ", those of others not seen" if one.others is None else f" and {one.others:,} of others"
        shown = f"{one.ours:,}{'' if one.others == 0 else others}"
        said.append(f"  {shown} of {one.limit:,} {one.what}{': TOO MANY' if one.full else ''}")
    return said
