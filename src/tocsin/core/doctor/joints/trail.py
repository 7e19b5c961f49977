"""The trail: whether one records IAM's write events where the rule is, and may write what it records.

CloudTrail User Guide, "Creating a trail with the AWS CLI" (one Region unless one says otherwise, no logging until it is
started) and "Amazon S3 bucket policy for CloudTrail"; EventBridge User Guide, "AWS service events delivered via AWS
CloudTrail": a trail with logging on must cover the rule's Region.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from tocsin.core.doctor.joints import counts, key
from tocsin.core.doctor.joints.place import name_of
from tocsin.core.doctor.looks import NotSeen, look
from tocsin.core.doctor.policies import by_service, shut_out
from tocsin.core.doctor.walk import Fault, Joint, Told, told_of
from tocsin.core.steps import Came, Step
from tocsin.core.text import join

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tocsin.core.doctor.joints.place import Place
    from tocsin.core.doctor.looks import Looks


def joint(place: Place, only: str = "") -> Joint:
    """The trail that a pipeline stands on.

    Args:
        place: where.
        only: ARN of the one trail; ``""`` takes any that records IAM here.
    """
    return Joint("trail", only or f"trails in {place.region}", partial(_any, place, only))


def _any(place: Place, only: str, looks: Looks) -> Told:
    shown = looks.shown("cloudtrail", "DescribeTrails", includeShadowTrails=True) or {}
    listed = [one for one in shown.get("trailList", []) if only in ("", one["TrailARN"])]
    if not listed and only:
        return told_of([Fault("TOC101", "there is no such trail", f"aws cloudtrail describe-trails --name {only}")], "")
    there = [one for one in listed if one.get("IsMultiRegionTrail") or one.get("HomeRegion") == place.region]
    if not there:
        elsewhere = [f"{name_of(one['TrailARN'])} records {one['HomeRegion']} alone" for one in listed]
        return told_of([Fault("TOC101", join(elsewhere, most=3) or "there is no trail", _multi(listed))], "")
    judged = [(one, _faults(place, one, looks)) for one in there]
    sound = [pair for pair in judged if not any(fault.code in _SILENT for fault in pair[1])]
    names = [name_of(one["TrailARN"]) for one, _ in sound]
    chosen = sound[:1] or judged
    faults = [fault for _, every in chosen for fault in every]
    then = [_log(place, one) for one, _ in chosen if one.get("S3BucketName")]
    then.append(counts.history(place))
    return told_of(faults, f"{join(names, most=2)} records IAM: logging is on, write management events are in", then)


# What keeps a trail's events from EventBridge; the others are of a trail that does its work.
_SILENT = frozenset({"TOC101", "TOC102", "TOC104"})


def _faults(place: Place, shown: Mapping[str, Any], looks: Looks) -> list[Fault]:
    arn = str(shown["TrailARN"])
    status, selectors = looks.every(
        [look("cloudtrail", "GetTrailStatus", Name=arn), look("cloudtrail", "GetEventSelectors", TrailName=arn)]
    )
    if Came.GONE in (status.came, selectors.came):
        raise NotSeen(f"AWS lists {arn}, and does not show it")
    faults = []
    if not status.result.get("IsLogging"):
        home = str(shown.get("HomeRegion", place.region))
        start = f"aws cloudtrail start-logging --name {arn} --region {home}"
        # StartLogging is taken in the home Region alone (CloudTrail API Reference).
        fix = (Step("cloudtrail", "StartLogging", {"Name": arn}, f"start the logging of {name_of(arn)}"),)
        faults.append(Fault("TOC102", "its logging is off", start, fix if home == place.region else (), arn))
    if not shown.get("IsMultiRegionTrail"):
        faults.append(Fault("TOC103", f"it records {shown.get('HomeRegion')} alone", _multi([shown]), thing=arn))
    if not takes_writes(selectors.result):
        faults.append(Fault("TOC104", "its selectors leave write management events out", _selectors(arn), thing=arn))
    if not (shown.get("IncludeGlobalServiceEvents", True) or shown.get("IsMultiRegionTrail")):
        faults.append(Fault("TOC104", "it leaves the events of global services out", _multi([shown]), thing=arn))
    if error := status.result.get("LatestDeliveryError"):
        faults.append(Fault("TOC105", f"the last delivery to its bucket failed: {error}", thing=arn))
    return faults


def _multi(trails: Sequence[Mapping[str, Any]]) -> str:
    """The command that lets the first of some trails record every Region."""
    if not trails:
        return "tocsin apply makes one; by hand: aws cloudtrail create-trail --is-multi-region-trail ..."
    every = "--is-multi-region-trail --include-global-service-events"
    return f"aws cloudtrail update-trail --name {trails[0]['TrailARN']} {every}"


def _selectors(arn: str) -> str:
    """``PutEventSelectors`` replaces every selector that a trail has (CloudTrail API Reference)."""
    selector = '[{"ReadWriteType":"WriteOnly","IncludeManagementEvents":true}]'
    return (
        f"aws cloudtrail put-event-selectors --trail-name {arn} --event-selectors '{selector}' "
        "(it replaces every selector: add those that the trail has)"
    )


def _log(place: Place, shown: Mapping[str, Any]) -> Joint:
    return Joint("log", str(shown["S3BucketName"]), partial(_bucket, place, shown))


def _bucket(place: Place, shown: Mapping[str, Any], looks: Looks) -> Told:
    """Whether the bucket is there and lets CloudTrail write, with the header that it sends."""
    name, arn = str(shown["S3BucketName"]), str(shown["TrailARN"])
    found = looks.answer(look("s3", "GetBucketPolicy", Bucket=name))
    if found.code == "NoSuchBucket":
        return told_of([Fault("TOC111", "the bucket is gone")], "")
    policy = str(found.result.get("Policy", ""))
    bucket = f"arn:{place.partition}:s3:::{name}"
    prefix = f"{shown['S3KeyPrefix']}/" if shown.get("S3KeyPrefix") else ""
    written = f"{bucket}/{prefix}AWSLogs/{place.account}/CloudTrail/x"
    owner = {"s3:x-amz-acl": "bucket-owner-full-control"}
    asks = [
        by_service(key.CLOUDTRAIL, "s3:GetBucketAcl", bucket, arn),
        by_service(key.CLOUDTRAIL, "s3:PutObject", written, arn, **owner),
    ]
    shut = shut_out(policy, {"CloudTrail": asks}, "write")
    faults = [Fault("TOC112", "the bucket's policy does not let CloudTrail write")] if shut else []
    keys = [key.of_trail(place, str(shown["KmsKeyId"]), arn)] if shown.get("KmsKeyId") else []
    return told_of(faults, "its policy lets CloudTrail write", keys)


def takes_writes(answer: Mapping[str, Any]) -> bool:
    """Whether the selectors of a trail take write management events in (CloudTrail API Reference, "EventSelector")."""
    basic = answer.get("EventSelectors") or []
    if any(one.get("IncludeManagementEvents") and one.get("ReadWriteType") in ("All", "WriteOnly") for one in basic):
        return True
    for selector in answer.get("AdvancedEventSelectors") or []:
        fields = {one["Field"]: one for one in selector.get("FieldSelectors", [])}
        read_only = fields.get("readOnly", {}).get("Equals", ["false"])
        if fields.get("eventCategory", {}).get("Equals") == ["Management"] and "false" in read_only:
            return True
    return False
