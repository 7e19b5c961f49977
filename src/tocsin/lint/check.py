"""Every check of one rule, in the order in which its findings are told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tocsin.core.pattern import Pattern, PatternError, compile_pattern
from tocsin.core.pattern.operators.checks import NotMatching
from tocsin.core.pattern.operators.folding import Folded
from tocsin.core.pattern.operators.numeric import Between
from tocsin.core.pattern.operators.wildcard import Wildcard, complexity
from tocsin.core.pattern.pattern import SERVICE_COMPLEXITY
from tocsin.lint import calls, never_matches, outcomes, values
from tocsin.lint.alternative import Alternative, locate
from tocsin.lint.findings import KINDS, Doubt, Finding
from tocsin.lint.found import DISABLED, ENABLED, Found
from tocsin.lint.nodes import Mapped, as_json, lines

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tocsin.lint.names import Names

LONGEST: Final = 2_048
"""Characters of a pattern (EventBridge User Guide, "Quotas")."""

LONGEST_CHECKED: Final = 10 * LONGEST
"""Characters beyond which a pattern, which AWS refuses, is not looked at any closer."""

NEARLY_COMPLEX: Final = 8
MOST_ALTERNATIVES: Final = 200
STATES: Final = frozenset({ENABLED, DISABLED, calls.ALL_EVENTS})
_CHECKS: Final = (
    never_matches.fields,
    never_matches.kinds,
    never_matches.sources,
    never_matches.event_sources,
    values.words,
    values.types,
    values.quoted,
    values.resources,
    calls.names,
    calls.exclusions,
    calls.region,
    calls.reads,
    calls.outcome,
    outcomes.sign_ins,
    outcomes.done_calls,
    outcomes.denied_calls,
    calls.bus,
)


def check(file: str, found: Found, names: Names, region: str) -> list[Finding]:
    """What is wrong with one rule.

    Args:
        file: the file's name.
        found: the rule.
        names: the event names that are known.
        region: the Region that it is meant for where the file names none, or ``""``.

    Returns:
        the findings, in the order of their places in the file.
    """
    findings = [*_refusal(file, found), *_of_rule(file, found)]
    pattern = _compiled(found) if len(found.text or "") <= LONGEST_CHECKED else None
    if pattern is not None:
        doubts: dict[Doubt, None] = {}
        if len(pattern.rules) > MOST_ALTERNATIVES:
            reason = f"`$or` makes {len(pattern.rules):,} alternatives, of which {MOST_ALTERNATIVES} are checked"
            doubts[Doubt("TL401", reason, "split the rule")] = None
        alternatives = [
            Alternative(dict(rule), found, names, found.region or region) for rule in pattern.rules[:MOST_ALTERNATIVES]
        ]
        each = [list(dict.fromkeys(doubt for one in _CHECKS for doubt in one(it))) for it in alternatives]
        for index, those in enumerate(each):
            doubts.update(dict.fromkeys(doubt for doubt in those if _holds(doubt, index, alternatives, each)))
        doubts.update(dict.fromkeys(_complexity(pattern)))
        doubts.update(dict.fromkeys(_mixes(pattern)))
        findings += [_finding(file, found, doubt) for doubt in doubts]
    return sorted(findings, key=lambda finding: (finding.line, finding.place, finding.id))


def _disagreeing(doubts: list[Doubt], path: str) -> set[str | None]:
    """The values of a field that one alternative says to disagree with another."""
    return {doubt.value for doubt in doubts if (doubt.kind, doubt.path) == ("TL106", path)}


def _holds(doubt: Doubt, index: int, alternatives: list[Alternative], each: list[list[Doubt]]) -> bool:
    """Whether a doubt of one alternative holds for the pattern.

    Two sources that disagree in one branch of `$or`, where other values agree, may be brought together by another.
    """
    if doubt.kind != "TL106" or doubt.value is None:
        return True
    wrong = _disagreeing(each[index], doubt.path)
    if wrong.issuperset(alternatives[index].named(doubt.path)):
        return True  # nothing of this branch ever matches
    naming = [number for number, one in enumerate(alternatives) if doubt.value in one.named(doubt.path)]
    return all(doubt.value in _disagreeing(each[number], doubt.path) for number in naming)


def _finding(file: str, found: Found, doubt: Doubt, where: tuple[str, int] | None = None) -> Finding:
    place, line = where or locate(found.node, doubt.path, doubt.value, whole=doubt.whole)
    kind = KINDS[doubt.kind]
    return Finding(kind.id, kind.severity, file, line or found.line, found.name, place, doubt.reason, doubt.mend)


def _compiled(found: Found) -> Pattern | None:
    if found.text is None:
        return None
    try:
        return compile_pattern(found.text)
    except PatternError:
        return None


def _refusal(file: str, found: Found) -> Iterator[Finding]:
    """What AWS refuses of the pattern, and what cannot be told of it."""
    for place, unknown in found.unknown:
        reason = f"`{unknown.source}` is only known when the template is applied, so this part is not checked"
        doubt = Doubt("TL401", reason, "lint what AWS has: aws events describe-rule --name NAME | tocsin lint -")
        yield _finding(file, found, doubt, (place, unknown.line))
    if found.text is None:
        return
    try:
        compile_pattern(found.text)
    except PatternError as fault:
        if not any(fault.place.startswith(place) or place.startswith(fault.place) for place, _ in found.unknown):
            where = dict(lines(found.node)) if found.node is not None else {}
            line = next((where[place] for place in _upwards(fault.place) if place in where), 0)
            yield _finding(file, found, Doubt("TL001", fault.reason, fault.hint), (fault.place, line))
    if not found.unknown:
        yield from _length(file, found, found.text)


def _upwards(place: str) -> Iterator[str]:
    """A place, and the places around it."""
    while place:
        yield place
        cut = max(place.rfind("."), place.rfind("["))
        place = place[: max(cut, 0)]
    yield ""


def _length(file: str, found: Found, text: str) -> Iterator[Finding]:
    if len(text) <= LONGEST:
        return
    compact = len(as_json(found.node)) if isinstance(found.node, Mapped) else len(text)
    mend = "split the rule in two" if compact > LONGEST else f"write it without white space: {compact:,} characters"
    reason = f"the pattern has {len(text):,} characters, and EventBridge takes {LONGEST:,}"
    yield _finding(file, found, Doubt("TL002", reason, mend))


def _complexity(pattern: Pattern) -> Iterator[Doubt]:
    wildcards: dict[str, list[str]] = {}
    for rule in pattern.rules:
        for path, test in rule:
            inner = [one for check in test.checks if isinstance(check, NotMatching) for one in check.checks]
            found = [one.pattern for one in (*test.checks, *inner) if isinstance(one, Wildcard)]
            wildcards.setdefault(path, []).extend(found)
    for path, texts in wildcards.items():
        measure = complexity(texts, SERVICE_COMPLEXITY) if texts else 0
        mend = "use fewer `*` in one wildcard, or fewer wildcards for one field"
        if measure >= SERVICE_COMPLEXITY:
            yield Doubt("TL003", f"EventBridge refuses a wildcard complexity of {measure} or more", mend, path)
        elif measure >= NEARLY_COMPLEX:
            reason = f"the wildcard complexity is {measure}; {SERVICE_COMPLEXITY} is refused, 7 is known to be accepted"
            yield Doubt("TL004", reason, mend, path)


def _mixes(pattern: Pattern) -> Iterator[Doubt]:
    """Mixes of values in which AWS's engine (event-ruler) was seen to give another verdict than its documentation."""
    for path, test in dict.fromkeys(pair for rule in pattern.rules for pair in rule):
        ranges = [one for one in test.checks if isinstance(one, Between)]
        others = len(test.strings) + len(test.literals) + len(test.checks) - len(ranges)
        if ranges and test.strings and others > 1:
            reason = "a text, a range of numbers and a third value in one list"
            yield Doubt("TL007", reason, "write one alternative of `$or` for each", path)
        single = any(isinstance(one, Wildcard) and len(one.pattern.replace("*", "")) == 1 for one in test.checks)
        if single and any(isinstance(one, Folded) for one in test.checks):
            reason = "a wildcard of one letter beside a value that is compared without regard to case"
            yield Doubt("TL007", reason, "write one alternative of `$or` for each", path)


def _of_rule(file: str, found: Found) -> Iterator[Finding]:
    """What is wrong with a rule around its pattern."""
    here = ("", found.line)
    if found.text is None and not found.unknown and not found.scheduled:
        yield _finding(
            file, found, Doubt("TL005", "AWS refuses a rule without either", "give it an EventPattern"), here
        )
    if found.state == DISABLED:
        yield _finding(file, found, Doubt("TL203", "a rule that is DISABLED never rings", f"set it to {ENABLED}"), here)
    elif found.state and found.state not in STATES:
        reason = f"AWS refuses the state `{found.state}`"
        yield _finding(file, found, Doubt("TL006", reason, "one of " + ", ".join(sorted(STATES))), here)
    if found.aimless:
        yield _finding(file, found, Doubt("TL204", "what matches goes nowhere", "give it Targets"), here)
