"""How files are read: lint is handed the readers, so that it touches no outside thing itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tocsin.lint.files.blocks import Parts
    from tocsin.lint.nodes import Node


@dataclass(frozen=True, slots=True)
class Readers:
    """What reads a text; each raises `Unreadable` where it cannot.

    Attributes:
        yaml: the documents of a YAML text.
        hcl: the blocks of a Terraform file.
        template: a string of Terraform's JSON as the template that it is.
        beside: a file that lies beside another, by the name of that and its own path; None where there is none.
    """

    yaml: Callable[[str], Iterable[Node]]
    hcl: Callable[[str], Parts]
    template: Callable[[str], Node]
    beside: Callable[[str, str], str | None] = lambda _file, _path: None
