"""The drill, bound to an account: its order, its journal, and where it looks."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tocsin.core.drill.aim import at_rule, at_topic, looks_at_rule
from tocsin.core.drill.decoy import ALPHABET, CODE_LENGTH
from tocsin.core.drill.hops import OVER, OVER_ALARMS, Hop, Source, Wait
from tocsin.core.drill.lookout import Lookout
from tocsin.core.drill.result import Variant, drilled
from tocsin.core.partitions import partition_of
from tocsin.core.steps import Came, Step
from tocsin.errors import UsageError
from tocsin.flows import decoys, deeds, drill
from tocsin.flows.walk import Walker, refused
from tocsin.wiring import now, state_folder
from tocsin.wiring.doctor import Doctor

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tocsin.adapters.drill.journals import Journals
    from tocsin.core.doctor.verdicts import Verdict
    from tocsin.core.drill.aim import Aim
    from tocsin.core.drill.result import Drilled, Result
    from tocsin.core.settings import Settings
    from tocsin.flows.drill import Ears, Order
    from tocsin.wiring.account import Deployer


def new_code() -> str:
    """A fresh code."""
    return "".join(secrets.choice(ALPHABET) for _ in range(CODE_LENGTH))


def journals(settings: Settings, account: str) -> Journals:
    """Where the journals and the history of an account's drills lie."""
    from tocsin.adapters.drill.journals import Journals as Files  # noqa: PLC0415 - lazy: only what drills needs it

    return Files(state_folder(settings) / "drills" / account)


