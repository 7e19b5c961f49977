"""A body as text, and a text as the JSON value in it, with why it cannot be read where it cannot."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any

from tocsin.core.pattern import decode as engine

if TYPE_CHECKING:
    from collections.abc import Callable


class Unreadable(ValueError):  # noqa: N818 - it says what a body is
    """A body that is not JSON; its message is the reason."""


class UnreadableLines(Unreadable):
    """Text that is no one JSON value, yet may be a value a line."""

    def __init__(self, reason: str, text: str) -> None:
        super().__init__(reason)
        self.text = text


def decode(body: bytes | str) -> str:
    """The text of a body, without a byte order mark.

    Raises:
        Unreadable: it is not UTF-8.
    """
    if isinstance(body, str):
        return body.removeprefix("\ufeff")
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        raise Unreadable(f"not UTF-8 text (byte {fault.start})") from fault


def parse(text: str) -> object:
    """The JSON value of a text.

    Raises:
        UnreadableLines: it may be JSON lines.
        Unreadable: it is not JSON.
    """
    if (len(text) > _WORTH_LOADING or engine.is_fast()) and (fast := _fast()) is not None:
        try:
            return fast(text)
        except (engine.msgspec.MsgspecError, ValueError, RecursionError):
            pass  # it refuses more than the standard library does, and takes nothing else: that one says why
    if not text.strip():
        raise Unreadable("empty")
    try:
        return DECODER.decode(text)
    except json.JSONDecodeError as fault:
        reason = f"not JSON: {fault.msg} (line {fault.lineno}, column {fault.colno})"
    except RecursionError:
        reason = "JSON nested too deeply to be a record"
    except _NoSuchNumber as fault:
        reason = f"not JSON: {fault}"
    except ValueError:  # the only other one: sys.set_int_max_str_digits
        reason = "not JSON that can be read: a number has too many digits"
    if "\n" in text.strip():
        raise UnreadableLines(reason, text)
    raise Unreadable(reason)


class _NoSuchNumber(ValueError):  # noqa: N818 - as `Unreadable`
    """NaN or an infinity, which Python would read."""


def _no_such_number(name: str) -> object:
    raise _NoSuchNumber(f"{name} is no JSON number")


DECODER = json.JSONDecoder(parse_constant=_no_such_number)  # `json.loads` would make one for every text
# To load what is three times as fast takes as long as to read so much.
_WORTH_LOADING = 256 * 1024


@cache
def _fast() -> Callable[[str], Any] | None:
    """What reads JSON three times as fast, where it is installed."""
    return engine.msgspec.json.Decoder().decode if engine.msgspec else None
