"""What the doctor found, as text for a person and as data for machines: JSON, SARIF, JUnit."""

from __future__ import annotations

import textwrap
from collections import Counter
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

from tocsin.core.doctor.findings import Severity
from tocsin.core.doctor.joints.place import name_of
from tocsin.core.doctor.recorded import WINDOW
from tocsin.core.text import inert, join
from tocsin.entry.cli.sarif import log, rule

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tocsin.core.doctor.findings import Finding
    from tocsin.core.doctor.since import Earlier
    from tocsin.wiring.doctor import Diagnosis

_PAGE = "findings.md"
_INDENT = " " * 10
_LEVELS = {Severity.BROKEN: "error", Severity.WEAK: "warning", Severity.NOT_SEEN: "warning", Severity.UNCLEAR: "note"}
_LONGEST = 4000
_MOST_MENDS = 3
_WIDE = 100


def text(found: Diagnosis, earlier: Earlier | None, width: int, target: str = "") -> Iterator[str]:
    """Lines for a person; a target says where it was found, if that is no account."""
    yield f"{inert(target or found.target)}, {inert(found.of)}"
    yield ""
    for one in found.findings:
        yield from _lines(one, width, new=earlier is not None and earlier.new(found.account, one))
        yield ""
    if earlier is not None:
        for mended in earlier.mended(found.account, found.findings):
            yield f"mended since: {inert(mended)}"
    yield from _recorded(found, width)
    yield from textwrap.wrap(_sum(found), width)


def _lines(finding: Finding, width: int, *, new: bool) -> Iterator[str]:
    kind = finding.kind
    yield from _wrapped(
        f"{kind.code}  {'NEW, ' if new else ''}{kind.severity}, {finding.link}: {inert(finding.thing)}", width
    )
    seen = join([inert(one, 1000) for one in finding.evidence], most=3)
    details = [("seen", seen), ("so", kind.so), *(("mend", inert(one, _LONGEST)) for one in finding.mend[:_MOST_MENDS])]
    for label, said in details:
        yield from _wrapped(f"  {label:<7} {said}", width)


def _wrapped(line: str, width: int) -> list[str]:
    """Lines of a width, in which what one copies stays whole."""
    return textwrap.wrap(line, width, subsequent_indent=_INDENT, break_on_hyphens=False, break_long_words=False)


def _recorded(found: Diagnosis, width: int) -> Iterator[str]:
    """What was counted lately: of what did something, and how many did nothing."""
    every = {joint.thing: (joint, told.recorded) for joint, told in found.told if told.recorded}
    if not every:
        return
    yield f"recorded in the last {WINDOW.days} days"
    idle = 0
    for joint, one in every.values():
        if one.figures and not any(one.figures.values()):
            idle += 1
            continue
        name = f"{joint.link} {inert(name_of(joint.thing))}: " if one.figures else ""
        yield from _wrapped(f"  {name}{inert(one.says)}", width)
    if idle:
        yield f"  of {idle} rules and topics nothing was counted"
    yield ""


def _sum(found: Diagnosis) -> str:
    counts = Counter(str(one.kind.severity) for one in found.findings)
    things = len({(joint.link, joint.thing) for joint, _ in found.told})
    if not counts:
        return f"nothing found at {things} joints"
    said = ", ".join(f"{counts[name]} {name}" for name in map(str, Severity) if counts[name])
    return f"{said}; {things} joints were looked at. What a code means: tocsin doctor --explain CODE"


