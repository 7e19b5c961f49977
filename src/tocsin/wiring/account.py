"""The flows that go to an AWS account, bound to it: what the verbs that set up hold."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tocsin import config
from tocsin.core.grants.guardrail import guardrail
from tocsin.core.grants.parts import PARTS
from tocsin.core.grants.scope import Scope
from tocsin.core.partitions import partition_of
from tocsin.core.template.adoption import lacking
from tocsin.core.template.subscribers import Protocol, State, Subscriber, lost, subscribers_of
from tocsin.core.text import inert
from tocsin.errors import CredentialsError, UsageError
from tocsin.flows import deploy, grant, letters
from tocsin.wiring import now, rules_on

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from tocsin.adapters.aws import Clients
    from tocsin.adapters.topic import Topic
    from tocsin.core.grants.statement import Policy
    from tocsin.core.settings import Settings
    from tocsin.core.template.adoption import SeenTrail
    from tocsin.core.template.changes import ChangeSet, Drift, Stack
    from tocsin.core.template.quotas import Used
    from tocsin.core.template.subscribers import Subscribed
    from tocsin.core.template.target import Target
    from tocsin.flows.letters import Told
    from tocsin.flows.ports import Letters, Stacks


# How often CloudFormation is asked how far it is, in seconds.
POLL_S = 2.0


@dataclass(frozen=True, slots=True)
class Deployer:
    """The flows of `flows.deploy`, bound to one account: what the verbs that deploy hold."""

    stacks: Stacks
    target: Target
    settings: Settings
    clients: Clients

    def standing(self) -> Stack:
        """The stack as it stands.

        Raises:
            UsageError: there is none, it is not ours, or it is in a state from which only a person can get it out.
        """
        standing = deploy.own(self.stacks, self.settings.name)
        if standing is None:
            raise UsageError(f"there is no stack {self.settings.name} in {self.target}", hint="tocsin apply makes it")
        return standing

    def queue_url(self) -> str:
        """The URL of the feed's queue.

        Raises:
            UsageError: there is no pipeline, or it has no queue.
        """
        outputs = self.standing().outputs
        if "QueueUrl" not in outputs:
            raise UsageError(
                f"the pipeline {self.settings.name} has no queue, which a worker reads",
                hint="put `durable = true` into tocsin.toml, and tocsin apply",
            )
        return outputs["QueueUrl"]

    def topics(self, outputs: Mapping[str, str]) -> list[Topic]:
        """The topics of a stack with these outputs: the bell's, and that of trouble of the bell itself."""
        from tocsin.adapters.topic import Topic as Sns  # noqa: PLC0415 - boto3 is slow, and most verbs need none

        client, names = self.clients.client("sns"), (("TopicArn", False), ("AlarmTopicArn", True))
        return [Sns(client, outputs[name], alarms=alarms) for name, alarms in names if name in outputs]

    def subscriptions(self) -> list[Subscribed]:
        """Who is subscribed, to the bell first.

        Raises:
            UsageError: there is no stack.
        """
        every = [one for topic in self.topics(self.standing().outputs) for one in topic.subscriptions()]
        return [one for one in every if one.endpoint != self._observer.endpoint]

    def renew(self, address: str) -> list[tuple[Subscribed | Subscriber, str]]:
        """See to it that an address of the config hears for good, and say of each of its subscriptions what was done.

        One that was confirmed by its link is ended and made anew; one that is pending is sent its link again.
        """
        done: list[tuple[Subscribed | Subscriber, str]] = []
        for topic in self.topics(self.standing().outputs):
            found = {one.endpoint: one for one in topic.subscriptions()}
            for one in self._wanted(topic):
                if one.endpoint != address:
                    continue
                held = found.get(address)
                if held and held.state is State.CONFIRMED:
                    done.append((held, "hears already"))
                    continue
                if held:
                    topic.unsubscribe(held)
                topic.subscribe(one)
                done.append((one, "has to confirm, with the link that SNS sends now"))
        return done

    def unsubscribe(self, address: str) -> list[Subscribed]:
        """End what is left of an address that the config names no more; gives what is pending, and cannot be ended."""
        pending = []
        for topic in self.topics(self.standing().outputs):
            if address in [one.endpoint for one in self._wanted(topic)]:
                continue
            for one in topic.subscriptions():
                if one.endpoint != address:
                    continue
                topic.unsubscribe(one)
                if one.state is State.PENDING:
                    pending.append(one)
        return pending

    def _wanted(self, topic: Topic) -> list[Subscriber]:
        """Whom the config wants to hear of a topic."""
        return [one for one in subscribers_of(self.settings) if one.alarms is topic.alarms]

    def confirm(self, token: str) -> Subscribed:
        """Confirm the subscription of a token, to whichever topic it is of; see `adapters.topic.Topic.confirm`.

        Raises:
            UsageError: there is no stack, or the token is of no use for either topic.
        """
        refused = UsageError("the stack has no topic", hint="tocsin apply makes it")
        for topic in self.topics(self.standing().outputs):
            try:
                return topic.confirm(token)
            except UsageError as fault:
                refused = fault
        raise refused

    def plan(self) -> ChangeSet:
        """What would change; see `flows.deploy.plan`."""
        rules = rules_on(self.settings)
        return deploy.plan(self.stacks, self.settings, config.frame(), rules, region=self.target.region)

    def used(self) -> Used:
        """What the account has besides the pipeline, of what AWS limits."""
        from tocsin.adapters.usage import used  # noqa: PLC0415 - boto3 is slow, and most verbs need none

        return used(self.clients, self.settings.name)

    def adopted(self) -> list[str]:
        """What the adopted trail lacks, a sentence each; nothing where the pipeline makes its own.

        Raises:
            UsageError: there is no such trail in this account and Region.
        """
        if not self.settings.trail:
            return []
        unseen: list[str] = []
        found = self.trails(unseen.append, only=self.settings.trail)
        if not found and not unseen:
            raise UsageError(
                f"there is no trail {self.settings.trail} in {self.target}",
                hint="tocsin init shows those that there are; leave `trail` out, and one is made",
            )
        return [sentence for one in found for sentence in lacking(one, self.target.region)]

    def discard(self, changes: ChangeSet) -> None:
        """Leave nothing of a plan behind."""
        self.stacks.discard(changes)

    def apply(self, changes: ChangeSet, told: Callable[[str], None]) -> Mapping[str, str]:
        """Carry a plan out, and set the stack's protection; see `flows.deploy.apply`."""
        outputs = deploy.apply(self.stacks, changes, told, again=self.plan, sleep=time.sleep)
        deploy.protect(self.stacks, self.settings)
        return outputs

    def own(self) -> Stack | None:
        """The stack as it stands, or None; one in which something failed too, which can still be deleted."""
        return deploy.ours(self.stacks, self.settings.name)

    def trails(self, denied: Callable[[str], None], *, only: str = "") -> list[SeenTrail]:
        """The trails that cover the Region, or one of them; what was refused is told, and the look goes on."""
        from tocsin.adapters.trails import trails_of  # noqa: PLC0415 - boto3 is slow, and most verbs need none

        return trails_of(self.clients, denied, only=only)

    def subscribe_lost(self, outputs: Mapping[str, str]) -> tuple[list[Subscriber], list[str]]:
        """Subscribe again whom the config names and a topic has lost; gives who that was, and which addresses wait.

        A subscription that somebody ended is no drift that CloudFormation mends. An address waits once for each topic
        that it has not confirmed.
        """
        again: list[Subscriber] = []
        waiting: list[str] = []
        for topic in self.topics(outputs):
            found = topic.subscriptions()
            waiting += [one.endpoint for one in found if one.state is State.PENDING]
            for one in lost([*self._wanted(topic), self._observer], found):
                topic.subscribe(one)
                if one.protocol is Protocol.SQS:  # the observer: nobody has to be told, or to confirm
                    continue
                again.append(one)
                waiting += [one.endpoint] if one.protocol is not Protocol.SMS else []
        return again, waiting

    def drift(self, standing: Stack) -> Drift:
        """What CloudFormation finds when it compares the stack with the account now."""
        return self.stacks.drift(standing)

    def resources(self, standing: Stack) -> dict[str, str]:
        """The physical id of each resource of a stack, by logical id."""
        return {logical_id: found for logical_id, _, found in self.stacks.resources(standing.name)}

    def letters_waiting(self) -> dict[str, list[Told]]:
        """What waits in each queue of dead letters, by the queue's name; see `flows.letters.waiting`.

        Raises:
            UsageError: there is no stack.
        """
        rules = rules_on(self.settings)
        return {
            name: letters.waiting(queue, rules, self.settings, now()) for name, queue in self._dead_letters().items()
        }

    def letters_moved(self, names: Iterable[str]) -> Iterator[tuple[str, str]]:
        """Move the dead letters of some queues back, and say of each what was done.

        What the responder gave up is moved by AWS; that refuses the rules' own, which are moved one by one.
        """
        rules, queues = rules_on(self.settings), self._dead_letters()
        for name in names:
            if self._scope.arn("sqs", name) == self._scope.given_up:
                yield name, f"{letters.move(queues[name], time.sleep):,} moved back"
                continue
            for told in letters.replay(queues[name], lambda letter: letters.tell(letter, rules, self.settings, now())):
                yield name, f"{inert(told.title)}: back to {told.letter.target.rpartition(':')[2]}"

    @property
    def _observer(self) -> Subscriber:
        """The pipeline's own subscriber, which the drill reads."""
        return Subscriber(Protocol.SQS, self._scope.observer)

    def _dead_letters(self) -> dict[str, Letters]:
        from tocsin.adapters.letters import Letters as Sqs  # noqa: PLC0415 - boto3 is slow, and most verbs need none

        outputs = self.standing().outputs
        sqs, sns = self.clients.client("sqs"), self.clients.client("sns")
        urls = [outputs[one] for one in ("RuleDeadLettersUrl", "QueueDeadLettersUrl") if one in outputs]
        names = {url.rpartition("/")[2]: url for url in urls}
        return {name: Sqs(sqs, sns, url, self._scope.arn("sqs", name)) for name, url in names.items()}

    @property
    def _scope(self) -> Scope:
        """This pipeline by the names and ARNs that its parts have."""
        return Scope(
            partition_of(self.target.region).name,
            self.target.region,
            self.target.account,
            self.settings.name,
            has_key=self.settings.customer_key,
            service_role=self.settings.service_role,
        )

    def policy(self, part: str, excepted: Sequence[str] = ()) -> Policy:
        """The policy of one part of this pipeline.

        Args:
            part: one of `tocsin.core.grants.parts.PARTS`.
            excepted: ARNs of whom the guardrail lets go on.
        """
        return guardrail(self._scope, excepted) if part == "guardrail" else PARTS[part](self._scope)

    def give(self, policy: Policy, kind: str, holder: str, *, managed: bool) -> str:
        """Give a policy to a user or a role; see `flows.grant.give`."""
        from tocsin.adapters.identities import Identities  # noqa: PLC0415 - boto3 is slow, and most verbs need none

        identities = Identities(self.clients.client("iam"), self._scope.iam("policy/"))
        name = f"{self.settings.name}-{policy.part}"
        return grant.give(identities, policy, name, kind=kind, holder=holder, managed=managed)

    def parting(self, standing: Stack) -> tuple[Sequence[tuple[str, str, str]], Sequence[tuple[str, str, str]]]:
        """The resources that go with the stack, and those that stay; see `flows.deploy.parting`."""
        return deploy.parting(self.stacks, standing)

    def destroy(self, standing: Stack, told: Callable[[str], None]) -> None:
        """Delete the stack; see `flows.deploy.destroy`."""
        deploy.destroy(self.stacks, standing, told)


def deployer(settings: Settings, *, region: str, profile: str, clients: Clients | None = None) -> Deployer:
    """What deploys to the account that the credentials are of.

    Args:
        settings: the account that is expected, if any, and the rest.
        region: the Region; ``""`` takes the one in which the partition of the machine's own Region records IAM.
        profile: the profile of the AWS config files, or ``""``.
        clients: of the account; None makes them from region, profile and what the machine holds.

    Raises:
        CredentialsError: there are none, they have expired, or they are of another account than is expected.
    """
    from tocsin.adapters.aws import Clients, own_region  # noqa: PLC0415 - boto3 is slow, and most verbs need none
    from tocsin.adapters.cloudformation import Stacks as Cloud  # noqa: PLC0415 - as above
    from tocsin.adapters.identity import target_of  # noqa: PLC0415 - as above

    clients = clients or Clients(region or partition_of(own_region(profile)).iam_region, profile=profile)
    target = target_of(clients)
    if settings.account and target.account != settings.account:
        raise CredentialsError(
            f"the credentials are of account {target.account}, and the config names {settings.account}",
            hint="give another --profile, or change `account` in tocsin.toml",
        )
    return Deployer(Cloud(clients.client("cloudformation"), pause=POLL_S), target, settings, clients)
