"""Expected automation: who may set off which rules, why, how often, until when and from where, as a config says it."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase

from tocsin.core.tables import name_faults, texts_in

# An IAM identity without a session, or a service: what `userIdentity` is told by (`core.record.actor`).
_ACTOR = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:(role|user)/[\w+=,.@/-]{1,512}|[a-z0-9.-]+\.amazonaws\.com(\.cn)?")
# What runs more often is no exception any more; and so much is looked at when it is judged.
MOST_PER_HOUR = 10_000
_NEEDS = ("actor", "reason", "rules", "addresses", "per_hour", "until")


@dataclass(frozen=True, slots=True)
class Expected:
    """One actor of whom something is expected.

    Attributes:
        name: its own.
        actor: the ARN of the role or user, or the name of an AWS service.
        reason: why, for whoever reads the digest.
        rules: which rules it may set off: ids, with ``*`` for any letters.
        addresses: from where: networks, and texts that stand in their place (``cloudformation.amazonaws.com``).
        per_hour: how much of it in an hour is still expected.
        until: the last day, in UTC.
    """

    name: str
    actor: str
    reason: str
    rules: tuple[str, ...]
    addresses: tuple[str, ...]
    per_hour: int
    until: date

    def covers(self, rule: str) -> bool:
        """Whether it may set off a rule."""
        return any(fnmatchcase(rule, one) for one in self.rules)

    def knows(self, address: str) -> bool:
        """Whether an address is one of its own."""
        try:
            held = ipaddress.ip_address(address)
        except ValueError:  # a service's name stands there, or nothing
            return bool(address) and address in self.addresses
        return any(held in network for one in self.addresses if (network := _network(one)) is not None)


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    try:
        return ipaddress.ip_network(text)
    except ValueError:
        return None


def expected_of(name: str, table: object) -> Expected:
    """An entry from its table in a config.

    Raises:
        ValueError: it is none; the message says what is at fault, all of it.
    """
    if not isinstance(table, dict):
        raise ValueError("it must be a table, such as [expected.terraform]")  # noqa: TRY004 - a fault of the config
    faults = [f"it takes no {key}" for key in sorted(set(table) - {*_NEEDS})]
    faults += [f"it needs {key}" for key in _NEEDS if table.get(key) in (None, "", [])]
    faults += name_faults(name)
    actor, reason = str(table.get("actor", "")), str(table.get("reason", ""))
    if actor and not _ACTOR.fullmatch(actor):
        faults.append("actor must be the ARN of a role or a user (arn:aws:iam::ACCOUNT:role/NAME), or a service's name")
    per_hour, until = table.get("per_hour"), table.get("until")
    if type(per_hour) is not int or not 0 < per_hour <= MOST_PER_HOUR:
        faults += [f"per_hour must be a number from 1 to {MOST_PER_HOUR:,}"] if per_hour is not None else []
    if type(until) is not date:
        faults += ["until must be a day, such as 2027-06-30 (without quotes)"] if until is not None else []
    rules, addresses = (texts_in(table, key, faults) for key in ("rules", "addresses"))
    faults += [f"addresses: {one!r} {why}" for one in addresses if (why := _no_address(one))]
    if faults or not isinstance(per_hour, int) or not isinstance(until, date):
        raise ValueError("; ".join(faults))
    return Expected(name, actor, reason, rules, addresses, per_hour, until)


def _no_address(text: str) -> str:
    """Why a text is no address; one of letters is what CloudTrail writes in its place."""
    if not text[:1].isdigit() and ":" not in text:
        return ""
    try:
        ipaddress.ip_network(text)
    except ValueError as fault:
        return f"is no network: {fault}"
    return ""
