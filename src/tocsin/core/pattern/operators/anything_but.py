"""The `anything-but` match type in all its forms (event-ruler: `JsonRuleCompiler`, `AnythingBut`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tocsin.core.pattern.decode import Literal, Members, Node
from tocsin.core.pattern.operators import wildcard
from tocsin.core.pattern.operators.checks import Check, NotMatching, NotNumbers, NotStrings, Prefix, Suffix
from tocsin.core.pattern.operators.folding import Folded
from tocsin.core.pattern.operators.operands import form_hint, string_operand, wildcard_operand
from tocsin.core.pattern.operators.ranges import exact_number
from tocsin.errors import PatternError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_REASON: Final = "Value of anything-but must be an array or single string/number value."


def anything_but(operand: Node, place: str) -> NotStrings | NotNumbers | NotMatching:
    """The check that an `anything-but` stands for.

    Args:
        operand: a string or number, a list of either, or an object with one of four match types.
        place: where it stands.

    Raises:
        PatternError: it is refused.
    """
    if isinstance(operand, Members):
        return _matching(operand, place)
    if not isinstance(operand, list | str):
        raise PatternError(_REASON, place=place, hint=form_hint("anything-but"))
    listed = operand if isinstance(operand, list) else [operand]
    if not all(isinstance(item, str) for item in listed):
        raise PatternError(
            "Inside anything but list, start|null|boolean is not supported.",
            place=place,
            hint=form_hint("anything-but"),
        )
    numbers = [exact_number(item, place) for item in listed if isinstance(item, Literal)]
    strings = [item for item in listed if isinstance(item, str) and not isinstance(item, Literal)]
    if bool(numbers) == bool(strings):
        raise PatternError(
            "Inside anything but list, either all values are number or string, mixed type is not supported",
            place=place,
            hint="write strings only or numbers only",
        )
    return NotNumbers(frozenset(numbers)) if numbers else NotStrings(frozenset(strings))


_CHECKS: Final[dict[str, Callable[[str], Check]]] = {
    "prefix": Prefix,
    "suffix": Suffix,
    "equals-ignore-case": Folded,
    "wildcard": wildcard.Wildcard,
}


def _matching(operand: Members, place: str) -> NotMatching:
    hint = 'the form is {"anything-but": {"prefix": "a"}}; it takes prefix, suffix, equals-ignore-case, wildcard'
    if not operand:
        raise PatternError("Anything-But expression name not found", place=place, hint=hint)
    name, inner = operand[0]
    if name not in _CHECKS:
        raise PatternError(f"Unsupported anything-but pattern: {name}", place=f"{place}.{name}", hint=hint)
    if len(operand) > 1:
        raise PatternError("Too many elements in numeric expression", place=place, hint=hint)
    listed = inner if isinstance(inner, list) and not isinstance(inner, Members) else [inner]
    if not listed:
        raise PatternError(f"anything-but {name} needs a value", place=f"{place}.{name}", hint=hint)
    return NotMatching(tuple(_checks(name, listed, f"{place}.{name}")))


def _checks(name: str, listed: Iterable[Node], place: str) -> Iterable[Check]:
    for item in listed:
        reason = "prefix/suffix match pattern must be a string"
        if name == "wildcard":
            yield wildcard_operand(item, place)
            continue
        if name == "equals-ignore-case":
            reason = "Inside anything-but/equals-ignore-case list, number|start|null|boolean is not supported."
        text = string_operand(item, reason, place, name)
        if not text and name != "equals-ignore-case":
            raise PatternError("Null prefix/suffix not allowed", place=place, hint=form_hint(name))
        yield _CHECKS[name](text)
