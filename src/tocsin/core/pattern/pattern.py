"""A compiled event pattern."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from tocsin.core.pattern.decode import NotJson, decode
from tocsin.core.pattern.events import Event, Wanted, flatten, read
from tocsin.core.pattern.match import Conjunction, holds
from tocsin.core.pattern.operators.checks import NotMatching, ValueTest
from tocsin.core.pattern.operators.wildcard import Wildcard, complexity
from tocsin.core.pattern.parse import rules_of
from tocsin.errors import PatternError

if TYPE_CHECKING:
    from collections.abc import Mapping

SERVICE_COMPLEXITY: Final = 11
"""The wildcard complexity from which EventBridge refuses a pattern.

The engine itself sets no limit; its `MachineComplexityEvaluator` gives the measure and the service a ceiling,
which AWS does not publish. Patterns that measure 7 were accepted and patterns that measure 11 were refused.
"""


@dataclass(frozen=True, slots=True)
class Pattern:
    """An event pattern; two patterns are equal when their texts are.

    Attributes:
        text: the source, as JSON text.
    """

    text: str
    _compiled: tuple[tuple[Conjunction, ...], Wanted] | None = field(default=None, repr=False, compare=False)
    _only: Mapping[str, frozenset[str] | None] = field(default_factory=dict, repr=False, compare=False)

    @property
    def rules(self) -> tuple[Conjunction, ...]:
        """The rules that the pattern stands for; an event matches by any of them."""
        return self._parts[0]

    @property
    def _wanted(self) -> Wanted:
        return self._parts[1]

    @property
    def _parts(self) -> tuple[tuple[Conjunction, ...], Wanted]:
        """What it was compiled to; one that is known to be right is compiled when it is first needed."""
        held = self._compiled
        if held is None:
            held = _compiled(self.text)
            object.__setattr__(self, "_compiled", held)
        return held

    def matches(self, event: Event) -> bool:
        """Whether an event matches, as EventBridge would say.

        Args:
            event: the event as JSON text, as UTF-8 bytes, or already decoded. Decoded values have lost what
                the text knew of repeated keys and of the spelling of numbers.

        Returns:
            the verdict; False for whatever is not a JSON object. Never raises.
        """
        try:
            fields = flatten(read(event), self._wanted)
        except NotJson:
            return False
        return any(holds(rule, fields) for rule in self.rules)

    def fields(self) -> dict[str, frozenset[str]]:
        """The dotted paths that the pattern looks at, each with the exact strings that it names there."""
        named: dict[str, set[str]] = {path: set() for path in sorted(self._wanted.leaves)}
        for rule in self.rules:
            for path, test in rule:
                named[path] |= test.named
        return {path: frozenset(strings) for path, strings in named.items()}

    def only(self, path: str) -> frozenset[str] | None:
        """The strings outside which a field cannot match.

        Args:
            path: a dotted path, such as ``detail.eventName``.

        Returns:
            the exact strings, or None where some way to match leaves the field open to others.
        """
        if path in self._only:
            return self._only[path]
        strings: set[str] = set()
        for rule in self.rules:
            test = dict(rule).get(path)
            if test is None or not test.only_strings:
                return None
            strings |= test.strings
        return frozenset(strings)

    @property
    def complexity(self) -> int:
        """The wildcard complexity of the most complex field, by event-ruler's measure, counted up to 11."""
        wildcards: dict[str, list[str]] = {}
        for rule in self.rules:
            for path, test in rule:
                wildcards.setdefault(path, []).extend(_wildcards(test))
        return max((complexity(found, SERVICE_COMPLEXITY) for found in wildcards.values() if found), default=0)


def _wildcards(test: ValueTest) -> list[str]:
    found = [check.pattern for check in test.checks if isinstance(check, Wildcard)]
    for check in test.checks:
        if isinstance(check, NotMatching):
            found += [inner.pattern for inner in check.checks if isinstance(inner, Wildcard)]
    return found


def compile_pattern(source: str | bytes | Mapping[str, Any]) -> Pattern:
    """Compiles an event pattern.

    Args:
        source: the pattern as JSON text, as UTF-8 bytes, or as a mapping.

    Returns:
        the pattern.

    Raises:
        PatternError: AWS's engine would refuse it; with the place in the pattern, the reason and a hint.
    """
    try:
        text = _text(source)
        parts = _compiled(text)
    except NotJson as error:
        where = f" (line {error.line}, column {error.column})" if error.line else ""
        raise PatternError(f"not JSON: {error.reason}{where}", hint="a pattern is a JSON object") from None
    except RecursionError:
        raise PatternError("nested too deeply", hint="nest fields no deeper than events do") from None
    return Pattern(text, parts)


def known_pattern(text: str, only: Mapping[str, frozenset[str] | None]) -> Pattern:
    """A pattern that compiled before, and is compiled anew when it is first needed.

    Args:
        text: its source.
        only: what `Pattern.only` gives for some paths.
    """
    return Pattern(text, None, only)


def _compiled(text: str) -> tuple[tuple[Conjunction, ...], Wanted]:
    rules = rules_of(decode(text))
    return rules, Wanted({path for rule in rules for path, _ in rule})


def _text(source: str | bytes | Mapping[str, Any]) -> str:
    if isinstance(source, str):
        return source
    if isinstance(source, bytes):
        try:
            return source.decode("utf-8")
        except UnicodeDecodeError as error:
            raise NotJson(f"not UTF-8: {error.reason} at byte {error.start}") from None
    try:
        return json.dumps(source, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise NotJson(str(error)) from None


def require_deployable(pattern: Pattern) -> None:
    """Refuses what the engine takes but the EventBridge service does not: wildcards that are too complex.

    Args:
        pattern: a compiled pattern.

    Raises:
        PatternError: EventBridge would refuse to store it.
    """
    if pattern.complexity >= SERVICE_COMPLEXITY:
        raise PatternError(
            f"wildcard complexity {SERVICE_COMPLEXITY} or more",
            hint="use fewer `*` in one wildcard, or fewer wildcards for one field",
        )
