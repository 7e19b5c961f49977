"""JSON read exactly as AWS's engine reads it.

Event patterns see more of a JSON text than most decoders keep: the spelling of a number, both values of a
repeated key, the difference between ``5`` and ``"5"``. AWS's engine reads events with Jackson's streaming
parser, so this module keeps and refuses what that parser keeps and refuses:

- numbers stay text (`Literal`), repeated keys stay (`Members`);
- ``NaN``, ``Infinity``, comments, single quotes, raw control characters and a byte order mark are refused;
- bytes must be UTF-8;
- nesting deeper than 1,000, names over 50,000 characters and numbers over 1,000 digits are refused
  (Jackson's `StreamReadConstraints`);
- what follows the first complete value is not looked at, since the engine closes its parser there.

Nothing here recurses, so no nesting can exhaust the stack.
"""

from __future__ import annotations

import json
import re
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping

msgspec: Any
"""The optional accelerator; None where it is not installed. It is loaded when it is first asked for."""


def __getattr__(name: str) -> Any:  # noqa: ANN401 - a module, or None
    """Load the accelerator: a verb that reads one record does without (PEP 562)."""
    if name != "msgspec":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found: Any = None
    with suppress(ImportError):
        found = import_module("msgspec")
    globals()["msgspec"] = found
    return found


def is_fast() -> bool:
    """Whether the accelerator is loaded already."""
    return globals().get("msgspec") is not None


MAX_DEPTH: Final = 1_000
MAX_NAME: Final = 50_000
MAX_DIGITS: Final = 1_000


class Literal(str):
    """A JSON number, ``true``, ``false`` or ``null``, as it was written."""

    __slots__ = ()


WORDS: Final = {True: Literal("true"), False: Literal("false"), None: Literal("null")}
"""The literals of the values that are no numbers."""


class Members(list[tuple[str, "Node"]]):
    """The members of a JSON object in their order, repeated keys included."""

    __slots__ = ()

    def items(self) -> list[tuple[str, Node]]:
        """The members themselves, so that a plain mapping can be walked in the same way."""
        return self


Node: TypeAlias = "str | bool | int | float | Members | Mapping[str, Node] | list[Node] | tuple[Node, ...] | None"


class NotJson(ValueError):  # noqa: N818 - a reason, read by the caller, never shown as a crash
    """A text that Jackson would refuse.

    Args:
        reason: what is wrong with it.
        line: the line of the fault, counted from 1; 0 where it has none.
        column: the column of the fault, counted from 1; 0 where it has none.
    """

    def __init__(self, reason: str, line: int = 0, column: int = 0) -> None:
        super().__init__(reason)
        self.reason = reason
        self.line = line
        self.column = column


def decode(source: str | bytes) -> Node:
    """The first JSON value of a text.

    Args:
        source: the JSON text, or its UTF-8 bytes.

    Returns:
        the value: `Members`, a list, a string, a `Literal`, a bool or None.

    Raises:
        NotJson: Jackson would refuse it.
    """
    text = source if isinstance(source, str) else _text(source)
    start = len(text) - len(text.lstrip(" \t\n\r"))
    try:
        node: Node = _DECODER.raw_decode(text, start)[0]
    except RecursionError:
        return _decode_deep(text, start)
    except json.JSONDecodeError as error:
        raise NotJson(error.msg, error.lineno, error.colno) from None
    if len(text) > MAX_NAME or text.count("{") + text.count("[") > MAX_DEPTH:
        _require_limits(node)
    return node


def _text(source: bytes) -> str:
    try:
        return source.decode("utf-8")
    except UnicodeDecodeError as error:
        raise NotJson(f"not UTF-8: {error.reason} at byte {error.start}") from None


def _number(text: str) -> Literal:
    if len(text) > MAX_DIGITS and sum(map(str.isdigit, text)) > MAX_DIGITS:
        raise NotJson(f"a number of more than {MAX_DIGITS:,} digits")
    return Literal(text)


