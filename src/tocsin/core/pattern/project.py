"""The fields that rules look at, read without decoding the rest (with `msgspec`, where it is installed).

The fast reader answers only where it is sure to agree with the exact decoder, and gives up on the event
otherwise, for the exact decoder to take over. It is sure where every wanted value is a string, a number, a word
(``true``, ``false``, ``null``) or an array of these, found once, in objects only. Each occurrence of a wanted
key is seen, since `msgspec` hands each one to a hook; a second one gives the event up. So do arrays of objects,
dotted keys that spell a wanted path, numbers of more digits than Jackson takes, texts that `msgspec` refuses, and
bytes that are not UTF-8. `msgspec` hands a number with a point or an exponent over as it was written; an integer
has one spelling, but for ``-0``, which no operator tells from ``0``.

One thing is left undone: in fields that no rule looks at, numbers of more than 1,000 digits are not refused.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from tocsin.core.pattern import decode
from tocsin.core.pattern.decode import WORDS, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

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

MIXED: Final = _Leaf("Mixed", (), {})
"""The slot that stands in an event's values where some are no strings."""

# Of so many bits an integer has fewer digits than Jackson takes.
_MOST_BITS: Final = 3_000
# Of more wanted members an object is read by their names.
_MANY: Final = 24
# Of more keys that would spell deeper paths, the text is searched for how they begin.
_MOST_ODD: Final = 200
_DEEPEST: Final = 2 * (decode.MAX_DEPTH + 1)


def slots_for(wanted: Wanted) -> dict[str, Slot]:
    """A slot for each wanted path."""
    return {path: _Leaf("Leaf", (), {}) for path in sorted(wanted.leaves)}


class Readers:
    """Fast readers for the wanted paths, made when they are needed: each keeps state, so that a thread has its own.

    Args:
        wanted: the paths.
        slots: their slots, of `slots_for`.
    """

    def __init__(self, wanted: Wanted, slots: dict[str, Slot]) -> None:
        self._wanted, self._slots = wanted, slots
        self._idle: list[Callable[[str | bytes], Flat]] = []

    @cached_property
    def _make(self) -> Callable[[], Callable[[str | bytes], Flat]] | None:
        return _reader_maker(self._wanted, self._slots)

    def read(self, event: str | bytes) -> Flat:
        """The values of an event.

        Raises:
            GaveUp: there is no accelerator, it cannot serve these paths, or is not sure of this event.
        """
        try:
            reader = self._idle.pop()
        except IndexError:
            if self._make is None:
                raise GaveUp from None
            reader = self._make()
        try:
            return reader(event)
        finally:
            self._idle.append(reader)


def _reader_maker(wanted: Wanted, slots: dict[str, Slot]) -> Callable[[], Callable[[str | bytes], Flat]] | None:
    """What makes readers; None where there is no accelerator, or it cannot serve these paths."""
    if decode.msgspec is None or not all(all(path.split(".")) for path in wanted.leaves):
        return None
    shape = _Shape(wanted, slots)
    try:
        root = shape.struct("")
    except ValueError:  # a name that `msgspec` cannot have as a field
        return None
    any_depth = _skips_any_depth()
    return lambda: _reader(root, shape, any_depth=any_depth)


