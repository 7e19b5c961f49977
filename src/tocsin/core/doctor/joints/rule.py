"""Event rules: enabled, on the bus and in the Region where AWS's events come, with a pattern that can match.

EventBridge API Reference, "Rule" and "PutRule"; EventBridge User Guide, "AWS service events delivered via AWS
CloudTrail": events of AWS come to the default bus of the Region in which they are recorded.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from tocsin.core.doctor.golden import call_in, compiled, matched
from tocsin.core.doctor.joints import counts, target
from tocsin.core.doctor.looks import look
from tocsin.core.doctor.walk import Fault, Joint, Reach, Told, told_of
from tocsin.core.steps import Came, Step

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tocsin.core.doctor.joints.place import Doubt, Place
    from tocsin.core.doctor.looks import Looks

DEFAULT_BUS = "default"
_DISABLED = "DISABLED"
# Whatever is meant to be IAM's, however it is spelled.
_MEANT = re.compile(r'"(?:aws\.iam|iam\.amazonaws\.com|aws\.iam\.amazonaws\.com)"', re.IGNORECASE)
# Findings of lint that have codes of their own here.
_REGION, _BOTH_ENDINGS = "TL201", frozenset({"TL301", "TL302"})


@dataclass(frozen=True, slots=True)
class Rule:
    """An event rule.

    Attributes:
        name: its name.
        bus: its bus's name.
        pattern: its pattern; ``""`` of a schedule.
        state: as AWS spells it.
        managed_by: the service that keeps it, or ``""``.
    """

    name: str
    bus: str
    pattern: str
    state: str
    managed_by: str = ""

    def arn(self, place: Place) -> str:
        """Its ARN: the default bus is not in it."""
        return place.arn("events", f"rule/{'' if self.bus == DEFAULT_BUS else f'{self.bus}/'}{self.name}")

    @property
    def on(self) -> dict[str, str]:
        """The parameters that say on which bus it is."""
        return {} if self.bus == DEFAULT_BUS else {"EventBusName": self.bus}

    @property
    def option(self) -> str:
        """The option that says so to the AWS CLI."""
        return "" if self.bus == DEFAULT_BUS else f" --event-bus-name {self.bus}"


def rule_of(shown: Mapping[str, Any]) -> Rule:
    """A rule as ListRules and DescribeRule show it."""
    bus = str(shown.get("EventBusName") or DEFAULT_BUS).rpartition("/")[2]
    pattern, state = str(shown.get("EventPattern") or ""), str(shown.get("State", ""))
    return Rule(str(shown["Name"]), bus, pattern, state, str(shown.get("ManagedBy") or ""))


def joint(place: Place, rule: Rule) -> Joint:
    """A rule that is known to be there."""
    arn = rule.arn(place)
    return Joint(place.link("rule", arn), arn, partial(_judge, place, rule))


def named(place: Place, name: str) -> Joint:
    """A rule by its name, or ``BUS/NAME``."""
    bus, _, own = name.rpartition("/")
    asked = Rule(own, bus or DEFAULT_BUS, "", "")
    return Joint("rule", name, partial(_found, place, asked))


def _found(place: Place, asked: Rule, looks: Looks) -> Told:
    shown = looks.shown("events", "DescribeRule", Name=asked.name, **asked.on)
    if shown is None:
        return told_of([Fault("TOC201", f"there is no such rule in {place.region}")], "")
    found = rule_of(shown)
    if not found.pattern:
        return told_of([Fault("TOC205", "it has no event pattern: it is a schedule, and hears nothing")], "")
    return told_of([], "it is there", [joint(place, found)])


def _judge(place: Place, rule: Rule, looks: Looks) -> Told:
    faults = [*_around(place, rule, looks), *_pattern(place, rule)]
    ours = rule.arn(place) in place.own.rules
    said = f"{rule.state.lower().replace('_', ' ')}, {'as the template has it' if ours else _heard(place, rule)}"
    arn = rule.arn(place)
    then = [
        Joint(place.link("rule", arn), arn, partial(_by_aws, place, rule), "TestEventPattern"),
        Joint(place.link("target", arn), arn, partial(target.of_rule, place, rule), "ListTargetsByRule"),
        counts.rule(place, rule, place.link("rule", arn)),
    ]
    takes = Reach.TAKES if matched(rule.pattern, place.golden[:1]) else Reach.ON
    return told_of(faults, said, then if not rule.managed_by else [then[0], then[2]], takes)


def _heard(place: Place, rule: Rule) -> str:
    return f"its pattern matches {len(matched(rule.pattern, place.golden))} of {len(place.golden)} records of IAM"


def _around(place: Place, rule: Rule, looks: Looks) -> list[Fault]:
    faults = []
    if rule.state == _DISABLED:
        enable = f"aws events enable-rule --name {rule.name}{rule.option}"
        fix = Step("events", "EnableRule", {"Name": rule.name, **rule.on}, f"enable the rule {rule.name}")
        faults.append(Fault("TOC202", "it is DISABLED", enable, (fix,)))
    if place.region != place.iam_region:
        where = f"it is in {place.region}, and IAM is recorded in {place.iam_region}"
        faults.append(Fault("TOC203", where, f"make it in {place.iam_region}, with its target"))
    if rule.bus != DEFAULT_BUS and not _fed(place, rule, looks):
        faults.append(Fault("TOC204", f"it is on the bus {rule.bus}", f"make it on the bus {DEFAULT_BUS}"))
    return faults


def _fed(place: Place, rule: Rule, looks: Looks) -> bool:
    """Whether a rule of the default bus sends on to its bus; what it sends is not looked at any closer."""
    bus = place.arn("events", f"event-bus/{rule.bus}")
    found = looks.shown("events", "ListRuleNamesByTarget", TargetArn=bus)
    return bool(found and found.get("RuleNames"))


def _pattern(place: Place, rule: Rule) -> list[Fault]:
    if expected := place.own.rules.get(rule.arn(place)):
        same = _read(rule.pattern) == _read(expected.pattern)
        return [] if same else [Fault("TOC210", "its pattern is another than the template's", "tocsin apply")]
    doubts = [one for one in place.patterns.doubts(rule.name, rule.pattern, place.region) if one.id != _REGION]
    never = [one for one in doubts if one.never]
    faults = [_of_lint(one) for one in never or doubts]
    if not never:
        named = tuple(one for one in place.golden if f'"{call_in(one)}"' in rule.pattern)
        if named and not matched(rule.pattern, named):
            calls = ", ".join(sorted({call_in(one) for one in named}))
            faults.append(Fault("TOC208", f"it names {calls}, and matches none of {len(named)} records of that"))
    return faults


def _read(pattern: str) -> object:
    try:
        return json.loads(pattern)
    except ValueError:
        return None


def _of_lint(doubt: Doubt) -> Fault:
    code = "TOC205" if doubt.never else "TOC207" if doubt.id in _BOTH_ENDINGS else "TOC206"
    return Fault(code, f"{doubt.reason} ({doubt.id})", doubt.mend)


def _by_aws(place: Place, rule: Rule, looks: Looks) -> Told:
    """Whether AWS's own matcher says the same of an event as ours."""
    if compiled(rule.pattern) is None:
        return told_of([], "AWS was not asked: the pattern can not be read")
    heard = matched(rule.pattern, place.golden)
    event, ours = (heard or place.golden)[0], bool(heard)
    answered = looks.answer(look("events", "TestEventPattern", EventPattern=rule.pattern, Event=event))
    if answered.came is not Came.DONE or bool(answered.result.get("Result")) is not ours:
        return told_of([Fault("TOC209", f"of a {call_in(event)} we say {_says(ours)}, and AWS {_says(not ours)}")], "")
    return told_of([], f"AWS says of a {call_in(event)} what we say: {_says(ours)}")


def _says(matches: bool) -> str:  # noqa: FBT001 - the answer itself
    return "that it matches" if matches else "that it does not match"


def listens(place: Place, pattern: str) -> bool:
    """Whether a pattern takes IAM events in, or is meant to."""
    if _MEANT.search(pattern):
        return True
    return bool(matched(pattern, place.golden))
