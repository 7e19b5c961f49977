"""The doctor, bound to an account."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

from tocsin import config
from tocsin.core.doctor.findings import findings
from tocsin.core.doctor.golden import golden_events
from tocsin.core.doctor.joints import account
from tocsin.core.doctor.joints.place import Doubt, Place
from tocsin.core.doctor.pipeline import Pipeline, joints, links_made
from tocsin.core.doctor.reach import nobody
from tocsin.core.doctor.verdicts import verdicts
from tocsin.core.doctor.walk import Fault, Joint, Told, without_fix
from tocsin.core.drill.aim import at_topic, looks_at_rule
from tocsin.core.partitions import partition_of
from tocsin.core.template.pipeline import event_rules
from tocsin.core.template.subscribers import subscribers_of
from tocsin.core.template.watches import watches
from tocsin.flows import mend
from tocsin.flows.doctor import examine
from tocsin.lint import FindingSeverity, Names, Readers, Unreadable, lint
from tocsin.wiring import now, rules_on
from tocsin.wiring.account import deployer as account_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from tocsin.core.doctor.findings import Finding
    from tocsin.core.doctor.verdicts import Verdict
    from tocsin.core.steps import Answered, Step
    from tocsin.core.template.changes import Stack
    from tocsin.wiring.account import Deployer

# What the doctor says of a rule by itself: that it is disabled, without a target, on another bus.
_BY_ITSELF = frozenset({"TL203", "TL204", "TL205"})


class Linted:
    """Fits `core.doctor.joints.place.Patterns`: `tocsin lint`, asked as about the output of ``aws events``."""

    def doubts(self, rule: str, pattern: str, region: str) -> Sequence[Doubt]:
        """What is wrong with a pattern; see `Patterns.doubts`."""
        shown = json.dumps({"Name": rule, "State": "ENABLED", "EventPattern": pattern})
        nothing = Readers(lambda _: [], lambda _: None, lambda _: None, lambda _file, _path: None)  # type: ignore[arg-type,return-value]
        try:
            report = lint("rule.json", shown, _names(), nothing, region)
        except Unreadable as fault:
            return [Doubt("TL001", never=True, reason=fault.reason, mend="")]
        return [
            Doubt(one.id, one.severity is FindingSeverity.ERROR, one.reason, one.mend)
            for one in report.findings
            if one.id not in _BY_ITSELF
        ]


@cache
def _names() -> Names:
    return Names.of(config.event_names(), config.request_fields())


@cache
def _golden() -> tuple[str, ...]:
    return golden_events(config.catalogue())


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What the doctor found.

    Attributes:
        target: which account and Region, in words.
        account: the account's id.
        of: what was examined, in words.
        told: every joint that was judged, with what was seen.
        findings: what is wrong.
        links: ids of the links that it has to have, where it is our own.
    """

    target: str
    account: str
    of: str
    told: tuple[tuple[Joint, Told], ...]
    findings: tuple[Finding, ...]
    links: frozenset[str] = frozenset()

    def only(self, wanted: Callable[[Finding], bool]) -> Diagnosis:
        """The same with some of the findings."""
        return replace(self, findings=tuple(one for one in self.findings if wanted(one)))


