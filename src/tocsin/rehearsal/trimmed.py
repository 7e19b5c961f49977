"""Somebody's CloudFormation template, with what can be rehearsed of it: the rest is left out, and named.

CloudFormation User Guide, "Template anatomy" and "Intrinsic function reference"; what the CDK puts out is such a
template too.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from embedded_aws.cloudformation.types import OURS
from embedded_aws.cloudformation.types.events import TARGET
from tocsin.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    Value = Any

_RULE, _TOPIC, _SUBSCRIPTION = "AWS::Events::Rule", "AWS::SNS::Topic", "AWS::SNS::Subscription"
_ROLE, _ROLE_POLICY = "AWS::IAM::Role", "AWS::IAM::RolePolicy"
_FUNCTIONS = ("AWS::Lambda::Function", "AWS::Serverless::Function")
_EVENTS_OF_SAM = ("EventBridgeRule", "CloudWatchEvent")
_SENDS = "events.amazonaws.com"
_TRAIL = "AWS::CloudTrail::Trail"
_APPLIED = {one.type_name: one.applied for one in OURS}
# The older types set one policy for several topics, queues or roles; the inline ones for one.
_MANY = {
    "AWS::SNS::TopicPolicy": ("AWS::SNS::TopicInlinePolicy", "Topics", "TopicArn"),
    "AWS::SQS::QueuePolicy": ("AWS::SQS::QueueInlinePolicy", "Queues", "Queue"),
    "AWS::IAM::Policy": (_ROLE_POLICY, "Roles", "RoleName"),
}
_LISTS = frozenset({"Topics", "Queues", "Roles", "Users", "Groups"})
_SECTIONS = ("Transform", "Hooks", "Rules")
_KEPT = ("Type", "Properties", "DependsOn", "Condition", "DeletionPolicy", "UpdateReplacePolicy")
_CALLED = re.compile(r"https?://", re.IGNORECASE)
_IN_TEXT = re.compile(r"\$\{([A-Za-z0-9]+)(?:\.([A-Za-z0-9.]+))?\}")


@dataclass
class Trimmed:
    """A template that can be rehearsed.

    Attributes:
        template: as CloudFormation takes it.
        left_out: what was left out, and why; a sentence each.
        stand_ins: the ARNs that stand for what was left out, by its logical id.
        has_trail: whether it brings a trail.
    """

    template: dict[str, Value]
    left_out: list[str] = field(default_factory=list)
    stand_ins: dict[str, str] = field(default_factory=dict)

    @property
    def has_trail(self) -> bool:
        """Whether it brings a trail of its own."""
        return any(one["Type"] == _TRAIL for one in self.template["Resources"].values())


def trim(template: Mapping[str, Value], given: Mapping[str, str], region: str, account: str) -> Trimmed:
    """What can be rehearsed of a template.

    Args:
        template: as it was read, with the full names of intrinsic functions.
        given: values of parameters.
        region: where it is rehearsed.
        account: the account it is rehearsed in.

    Raises:
        UsageError: it has no resource that is of an alarm, or a parameter has no value.
    """
    resources = template.get("Resources")
    if not isinstance(resources, dict) or not all(isinstance(one, dict) for one in resources.values()):
        raise UsageError("it is no CloudFormation template: it has no Resources", hint="cdk synth writes one")
    return _Trim(template, given, region, account).made()


class _Trim:
    def __init__(self, template: Mapping[str, Value], given: Mapping[str, str], region: str, account: str) -> None:
        self._template = template
        self._region, self._account = region, account
        self._parameters = dict(template.get("Parameters") or {})
        self._given = dict(given)
        self._out = Trimmed({})

    def made(self) -> Trimmed:
        """The trimmed template."""
        every = dict(_single(self._template["Resources"]))
        idle = {name for name, one in every.items() if one.get("Type") == _ROLE and not _sends(one)}
        kept = {name: one for name, one in every.items() if self._keeps(name, one, idle)}
        if not any(one["Type"] == _RULE for one in kept.values()):
            self._out.left_out.append("it has no event rule that can be rehearsed")
        resources = {name: self._resource(name, one) for name, one in kept.items()}
        conditions = self._filled(dict(self._template.get("Conditions") or {}))
        used = set(_referred([resources, conditions]))
        parameters = {name: one for name, one in self._parameters.items() if name in used}
        self._require(parameters)
        for section in _SECTIONS:
            if self._template.get(section):
                self._out.left_out.append(f"{section}: the embedded AWS runs none")
        self._out.template = {
            "Parameters": {name: _plain(one) for name, one in parameters.items()},
            "Conditions": conditions,
            "Resources": resources,
        }
        return self._out

    def _keeps(self, name: str, one: Mapping[str, Value], idle: Collection[str]) -> bool:
        kind = str(one.get("Type", ""))
        properties = one.get("Properties") or {}
        if name in idle:
            self._out.stand_ins[name] = self._stand_in(name, kind)
            self._out.left_out.append(f"{name} ({kind}): no rule sends by it")
            return False
        if kind == _ROLE_POLICY and _ref(properties.get("RoleName")) in idle:
            self._out.left_out.append(f"{name} (a policy): of a role that is left out")
            return False
        if kind not in _APPLIED:
            self._out.stand_ins[name] = self._stand_in(name, kind)
            self._out.left_out.append(f"{name} ({kind or 'without a type'}): the embedded AWS does not build it")
            return False
        endpoint = properties.get("Endpoint")
        if kind == _SUBSCRIPTION and isinstance(endpoint, str) and _CALLED.match(endpoint):
            self._out.left_out.append(f"{name}: a rehearsal calls nobody, so {endpoint} is not subscribed")
            return False
        return True

    def _stand_in(self, name: str, kind: str) -> str:
        service = kind.split("::")[1].lower() if kind.count("::") > 1 else "none"
        if kind in _FUNCTIONS:
            return f"arn:aws:lambda:{self._region}:{self._account}:function:{name}"
        if kind == _ROLE:
            return f"arn:aws:iam::{self._account}:role/{name}"
        return f"arn:aws:{service}:{self._region}:{self._account}:{name}"

    def _resource(self, name: str, one: Mapping[str, Value]) -> dict[str, Value]:
        kind, properties = one["Type"], dict(one.get("Properties") or {})
        for extra in sorted(set(properties) - _APPLIED[kind]):
            del properties[extra]
            self._out.left_out.append(f"{name}: its property {extra}")
        if kind == _RULE:
            properties["Targets"] = [self._target(name, target) for target in properties.get("Targets") or []]
        made = {key: one[key] for key in _KEPT if key in one} | {"Properties": self._filled(properties)}
        after = one.get("DependsOn") or []
        needed = [each for each in ([after] if isinstance(after, str) else after) if each not in self._out.stand_ins]
        made.pop("DependsOn", None)
        return made | ({"DependsOn": needed} if needed else {})

    def _target(self, name: str, target: Value) -> Value:
        if not isinstance(target, dict) or not (extra := sorted(set(target) - TARGET)):
            return target
        self._out.left_out.append(f"{name}: {', '.join(extra)} of a target")
        return {key: value for key, value in target.items() if key in TARGET}

    def _require(self, parameters: Mapping[str, Value]) -> None:
        missing = [name for name, one in parameters.items() if name not in self._given and "Default" not in one]
        unknown = sorted(set(self._given) - set(self._parameters))
        if unknown:
            raise UsageError(f"the template has no parameter {unknown[0]}", hint=_has(self._parameters))
        if missing:
            raise UsageError(
                f"the template's parameter {missing[0]} has no value", hint=f"--parameter {missing[0]}=VALUE"
            )

    def _filled(self, value: Value) -> Value:
        """A value in which what was left out is replaced by its stand-in, and what a mapping says by that."""
        if isinstance(value, list):
            return [self._filled(one) for one in value]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            [(name, inner)] = value.items()
            if name == "Ref" and inner in self._out.stand_ins:
                return self._out.stand_ins[inner]
            if name == "Fn::GetAtt":
                of = str(inner[0]) if isinstance(inner, list) else str(inner).partition(".")[0]
                return self._out.stand_ins.get(of, {name: inner.split(".", 1) if isinstance(inner, str) else inner})
            if name == "Fn::Sub":
                return {name: self._substituted(inner)}
            if name == "Fn::FindInMap":
                return self._mapped(inner)
        return {key: self._filled(one) for key, one in value.items()}

    def _substituted(self, value: Value) -> Value:
        if isinstance(value, list):
            return [self._substituted(value[0]), *(self._filled(one) for one in value[1:])]

        def replace(found: re.Match[str]) -> str:
            return self._out.stand_ins.get(found[1], found[0])

        return _IN_TEXT.sub(replace, str(value))

    def _mapped(self, keys: Value) -> Value:
        """What a mapping says; the embedded AWS has none."""
        found: Value = self._template.get("Mappings") or {}
        for key in keys if isinstance(keys, list) else []:
            name = self._known(key)
            if not isinstance(found, dict) or name not in found:
                raise UsageError(f"Fn::FindInMap: no `{name}` in the template's Mappings")
            found = found[name]
        return found

    def _known(self, key: Value) -> str:
        if not isinstance(key, dict):
            return str(key)
        name = str(key.get("Ref", ""))
        pseudo = {"AWS::Region": self._region, "AWS::AccountId": self._account, "AWS::Partition": "aws"}
        default = (self._parameters.get(name) or {}).get("Default", "")
        return pseudo.get(name) or str(self._given.get(name, default))


def _single(resources: Mapping[str, Value]) -> Iterator[tuple[str, Value]]:
    """The resources, where one that stands for several things is several."""
    for name, one in resources.items():
        kind, properties = one.get("Type"), one.get("Properties") or {}
        if kind in _MANY:
            single, many, of = _MANY[kind]
            for number, each in enumerate(properties.get(many) or []):
                policy = {of: each, **{key: value for key, value in properties.items() if key not in _LISTS}}
                yield f"{name}{number or ''}", {**one, "Type": single, "Properties": policy}
            continue
        if kind == _TOPIC and isinstance(inline := properties.get("Subscription"), list):
            own = {key: value for key, value in properties.items() if key != "Subscription"}
            yield name, {**one, "Properties": own}
            for number, each in enumerate(inline):
                subscription = {**each, "TopicArn": {"Ref": name}}
                yield f"{name}Subscription{number}", {"Type": _SUBSCRIPTION, "Properties": subscription}
            continue
        yield name, one
        if kind == _FUNCTIONS[1]:
            yield from _rules_of_sam(name, properties.get("Events") or {})


def _rules_of_sam(function: str, events: Mapping[str, Value]) -> Iterator[tuple[str, Value]]:
    """The rules that SAM makes of a function's events (SAM Developer Guide, "EventBridgeRule")."""
    for name, one in events.items():
        if one.get("Type") in _EVENTS_OF_SAM:
            given = one.get("Properties") or {}
            arn = {"Fn::GetAtt": [function, "Arn"]}
            target = {"Id": name, "Arn": arn, **{key: given[key] for key in ("Input", "InputPath") if key in given}}
            rule = {"EventPattern": given.get("Pattern"), "State": given.get("State", "ENABLED"), "Targets": [target]}
            bus = {"EventBusName": given["EventBusName"]} if "EventBusName" in given else {}
            yield f"{function}{name}", {"Type": _RULE, "Properties": {**rule, **bus}}


