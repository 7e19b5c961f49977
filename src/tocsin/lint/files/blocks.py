"""Blocks of a Terraform file: what the reader of HCL gives, and what `terraform` makes of Terraform's JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from tocsin.lint.nodes import Mapped, Unreadable

ENCODED: Final = "\ue001jsonencode"
"""The one key of the object that stands for `jsonencode`: a private-use character, which no event has."""


CALLED: Final = "\ue001called "
"""How the one key begins of the object that stands for another function: its name follows."""


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


@dataclass(frozen=True, slots=True)
class Parts:
    """What a file has.

    Attributes:
        blocks: those that can be read.
        unread: what cannot be, and where.
    """

    blocks: tuple[Block, ...]
    unread: tuple[Unreadable, ...]
