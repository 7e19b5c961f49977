"""Reading a rule file: checked wholly, every fault named at once, so that no rule is skipped in silence."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tocsin.core.match.rule import DEFAULT_NAME, NAME, Example, Role, Rule, Severity
from tocsin.core.pattern import Pattern, compile_pattern, require_deployable
from tocsin.core.pattern.operators.checks import Prefix
from tocsin.errors import PatternError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

PLACEHOLDERS = frozenset({"actor", "subject", "name", "object", "error", "count", "names", "event", "deed", "attempt"})
_ID = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_TECHNIQUE = re.compile(r"T\d{4}(\.\d{3})?")
# EventBridge quotas: a rule's name has at most 64 characters, of which the prefix takes 24 and "-wire-" six.
LONGEST_ID = 34
_TEXTS = ("title", "brief", "sentence", "brief_many", "sentence_many", "sentence_self", "wire", "false_positives",
          "runbook")  # fmt: skip
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
    text = data["pattern"] if isinstance(data.get("pattern"), str) else ""
    try:
        if text.strip():
            pattern = compile_pattern(text.replace(NAME, DEFAULT_NAME))
            require_deployable(pattern)
            faults += _faults_of_source(pattern)
    except PatternError as fault:
        faults.append(f"`pattern`: {fault}{f' ({fault.hint})' if fault.hint else ''}")
    if faults:
        raise UsageError(
            f"rule `{rule_id}`: {'; '.join(faults)}", hint="docs/reference/rules.md names every key of a rule file"
        )
    return rule_of(rule_id, data, pattern)


def rule_of(rule_id: str, data: Mapping[str, Any], pattern: Pattern | None) -> Rule:
    """The rule of a table that is known to be right.

    Args:
        rule_id: the file's name without its ending.
        data: the table.
        pattern: its pattern, under the default name of the pipeline.
    """
    text = data["pattern"]
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
        text=text if NAME in text else "",
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
        elif key in data and key not in ("pattern", "wire", "false_positives", "title", "runbook"):
            yield from _faults_of_placeholders(key, data[key])
    if bool(data.get("brief_many")) != bool(data.get("sentence_many")):
        yield "`brief_many` and `sentence_many` go together"
    if isinstance(data.get("role"), str) and data["role"] not in tuple(Role):
        yield f"`role` is `{data['role']}`, and must be one of {', '.join(Role)}"
    if isinstance(data.get("severity"), str) and data["severity"] not in tuple(map(str, Severity)):
        yield f"`severity` is `{data['severity']}`, and must be one of {', '.join(map(str, Severity))}"


def _faults_of_placeholders(key: str, text: str) -> Iterable[str]:
    from string import Formatter  # noqa: PLC0415 - lazy: the rules of the catalogue are known to be right

    try:
        fields = [part[1:] for part in Formatter().parse(text) if part[1] is not None]
    except ValueError as fault:
        yield f"`{key}`: {fault}"
        return
    for name, form, conversion in fields:
        if name not in PLACEHOLDERS:
            yield f"`{key}`: unknown placeholder {{{name}}}; known: {', '.join(sorted(PLACEHOLDERS))}"
        elif form or conversion:
            yield f"`{key}`: placeholder {{{name}}} takes no form or conversion"


def _faults_of_source(pattern: Pattern) -> Iterable[str]:
    """PutEvents refuses a source of ``aws.``; a pattern that takes any other lets everybody ring it."""
    for conditions in pattern.rules:
        test = dict(conditions).get("source")
        ours = (
            [*test.strings, *(check.pattern if isinstance(check, Prefix) else "" for check in test.checks)]
            if test
            else []
        )
        if test is None or test.present or test.absent or not all(text.startswith("aws.") for text in ours):
            yield "`pattern`: must name `source`, as `aws.SERVICE` or by the prefix `aws.`: others anybody can forge"
            return


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
