"""What listens at a trail's log group: metric filters with their alarms, and subscription filters.

CloudTrail User Guide, "Monitoring CloudTrail Log Files with Amazon CloudWatch Logs" (the way of the CIS benchmark);
CloudWatch Logs API Reference, "TestMetricFilter": AWS's own judgement of a filter, on the catalogue's records.
"""

from __future__ import annotations

import json
from functools import partial
from shlex import quote
from typing import TYPE_CHECKING, Any

from tocsin.core.doctor.golden import call_in
from tocsin.core.doctor.joints import alarm, function
from tocsin.core.doctor.joints.place import name_of, region_of
from tocsin.core.doctor.looks import look
from tocsin.core.doctor.policies import Sender
from tocsin.core.doctor.walk import Fault, Joint, Reach, Told, told_of
from tocsin.core.text import join

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tocsin.core.doctor.joints.place import Place
    from tocsin.core.doctor.looks import Looks

_LOGS = "logs.amazonaws.com"
_IAM = "iam.amazonaws.com"
# CloudWatch Logs API Reference, "TestMetricFilter": messages a call.
_MOST_TRIED = 50


def joint(place: Place) -> Joint:
    """The log groups to which the trails of a Region deliver."""
    return Joint("log-group", f"log groups in {place.region}", partial(_groups, place))


def _groups(place: Place, looks: Looks) -> Told:
    shown = looks.shown("cloudtrail", "DescribeTrails", includeShadowTrails=True) or {}
    pairs = {
        str(one["CloudWatchLogsLogGroupArn"]): str(one["TrailARN"])
        for one in shown.get("trailList", [])
        if region_of(str(one.get("CloudWatchLogsLogGroupArn") or "")) == place.region
    }
    then = [Joint("log-group", arn, partial(_group, place, arn, trail)) for arn, trail in pairs.items()]
    return told_of([], f"{len(then)} trails deliver to one", then)


def _group(place: Place, arn: str, trail: str, looks: Looks) -> Told:
    """A log group: ``arn:aws:logs:REGION:ACCOUNT:log-group:NAME:*``."""
    name = arn.split(":log-group:", 1)[-1].removesuffix(":*")
    status, metrics, filters = looks.every(
        [
            look("cloudtrail", "GetTrailStatus", Name=trail),
            look("logs", "DescribeMetricFilters", logGroupName=name),
            look("logs", "DescribeSubscriptionFilters", logGroupName=name),
        ]
    )
    faults = []
    if error := status.result.get("LatestCloudWatchLogsDeliveryError"):
        faults.append(Fault("TOC121", f"{name_of(trail)} could not deliver: {error}"))
    if metrics.code or filters.code:
        faults.append(Fault("TOC121", "there is no such log group"))
    meant = [one for one in metrics.result.get("metricFilters", []) if _listens(place, str(one["filterPattern"]))]
    taken = filters.result.get("subscriptionFilters", [])
    heard = [one for one in taken if not one.get("filterPattern") or _listens(place, str(one["filterPattern"]))]
    then = [Joint("log-filter", f"{name}:{one['filterName']}", partial(_metric, place, one)) for one in meant]
    then += [Joint("log-filter", f"{name}:{one['filterName']}", partial(_sent, place, arn, one)) for one in heard]
    return told_of(faults, f"{len(meant)} metric filters and {len(heard)} subscription filters are meant for IAM", then)


def _listens(place: Place, pattern: str) -> bool:
    """Whether a filter is meant for IAM: it names it, or one of its calls."""
    return _IAM in pattern or any(call_in(one) in pattern for one in place.golden)


def _reach(place: Place, pattern: str) -> Reach:
    """Whether a filter takes a user's deletion in: it names the call, or no call at all."""
    named = "eventName" not in pattern or call_in(place.golden[0]) in pattern
    return Reach.TAKES if named else Reach.ON


def _metric(place: Place, shown: Mapping[str, Any], looks: Looks) -> Told:
    """A metric filter: whether it matches what it names, and whether an alarm watches its figure."""
    pattern = str(shown["filterPattern"])
    figures = [(str(one["metricNamespace"]), str(one["metricName"])) for one in shown["metricTransformations"]]
    watched = looks.every(
        [look("cloudwatch", "DescribeAlarmsForMetric", Namespace=space, MetricName=name) for space, name in figures]
    )
    faults, then = (
        [],
        [Joint("log-filter", str(shown["filterName"]), partial(_tried, place, pattern), "TestMetricFilter")],
    )
    for (space, name), found in zip(figures, watched, strict=True):
        alarms = found.result.get("MetricAlarms", [])
        if not alarms:
            figure = f"--namespace {quote(space)} --metric-name {quote(name)}"
            mend = f"aws cloudwatch put-metric-alarm {figure} --threshold 1 ..."
            faults.append(Fault("TOC123", f"no alarm watches {space}/{name}", mend))
        then += [alarm.anybodys(place, one) for one in alarms]
    return told_of(faults, f"it counts {join([name for _, name in figures])}", then, _reach(place, pattern))


def _tried(place: Place, pattern: str, looks: Looks) -> Told:
    """Whether AWS says that the filter matches records of the calls that it names."""
    named = [one for one in place.golden if call_in(one) in pattern] or list(place.golden)
    records = [json.dumps(json.loads(one)["detail"]) for one in named[:_MOST_TRIED]]
    found = looks.shown("logs", "TestMetricFilter", filterPattern=pattern, logEventMessages=records) or {}
    matches = len(found.get("matches", []))
    if not matches:
        calls = join(sorted({call_in(one) for one in named[:_MOST_TRIED]}), most=3)
        return told_of([Fault("TOC122", f"it matches none of {len(records)} records of {calls}")], "")
    return told_of([], f"it matches {matches} of {len(records)} records")


def _sent(place: Place, group: str, shown: Mapping[str, Any], looks: Looks) -> Told:
    """A subscription filter: what it sends to."""
    del looks
    arn = str(shown["destinationArn"])
    if arn.split(":")[2] != "lambda":
        return told_of([Fault("TOC308", f"it sends to {arn}, which is not looked at")], "")
    sender = Sender("CloudWatch Logs", _LOGS, "log group", [group])
    then = function.joints(place, arn, [sender])
    return told_of([], f"it sends to {name_of(arn)}", then, _reach(place, str(shown.get("filterPattern") or "")))
