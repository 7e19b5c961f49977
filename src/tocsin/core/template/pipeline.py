"""From the frame and the rules to the template that is deployed.

The frame (``pipeline.yaml``) is written by hand and stays text, comments and all: the rules are composed as text into
its marked place. The patterns stand in it as JSON, which YAML contains (YAML 1.2, section 1.3).
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tocsin.core.match.rules import Role, Rule
from tocsin.core.pattern.cloudtrail_event import DETAIL_TYPES
from tocsin.core.template.subscribers import Subscriber, subscription
from tocsin.core.template.wire_words import transformer
from tocsin.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tocsin.core.pattern.operators.checks import ValueTest

MARK = "  # <rules>\n"
SUBSCRIBERS = "  # <subscribers>\n"
ALARM_SUBSCRIBERS = "  # <alarm-subscribers>\n"
# The event sources that a drill makes records of: a user that is deleted, an event rule that is touched. What cannot be
# handed to the observer is no dead letter.
_DRILLED = frozenset({"iam.amazonaws.com", "events.amazonaws.com"})
_OBSERVER = "        - {Id: observer, Arn: !GetAtt Observer.Arn}\n"
# What goes where the template would not fit: comments and empty lines, then what things say of themselves.
_COMMENT = re.compile(r"^ *(?:#.*)?\n", re.MULTILINE)
_DESCRIPTION = re.compile(r'^ {4,6}Description: (?:"[^"\n]*"|[^"!\n][^\n]*)\n', re.MULTILINE)
_DURABLE = re.compile(r"^  # <durable>\n(.*?)^  # </durable>\n", re.MULTILINE | re.DOTALL)
# CloudFormation User Guide, "Quotas": a template body in the request; EventBridge User Guide, "Quotas": a pattern.
LONGEST_TEMPLATE = 51_200
LONGEST_PATTERN = 2_048
# EventBridge User Guide, "Quotas": rules a bus (100 in some Regions).
MOST_RULES = 100
# The same page: rules with wildcards a bus, which cannot be raised.
MOST_WITH_WILDCARDS = 30


def compose(frame: str, rules: Iterable[Rule], *, durable: bool = True, subscribers: Iterable[Subscriber] = ()) -> str:
    """The template: the frame with one wire rule a trigger, one feed rule an event source, one subscription an address.

    Args:
        frame: the text of ``pipeline.yaml``.
        rules: the rules that are on (`rules.selected`).
        durable: whether the durable path is made too: the queue and the feed rules.
        subscribers: who hears the plain wire, and who of trouble of the bell itself.

    Comments, and then descriptions, are left out where the template would not fit in a request with them.

    Raises:
        UsageError: AWS would refuse the template or a pattern in it by its limits, or it has no place for rules.
    """
    for mark in (MARK, SUBSCRIBERS, ALARM_SUBSCRIBERS):
        if frame.count(mark) != 1:
            raise UsageError(
                f"the template's frame has no single line `{mark.rstrip()}`", hint="put one under Resources"
            )
    made = event_rules(rules, durable=durable)
    blocks = [_block(one) for one in made]
    names = [one.logical_id for one in made]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise UsageError(f"two rules make one resource, {twice[0]}", hint="rename a rule: hyphens do not count")
    if len(blocks) > MOST_RULES:
        raise UsageError(
            f"{len(blocks)} event rules are more than the {MOST_RULES} that every Region allows a bus",
            hint="switch a pack off",
        )
    wild = sum('"wildcard"' in block for block in blocks)
    if wild > MOST_WITH_WILDCARDS:
        raise UsageError(
            f"{wild} event rules with wildcards are more than the {MOST_WITH_WILDCARDS} that a bus may have",
            hint="take the `wire` of some rules away, or use `prefix` and `suffix`",
        )
    frame = _DURABLE.sub(lambda found: found[1] if durable else "", frame)
    everybody = sorted(set(subscribers))
    for mark, alarms in ((SUBSCRIBERS, False), (ALARM_SUBSCRIBERS, True)):
        frame = frame.replace(mark, "\n".join(subscription(one) for one in everybody if one.alarms is alarms))
    template = frame.replace(MARK, "\n".join(blocks))
    for spare in (_COMMENT, _DESCRIPTION):
        if len(template.encode()) > LONGEST_TEMPLATE:
            template = spare.sub("", template)
    size = len(template.encode())
    if size > LONGEST_TEMPLATE:
        raise UsageError(
            f"the template has {size:,} bytes, and CloudFormation takes {LONGEST_TEMPLATE:,} in a request",
            hint="switch a pack off",
        )
    return template


@dataclass(frozen=True, slots=True)
class EventRule:
    """One event rule of the template.

    Attributes:
        logical_id: its resource.
        suffix: its name, behind the pipeline's own and a hyphen.
        pattern: what it matches, as JSON.
        targets: the resources that it sends to.
        words: its input transformer: paths and template; None sends the event as it is.
        title: what it is for; ``""`` of a feed.
    """

    logical_id: str
    suffix: str
    pattern: str
    targets: tuple[str, ...]
    words: tuple[Mapping[str, str], str] | None = None
    title: str = ""


def event_rules(rules: Iterable[Rule], *, durable: bool) -> list[EventRule]:
    """The event rules that the template has: wires first, then feeds.

    Args:
        rules: the rules that are on (`rules.selected`).
        durable: whether the durable path is made too.

    Raises:
        UsageError: as `wire_pattern`, `feed_patterns` and `wire_words.transformer`.
    """
    chosen = [rule for rule in rules if rule.pattern is not None]
    wires = [
        EventRule(
            f"Wire{_camel(rule.id)}",
            f"wire-{rule.id}",
            wire_pattern(rule),
            ("AlarmTopic" if rule.family == "tamper" else "Topic",),
            transformer(rule),
            rule.title,
        )
        for rule in chosen
        if rule.role is Role.TRIGGER and rule.wire
    ]
    return wires + [_feed(name, pattern) for name, pattern in (feed_patterns(chosen) if durable else {}).items()]


def _feed(feed: str, pattern: str) -> EventRule:
    source, _, number = feed.partition(" ")
    service = f"{source.partition('.')[0]}{number and '-'}{number}"
    targets = ("Queue", "Observer") if source in _DRILLED else ("Queue",)
    return EventRule(f"Feed{_camel(service)}", f"feed-{service}", pattern, targets)


def wire_pattern(rule: Rule) -> str:
    """What a wire rule matches, as JSON: the rule's own pattern.

    Raises:
        UsageError: the pattern also matches calls that failed, or it is too long for EventBridge.
    """
    pattern = _pattern(rule)
    if pattern.get("detail", {}).get("errorCode") != [{"exists": False}]:
        raise UsageError(
            f"rule `{rule.id}`: a wire rings on success only, and its pattern also matches failed calls",
            hint='add "errorCode": [{"exists": false}] under "detail", or take its `wire` away',
        )
    return _checked(rule.id, json.dumps(pattern, separators=(",", ":")))


def feed_patterns(rules: Iterable[Rule]) -> dict[str, str]:
    """What the feed rules match, as JSON: for each event source every watched name, success and failure.

    Where the names of a source are too many for one pattern, the further feeds of it are numbered. A rule that does not
    name its events in full (root use, a service's own notifications) is fed by its own pattern, under its id.

    Raises:
        UsageError: the own pattern of a rule is too long for EventBridge.
    """
    watched: dict[str, _Watched] = {}
    own: dict[str, str] = {}
    for rule in rules:
        if rule.pattern is None:
            continue
        alternatives = [_names(dict(conditions)) for conditions in rule.pattern.rules]
        if not all(all(names) for names in alternatives):
            own[rule.id] = _checked(rule.id, json.dumps(_pattern(rule), separators=(",", ":")))
            continue
        for buses, kinds, sources, events in alternatives:
            for source in sources:
                watched.setdefault(source, _Watched()).add(buses, kinds, events)
    feeds = {
        f"{source} {number}" if number > 1 else source: pattern
        for source, one in sorted(watched.items())
        for number, pattern in enumerate(one.patterns(source), 1)
    }
    return feeds | own


def _names(tests: Mapping[str, ValueTest]) -> tuple[frozenset[str], ...]:
    """The sources, detail-types, event sources and event names of one alternative; empty where it leaves them open."""
    buses, kinds, sources, events = (
        test.strings if (test := tests.get(path)) and test.only_strings else frozenset[str]()
        for path in ("source", "detail-type", "detail.eventSource", "detail.eventName")
    )
    # A rule that leaves the detail-type open gets every kind that CloudTrail writes.
    return buses, kinds or frozenset(DETAIL_TYPES.values()), sources, events


class _Watched:
    """What the feed of one event source has to carry."""

    def __init__(self) -> None:
        self._buses: set[str] = set()
        self._kinds: set[str] = set()
        self._events: set[str] = set()

    def add(self, buses: Iterable[str], kinds: Iterable[str], events: Iterable[str]) -> None:
        """Carry what one more rule needs."""
        self._buses.update(buses)
        self._kinds.update(kinds)
        self._events.update(events)

    def patterns(self, source: str) -> list[str]:
        """The event patterns of the feed, each as many names as EventBridge takes."""
        found, names = [], list[str]()
        for name in sorted(self._events):
            if names and len(self._pattern(source, [*names, name])) > LONGEST_PATTERN:
                found.append(self._pattern(source, names))
                names = []
            names.append(name)
        return [_checked(source, pattern) for pattern in (*found, self._pattern(source, names))]

    def _pattern(self, source: str, names: list[str]) -> str:
        detail = {"eventSource": [source], "eventName": names}
        pattern = {"source": sorted(self._buses), "detail-type": sorted(self._kinds), "detail": detail}
        return json.dumps(pattern, separators=(",", ":"))


def _pattern(rule: Rule) -> dict[str, dict[str, object]]:
    if rule.pattern is None:
        raise UsageError(f"rule `{rule.id}`: it has no pattern to deploy", hint="only Tocsin's own notices have none")
    value: dict[str, dict[str, object]] = json.loads(rule.pattern.text)
    return value


def _checked(name: str, pattern: str) -> str:
    if len(pattern) > LONGEST_PATTERN:
        raise UsageError(
            f"the pattern of `{name}` has {len(pattern):,} characters, and EventBridge takes {LONGEST_PATTERN:,}",
            hint="split the rule in two",
        )
    return pattern


def _block(rule: EventRule) -> str:
    return _wire_block(rule, rule.words) if rule.words else _feed_block(rule)


def _wire_block(rule: EventRule, words: tuple[Mapping[str, str], str]) -> str:
    paths, template = words
    return f"""\
  {rule.logical_id}:
    Type: AWS::Events::Rule
    Properties:
      Name: !Sub "${{Name}}-{rule.suffix}"
      Description: {json.dumps(f"{rule.title}: to the topic at once")}
      State: ENABLED
      EventPattern: {rule.pattern}
      Targets:
        - Id: topic
          Arn: !Ref {rule.targets[0]}
          DeadLetterConfig: {{Arn: !GetAtt RuleDeadLetters.Arn}}
          InputTransformer:
            InputPathsMap: {json.dumps(paths, separators=(",", ":"))}
            InputTemplate: {json.dumps(template, ensure_ascii=False)}
"""


def _feed_block(rule: EventRule) -> str:
    return f"""\
  {rule.logical_id}:
    Type: AWS::Events::Rule
    Properties:
      Name: !Sub "${{Name}}-{rule.suffix}"
      State: ENABLED
      EventPattern: {rule.pattern}
      Targets:
        - {{Id: queue, Arn: !GetAtt Queue.Arn, DeadLetterConfig: {{Arn: !GetAtt RuleDeadLetters.Arn}}}}
{_OBSERVER if "Observer" in rule.targets else ""}"""


def _camel(name: str) -> str:
    return "".join(word.capitalize() for word in re.split(r"[^A-Za-z0-9]", name))
