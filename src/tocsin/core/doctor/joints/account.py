"""Everything in an account that listens for IAM events, whoever made it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from tocsin.core.doctor.joints import logs, notifications, rule, topic, trail
from tocsin.core.doctor.joints.place import Sent
from tocsin.core.doctor.walk import Joint, Told, told_of

if TYPE_CHECKING:
    from tocsin.core.doctor.joints.place import Place
    from tocsin.core.doctor.looks import Looks


def everything(place: Place, apart: str = "") -> list[Joint]:
    """What listens for IAM events in a Region: its trail, filters at its log group, notifications, rules on every bus.

    Args:
        place: where.
        apart: the prefix of rules that are left out, since they are walked by themselves; ``""`` takes all.
    """
    first = [trail.joint(place), logs.joint(place)] if place.region == place.iam_region else []
    if place.region == notifications.CONTROL:
        first.append(notifications.joint(place))
    return [*first, Joint("rule", f"event buses in {place.region}", partial(_buses, place, apart))]


def one_rule(place: Place, name: str) -> list[Joint]:
    """A rule by its name, with the trail that it needs."""
    return [trail.joint(place), rule.named(place, name)]


def one_topic(place: Place, arn: str) -> list[Joint]:
    """A topic, with whoever is subscribed; who publishes to it is not known."""
    return topic.joints(place, arn, [], Sent())


def _buses(place: Place, apart: str, looks: Looks) -> Told:
    shown = looks.shown("events", "ListEventBuses", Limit=100) or {}
    names = [str(one["Name"]) for one in shown.get("EventBuses", [])]
    then = [Joint("rule", f"rules of the bus {name}", partial(_rules, place, name, apart)) for name in names]
    return told_of([], f"{len(names)} buses", then)


def _rules(place: Place, bus: str, apart: str, looks: Looks) -> Told:
    shown = looks.shown("events", "ListRules", EventBusName=bus) or {}
    every = [rule.rule_of(one) for one in shown.get("Rules", [])]
    found = [one for one in every if one.pattern and rule.listens(place, one.pattern)]
    if apart:
        found = [one for one in found if not one.name.startswith(apart)]
    return told_of([], f"{len(found)} of {len(every)} listen for IAM", [rule.joint(place, one) for one in found])
