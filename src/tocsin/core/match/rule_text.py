"""A rule file as text: what `rule_files` reads."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


def to_toml(data: Mapping[str, Any], comment: str = "") -> str:
    """The text of a rule file.

    Args:
        data: its content, as `rule_files.parse_rule` takes it.
        comment: the lines above it.
    """
    lines = [f"# {line}".rstrip() for line in comment.splitlines()]
    lines += [f"{key} = {_value(value)}" for key, value in data.items() if key != "examples"]
    for example in data.get("examples", ()):
        lines += ["", "[[examples]]", *(f"{key} = {_value(value)}" for key, value in example.items())]
    return "\n".join([*lines, ""])


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_value, value))}]"
    text = str(value)
    if "\n" in text and "'''" not in text and text.isascii() and text.replace("\n", "").isprintable():
        return f"'''\n{text}'''"
    # A JSON text is a TOML basic string but for the one control character that JSON does not escape.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
