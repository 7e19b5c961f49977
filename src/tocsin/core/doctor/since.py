"""What changed since an earlier run of the doctor, by what that printed."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tocsin.core.doctor.findings import Finding


@dataclass(frozen=True, slots=True)
class Earlier:
    """What an earlier run found: account and id of each finding, in their order."""

    ids: tuple[tuple[str, str], ...]

    def new(self, account: str, finding: Finding) -> bool:
        """Whether it was not found then in an account."""
        return (account, finding.id) not in self.ids

    def mended(self, account: str, findings: Iterable[Finding]) -> list[str]:
        """What was found then in an account and is not any more, as ``CODE LINK THING``."""
        now = {one.id for one in findings}
        return [one for whose, one in self.ids if whose == account and one not in now]


def earlier_of(text: str) -> Earlier:
    """An earlier run by what ``--json`` printed.

    Args:
        text: its lines.

    Raises:
        ValueError: it is no output of ``tocsin doctor --json``; says which line is not.
    """
    ids = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        try:
            fact = json.loads(line)
        except ValueError as fault:
            raise ValueError(f"line {number} is no JSON: {fault}") from fault
        if not isinstance(fact, dict) or "kind" not in fact:
            raise ValueError(f"line {number} is no object with a `kind`")
        if fact["kind"] == "finding":
            try:
                ids.append((str(fact["account"]), f"{fact['code']} {fact['link']} {fact['thing']}"))
            except KeyError as fault:
                raise ValueError(f"line {number} is a finding without {fault}") from fault
    return Earlier(tuple(ids))
