"""The tokens of Terraform's HCL (`tocsin.lint.hcl`)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, Final

from tocsin.lint.nodes import HOLE, MAX_DEPTH, Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator


class FindingKind(Enum):
    """What a token is."""

    NAME = auto()
    NUMBER = auto()
    TEXT = auto()  # a string or a heredoc, its escapes read; each template in it is a HOLE
    SIGN = auto()
    END = auto()


@dataclass(frozen=True, slots=True)
class Token:
    """One token.

    Attributes:
        kind: what it is.
        text: the name, the number, the string's value or the sign.
        line: where it begins.
        inner: for a heredoc, the line on which its text begins.
    """

    kind: FindingKind
    text: str
    line: int
    inner: int = 0

    @property
    def sign(self) -> str:
        """The sign, or a text that is none for every other token."""
        return self.text if self.kind in (FindingKind.SIGN, FindingKind.END) else "\x00"


_SKIP: Final = re.compile(r"(?:[ \t\r]|\#[^\n]*|//[^\n]*|/\*.*?\*/)+", re.DOTALL)
_NAME: Final = re.compile(r"[^\W\d][\w-]*")
_NUMBER: Final = re.compile(r"\d+(?:\.\d+)?(?:[eE][-+]?\d+)?")
_SIGN: Final = re.compile(r"=>|==|!=|<=|>=|&&|\|\||\.\.\.|[-+*/%<>!?:=.,(){}\[\]\n]")
_HEREDOC: Final = re.compile(r"<<(-?)[ \t]*([^\W\d][\w-]*)[ \t]*\r?\n")
_PLAIN: Final = re.compile(r'[^"\\$%\n]+')
_ESCAPE: Final = re.compile(r'\\(?:([nrt"\\])|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8}))')
_ESCAPES: Final = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}
_LAST: Final = 0x10FFFF


def tokens(text: str) -> list[Token]:
    """The tokens of a text, the last of them its end.

    Raises:
        Unreadable: something in it is no token.
    """
    return list(_Scanner(text.removeprefix("\ufeff")).run())


class _Scanner:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._line = 1

    def _fault(self, reason: str) -> Unreadable:
        return Unreadable(f"not HCL: {reason}", self._line)

    def _take(self, form: re.Pattern[str]) -> re.Match[str] | None:
        found = form.match(self._text, self._at)
        if found:
            self._line += found[0].count("\n")
            self._at = found.end()
        return found

    def run(self) -> Iterator[Token]:
        while True:
            self._take(_SKIP)
            line = self._line
            if self._at >= len(self._text):
                yield Token(FindingKind.END, "", line)
                return
            if self._text[self._at] == '"':
                self._at += 1
                yield Token(FindingKind.TEXT, self._string(0), line)
            elif opened := self._take(_HEREDOC):
                yield Token(FindingKind.TEXT, self._heredoc(opened[2], dedent=bool(opened[1])), line, line + 1)
            elif name := self._take(_NAME):
                yield Token(FindingKind.NAME, name[0], line)
            elif number := self._take(_NUMBER):
                yield Token(FindingKind.NUMBER, number[0], line)
            elif sign := self._take(_SIGN):
                yield Token(FindingKind.SIGN, sign[0], line)
            else:
                raise self._fault(f"unexpected {self._text[self._at]!r}")

    def _string(self, depth: int) -> str:
        """A quoted string, from behind its opening quotation mark."""
        parts: list[str] = []
        while True:
            if plain := self._take(_PLAIN):
                parts.append(plain[0])
                continue
            ahead = self._text[self._at : self._at + 3]
            if ahead.startswith('"'):
                self._at += 1
                return "".join(parts)
            if not ahead or ahead.startswith("\n"):
                raise self._fault("a string has no end")
            if ahead.startswith("\\"):
                parts.append(self._escape())
            else:
                parts.append(self._template(ahead, depth))

    def _escape(self) -> str:
        found = self._take(_ESCAPE)
        if found is None:
            raise self._fault("an escape that is none")
        if found[1]:
            return _ESCAPES[found[1]]
        code = int(found[2] or found[3], 16)
        if code > _LAST:
            raise self._fault("an escape that is none")
        return chr(code)

    def _template(self, ahead: str, depth: int) -> str:
        """What a ``$`` or ``%`` begins: a template, which is a `HOLE`, or itself."""
        if ahead in ("$${", "%%{"):
            self._at += 3
            return ahead[1:]
        if ahead[1:2] != "{":
            self._at += 1
            return ahead[0]
        self._at += 2
        self._past_template(depth + 1)
        return HOLE

    def _past_template(self, depth: int) -> None:
        if depth > MAX_DEPTH:
            raise self._fault(f"nested deeper than {MAX_DEPTH}")
        open_braces = 1
        while open_braces:
            sign = self._text[self._at : self._at + 1]
            if not sign:
                raise self._fault("a template has no end")
            self._at += 1
            self._line += sign == "\n"
            open_braces += (sign == "{") - (sign == "}")
            if sign == '"':
                self._string(depth)

    def _heredoc(self, name: str, *, dedent: bool) -> str:
        """A heredoc, from its first line to the line of its name."""
        end = re.compile(rf"^[ \t]*{re.escape(name)}[ \t]*\r?$", re.MULTILINE).search(self._text, self._at)
        if end is None:
            raise self._fault(f"the heredoc {name} has no end")
        lines = self._text[self._at : end.start()].replace("\r\n", "\n").split("\n")[:-1]
        if dedent:
            indents = [len(line) - len(line.lstrip(" ")) for line in lines if line.strip()]
            lines = [line[min(indents, default=0) :] for line in lines]
        self._line += self._text.count("\n", self._at, end.end())
        self._at = end.end()
        return filled("\n".join(lines))


def filled(text: str) -> str:
    """A text with a `HOLE` for each template in it.

    Raises:
        Unreadable: a template has no end.
    """
    inner = _Scanner(text)
    parts: list[str] = []
    start = 0
    for found in re.finditer(r"[$%]{1,2}\{", text):
        if found.start() < start:
            continue
        parts.append(text[start : found.start()])
        inner._at = found.end()  # noqa: SLF001 - its own kind
        if len(found[0]) == 3:  # noqa: PLR2004 - the sign twice is an escape
            parts.append(found[0][1:])
        else:
            inner._past_template(1)  # noqa: SLF001 - as above
            parts.append(HOLE)
        start = inner._at  # noqa: SLF001 - as above
    return "".join([*parts, text[start:]])
