"""Findings as SARIF 2.1.0 (OASIS), as code scanning takes them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tocsin import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_PAGES = "https://github.com/OWNER/tocsin/blob/main/docs/reference/"


def page(name: str) -> str:
    """The address of a page of the reference."""
    return f"{_PAGES}{name}"


def rule(kind: str, title: str, level: str, named: str) -> dict[str, Any]:
    """A kind of finding, explained on a page of the reference."""
    return {
        "id": kind,
        "shortDescription": {"text": title},
        "helpUri": f"{page(named)}#{kind.lower()}",
        "defaultConfiguration": {"level": level},
    }


def log(tool: str, named: str, rules: Sequence[dict[str, Any]], results: Sequence[dict[str, Any]]) -> str:
    """The log of one run.

    Args:
        tool: the verb that ran.
        named: the page of the reference that explains it.
        rules: the kinds that were found, as `rule` makes them.
        results: what was found.
    """
    driver = {"name": f"tocsin {tool}", "version": __version__, "informationUri": page(named), "rules": list(rules)}
    whole = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [{"tool": {"driver": driver}, "results": list(results)}]}
    return json.dumps(whole, indent=2)
