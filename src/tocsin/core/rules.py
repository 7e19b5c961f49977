"""A rule: an event pattern, how bad it is, what a person reads, and the examples that prove it.

Rules are data (``tocsin/catalogue/*.toml``). `parse_rule` checks one wholly and names every fault at once, so that no
rule is skipped in silence; `selected` says which rules are on, and everything that needs to know asks it.
"""

from __future__ import annotations

import re
import string
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import TYPE_CHECKING, Any

from tocsin.core.pattern import Pattern, RuleIndex, compile_pattern
from tocsin.errors import PatternError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from tocsin.core.record import Record
    from tocsin.core.settings import Settings


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


@dataclass(frozen=True, slots=True)
class Example:
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


@dataclass(frozen=True, slots=True)
class Rule:
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


PLACEHOLDERS = frozenset({"actor", "subject", "name", "object", "error", "count", "names"})
_ID = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_TECHNIQUE = re.compile(r"T\d{4}(\.\d{3})?")
# EventBridge quotas: a rule's name has at most 64 characters, of which the prefix takes 24 and "-wire-" six.
LONGEST_ID = 34
_TEXTS = ("title", "brief", "sentence", "brief_many", "sentence_many", "sentence_self", "wire", "false_positives")
_REQUIRED = ("title", "pack", "family", "role", "severity", "pattern", "brief", "sentence", "next_steps", "examples")
_EXAMPLE: dict[str, type] = {"says": str, "rings": bool, "record": str, "sentence": str}
_KEYS = frozenset({*_TEXTS, *_REQUIRED, "attack"})


def parse_rule(rule_id: str, data: Mapping[str, Any]) -> Rule:
    """The rule of a catalogue file.

    Args:
        rule_id: the file's name without its ending.
        data: the file's content as TOML gives it.

    Raises:
        UsageError: with every fault of the file at once, each with its key.
    """
    faults = [*_faults_of_keys(rule_id, data), *_faults_of_texts(data), *_faults_of_lists(data)]
    pattern: Pattern | None = None
    try:
        if isinstance(data.get("pattern"), str):
            pattern = compile_pattern(data["pattern"])
    except PatternError as fault:
        faults.append(f"pattern: {fault}{f' ({fault.hint})' if fault.hint else ''}")
    if faults:
        raise UsageError(
            f"rule `{rule_id}`: {'; '.join(faults)}", hint="docs/reference/rules.md names every key of a rule file"
        )
    return Rule(
        id=rule_id,
        pack=data["pack"],
        family=data["family"],
        role=Role(data["role"]),
        severity=Severity[data["severity"].upper()],
        pattern=pattern,
        next_steps=tuple(data["next_steps"]),
        attack=tuple(data.get("attack", ())),
        examples=tuple(Example(**example) for example in data["examples"]),
        **{key: " ".join(data.get(key, "").split()) for key in _TEXTS},
    )


def _faults_of_keys(rule_id: str, data: Mapping[str, Any]) -> Iterable[str]:
    if not _ID.fullmatch(rule_id) or len(rule_id) > LONGEST_ID:
        yield f"the id must be words of lower-case letters and digits, joined by hyphens, at most {LONGEST_ID} long"
    yield from (f"unknown key `{key}`" for key in sorted(set(data) - _KEYS))
    yield from (f"`{key}` is missing" for key in _REQUIRED if key not in data)


def _faults_of_texts(data: Mapping[str, Any]) -> Iterable[str]:
    for key in (*_TEXTS, "pack", "family", "role", "severity", "pattern"):
        if key in data and not isinstance(data[key], str):
            yield f"`{key}` must be text"
        elif key in _REQUIRED and key in data and not data[key].strip():
            yield f"`{key}` is empty"
        elif key in data and key not in ("pattern", "wire", "false_positives", "title"):
            yield from _faults_of_placeholders(key, data[key])
    if bool(data.get("brief_many")) != bool(data.get("sentence_many")):
        yield "`brief_many` and `sentence_many` go together"
    if isinstance(data.get("role"), str) and data["role"] not in tuple(Role):
        yield f"`role` is `{data['role']}`, and must be one of {', '.join(Role)}"
    if isinstance(data.get("severity"), str) and data["severity"] not in tuple(map(str, Severity)):
        yield f"`severity` is `{data['severity']}`, and must be one of {', '.join(map(str, Severity))}"


def _faults_of_placeholders(key: str, text: str) -> Iterable[str]:
    try:
        fields = [part[1:] for part in string.Formatter().parse(text) if part[1] is not None]
    except ValueError as fault:
        yield f"`{key}`: {fault}"
        return
    for name, form, conversion in fields:
        if name not in PLACEHOLDERS:
            yield f"`{key}`: unknown placeholder {{{name}}}; known: {', '.join(sorted(PLACEHOLDERS))}"
        elif form or conversion:
            yield f"`{key}`: placeholder {{{name}}} takes no form or conversion"


def _faults_of_lists(data: Mapping[str, Any]) -> Iterable[str]:
    for key in ("next_steps", "attack"):
        value = data.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            yield f"`{key}` must be a list of texts"
        elif key == "attack":
            yield from (f"`attack`: `{item}` is no technique id" for item in value if not _TECHNIQUE.fullmatch(item))
    examples = data.get("examples", [])
    if not isinstance(examples, list) or not all(isinstance(item, dict) for item in examples):
        yield "`examples` must be tables, [[examples]]"
        return
    for number, example in enumerate(examples, 1):
        if set(example) - set(_EXAMPLE) or not {"says", "rings", "record"} <= set(example):
            yield f"`examples` {number}: needs says, rings and record, may have sentence, and nothing else"
        elif not all(isinstance(value, _EXAMPLE[key]) for key, value in example.items()):
            yield f"`examples` {number}: rings is true or false, and the others are texts"
    if not all(any(example.get("rings") is rings for example in examples) for rings in (True, False)):
        yield "`examples` must show the rule both ringing and silent"


def selected(rules: Iterable[Rule], settings: Settings) -> tuple[Rule, ...]:
    """The rules that are on: those of the packs that are, in the order of their ids."""
    return tuple(sorted((rule for rule in rules if rule.pack in settings.packs), key=lambda rule: rule.id))


class RuleSet:
    """Rules that are looked up by record or by id."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self._rules = {rule.id: rule for rule in rules}
        self._index = RuleIndex([rule for rule in self._rules.values() if rule.pattern is not None])
        self.watched = frozenset(
            name
            for rule in self._rules.values()
            if rule.pattern is not None
            for name in (rule.pattern.only("detail.eventName") or frozenset())
        )

    def __iter__(self) -> Iterator[Rule]:
        """The rules, in the order given."""
        return iter(self._rules.values())

    def match(self, record: Record) -> list[Rule]:
        """The rules that match a record, in the order given."""
        return self._index.match(record.as_event())

    def get(self, rule_id: str) -> Rule:
        """The rule of an id; the neutral one for an id that is no longer here."""
        return self._rules.get(rule_id) or BUILT_IN.get(rule_id, NEUTRAL)


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
BUILT_IN = {rule.id: rule for rule in (NEUTRAL, UNREADABLE, REJECTED)}
