"""Numbers as the engine compares them (event-ruler: `ComparableNumber`, `Range`).

A number takes part in numeric comparison only when a double holds it without loss, that is when the double's
shortest decimal form is the number itself. Any other number (a 20-digit account number, ``1e400``) is
compared as text.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import isfinite
from typing import Final

LARGEST: Final = 1.7976931348623157e308


@lru_cache(maxsize=256)  # several rules ask it of one value
def comparable(text: str) -> float | None:
    """The double that stands for a number in comparisons.

    Args:
        text: a JSON literal as it was written.

    Returns:
        the double, or None where the text is no number or where no double holds it exactly.
    """
    try:
        value = float(text)
    except ValueError:
        return None
    if len(text) < SAFE_LENGTH and text.isdigit():
        return value
    if not isfinite(value):
        return None
    from decimal import Decimal, InvalidOperation  # noqa: PLC0415 - lazy: few patterns and events have such a number

    try:
        same = Decimal(text) == Decimal(_java_text(value))
    except InvalidOperation:
        return None
    return value + 0.0 if same else None


SAFE_LENGTH: Final = 16
"""Integers of up to 15 digits are doubles, each one."""


def _java_text(value: float) -> str:
    """The decimal form that Java's `Double.toString` gives: the shortest, but never under two digits."""
    text = repr(value)
    digits = text.partition("e")[0].replace("-", "")
    return f"{value:.1e}" if len(digits) == 1 else text


@dataclass(frozen=True, slots=True)
class Between:
    """A range of numbers, with each end taken in or left out."""

    bottom: float
    top: float
    open_bottom: bool
    open_top: bool

    def text(self, _value: str) -> bool:
        """No string is a number."""
        return False

    def number(self, value: float) -> bool:
        """Whether the number lies in the range."""
        above = value > self.bottom if self.open_bottom else value >= self.bottom
        return above and (value < self.top if self.open_top else value <= self.top)

    def literal(self, _value: str) -> bool:
        """No literal outside numeric comparison is in a numeric range."""
        return False
