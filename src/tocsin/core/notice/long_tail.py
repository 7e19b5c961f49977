"""A notice for services of which nothing is known but that they take a title and a text, with some markup or other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tocsin.core.notice.render import as_text

if TYPE_CHECKING:
    from tocsin.core.notice.notice import Notice

_WIDEST = 100_000  # each wraps by itself
_LONGEST_LINK = 1000
# What begins a mention, a tag, a link or a mark somewhere, with something after it that joins no word to it.
_APART = str.maketrans({one: f"{one}\u2060" for one in "<>@[]#*_~`|&"})


def as_title_and_body(notice: Notice) -> tuple[str, str]:
    """A title, and the text with the console links after it, which are our own."""
    text = as_text(notice._replace(links=()), _WIDEST).removeprefix(notice.heading).lstrip("\n")
    links = [f"{one.label}: {one.url}" for one in notice.links if len(one.url) < _LONGEST_LINK]
    return notice.heading.translate(_APART), "\n".join([text.translate(_APART), *links])
