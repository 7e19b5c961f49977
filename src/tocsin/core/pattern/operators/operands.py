"""What the operators of a pattern take, and hints for what they do not (event-ruler: `JsonRuleCompiler`)."""

from __future__ import annotations

from typing import Final

from tocsin.core.pattern.decode import Literal, Node
from tocsin.core.pattern.operators import wildcard
from tocsin.core.pattern.operators.ranges import NUMERIC_FORM
from tocsin.errors import PatternError

FORMS: Final = {
    "prefix": '{"prefix": "text"}',
    "suffix": '{"suffix": "text"}',
    "exactly": '{"exactly": "text"}',
    "equals-ignore-case": '{"equals-ignore-case": "text"}',
    "wildcard": '{"wildcard": "a*b"}',
    "exists": '{"exists": true} or {"exists": false}',
    "cidr": '{"cidr": "10.0.0.0/24"}',
    "numeric": NUMERIC_FORM,
    "anything-but": '{"anything-but": ["a", "b"]}',
}


def form_hint(name: str) -> str:
    """The hint that shows a match type's form."""
    return f"the form is {FORMS[name]}"


def unknown_hint(name: str, operand: Node) -> str:
    """The hint for a match type that is none: the nearest one, where there is one."""
    import difflib  # noqa: PLC0415 - lazy: only for what is refused

    near = difflib.get_close_matches(name.strip().lower().replace("_", "-"), FORMS, n=1)
    if near:
        return f"did you mean `{near[0]}`?"
    if isinstance(operand, list):
        return "a field below this one is written without the array: {...} in place of [{...}]"
    return f"known match types: {', '.join(FORMS)}"


def string_operand(operand: Node, reason: str, place: str, form: str) -> str:
    """The string that an operator takes.

    Raises:
        PatternError: it is no string; with the reason given and the form to follow.
    """
    if isinstance(operand, str) and not isinstance(operand, Literal):
        return operand
    raise PatternError(reason, place=place, hint=form_hint(form))


def wildcard_operand(operand: Node, place: str) -> wildcard.Wildcard:
    """The wildcard that an operator takes.

    Raises:
        PatternError: it is no string, or no valid wildcard.
    """
    text = string_operand(operand, "wildcard match pattern must be a string", place, "wildcard")
    try:
        return wildcard.Wildcard(text)
    except wildcard.BadWildcard as error:
        raise PatternError(
            str(error),
            place=place,
            hint=r"one * matches any run of characters; \* and \\ are the only escapes",
        ) from None