class _Shape:
    """The types by which `msgspec` reads the wanted fields.

    Args:
        wanted: the paths.
        slots: their slots.

    Attributes:
        dotted: how keys begin that would spell deeper paths, where there are too many to be looked for by name.
        names: the types of the names in objects with many wanted members.
        members: the types of the values in these, each with the slots by name.
    """

    def __init__(self, wanted: Wanted, slots: dict[str, Slot]) -> None:
        self._wanted, self._slots = wanted, slots
        self.dotted: set[str] = set()
        self.names: set[Slot] = set()
        self.members: dict[Slot, dict[str, Slot]] = {}

    def struct(self, path: str) -> Any:  # noqa: ANN401 - a type made at run time
        """The type of the object at a path: its wanted members, and dotted keys that would spell deeper paths."""
        base = f"{path}." if path else ""
        names = sorted(node[len(base) :] for node in self._wanted.nodes if node.startswith(base))
        dotted = [name for name in names if "." in name]
        if len(dotted) > _MOST_ODD:
            self.dotted |= {f"{name.partition('.')[0]}." for name in dotted}
            dotted = []
        fields: dict[str, Any] = dict.fromkeys(dotted, ODD)
        members = [name for name in names if "." not in name]
        if len(members) > _MANY and not any(base + name in self._wanted.heads for name in members):
            return self._mapping({name: self._slots[base + name] for name in members})
        fields |= {name: self._field(base + name) for name in members}
        ordered = sorted(fields, key=lambda name: "." in name)
        return decode.msgspec.defstruct(
            "Projection",
            [(f"f{index}", fields[name], decode.msgspec.UNSET) for index, name in enumerate(ordered)],
            rename={f"f{index}": name for index, name in enumerate(ordered)},
            gc=False,
        )

    def _mapping(self, slots: dict[str, Slot]) -> Any:  # noqa: ANN401 - as above
        """The type of an object with many wanted members: a struct would be searched through for each member."""
        name, value = _Leaf("Name", (), {}), _Leaf("Member", (), {})
        self.names.add(name)
        self.members[value] = slots
        return dict[name, value]  # type: ignore[valid-type]

    def _field(self, path: str) -> Any:  # noqa: ANN401 - as above
        if path in self._wanted.leaves:
            return ODD if path in self._wanted.heads else self._slots[path]
        return self.struct(path) | None


def _reader(root: Any, shape: _Shape, *, any_depth: bool) -> Callable[[str | bytes], Flat]:  # noqa: ANN401 - as above
    found: Flat = {}

    def hook(slot: Slot, value: Any) -> Any:  # noqa: ANN401 - any JSON value
        if slot in found:
            raise GaveUp
        if type(value) is str:
            found[slot] = value
        else:
            found[slot], found[MIXED] = _values(value), ""
        return value

    refusals = (decode.msgspec.MsgspecError, ValueError, RecursionError)
    chosen = _by_name(shape, hook) if shape.names else hook
    read_fields = decode.msgspec.json.Decoder(root, dec_hook=chosen, float_hook=_number).decode

    may_be_dotted = _dotted(shape.dotted)

    def read(event: str | bytes) -> Flat:
        nonlocal found
        if may_be_dotted is not None and may_be_dotted(event):
            raise GaveUp
        found = {ODD: ""}
        if not event.isascii() or len(event) > _DEEPEST:
            _require_sure(event, any_depth=any_depth)
        try:
            read_fields(event)
        except refusals:
            raise GaveUp from None
        return found

    return read


def _by_name(shape: _Shape, hook: Callable[[Slot, Any], Any]) -> Callable[[Slot, Any], Any]:
    """A hook that knows the members of some objects by their names, which come before their values."""
    names, members, name = shape.names, shape.members, ""

    def named(slot: Slot, value: Any) -> Any:  # noqa: ANN401 - any JSON value
        nonlocal name
        if slot in names:
            name = value
            return value
        if slot in members:
            slot = members[slot].get(name)
            if slot is None:
                return value
        return hook(slot, value)

    return named


def _dotted(beginnings: Iterable[str]) -> Callable[[str | bytes], bool] | None:
    """Whether a key may begin so; without any there is nothing to ask."""
    texts = tuple(beginnings)
    signs = tuple(text.encode("utf-8", "surrogatepass") for text in texts)

    def may_be(event: str | bytes) -> bool:
        if isinstance(event, str):
            return "\\u" in event or any(text in event for text in texts)
        return b"\\u" in event or any(sign in event for sign in signs)

    return may_be if texts else None


def _values(value: Any) -> str | tuple[str, ...]:  # noqa: ANN401 - any JSON value
    if type(value) is list:
        return tuple(item if type(item) is str else _literal(item) for item in value)
    return _literal(value)


def _literal(value: Any) -> str:  # noqa: ANN401 - any JSON value
    if value is None or value is True or value is False:
        return WORDS[value]
    if type(value) is Literal:
        return value
    if type(value) is int and value.bit_length() < _MOST_BITS:
        return Literal(value)
    raise GaveUp


def _number(text: str) -> Literal:
    if len(text) > decode.MAX_DIGITS:
        raise GaveUp
    return Literal(text)


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
