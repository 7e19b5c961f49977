"""Success and failure, as patterns tell them apart: by fields that are there, or by fields that never are.

CloudTrail User Guide: "CloudTrail record contents" (``errorCode`` stands only where a request failed) and "AWS
Management Console sign-in events" (a sign-in has none: ``responseElements.ConsoleLogin``). That a denied call of IAM
has no parameters was seen in every one of 54 real records.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tocsin.core.pattern.operators.checks import NotStrings
from tocsin.core.record.result import is_denial
from tocsin.lint.alternative import EVENT_NAME
from tocsin.lint.findings import Doubt
from tocsin.lint.spelling import SIGN_IN_NAMES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tocsin.lint.alternative import Alternative

CODE: Final = "detail.errorCode"
_PARAMETERS: Final = "detail.requestParameters"
_IAM: Final = "iam.amazonaws.com"
_ENTRIES: Final = frozenset({*SIGN_IN_NAMES, "UserAuthentication", "CredentialVerification", "CredentialChallenge"})


def sign_ins(alternative: Alternative) -> Iterator[Doubt]:
    """A sign-in that is judged by ``errorCode``, which sign-ins do not have."""
    if not alternative.of_cloudtrail or CODE not in alternative.tests:
        return
    told = ("detail.responseElements.", "detail.errorMessage", "detail.serviceEventDetails.")
    if any(path.startswith(told) for path in alternative.tests):
        return
    for name in sorted(_ENTRIES.intersection(alternative.named(EVENT_NAME))):
        absent = alternative.tests[CODE].absent
        reason = f"failed sign-ins have no errorCode: they match {'too' if absent else 'never'}"
        field = "serviceEventDetails" if name.startswith(("User", "Credential")) else "responseElements"
        mend = f'tell them apart by "{field}": {{"{name}": ["Success"]}}, or ["Failure"]'
        yield Doubt("TL302", reason, mend, CODE)


def done_calls(alternative: Alternative) -> Iterator[Doubt]:
    """A test of ``errorCode`` that a call which was done can never pass, though it reads as if it did."""
    test = alternative.tests.get(CODE)
    if not alternative.of_cloudtrail or test is None or test.absent or alternative.unknown(CODE):
        return
    if "" in test.named or "null" in test.literals:
        reason = "errorCode is never null or empty: where a call was done the field is absent"
        yield Doubt("TL116", reason, 'for done calls: [{"exists": false}]', CODE)
        return
    excluded = [code for check in test.checks if isinstance(check, NotStrings) for code in check.strings]
    # Whoever leaves out other faults too means failures, and nothing else.
    if excluded and all(map(is_denial, excluded)) and not (test.present or test.strings):
        reason = "calls that were done have no errorCode, and `anything-but` never matches what is absent"
        yield Doubt("TL303", reason, 'where calls that were done are meant, add {"exists": false}', CODE)


def denied_calls(alternative: Alternative) -> Iterator[Doubt]:
    """Denied calls of IAM that are asked for by their parameters, which are then null."""
    test = alternative.tests.get(CODE)
    if test is None or test.absent or test.present or test.checks or _IAM not in alternative.event_sources:
        return
    if not alternative.named(CODE) or not all(map(is_denial, alternative.named(CODE))):
        return
    for path, asked in alternative.tests.items():
        if path.startswith(f"{_PARAMETERS}.") and not asked.absent:
            reason = "a denied call of IAM has no requestParameters: whom it was for stands in errorMessage"
            yield Doubt("TL304", reason, 'ask for "errorMessage": [{"wildcard": "*user bob *"}]', path)
            return
