"""Reads Terraform's HCL as far as event rules need it, with the line of every value.

Blocks, attributes, literals, arrays, objects, ``jsonencode``, templates and heredocs are read; every other expression
is `Unknown`, kept as it is written. The language is that of HCL's own specification ("HCL Native Syntax
Specification", hashicorp/hcl): a hand-made reader, since the libraries for it give no lines below an attribute and keep
``jsonencode({...})`` as text, which would have to be read again here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tocsin.core.pattern.decode import Literal
from tocsin.lint.hcl_tokens import FindingKind, Token, tokens
from tocsin.lint.nodes import HOLE, MAX_DEPTH, Listed, Mapped, Node, Scalar, Unknown, Unreadable

ENCODED: Final = "\ue001jsonencode"
"""The one key of the object that stands for `jsonencode`: a private-use character, which no event has."""

_OPENING: Final = {"(": ")", "[": "]", "{": "}"}
_WORDS: Final = {"true": True, "false": False, "null": None}
# What may stand behind a value that is read whole; anything else makes a longer expression of it.
_ENDS: Final = frozenset({"\n", ",", ")", "]", "}", ":", ""})


@dataclass(frozen=True, slots=True)
class Block:
    """A block, such as ``resource "aws_cloudwatch_event_rule" "deleted" { ... }``.

    Attributes:
        words: its type and its labels.
        attributes: what is set in it.
        blocks: the blocks in it.
        line: where it begins.
    """

    words: tuple[str, ...]
    attributes: Mapped
    blocks: tuple[Block, ...]
    line: int


def read_hcl(text: str) -> tuple[Block, ...]:
    """The blocks of a Terraform file.

    Raises:
        Unreadable: it is not HCL, or nested too deeply.
    """
    return _Reader(tokens(text)).body(("",), 1, 0, "").blocks


def read_expression(text: str) -> Node:
    """The value of one expression, such as stands in ``${...}`` in Terraform's JSON.

    Raises:
        Unreadable: it is not HCL.
    """
    return _Reader(tokens(f"value = {text}\n")).body(("",), 1, 0, "").attributes.members[0][1]


class _Reader:
    def __init__(self, found: list[Token]) -> None:
        self._tokens = found
        self._at = 0

    @property
    def _now(self) -> Token:
        return self._tokens[self._at]

    def _next(self) -> Token:
        token = self._now
        self._at = min(self._at + 1, len(self._tokens) - 1)
        return token

    def _fault(self, reason: str) -> Unreadable:
        return Unreadable(f"not HCL: {reason}", self._now.line)

    def _expect(self, sign: str) -> None:
        if self._now.sign != sign:
            raise self._fault(f"`{sign}` is missing")
        self._next()

    def _skip_lines(self) -> None:
        while self._now.sign == "\n":
            self._next()

    def body(self, words: tuple[str, ...], line: int, depth: int, end: str) -> Block:
        """What stands in a block, up to its end."""
        if depth > MAX_DEPTH:
            raise self._fault(f"nested deeper than {MAX_DEPTH}")
        attributes: list[tuple[str, Node]] = []
        blocks: list[Block] = []
        while True:
            self._skip_lines()
            if self._now.sign == end and self._now.kind in (FindingKind.SIGN, FindingKind.END):
                self._next()
                return Block(words, Mapped(tuple(attributes), line), tuple(blocks), line)
            start = self._next()
            if start.kind is not FindingKind.NAME:
                raise Unreadable("not HCL: a name is missing", start.line)
            if self._now.sign == "=":
                self._next()
                attributes.append((start.text, self._expression(depth + 1)))
                continue
            labels = [start.text]
            while self._now.kind in (FindingKind.NAME, FindingKind.TEXT):
                labels.append(self._next().text)
            self._expect("{")
            blocks.append(self.body(tuple(labels), start.line, depth + 1, "}"))

    def _expression(self, depth: int) -> Node:
        if depth > MAX_DEPTH:
            raise self._fault(f"nested deeper than {MAX_DEPTH}")
        start = self._at
        node = self._value(depth)
        if node is not None and self._now.sign in _ENDS:
            return node
        self._at = start
        return self._unknown()

    def _value(self, depth: int) -> Node | None:
        """A value that can be read whole, or None."""
        token = self._next()
        if token.kind is FindingKind.TEXT:
            return Scalar(token.text, token.line, token.inner)
        if token.kind is FindingKind.NUMBER:
            return Scalar(Literal(token.text), token.line)
        if token.sign == "-" and self._now.kind is FindingKind.NUMBER:
            return Scalar(Literal(f"-{self._next().text}"), token.line)
        if token.sign == "[":
            return self._array(token.line, depth)
        if token.sign == "{":
            return self._object(token.line, depth)
        if token.sign == "(":
            self._skip_lines()
            inner = self._expression(depth + 1)
            self._skip_lines()
            return inner if self._next().sign == ")" and not isinstance(inner, Unknown) else None
        if token.kind is FindingKind.NAME and token.text in _WORDS and self._now.sign in _ENDS:
            return Scalar(_WORDS[token.text], token.line)
        if token.kind is FindingKind.NAME and token.text == "jsonencode" and self._now.sign == "(":
            return self._encoded(token.line, depth)
        return None

    def _encoded(self, line: int, depth: int) -> Node | None:
        """``jsonencode(value)``: an object with one key that no event has, which `sources` takes off again."""
        self._next()
        self._skip_lines()
        inner = self._expression(depth + 1)
        self._skip_lines()
        if self._now.sign == ",":
            self._next()
            self._skip_lines()
        return Mapped(((ENCODED, inner),), line) if self._next().sign == ")" else None

    def _array(self, line: int, depth: int) -> Node | None:
        items: list[Node] = []
        while True:
            self._skip_lines()
            if self._now.sign == "]":
                self._next()
                return Listed(tuple(items), line)
            if self._now.kind is FindingKind.NAME and self._now.text == "for":
                return None
            items.append(self._expression(depth + 1))
            self._skip_lines()
            if self._now.sign == ",":
                self._next()
            elif self._now.sign != "]":
                return None

    def _object(self, line: int, depth: int) -> Node | None:
        members: list[tuple[str, Node]] = []
        while True:
            self._skip_lines()
            if self._now.sign == "}":
                self._next()
                return Mapped(tuple(members), line)
            name = self._name()
            if name is None or self._now.sign not in ("=", ":"):
                return None
            self._next()
            self._skip_lines()
            members.append((name, self._expression(depth + 1)))
            if self._now.sign == ",":
                self._next()
            elif self._now.sign not in ("\n", "}"):
                return None

    def _name(self) -> str | None:
        """The key of an object's member; a `HOLE` where it is an expression."""
        token = self._now
        if token.sign == "(":
            self._next()
            self._past(")")
            return HOLE
        if token.kind not in (FindingKind.NAME, FindingKind.TEXT, FindingKind.NUMBER) or (
            token.kind is FindingKind.NAME and token.text == "for"
        ):
            return None
        return self._next().text

    def _past(self, end: str) -> None:
        """Goes behind the sign that closes what is open."""
        waiting = [end]
        while waiting:
            token = self._next()
            if token.kind is FindingKind.END:
                raise self._fault(f"`{waiting[-1]}` is missing")
            if token.sign in _OPENING:
                waiting.append(_OPENING[token.sign])
            elif token.sign in _OPENING.values() and token.sign != waiting.pop():
                raise Unreadable("not HCL: brackets do not pair", token.line)

    def _unknown(self) -> Unknown:
        """Goes behind an expression, whatever it is, and keeps it as it is written."""
        first, words = self._now, []
        while self._now.sign not in _ENDS - {":"}:
            token = self._next()
            words.append(token.text if token.kind is not FindingKind.TEXT else f'"{token.text}"')
            if token.sign in _OPENING:
                self._past(_OPENING[token.sign])
                words.append("..." + _OPENING[token.sign])
        if not words:
            raise self._fault("a value is missing")
        return Unknown("".join(words).replace(HOLE, "..."), first.line)