def _refuse(name: str) -> Node:
    raise NotJson(f"{name} is not JSON")


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=Members,
    parse_int=_number,
    parse_float=_number,
    parse_constant=_refuse,
)


def _require_limits(root: Node) -> None:
    level: list[Node] = [root]
    for _ in range(MAX_DEPTH):
        below: list[Node] = []
        for node in level:
            if isinstance(node, Members):
                _require_names(node)
                below.extend(value for _, value in node if isinstance(value, list))
            elif isinstance(node, list):
                below.extend(value for value in node if isinstance(value, list))
        if not below:
            return
        level = below
    raise NotJson(f"nested deeper than {MAX_DEPTH:,}")


def _require_names(members: Members) -> None:
    if any(len(name) > MAX_NAME for name, _ in members):
        raise NotJson(f"a name of more than {MAX_NAME:,} characters")


class _Open:
    """A container that is being read: the object or array, and the name of its open member."""

    __slots__ = ("name", "node")

    def __init__(self, node: Members | list[Node]) -> None:
        self.node = node
        self.name = ""

    def add(self, value: Node) -> None:
        if isinstance(self.node, Members):
            self.node.append((self.name, value))
        else:
            self.node.append(value)


_SPACE: Final = re.compile(r"[ \t\n\r]*")
_SCALAR: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?|true|false|null")
_VALUES: Final = {"true": True, "false": False, "null": None}


class _DeepReader:
    """Reads JSON with a stack of its own, for texts nested too deeply for the standard decoder."""

    def __init__(self, text: str, start: int) -> None:
        self.text = text
        self.at = start
        self.open: list[_Open] = []

    def read(self) -> Node:
        """The value at the reader's place.

        Raises:
            NotJson: the text is refused.
        """
        value = self._value()
        while self.open:
            if self._closes():
                value = self.open.pop().node
                if self.open:
                    self.open[-1].add(value)
                continue
            self._step()
            inner = self._value()
            if not (self.open and inner is self.open[-1].node):
                self.open[-1].add(inner)
        return value

    def _fault(self, reason: str) -> NotJson:
        line = self.text.count("\n", 0, self.at) + 1
        return NotJson(reason, line, self.at - self.text.rfind("\n", 0, self.at))

    def _peek(self) -> str:
        found = _SPACE.match(self.text, self.at)
        self.at = found.end() if found else self.at
        return self.text[self.at : self.at + 1]

    def _closes(self) -> bool:
        closed = self._peek() == ("}" if isinstance(self.open[-1].node, Members) else "]")
        self.at += closed
        return closed

    def _step(self) -> None:
        """Moves past a comma where one is due, and past the name and colon of the next member."""
        top = self.open[-1]
        if top.node:
            self._expect(",")
        if isinstance(top.node, Members):
            if self._peek() != '"':
                raise self._fault("Expecting property name enclosed in double quotes")
            top.name = self._string()
            self._expect(":")

    def _expect(self, sign: str) -> None:
        if self._peek() != sign:
            raise self._fault(f"Expecting {sign!r}")
        self.at += 1

    def _string(self) -> str:
        try:
            found, self.at = _DECODER.raw_decode(self.text, self.at)
        except json.JSONDecodeError as error:
            raise NotJson(error.msg, error.lineno, error.colno) from None
        return str(found)

    def _value(self) -> Node:
        sign = self._peek()
        if sign == '"':
            return self._string()
        if sign in ("{", "["):
            if len(self.open) == MAX_DEPTH:
                raise self._fault(f"nested deeper than {MAX_DEPTH:,}")
            self.at += 1
            node: Members | list[Node] = Members() if sign == "{" else []
            self.open.append(_Open(node))
            return node
        found = _SCALAR.match(self.text, self.at)
        if found is None:
            raise self._fault("Expecting value")
        self.at = found.end()
        return _VALUES[found[0]] if found[0] in _VALUES else _number(found[0])


def _decode_deep(text: str, start: int) -> Node:
    node = _DeepReader(text, start).read()
    _require_limits(node)
    return node
