"""The `numeric` match type (event-ruler: `JsonRuleCompiler.processNumericMatchExpression`, `Range`)."""

from __future__ import annotations

from typing import Final

from tocsin.core.pattern.decode import WORDS, Literal, Members, Node
from tocsin.core.pattern.operators.numeric import LARGEST, Between, comparable
from tocsin.errors import PatternError

NUMERIC_FORM: Final = '{"numeric": [">", 0, "<=", 5]}'
_SIGNS: Final = ("=", "<", "<=", ">", ">=")


def numeric_expression(operand: Node, place: str) -> float | Between:
    """What the array of a `numeric` stands for.

    Args:
        operand: the array, such as ``[">", 0, "<=", 5]``.
        place: where it stands.

    Returns:
        the number for ``=``, else the range.

    Raises:
        PatternError: it is refused.
    """
    if not isinstance(operand, list) or isinstance(operand, Members):
        raise _fault("Value of numeric must be an array.", place)
    if not operand or not _is_string(operand[0]):
        raise _fault(f"Invalid member in numeric match: {_shown(operand[0]) if operand else ']'}", place)
    sign, *rest = operand
    if sign not in _SIGNS:
        raise _fault(f"Unrecognized numeric range operator: {sign}", place)
    number = _number(rest, "equals" if sign == "=" else str(sign), place)
    if len(rest) > 1:
        if sign not in (">", ">="):
            raise _fault("Too many elements in numeric expression", place)
        return _two_sided(number, rest[1:], place, open_bottom=sign == ">")
    if sign == "=":
        return number
    if sign in ("<", "<="):
        return _between(Between(-LARGEST, number, open_bottom=False, open_top=sign == "<"), place)
    return _between(Between(number, LARGEST, open_bottom=sign == ">", open_top=False), place)


def exact_number(literal: Literal, place: str) -> float:
    """The double of a number in a pattern.

    Raises:
        PatternError: no double holds it exactly.
    """
    number = comparable(literal)
    if number is None:
        raise PatternError(
            f"Cannot compare number : {literal}",
            place=place,
            hint="no double holds this number exactly; as a plain value it matches by its text",
        )
    return number


def _two_sided(bottom: float, rest: list[Node], place: str, *, open_bottom: bool) -> Between:
    sign, *ends = rest
    if not _is_string(sign):
        raise _fault(f"Bad value in numeric range: {_shown(sign)}", place)
    if sign not in ("<", "<="):
        raise _fault(f"Bad numeric range operator: {sign}", place)
    top = _number(ends, str(sign), place)
    if len(ends) > 1:
        raise _fault("Too many terms in numeric range expression", place)
    return _between(Between(bottom, top, open_bottom=open_bottom, open_top=sign == "<"), place)


def _between(found: Between, place: str) -> Between:
    if found.bottom >= found.top:
        raise _fault("Bottom must be less than top", place)
    return found


def _number(rest: list[Node], sign: str, place: str) -> float:
    operand = rest[0] if rest else None
    if not isinstance(operand, Literal):
        raise _fault(f"Value of {sign} must be numeric", place)
    return exact_number(operand, place)


def _is_string(node: Node) -> bool:
    return isinstance(node, str) and not isinstance(node, Literal)


def _shown(node: Node) -> str:
    if node is None or isinstance(node, bool):
        return WORDS[node]
    return node if isinstance(node, str) else "["


def _fault(reason: str, place: str) -> PatternError:
    return PatternError(reason, place=place, hint=f"the form is {NUMERIC_FORM}, the lower bound first")
