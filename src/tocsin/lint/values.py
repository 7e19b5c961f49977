"""Values that the fields of CloudTrail's events never have: other words, other types of JSON, operators as text.

CloudTrail User Guide: "CloudTrail record contents", "CloudTrail userIdentity element", "AWS Management Console sign-in
events"; EventBridge User Guide: "AWS service event metadata", "Comparison operators".
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from tocsin.core.pattern.cloudtrail_event import DETAIL_TYPES
from tocsin.lint.findings import Doubt
from tocsin.lint.names import nearest
from tocsin.lint.nodes import HOLE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tocsin.lint.alternative import Alternative

_ENTRY: Final = frozenset({"Success", "Failure"})
WORDS: Final[dict[str, frozenset[str]]] = {
    "version": frozenset({"0"}),
    "detail.userIdentity.type": frozenset(
        {
            "Root",
            "IAMUser",
            "AssumedRole",
            "Role",
            "FederatedUser",
            "Directory",
            "AWSAccount",
            "AWSService",
            "IdentityCenterUser",
            "SAMLUser",
            "WebIdentityUser",
            "Unknown",
        }
    ),
    "detail.userIdentity.sessionContext.attributes.mfaAuthenticated": frozenset({"true", "false"}),
    "detail.userIdentity.sessionContext.sessionIssuer.type": frozenset(
        {"Root", "IAMUser", "Role", "FederatedUser", "AWSAccount", "AWSService"}
    ),
    "detail.eventType": frozenset({*DETAIL_TYPES, "AwsCloudTrailInsight"}),
    "detail.eventCategory": frozenset({"Management", "Data", "Insight", "NetworkActivity"}),
    "detail.sessionCredentialFromConsole": frozenset({"true"}),
    "detail.additionalEventData.MFAUsed": frozenset({"Yes", "No"}),
    "detail.additionalEventData.MobileVersion": frozenset({"Yes", "No"}),
    **{
        f"detail.responseElements.{name}": _ENTRY
        for name in ("ConsoleLogin", "SwitchRole", "ExitRole", "RenewRole", "CheckMfa", "PasswordRecoveryRequested",
                     "PasswordRecoveryCompleted")
    },
    "detail.serviceEventDetails.UserAuthentication": _ENTRY,
    "detail.serviceEventDetails.CredentialVerification": _ENTRY,
}  # fmt: skip
"""Fields with a closed vocabulary, and all that AWS writes in them."""

BOOLEANS: Final = frozenset({"detail.readOnly", "detail.managementEvent"})
TEXTS: Final = frozenset(
    {
        "source", "detail-type", "account", "region", "id", "time", "version", *WORDS,
        *(
            f"detail.{name}"
            for name in ("eventName", "eventSource", "awsRegion", "sourceIPAddress", "userAgent", "errorCode",
                         "errorMessage", "eventID", "requestID", "recipientAccountId", "eventTime", "vpcEndpointId",
                         "userIdentity.accountId", "userIdentity.userName", "userIdentity.arn",
                         "userIdentity.principalId", "userIdentity.accessKeyId", "userIdentity.invokedBy")
        ),
    }
)  # fmt: skip
"""Fields that are text where they are at all."""

_ACCOUNTS: Final = frozenset({"account", "detail.recipientAccountId", "detail.userIdentity.accountId"})
_ACCOUNT: Final = re.compile(r"[0-9]{12}")
# Where a `*` is a character of the value itself: a policy document, a resource that somebody asked for.
_STARRED: Final = re.compile(
    r"policyDocument|userAgent|errorMessage|requestParameters\.(?:.*\.)?(?:path|filter)", re.IGNORECASE
)
_OPERATOR: Final = re.compile(
    r"""\s*\{?\s*["']?(prefix|suffix|wildcard|exists|anything-but|equals-ignore-case|numeric|cidr)["']?\s*:""",
    re.IGNORECASE,
)


def words(alternative: Alternative) -> Iterator[Doubt]:
    """Values that AWS never writes in a field with a closed vocabulary."""
    if not alternative.of_cloudtrail:
        return
    for path, known in WORDS.items():
        for value in alternative.named(path):
            if value in known or not value or _looks_like_an_operator(value):
                continue
            near = nearest(value, known, 0.6) or next((one for one in known if one.lower() == value.lower()), "")
            mend = f"it is `{near}`" if near else f"it is one of {', '.join(sorted(known))}"
            yield Doubt("TL112", f"CloudTrail never writes `{value}` in `{path}`", mend, path, value)
    for path in _ACCOUNTS:
        for value in alternative.named(path):
            if not _ACCOUNT.fullmatch(value) and value and "*" not in value:
                yield Doubt("TL112", f"`{value}` is no account id", "an account id has twelve digits", path, value)


def types(alternative: Alternative) -> Iterator[Doubt]:
    """Types of JSON that a field never has: EventBridge compares text, numbers, true and false apart."""
    if not alternative.of_cloudtrail:
        return
    for path, test in alternative.tests.items():
        if path in BOOLEANS:
            for value in alternative.named(path):
                mend = (
                    f"write {value.lower()} without quotes" if value.lower() in ("true", "false") else "true or false"
                )
                yield Doubt("TL113", f"`{path}` is true or false, and never the text `{value}`", mend, path, value)
        elif path in TEXTS and not test.absent and (held := sorted(test.literals)):
            mend = f'write it in quotes: ["{held[0]}"]'
            if path == "detail.errorCode":
                mend = 'where a call was done the field is absent: [{"exists": false}]'
            yield Doubt("TL113", f"`{path}` is text, and never {held[0]}", mend, path)


def quoted(alternative: Alternative) -> Iterator[Doubt]:
    """Operators that stand in quotes, where they are characters of the value."""
    if not alternative.of_cloudtrail:
        return
    for path, test in alternative.tests.items():
        for value in sorted(test.named):
            if HOLE in value:
                continue
            if _looks_like_an_operator(value):
                mend = 'write it as an object, without quotes around it: [{"prefix": "..."}]'
                yield Doubt("TL114", f"`{value[:60]}` is compared letter by letter", mend, path, value)
            elif "*" in value and not _STARRED.search(path):
                mend = f'the form is {{"wildcard": "{value}"}}'
                yield Doubt("TL114", f"`*` is a character like any other in `{value[:60]}`", mend, path, value)


def _looks_like_an_operator(value: str) -> bool:
    return _OPERATOR.match(value) is not None


def resources(alternative: Alternative) -> Iterator[Doubt]:
    """``resources`` of an event by CloudTrail, which is an empty list."""
    test = alternative.tests.get("resources")
    if not alternative.of_cloudtrail or test is None or (test.absent and not test.named):
        return
    mend = "look under detail.requestParameters, which names what a call is about"
    yield Doubt("TL115", "`resources` of CloudTrail's events is [], so this never matches", mend, "resources")
