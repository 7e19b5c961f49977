"""The values of one field in a pattern (event-ruler: `JsonRuleCompiler`, `writeRules` and below)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tocsin.core.pattern.decode import WORDS, Literal, Members, Node
from tocsin.core.pattern.operators import addresses, numeric
from tocsin.core.pattern.operators.anything_but import anything_but
from tocsin.core.pattern.operators.checks import Check, NotNumbers, Prefix, Suffix, ValueTest
from tocsin.core.pattern.operators.folding import Folded
from tocsin.core.pattern.operators.operands import form_hint, string_operand, unknown_hint, wildcard_operand
from tocsin.core.pattern.operators.ranges import numeric_expression
from tocsin.errors import PatternError

if TYPE_CHECKING:
    from collections.abc import Callable

ONE_KEY: Final = "Only one key allowed in match expression"


class _Values:
    """What has been gathered for a field so far."""

    def __init__(self) -> None:
        self.strings: set[str] = set()
        self.literals: set[str] = set()
        self.numbers: set[float] = set()
        self.checks: list[Check] = []
        self.present = self.absent = self.numeric = False
        self.named: set[str] = set()

    def frozen(self) -> ValueTest:
        return ValueTest(
            strings=frozenset(self.strings),
            literals=frozenset(self.literals),
            numbers=frozenset(self.numbers),
            checks=tuple(dict.fromkeys(self.checks)),
            present=self.present,
            absent=self.absent,
            numeric=self.numeric,
            named=frozenset(self.named),
        )


def value_test(node: list[Node], place: str) -> ValueTest:
    """The test that an array in a pattern stands for.

    Args:
        node: the array.
        place: where it stands.

    Raises:
        PatternError: it is empty, or one of its members is refused.
    """
    if not node:
        raise PatternError(
            "Empty arrays are not allowed",
            place=place,
            hint='to require that the field is absent: [{"exists": false}]',
        )
    values = _Values()
    for index, member in enumerate(node):
        _add_member(values, member, f"{place}[{index}]")
    return values.frozen()


def _add_member(values: _Values, member: Node, place: str) -> None:
    if isinstance(member, Members):
        _add_expression(values, member, place)
    elif isinstance(member, Literal):
        _add_number(values, member)
    elif isinstance(member, str):
        _add_string(values, member)
    elif member is None or isinstance(member, bool):
        values.literals.add(WORDS[member])
    else:
        raise PatternError(
            "Match value must be String, number, true, false, or null",
            place=place,
            hint="write the values in one array; an event's arrays need no array of their own in the pattern",
        )


def _add_string(values: _Values, text: str) -> None:
    values.named.add(text)
    address = addresses.single(text)
    if address is None:
        values.strings.add(text)
    else:
        values.checks.append(address)


def _add_number(values: _Values, literal: Literal) -> None:
    number = numeric.comparable(literal)
    values.literals.add(str(literal))
    if number is not None:
        values.numbers.add(number)
        values.numeric = True


def _add_expression(values: _Values, members: Members, place: str) -> None:
    if not members:
        raise PatternError("Match expression name not found", place=place, hint=form_hint("prefix"))
    name, operand = members[0]
    if name not in _OPERATORS:
        raise PatternError(f"Unrecognized match type {name}", place=place, hint=unknown_hint(name, operand))
    _OPERATORS[name](values, operand, f"{place}.{name}")
    if len(members) > 1:
        raise PatternError(ONE_KEY, place=place, hint="write one object for each: [{...}, {...}]")


def _folded_operand(operand: Members, outer: str, place: str) -> str:
    """The text in ``{"equals-ignore-case": text}``, the one object that `prefix` and `suffix` take."""
    hint = f'the form is {{"{outer}": {{"equals-ignore-case": "text"}}}}'
    title = outer.capitalize()
    if not operand:
        raise PatternError(f"{title} expression name not found", place=place, hint=hint)
    name, inner = operand[0]
    if name != "equals-ignore-case":
        raise PatternError(f"Unsupported {outer} pattern: {name}", place=f"{place}.{name}", hint=hint)
    text = string_operand(
        inner, "equals-ignore-case match pattern must be a string", f"{place}.{name}", "equals-ignore-case"
    )
    if len(operand) > 1:
        raise PatternError(ONE_KEY, place=place, hint=hint)
    return text


def _prefix(values: _Values, operand: Node, place: str) -> None:
    if isinstance(operand, Members):
        values.checks.append(Folded(_folded_operand(operand, "prefix", place), at_end=False))
    else:
        values.checks.append(Prefix(string_operand(operand, "prefix match pattern must be a string", place, "prefix")))


def _suffix(values: _Values, operand: Node, place: str) -> None:
    if isinstance(operand, Members):
        values.checks.append(Folded(_folded_operand(operand, "suffix", place), at_start=False))
    else:
        values.checks.append(Suffix(string_operand(operand, "suffix match pattern must be a string", place, "suffix")))


def _exactly(values: _Values, operand: Node, place: str) -> None:
    text = string_operand(operand, "exact match pattern must be a string", place, "exactly")
    values.strings.add(text)
    values.named.add(text)


def _ignore_case(values: _Values, operand: Node, place: str) -> None:
    reason = "equals-ignore-case match pattern must be a string"
    values.checks.append(Folded(string_operand(operand, reason, place, "equals-ignore-case")))


def _wildcard(values: _Values, operand: Node, place: str) -> None:
    values.checks.append(wildcard_operand(operand, place))


def _exists(values: _Values, operand: Node, place: str) -> None:
    if not isinstance(operand, bool):
        raise PatternError("exists match pattern must be either true or false.", place=place, hint=form_hint("exists"))
    values.present = values.present or operand
    values.absent = values.absent or not operand


def _cidr(values: _Values, operand: Node, place: str) -> None:
    text = string_operand(operand, "prefix match pattern must be a string", place, "cidr")
    try:
        values.checks.append(addresses.block(text))
    except addresses.BadCidr as error:
        hint = form_hint("cidr")
        if "mask bits must be <" in str(error):
            hint = "for one address, write it as a plain string: it is compared as an address"
        raise PatternError(str(error), place=place, hint=hint) from None


def _numeric(values: _Values, operand: Node, place: str) -> None:
    values.numeric = True
    found = numeric_expression(operand, place)
    if isinstance(found, float):
        values.numbers.add(found)
    else:
        values.checks.append(found)


def _anything_but(values: _Values, operand: Node, place: str) -> None:
    check = anything_but(operand, place)
    values.numeric = values.numeric or isinstance(check, NotNumbers)
    values.checks.append(check)


_OPERATORS: Final[dict[str, Callable[[_Values, Node, str], None]]] = {
    "exactly": _exactly,
    "prefix": _prefix,
    "suffix": _suffix,
    "equals-ignore-case": _ignore_case,
    "wildcard": _wildcard,
    "exists": _exists,
    "cidr": _cidr,
    "numeric": _numeric,
    "anything-but": _anything_but,
}
