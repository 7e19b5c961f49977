"""A notice as a Slack message.

Slack API, "Incoming webhooks", "Reference: blocks" (header 150 characters, section 3,000, 50 blocks) and "Formatting
text for app surfaces": only ``&``, ``<`` and ``>`` have to be escaped for a text to be no mention, link or channel.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tocsin.core.notice.notice import Notice

_LONGEST_HEADER, _LONGEST_SECTION, _LONGEST_TEXT = 150, 3000, 2000
_MARKS = {"info": ":information_source:", "low": ":large_blue_circle:", "medium": ":large_yellow_circle:"}
_LOUD = ":rotating_light:"


def as_slack(notice: Notice) -> dict[str, Any]:
    """The payload of an incoming webhook."""
    mark = _MARKS.get(str(notice.severity), _LOUD)
    blocks: list[dict[str, Any]] = [
        {"type": "header", "text": {"type": "plain_text", "text": _cut(notice.title, _LONGEST_HEADER), "emoji": False}},
        _section(f"{mark} {plain(notice.sentence)}"),
        _section("\n".join(f"*{plain(fact.label)}*  {plain(fact.value)}" for fact in notice.facts)),
    ]
    blocks += [_section(f"*{label}*\n{_lines(lines)}") for label, lines in notice.lists if lines]
    if notice.next_steps:
        steps = (f"{number}. {step}" for number, step in enumerate(notice.next_steps, 1))
        blocks.append(_section(f"*What to do next*\n{_lines(steps)}"))
    # Console links are our own, but for what stands in their query, which is percent-encoded.
    links = "  ".join(f"<{link.url}|{plain(link.label)}>" for link in notice.links if len(link.url) < _LONGEST_TEXT)
    if links:
        blocks.append(_section(links))
    blocks.append({"type": "context", "elements": [{"type": "mrkdwn", "text": plain(notice.foot)}]})
    return {"text": _cut(plain(notice.heading), _LONGEST_TEXT), "blocks": blocks}


def plain(text: str) -> str:
    """A text of which Slack makes nothing: no mention, no link, and none of its own marks at a word's edge."""
    safe = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return "".join(f"{one}\u2060" if one in "*_~`" else one for one in safe)


def _lines(lines: Iterable[str]) -> str:
    return "\n".join(map(plain, lines))


def _section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": _cut(text, _LONGEST_SECTION) or " "}}


def _cut(text: str, longest: int) -> str:
    """A text of at most so many characters, never cut within an escape."""
    if len(text) <= longest:
        return text
    short = text[: longest - 1]
    head, mark, tail = short.rpartition("&")
    return f"{head if mark and ';' not in tail else short}…"
