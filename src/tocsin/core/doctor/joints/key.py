"""Encryption keys: there, enabled, and open to whoever has to use them.

SNS Developer Guide, "Key management"; EventBridge User Guide, "Encrypting EventBridge with AWS KMS keys"; CloudTrail
User Guide, "Configure AWS KMS key policies for CloudTrail"; AWS KMS Developer Guide, "Grants in AWS KMS": a grant
lets in beside the key's policy, whose Deny stands above it.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from tocsin.core.doctor.joints.place import account_of, name_of, region_of
from tocsin.core.doctor.policies import by_service, effect_of, of_key, shut_out
from tocsin.core.doctor.walk import Fault, Joint, Told, told_of
from tocsin.core.policy.judge import Effect
from tocsin.core.steps import Step
from tocsin.core.text import join

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tocsin.core.doctor.joints.place import Place
    from tocsin.core.doctor.looks import Looks
    from tocsin.core.doctor.policies import Sender
    from tocsin.core.policy.request import Request

    Asks = Callable[[str], Mapping[str, Sequence[Request]]]

CLOUDTRAIL = "cloudtrail.amazonaws.com"
# The keys that AWS makes for SNS and SQS: their policies let no service in, and cannot be changed.
_CONTEXT = "kms:EncryptionContext:"
_OF_AWS = ("alias/aws/sns", "alias/aws/sqs")


def of_aws(name: str) -> bool:
    """Whether a key is one that AWS manages, which lets no service in."""
    return name.endswith(_OF_AWS)


def of_resource(place: Place, name: str, arn: str, senders: Sequence[Sender], link: str) -> Joint:
    """The key of a topic or a queue, which those who send to it have to use.

    Args:
        place: where.
        name: id, ARN or alias of the key.
        arn: of the topic or the queue.
        senders: who sends to it.
        link: the link that the key is of.
    """

    def asks(key: str) -> Mapping[str, Sequence[Request]]:
        return {
            sender.name: [
                of_key(action, key, arn, replace(sender, sources=[source]))
                for source in sender.sources[:1]
                for action in ("kms:GenerateDataKey", "kms:Decrypt")
            ]
            for sender in senders
        }

    on = " ".join([arn, *(sender.name for sender in senders)])
    return Joint(link, name, partial(_judge, place, name, asks), on)


def of_trail(place: Place, name: str, trail: str) -> Joint:
    """The key that a trail encrypts its log files with."""
    context = {"kms:EncryptionContext:aws:cloudtrail:arn": trail}

    def asks(key: str) -> Mapping[str, Sequence[Request]]:
        return {"CloudTrail": [by_service(CLOUDTRAIL, "kms:GenerateDataKey", key, trail, **context)]}

    return Joint("log", name, partial(_judge, place, name, asks), trail)


def _undo(arn: str, state: str) -> tuple[Step, ...]:
    """The calls that bring a key back; one whose end was called off is disabled (KMS API Reference)."""
    key = name_of(arn)
    cancel = Step("kms", "CancelKeyDeletion", {"KeyId": key}, f"call off the end of the key {key}")
    enable = Step("kms", "EnableKey", {"KeyId": key}, f"enable the key {key}")
    return {"PendingDeletion": (cancel, enable), "Disabled": (enable,)}.get(state, ())


def _judge(place: Place, name: str, asks: Asks, looks: Looks) -> Told:
    if of_aws(name):
        return told_of([Fault("TOC904", f"it is {name.rpartition(':')[2]}, which lets no service in")], "")
    shown = looks.shown("kms", "DescribeKey", KeyId=name)
    if shown is None:
        return told_of([Fault("TOC901", "there is no such key")], "")
    arn, state = str(shown["KeyMetadata"]["Arn"]), str(shown["KeyMetadata"]["KeyState"])
    if state != "Enabled":
        region = region_of(arn) or place.region
        undo = "cancel-key-deletion" if state == "PendingDeletion" else "enable-key"
        ours = account_of(arn) == place.account
        mend = f"aws kms {undo} --key-id {arn} --region {region}" if ours else ""
        return told_of([Fault("TOC902", f"it is {state}", mend, _undo(arn, state) if ours else ())], "")
    policy = policy_of(arn, looks)
    shut = shut_out(policy, asks(arn), "use it")
    granted = [name for name in shut if all(by_grant(policy, one, arn, looks) for one in asks(arn)[name])]
    if shut := [name for name in shut if name not in granted]:
        return told_of([Fault("TOC903", f"neither its policy nor a grant lets {join(shut)} use it")], "")
    return told_of([], f"it is enabled, and {'a grant' if granted else 'its policy'} lets services use it")


def policy_of(arn: str, looks: Looks) -> str:
    """The policy of a key, ``""`` where there is none: a key has the one of that name."""
    shown = looks.shown("kms", "GetKeyPolicy", KeyId=arn, PolicyName="default")
    return str(shown["Policy"]) if shown else ""


def by_grant(policy: str, request: Request, key: str, looks: Looks) -> bool:
    """Whether a grant allows a request that the key's policy does not: a Deny stands above it."""
    if effect_of(policy, request)[0] is Effect.DENY:
        return False
    shown = looks.shown("kms", "ListGrants", KeyId=key) or {}
    return any(_allows(grant, request) for grant in shown.get("Grants", []))


def _allows(grant: Mapping[str, Any], request: Request) -> bool:
    grantees = {str(grant[name]) for name in ("GranteePrincipal", "GranteeServicePrincipal") if grant.get(name)}
    if grantees.isdisjoint({request.service, *request.arns}):
        return False
    if request.action.partition(":")[2] not in grant.get("Operations", ()):
        return False
    context = {
        name.removeprefix(_CONTEXT): value for name, value in request.context.items() if name.startswith(_CONTEXT)
    }
    held = grant.get("Constraints") or {}
    whole, part = held.get("EncryptionContextEquals"), held.get("EncryptionContextSubset") or {}
    return (whole is None or whole == context) and part.items() <= context.items()
