"""Proving rules by their examples: each rings where it says so, in the words that it says, and else is silent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tocsin.core.match.rules import RuleSet
from tocsin.core.settings import DEFAULTS
from tocsin.flows.explain import Explained, explain

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from tocsin.core.match.rules import Example, Rule


@dataclass(frozen=True, slots=True)
class Proof:
    """What became of one example.

    Attributes:
        rule: the rule's id.
        says: what the example shows.
        rings: whether it is to ring.
        fault: why it fails, or ``""``.
    """

    rule: str
    says: str
    rings: bool
    fault: str = ""


def prove(rules: Iterable[Rule], now: datetime) -> Iterator[Proof]:
    """Run the examples of rules, each rule by itself.

    Args:
        rules: as their files say, for a pipeline of the default name.
        now: stands in where an example tells no time.
    """
    for rule in rules:
        alone = RuleSet([rule])
        for example in rule.examples:
            yield Proof(rule.id, example.says, example.rings, _fault(example, alone, now))


def _fault(example: Example, alone: RuleSet, now: datetime) -> str:
    told = list(explain(example.record.encode(), alone, DEFAULTS, now))
    if len(told) != 1 or not isinstance(told[0], Explained):
        return "its record is not one CloudTrail record or EventBridge event"
    if told[0].rings != example.rings:
        return "it rings, and should be silent" if told[0].rings else "it is silent, and should ring"
    sentence = told[0].notices[0].sentence
    if example.sentence and sentence != example.sentence:
        return f"it says: {sentence}"
    return ""
