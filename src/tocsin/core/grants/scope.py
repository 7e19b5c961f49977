"""What a policy is about: one pipeline in one account, by the names that its parts have."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scope:
    """One pipeline.

    Attributes:
        partition: such as ``aws``.
        region: where it stands.
        account: the account's id.
        name: the prefix of every name in it, and the stack's name.
        has_key: whether its topics are encrypted with a key of its own.
        service_role: ARN of the role that CloudFormation acts with, or ``""`` where it acts as its caller.
    """

    partition: str
    region: str
    account: str
    name: str
    has_key: bool = False
    service_role: str = ""

    def arn(self, service: str, rest: str) -> str:
        """The ARN of something in the account and Region."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{rest}"

    def iam(self, rest: str) -> str:
        """The ARN of something in IAM."""
        return f"arn:{self.partition}:iam::{self.account}:{rest}"

    @property
    def stack(self) -> str:
        """The stack, whatever its id."""
        return self.arn("cloudformation", f"stack/{self.name}/*")

    @property
    def topics(self) -> tuple[str, str]:
        """The bell's topic, and that of trouble of the bell itself."""
        return self.arn("sns", self.name), self.arn("sns", f"{self.name}-alarms")

    @property
    def feed(self) -> str:
        """The queue of the durable path."""
        return self.arn("sqs", f"{self.name}-feed")

    @property
    def dead(self) -> tuple[str, str]:
        """The queues of dead letters: the responder's, and the rules'."""
        return self.given_up, self.arn("sqs", f"{self.name}-rule-dead")

    @property
    def given_up(self) -> str:
        """The queue of what the responder could not take."""
        return self.arn("sqs", f"{self.name}-feed-dead")

    @property
    def queues(self) -> tuple[str, ...]:
        """Every queue."""
        return (self.feed, *self.dead, self.observer)

    @property
    def observer(self) -> str:
        """The queue that the drill reads."""
        return self.arn("sqs", f"{self.name}-observer")

    @property
    def rules(self) -> str:
        """Every event rule."""
        return self.arn("events", f"rule/{self.name}-*")

    @property
    def drilled_rules(self) -> str:
        """The event rules that a drill makes."""
        return self.arn("events", f"rule/{self.name}-drill-*")

    @property
    def trail(self) -> str:
        """The trail of its own."""
        return self.arn("cloudtrail", f"trail/{self.name}")

    @property
    def alarms(self) -> str:
        """Every alarm."""
        return self.arn("cloudwatch", f"alarm:{self.name}-*")

    @property
    def bucket(self) -> str:
        """The log bucket: CloudFormation makes its name of the stack's, ``logbucket`` and twelve characters."""
        return f"arn:{self.partition}:s3:::{self.name}-logbucket-*"
