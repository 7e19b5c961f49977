"""What was counted of rules, topics, functions and queues, and when a user was last deleted: has the alarm worked?"""

from __future__ import annotations

import json
from functools import partial
from shlex import quote
from typing import TYPE_CHECKING, Any

from tocsin.core.doctor.golden import compiled, event_of
from tocsin.core.doctor.recorded import (
    FUNCTION,
    FUNCTION_FIGURES,
    LATELY,
    QUEUE_FIGURES,
    RULE,
    RULE_FIGURES,
    TOPIC,
    TOPIC_FIGURES,
    WINDOW,
    Recorded,
    asked,
    counted,
    of_function,
    of_rule,
    of_topic,
    oldest,
)
from tocsin.core.doctor.walk import Fault, Joint, Told
from tocsin.core.steps import Step

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tocsin.core.doctor.joints.place import Place
    from tocsin.core.doctor.joints.rule import Rule
    from tocsin.core.doctor.looks import Looks

_DAYS = WINDOW.days
_DELETION = "DeleteUser"
_MAKING = ("PutRule", "EnableRule")


def rule(place: Place, one: Rule, link: str) -> Joint:
    """What was counted of a rule."""
    return Joint(link, one.arn(place), partial(_rule, place, one), "recorded")


def topic(place: Place, arn: str, link: str) -> Joint:
    """What was counted of a topic."""
    return Joint(link, arn, partial(_topic, place, arn), "recorded")


def function(place: Place, arn: str, name: str) -> Joint:
    """What was counted of a function."""
    return Joint("function", arn, partial(_function, place, name), "recorded")


def queue(place: Place, arn: str, link: str) -> Joint:
    """How long the oldest message of a queue has waited."""
    return Joint(link, arn, partial(_queue, place, arn), "age")


def history(place: Place) -> Joint:
    """When a user was last deleted, as event history has it."""
    return Joint("trail", f"event history of {place.region}", _history)


def _rule(place: Place, one: Rule, looks: Looks) -> Told:
    found = looks.answer(asked(RULE, one.name, RULE_FIGURES, place.now))
    figures = counted(found.result, RULE_FIGURES)
    faults = []
    if lost := figures["InvocationsFailedToBeSentToDlq"]:
        faults.append(Fault("TOC311", f"{lost:,} events were lost in the last {_DAYS} days"))
    if not figures["MatchedEvents"] and (missed := _missed(place, one, looks)):
        faults.append(Fault("TOC211", missed))
    return Told(tuple(faults), recorded=of_rule(figures))


def _missed(place: Place, one: Rule, looks: Looks) -> str:
    """A deletion of the last days that a rule should have matched, in words; ``""`` where there was none."""
    record = _last(looks)
    pattern = compiled(one.pattern)
    if record is None or pattern is None:
        return ""
    at = str(record.get("eventTime", ""))
    lately = at >= f"{place.now - WINDOW:%Y-%m-%dT%H:%M:%SZ}"
    if not lately or not pattern.matches(event_of(record, place.account)):
        return ""
    made = max((_made(change, one) for name in _MAKING for change in _records(name, looks)), default="")
    return "" if made >= at else f"a user was deleted at {at}, and it has matched nothing"


def _made(record: Mapping[str, Any], one: Rule) -> str:
    """When a rule was made, changed or enabled by the call of a record; ``""`` where that was of another."""
    asked_for = record.get("requestParameters")
    return str(record.get("eventTime", "")) if isinstance(asked_for, dict) and asked_for.get("name") == one.name else ""


def _topic(place: Place, arn: str, looks: Looks) -> Told:
    found = looks.answer(asked(TOPIC, arn.rpartition(":")[2], TOPIC_FIGURES, place.now))
    return Told(recorded=of_topic(counted(found.result, TOPIC_FIGURES)))


def _function(place: Place, name: str, looks: Looks) -> Told:
    figures = counted(looks.answer(asked(FUNCTION, name, FUNCTION_FIGURES, place.now)).result, FUNCTION_FIGURES)
    faults = []
    if throttled := figures["Throttles"]:
        faults.append(Fault("TOC706", f"{throttled:,} calls were throttled in the last {_DAYS} days"))
    if failed := figures["Errors"]:
        what = f"{failed:,} of {figures['Invocations']:,} calls failed in the last {_DAYS} days"
        faults.append(Fault("TOC707", what, f"aws logs tail {quote(f'/aws/lambda/{name}')} --since {_DAYS}d"))
    return Told(tuple(faults), recorded=of_function(figures))


def _queue(place: Place, arn: str, looks: Looks) -> Told:
    figures = counted(looks.answer(oldest(arn.rpartition(":")[2], place.now)).result, QUEUE_FIGURES)
    seconds = figures["ApproximateAgeOfOldestMessage"]
    if seconds < LATELY.total_seconds():
        return Told(evidence=f"the oldest has waited for {seconds:,} s")
    return Told((Fault("TOC606", f"the oldest has waited for {seconds:,} s"),))


def _history(looks: Looks) -> Told:
    record = _last(looks)
    if record is None:
        return Told(recorded=Recorded("no user was deleted in the 90 days that event history keeps", {}))
    user = (record.get("requestParameters") or {}).get("userName", "somebody")
    return Told(recorded=Recorded(f"the last deletion of a user: {user}, {record.get('eventTime')}", {}))


def _last(looks: Looks) -> dict[str, Any] | None:
    """The newest record of a deletion that was done, among the newest fifty tries."""
    return next((one for one in _records(_DELETION, looks) if "errorCode" not in one), None)


def _records(event: str, looks: Looks) -> list[dict[str, Any]]:
    """The newest fifty records of a call, the newest first (CloudTrail API Reference, "LookupEvents")."""
    wanted = [{"AttributeKey": "EventName", "AttributeValue": event}]
    step = Step("cloudtrail", "LookupEvents", {"LookupAttributes": wanted, "MaxResults": 50})
    read = (json.loads(one.get("CloudTrailEvent") or "{}") for one in looks.answer(step).result.get("Events", ()))
    return [one for one in read if isinstance(one, dict) and one]
