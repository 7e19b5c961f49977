"""What AWS would refuse of event rules, and what it accepts but can never match or is not meant.

::

    names = Names.of(table)                         # config.event_names() reads the table
    report = lint("rule.json", text, names, read_yaml)
    report.rules                                    # how many rules the file has
    report.findings                                 # what is wrong with them
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tocsin.lint import sources
from tocsin.lint.check import check
from tocsin.lint.findings import KINDS, Finding, FindingKind, FindingSeverity
from tocsin.lint.names import Names
from tocsin.lint.nodes import Unreadable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tocsin.lint.nodes import Node

__all__ = ["KINDS", "Finding", "FindingKind", "FindingSeverity", "Names", "Report", "Unreadable", "lint"]


@dataclass(frozen=True, slots=True)
class Report:
    """What was found in one file.

    Attributes:
        file: its name.
        rules: how many rules it has.
        findings: what is wrong with them.
    """

    file: str
    rules: int
    findings: tuple[Finding, ...]


def lint(file: str, text: str, names: Names, read_yaml: Callable[[str], Iterable[Node]], region: str = "") -> Report:
    """What is wrong with the event rules of a file.

    Args:
        file: its name, which tells what it is.
        text: what stands in it.
        names: the event names that are known.
        read_yaml: reads the documents of a YAML text.
        region: the Region that rules are meant for where the file names none, or ``""``.

    Raises:
        Unreadable: the file is not what its name says.
    """
    found = sources.rules(file, text, read_yaml)
    return Report(file, len(found), tuple(finding for rule in found for finding in check(file, rule, names, region)))
