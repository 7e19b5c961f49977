"""What the tables of a config have alike: their names, and lists of texts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_NAME = re.compile(r"[a-z][a-z0-9-]{0,39}")


def name_faults(name: str) -> list[str]:
    """What is wrong with the name of a table, in words."""
    if _NAME.fullmatch(name):
        return []
    return ["its name must be at most 40 lower-case letters, digits or hyphens, and start with a letter"]


def texts_in(table: Mapping[str, object], key: str, faults: list[str]) -> tuple[str, ...]:
    """The texts under a key, of which one may stand by itself; what else stands there is a fault more."""
    given = table.get(key, [])
    held = [given] if isinstance(given, str) else given
    if not isinstance(held, list) or not all(isinstance(one, str) and one for one in held):
        faults.append(f"{key} must be texts")
        return ()
    return tuple(held)
