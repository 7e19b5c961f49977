"""Targets: what a rule sends to, in which words, by whose leave, and where it goes when that fails.

EventBridge User Guide, "Using resource-based policies", "Amazon EventBridge input transformation", "Using dead-letter
queues to process undelivered events"; a target with a RoleArn is sent to by that role.
"""

from __future__ import annotations

import json
from dataclasses import replace
from functools import partial
from shlex import quote
from typing import TYPE_CHECKING, Any

from tocsin.core.doctor.golden import matched
from tocsin.core.doctor.joints import function, key, queue, role, topic
from tocsin.core.doctor.joints.place import Sent, name_of, region_of
from tocsin.core.doctor.policies import Sender, by_principal, effect_of, encryption_context
from tocsin.core.doctor.walk import Fault, Joint, Told, told_of
from tocsin.core.policy.judge import Effect
from tocsin.core.text import join
from tocsin.core.transformer import RuleFacts, TransformError, body, check, find, is_missing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tocsin.core.doctor.joints.place import Expected, Place
    from tocsin.core.doctor.joints.rule import Rule
    from tocsin.core.doctor.looks import Looks

EVENTS = "events.amazonaws.com"
_ACTIONS = {"sns": "sns:Publish", "sqs": "sqs:SendMessage", "lambda": "lambda:InvokeFunction"}


def of_rule(place: Place, rule: Rule, looks: Looks) -> Told:
    """What a rule sends to, a joint a target."""
    shown = looks.shown("events", "ListTargetsByRule", Rule=rule.name, **rule.on)
    targets = list(shown["Targets"]) if shown else []
    if not targets:
        mend = f"aws events put-targets --rule {rule.name}{rule.option} --targets Id=1,Arn=ARN-OF-THE-TOPIC"
        return told_of([Fault("TOC301", "it has no target", mend)], "")
    expected = place.own.rules.get(rule.arn(place))
    ours = [one for one in targets if expected is None or one["Arn"] in expected.words]
    then = [
        Joint(
            place.link("target", rule.arn(place)),
            str(one["Arn"]),
            partial(_judge, place, rule, one),
            f"{rule.bus}/{rule.name}/{one['Id']}",
        )
        for one in ours
    ]
    return told_of(
        _unlike(rule, targets, expected) if expected else [],
        f"it sends to {join([name_of(str(one['Arn'])) for one in targets], most=3)}",
        then,
    )


def _unlike(rule: Rule, targets: Sequence[Mapping[str, Any]], expected: Expected) -> list[Fault]:
    """How the targets of a rule of the pipeline differ from those of the template."""
    there = {str(one["Arn"]): one for one in targets}
    faults = [
        Fault("TOC309", f"it does not send to {name_of(arn)}", "tocsin apply")
        for arn in expected.words
        if arn not in there
    ]
    for arn, one in there.items():
        if arn not in expected.words:
            remove = f"aws events remove-targets --rule {rule.name} --ids {one['Id']}"
            faults.append(Fault("TOC304", f"it also sends to {arn}", remove))
            continue
        transformer = one.get("InputTransformer")
        words = (transformer.get("InputPathsMap") or {}, transformer.get("InputTemplate")) if transformer else None
        if words != expected.words[arn] or "Input" in one or "InputPath" in one:
            what = f"what it tells {name_of(arn)} is not in the template's words"
            faults.append(Fault("TOC309", what, "tocsin apply"))
    return faults


def _judge(place: Place, rule: Rule, target: Mapping[str, Any], looks: Looks) -> Told:
    del looks  # what is seen of the target itself came with the rule
    arn, arns = str(target["Arn"]), [rule.arn(place)]
    sender = Sender("EventBridge", EVENTS, "rule", arns)
    service, words = arn.split(":")[2], _words(place, rule, target)
    faults = list(words.faults)
    if service in _ACTIONS and region_of(arn) != place.region:
        where = f"{rule.name} is in {place.region}, and sends to {region_of(arn)}"
        return told_of([*faults, Fault("TOC302", where)], "")
    if service not in _ACTIONS:
        faults.append(Fault("TOC308", f"{rule.name} sends to {service or arn}, which is not looked at"))
    then: list[Joint] = []
    by = str(target.get("RoleArn") or "")
    if by and service in _ACTIONS:
        then.append(role.to_send(by, EVENTS, _ACTIONS[service], arn, partial(_policy, arn)))
        then += [] if service == "lambda" else [key_of_role(by, arn)]
    asked = [] if by else [sender]
    if service == "sns":
        then += topic.joints(place, arn, asked, Sent(rule.name, words.bodies))
    elif service == "sqs":
        then += queue.joints(place, arn, asked)
    elif service == "lambda":
        then += function.joints(place, arn, asked)
    dead = str(target.get("DeadLetterConfig", {}).get("Arn") or "")
    if dead:
        then.append(queue.of_dead_letters(place, dead, sender))
    elif not ((expected := place.own.rules.get(rule.arn(place))) and arn in expected.unlettered):
        add = f"aws events put-targets --rule {rule.name}{rule.option} --targets {_with_letters(place, target)}"
        faults.append(Fault("TOC305", f"{rule.name} sends to it without a dead-letter queue", add))
    return told_of(faults, f"{rule.name} sends to it", then)


