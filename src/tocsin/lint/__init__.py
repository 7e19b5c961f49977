"""What AWS would refuse of event rules, and what it accepts but can never match or is not meant.

::

    names = Names.of(table)                         # config.event_names() reads the table
    report = lint("rule.json", text, names, readers)
    report.rules                                    # how many rules the file has
    report.findings                                 # what is wrong with them
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from tocsin.lint.check import check
from tocsin.lint.files import sources
from tocsin.lint.files.readers import Readers
from tocsin.lint.findings import KINDS, Finding, FindingKind, FindingSeverity
from tocsin.lint.names import Names
from tocsin.lint.nodes import Unreadable

__all__ = ["KINDS", "Finding", "FindingKind", "FindingSeverity", "Names", "Readers", "Report", "Unreadable", "lint",
           "looks_like_a_rule"]  # fmt: skip

# The names that a pattern goes by (CloudFormation, Terraform, CDK, Serverless), and what stands in one.
_LOOKS = re.compile(r"(?:[eE]vent_?[pP]attern|detail-type|detailType)['\"]?\s*[:=]")


@dataclass(frozen=True, slots=True)
class Report:
    """What was found in one file.

    Attributes:
        file: its name.
        rules: how many rules it has.
        findings: what is wrong with them.
        unread: whether something in it looks like a rule, and none was read.
    """

    file: str
    rules: int
    findings: tuple[Finding, ...]
    unread: bool = False


def lint(file: str, text: str, names: Names, readers: Readers, region: str = "") -> Report:
    """What is wrong with the event rules of a file.

    Args:
        file: its name, which tells what it is.
        text: what stands in it.
        names: the event names that are known.
        readers: read what is not JSON.
        region: the Region that rules are meant for where the file names none, or ``""``.

    Raises:
        Unreadable: the file is not what its name says.
    """
    found, unread = sources.read(file, text, readers)
    judged = [finding for rule in found for finding in check(file, rule, names, region)]
    return Report(
        file,
        len(found),
        (*(_unread(file, fault) for fault in unread), *judged),
        unread=not found and looks_like_a_rule(text),
    )


def looks_like_a_rule(text: str) -> bool:
    """Whether something in a text looks like an event pattern, whatever it is written in."""
    return _LOOKS.search(text) is not None


def _unread(file: str, fault: Unreadable) -> Finding:
    """The finding that a part of the file is not judged."""
    kind = KINDS["TL402"]
    return Finding(kind.id, kind.severity, file, fault.line, "", "", fault.reason, "mend it, and lint it again")
