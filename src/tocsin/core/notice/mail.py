"""A notice as a mail: plain text, and HTML that says the same. All mails of one incident are one thread (RFC 5322)."""

from __future__ import annotations

from email.message import EmailMessage
from email.utils import format_datetime
from html import escape
from typing import TYPE_CHECKING

from tocsin.core.notice.render import as_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from tocsin.core.notice.notice import Notice

# RFC 5322, section 2.1.1: a line of 998 characters at most; a subject is cut well before.
_LONGEST_SUBJECT = 200
_COLOURS = {"info": "#57606a", "low": "#0969da", "medium": "#9a6700", "high": "#cf222e", "critical": "#82071e"}


def as_mail(notice: Notice, sender: str, to: Sequence[str], now: datetime) -> EmailMessage:
    """The mail of a notice.

    Args:
        notice: what to tell.
        sender: the address that it comes from.
        to: whom to tell.
        now: its date.
    """
    mail = EmailMessage()
    place = sender.rpartition("@")[2].strip("> ") or "tocsin.invalid"
    thread = f"<{_token(notice.incident)}@{place}>"
    # In a header "=?" begins an encoded word, in which a name could bring a line and with it a header of its own.
    mail["Subject"] = notice.heading.replace("=?", "= ?")[:_LONGEST_SUBJECT]
    mail["From"] = sender
    mail["To"] = ", ".join(to)
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = f"<{_token(notice.id)}.{int(now.timestamp() * 1000)}@{place}>"
    mail["In-Reply-To"] = thread
    mail["References"] = thread
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's machine answers
    mail.set_content(as_text(notice))
    mail.add_alternative(as_html(notice), subtype="html")
    return mail


def _token(text: str) -> str:
    """A text as the left side of a message id may hold it."""
    return "".join(one if one.isascii() and (one.isalnum() or one in "-.") else "-" for one in text)


def as_html(notice: Notice) -> str:
    """A notice as HTML without anything that is fetched or run; every text is escaped."""
    colour = _COLOURS.get(str(notice.severity), "#57606a")
    rows = "".join(
        f'<tr><th align="left" valign="top">{escape(fact.label)}</th><td>{escape(fact.value)}</td></tr>'
        for fact in notice.facts
    )
    parts = [
        f'<h2 style="border-left:6px solid {colour};padding-left:8px">{escape(notice.title)}</h2>',
        f"<p><strong>{escape(notice.sentence)}</strong></p>",
        f'<table cellpadding="4">{rows}</table>',
        *(_list(label, told) for label, told in notice.lists),
        _list("What to do next", notice.next_steps, "ol"),
        "".join(f'<p><a href="{escape(link.url)}">{escape(link.label)}</a></p>' for link in notice.links),
        f"<p><small>{escape(notice.foot)}</small></p>",
    ]
    body = "\n".join(part for part in parts if part)
    return f'<!doctype html><html><head><meta charset="utf-8"></head><body>{body}</body></html>'


def _list(label: str, lines: Iterable[str], kind: str = "ul") -> str:
    items = "".join(f"<li>{escape(line)}</li>" for line in lines)
    return f"<h3>{label}</h3><{kind}>{items}</{kind}>" if items else ""
