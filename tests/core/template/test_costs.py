"""What it costs and what it uses, from the template that is deployed."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from tocsin import config
from tocsin.core.match.rules import selected
from tocsin.core.settings import DEFAULTS
from tocsin.core.template import costs, quotas
from tocsin.core.template.quotas import Used
from tocsin.flows.deploy import template_of

TRAIL = "arn:aws:cloudtrail:us-east-1:111122223333:trail/main"
PHONE = ("+41791234567",)


def template(settings):
    return template_of(settings, config.frame(), selected(config.catalogue(), settings))


def paid(**changes):
    settings = replace(DEFAULTS, subscribers=("ops@example.com",), **changes)
    return {one.what: one.usd for one in costs.costs(settings, template(settings))}


@pytest.mark.parametrize(
    ("changes", "what", "usd"),
    [
        ({}, "trail", None),
        ({"trail": TRAIL}, "trail", Decimal(0)),
        ({}, "log files", None),
        ({}, "alarms", Decimal("0.20")),
        ({"durable": True}, "alarms", Decimal("0.40")),
        ({"customer_key": True}, "key", Decimal("1.00")),
        ({"alarm_subscribers": PHONE}, "text messages", None),
    ],
)
def test_each_line_follows_the_config(changes, what, usd):
    assert paid(**changes)[what] == usd


def test_what_is_not_made_is_not_paid_for():
    assert {"key", "text messages"} & paid().keys() == set()
    assert "log files" not in paid(trail=TRAIL)


def test_the_sum_is_of_what_is_known_and_says_how_much_is_not():
    settings = replace(DEFAULTS, customer_key=True)
    said = costs.lines(costs.costs(settings, template(settings)))
    assert said[0] == "cost a month, in USD (list prices of 2026-03, us-east-1)"
    assert said[-1] == "     1.20  in all, and 3 that nobody knows beforehand"
    assert all(len(line) <= 80 for line in said)


def test_quotas_count_what_is_deployed_and_what_others_have():
    text = template(replace(DEFAULTS, durable=True))
    found = {one.what: one for one in quotas.quotas(text, Used(3, 1), own_trail=True)}
    rules = found["event rules on the default bus"]
    assert (rules.ours, rules.others, rules.limit, rules.full) == (text.count("AWS::Events::Rule"), 3, 100, False)
    assert found["bytes of template"].ours == len(text.encode())
    assert 0 < found["characters in the longest event pattern"].ours <= 2048
    assert (found["trails in the Region"].ours, found["trails in the Region"].others) == (1, 1)


def test_what_is_too_much_is_said_and_what_was_not_seen_is_no_zero():
    text = template(DEFAULTS)
    said = quotas.lines(quotas.quotas(text, Used(95, None), own_trail=True))
    assert "  12 and 95 of others of 100 event rules on the default bus: TOO MANY" in said
    assert "  1, those of others not seen of 5 trails in the Region" in said
