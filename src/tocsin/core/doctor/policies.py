"""Whom a resource's policy lets in: the services that must, strangers that must not, and everybody else."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from tocsin.core.policy.judge import Effect, Unreadable, judge
from tocsin.core.policy.request import Request
from tocsin.core.text import join

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tocsin.core.policy.request import Values

_MOST_NAMED = 3
# The account of nobody: AWS gives no account this number.
_ELSEWHERE = "000000000000"
_PRINCIPAL = re.compile(r"arn:aws[a-z-]*:(?:iam|sts)::\S*|\d{12}")


class CanNotTell(Exception):  # noqa: N818 - an answer, not a fault
    """What a policy means hangs on something that nobody here knows."""


@dataclass(frozen=True, slots=True)
class Sender:
    """A service of AWS that sends to a resource for something.

    Attributes:
        name: as people call it.
        service: its principal, such as ``events.amazonaws.com``.
        kind: what it sends for: ``rule``, ``alarm`` or ``topic``.
        sources: ARNs of those, one at least.
    """

    name: str
    service: str
    kind: str
    sources: Sequence[str]


def sources_of(senders: Sequence[Sender]) -> str:
    """What tells a joint from another that has to let others in."""
    return " ".join(source for sender in senders for source in sender.sources)


def by_service(service: str, action: str, resource: str, source: str, **more: Values) -> Request:
    """The request of a service; the keys are those that AWS documents for requests of its services.

    IAM User Guide, "AWS global condition context keys": SourceArn, SourceAccount, PrincipalIsAWSService,
    PrincipalServiceName and SecureTransport.
    """
    context: dict[str, Values] = {
        "aws:SourceArn": source,
        "aws:SourceAccount": source.split(":")[4],
        "aws:PrincipalIsAWSService": "true",
        "aws:PrincipalServiceName": service,
        "aws:SecureTransport": "true",
    }
    # SNS's default policy asks for the key, which is of older days. EventBridge has to be let in beside that policy
    # (EventBridge User Guide, "Using resource-based policies"); CloudWatch's alarms come by it (SNS Developer Guide,
    # "aws:SourceAccount versus aws:SourceOwner").
    if service.startswith("events."):
        context["aws:SourceOwner"] = ()
    elif service.startswith("cloudwatch."):
        context["aws:SourceOwner"] = source.split(":")[4]
    return Request(action, resource, service=service, context={**context, **more})


def by_principal(action: str, resource: str, arn: str, **more: Values) -> Request:
    """The request of a user, a role or the root user; the keys are those of every such request (IAM User Guide)."""
    partition, account = arn.split(":")[1], arn.split(":")[4]
    context: dict[str, Values] = {
        "aws:PrincipalArn": arn,
        "aws:PrincipalAccount": account,
        "aws:PrincipalIsAWSService": "false",
    }
    return Request(action, resource, arns=(arn, f"arn:{partition}:iam::{account}:root"), context={**context, **more})


def _by_person(action: str, resource: str, arn: str) -> Request:
    """The same of somebody who speaks to AWS directly: no service acts for it."""
    absent: dict[str, Values] = {"aws:SourceArn": (), "aws:SourceAccount": ()}
    return by_principal(action, resource, arn, **{"aws:SecureTransport": "true", **absent})


@dataclass(frozen=True, slots=True)
class Gate:
    """The policy of a topic or a queue.

    Attributes:
        policy: the document's text; ``""`` where there is none.
        action: what sending to it is called.
        resource: its ARN.
    """

    policy: str
    action: str
    resource: str

    def leaks(self, senders: Sequence[Sender], operator: str = "") -> list[str]:
        """Who is let in and must not be, and whether the operator is not.

        Args:
            senders: the services that are let in; nobody else may be, but the operator.
            operator: the ARN of the one user or role that may send too, or ``""``.

        Raises:
            CanNotTell: nothing is wrong for sure, and a statement leaves something open.
        """
        found: list[str] = []
        doubts: dict[str, str] = {}  # the first question that each statement leaves open
        for told in (self._strangers(senders), self._people(operator)):
            for fault, doubt in told:
                if doubt:
                    doubts.setdefault(doubt, fault)
                else:
                    found.append(fault)
        if doubts and not found:
            raise CanNotTell("; ".join(fault + doubt for doubt, fault in doubts.items()))
        return list(dict.fromkeys(found))

    def shut(self, sender: Sender) -> list[str]:
        """What a sender is not let in for.

        Raises:
            CanNotTell: it is shut out for none for sure, and a statement leaves it open of one.
        """
        told = [
            (one, *self._judged(by_service(sender.service, self.action, self.resource, one))) for one in sender.sources
        ]
        shut = [one for one, effect, _ in told if effect in (Effect.DENY, Effect.NOTHING)]
        for _, effect, statement in told:
            if effect is Effect.UNKNOWN and not shut:
                raise CanNotTell(f"can not tell whether {sender.name} is let in{statement}")
        return shut

    def refusal(self, sender: Sender) -> str:
        """What a sender is not let in for, in words; ``""`` where it is let in. As `shut`."""
        shut = [re.split(r"[/:]", one)[-1] for one in self.shut(sender)]
        return f"{sender.name} is not let in for {join(shut, most=_MOST_NAMED)}" if shut else ""

    def open_to_the_world(self) -> bool:
        """Whether somebody of another account, of whom nothing is known, is let in for sure."""
        partition = self.resource.split(":")[1]
        nobody = _by_person(self.action, self.resource, f"arn:{partition}:iam::{_ELSEWHERE}:user/nobody-s")
        return self._judged(nobody)[0] is Effect.ALLOW

    def _judged(self, request: Request, *, only_deny: bool = False) -> tuple[Effect, str]:
        return effect_of(self.policy, request, only_deny=only_deny)

    def _strangers(self, senders: Sequence[Sender]) -> Iterator[tuple[str, str]]:
        """What the services would send for somebody else: the confused deputy (IAM User Guide)."""
        for sender in senders:
            parts = re.sub(r"[^/:]+$", "nobody-s", sender.sources[0]).split(":")
            for account, whose in ((_ELSEWHERE, "other accounts"), (parts[4], "this account that are not its own")):
                source = ":".join([*parts[:4], account, *parts[5:]])
                effect, statement = self._judged(by_service(sender.service, self.action, self.resource, source))
                if effect is Effect.ALLOW:
                    yield f"{sender.kind}s of {whose} are let in too", ""
                    break
                if effect is Effect.UNKNOWN:
                    yield f"can not tell whether {sender.kind}s of {whose} are let in", statement

    def _people(self, operator: str) -> Iterator[tuple[str, str]]:
        """Within an account a Deny alone keeps people out, since their own policies may allow it."""
        partition, account = self.resource.split(":")[1], self.resource.split(":")[4]
        ours = f"arn:{partition}:iam::{account}:"
        for arn in (f"{ours}role/nobody-s", f"{ours}user/nobody-s", f"{ours}root"):
            effect, statement = self._judged(_by_person(self.action, self.resource, arn), only_deny=True)
            if effect is Effect.UNKNOWN:
                yield "can not tell whether everybody else is kept out", statement
                return
            if effect is not Effect.DENY:
                yield "nobody else is kept out", ""
                return
        for name in _principals(self.policy):
            arn = f"arn:{partition}:iam::{name}:root" if name.isdigit() else re.sub(r"\*|\?", "x", name)
            if name == operator or len(arn.split(":")) < 6:  # noqa: PLR2004 - the parts of an ARN
                continue
            person = _by_person(self.action, self.resource, arn)
            effect, statement = self._judged(person, only_deny=arn.startswith(ours))
            if effect is Effect.UNKNOWN:
                yield f"can not tell whether {name} is kept out", statement
            elif effect is Effect.ALLOW or (effect is Effect.NOTHING and arn.startswith(ours)):
                yield f"{name} is not kept out", ""
        if operator and self._judged(_by_person(self.action, self.resource, operator))[0] is Effect.DENY:
            yield "the operator is kept out", ""


def effect_of(policy: str, request: Request, *, only_deny: bool = False) -> tuple[Effect, str]:
    """What a policy says of a request, and after a colon the statement that leaves it open, where one does.

    Args:
        policy: the document's text.
        request: the request.
        only_deny: whether an Allow is of no account, because what asks may be allowed it elsewhere.

    Raises:
        CanNotTell: it can not be read.
    """
    try:
        said = judge(policy, request)
    except Unreadable as fault:
        raise CanNotTell(f"its policy can not be read: {fault}") from fault
    if said.effect is not Effect.UNKNOWN:
        return said.effect, ""
    if only_deny and not said.may_deny:
        return Effect.NOTHING, ""
    return Effect.UNKNOWN, f": {_shown(said.statement)}"


def shut_out(policy: str, asks: Mapping[str, Sequence[Request]], deed: str) -> list[str]:
    """Which services a policy does not let do all that they need.

    Args:
        policy: the document's text.
        asks: the requests of each service, by its name.
        deed: what they are for: "write".

    Raises:
        CanNotTell: none is shut out for sure, and a statement leaves it open of one.
    """
    said = [(name, *effect_of(policy, one)) for name, requests in asks.items() for one in requests]
    shut = list(dict.fromkeys(name for name, effect, _ in said if effect in (Effect.DENY, Effect.NOTHING)))
    for name, effect, statement in said:
        if effect is Effect.UNKNOWN and not shut:
            raise CanNotTell(f"can not tell whether {name} may {deed}{statement}")
    return shut


def of_key(action: str, key: str, resource: str, sender: Sender) -> Request:
    """The request that a service makes of the key of an encrypted topic or queue.

    EventBridge sends no aws:SourceArn and no aws:SourceAccount to KMS: EventBridge User Guide, "Encrypting EventBridge
    with AWS KMS keys".
    """
    silent = sender.service.startswith("events.")
    request = by_service(sender.service, action, key, sender.sources[0])
    context = {**request.context, **encryption_context(resource)}
    if silent:
        context |= {"aws:SourceArn": (), "aws:SourceAccount": ()}
    return replace(request, context=context)


def encryption_context(resource: str) -> dict[str, str]:
    """The condition by which a key knows a topic or a queue: SNS and SQS Developer Guide, "Key management"."""
    name = "aws:sns:topicArn" if resource.split(":")[2] == "sns" else "aws:sqs:arn"
    return {f"kms:EncryptionContext:{name}": resource}


def _shown(statement: Mapping[str, Any] | None) -> str:
    return json.dumps(statement, ensure_ascii=False)


def _principals(policy: str) -> list[str]:
    """Every text of a policy that may name somebody, wherever it stands."""

    def texts(value: object) -> Iterator[str]:
        if isinstance(value, dict):
            for one in value.values():
                yield from texts(one)
        elif isinstance(value, list):
            for one in value:
                yield from texts(one)
        elif isinstance(value, str) and _PRINCIPAL.fullmatch(value):
            yield value

    return list(dict.fromkeys(texts(json.loads(policy))))
