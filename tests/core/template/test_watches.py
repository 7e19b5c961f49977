"""What the alarms watch is read from the frame's text as a YAML reader reads it."""

from __future__ import annotations

import yaml

from tocsin import config
from tocsin.core.template.watches import watches


class Loader(yaml.SafeLoader):
    """CloudFormation's own tags are left as the text that they stand before."""


Loader.add_multi_constructor(
    "!",
    lambda loader, suffix, node: (
        f"{suffix} {loader.construct_scalar(node)}" if isinstance(node, yaml.ScalarNode) else None
    ),
)


def test_every_alarm_of_the_frame_is_read():
    resources = yaml.load(config.frame(), Loader)["Resources"]
    alarms = {name: one["Properties"] for name, one in resources.items() if one["Type"] == "AWS::CloudWatch::Alarm"}
    found = watches(config.frame())
    assert set(found) == set(alarms)
    for name, seen in found.items():
        made = alarms[name]
        query = (made.get("Metrics") or [{}])[0]
        dimension = (made.get("Dimensions") or [{"Name": "", "Value": "GetAtt ."}])[0]
        assert (seen.namespace, seen.metric, seen.statistic) == tuple(
            made.get(key, "") for key in ("Namespace", "MetricName", "Statistic")
        )
        assert (seen.expression, seen.period) == (query.get("Expression", ""), query.get("Period") or made["Period"])
        assert (seen.dimension, seen.of) == (dimension["Name"], dimension["Value"].partition(" ")[2].partition(".")[0])
        assert (seen.threshold, seen.comparison) == (made["Threshold"], made["ComparisonOperator"])
        assert (seen.periods, seen.missing) == (made["EvaluationPeriods"], made["TreatMissingData"])
