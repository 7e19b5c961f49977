"""A notice as plain text and as JSON."""

from __future__ import annotations

import json
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tocsin.core.notice.notice import Notice

WIDTH = 80
_LABEL = 10


@lru_cache(maxsize=8)  # several channels say the same
def as_text(notice: Notice, width: int = WIDTH) -> str:
    """A notice as plain text for a terminal or a mail, without a trailing newline.

    Args:
        notice: what to show.
        width: columns; a word longer than that is not broken, so that it can be copied.
    """
    lines = [notice.heading, ""]
    lines += _wrapped(notice.sentence, width)
    lines += ["", *(line for fact in notice.facts for line in _row(fact.label, fact.value, width))]
    for label, told in notice.lists:
        lines += ["", label, *_list(told, width)] if told else []
    if notice.next_steps:
        lines += ["", "What to do next"]
        lines += [line for number, step in enumerate(notice.next_steps, 1) for line in _step(number, step, width)]
    if notice.links:
        lines += ["", *(f"{link.label}: {link.url}" for link in notice.links)]
    lines += ["", notice.foot]
    return "\n".join(lines)


def _wrapped(text: str, width: int, first: str = "", rest: str = "") -> list[str]:
    """An inert text in lines as `textwrap.wrap` gives them, which takes five times as long; no blanks at its ends."""
    text, lines, indent = text.strip(" "), [], first
    while len(text) > (room := width - len(indent)):
        # The last word that fits; a word that is longer than a line has one of its own.
        end = text.rfind(" ", 0, max(room, 0) + 1)
        end = text.find(" ") if end < 0 else end
        if end < 0:
            break
        lines.append(f"{indent}{text[:end].rstrip(' ')}")
        text, indent = text[end:].lstrip(" "), rest
    return [*lines, f"{indent}{text}" if text else indent.rstrip()]


def _row(label: str, value: str, width: int) -> list[str]:
    return _wrapped(value, width, f"  {label:<{_LABEL}}", " " * (_LABEL + 2))


def _list(items: tuple[str, ...], width: int) -> list[str]:
    return [line for item in items for line in _wrapped(item, width, "  ", "    ")]


def _step(number: int, step: str, width: int) -> list[str]:
    return _wrapped(step, width, f"  {number}. ", "     ")


def as_data(notice: Notice) -> dict[str, Any]:
    """A notice as JSON-ready values, in the form that ``docs/reference/json.md`` documents."""
    return {
        "incident": notice.incident,
        "revision": notice.revision,
        "part": notice.part,
        "severity": str(notice.severity),
        "rule": notice.rule,
        "title": notice.title,
        "sentence": notice.sentence,
        "facts": {_key(fact.label): fact.value for fact in notice.facts},
        "subjects": list(notice.subjects),
        "new": list(notice.new),
        "story": list(notice.story),
        "before": list(notice.before),
        "next_steps": list(notice.next_steps),
        "links": {_key(link.label): link.url for link in notice.links},
        "account": notice.account,
        "region": notice.region,
    }


@cache  # the labels are ours, and few
def _key(label: str) -> str:
    return label.lower().replace(" ", "_")


def as_json(notice: Notice) -> str:
    """A notice as one line of JSON, ASCII only."""
    return json.dumps(as_data(notice), separators=(",", ":"))
