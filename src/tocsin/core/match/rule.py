"""What a rule is: an event pattern, how bad it is, what a person reads, and the examples that prove it."""

from __future__ import annotations

from enum import IntEnum, StrEnum
from typing import NamedTuple

from tocsin.core.pattern import Pattern, known_pattern

# What stands for the prefix of the pipeline's own names in a pattern, and the prefix when nothing else is set.
NAME = "${Name}"
DEFAULT_NAME = "tocsin"
# The fields by which a rule is known before its pattern is compiled; none of them speaks of the pipeline.
KNOWN = ("detail.eventName", "detail-type")


class Severity(IntEnum):
    """How bad, from good to know to wake somebody."""

    INFO = 0
    LOW = 1
    MEDIUM = 2
    HIGH = 3
    CRITICAL = 4

    def __str__(self) -> str:
        """The word, in lower case."""
        return self.name.lower()


class Role(StrEnum):
    """What a rule does in a story."""

    TRIGGER = "trigger"  # rings at once
    PRELUDE = "prelude"  # waits for its trigger, and rings by itself when none comes


class Example(NamedTuple):
    """A record, made by hand, on which a rule rings or stays silent.

    Attributes:
        says: what it shows.
        rings: whether the rule matches it.
        record: the CloudTrail record, as JSON text.
        sentence: the sentence that a person reads, or ``""`` where it is not tested.
    """

    says: str
    rings: bool
    record: str
    sentence: str = ""


class Rule(NamedTuple):
    """One rule of the catalogue.

    Attributes:
        id: lower case with hyphens; the file's name.
        title: a few words, for lists.
        pack: the pack it is switched on with.
        family: stories are told apart by family: ``identity`` or ``tamper``.
        role: trigger or prelude.
        severity: before anything raises it.
        pattern: the event pattern, deployed and evaluated alike; None only for what Tocsin rings by itself.
        brief: the subject line, with placeholders.
        sentence: the one sentence, with placeholders.
        brief_many: the subject line for more than one subject.
        sentence_many: the sentence for more than one subject.
        sentence_self: the sentence when an actor does it to itself, or ``""``.
        next_steps: what to do next, each one sentence.
        wire: the first line on the plain wire, or ``""`` for a rule that has no wire of its own.
        attack: ATT&CK technique ids.
        false_positives: when it rings for nothing.
        examples: its proofs.
        runbook: the page that says what to do: a name in ``docs/runbooks``, or an address.
        text: the pattern's text where it speaks of `NAME`, the pipeline's own prefix; else ``""``.
    """

    id: str
    title: str
    pack: str
    family: str
    role: Role
    severity: Severity
    pattern: Pattern | None
    brief: str
    sentence: str
    brief_many: str = ""
    sentence_many: str = ""
    sentence_self: str = ""
    next_steps: tuple[str, ...] = ()
    wire: str = ""
    attack: tuple[str, ...] = ()
    false_positives: str = ""
    examples: tuple[Example, ...] = ()
    runbook: str = ""
    text: str = ""


def bound(rule: Rule, name: str) -> Rule:
    """The rule with its pattern about the pipeline of a name: rules that watch the alarm itself speak of `NAME`.

    Args:
        rule: any rule.
        name: the prefix of the pipeline's names (``settings.name``), which holds nothing that JSON would escape.
    """
    if not rule.text or name == DEFAULT_NAME:
        return rule
    only = {path: rule.pattern.only(path) for path in KNOWN} if rule.pattern else {}
    return rule._replace(pattern=known_pattern(rule.text.replace(NAME, name), only))
