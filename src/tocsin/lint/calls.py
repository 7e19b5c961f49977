"""The event names of a pattern: whether CloudTrail writes them, and whether they come to the rule."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from tocsin.core.partitions import partition_of
from tocsin.core.pattern.cloudtrail_event import API_CALL, SPELLED_OTHERWISE
from tocsin.core.pattern.operators.checks import Check, Prefix, Suffix
from tocsin.core.pattern.operators.folding import Folded
from tocsin.core.pattern.operators.wildcard import Wildcard
from tocsin.core.text import join
from tocsin.lint.alternative import EVENT_NAME, EVENT_SOURCE, KIND
from tocsin.lint.findings import Doubt
from tocsin.lint.names import nearest
from tocsin.lint.nodes import HOLE
from tocsin.lint.spelling import READ_BUT_DELIVERED, READING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tocsin.lint.alternative import Alternative

ALL_EVENTS: Final = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"
_READS: Final = re.compile(rf"(?:{'|'.join(READING)})(?=[A-Z])")
# So many unknown names are compared with those that are known; a comparison takes its time.
_PATIENCE: Final = 20
_IAM: Final = "iam.amazonaws.com"
# What tells a call that failed from one that did not: the error, or what only a success (or a sign-in) answers.
_OUTCOMES: Final = ("detail.errorCode", "detail.errorMessage", "detail.responseElements")


def names(alternative: Alternative) -> Iterator[Doubt]:
    """Event names that CloudTrail spells otherwise, or that are not known."""
    if not alternative.of_cloudtrail or EVENT_NAME not in alternative.tests:
        return
    chosen = alternative.event_sources
    known = alternative.names.of_sources(chosen) if chosen else alternative.names.everywhere()
    patience = _PATIENCE
    for name in alternative.named(EVENT_NAME):
        right = _otherwise(alternative, name, chosen)
        if right:
            reason = f"CloudTrail never writes the eventName `{name}` for {join(chosen, most=2)}"
            yield Doubt("TL107", reason, f"it writes `{right}`", EVENT_NAME, name)
        elif known and name not in known:
            patience -= 1
            mend = _near(alternative, name, known) if patience >= 0 else ""
            yield Doubt("TL108", f"no eventName `{name}` is known{_of(chosen)}", mend, EVENT_NAME, name)
    for check in alternative.tests[EVENT_NAME].checks:
        text = _positive(check)
        if text and known and HOLE not in text and not any(check.text(name) for name in known):
            reason = f"no event name that is known{_of(chosen)} fits `{text}`"
            yield Doubt("TL108", reason, _near(alternative, text.strip("*"), known), EVENT_NAME, text)


def _otherwise(alternative: Alternative, name: str, chosen: list[str]) -> str:
    """How CloudTrail spells a name, unless one of the event sources has it as it is."""
    rights = [SPELLED_OTHERWISE.get(source, {}).get(name, "") for source in chosen]
    plain = any(
        name in alternative.names.by_source.get(source, ())
        for source, right in zip(chosen, rights, strict=True)
        if not right
    )
    return "" if plain else next(filter(None, rights), "")


def _positive(check: Check) -> str:
    return check.pattern if isinstance(check, Prefix | Suffix | Wildcard | Folded) else ""


def _of(chosen: list[str]) -> str:
    return f" of {join(chosen, most=2)}" if chosen else ""


def _near(alternative: Alternative, name: str, known: frozenset[str]) -> str:
    owners = alternative.names.owners(name)
    if owners:
        return f"{join(owners, most=2)} {'has' if len(owners) == 1 else 'have'} it: is `{EVENT_SOURCE}` right?"
    near = nearest(name, known)
    return f"did you mean `{near}`?" if near else "look at a record of the call for the name that CloudTrail writes"


def region(alternative: Alternative) -> Iterator[Doubt]:
    """IAM events outside the one Region that has them."""
    if not alternative.of_cloudtrail or _IAM not in alternative.event_sources:
        return
    if alternative.region:
        home = partition_of(alternative.region)
        if alternative.region != home.iam_region:
            yield Doubt("TL201", _elsewhere(alternative.region), f"put the rule into {home.iam_region}")
    for path in ("region", "detail.awsRegion"):
        asked = alternative.only(path)
        if asked and not any(partition_of(name).iam_region == name for name in asked):
            home = partition_of(asked[0])
            yield Doubt("TL201", _elsewhere(join(asked, last="or", most=3)), f"it is {home.iam_region}", path, asked[0])


def _elsewhere(name: str) -> str:
    return f"IAM's events are recorded in one Region of the partition, and never in {name}"


def reads(alternative: Alternative) -> Iterator[Doubt]:
    """Read-only events on a rule that does not get them."""
    if not alternative.of_cloudtrail or alternative.found.state in ("", "DISABLED", ALL_EVENTS):
        return
    mend = f"set the rule's state to {ALL_EVENTS}"
    for name in alternative.named(EVENT_NAME):
        if _is_read(name):
            yield Doubt(
                "TL202", f"`{name}` is read-only, and the state is {alternative.found.state}", mend, EVENT_NAME, name
            )
    test = alternative.tests.get("detail.readOnly")
    if test and test.literals == {"true"} and not (test.present or test.absent or test.strings or test.checks):
        yield Doubt(
            "TL202", f"only read-only events match, and the state is {alternative.found.state}", mend, "detail.readOnly"
        )


def outcome(alternative: Alternative) -> Iterator[Doubt]:
    """A call that changes something, and no word on whether it succeeded."""
    if not alternative.of_cloudtrail or alternative.found.left_to_code or not alternative.accepts(KIND, API_CALL):
        return
    if any(path == told or path.startswith(f"{told}.") for path in alternative.tests for told in _OUTCOMES):
        return
    test = alternative.tests.get(EVENT_NAME)
    if test is None or alternative.unknown("detail.errorCode"):
        return
    writes = [name for name in alternative.named(EVENT_NAME) if not _is_read(name)]
    writes += [text for text in map(_positive, test.checks) if text and not text.startswith(READING)]
    if writes:
        yield Doubt(
            "TL301",
            f"a call of `{writes[0]}` that was denied, or failed otherwise, matches too",
            'for done calls add "errorCode": [{"exists": false}] under "detail"; '
            'for both, on purpose, [{"exists": true}, {"exists": false}]',
            EVENT_NAME,
        )


def _is_read(name: str) -> bool:
    return _READS.match(name) is not None and name not in READ_BUT_DELIVERED
