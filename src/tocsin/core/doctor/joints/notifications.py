"""AWS User Notifications that are meant for IAM: active, in the Region where IAM is recorded, and heard by somebody.

AWS User Notifications API Reference, "ListNotificationConfigurations", "ListEventRules" and "ListChannels"; its control
plane is in us-east-1. It rides on managed event rules of the same feed of CloudTrail.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from tocsin.core.doctor.joints import rule
from tocsin.core.doctor.walk import Fault, Joint, Reach, Told, told_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tocsin.core.doctor.joints.place import Place
    from tocsin.core.doctor.looks import Looks

CONTROL = "us-east-1"
_SERVICE, _SOURCE, _ACTIVE = "notifications", "aws.iam", "ACTIVE"


def joint(place: Place) -> Joint:
    """Every notification configuration of the account."""
    return Joint("notification", f"User Notifications of {place.account}", partial(_every, place))


def _every(place: Place, looks: Looks) -> Told:
    shown = looks.shown(_SERVICE, "ListNotificationConfigurations") or {}
    every = shown.get("notificationConfigurations", [])
    then = [Joint("notification", str(one["arn"]), partial(_one, place, one)) for one in every]
    return told_of([], f"{len(every)} configurations", then)


def _one(place: Place, shown: Mapping[str, Any], looks: Looks) -> Told:
    arn = str(shown["arn"])
    rules = (looks.shown(_SERVICE, "ListEventRules", notificationConfigurationArn=arn) or {}).get("eventRules", [])
    meant = [one for one in rules if _listens(place, one)]
    if not meant:
        return told_of([], "it is not meant for IAM")
    channels = (looks.shown(_SERVICE, "ListChannels", notificationConfigurationArn=arn) or {}).get("channels", [])
    faults = []
    if (status := str(shown.get("status", ""))) != _ACTIVE:
        faults.append(Fault("TOC131", f"it is {status}"))
    if not any(place.iam_region in (one.get("regions") or ()) for one in meant):
        faults.append(Fault("TOC132", f"its rules are in other Regions than {place.iam_region}"))
    if not channels:
        faults.append(Fault("TOC133", "it has no channel"))
    return told_of(faults, f"it is active, with {len(channels)} channels", reach=Reach.HEARD)


def _listens(place: Place, shown: Mapping[str, Any]) -> bool:
    pattern = str(shown.get("eventPattern") or "")
    return shown.get("source") == _SOURCE or bool(pattern and rule.listens(place, pattern))
