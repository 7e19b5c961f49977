"""The structure of a pattern: its fields, and what `$or` makes of them (event-ruler: `JsonRuleCompiler`).

A pattern becomes one or more rules, each a set of keys that must all hold. `$or` copies the rules read so far
once for each of its objects; a field that is named again replaces what was said of it before, in that rule.
"""

from __future__ import annotations

from typing import Final

from tocsin.core.pattern.decode import WORDS, Members, Node
from tocsin.core.pattern.match import Conjunction, order
from tocsin.core.pattern.operators.checks import ValueTest
from tocsin.core.pattern.operators.value_test import value_test
from tocsin.errors import PatternError

MAX_FIELDS: Final = 256
"""Fields in one rule (event-ruler: `GenericMachine.MAXIMUM_RULE_SIZE`)."""

MAX_RULES: Final = 10_000
"""Rules that one pattern's `$or` may multiply into; the engine has no bound but its memory."""

OR: Final = "$or"

RESERVED_IN_OR: Final = frozenset(
    """
    exactly equals-ignore-case prefix suffix anything-but exists wildcard numeric cidr = < <= > >= regex
    not-wildcard not-equals-ignore-case date-after date-on-or-after date-before date-on-or-before
    in-date-range ip-address-in-range ip-address-not-in-range
    """.split()  # noqa: SIM905 - a list of words reads best as words
)
"""Names that cannot be fields inside `$or` (event-ruler: `Constants`)."""

_Draft = dict[str, ValueTest]


def rules_of(node: Node) -> tuple[Conjunction, ...]:
    """The rules that a pattern stands for: an event matches by any of them.

    Args:
        node: the pattern as JSON.

    Raises:
        PatternError: the engine would refuse it.
    """
    if not isinstance(node, Members):
        raise PatternError("Filter is not an object", hint='a pattern is a JSON object: {"source": ["aws.iam"]}')
    drafts = _object([], (), node, "", inside_or=False)
    for draft in drafts:
        if len(draft) > MAX_FIELDS:
            raise PatternError(f"Size of rule exceeds max value of {MAX_FIELDS}", hint="split it into several patterns")
    return tuple(tuple(sorted(draft.items(), key=lambda item: order(item[0]))) for draft in drafts)


def _object(
    drafts: list[_Draft], steps: tuple[str, ...], members: Members, place: str, *, inside_or: bool
) -> list[_Draft]:
    if not members:
        raise PatternError(
            "Empty objects are not allowed",
            place=place,
            hint='any value of a field: {"field": [{"exists": true}]}',
        )
    for name, value in members:
        here = f"{place}.{name}" if place else name
        if name == OR:
            drafts = _either(drafts, steps, value, here)
        elif inside_or and name in RESERVED_IN_OR:
            raise PatternError(
                f"{name} is Ruler reserved fieldName which cannot be used inside $or.",
                place=here,
                hint='match types stand inside a field\'s array: {"field": [{"prefix": "a"}]}',
            )
        elif isinstance(value, Members):
            drafts = _object(drafts, (*steps, name), value, here, inside_or=inside_or)
        elif isinstance(value, list) and not isinstance(value, Members):
            drafts = _write(drafts, steps, name, value_test(value, here))
        else:
            raise PatternError(
                f'"{name}" must be an object or an array',
                place=here,
                hint=f"write the value in an array: {_listed(value)}",
            )
    return drafts


def _listed(value: Node) -> str:
    if isinstance(value, bool) or value is None:
        return f"[{WORDS[value]}]"
    return f"[{value}]" if type(value) is not str else f'["{value}"]'


def _write(drafts: list[_Draft], steps: tuple[str, ...], name: str, test: ValueTest) -> list[_Draft]:
    base = ".".join(steps)
    path = f"{base}.{name}" if base else name
    written = drafts or [{}]
    for draft in written:
        draft[path] = test
    return written


def _either(drafts: list[_Draft], steps: tuple[str, ...], node: Node, place: str) -> list[_Draft]:
    hint = '$or takes two or more objects: {"$or": [{"a": ["x"]}, {"b": ["y"]}]}'
    if not isinstance(node, list) or isinstance(node, Members):
        raise PatternError("It must be an Array followed with $or.", place=place, hint=hint)
    made: list[_Draft] = []
    for index, branch in enumerate(node):
        here = f"{place}[{index}]"
        if not isinstance(branch, Members):
            raise PatternError("Only JSON object is allowed in array of $or relationship.", place=here, hint=hint)
        copies = [dict(draft) for draft in drafts] or [{}]
        made += _object(copies, steps, branch, here, inside_or=True)
        if len(made) > MAX_RULES:
            raise PatternError(f"$or makes more than {MAX_RULES:,} rules", place=place, hint="split the pattern")
    if len(node) < 2:  # noqa: PLR2004 - fewer are no choice
        raise PatternError("There must have at least 2 Objects in $or relationship.", place=place, hint=hint)
    return made
