"""Findings for machines that read others' formats: SARIF, and GitHub's annotations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tocsin.core.text import inert
from tocsin.entry.cli.sarif import log, rule
from tocsin.lint import KINDS, FindingSeverity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tocsin.lint import Finding

_PAGE = "lint.md"


def sarif(findings: Sequence[Finding]) -> str:
    """Findings as SARIF 2.1.0."""
    used = sorted({finding.id for finding in findings})
    rules = [rule(kind, KINDS[kind].title, str(KINDS[kind].severity), _PAGE) for kind in used]
    return log("lint", _PAGE, rules, [_result(finding, used.index(finding.id)) for finding in findings])


def _result(finding: Finding, index: int) -> dict[str, Any]:
    line = {"startLine": finding.line or 1}
    place: dict[str, Any] = {"artifactLocation": {"uri": _uri(finding.file)}, "region": line}
    return {
        "ruleId": finding.id,
        "ruleIndex": index,
        "level": str(finding.severity),
        "message": {"text": _said(finding)},
        "locations": [{"physicalLocation": place}],
    }


def _uri(file: str) -> str:
    return inert(file).replace("\\", "/").replace(" ", "%20") or "-"


def _said(finding: Finding) -> str:
    where = ", at ".join(filter(None, [inert(finding.rule), inert(finding.place)]))
    said = f"{inert(finding.reason, 600)}{f' ({where})' if where else ''}"
    return f"{said}: {inert(finding.mend, 600)}" if finding.mend else said


def github(finding: Finding) -> str:
    """A finding as a workflow command (GitHub Docs, "Workflow commands for GitHub Actions")."""
    level = "error" if finding.severity is FindingSeverity.ERROR else "warning"
    title = f"{finding.id} {KINDS[finding.id].title}"
    where = f"file={_property(inert(finding.file) or '-')},line={finding.line or 1},title={_property(title)}"
    return f"::{level} {where}::{_data(_said(finding))}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
