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
    """

    yaml: Callable[[str], Iterable[Node]]
    hcl: Callable[[str], Parts]
    template: Callable[[str], Node]
