"""A notice as an Adaptive Card, for a Microsoft Teams workflow that posts to a channel.

Microsoft Teams, "Create incoming webhooks with Workflows" (a message with a card as its attachment, 28 KB at most) and
the Adaptive Cards schema: the text of a ``TextBlock`` and of a ``FactSet`` may be Markdown, that of a ``TextRun`` never
is. So everything that anybody could have chosen stands in runs.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tocsin.core.text import cut

if TYPE_CHECKING:
    from tocsin.core.notice.notice import Notice

# Some way below 28 KB: Teams counts its own wrapping too.
LARGEST = 20_000
_LONGEST, _MOST_LINKS = 1000, 4
_COLOURS = {"info": "Default", "low": "Accent", "medium": "Warning", "high": "Attention", "critical": "Attention"}


def as_teams(notice: Notice) -> bytes:
    """The message, in UTF-8; what does not fit is left out from the end of each list, and says so."""
    for most in (1000, 20, 8, 3, 0):
        body = json.dumps(_message(notice, most), ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
        if len(body) <= LARGEST:
            return body
    return body


def _message(notice: Notice, most: int) -> dict[str, Any]:
    body = [
        _runs((notice.heading, {"size": "Large", "weight": "Bolder", "color": _COLOURS[str(notice.severity)]})),
        _runs((notice.sentence, {"weight": "Bolder"})),
        *(_runs((f"{fact.label}  ", {"isSubtle": True}), (fact.value, {})) for fact in notice.facts),
    ]
    for label, lines in (*notice.lists, ("What to do next", notice.next_steps)):
        if lines and most:
            left = f"and {len(lines) - most:,} more" if len(lines) > most else ""
            body.append(_runs((label, {"weight": "Bolder"})))
            body += [_runs((line, {})) for line in (*lines[:most], *filter(None, (left,)))]
    body.append(_runs((notice.foot, {"isSubtle": True, "size": "Small"})))
    card = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.2",
        "msteams": {"width": "Full"},
        "body": body,
        "actions": [
            {"type": "Action.OpenUrl", "title": link.label, "url": link.url}
            for link in notice.links[:_MOST_LINKS]
            if len(link.url) < _LONGEST
        ],
    }
    content_type = "application/vnd.microsoft.card.adaptive"
    return {"type": "message", "attachments": [{"contentType": content_type, "contentUrl": None, "content": card}]}


def _runs(*runs: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    inlines = [{"type": "TextRun", "text": cut(text, _LONGEST), **style}
               for text, style in runs]  # fmt: skip
    return {"type": "RichTextBlock", "inlines": inlines}
