"""Detection rules of other tools, as conditions, and from there to an event pattern where it can be done exactly.

A condition is turned into alternatives, each a set of tests that must all hold (`$or` in a pattern). Where the language
of event patterns cannot say what the condition says, `Inexact` tells why: a rule that is almost the same is not made.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

from tocsin.core.pattern.cloudtrail_event import DETAIL_TYPES

# More alternatives than so many are no rule that a person can read, nor a pattern that EventBridge would take.
MOST_ALTERNATIVES = 32

Matcher: TypeAlias = Any  # one member of a pattern's array, as JSON
Alternative: TypeAlias = dict[str, list[Matcher]]


class Inexact(Exception):  # noqa: N818 - it reads as a verdict, and never leaves the import
    """A condition that no event pattern says exactly; its message is the reason."""


@dataclass(frozen=True, slots=True)
class Has:
    """A field has one of some values.

    Attributes:
        field: a dotted path in the CloudTrail record.
        yes: matchers, any of which holds when it does.
        no: matchers, any of which holds when it does not; empty where no pattern says that.
        why: the reason why there is no `no`.
    """

    field: str
    yes: tuple[Matcher, ...]
    no: tuple[Matcher, ...] = ()
    why: str = ""


@dataclass(frozen=True, slots=True)
class Every:
    """All of these hold."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Some:
    """Any of these holds."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Never:
    """This does not hold."""

    part: Condition


Condition: TypeAlias = Has | Every | Some | Never


@dataclass(frozen=True, slots=True)
class ForeignRule:
    """What of another tool's rule is taken over.

    Attributes:
        title: as it is.
        id: its UUID, or ``""``.
        description: as it is.
        author: whom its licence wants named.
        level: how bad, ``informational`` to ``critical``, or ``""``.
        techniques: ATT&CK technique ids.
        false_positives: as it is.
        references: addresses.
        condition: on the CloudTrail record.
    """

    title: str
    id: str
    description: str
    author: str
    level: str
    techniques: tuple[str, ...]
    false_positives: tuple[str, ...]
    references: tuple[str, ...]
    condition: Condition


def alternatives(condition: Condition, *, holds: bool = True) -> list[Alternative]:
    """The alternatives of a condition: it holds if all tests of any of them do.

    Args:
        condition: what must hold, or must not.
        holds: False for "must not".

    Raises:
        Inexact: no pattern says it.
    """
    if isinstance(condition, Never):
        return alternatives(condition.part, holds=not holds)
    if isinstance(condition, Has):
        return [{condition.field: _matchers(condition, holds=holds)}]
    parts = [alternatives(part, holds=holds) for part in condition.parts]
    if isinstance(condition, Some) is holds:
        return _limited(_joined([one for part in parts for one in part]))
    found: list[Alternative] = [{}]
    for part in parts:
        found = _limited([_both(one, other) for one in found for other in part])
    return found


def _matchers(test: Has, *, holds: bool) -> list[Matcher]:
    if holds:
        return list(test.yes)
    if not test.no:
        raise Inexact(f"`{test.field}`: {test.why}")
    return list(test.no)


def _limited(found: list[Alternative]) -> list[Alternative]:
    if len(found) > MOST_ALTERNATIVES:
        raise Inexact(f"it has more than {MOST_ALTERNATIVES} alternatives")
    return found


def _joined(found: list[Alternative]) -> list[Alternative]:
    """Alternatives that test one same field only are one, with all their values."""
    joined: list[Alternative] = []
    for one in found:
        field = next(iter(one))
        like = next((other for other in joined if len(one) == 1 and list(other) == [field]), None)
        if like is None:
            joined.append(dict(one))
        else:
            like[field] = [*like[field], *(matcher for matcher in one[field] if matcher not in like[field])]
    return joined


def _both(one: Alternative, other: Alternative) -> Alternative:
    both = dict(one)
    for field, matchers in other.items():
        both[field] = _on_both(field, both[field], matchers) if field in both else matchers
    return both


def _on_both(field: str, one: list[Matcher], other: list[Matcher]) -> list[Matcher]:
    """The matchers that say what two tests of one field say together."""
    if all(isinstance(matcher, str) for matcher in (*one, *other)):
        common = [matcher for matcher in one if matcher in other]
        if not common:
            raise Inexact(f"`{field}`: two tests of it cannot hold together")
        return common
    if one == other:
        return one
    merged = _neither(one, other)
    if merged is None:
        raise Inexact(f"`{field}`: it is tested twice, and a pattern has one list of values for a field")
    return merged


def _neither(one: list[Matcher], other: list[Matcher]) -> list[Matcher] | None:
    """Two "none of these" as one, where their values are of one kind."""
    absent = {"exists": False}
    values: list[str] = []
    wrap = None
    for matchers in (one, other):
        if len(matchers) != 2 or matchers[1] != absent or "anything-but" not in matchers[0]:  # noqa: PLR2004 - the form
            return None
        inner = matchers[0]["anything-but"]
        kind, texts = next(iter(inner.items())) if isinstance(inner, dict) else ("", inner)
        if wrap not in (None, kind):
            return None
        wrap = kind
        values += [text for text in texts if text not in values]
    return [{"anything-but": {wrap: values} if wrap else values}, absent]


def pattern_of(condition: Condition) -> dict[str, Any]:
    """The event pattern that says what a condition on CloudTrail records says.

    Raises:
        Inexact: no pattern says it exactly.
    """
    found = alternatives(condition)
    details = [_nested(one) for one in found]
    pattern: dict[str, Any] = {"source": _sources(found), "detail-type": sorted(DETAIL_TYPES.values())}
    if len(details) == 1:
        return {**pattern, "detail": details[0]}
    return {**pattern, "$or": [{"detail": detail} for detail in details]}


def _sources(found: list[Alternative]) -> list[Matcher]:
    """The sources on the bus: by the event sources that are named, else any of AWS."""
    named = [one.get("eventSource", []) for one in found]
    if not all(names and all(isinstance(name, str) for name in names) for names in named):
        return [{"prefix": "aws."}]
    return sorted({f"aws.{name.partition('.')[0]}" for names in named for name in names})


def _nested(flat: Alternative) -> dict[str, Any]:
    detail: dict[str, Any] = {}
    for path, matchers in flat.items():
        *steps, last = path.split(".")
        place = detail
        for step in steps:
            place = place.setdefault(step, {})
            if not isinstance(place, dict):
                raise Inexact(f"`{path}`: a field above it is tested too")
        if last in place:
            raise Inexact(f"`{path}`: a field below it is tested too")
        place[last] = matchers
    return detail


def example_of(alternative: Alternative) -> dict[str, Any]:
    """Fields of a record that an alternative takes, to be its example."""
    record: dict[str, Any] = {}
    for path, matchers in alternative.items():
        value = _value(matchers[0])
        if {"exists": False} in matchers or value is None:
            continue
        *steps, last = path.split(".")
        place = record
        for step in steps:
            place = place.setdefault(step, {})
        place[last] = value
    return record


def _value(matcher: Matcher) -> Any:  # noqa: ANN401 - any JSON value
    if not isinstance(matcher, dict):
        return matcher
    name, operand = next(iter(matcher.items()))
    if name in ("prefix", "suffix") and isinstance(operand, dict):
        return operand["equals-ignore-case"]
    if name in ("prefix", "suffix", "equals-ignore-case", "wildcard"):
        return str(operand).replace("*", "")
    if name == "numeric":
        return operand[1] + {">": 1, "<": -1}.get(operand[0], 0)
    if name == "cidr":
        return operand.partition("/")[0]
    return "anything" if name == "exists" else None