def _sends(role: Mapping[str, Value]) -> bool:
    """Whether EventBridge may take a role on."""
    return _SENDS in json.dumps((role.get("Properties") or {}).get("AssumeRolePolicyDocument"), default=str)


def _ref(value: Value) -> str:
    return str(value.get("Ref", "")) if isinstance(value, dict) else ""


def _referred(value: Value) -> Iterator[str]:
    """Every name that a value refers to."""
    if isinstance(value, list):
        for one in value:
            yield from _referred(one)
    elif isinstance(value, dict):
        for name, one in value.items():
            if name == "Ref" and isinstance(one, str):
                yield one
            elif name == "Fn::Sub":
                text = one[0] if isinstance(one, list) else one
                yield from (found[1] for found in _IN_TEXT.finditer(str(text)))
            yield from _referred(one)


def _plain(parameter: Mapping[str, Value]) -> dict[str, Value]:
    """A parameter whose value comes from elsewhere (SSM, lists of AWS's own things) as a text."""
    kind = str(parameter.get("Type", "String"))
    plain = kind if kind in ("String", "Number", "CommaDelimitedList") else "String"
    return {**parameter, "Type": plain}


def _has(parameters: Mapping[str, Value]) -> str:
    return f"it has {', '.join(sorted(parameters))}" if parameters else "it has none"
