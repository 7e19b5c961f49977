"""Upper and lower case as the engine ignores it (event-ruler: `EqualsIgnoreCaseParser`).

Each UTF-16 unit of the pattern stands for its lower-case or its upper-case form, and for nothing else: ``ß``
is ``ß`` or ``SS``, the Kelvin sign is itself or ``k``. A character outside the basic plane is two units, and
half a character is written as ``?``; so such a character never matches itself.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

_BASIC_PLANE: Final = 0xFFFF


def as_bytes_see(text: str) -> str:
    """A string after a round trip through Java's UTF-8, which writes half a surrogate pair as ``?``."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def _expression(text: str) -> str:
    units: list[str] = []
    for character in text:
        if ord(character) > _BASIC_PLANE:
            units.append(re.escape("??"))
            continue
        lower, upper = as_bytes_see(character.lower()), as_bytes_see(character.upper())
        units.append(re.escape(lower) if lower == upper else f"(?:{re.escape(lower)}|{re.escape(upper)})")
    return "".join(units)


@dataclass(frozen=True, slots=True)
class Folded:
    """A string in any case: the whole of the value, or its beginning or end.

    The value is compared with its quotation marks, as the engine holds it, so a prefix may take in the
    closing mark.
    """

    pattern: str
    at_start: bool = True
    at_end: bool = True
    _plain: str | None = field(init=False, repr=False, compare=False)
    _regex: re.Pattern[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        plain = self.pattern.isascii() and self.at_start and self.at_end
        object.__setattr__(self, "_plain", self.pattern.lower() if plain else None)
        body = _expression(self.pattern)
        start, end = (r'\A"' if self.at_start else ""), (r'"\Z' if self.at_end else "")
        object.__setattr__(self, "_regex", re.compile(start + body + end, re.DOTALL))

    @property
    def plain(self) -> str | None:
        """The whole string in lower case, where only strings of ASCII can match; else None."""
        return self._plain

    def text(self, value: str) -> bool:
        """Whether a string matches."""
        if self._plain is not None:
            return len(value) == len(self._plain) and value.isascii() and value.lower() == self._plain
        quoted = f'"{as_bytes_see(value)}"'
        return self._regex.search(quoted) is not None

    def number(self, _value: float) -> bool:
        """A number has no case."""
        return False

    def literal(self, _value: str) -> bool:
        """A literal has no quotation marks, which every pattern here has."""
        return False
