"""The rules: which are on, and which of them match a record.

Rules are data (``tocsin/catalogue/*.toml``, and a folder of one's own). `selected` says which are on, and everything
that needs to know asks it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tocsin.core.match.rule import Example, Role, Rule, Severity, bound
from tocsin.core.match.rule_files import parse_rule
from tocsin.core.pattern.cloudtrail_event import DETAIL_TYPES
from tocsin.core.pattern.many.split import Split

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tocsin.core.pattern import Pattern
    from tocsin.core.record.record import Record
    from tocsin.core.settings import Settings

__all__ = ["BUILT_IN", "NEUTRAL", "REJECTED", "UNDELIVERED", "UNREADABLE", "Example", "Role", "Rule", "RuleSet",
           "Severity", "best_by_family", "parse_rule", "selected"]  # fmt: skip


def selected(rules: Iterable[Rule], settings: Settings) -> tuple[Rule, ...]:
    """The rules that are on: those of the packs that are, about the pipeline of this name, in the order of ids."""
    on = (bound(rule, settings.name) for rule in rules if rule.pack in settings.packs)
    return tuple(sorted(on, key=lambda rule: rule.id))


_WRITTEN = frozenset(DETAIL_TYPES.values())


def _native(pattern: Pattern) -> frozenset[str]:
    """The names of events that a service sends by itself, which have no eventName."""
    return (pattern.only("detail-type") or frozenset()) - _WRITTEN


def _native_alone(pattern: Pattern) -> bool:
    """Whether a pattern matches no event that CloudTrail writes."""
    kinds = pattern.only("detail-type")
    return kinds is not None and kinds.isdisjoint(_WRITTEN)


def _is_named_once(record: Record) -> bool:
    """Whether the one name of a record is all that a pattern can see of its name: most are of none that is watched."""
    if record.event is None:
        return True
    kind, name = record.event.get("detail-type"), record.raw.get("eventName")
    return (
        isinstance(kind, str)
        and kind in _WRITTEN
        and record.event.get("detail") is record.raw
        and isinstance(name, str)
    )


class RuleSet:
    """Rules that are looked up by record or by id."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._rules = {rule.id: rule for rule in rules}
        every = [(one, one.pattern) for one in self._rules.values() if one.pattern is not None]
        self._every = Split(every, None)
        # A pattern of events that services send by themselves matches none that CloudTrail writes.
        self._calls = Split([pair for pair in every if not _native_alone(pair[1])], "detail.eventName")
        self.watched = frozenset(
            name for _, pattern in every for name in (pattern.only("detail.eventName") or _native(pattern))
        )

    def __iter__(self) -> Iterator[Rule]:
        """The rules, in the order given."""
        return iter(self._rules.values())

    def match(self, record: Record) -> list[Rule]:
        """The rules that match a record, in the order given."""
        if not _is_named_once(record):
            return self._every.match("", record.as_event())
        return self._calls.match(record.name, record.as_event()) if self._calls.leaves_any(record.name) else []

    def get(self, rule_id: str) -> Rule:
        """The rule of an id; the neutral one for an id that is no longer here."""
        return self._rules.get(rule_id) or BUILT_IN.get(rule_id, NEUTRAL)


def best_by_family(rules: Iterable[Rule]) -> list[Rule]:
    """Of the rules that match one record, the most severe of each family; triggers before preludes."""
    best: dict[str, Rule] = {}
    for rule in rules:
        known = best.get(rule.family)
        if known is None or (rule.role is Role.TRIGGER, rule.severity) > (known.role is Role.TRIGGER, known.severity):
            best[rule.family] = rule
    return list(best.values())


NEUTRAL = Rule(
    id="neutral",
    title="No rule rings for this",
    pack="",
    family="neutral",
    role=Role.PRELUDE,
    severity=Severity.INFO,
    pattern=None,
    brief="",  # `core.phrases` says it from the record
    sentence="",
    next_steps=("No rule of the catalogue rings for this event; it is shown because you asked.",),
)
UNREADABLE = Rule(
    id="unreadable",
    title="A watched event came that cannot be read",
    pack="",
    family="unreadable",
    role=Role.TRIGGER,
    severity=Severity.HIGH,
    pattern=None,
    brief="an event that names {object} could not be read",
    sentence="A message that names {object} came in a form that cannot be read: {error}",
    brief_many="{count} events that name {object} could not be read",
    sentence_many="{count} messages came that name watched events and cannot be read; the last fault: {error}",
    next_steps=(
        "Look in CloudTrail event history at that time for the event itself.",
        "The bytes are kept: see the rejected messages of the responder's store.",
    ),
)
REJECTED = Rule(
    id="rejected",
    title="A message could not be read",
    pack="",
    family="unreadable",
    role=Role.PRELUDE,
    severity=Severity.LOW,
    pattern=None,
    brief="a message could not be read",
    sentence="A message came that is no CloudTrail event of this pipeline: {error}",
    brief_many="{count} messages could not be read",
    sentence_many="{count} messages came that are no CloudTrail events of this pipeline; the last fault: {error}",
    next_steps=("Find out who sends to the queue: its policy lets only EventBridge in.",),
)
UNDELIVERED = Rule(
    id="undelivered",
    title="A channel did not take a notice",
    pack="",
    family="undelivered",
    role=Role.TRIGGER,
    severity=Severity.HIGH,
    pattern=None,
    brief="{subject} did not take the notice of {object}",
    sentence="{subject} did not take the notice of {object}, so whoever reads it there does not know of it: {error}",
    next_steps=(
        "Read what it was about: `tocsin incidents show`, with the id that the sentence names.",
        "See what the channel answers: `tocsin channels test`.",
    ),
)
BUILT_IN = {rule.id: rule for rule in (NEUTRAL, UNREADABLE, REJECTED, UNDELIVERED)}
