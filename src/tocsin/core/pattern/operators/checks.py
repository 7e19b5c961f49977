"""What a pattern asks of one value (event-ruler: `Patterns` and its subclasses, `ByteMachine.transitionOn`).

A value is a string or a `Literal`. The engine looks at a literal as a number where the field's tests have
anything numeric in them and the number is comparable, and as text otherwise; so each check answers for all
three.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from tocsin.core.pattern.decode import Literal
from tocsin.core.pattern.operators.folding import as_bytes_see
from tocsin.core.pattern.operators.numeric import comparable


class Check(Protocol):
    """A test other than equality."""

    def text(self, value: str, /) -> bool:
        """Whether a string passes."""
        ...

    def number(self, value: float, /) -> bool:
        """Whether a comparable number passes."""
        ...

    def literal(self, value: str, /) -> bool:
        """Whether a literal passes as text."""
        ...


@dataclass(frozen=True, slots=True)
class Prefix:
    """A string that begins so; the engine counts the closing quotation mark to the string."""

    pattern: str
    _whole: str | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "pattern", as_bytes_see(self.pattern))
        object.__setattr__(self, "_whole", self.pattern[:-1] if self.pattern.endswith('"') else None)

    def text(self, value: str) -> bool:
        """Whether the string begins so."""
        seen = as_bytes_see(value)
        return seen.startswith(self.pattern) or seen == self._whole

    def number(self, _value: float) -> bool:
        """A number is no string."""
        return False

    def literal(self, _value: str) -> bool:
        """A literal is no string."""
        return False


@dataclass(frozen=True, slots=True)
class Suffix:
    """A string that ends so; the engine counts the opening quotation mark to the string."""

    pattern: str
    _whole: str | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "pattern", as_bytes_see(self.pattern))
        object.__setattr__(self, "_whole", self.pattern[1:] if self.pattern.startswith('"') else None)

    def text(self, value: str) -> bool:
        """Whether the string ends so."""
        seen = as_bytes_see(value)
        return seen.endswith(self.pattern) or seen == self._whole

    def number(self, _value: float) -> bool:
        """A number is no string."""
        return False

    def literal(self, _value: str) -> bool:
        """A literal is no string."""
        return False


@dataclass(frozen=True, slots=True)
class NotStrings:
    """Any value but these strings."""

    strings: frozenset[str]

    def text(self, value: str) -> bool:
        """Whether the string is another."""
        return value not in self.strings

    def number(self, _value: float) -> bool:
        """A number is none of the strings."""
        return True

    def literal(self, _value: str) -> bool:
        """A literal is none of the strings."""
        return True


@dataclass(frozen=True, slots=True)
class NotNumbers:
    """Any value but these numbers."""

    numbers: frozenset[float]

    def text(self, _value: str) -> bool:
        """A string is none of the numbers."""
        return True

    def number(self, value: float) -> bool:
        """Whether the number is another."""
        return value not in self.numbers

    def literal(self, _value: str) -> bool:
        """What cannot be compared is none of the numbers."""
        return True


@dataclass(frozen=True, slots=True)
class NotMatching:
    """Any value but the strings that one of these checks takes."""

    checks: tuple[Check, ...]

    def text(self, value: str) -> bool:
        """Whether no check takes the string."""
        return not any(check.text(value) for check in self.checks)

    def number(self, _value: float) -> bool:
        """A number is no string."""
        return True

    def literal(self, _value: str) -> bool:
        """A literal is no string."""
        return True


@dataclass(frozen=True, slots=True)
class ValueTest:
    """All that a pattern allows for one field; a value passes by any of it.

    Attributes:
        strings: the exact strings.
        literals: the exact literals, for what is not compared as a number.
        numbers: the exact numbers.
        checks: the other tests.
        present: any value will do (``exists: true``).
        absent: having no value will do (``exists: false``).
        numeric: numbers are compared as numbers.
        named: the strings as the pattern names them, those that look like addresses included.
    """

    strings: frozenset[str] = frozenset()
    literals: frozenset[str] = frozenset()
    numbers: frozenset[float] = frozenset()
    checks: tuple[Check, ...] = ()
    present: bool = False
    absent: bool = False
    numeric: bool = False
    named: frozenset[str] = frozenset()

    @property
    def only_strings(self) -> bool:
        """Whether exact strings are all that passes."""
        others = self.literals or self.numbers or self.checks
        return bool(self.strings) and not (others or self.present or self.absent)

    def accepts(self, value: str) -> bool:
        """Whether a value of an event, a string or a `Literal`, passes."""
        if self.present:
            return True
        if type(value) is not Literal:
            return value in self.strings or any(check.text(value) for check in self.checks)
        if self.numeric:
            number = comparable(value)
            if number is not None:
                return number in self.numbers or any(check.number(number) for check in self.checks)
        return value in self.literals or any(check.literal(value) for check in self.checks)
