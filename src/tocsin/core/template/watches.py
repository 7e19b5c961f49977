"""What the alarms of the template watch: read from the frame's text, so that it stands there alone."""

from __future__ import annotations

import re
from dataclasses import dataclass

_ALARM = re.compile(r"^  (?P<id>\w+):\n    Type: AWS::CloudWatch::Alarm\n(?P<body>(?:    .*\n)+)", re.MULTILINE)
_FIELD = re.compile(r"^ +-? *(?P<key>\w+): (?P<value>.*)$", re.MULTILINE)
_DIMENSION = re.compile(r"\[\{Name: (?P<name>\w+), Value: !GetAtt (?P<of>\w+)\.\w+\}\]")


@dataclass(frozen=True, slots=True)
class Watch:
    """What an alarm watches.

    Attributes:
        logical_id: the alarm's resource.
        namespace: of its figure; ``""`` where it is a query.
        metric: the figure's name; likewise.
        statistic: what is made of it in a period; likewise.
        expression: the query, or ``""``.
        dimension: the name of the figure's dimension, or ``""``.
        of: the resource whose name that is.
        threshold: from which on it rings.
        comparison: how that is compared.
        period: seconds.
        periods: how many in a row.
        missing: what no figure means.
    """

    logical_id: str
    namespace: str
    metric: str
    statistic: str
    expression: str
    dimension: str
    of: str
    threshold: float
    comparison: str
    period: int
    periods: int
    missing: str


def watches(frame: str) -> dict[str, Watch]:
    """The alarms of the frame by their resource; a test holds this to what a YAML reader gives."""
    found = {}
    for match in _ALARM.finditer(frame):
        fields = {one["key"]: one["value"].strip().strip('"') for one in _FIELD.finditer(match["body"])}
        dimension = _DIMENSION.fullmatch(fields.get("Dimensions", ""))
        # The quotes of an expression are its own.
        expression = re.search(r"^ +Expression: (.*)$", match["body"], re.MULTILINE)
        found[match["id"]] = Watch(
            logical_id=match["id"],
            namespace=fields.get("Namespace", ""),
            metric=fields.get("MetricName", ""),
            statistic=fields.get("Statistic", ""),
            expression=expression[1] if expression else "",
            dimension=dimension["name"] if dimension else "",
            of=dimension["of"] if dimension else "",
            threshold=float(fields["Threshold"]),
            comparison=fields["ComparisonOperator"],
            period=int(fields["Period"]),
            periods=int(fields["EvaluationPeriods"]),
            missing=fields["TreatMissingData"],
        )
    return found
