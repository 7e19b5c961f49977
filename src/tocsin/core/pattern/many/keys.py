"""By what a rule can be found: the keys that a value must have for a test to pass.

A test that is a choice can be looked up: each of its alternatives offers keys, and a value that passes has each
key of at least one alternative. What offers nothing better offers that there is a value at all; only a test that
a field without a value passes offers nothing.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final, NamedTuple

from tocsin.core.pattern.operators.addresses import Block
from tocsin.core.pattern.operators.checks import Check, Prefix, Suffix, ValueTest
from tocsin.core.pattern.operators.folding import Folded
from tocsin.core.pattern.operators.numeric import Between
from tocsin.core.pattern.operators.wildcard import Wildcard

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tocsin.core.pattern.match import Conjunction

EXACT: Final = "exact"
FOLDED: Final = "folded"
PREFIX: Final = "prefix"
SUFFIX: Final = "suffix"
PIECE: Final = "piece"
LITERAL: Final = "literal"
NUMBER: Final = "number"
RANGE: Final = "range"
BLOCK: Final = "block"
PRESENT: Final = "present"

_COST: Final = {
    EXACT: 0, LITERAL: 1, FOLDED: 1, PREFIX: 1, SUFFIX: 1, NUMBER: 2, PIECE: 3, RANGE: 5, BLOCK: 5, PRESENT: 10,
}  # fmt: skip
"""What a look-up of a kind costs, in candidates that could have been tried instead."""


class Key(NamedTuple):
    """One way to find a test: a kind of look-up, and what is looked up."""

    kind: str
    text: str
    check: Check | None = None


ANY: Final = Key(PRESENT, "")

Crowd = Counter[tuple[str, Key]]
"""How many rules offer a key at a path."""


def crowd_of(rules: Iterable[Conjunction]) -> Crowd:
    """How many rules offer each key."""
    return Counter(
        (path, key) for rule in rules for path, test in rule for keys in alternatives(test) or () for key in keys
    )


def best(rule: Conjunction, crowd: Crowd) -> tuple[str | None, list[Key]]:
    """The field under which a rule shares its keys with the fewest others.

    Args:
        rule: a rule.
        crowd: how many rules offer each key.

    Returns:
        the path, and a key for each alternative there; None and nothing where no field can be looked up.
    """
    choices: list[tuple[int, str, list[Key]]] = []
    for path, test in rule:
        offered = alternatives(test)
        if offered:
            weighed = [
                min((crowd[path, key] + _COST[key.kind], -len(key.text), key) for key in keys) for keys in offered
            ]
            choices.append((sum(weight for weight, _, _ in weighed), path, [key for _, _, key in weighed]))
    if not choices:
        return None, []
    _, path, keys = min(choices)
    return path, keys


def alternatives(test: ValueTest) -> list[list[Key]] | None:
    """The keys of a test.

    Args:
        test: the test of a field.

    Returns:
        for each alternative of the test the keys that it offers, any one of which will do; or None where a field
        without a value passes.
    """
    if test.absent:
        return None
    if test.present:
        return [[ANY]]
    offered = [[Key(EXACT, text)] for text in test.strings]
    offered += [[Key(LITERAL, text)] for text in test.literals]
    offered += [[Key(NUMBER, repr(number))] for number in test.numbers]
    return offered + [list(_keys(check)) or [ANY] for check in test.checks]


def _keys(check: Check) -> Iterator[Key]:
    if isinstance(check, Prefix) and check.pattern and not check.pattern.endswith('"'):
        yield Key(PREFIX, check.pattern)
    elif isinstance(check, Suffix) and check.pattern and not check.pattern.startswith('"'):
        yield Key(SUFFIX, check.pattern)
    elif isinstance(check, Folded) and check.plain is not None:
        yield Key(FOLDED, check.plain)
    elif isinstance(check, Wildcard):
        yield from _wildcard_keys(check)
    elif isinstance(check, Between):
        yield Key(RANGE, repr(check), check)
    elif isinstance(check, Block):
        yield Key(BLOCK, repr(check), check)


def _wildcard_keys(check: Wildcard) -> Iterator[Key]:
    if check.whole:
        yield Key(EXACT, check.head)
        return
    if check.head:
        yield Key(PREFIX, check.head)
    if check.tail:
        yield Key(SUFFIX, check.tail)
    for piece in check.inner:
        yield Key(PIECE, piece)
