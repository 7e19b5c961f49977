r"""Text that somebody else chose, made safe to show.

Paths allow U+0021 to U+007E, user agents and error messages anything (FACTS of IAM: IAM User Guide, "IAM and STS
quotas, name requirements"). A name must not move the cursor, hide behind a direction mark or break a line.
"""

from __future__ import annotations

import unicodedata

# Long enough for any IAM ARN with a 512-character path shortened once, short enough for one screen.
LONGEST = 300

# Controls, formats (bidirectional marks among them), surrogates, private use, unassigned, line and paragraph ends.
_UNSAFE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def inert(text: str, longest: int = LONGEST) -> str:
    r"""A text in which nothing acts on a terminal or hides from a reader, on one line.

    Args:
        text: any text, lone surrogates included.
        longest: characters kept; what is cut is marked.

    Returns:
        The text with each unsafe character shown as its escape (``\u202e``), other spaces as a space.
    """
    kept = text if len(text) <= longest else text[: longest - 1]
    if not kept.isprintable():  # to Python, what is neither unsafe nor a space other than the plain one
        kept = "".join(map(_shown, kept))
    return kept if len(text) <= longest else kept + "…"


def sha256_of(text: str | bytes) -> str:
    """SHA-256 of a text, in hexadecimal; lone surrogates are taken as they are."""
    import hashlib  # noqa: PLC0415 - it loads OpenSSL, and most records have nothing to be digested

    return hashlib.sha256(text if isinstance(text, bytes) else text.encode("utf-8", "surrogatepass")).hexdigest()


def cut(text: str, longest: int, end: str = "…") -> str:
    """A text of at most so many characters; what is cut is marked."""
    return text if len(text) <= longest else f"{text[: longest - len(end)]}{end}"


def _shown(character: str) -> str:
    category = unicodedata.category(character)
    if category in _UNSAFE:
        code = ord(character)
        if code <= 0xFF:  # noqa: PLR2004 - one byte
            return f"\\x{code:02x}"
        return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"  # noqa: PLR2004 - two bytes
    return " " if category == "Zs" else character


def join(items: list[str], *, last: str = "and", most: int = 0) -> str:
    """``a, b and c``; with ``most``, the rest is counted: ``a, b and 48 more``."""
    if most and len(items) > most:
        items = [*items[:most], f"{len(items) - most} more"]
    if len(items) < 2:  # noqa: PLR2004 - one item needs no joining
        return "".join(items)
    return f"{', '.join(items[:-1])} {last} {items[-1]}"
