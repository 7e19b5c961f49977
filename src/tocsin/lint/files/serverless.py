"""The event rules of a ``serverless.yml`` (Serverless Framework, "AWS EventBridge events")."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tocsin.lint.files import cloudformation
from tocsin.lint.found import DISABLED, ENABLED, Found, bus_of, mappings
from tocsin.lint.nodes import HOLE, Listed, Mapped, Node, Scalar

if TYPE_CHECKING:
    from collections.abc import Iterator

_EVENTS = ("eventBridge", "cloudwatchEvent")


def is_serverless(node: Node) -> bool:
    """Whether a file is of the Serverless Framework."""
    return (
        isinstance(node, Mapped)
        and node.get("provider") is not None
        and (node.get("service") is not None or node.get("functions") is not None)
    )


def rules(node: Node) -> Iterator[Found]:
    """Every event rule: those of functions, and those among the resources."""
    if not isinstance(node, Mapped):
        return
    provider = node.get("provider")
    region = (provider.text("region") or "") if isinstance(provider, Mapped) else ""
    region = "" if "${" in region or HOLE in region else region
    for name, function in mappings(node.get("functions")):
        events = function.get("events")
        for event in events.items if isinstance(events, Listed) else ():
            for kind, inner in mappings(event):
                if kind in _EVENTS:
                    yield _rule(name, inner, region)
    resources = node.get("resources")
    for part in resources.items if isinstance(resources, Listed) else (resources,):
        if isinstance(part, Mapped) and isinstance(part.get("Resources"), Mapped):
            yield from cloudformation.rules(part)


def _rule(name: str, event: Mapped, region: str) -> Found:
    enabled = event.get("enabled")
    found = Found(
        f"functions.{name}",
        event.line,
        scheduled=event.get("schedule") is not None,
        state=DISABLED if isinstance(enabled, Scalar) and enabled.value is False else ENABLED,
        bus=bus_of(event.text("eventBus")),
        region=region,
        left_to_code=True,
    )
    return found.with_pattern(_filled(event.get("pattern", "event")))


def _filled(node: Node | None) -> Node | None:
    """A pattern in which what the framework fills in is unknown."""
    match node:
        case Mapped(members=members, line=line):
            return Mapped(tuple((name, _filled(value) or value) for name, value in members), line)
        case Listed(items=items, line=line):
            return Listed(tuple(_filled(item) or item for item in items), line)
        case Scalar(value=str(value)) if node.text is not None and "${" in value:
            return Scalar(HOLE, node.line)
    return node
