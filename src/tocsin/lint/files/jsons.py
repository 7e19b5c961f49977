"""Reads JSON with the line of every value."""

from __future__ import annotations

import json
import re
from typing import Final

from tocsin.core.pattern.decode import Literal
from tocsin.lint.nodes import MAX_DEPTH, Listed, Mapped, Node, Scalar, Unreadable

_SPACE: Final = re.compile(r"[ \t\n\r]*")
_WORD: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?|true|false|null")
_STRING: Final = re.compile(r'"(?:[^"\\\x00-\x1f]|\\.)*"')
_WORDS: Final = {"true": True, "false": False, "null": None}


def read_json(text: str, line: int = 1, *, steady: bool = False) -> Node:
    """The one JSON value of a text.

    Args:
        text: the JSON.
        line: the line on which it begins.
        steady: whether all of it stands on that line of the file, as a string with escapes does.

    Raises:
        Unreadable: it is not JSON, or nested too deeply.
    """
    reader = _Reader(text.removeprefix("\ufeff"), line, steady=steady)
    node = reader.value(0)
    if reader.peek():
        raise reader.fault("more text after the end of the JSON")
    return node


class _Reader:
    def __init__(self, text: str, line: int, *, steady: bool) -> None:
        self._text = text
        self._at = 0
        self._line = line
        self._steady = steady

    def fault(self, reason: str) -> Unreadable:
        return Unreadable(f"not JSON: {reason}", self._line)

    def peek(self) -> str:
        found = _SPACE.match(self._text, self._at)
        end = found.end() if found else self._at
        self._line += 0 if self._steady else self._text.count("\n", self._at, end)
        self._at = end
        return self._text[end : end + 1]

    def value(self, depth: int) -> Node:
        if depth > MAX_DEPTH:
            raise self.fault(f"nested deeper than {MAX_DEPTH}")
        sign, line = self.peek(), self._line
        if sign == "{":
            return Mapped(tuple(self._members(depth)), line)
        if sign == "[":
            return Listed(tuple(self._items(depth)), line)
        if sign == '"':
            return Scalar(self._string(), line)
        found = _WORD.match(self._text, self._at)
        if found is None:
            raise self.fault("a value is missing" if sign else "it ends too early")
        self._at = found.end()
        return Scalar(_WORDS[found[0]] if found[0] in _WORDS else Literal(found[0]), line)

    def _members(self, depth: int) -> list[tuple[str, Node]]:
        self._at += 1
        members: list[tuple[str, Node]] = []
        while self.peek() != "}":
            if members:
                self._expect(",")
            if self.peek() != '"':
                raise self.fault("a name in double quotes is missing")
            name = self._string()
            self._expect(":")
            members.append((name, self.value(depth + 1)))
        self._at += 1
        return members

    def _items(self, depth: int) -> list[Node]:
        self._at += 1
        items: list[Node] = []
        while self.peek() != "]":
            if items:
                self._expect(",")
            items.append(self.value(depth + 1))
        self._at += 1
        return items

    def _expect(self, sign: str) -> None:
        if self.peek() != sign:
            raise self.fault(f"`{sign}` is missing")
        self._at += 1

    def _string(self) -> str:
        found = _STRING.match(self._text, self._at)
        if found is None:
            raise self.fault("a string has no end, or a raw control character in it")
        try:
            value = json.loads(found[0])
        except json.JSONDecodeError as error:
            raise self.fault(error.msg) from None
        self._at = found.end()
        return str(value)
