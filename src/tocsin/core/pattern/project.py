"""The fields that rules look at, read without decoding the rest (with `msgspec`, where it is installed).

The fast reader answers only where it is sure to agree with the exact decoder, and gives up on the event
otherwise, for the exact decoder to take over. It is sure where every wanted value is a string, a word
(``true``, ``false``, ``null``) or an array of these, found once, in objects only. Each occurrence of a wanted
key is seen, since `msgspec` hands each one to a hook; a second one gives the event up. So do numbers (whose
spelling is lost), arrays of objects, dotted keys that spell a wanted path, texts that `msgspec` refuses, and
bytes that are not UTF-8.

One thing is left undone: in fields that no rule looks at, numbers of more than 1,000 digits are not refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

from tocsin.core.pattern import decode
from tocsin.core.pattern.decode import WORDS

if TYPE_CHECKING:
    from collections.abc import Callable

    from tocsin.core.pattern.events import Wanted

Slot: TypeAlias = Any
"""What stands for a path in the fast reader: a type, by which `msgspec` names the field to the hook."""

Flat: TypeAlias = dict[Slot, "str | tuple[str, ...]"]
"""The values of an event without arrays of objects: a string, or several values, for each slot."""


class GaveUp(Exception):  # noqa: N818 - a signal between two functions
    """The exact decoder has to read this event."""


class _Leaf(type):
    """A type that only names a field: `msgspec` asks whether a value is one of its kind, and any value is."""

    __instancecheck__ = id  # type: ignore[assignment]
    """A function in C that is never zero; a method in Python would double the cost of a field."""


ODD: Final = _Leaf("Odd", (), {})
"""The type of a field at which the reader gives up."""

_DEEPEST: Final = 2 * (decode.MAX_DEPTH + 1)


def slots_for(wanted: Wanted) -> dict[str, Slot]:
    """A slot for each wanted path."""
    return {path: _Leaf("Leaf", (), {}) for path in sorted(wanted.leaves)}


def reader_maker(wanted: Wanted, slots: dict[str, Slot]) -> Callable[[], Callable[[str | bytes], Flat]] | None:
    """What makes fast readers for the wanted paths.

    Args:
        wanted: the paths.
        slots: their slots, of `slots_for`.

    Returns:
        a function that makes a reader; or None where there is no accelerator, or it cannot serve these paths.
        A reader takes an event, returns its values and raises `GaveUp`. It keeps state while it reads, so
        that two threads need two readers.
    """
    if decode.msgspec is None or not all(all(path.split(".")) for path in wanted.leaves):
        return None
    try:
        root = _struct("", wanted, slots)
    except ValueError:  # a name that `msgspec` cannot have as a field
        return None
    any_depth = _skips_any_depth()
    return lambda: _reader(root, any_depth=any_depth)


def _struct(path: str, wanted: Wanted, slots: dict[str, Slot]) -> Any:  # noqa: ANN401 - a type made at run time
    """The type of the object at a path: its wanted members, and dotted keys that would spell deeper paths."""
    msgspec = decode.msgspec
    base = f"{path}." if path else ""
    names = sorted(node[len(base) :] for node in wanted.nodes if node.startswith(base))
    fields: dict[str, Any] = {name: ODD for name in names if "." in name}
    for name in names:
        below = base + name
        inner = any(node.startswith(f"{below}.") for node in wanted.nodes)
        if "." not in name:
            fields[name] = _field(below, inner, wanted, slots)
    ordered = sorted(fields, key=lambda name: "." in name)
    return msgspec.defstruct(
        "Projection",
        [(f"f{index}", fields[name], msgspec.UNSET) for index, name in enumerate(ordered)],
        rename={f"f{index}": name for index, name in enumerate(ordered)},
        gc=False,
    )


def _field(path: str, inner: bool, wanted: Wanted, slots: dict[str, Slot]) -> Any:  # noqa: ANN401, FBT001 - as above
    if path in wanted.leaves:
        return ODD if inner else slots[path]
    return _struct(path, wanted, slots) | None


def _reader(root: Any, *, any_depth: bool) -> Callable[[str | bytes], Flat]:  # noqa: ANN401 - a type made at run time
    found: Flat = {}

    def hook(slot: Slot, value: Any) -> Any:  # noqa: ANN401 - any JSON value
        if slot in found:
            raise GaveUp
        found[slot] = value if type(value) is str else _values(value)
        return value

    refusals = (decode.msgspec.MsgspecError, ValueError, RecursionError)
    read_fields = decode.msgspec.json.Decoder(root, dec_hook=hook).decode

    def read(event: str | bytes) -> Flat:
        nonlocal found
        found = {ODD: ""}
        if not event.isascii() or len(event) > _DEEPEST:
            _require_sure(event, any_depth=any_depth)
        try:
            read_fields(event)
        except refusals:
            raise GaveUp from None
        return found

    return read


def _values(value: Any) -> str | tuple[str, ...]:  # noqa: ANN401 - any JSON value
    if value is None or value is True or value is False:
        return WORDS[value]
    if type(value) is not list:
        raise GaveUp
    return tuple(item if type(item) is str else _word(item) for item in value)


def _word(value: Any) -> str:  # noqa: ANN401 - any JSON value
    if value is None or value is True or value is False:
        return WORDS[value]
    raise GaveUp


def _skips_any_depth() -> bool:
    """Whether `msgspec` skips over a nesting that Jackson refuses; the interpreter's limit may be higher."""
    depth = decode.MAX_DEPTH + 1
    try:
        decode.msgspec.json.decode(
            b'{"a":' + b"[" * depth + b"]" * depth + b"}", type=decode.msgspec.defstruct("Nothing", [])
        )
    except RecursionError:
        return False
    return True


def _require_sure(event: str | bytes, *, any_depth: bool) -> None:
    """Gives up on bytes that are not UTF-8, and on a text in which Jackson's limits could be passed."""
    if len(event) > decode.MAX_NAME:
        raise GaveUp
    if isinstance(event, bytes) and not event.isascii():
        try:
            event.decode("utf-8")
        except UnicodeDecodeError:
            raise GaveUp from None
    if any_depth and len(event) > _DEEPEST:
        opened = event.count("[") + event.count("{") if isinstance(event, str) else _opened(event)
        if opened > decode.MAX_DEPTH:
            raise GaveUp


def _opened(event: bytes) -> int:
    return event.count(b"[") + event.count(b"{")