@dataclass(frozen=True, slots=True)
class Driller:
    """Drills one account."""

    deployer: Deployer

    @property
    def journals(self) -> Journals:
        """Where its journals and its history lie."""
        return journals(self.deployer.settings, self.deployer.target.account)

    def order(self, variant: Variant, *, reduced: bool, confirm: bool) -> Order:
        """What is drilled on this pipeline.

        Raises:
            UsageError: there is no pipeline, or it has no observer.
        """
        settings = self.deployer.settings
        observer = self._observer()
        wired = variant is not Variant.DENIED  # the wire rings on success only
        waits = [
            *([Wait(Hop.WIRE, settings.drill_patience)] if wired else []),
            *([Wait(Hop.FEED, settings.drill_patience)] if settings.durable else []),
            Wait(Hop.HISTORY, settings.history_patience, vital=False),
            *([Wait(Hop.PERSON, settings.person_patience)] if wired and confirm else []),
        ]
        return self._order(variant, reduced=reduced, pipeline=settings.name, waits=tuple(waits), observer=observer)

    def order_at(self, aim: Aim, variant: Variant, *, reduced: bool, confirm: bool) -> Order:
        """What is drilled on somebody else's pipeline, with the hops that it has.

        Raises:
            UsageError: the variant is of our own pipeline.
        """
        if variant is Variant.TAMPER:
            raise UsageError("tampering rings only where the pipeline is ours", hint="leave --topic and --rule out")
        settings, target = self.deployer.settings, self.deployer.target
        known = {one.hop for one in aim.known}
        hops = [*([Hop.RULE] if aim.pattern else []), *([Hop.WIRE] if aim.topics else [])]
        waits = [
            *(Wait(hop, settings.drill_patience, sure=False) for hop in hops if hop not in known),
            Wait(Hop.HISTORY, settings.history_patience, vital=False),
            *([Wait(Hop.PERSON, settings.person_patience)] if confirm else []),
        ]
        code = new_code()
        # Outside of our prefix, whatever it is: to make it rings no bell of tampering.
        name = f"{'lookout' if not 'lookout'.startswith(settings.name) else 'watch'}-drill-{code}"
        partition = partition_of(target.region).name
        pattern = aim.pattern if Hop.RULE not in known else ""
        lookout = Lookout(name, partition, target.region, target.account, aim.topics, pattern, aim.bus)
        made = self._order(variant, reduced=reduced, pipeline=aim.name, waits=tuple(waits), observer=name)
        return replace(
            made,
            code=code,
            prepared=tuple(lookout.steps()),
            settle=settings.drill_settle.total_seconds(),
            matched=Hop.RULE,
            known=aim.known,
        )

    def aim(self, topic: str, rule: str) -> Aim:
        """What of somebody else's pipeline can be looked at.

        Args:
            topic: ARN of a topic, or ``""``.
            rule: name of a rule, or ``BUS/NAME``.

        Raises:
            UsageError: there is no such thing in this account and Region.
            Unreachable: AWS cannot be reached, or refuses.
        """
        target, calls = self.deployer.target, self._walker("").calls
        if topic:
            aim = at_topic(topic, target.region, target.account)
            found = calls.call(Step("sns", "GetTopicAttributes", {"TopicArn": topic}))
            if found.came is not Came.DONE:
                raise refused(found)
            return aim
        shown = [calls.call(step) for step in looks_at_rule(rule)]
        for one in shown:
            if one.came is not Came.DONE:
                raise refused(one)
        return at_rule(rule, shown[0].result, shown[1].result)

    def _order(
        self,
        variant: Variant,
        *,
        reduced: bool,
        pipeline: str,
        waits: tuple[Wait, ...],
        observer: str,
    ) -> Order:
        target = self.deployer.target
        return drill.Order(
            drill=secrets.token_hex(8),
            code=new_code(),
            password=f"{secrets.token_urlsafe(24)}aA1!",
            account=target.account,
            region=target.region,
            partition=partition_of(target.region).name,
            pipeline=pipeline,
            variant=variant,
            reduced=reduced,
            waits=waits,
            observer=observer,
        )

    def run(self, order: Order, ears: Ears, stdin: int | None) -> Result:
        """Drill, and keep what came of it; see `flows.drill.run`.

        Args:
            order: what is drilled.
            ears: who is told how it goes.
            stdin: where the person types, if anybody is asked.
        """
        from tocsin.adapters.drill import watch  # noqa: PLC0415 - boto3 is slow, and most verbs need none

        clients = self.deployer.clients
        recorded_in = partition_of(order.region).iam_region if order.variant is not Variant.TAMPER else order.region
        event = deeds.call_of(order.variant).name
        trail = replace(clients, region=recorded_in) if recorded_in != order.region else clients
        before = {Source.OBSERVER: watch.observer(clients.client("sqs"), order.observer, order.code)}
        after = {Source.HISTORY: watch.history(trail.client("cloudtrail"), event, order.code)}
        if stdin is not None:
            after[Source.PERSON] = watch.person(stdin)
        walker = self._walker(order.code)
        found = drill.run(
            order,
            calls=walker.calls,
            notes=walker.notes,
            watch=watch.Watch(before, after),
            clock=walker.clock,
            ears=ears,
        )
        self.journals.keep(found)
        return found

    def clean(self) -> Iterator[str]:
        """Take away what drills that were broken off left behind; gives what was, a sentence each."""
        for notes in self.journals.left():
            try:
                journal = notes.things()
                walker = replace(self._walker("", journal.heading.region), notes=notes)
                yield from decoys.clean(journal, walker)
                notes.close()
            finally:
                notes.let_go()

    def drilled(self) -> Drilled:
        """How long ago this pipeline was drilled, as far as this machine knows."""
        settings, region = self.deployer.settings, self.deployer.target.region
        return drilled(self.journals.history(), settings.name, region, settings.drill_every, now())

    def near(self, hops: Iterable[Hop], variant: Variant) -> dict[Hop, list[Verdict]]:
        """What is known of the links of our own pipeline that each hop goes over, by one look at it."""
        found = Doctor(self.deployer).verdicts()
        over = {**OVER, Hop.WIRE: OVER_ALARMS} if variant is Variant.TAMPER else OVER
        return {hop: [one for one in found if one.link.id in over[hop]] for hop in hops}

    def _observer(self) -> str:
        outputs = self.deployer.standing().outputs
        if "ObserverUrl" not in outputs:
            raise UsageError(
                f"the pipeline {self.deployer.settings.name} has no observer, which the drill looks at",
                hint="tocsin apply makes it",
            )
        return outputs["ObserverUrl"]

    def _walker(self, code: str, region: str = "") -> Walker:
        from tocsin.adapters.calls import Calls  # noqa: PLC0415 - boto3 is slow, and most verbs need none
        from tocsin.adapters.drill.clock import Clock  # noqa: PLC0415 - as above

        clients = self.deployer.clients
        there = replace(clients, region=region) if region and region != clients.region else clients
        return Walker(Calls(there), self.journals.fresh(code), Clock())