def key_of_role(arn: str, resource: str) -> Joint:
    """The key of an encrypted topic or queue, which a role that sends to it has to use.

    A key's policy lets the role in itself, or leaves it to the account's policies by naming the account (AWS KMS
    Developer Guide, "Default key policy"); a grant lets it in beside both.
    """
    return Joint("role", arn, partial(_uses, arn, resource), f"key of {resource}")


def _uses(arn: str, resource: str, looks: Looks) -> Told:
    name = str(_attributes(resource, looks).get("KmsMasterKeyId") or "")
    shown = looks.shown("kms", "DescribeKey", KeyId=name) if name and not key.of_aws(name) else None
    if shown is None:
        return told_of([], "no key of anybody's is in the way")
    held = str(shown["KeyMetadata"]["Arn"])
    policy = key.policy_of(held, looks)
    documents = role.documents_of(arn.rpartition("/")[2], looks)
    via = {"kms:ViaService": f"{resource.split(':')[2]}.{resource.split(':')[3]}.amazonaws.com"}
    faults = []
    for action in ("kms:GenerateDataKey", "kms:Decrypt"):
        request = by_principal(action, held, arn, **encryption_context(resource), **via)
        own, account = (effect_of(policy, replace(request, arns=(one,)))[0] for one in request.arns)
        said = role.allowed(documents, request)
        if Effect.DENY in (own, account, said):
            faults.append(Fault("TOC303", f"it is denied {action} on the key {name_of(held)}"))
            continue
        by_policy = Effect.ALLOW in (own, said if account is Effect.ALLOW else Effect.NOTHING)
        if not by_policy and not key.by_grant(policy, request, held, looks):
            faults.append(Fault("TOC303", f"nothing allows it {action} on the key {name_of(held)}"))
    return told_of(faults, f"it may use the key {name_of(held)}")


def _attributes(resource: str, looks: Looks) -> Mapping[str, str]:
    """The attributes of a topic or a queue; of anything else, and of what is not there, none."""
    seen = {"sns": topic.attributes_of, "sqs": queue.attributes_of}.get(resource.split(":")[2])
    return (seen(resource, looks) or {}) if seen else {}


def _policy(resource: str, looks: Looks) -> str:
    return str(_attributes(resource, looks).get("Policy") or "")


def _with_letters(place: Place, target: Mapping[str, Any]) -> str:
    """The target as it is, with a queue beside it: PutTargets replaces the target of that id whole."""
    queue_arn = place.arn("sqs", "NAME-OF-A-QUEUE")
    return quote(json.dumps([{**target, "DeadLetterConfig": {"Arn": queue_arn}}], separators=(",", ":")))


class _Said:
    """What a target is told: the bodies of some events, and what is wrong with its input."""

    def __init__(self, bodies: Sequence[str] = (), faults: Sequence[Fault] = ()) -> None:
        self.bodies = tuple(bodies)
        self.faults = tuple(faults)


def _words(place: Place, rule: Rule, target: Mapping[str, Any]) -> _Said:
    """What a target is told of the events that its rule matches."""
    ours = rule.arn(place) in place.own.rules
    # What our own rules say of other services reads alike: any event shows what comes of it.
    events = [json.loads(one) for one in matched(rule.pattern, place.golden) or place.golden[: int(ours)]]
    facts = RuleFacts(rule.arn(place), rule.name, "2026-01-01T00:00:00Z")
    try:
        check(dict(target))
        bodies = [body(dict(target), event, facts) for event in events]
    except TransformError as fault:
        return _Said(faults=[Fault("TOC306", f"{rule.name}: {fault}", "mend the target's input transformer")])
    paths = target.get("InputTransformer", {}).get("InputPathsMap") or {}
    sought = {} if ours else paths
    holes = [name for name, path in sought.items() if events and all(is_missing(find(one, path)) for one in events)]
    faults = []
    if holes:
        what = f"{rule.name}: {join(sorted(f'<{name}> ({paths[name]})' for name in holes), most=3)} finds nothing"
        faults.append(Fault("TOC307", what, "name a path that the event has"))
    if events and not any(text.strip() for text in bodies):
        faults.append(Fault("TOC306", f"{rule.name}: nothing is left of the event", "mend the target's input"))
    return _Said(bodies, faults)
