"""Which trail the pipeline stands on: one that is there already, or one of its own; with the reason.

Five trails a Region is the quota, shadow trails included, and every copy of management events past the first costs
(CloudTrail User Guide, "Quotas"; CloudTrail pricing: 2 USD for 100,000 events).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tocsin.core.text import inert

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tocsin.core.template.target import Target

MOST_TRAILS = 5
_COST = "a copy of management events past the first costs 2 USD for 100,000"


@dataclass(frozen=True, slots=True)
class SeenTrail:
    """A trail as the account shows it.

    Attributes:
        arn: its ARN.
        home: its home Region.
        multi_region: whether it records every Region.
        organisation: whether it is an organisation's.
        logging: whether its logging is on; None where that may not be seen.
        writes: whether write management events are in; None where that may not be seen, as of an organisation's trail
            from one of its members.
        ours: whether it bears the pipeline's own tag.
    """

    arn: str
    home: str
    multi_region: bool
    organisation: bool
    logging: bool | None
    writes: bool | None
    ours: bool = False

    @property
    def says(self) -> str:
        """What is known of it, in words."""
        words = {True: "{}", False: "{} off", None: "{} not seen"}
        whose = "the pipeline's own" if self.ours else "an organisation's" if self.organisation else "this account's"
        where = "every Region" if self.multi_region else f"{self.home} alone"
        logging = words[self.logging].format("logging")
        writes = words[self.writes].format("write management events")
        return f"{whose}, {where}, {logging}, {writes}"


@dataclass(frozen=True, slots=True)
class Proposal:
    """Which trail to stand on.

    Attributes:
        trail: ARN of the one to adopt; ``""`` makes one.
        reason: why, as a sentence without a full stop.
    """

    trail: str
    reason: str


def propose(trails: Sequence[SeenTrail], iam_region: str) -> Proposal:
    """Which trail to stand on.

    Args:
        trails: those that were seen, shadow trails included.
        iam_region: where the partition records IAM.
    """
    if any(one.ours for one in trails):
        return Proposal("", "the pipeline has one already")
    sound = [one for one in trails if one.logging and one.writes and (one.multi_region or one.home == iam_region)]
    if sound:
        best = min(sound, key=lambda one: (one.organisation, not one.multi_region, one.arn))
        return Proposal(best.arn, "it logs write management events already, so that no second copy is paid for")
    if len(trails) >= MOST_TRAILS:
        return Proposal(
            "", f"none of the {len(trails)} trails will do, and a Region takes {MOST_TRAILS}: delete one first"
        )
    unseen = [one for one in trails if one.logging is not False and one.writes is None]
    if unseen:
        return Proposal(
            "", f"whether {_name(unseen[0].arn)} takes write management events in may not be seen from here; {_COST}"
        )
    if any(one.writes for one in trails):
        return Proposal("", f"no trail that takes write management events in can be stood on; {_COST}")
    return Proposal("", "no trail takes write management events in; the first copy of them is free")


def lacking(trail: SeenTrail, iam_region: str) -> list[str]:
    """What an adopted trail lacks, a sentence each, with the command that mends it; it is never changed by us.

    ``PutEventSelectors`` replaces every selector that a trail has (CloudTrail API Reference), so that what it has must
    be in the command too.
    """
    name = inert(trail.arn)
    said = []
    if trail.logging is False:
        said.append(f"its logging is off: aws cloudtrail start-logging --name {name}")
    if not trail.multi_region and trail.home != iam_region:
        said.append(
            f"it records {inert(trail.home)} alone, and IAM is recorded in {iam_region}: aws cloudtrail update-trail "
            f"--is-multi-region-trail --include-global-service-events --name {name}"
        )
    if trail.writes is False:
        selector = '[{"ReadWriteType":"WriteOnly","IncludeManagementEvents":true}]'
        said.append(
            "its selectors leave write management events out; the command replaces every selector that it has, so add "
            f"those to it (aws cloudtrail get-event-selectors --trail-name {name}): aws cloudtrail put-event-selectors "
            f"--trail-name {name} --event-selectors '{selector}'"
        )
    return said


def _name(arn: str) -> str:
    return arn.rpartition("/")[2] or arn


def _principal(caller: str) -> str:
    """The role or user behind a caller: a session is of a role (IAM User Guide, "IAM identifiers").

    A role's path is not in the ARN of its session; such a role has to be named by hand.
    """
    head, _, rest = caller.partition(":assumed-role/")
    return f"{head.replace(':sts:', ':iam:')}:role/{rest.partition('/')[0]}" if rest else caller


def config_text(
    target: Target, trails: Sequence[SeenTrail], proposal: Proposal, subscribers: Sequence[str], *, durable: bool
) -> str:
    """The text of a ``tocsin.toml`` with what was found and proposed, commented.

    Args:
        target: the account and the Region.
        trails: those that were seen.
        proposal: which one to stand on.
        subscribers: who is to hear.
        durable: whether the durable path is made too.
    """
    alias = f" ({inert(target.alias)})" if target.alias else ""
    listed = [f"#   {inert(one.arn)}: {one.says}" for one in trails] or ["#   none"]
    lines = [
        f"# Tocsin in account {target.account}{alias}; IAM is recorded in {target.region}.",
        "# Every key is explained in docs/reference/config.md.",
        "",
        "# Refuse to work on any other account.",
        f'account = "{target.account}"',
        "",
        "# Who hears the plain wire: mail, text message (+41791234567) or https://... Each has to confirm.",
        f"{'' if subscribers else '# '}subscribers = {json.dumps(list(subscribers) or ['ops@example.com'])}",
        "",
        "# The queue and its feeds as well, for something that reads them. A queue that nobody reads loses its events",
        "# after 14 days; the plain wire needs none.",
        f"durable = {'true' if durable else 'false'}",
        "",
        "# Who may move back what could not be delivered (tocsin dead-letters replay): one role or user.",
        f"# operator = {json.dumps(_principal(target.caller))}",
        "",
        "# The trails that were found:",
        *listed,
        f"# Proposed: {'adopt one, since ' if proposal.trail else 'make one of its own, since '}{proposal.reason}.",
        f"{'' if proposal.trail else '# '}trail = {json.dumps(proposal.trail or 'arn:aws:cloudtrail:...')}",
        "",
    ]
    return "\n".join(lines)
