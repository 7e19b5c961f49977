"""What AWS accepts, but can never match or is not meant: the checks of one alternative of a pattern."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from tocsin.core.pattern.cloudtrail_event import DETAIL_TYPES
from tocsin.lint.alternative import CLOUDTRAIL_KINDS, EVENT_NAME, EVENT_SOURCE, KIND, SOURCE, near_kind, right_source
from tocsin.lint.findings import Doubt
from tocsin.lint.names import SUFFIX, nearest
from tocsin.lint.nodes import HOLE
from tocsin.lint.spelling import (
    CLOUDTRAIL_ONLY,
    EITHER_KIND,
    SERVICE_EVENTS,
    SIGN_IN_NAMES,
    UNJUDGED_SOURCES,
    WRONG_SOURCES,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tocsin.lint.alternative import Alternative

# "AWS service event metadata" (EventBridge User Guide), and what a replay adds.
ENVELOPE: Final = frozenset(
    {"version", "id", "detail-type", "source", "account", "time", "region", "resources", "detail", "replay-name"}
)
# "CloudTrail record contents" and "CloudTrail userIdentity element" (CloudTrail User Guide).
RECORD: Final = frozenset(
    """
    addendum additionalEventData apiVersion awsRegion edgeDeviceDetails errorCode errorMessage eventCategory
    eventContext eventID eventName eventSource eventTime eventType eventVersion insightDetails managementEvent readOnly
    recipientAccountId requestID requestParameters resources responseElements serviceEventDetails
    sessionCredentialFromConsole sharedEventID sourceIPAddress tlsDetails userAgent userIdentity vpcEndpointAccountId
    vpcEndpointId
    """.split()  # noqa: SIM905 - a list of words reads best as words
)
IDENTITY: Final = frozenset(
    """
    accessKeyId accountId arn credentialId identityProvider inScopeOf invokedBy onBehalfOf principalId sessionContext
    type userId userName identityStoreArn
    """.split()  # noqa: SIM905 - as above
)
_SERVICE: Final = re.compile(r"aws\.[a-z0-9][a-z0-9.-]*(?:/.*)?")
_FORGED: Final = "com.example.forged"


def fields(alternative: Alternative) -> Iterator[Doubt]:
    """Fields that no event has."""
    for path in alternative.tests:
        parts = path.split(".")
        if HOLE in path:
            continue
        if parts[0] not in ENVELOPE:
            meant = nearest(parts[0], RECORD, 0.85)
            near = f"detail.{meant}" if meant else nearest(parts[0].replace("_", "-"), ENVELOPE)
            hint = f"did you mean `{near}`?" if near else "what an event says of its matter stands under `detail`"
            yield Doubt("TL109", f"no event on the bus has a field `{parts[0]}` at its top", hint, path)
        elif alternative.of_cloudtrail and parts[:2] == ["detail", "requestParameters"]:
            yield from _request_field(alternative, parts, path)
        elif alternative.of_cloudtrail and parts[0] == "detail" and len(parts) > 1:
            yield from _record_field(parts, path)


def _request_field(alternative: Alternative, parts: list[str], path: str) -> Iterator[Doubt]:
    """A field of the request that is spelled as the API does, or nearly so."""
    known = alternative.names.fields_of(alternative.event_sources, alternative.only(EVENT_NAME))
    name = parts[2] if len(parts) > 2 else ""  # noqa: PLR2004 - detail, requestParameters, field
    if not name or not known or name in known:
        return
    near = next((one for one in known if one.lower() == name.lower().replace("_", "")), "") or nearest(
        name, known, 0.85
    )
    if near:
        right = ".".join(["requestParameters", near, *parts[3:]])
        yield Doubt("TL110", f"the request has no field `{name}` in CloudTrail", f"it is `{right}`", path)


def _record_field(parts: list[str], path: str) -> Iterator[Doubt]:
    known, depth = (IDENTITY, 2) if parts[1] == "userIdentity" else (RECORD, 1)
    name = parts[depth] if len(parts) > depth else ""
    near = nearest(name, known) if name and name not in known else ""
    if near:
        right = ".".join([*parts[:depth], near])
        yield Doubt("TL110", f"CloudTrail's records have no field `{name}` there", f"did you mean `{right}`?", path)


def kinds(alternative: Alternative) -> Iterator[Doubt]:
    """A detail-type that is typed wrong."""
    for kind in alternative.named(KIND):
        near = near_kind(kind)
        if kind in CLOUDTRAIL_KINDS:
            continue
        if near:
            yield Doubt("TL101", f"no event has the detail-type `{kind}`", f"did you mean `{near}`?", KIND, kind)
        elif why := _made_up(alternative):
            mend = f"for an API call: `{DETAIL_TYPES['AwsApiCall']}`"
            yield Doubt("TL101", f"`{kind}` is no detail-type of CloudTrail's, and {why}", mend, KIND, kind)
    yield from _another_kind(alternative)


def _made_up(alternative: Alternative) -> str:
    """Why a detail-type that is none of CloudTrail's is not a service's own; ``""`` where it may be."""
    named = alternative.named(SOURCE)
    if any(source.endswith(SUFFIX) for source in alternative.named(EVENT_SOURCE)):
        return f"the pattern asks for `{EVENT_SOURCE}`"
    if named and CLOUDTRAIL_ONLY.issuperset(named):
        return f"`{named[0]}` sends nothing but what CloudTrail records"
    return ""


def _another_kind(alternative: Alternative) -> Iterator[Doubt]:
    """A name whose events come under another detail-type than the pattern asks for."""
    if KIND not in alternative.tests or CLOUDTRAIL_KINDS.isdisjoint(alternative.named(KIND)):
        return
    chosen = alternative.event_sources
    for name in alternative.named(EVENT_NAME):
        right = _kind_of(name, chosen, alternative)
        if right and not alternative.accepts(KIND, right):
            yield Doubt("TL111", f"`{name}` comes under another detail-type", f"`{right}`", EVENT_NAME, name)


def _kind_of(name: str, chosen: list[str], alternative: Alternative) -> str:
    """The detail-type of an event; ``""`` where that is open."""
    sign_in = f"signin{SUFFIX}"
    if name in EITHER_KIND:
        return ""
    if name in SIGN_IN_NAMES and chosen in ([], [sign_in]):
        return DETAIL_TYPES["AwsConsoleSignIn"]
    owners = [source for source in chosen or SERVICE_EVENTS if name in SERVICE_EVENTS.get(source, ())]
    if owners and (chosen or len(alternative.names.owners(name)) == 1):
        return DETAIL_TYPES["AwsServiceEvent"]
    if sign_in in chosen or not alternative.only(KIND):
        return ""
    # What CloudTrail records of the network is a call too, and tells of it once more.
    wrong = {DETAIL_TYPES[kind] for kind in ("AwsConsoleSignIn", "AwsServiceEvent")}
    known = any(name in alternative.names.by_source.get(source, ()) for source in chosen)
    return DETAIL_TYPES["AwsApiCall"] if known and wrong.issuperset(alternative.only(KIND)) else ""


def sources(alternative: Alternative) -> Iterator[Doubt]:
    """A source that is open, or that no service has."""
    if not alternative.of_cloudtrail:
        return
    if alternative.accepts(SOURCE, _FORGED) and not alternative.unknown(SOURCE):
        likely = (
            alternative.event_sources[0].removesuffix(SUFFIX)
            if EVENT_SOURCE in alternative.tests and alternative.event_sources
            else ""
        )
        yield Doubt(
            "TL104",
            "anybody who may call PutEvents on the bus can forge an event that matches: only `source` is kept by AWS",
            f'add "source": ["aws.{likely or "SERVICE"}"]',
            SOURCE if SOURCE in alternative.tests else "",
        )
    for source in alternative.named(SOURCE):
        service = right_source(source).removesuffix(SUFFIX)
        right = f"aws.{service}"
        if not source.startswith("aws.") and any(_SERVICE.fullmatch(one) for one in alternative.named(SOURCE)):
            reason = f"anybody who may call PutEvents on the bus can send `{source}`: whoever forges it rings"
            yield Doubt("TL104", reason, "keep it out of what rings in earnest", SOURCE, source)
        elif not _SERVICE.fullmatch(source) or source.endswith(SUFFIX) or source.removeprefix("aws.") in WRONG_SOURCES:
            known = alternative.names.has_source(service + SUFFIX)
            hint = f"did you mean `{right}`?" if known else "it is `aws.` and the service, such as `aws.iam`"
            yield Doubt("TL105", f"CloudTrail's events never have the source `{source}`", hint, SOURCE, source)
        elif EVENT_SOURCE not in alternative.tests and not alternative.names.has_source(service + SUFFIX):
            near = alternative.names.near_source(service + SUFFIX).removesuffix(SUFFIX)
            hint = f"did you mean `aws.{near}`?" if near else ""
            yield Doubt("TL103", f"no service is known to have the source `{source}`", hint, SOURCE, source)


def event_sources(alternative: Alternative) -> Iterator[Doubt]:
    """An eventSource that is spelled otherwise, that is not known, or that the source contradicts."""
    clash = False
    for source in alternative.named(EVENT_SOURCE):
        right = right_source(source)
        if source != right:
            near = right if alternative.names.has_source(right) else alternative.names.near_source(right)
            hint = f"did you mean `{near}`?" if near else f"it ends in `{SUFFIX}`, such as `iam{SUFFIX}`"
            yield Doubt("TL102", f"CloudTrail never writes the eventSource `{source}`", hint, EVENT_SOURCE, source)
            continue
        if not alternative.names.has_source(source):
            near = alternative.names.near_source(source)
            hint = f"did you mean `{near}`?" if near else ""
            yield Doubt("TL103", f"no service is known to write the eventSource `{source}`", hint, EVENT_SOURCE, source)
        bus = f"aws.{source.removesuffix(SUFFIX)}"
        if SOURCE in alternative.tests and source not in UNJUDGED_SOURCES and not alternative.accepts(SOURCE, bus):
            clash = True
            reason = f"records of `{source}` have the source `{bus}`, which the pattern does not take"
            yield Doubt("TL106", reason, f'add "{bus}" to `source`, or take the eventSource away', EVENT_SOURCE, source)
    if (
        clash
        or EVENT_SOURCE not in alternative.tests
        or not UNJUDGED_SOURCES.isdisjoint(alternative.named(EVENT_SOURCE))
    ):
        return
    for bus in alternative.named(SOURCE):
        meant = right_source(bus)
        if _SERVICE.fullmatch(bus) and not bus.endswith(SUFFIX) and not _takes(alternative, meant):
            reason = f"events of `{bus}` have the eventSource `{meant}`, which the pattern does not take"
            yield Doubt("TL106", reason, f'add "{meant}" to `{EVENT_SOURCE}`, or take the source away', SOURCE, bus)


def _takes(alternative: Alternative, meant: str) -> bool:
    return alternative.accepts(EVENT_SOURCE, meant) or meant in map(right_source, alternative.named(EVENT_SOURCE))
