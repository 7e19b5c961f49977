"""The journal of a drill: what it is about to make, a line an act, so that all of it can be found and taken away.

A line is written before the act. Whoever reads it knows what may be there, and nothing else is ever touched.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from tocsin.errors import UsageError

if TYPE_CHECKING:
    from tocsin.core.steps import Step

VERSION = 1


class Kind(StrEnum):
    """What can be left behind."""

    SUBSCRIPTION = "subscription"
    TARGET = "target"
    RULE = "rule"
    QUEUE = "queue"
    USER = "user"
    GROUP = "group"
    DEVICE = "device"


@dataclass(frozen=True, slots=True)
class Thing:
    """One thing that a drill makes.

    Attributes:
        kind: what it is.
        name: its exact name; of a subscription, the ARN of the queue that is subscribed; of a target, its rule.
        of: what it belongs to: a subscription's topic, a rule's bus; ``""`` where it stands for itself.
    """

    kind: Kind
    name: str
    of: str = ""


# What makes a thing, and the parameters that name it and what it belongs to.
_MAKES = {
    "CreateUser": (Kind.USER, "UserName", ""),
    "CreateGroup": (Kind.GROUP, "GroupName", ""),
    "CreateVirtualMFADevice": (Kind.DEVICE, "VirtualMFADeviceName", ""),
    "PutRule": (Kind.RULE, "Name", "EventBusName"),
    "PutTargets": (Kind.TARGET, "Rule", "EventBusName"),
    "CreateQueue": (Kind.QUEUE, "QueueName", ""),
    "Subscribe": (Kind.SUBSCRIPTION, "Endpoint", "TopicArn"),
}


def made_by(step: Step) -> Thing | None:
    """What a step makes that has to be taken away by itself, or None."""
    if step.operation not in _MAKES:
        return None
    kind, name, of = _MAKES[step.operation]
    return Thing(kind, str(step.parameters[name]), str(step.parameters.get(of, "")))


@dataclass(frozen=True, slots=True)
class Heading:
    """The first line.

    Attributes:
        drill: the drill's id.
        code: what stands in every name.
        account: where it was.
        region: likewise.
        partition: such as ``aws``.
        at: when it began, ISO 8601.
    """

    drill: str
    code: str
    account: str
    region: str
    partition: str
    at: str


@dataclass(frozen=True, slots=True)
class Journal:
    """What a journal says.

    Attributes:
        heading: whose it is.
        things: what may have been made, in order, each once.
    """

    heading: Heading
    things: tuple[Thing, ...]


def heading_line(heading: Heading) -> str:
    """The first line, without its end."""
    fields = {name: getattr(heading, name) for name in Heading.__slots__}
    return json.dumps({"version": VERSION, **fields}, separators=(",", ":"))


def act_line(step: Step) -> str:
    """The line of an act that is about to be done, without its end. No parameter but names is in it."""
    line: dict[str, Any] = {"act": step.operation}
    if thing := made_by(step):
        line |= {"kind": thing.kind, "name": thing.name, "of": thing.of}
    return json.dumps(line, separators=(",", ":"))


def dropped_line(thing: Thing) -> str:
    """The line that says that a thing is gone, or was there before and is not the drill's: nobody is to touch it."""
    line = {"dropped": True, "kind": thing.kind, "name": thing.name, "of": thing.of}
    return json.dumps(line, separators=(",", ":"))


def read(text: str, place: str) -> Journal | None:
    """Read a journal; None where not even its first line was written, so nothing was done.

    Args:
        text: the file; its last line may be cut off, since the act that it stands for was then not begun.
        place: the file's name, for errors.

    Raises:
        UsageError: it is not a journal of this version.
    """
    lines = text.split("\n")[:-1]
    if not lines:
        return None
    try:
        first, *acts = [json.loads(line) for line in lines]
        heading = Heading(**{name: str(first[name]) for name in Heading.__slots__})
        things: dict[Thing, None] = {}
        for act in acts:
            if act.get("kind") is None:
                continue
            thing = Thing(Kind(act["kind"]), str(act["name"]), str(act["of"]))
            if act.get("dropped"):
                things.pop(thing, None)
            else:
                things[thing] = None
    except (ValueError, KeyError, TypeError, AttributeError) as fault:
        raise UsageError(
            f"`{place}` is no journal of a drill that this version can read",
            hint="look at what it names, take that away by hand, and delete the file",
        ) from fault
    if first.get("version") != VERSION:
        raise UsageError(f"`{place}` is a journal of another version", hint="clean with the version that drilled")
    return Journal(heading, tuple(things))
