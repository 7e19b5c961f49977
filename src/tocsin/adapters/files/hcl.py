"""Terraform's HCL, through tree-sitter (extra `lint`), with the line of every value.

Blocks, attributes, literals, arrays, objects, ``jsonencode``, templates and heredocs are read; every other expression
is `Unknown`, kept as it is written. A file may be broken: tree-sitter goes on behind a fault, so that what can be read
is judged and the rest is said. The language is HCL's own ("HCL Native Syntax Specification", hashicorp/hcl).
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from tocsin.core.pattern.decode import Literal
from tocsin.errors import UsageError
from tocsin.lint.files.blocks import CALLED, ENCODED, Block, Parts
from tocsin.lint.nodes import HOLE, MAX_DEPTH, Listed, Mapped, Node, Scalar, Unknown, Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator

_ESCAPE: Final = re.compile(r'\\(?:([nrt"\\])|u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8}))|([$%])\4(?=\{)')
_ESCAPES: Final = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}
_SIGNS: Final = re.compile(r"([$%])\1(?=\{)")
# What Terraform's files are made of ("Configuration Syntax", Terraform language documentation).
_BEGINS: Final = re.compile(
    rb"^(?:check|data|ephemeral|import|locals|module|moved|output|provider|removed|resource|terraform|variable)\b",
    re.MULTILINE,
)
_COMPOSING: Final = frozenset({b"concat", b"distinct", b"flatten", b"merge", b"tolist", b"tomap", b"toset"})
_WORDS: Final = {"true": True, "false": False, "null": None}
_NEGATIVE: Final = re.compile(rb"-\s*[\d.]+(?:[eE][-+]?\d+)?")
_IN_TUPLE: Final = frozenset({"tuple_start", "expression", ",", "comment", "tuple_end"})
_IN_OBJECT: Final = frozenset({"object_start", "object_elem", ",", "comment", "object_end"})
_LAST: Final = 0x10FFFF
_LONGEST: Final = 80


def read_hcl(text: str) -> Parts:
    """The blocks of a Terraform file, and what of it cannot be read.

    Raises:
        Unreadable: none of it can be read, or it is nested too deeply.
        UsageError: tree-sitter is not installed.
    """
    source = text.removeprefix("\ufeff").encode("utf-8", "surrogatepass")
    roots = [_parse(source)]
    if roots[0].has_error or any(map(_scattered, _blocks(roots[0]))):
        # A fault can swallow what stands behind it: each block that begins a line is read for itself.
        starts = sorted({0, *(found.start() for found in _BEGINS.finditer(source)), len(source)})
        roots = [_parse(source, start, end) for start, end in pairwise(starts)]
    reader = _Reader()
    blocks = tuple(reader.block(node, 0) for root in roots for node in _blocks(root) if not _scattered(node))
    blocks += tuple(reader.block(body, 0) for root in roots for body in _loose(root))
    unread = tuple(fault for root in roots for fault in _faults(root))
    if unread and not blocks:
        raise unread[0]
    return Parts(blocks, unread)


def read_template(text: str) -> Node:
    """A string of Terraform's JSON as the template that it is: its text, or the one expression of it.

    Raises:
        Unreadable: it is no template.
        UsageError: as `read_hcl`.
    """
    end = "E"
    while end in text:
        end += "E"
    root = _parse(f"value = <<{end}\n{text}\n{end}\n".encode("utf-8", "surrogatepass"))
    if root.has_error:
        raise Unreadable("an expression that cannot be read")
    heredoc = root.children[0].children[0].children[2].children[0].children[0]
    parts = [child for child in heredoc.children if child.type not in ("heredoc_start", "heredoc_identifier")]
    if text.startswith("${") and len(parts) == 1 and parts[0].type == "template_interpolation":
        return _Reader().expression(_only(parts[0], "expression"), 0)
    return _heredoc(heredoc)


def _parse(source: bytes, start: int = 0, end: int = -1) -> Any:  # noqa: ANN401 - a node of tree-sitter, which is of an extra
    """The tree of a text, or of a part of it from the beginning of a line on."""
    try:
        import tree_sitter  # noqa: PLC0415 - of an extra
        import tree_sitter_hcl  # noqa: PLC0415 - as above
    except ModuleNotFoundError as fault:
        raise UsageError(
            "Terraform files need `tree-sitter-hcl`, which is not installed",
            hint='pip install "tocsin[lint]"; JSON needs nothing',
        ) from fault
    parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_hcl.language()))
    if end >= 0:
        first, last = source.count(b"\n", 0, start), source.count(b"\n", 0, end)
        parser.included_ranges = [tree_sitter.Range((first, 0), (last, 0), start, end)]
    return parser.parse(source).root_node


def _blocks(root: Any) -> Iterator[Any]:  # noqa: ANN401 - as `_parse`
    """The outermost blocks that have an end, within faults too."""
    waiting = [root]
    while waiting:
        node = waiting.pop()
        if node.type == "block" and not any(part.is_missing for end in node.children for part in (end, *end.children)):
            yield node
        elif node.type in ("config_file", "body", "block", "ERROR"):
            waiting += reversed(node.children)


def _loose(root: Any) -> Iterator[Any]:  # noqa: ANN401 - as `_parse`
    """The file itself, as a block without words, where attributes stand outside of any (terragrunt's ``inputs``)."""
    bodies = [child for child in root.children if child.type == "body" and not root.has_error]
    if any(part.type == "attribute" for body in bodies for part in body.children):
        yield root


def _scattered(block: Any) -> bool:  # noqa: ANN401 - as `_parse`
    """Whether a block's type, labels and brace stand on several lines, which tree-sitter lets pass and HCL does not."""
    rows = {part.start_point.row for part in block.children if part.type in ("identifier", "string_lit", "block_start")}
    return len(rows) > 1


def _faults(root: Any) -> Iterator[Unreadable]:  # noqa: ANN401 - as `_parse`
    """Every place that is no HCL, from the first line on."""
    waiting, behind = [root], 0
    while waiting:
        node = waiting.pop()
        line, last = _line(node), node.end_point.row + 1
        if node.type == "ERROR" or node.is_missing:
            if last > behind:
                what = f"`{node.type}` is missing" if node.is_missing and not node.is_named else "it cannot be read"
                yield Unreadable(f"not HCL: {what}{f' from here to line {last}' if last > line else ''}", line)
                behind = last
        elif node.type == "block" and _scattered(node):
            yield Unreadable("not HCL: a block's type, labels and `{` stand on one line", line)
        elif node.has_error or node.type in ("config_file", "body"):
            waiting += reversed(node.children)


class _Reader:
    def block(self, node: Any, depth: int) -> Block:  # noqa: ANN401 - as `_parse`
        _bound(node, depth)
        words, attributes, inner = [], [], []
        for child in node.children:
            if child.type == "identifier":
                words.append(child.text.decode())
            elif child.type == "string_lit":
                words.append(_quoted(child))
            for part in child.children if child.type == "body" else ():
                if part.type == "attribute":
                    value = _only(part, "expression")
                    attributes.append((part.children[0].text.decode(), self.expression(value, depth + 1)))
                elif part.type == "block":
                    inner.append(self.block(part, depth + 1))
        return Block(tuple(words), Mapped(tuple(attributes), _line(node)), tuple(inner), _line(node))

    def expression(self, node: Any, depth: int) -> Node:  # noqa: ANN401 - as `_parse`
        """A value that can be read whole, else what is written."""
        _bound(node, depth)
        parts = [child for child in node.children if child.type != "comment"]
        if node.has_error:
            return Unknown("an expression that cannot be read", _line(node))
        found: Node | None = None
        if len(parts) == 1:
            found = self._value(parts[0], depth)
        elif [part.type for part in parts] == ["(", "expression", ")"]:
            inner = self.expression(parts[1], depth + 1)
            found = None if isinstance(inner, Unknown) else inner
        return found or _unknown(node)

    def _value(self, node: Any, depth: int) -> Node | None:  # noqa: ANN401 - as `_parse`
        """A value that can be read whole, or None."""
        inner = node.children[0] if node.children else node
        match node.type, inner.type:
            case "literal_value", _:
                return _literal(inner)
            case "template_expr", "heredoc_template":
                return _heredoc(inner)
            case "template_expr", _:
                return Scalar(_quoted(inner), _line(node))
            case "collection_value", "tuple":
                items = [child for child in inner.children if child.type == "expression"]
                whole = all(child.type in _IN_TUPLE for child in inner.children)
                return Listed(tuple(self.expression(item, depth + 1) for item in items), _line(node)) if whole else None
            case "collection_value", "object":
                members = [self._member(child, depth) for child in inner.children if child.type == "object_elem"]
                whole = all(child.type in _IN_OBJECT for child in inner.children)
                return Mapped(tuple(members), _line(node)) if whole else None
            case "function_call", _:
                return self._encoded(node, depth)
            case "operation", "unary_operation" if _NEGATIVE.fullmatch(node.text):
                return Scalar(Literal("".join(node.text.decode().split())), _line(node))
        return None

    def _encoded(self, node: Any, depth: int) -> Node | None:  # noqa: ANN401 - as `_parse`
        """``jsonencode(value)``, and what puts lists and objects together: an object with one key that no event has."""
        given = [child for child in node.children if child.type == "function_arguments"]
        values = [child for one in given for child in one.children if child.type not in (",", "comment")]
        if any(value.type != "expression" for value in values):
            return None
        name = node.children[0].text
        if name == b"jsonencode" and len(values) == 1:
            return Mapped(((ENCODED, self.expression(values[0], depth + 1)),), _line(node))
        if name not in _COMPOSING:
            return None
        items = tuple(self.expression(value, depth + 1) for value in values)
        return Mapped(((CALLED + name.decode(), Listed(items, _line(node))),), _line(node))

    def _member(self, node: Any, depth: int) -> tuple[str, Node]:  # noqa: ANN401 - as `_parse`
        """One member of an object; its name is a `HOLE` where it is an expression."""
        key, value = [child for child in node.children if child.type == "expression"]
        name = HOLE
        if re.fullmatch(rb"[^\W\d][\w-]*", key.text):
            name = key.text.decode()
        elif isinstance(found := self.expression(key, depth + 1), Scalar) and not key.text.startswith(b"("):
            name = str(found.value)
        return name, self.expression(value, depth + 1)


def _literal(node: Any) -> Scalar:  # noqa: ANN401 - as `_parse`
    if node.type == "string_lit":
        return Scalar(_quoted(node), _line(node))
    written = node.text.decode()
    return Scalar(Literal(written) if node.type == "numeric_lit" else _WORDS[written], _line(node))


def _line(node: Any) -> int:  # noqa: ANN401 - as `_parse`
    return int(node.start_point.row) + 1


def _bound(node: Any, depth: int) -> None:  # noqa: ANN401 - as `_parse`
    if depth > MAX_DEPTH:
        raise Unreadable(f"not HCL: nested deeper than {MAX_DEPTH}", _line(node))


def _only(node: Any, kind: str) -> Any:  # noqa: ANN401 - as `_parse`
    """The first child of a kind; the node itself where a fault took it away, so that it is told of as unreadable."""
    return next((child for child in node.children if child.type == kind), node)


def _unknown(node: Any) -> Unknown:  # noqa: ANN401 - as `_parse`
    written = " ".join(node.text.decode("utf-8", "replace").split()).replace(HOLE, "...")
    return Unknown(written if len(written) <= _LONGEST else f"{written[:_LONGEST]}...", _line(node))


def _raw(node: Any, start: int, end: int) -> str:  # noqa: ANN401 - as `_parse`
    """The source from a byte to a byte, with a `HOLE` for each template in it."""
    parts, at = [], start
    for child in node.children:
        if child.type.startswith("template_") and child.type != "template_literal" and child.start_byte >= at:
            parts += [node.text[at - node.start_byte : child.start_byte - node.start_byte].decode(), HOLE]
            at = child.end_byte
    return "".join([*parts, node.text[at - node.start_byte : end - node.start_byte].decode()])


def _quoted(node: Any) -> str:  # noqa: ANN401 - as `_parse`
    """The text of a quoted string, its escapes read."""
    return _ESCAPE.sub(_unescaped, _raw(node, node.children[0].end_byte, node.children[-1].start_byte))


def _unescaped(found: re.Match[str]) -> str:
    if found[1]:
        return _ESCAPES[found[1]]
    if found[4]:
        return found[4]
    code = int(found[2] or found[3], 16)
    return chr(code) if code <= _LAST else found[0]


def _heredoc(node: Any) -> Scalar:  # noqa: ANN401 - as `_parse`
    """The text of a heredoc, from its first line to the line of its end."""
    names = [child for child in node.children if child.type == "heredoc_identifier"]
    start = names[0].end_byte + node.text[names[0].end_byte - node.start_byte :].index(b"\n") + 1
    lines = _raw(node, start, names[-1].start_byte).replace("\r\n", "\n").split("\n")[:-1]
    if node.children[0].text == b"<<-":
        indents = [len(line) - len(line.lstrip(" ")) for line in lines if line.strip()]
        lines = [line[min(indents, default=0) :] for line in lines]
    return Scalar(_SIGNS.sub(r"\1", "\n".join(lines)), _line(node), _line(node) + 1)
