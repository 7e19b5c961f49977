"""One alternative of a pattern (`$or` makes several), as the checks look at it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tocsin.core.pattern.cloudtrail_event import DETAIL_TYPES
from tocsin.lint.names import SUFFIX, Names, nearest
from tocsin.lint.nodes import HOLE, Listed, Mapped, Node, Scalar
from tocsin.lint.spelling import WRONG_SOURCES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tocsin.core.pattern.operators.checks import ValueTest
    from tocsin.lint.found import Found

KIND: Final = "detail-type"
SOURCE: Final = "source"
EVENT_SOURCE: Final = "detail.eventSource"
EVENT_NAME: Final = "detail.eventName"
# "CloudTrail Insights events" have one more than the records of calls have.
_BRANCH: Final = re.compile(r"\$or\[\d+\]\.|\[\d+\].*")
CLOUDTRAIL_KINDS: Final = frozenset({*DETAIL_TYPES.values(), "AWS Insight via CloudTrail"})


@dataclass(frozen=True, slots=True)
class Alternative:
    """One alternative of a rule's pattern.

    Attributes:
        tests: what it asks of each field.
        found: the rule.
        names: the event names that are known.
        region: the rule's Region, or ``""``.
    """

    tests: dict[str, ValueTest]
    found: Found
    names: Names
    region: str = ""

    def unknown(self, path: str) -> bool:
        """Whether some of what it asks of a field is only known to Terraform or CloudFormation."""
        places = {_BRANCH.sub("", place) for place, _ in self.found.unknown}
        return any(path == place or path.startswith(f"{place}.") for place in places)

    def named(self, path: str) -> list[str]:
        """The strings that it names for a field, those that are known."""
        test = self.tests.get(path)
        return sorted(text for text in test.named if HOLE not in text) if test else []

    def only(self, path: str) -> list[str]:
        """The strings outside which the field cannot match; none where it is open, or not wholly known."""
        test = self.tests.get(path)
        return sorted(test.named) if test and test.only_strings and not self.unknown(path) else []

    def accepts(self, path: str, value: str) -> bool:
        """Whether a value of a field passes; so it does where the field is not asked of, or not wholly known."""
        test = self.tests.get(path)
        return test is None or self.unknown(path) or test.accepts(value)

    @property
    def of_cloudtrail(self) -> bool:
        """Whether it is meant for what CloudTrail records."""
        kinds = self.named(KIND)
        if EVENT_SOURCE in self.tests or any(near_kind(kind) for kind in kinds):
            return True
        return EVENT_NAME in self.tests and KIND not in self.tests

    @property
    def event_sources(self) -> list[str]:
        """The event sources that it is meant for, as CloudTrail spells them; none where they are open."""
        if EVENT_SOURCE in self.tests:
            return [right_source(source) for source in self.only(EVENT_SOURCE)]
        return [right_source(source) for source in self.only(SOURCE)]

    @property
    def known_names(self) -> frozenset[str]:
        """The event names of its event sources, every one where they are open; empty where one of them has no list."""
        chosen = self.event_sources
        return self.names.of_sources(chosen) if chosen else self.names.everywhere()


def right_source(source: str) -> str:
    """An event source or a bus source as an event source: ``aws.eventbridge`` is ``events.amazonaws.com``."""
    service = source.strip().lower().removeprefix("aws.").removesuffix(SUFFIX)
    return WRONG_SOURCES.get(service, service) + SUFFIX


def near_kind(kind: str) -> str:
    """The detail-type of CloudTrail's that a text is, or is meant to be; ``""`` where it is another's."""
    if kind in CLOUDTRAIL_KINDS:
        return kind
    near = nearest(kind, CLOUDTRAIL_KINDS, 0.8)
    return near or (DETAIL_TYPES["AwsApiCall"] if "cloudtrail" in kind.lower() else "")


def locate(node: Node | None, path: str, value: str | None, *, whole: bool = False) -> tuple[str, int]:
    """Where a field stands in a pattern, or a value of it; the whole pattern where it cannot be found.

    Args:
        node: the pattern.
        path: the field, dotted.
        value: a value of it, or None.
        whole: whether the field is meant that holds the value.
    """
    if node is None:
        return path, 0
    if not path:
        return "", node.line
    found = list(_fields(node, "", ""))
    for field, place, held in found:
        if field == path and value is not None:
            for index, item in enumerate(held.items if isinstance(held, Listed) else ()):
                if _holds(item, value):
                    return (place, held.line) if whole else (f"{place}[{index}]", item.line)
    for field, place, held in found:
        if field == path or field.startswith(f"{path}."):
            return (place if field == path else path), held.line
    return path, node.line


def _fields(node: Node, path: str, place: str) -> Iterator[tuple[str, str, Node]]:
    if not isinstance(node, Mapped):
        return
    for name, value in node.members:
        here = f"{place}.{name}" if place else name
        if name == "$or" and isinstance(value, Listed):
            for index, branch in enumerate(value.items):
                yield from _fields(branch, path, f"{here}[{index}]")
            continue
        field = f"{path}.{name}" if path else name
        yield field, here, value
        yield from _fields(value, field, here)


def _holds(node: Node, value: str) -> bool:
    match node:
        case Scalar():
            return node.text == value
        case Listed(items=items):
            return any(_holds(item, value) for item in items)
        case Mapped(members=members):
            return any(_holds(item, value) for _, item in members)
    return False