def facts(found: Diagnosis, earlier: Earlier | None) -> Iterator[dict[str, Any]]:
    """One object a finding, then one a joint at which nothing was found, then what is mended."""
    for one in found.findings:
        fact = {
            "kind": "finding",
            "account": found.account,
            "code": one.kind.code,
            "severity": str(one.kind.severity),
            "title": one.kind.title,
            "link": one.link,
            "thing": inert(one.thing, _LONGEST),
            "evidence": [inert(said, _LONGEST) for said in one.evidence],
            "so": one.kind.so,
            "mend": [inert(said, _LONGEST) for said in one.mend],
        }
        yield fact if earlier is None else fact | {"new": earlier.new(found.account, one)}
    for joint, told in found.told:
        if not told.faults and told.evidence:
            thing, said = inert(joint.thing, _LONGEST), inert(told.evidence, _LONGEST)
            yield {"kind": "seen", "account": found.account, "link": joint.link, "thing": thing, "evidence": said}
    for joint, told in found.told:
        if told.recorded:
            thing, says = inert(joint.thing, _LONGEST), inert(told.recorded.says)
            of = {"kind": "recorded", "account": found.account, "link": joint.link, "thing": thing}
            yield {**of, "says": says, **told.recorded.figures}
    for mended in earlier.mended(found.account, found.findings) if earlier else ():
        code, link, thing = mended.split(" ", 2)
        yield {"kind": "mended", "account": found.account, "code": code, "link": link, "thing": inert(thing, _LONGEST)}


def sarif(every: Sequence[Diagnosis]) -> str:
    """Findings as SARIF 2.1.0: they are of an account and of no file, so that the config stands for it."""
    found = [one for diagnosis in every for one in diagnosis.findings]
    kinds = {one.kind.code: one.kind for one in found}
    used = sorted(kinds)
    rules = [rule(code, kinds[code].title, _LEVELS[kinds[code].severity], _PAGE) for code in used]
    return log("doctor", _PAGE, rules, [_result(one, used.index(one.kind.code)) for one in found])


def _result(finding: Finding, index: int) -> dict[str, Any]:
    said = f"{finding.thing}: {join(list(finding.evidence), most=3)}, so {finding.kind.so}"
    mend = f". Mend: {finding.mend[0]}" if finding.mend else ""
    file = {"artifactLocation": {"uri": "tocsin.toml"}, "region": {"startLine": 1}}
    place = [{"fullyQualifiedName": inert(finding.thing, _LONGEST), "kind": "resource"}]
    return {
        "ruleId": finding.kind.code,
        "ruleIndex": index,
        "level": _LEVELS[finding.kind.severity],
        "message": {"text": inert(said + mend, _LONGEST)},
        "locations": [{"physicalLocation": file, "logicalLocations": place}],
        "partialFingerprints": {"finding/v1": inert(finding.id, _LONGEST)},
    }


def junit(every: Sequence[Diagnosis]) -> str:
    """A test suite an account, with a case a joint: what is broken or weak failed, what is not known is an error."""
    suites = ET.Element("testsuites")
    suites.extend(map(_suite, every))
    ET.indent(suites)
    return ET.tostring(suites, encoding="unicode", xml_declaration=True)


def _suite(found: Diagnosis) -> ET.Element:
    things: dict[tuple[str, str], list[Finding]] = {(joint.link, joint.thing): [] for joint, _ in found.told}
    for one in found.findings:
        things.setdefault((one.link, one.thing), []).append(one)
    tags = {key: _tag(every) for key, every in things.items()}
    counts = {f"{tag}s": str(list(tags.values()).count(tag)) for tag in ("failure", "error")}
    name = f"tocsin doctor: {inert(found.target)}, {inert(found.of)}"
    suite = ET.Element("testsuite", {"name": name, "tests": str(len(things)), **counts})
    for (link, thing), every in things.items():
        case = ET.SubElement(suite, "testcase", classname=link, name=inert(thing, _LONGEST))
        if tag := tags[link, thing]:
            said = f"{every[0].kind.code} {every[0].kind.title}"
            lines = [line for one in every for line in _lines(one, _WIDE, new=False)]
            ET.SubElement(case, tag, message=said).text = "\n".join(lines)
    return suite


def _tag(every: Sequence[Finding]) -> str:
    if not every:
        return ""
    return "failure" if any(one.kind.severity in (Severity.BROKEN, Severity.WEAK) for one in every) else "error"
