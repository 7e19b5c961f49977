"""CloudWatch's figures of rules and topics, counted from what the embedded AWS delivered.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html and
https://docs.aws.amazon.com/sns/latest/dg/sns-monitoring-using-cloudwatch.html
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from embedded_aws.events.bridge import Fate

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from embedded_aws.calls.exchange import ApiRequest
    from embedded_aws.events.bridge import Bridge, BridgeEntry

Counted = tuple[datetime, str, str]


class Metrics:
    """Answers GetMetricData.

    Args:
        bridge: what EventBridge delivered.
        published: what SNS did: when, the topic's name, the figure that it counts for.
    """

    def __init__(self, bridge: Bridge, published: list[Counted]) -> None:
        self._bridge = bridge
        self._published = published

    def get_metric_data(self, request: ApiRequest) -> dict[str, Any]:
        """GetMetricData: the sums of AWS/Events by rule and of AWS/SNS by topic; there are no others."""
        start, end = request.params["StartTime"], request.params["EndTime"]
        counts = Counter((name, figure) for at, name, figure in self._counted() if _utc(start) <= at < _utc(end))
        results = []
        for query in request.params["MetricDataQueries"]:
            metric = query.get("MetricStat", {}).get("Metric", {})
            of = next((one["Value"] for one in metric.get("Dimensions", [])), "")
            value = counts[of, metric.get("MetricName", "")]
            values = (
                {"Values": [float(value)], "Timestamps": [_utc(start)]} if value else {"Values": [], "Timestamps": []}
            )
            results.append(
                {"Id": query["Id"], "Label": metric.get("MetricName", ""), "StatusCode": "Complete", **values}
            )
        return {"MetricDataResults": results, "Messages": []}

    def _counted(self) -> Iterator[Counted]:
        yield from list(self._published)
        yield from _of_rules(list(self._bridge.log))


def _of_rules(entries: Iterable[BridgeEntry]) -> Iterator[Counted]:
    matched = set()
    for one in entries:
        if not one.rule:
            continue
        if (one.event_id, one.rule) not in matched:
            matched.add((one.event_id, one.rule))
            if one.reason != "the rule is disabled":  # such a rule is not tried at all
                yield one.time, one.rule, "MatchedEvents"
        if not one.target:
            continue
        yield one.time, one.rule, "Invocations"
        if one.fate is not Fate.DELIVERED:
            yield one.time, one.rule, "FailedInvocations"
        if one.fate is Fate.DEAD_LETTERED:
            yield one.time, one.rule, "InvocationsSentToDlq"
        if one.fate is Fate.DROPPED and not one.reason.endswith("the target has no dead-letter queue"):
            yield one.time, one.rule, "InvocationsFailedToBeSentToDlq"


def _utc(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
