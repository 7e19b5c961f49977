"""What ``tocsin explain`` says of each piece of a file; where there are many, several processes share them."""

from __future__ import annotations

import json
import re
from functools import partial
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, NamedTuple

from tocsin import wiring
from tocsin.adapters.files.pieces import Piece, pieces
from tocsin.core.notice.render import as_data, as_text
from tocsin.core.pattern import decode
from tocsin.core.record.record import Pointer, Rejected
from tocsin.core.text import inert
from tocsin.flows.explain import AT_ONCE, Explained, explain_each, items_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from tocsin.adapters.files.pieces import Readable
    from tocsin.core.record.record import Record
    from tocsin.core.settings import Settings

# So many pieces, or so many bytes of them, are told at once.
MOST_PIECES, MOST_BYTES = 200, 256 * 1024
_WIDE = re.compile(r"[^\x00-\x7f]")
_in_ascii = json.JSONEncoder(separators=(",", ":")).encode  # `json.dumps` would make one for every line


class Said(NamedTuple):
    """What is said of one or several records, or of one part that could not be read.

    Attributes:
        text: as it is written, without the last line end.
        records: how many records it tells; none of what could not be read.
    """

    text: str
    records: int


class Teller:
    """Tells pieces of a file, as the settings and the reader want it; each process makes its own.

    Args:
        settings: which rules are on, and the time zone.
        now: stands in where a record tells no time.
        width: columns of text.
        as_json: whether each notice is a line of JSON instead.
    """

    def __init__(self, settings: Settings, now: datetime, width: int, *, as_json: bool) -> None:
        self._settings, self._now, self._width, self._as_json = settings, now, width, as_json
        self._rules = wiring.rules_on(settings)

    def __call__(self, some: Iterable[Piece]) -> list[Said]:
        """What is said of some pieces, the records between two unreadable parts in one."""
        all_of_it: list[Said] = []
        texts: list[str] = []
        for one in self.told(some):
            if one.records:
                texts.append(one.text)
                continue
            all_of_it += [*_joined(texts), one]
            texts = []
        return [*all_of_it, *_joined(texts)]

    def told(self, some: Iterable[Piece]) -> Iterator[Said]:
        """What is said of some pieces, a record at a time."""
        items = self._items(some)
        while held := list(islice(items, AT_ONCE)):
            told = explain_each([item for _, item in held], self._rules, self._settings, self._now)
            for (place, _), item in zip(held, told, strict=True):
                if isinstance(item, Explained):
                    yield Said("\n".join(self._notices(item)), 1)
                elif isinstance(item, Rejected) and place:
                    yield self._unread(item._replace(place=f"{place} {item.place}".rstrip()))
                else:
                    yield self._unread(item)

    def _items(self, some: Iterable[Piece]) -> Iterator[tuple[str, Record | Rejected | Pointer]]:
        """What is in some pieces, each with the place of its piece."""
        for piece in some:
            if piece.fault:
                yield "", Rejected(piece.fault, piece.body, piece.place)
            else:
                yield from ((piece.place, item) for item in items_of(piece.body))

    def _notices(self, item: Explained) -> Iterator[str]:
        for notice in item.notices:
            if self._as_json:
                yield as_line({"kind": "notice", "rings": item.rings, **as_data(notice)})
            else:
                yield f"{as_text(notice, self._width)}\n"

    def _unread(self, item: Rejected | Pointer) -> Said:
        if isinstance(item, Rejected):
            place, reason, size = inert(item.place), inert(item.reason), len(item.body)
            data = {"kind": "rejected", "place": place, "reason": reason, "bytes": size}
            words = f"not read: {place or 'the whole of it'} ({size:,} bytes): {reason}"
        else:
            there = {"bucket": inert(item.bucket), "key": inert(item.key), "version": inert(item.version)}
            data = {"kind": "pointer", **there}
            words = f"not read: it points to s3://{there['bucket']}/{there['key']}; fetch that file and explain it"
        return Said(as_line(data) if self._as_json else words, 0)


def _joined(texts: list[str]) -> list[Said]:
    return [Said("\n".join(texts), len(texts))] if texts else []


def as_line(data: dict[str, Any]) -> str:
    """A line of JSON, ASCII only; its texts are inert, so that no half of a surrogate pair is in them."""
    if not decode.is_fast():
        return _in_ascii(data)
    line: str = decode.msgspec.json.encode(data).decode()
    return line if line.isascii() else _WIDE.sub(lambda found: _in_ascii(found[0])[1:-1], line)


def said_of(stream: Readable, settings: Settings, width: int, *, as_json: bool) -> Iterator[Said]:
    """What is said of a file, in its order, each part as soon as it is told.

    Args:
        stream: the file.
        settings: which rules are on, and the time zone.
        width: columns of text.
        as_json: whether each notice is a line of JSON instead.

    Raises:
        UsageError: it cannot be read, or is too large for what it is.
    """
    made = partial(Teller, settings, wiring.now(), width, as_json=as_json)
    batches = _batches(pieces(stream, "split it, or take the records out of it"))
    first, second = next(batches), next(batches, None)
    if second is None:
        yield from made().told(first)
        return
    from tocsin.adapters.processes import how_many, in_order  # noqa: PLC0415 - lazy: what is small needs no other

    count, every = how_many(), chain((first, second), batches)
    for some in in_order(made, every, count) if count > 1 else map(made(), every):
        yield from some


def _batches(every: Iterable[Piece]) -> Iterator[list[Piece]]:
    """Pieces, as many as are told at once."""
    some: list[Piece] = []
    held = 0
    for piece in every:
        some.append(piece)
        held += len(piece.body)
        if len(some) == MOST_PIECES or held >= MOST_BYTES:
            yield some
            some, held = [], 0
    if some:
        yield some
