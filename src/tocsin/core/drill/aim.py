"""What of somebody else's pipeline can be looked at: its topics, and its rule's pattern."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tocsin.core.drill.hops import Hop, Outcome, State
from tocsin.core.steps import Step
from tocsin.core.text import inert, join
from tocsin.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

_TOPIC = re.compile(r"arn:aws[a-z-]*:sns:(?P<region>[a-z0-9-]+):(?P<account>[0-9]{12}):[A-Za-z0-9_.-]{1,256}")
# EventBridge API Reference, "PutRule": the name of a rule, and of its bus before a slash.
_RULE = re.compile(r"(?:(?P<bus>[A-Za-z0-9_./-]{1,256})/)?(?P<name>[A-Za-z0-9_.-]{1,64})")


@dataclass(frozen=True, slots=True)
class Aim:
    """What is drilled that is not ours.

    Attributes:
        name: as it was named.
        topics: ARNs of the topics that are subscribed to.
        pattern: the pattern of its rule, or ``""``.
        bus: the rule's bus; ``""`` is the default one.
        known: hops of which something is known already.
        notes: what should be known of it, a sentence each.
    """

    name: str
    topics: tuple[str, ...] = ()
    pattern: str = ""
    bus: str = ""
    known: tuple[Outcome, ...] = field(default=())
    notes: tuple[str, ...] = ()


def at_topic(arn: str, region: str, account: str) -> Aim:
    """A topic, with whoever is subscribed to it.

    Args:
        arn: the topic's ARN.
        region: where the drill looks.
        account: the account's id.

    Raises:
        UsageError: it is no ARN of a topic of this account and Region.
    """
    found = _TOPIC.fullmatch(arn)
    if not found:
        raise UsageError(f"`{inert(arn)}` is no ARN of a topic", hint="one looks like arn:aws:sns:REGION:ACCOUNT:NAME")
    if found["account"] != account:
        raise UsageError(f"the topic is of account {found['account']}, and the credentials are of {account}")
    if found["region"] != region:
        raise UsageError(f"the topic is in {found['region']}", hint=f"give --region {found['region']}")
    return Aim(arn, (arn,))


def looks_at_rule(name: str) -> tuple[Step, Step]:
    """What shows a rule, and what it sends to.

    Args:
        name: the rule's, or ``BUS/RULE``.

    Raises:
        UsageError: it is no name of a rule.
    """
    found = _RULE.fullmatch(name)
    if not found:
        raise UsageError(f"`{inert(name)}` is no name of a rule", hint="give its name, or BUS/NAME")
    bus = {"EventBusName": found["bus"]} if found["bus"] else {}
    return (
        Step("events", "DescribeRule", {"Name": found["name"], **bus}, "a look at the rule"),
        Step("events", "ListTargetsByRule", {"Rule": found["name"], **bus}, "a look at its targets"),
    )


def at_rule(name: str, rule: Mapping[str, Any], targets: Mapping[str, Any]) -> Aim:
    """A rule, and the topics that it sends to.

    Args:
        name: as it was named.
        rule: what DescribeRule answered.
        targets: what ListTargetsByRule answered.

    Raises:
        UsageError: the rule matches no events: it is a schedule.
    """
    pattern = str(rule.get("EventPattern", ""))
    if not pattern:
        raise UsageError(f"rule {inert(name)} has no event pattern: it is a schedule, and hears nothing")
    arns = [str(one["Arn"]) for one in targets.get("Targets", [])]
    topics = tuple(arn for arn in arns if ":sns:" in arn)
    known, notes = [], []
    if rule.get("State") == "DISABLED":
        known.append(Outcome(Hop.RULE, State.MISSING, why="the rule is DISABLED: it sends nowhere"))
    if not arns:
        known.append(Outcome(Hop.WIRE, State.MISSING, why="the rule has no target"))
    if others := [arn.rpartition(":")[2] for arn in arns if arn not in topics]:
        notes.append(f"nobody can look at what else it sends to: {join(list(map(inert, others)), most=3)}")
    if len(topics) > 1:
        notes.append(f"it sends to {len(topics)} topics: the first that delivers counts")
    bus = str(rule.get("EventBusName", "")).rpartition("/")[2]
    return Aim(name, topics, pattern, "" if bus == "default" else bus, tuple(known), tuple(notes))
