"""Changing a list in a TOML file, with its comments and its order kept, through tomlkit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import tomlkit

if TYPE_CHECKING:
    from collections.abc import Sequence


def with_list(text: str, key: str, items: Sequence[str]) -> str:
    """The text with a top-level list that has just these items; an empty one is taken out.

    Args:
        text: valid TOML.
        key: the list's key.
        items: what is to be in it, each once.
    """
    document = tomlkit.parse(text)
    if not items:
        document.pop(key, None)
    elif key not in document:
        document[key] = list(items)
    else:
        held = document[key]
        for gone in [one for one in held if str(one) not in items]:
            held.remove(gone)
        for new in [one for one in items if one not in [str(each) for each in held]]:
            held.append(new)
    return document.as_string()
