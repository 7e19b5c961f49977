"""Finding which of many ranges a point lies in, in time that grows with the logarithm of their number and the finds.

A segment tree over the places at which ranges begin and end, and the gaps between these (Bentley, "Solutions to Klee's
rectangle problems", 1977).
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Item = TypeVar("Item")


class Span(NamedTuple, Generic[Item]):
    """A range with what is filed under it; each end is taken in, or left out where it is open."""

    low: float
    high: float
    open_low: bool
    open_high: bool
    item: Item


class Spans(Generic[Item]):
    """Items, filed under ranges.

    Args:
        spans: the ranges; points are numbers that compare as they do.
    """

    def __init__(self, spans: Iterable[Span[Item]]) -> None:
        filed = list(spans)
        self._bounds = sorted({end for span in filed for end in (span.low, span.high)})
        self._size = 2 * len(self._bounds)
        nodes: dict[int, list[Item]] = {}
        for span in filed:
            first = 2 * bisect_left(self._bounds, span.low) + span.open_low + self._size
            last = 2 * bisect_left(self._bounds, span.high) - span.open_high + self._size
            for node in _nodes(first, last):
                nodes.setdefault(node, []).append(span.item)
        self._nodes = {node: tuple(items) for node, items in nodes.items()}

    def __bool__(self) -> bool:
        """Whether anything is filed."""
        return bool(self._bounds)

    def find(self, point: float) -> list[Item]:
        """The items whose range holds a point."""
        bounds, finds = self._bounds, list[Item]()
        place = bisect_left(bounds, point)
        if place == len(bounds):
            return finds
        node = 2 * place + self._size
        if bounds[place] != point:  # in the gap before it
            if not place:
                return finds
            node -= 1
        nodes = self._nodes
        while node:
            found = nodes.get(node)
            if found is not None:
                finds += found
            node >>= 1
        return finds


def _nodes(first: int, last: int) -> Iterator[int]:
    """The fewest nodes of the tree that have the leaves from one to another, and no others, below them."""
    last += 1
    while first < last:
        if first & 1:
            yield first
            first += 1
        if last & 1:
            last -= 1
            yield last
        first >>= 1
        last >>= 1
