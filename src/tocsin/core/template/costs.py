"""What the pipeline costs a month, line by line, from a dated table of list prices.

Sources: the pricing pages of CloudTrail, S3, CloudWatch, SNS, SQS, KMS and EventBridge for us-east-1. What depends on
how much happens in an account is "unknown", with its price.
"""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from tocsin.core.template.subscribers import Protocol, subscribers_of

if TYPE_CHECKING:
    from tocsin.core.settings import Settings

PRICES_OF = "2026-03, us-east-1"
ALARM = Decimal("0.10")
KEY = Decimal("1.00")
_WIDTH = 80
_NOTHING = Decimal("0.00")
_TYPE = re.compile(r"^    Type: (\S+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Cost:
    """One line.

    Attributes:
        what: what is paid for.
        usd: US dollars a month, or None where nobody knows beforehand.
        says: the price, or why it is nothing.
    """

    what: str
    usd: Decimal | None
    says: str


def costs(settings: Settings, template: str) -> list[Cost]:
    """The lines for a pipeline, in the order of what is recorded, what rings, who hears and what is kept.

    Args:
        settings: which trail, which key, who hears.
        template: what is deployed.
    """
    made = _TYPE.findall(template)
    alarms = made.count("AWS::CloudWatch::Alarm")
    queried = template.count("Expression: SELECT")
    phones = sum(one.protocol is Protocol.SMS for one in subscribers_of(settings))
    own_trail = [
        Cost("trail", None, "nothing as the account's first copy of management events, else 2.00 for 100,000 events"),
        Cost("log files", None, "0.023 a GB and month; how much a trail writes shows after a day"),
    ]
    return [
        *([Cost("trail", _NOTHING, "it is adopted")] if settings.trail else own_trail),
        Cost("event rules", _NOTHING, "events of AWS services are free on the default bus"),
        *([Cost("key", KEY, "one key, and 0.03 for 10,000 requests")] if settings.customer_key else []),
        Cost("mail", _NOTHING, "1,000 mails a month are free, then 2.00 for 100,000"),
        *([Cost("text messages", None, "by country, from 0.006 to over 0.50 each")] if phones else []),
        Cost("alarms", ALARM * (alarms - queried), f"{alarms - queried} at 0.10; an account's first 10 are free"),
        *([Cost("alarm on lost events", None, "0.10 for each rule that lost one, else nothing")] if queried else []),
        Cost("queues", _NOTHING, "1,000,000 requests a month are free, then 0.40 for as many"),
    ]


def lines(found: list[Cost]) -> list[str]:
    """The costs as a person reads them, with the sum of what is known."""
    said = [line for one in found for line in _wrapped(f"  {_amount(one.usd)}  {one.what}: {one.says}")]
    unknown = sum(one.usd is None for one in found)
    total = sum((one.usd for one in found if one.usd is not None), _NOTHING)
    more = f", and {unknown} that nobody knows beforehand" if unknown else ""
    return [f"cost a month, in USD (list prices of {PRICES_OF})", *said, f"  {_amount(total)}  in all{more}"]


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, _WIDTH, subsequent_indent=" " * 11)


def _amount(usd: Decimal | None) -> str:
    return "unknown" if usd is None else f"{usd:>7.2f}"