@dataclass(frozen=True, slots=True)
class Doctor:
    """Examines one account."""

    deployer: Deployer

    def rule(self, name: str) -> Diagnosis:
        """Examine an event rule, and all that it leads to.

        Raises:
            UsageError: it is no name of a rule.
        """
        looks_at_rule(name)
        return self._examined(f"rule {name}", account.one_rule(self._place(), name))

    def topic(self, arn: str) -> Diagnosis:
        """Examine a topic, and whoever is subscribed to it.

        Raises:
            UsageError: it is no ARN of a topic of this account and Region.
        """
        at_topic(arn, self.deployer.target.region, self.deployer.target.account)
        return self._examined(f"topic {arn}", account.one_topic(self._place(), arn))

    def pipeline(self, standing: Stack | None = None) -> Diagnosis:
        """Examine our own pipeline.

        Args:
            standing: its stack; None looks for it.

        Raises:
            UsageError: there is none.
        """
        ours = self._ours(standing or self.deployer.standing())
        return self._examined(f"pipeline {ours.name}", joints(self._place(), ours), links_made(ours.resources))

    def _ours(self, standing: Stack) -> Pipeline:
        settings = self.deployer.settings
        return Pipeline(
            standing.name,
            self.deployer.resources(standing),
            standing.outputs.get("TrailArn", ""),
            event_rules(rules_on(settings), durable=settings.durable),
            watches(config.frame()),
            frozenset((one.endpoint, one.alarms) for one in subscribers_of(settings)),
            settings.operator,
        )

    def verdicts(self, standing: Stack | None = None) -> list[Verdict]:
        """A verdict a link of our own pipeline: what `pipeline` finds, told short; likewise."""
        found = self.pipeline(standing)
        return verdicts(found.told, found.findings, found.links)

    def plan(self, found: Diagnosis) -> list[Step]:
        """The steps that mend what was found and can do no harm; see `flows.mend.plan`."""
        return mend.plan(found.findings)

    def mend(self, steps: Sequence[Step]) -> Iterator[tuple[Step, Answered]]:
        """Carry a plan out; see `flows.mend.carry_out`."""
        from tocsin.adapters.calls import Calls  # noqa: PLC0415 - boto3 is slow, and most verbs need none

        return mend.carry_out(steps, Calls(self.deployer.clients))

    def everything(self, standing: Stack | None, beside: str = "") -> Diagnosis:
        """Examine whatever listens for IAM events, our own pipeline by what is known of it.

        Args:
            standing: our own pipeline's stack, or None.
            beside: another Region to look in: who follows a guide makes the rule in his own; ``""`` looks in none.
        """
        here = self.deployer.target.region
        own = joints(self._place(), self._ours(standing)) if standing else []
        apart = f"{standing.name}-" if standing else ""
        told = self._walked([*own, *account.everything(self._place(), apart)], here)
        if beside and beside != here:
            walked = self._walked(account.everything(self._place(beside), apart), beside)
            told += [(joint, without_fix(one)) for joint, one in walked]
        told += nobody(self.deployer.target.account, told)
        return self._diagnosis("whatever listens for IAM events", told)

    def _examined(self, of: str, first: Sequence[Joint], links: Collection[str] = ()) -> Diagnosis:
        return self._diagnosis(of, self._walked(first, self.deployer.target.region), links)

    def _walked(self, first: Sequence[Joint], region: str) -> list[tuple[Joint, Told]]:
        from tocsin.adapters.calls import Calls  # noqa: PLC0415 - boto3 is slow, and most verbs need none

        clients = self.deployer.clients
        there = clients if region == clients.region else replace(clients, region=region)
        return list(examine(first, Calls(there)).told)

    def _place(self, region: str = "") -> Place:
        target = self.deployer.target
        partition = partition_of(target.region)
        return Place(
            partition.name,
            region or target.region,
            target.account,
            partition.iam_region,
            Linted(),
            _golden(),
            now(),
        )

    def _diagnosis(self, of: str, told: Sequence[tuple[Joint, Told]], links: Collection[str] = ()) -> Diagnosis:
        target, found = self.deployer.target, findings(told, config.finding_kinds())
        return Diagnosis(str(target), target.account, of, tuple(told), tuple(found), frozenset(links))


def in_role(deployer: Deployer, role: str) -> Doctor:
    """The doctor of another account, as a role that the credentials may take on.

    Args:
        deployer: of the account that the credentials are of.
        role: the ARN of the role.

    Raises:
        Unreachable: AWS cannot be reached, or does not let them.
    """
    from tocsin.adapters.identity import in_role as assumed  # noqa: PLC0415 - boto3 is slow, and most verbs need none

    there = assumed(deployer.clients, role)
    anybody = replace(deployer.settings, account="")
    return Doctor(account_of(anybody, region=deployer.clients.region, profile="", clients=there))


def unreached(role: str, reason: str, mend: str) -> Diagnosis:
    """What is to be said of an account that could not be looked at."""
    joint = Joint("account", role, lambda _: Told())
    told = ((joint, Told((Fault("TOC001", reason, mend),))),)
    account_id = role.split(":")[4] if role.count(":") > 4 else ""  # noqa: PLR2004 - the parts of an ARN
    found = findings(told, config.finding_kinds())
    return Diagnosis(f"account {account_id or role}", account_id, "nothing", told, tuple(found))
