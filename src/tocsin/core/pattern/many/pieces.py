"""Finding which of many pieces of text occur in a value, in time that does not grow with their number.

Few pieces are all candidates. Pieces that begin alike are looked up by what follows that beginning, wherever
it occurs in the value. The others are looked up by the rarest run of 8 (or 3) characters in each.
"""

from __future__ import annotations

from collections import Counter
from itertools import takewhile
from typing import TYPE_CHECKING, Final, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Item = TypeVar("Item")

FEW: Final = 12
"""So many candidates may be tried without looking anything up."""

MAX_ANCHORS: Final = 8
ANCHOR: Final = 3
GRAMS: Final = (8, 3)


class Pieces(Generic[Item]):
    """Items, filed under a piece of text that a value must contain.

    Args:
        filed: the items by piece.
    """

    def __init__(self, filed: Mapping[str, tuple[Item, ...]]) -> None:
        self._always: tuple[Item, ...] = ()
        self._anchors: tuple[tuple[str, tuple[tuple[int, dict[str, tuple[Item, ...]]], ...]], ...] = ()
        self._grams: tuple[tuple[int, dict[str, tuple[Item, ...]]], ...] = ()
        groups = _groups(filed)
        if len(filed) <= FEW:
            self._always = _joined(filed, filed)
        elif len(groups) <= MAX_ANCHORS and all(len(beginning) == ANCHOR for beginning in groups):
            self._anchors = tuple(_anchored(filed, group) for group in groups.values())
        else:
            self._always = _joined(filed, [piece for piece in filed if len(piece) < GRAMS[-1]])
            self._grams = _by_grams(filed)

    def __bool__(self) -> bool:
        """Whether anything is filed."""
        return bool(self._always or self._anchors or self._grams)

    def find(self, value: str) -> Iterator[tuple[Item, ...]]:
        """The items whose piece may occur in a value: all of those whose piece does, and perhaps others."""
        if self._always:
            yield self._always
        for anchor, sized in self._anchors:
            place = value.find(anchor)
            while place >= 0:
                after = place + len(anchor)
                for size, keyed in sized:
                    found = keyed.get(value[after : after + size])
                    if found is not None:
                        yield found
                place = value.find(anchor, place + 1)
        for size, keyed in self._grams:
            runs = {value[place : place + size] for place in range(len(value) - size + 1)}
            for run in runs & keyed.keys():
                yield keyed[run]


def _joined(filed: Mapping[str, tuple[Item, ...]], pieces: Mapping[str, object] | list[str]) -> tuple[Item, ...]:
    return tuple(item for piece in pieces for item in filed[piece])


def _groups(pieces: Mapping[str, object]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = {}
    for piece in pieces:
        groups.setdefault(piece[:ANCHOR], []).append(piece)
    return groups


def _anchored(
    filed: Mapping[str, tuple[Item, ...]], pieces: list[str]
) -> tuple[str, tuple[tuple[int, dict[str, tuple[Item, ...]]], ...]]:
    first, last = min(pieces), max(pieces)
    shared = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(first, last, strict=False)))
    anchor = first[:shared]
    return anchor, by_size({piece[len(anchor) :]: filed[piece] for piece in pieces})


def by_size(filed: Mapping[str, tuple[Item, ...]]) -> tuple[tuple[int, dict[str, tuple[Item, ...]]], ...]:
    """Filed items by the length of their text, for look-ups of one length at a time."""
    sizes: dict[int, dict[str, tuple[Item, ...]]] = {}
    for text, items in filed.items():
        sizes.setdefault(len(text), {})[text] = items
    return tuple(sorted(sizes.items()))


def _by_grams(filed: Mapping[str, tuple[Item, ...]]) -> tuple[tuple[int, dict[str, tuple[Item, ...]]], ...]:
    crowd = Counter(run for piece in filed for run in set(_runs(piece)))
    keyed: dict[str, list[Item]] = {}
    for piece, items in filed.items():
        runs = _runs(piece)
        if runs:
            keyed.setdefault(min(runs, key=crowd.__getitem__), []).extend(items)
    return by_size({run: tuple(items) for run, items in keyed.items()})


def _runs(piece: str) -> list[str]:
    size = next((size for size in GRAMS if len(piece) >= size), 0)
    return [piece[place : place + size] for place in range(len(piece) - size + 1)] if size else []
