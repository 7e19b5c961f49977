r"""Wildcards and their complexity (event-ruler: `WildcardParser`, `MachineComplexityEvaluator`).

``*`` stands for any run of characters, none included; ``\*`` and ``\\`` are the only escapes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from tocsin.core.pattern.operators.folding import as_bytes_see

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

STAR: Final = None
Token = str | None


class BadWildcard(ValueError):  # noqa: N818 - a reason, turned into a PatternError by the parser
    """A wildcard that is refused; the message says why, in event-ruler's words."""


def tokens(pattern: str) -> tuple[Token, ...]:
    """The characters of a wildcard, with None for each ``*``.

    Raises:
        BadWildcard: two stars in a row, or an escape other than the two.
    """
    found: list[Token] = []
    place = 0
    while place < len(pattern):
        sign, after = pattern[place], pattern[place + 1 : place + 2]
        if sign == "*" and after == "*":
            raise BadWildcard(f"Consecutive wildcard characters at pos {place + 1}")
        if sign == "\\":
            if after not in ("*", "\\"):
                raise BadWildcard(f"Invalid escape character at pos {place + 1}")
            sign, place = after, place + 1
            found.append(sign)
        else:
            found.append(STAR if sign == "*" else sign)
        place += 1
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Wildcard:
    """A string with ``*`` in it."""

    pattern: str
    _head: str = field(init=False, repr=False, compare=False)
    _tail: str = field(init=False, repr=False, compare=False)
    _inner: tuple[str, ...] = field(init=False, repr=False, compare=False)
    _whole: bool = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        pieces = _pieces(tokens(self.pattern))
        object.__setattr__(self, "_head", pieces[0])
        object.__setattr__(self, "_tail", pieces[-1])
        object.__setattr__(self, "_inner", tuple(piece for piece in pieces[1:-1] if piece))
        object.__setattr__(self, "_whole", len(pieces) == 1)

    @property
    def head(self) -> str:
        """The characters before the first star."""
        return self._head

    @property
    def tail(self) -> str:
        """The characters after the last star."""
        return self._tail

    @property
    def whole(self) -> bool:
        """Whether there is no star in it, so that the head is all of it."""
        return self._whole

    @property
    def inner(self) -> tuple[str, ...]:
        """The pieces between stars."""
        return self._inner

    def text(self, value: str) -> bool:
        """Whether a string matches; the time is linear in its length for each piece."""
        if not value.isascii():
            value = as_bytes_see(value)
        if self._whole:
            return value == self._head
        if not (value.startswith(self._head) and value.endswith(self._tail)):
            return False
        place, end = len(self._head), len(value) - len(self._tail)
        for piece in self._inner:
            place = value.find(piece, place, end)
            if place < 0:
                return False
            place += len(piece)
        return place <= end

    def number(self, _value: float) -> bool:
        """A number is no string."""
        return False

    def literal(self, _value: str) -> bool:
        """A literal is no string."""
        return False


def _pieces(found: tuple[Token, ...]) -> list[str]:
    pieces = [""]
    for token in found:
        if token is STAR:
            pieces.append("")
        else:
            pieces[-1] += as_bytes_see(token)
    return pieces


Place = tuple[int, int]


def complexity(patterns: Iterable[str], cap: int) -> int:
    """How many beginnings of the wildcards of one field a single value can match at once, at the worst.

    This is the measure of event-ruler's `MachineComplexityEvaluator`: ``a*b`` is 2, since ``ab`` matches
    ``a*`` and ``a*b``. Each distinct wildcard counts for itself.

    Args:
        patterns: the wildcards of one field.
        cap: where to stop counting.

    Returns:
        the measure, or the cap where it is reached.
    """
    machines = [(*'"', *tokens(pattern), *'"') for pattern in dict.fromkeys(patterns)]
    signs: set[Token] = {token for machine in machines for token in machine} | {""}
    signs.discard(STAR)
    start = _reach(machines, ((index, 0) for index in range(len(machines))))
    seen = {start}
    waiting = [start]
    worst = 0
    while waiting and worst < cap:
        state = waiting.pop()
        for sign in signs:
            after = _reach(machines, _after(machines, state, sign))
            if after and after not in seen:
                seen.add(after)
                waiting.append(after)
                worst = max(worst, len(after))
    return min(worst, cap)


def _after(machines: list[tuple[Token, ...]], state: frozenset[Place], sign: Token) -> Iterator[Place]:
    for index, place in state:
        machine = machines[index]
        if place < len(machine) and machine[place] == sign:
            yield index, place + 1
        if place and machine[place - 1] is STAR:
            yield index, place


def _reach(machines: list[tuple[Token, ...]], places: Iterable[Place]) -> frozenset[Place]:
    found: set[Place] = set()
    for index, place in places:
        found.add((index, place))
        if place < len(machines[index]) and machines[index][place] is STAR:
            found.add((index, place + 1))
    return frozenset(found)
