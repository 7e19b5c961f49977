"""The event names of a pattern: whether CloudTrail writes them, and whether they come to the rule."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from tocsin.core.partitions import partition_of
from tocsin.core.pattern.cloudtrail_event import API_CALL, SPELLED_OTHERWISE
from tocsin.core.pattern.operators.checks import Check, NotStrings, Prefix, Suffix
from tocsin.core.pattern.operators.folding import Folded
from tocsin.core.pattern.operators.wildcard import Wildcard
from tocsin.core.text import join
from tocsin.lint.alternative import EVENT_NAME, EVENT_SOURCE, KIND
from tocsin.lint.findings import Doubt
from tocsin.lint.names import nearest
from tocsin.lint.nodes import HOLE
from tocsin.lint.spelling import HOMES, PERMISSIONS, READ_BUT_DELIVERED, READING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tocsin.lint.alternative import Alternative

ALL_EVENTS: Final = "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"
_READS: Final = re.compile(rf"(?:{'|'.join(READING)})(?=[A-Z])")
# So many unknown names are compared with those that are known; a comparison takes its time.
_PATIENCE: Final = 20
_IAM: Final = "iam.amazonaws.com"
_SIGN_IN: Final = "signin.amazonaws.com"
# What tells a call that failed from one that did not: the error, or what only a success (or a sign-in) answers.
_OUTCOMES: Final = ("detail.errorCode", "detail.errorMessage", "detail.responseElements")


def names(alternative: Alternative) -> Iterator[Doubt]:
    """Event names that CloudTrail spells otherwise, or that are not known."""
    if not alternative.of_cloudtrail or EVENT_NAME not in alternative.tests:
        return
    chosen = alternative.event_sources
    known = alternative.known_names
    patience = _PATIENCE
    for name in alternative.named(EVENT_NAME):
        right = _otherwise(alternative, name, chosen)
        permission = next(filter(None, (PERMISSIONS.get(source, {}).get(name) for source in chosen)), "")
        if permission:
            reason = f"`{name}` is a permission of IAM: no call is named so, and CloudTrail never writes it"
            yield Doubt("TL117", reason, permission, EVENT_NAME, name)
        elif right:
            reason = f"CloudTrail never writes the eventName `{name}` for {join(chosen, most=2)}"
            yield Doubt("TL107", reason, f"it writes `{right}`", EVENT_NAME, name)
        elif known and name not in known:
            patience -= 1
            mend = _near(name, known) if patience >= 0 else ""
            yield Doubt("TL108", f"no eventName `{name}` is known{_of(chosen)}", mend, EVENT_NAME, name)
    for check in alternative.tests[EVENT_NAME].checks:
        text = _positive(check)
        if text and known and HOLE not in text and not any(check.text(name) for name in known):
            reason = f"no event name that is known{_of(chosen)} fits `{text}`"
            yield Doubt("TL108", reason, _near(text.strip("*"), known), EVENT_NAME, text)


def exclusions(alternative: Alternative) -> Iterator[Doubt]:
    """Names in an exclusion that are typed wrong: they exclude nothing."""
    if not alternative.of_cloudtrail:
        return
    chosen = alternative.event_sources
    for path in (EVENT_NAME, EVENT_SOURCE):
        test = alternative.tests.get(path)
        if test is None or alternative.unknown(path):
            continue
        known = alternative.known_names if path == EVENT_NAME else frozenset(alternative.names.by_source)
        excluded = [name for check in test.checks if isinstance(check, NotStrings) for name in sorted(check.strings)]
        for name in excluded[:_PATIENCE]:
            if known and name not in known and HOLE not in name:
                kind = "TL108" if path == EVENT_NAME else "TL103"
                reason = f"no {path.partition('.')[2]} `{name}` is known{_of(chosen)}: it excludes nothing"
                yield Doubt(kind, reason, _near(name, known), path, name)


def bus(alternative: Alternative) -> Iterator[Doubt]:
    """AWS's own events on a bus that is not the default one."""
    name = alternative.found.bus
    if alternative.of_cloudtrail and name not in ("", "default"):
        reason = f"AWS sends them to the default bus, and never to `{name}` by itself"
        yield Doubt("TL205", reason, "right only if another rule forwards them there; else leave the bus out")


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


def _near(name: str, known: frozenset[str]) -> str:
    near = nearest(name, known)
    return f"did you mean `{near}`?" if near else "look at a record of the call for the name that CloudTrail writes"


def region(alternative: Alternative) -> Iterator[Doubt]:
    """Events of a service that are recorded in one Region, asked for in another."""
    if not alternative.of_cloudtrail:
        return
    chosen = alternative.event_sources
    for source in [_IAM] if _IAM in chosen else chosen:
        if len(chosen) > 1 and source != _IAM:  # the others of them may well come
            return
        service = "IAM" if source == _IAM else source.partition(".")[0]
        if alternative.region and (home := _home(source, alternative.region, alternative)) not in (
            "",
            alternative.region,
        ):
            yield Doubt("TL201", _elsewhere(service, alternative.region), f"put the rule into {home}")
        for path in ("region", "detail.awsRegion"):
            asked = alternative.only(path)
            if asked and all(_home(source, name, alternative) not in ("", name) for name in asked):
                home = _home(source, asked[0], alternative)
                where = join(asked, last="or", most=3)
                yield Doubt("TL201", _elsewhere(service, where), f"it is {home}", path, asked[0])


def _home(source: str, region: str, alternative: Alternative) -> str:
    """The one Region of a Region's partition that records a service's events; ``""`` where each does."""
    partition = partition_of(region)
    if source == _IAM:
        return partition.iam_region
    if source == _SIGN_IN:
        # CloudTrail User Guide, "AWS Management Console sign-in events": root signs in at the global endpoint.
        root = alternative.only("detail.userIdentity.type") == ["Root"] and partition.name == "aws"
        return "us-east-1" if root else ""
    return HOMES.get(source, "") if partition.name == "aws" else ""


def _elsewhere(service: str, name: str) -> str:
    return f"{service}'s events are recorded in one Region of the partition, and never in {name}"


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
    for check in alternative.tests[EVENT_NAME].checks if EVENT_NAME in alternative.tests else ():
        if (text := _positive(check)) and _only_reads(text):
            reason = f"what `{text}` fits is read-only, and the state is {alternative.found.state}"
            yield Doubt("TL202", reason, mend, EVENT_NAME, text)
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
            writes[0],
            whole=True,
        )


def _only_reads(text: str) -> bool:
    """Whether all that a prefix or wildcard fits begins as what is read-only does."""
    return text.startswith(READING) and not any(name.startswith(text.rstrip("*")) for name in READ_BUT_DELIVERED)


def _is_read(name: str) -> bool:
    return _READS.match(name) is not None and name not in READ_BUT_DELIVERED
