"""IP addresses as the engine compares them (event-ruler: `CIDR`, `Range`, `ByteMachine`).

An address is turned into upper-case hexadecimal digits, 8 for IPv4 and 32 for IPv6, and a range of addresses
matches as soon as the digits read so far decide it. Two effects follow, and both are kept: an IPv6 address
can match an IPv4 range (and the reverse) by its leading digits, and a bare JSON number is read as such digits
too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

_V4: Final = re.compile(r"[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+", re.ASCII)
_V6: Final = re.compile(r"[0-9a-fA-F:]*:[0-9a-fA-F:]*", re.ASCII)
_V4_LONGEST: Final = 15
_V4_BITS: Final = 32
_V6_BITS: Final = 128
_V6_GROUPS: Final = 8
_BYTE: Final = 0xFF
_GROUP: Final = 0xFFFF
_V4_OCTETS: Final = 4
_OCTETS: Final = {str(octet): f"{octet:02X}" for octet in range(_BYTE + 1)}
# What is longer is hardly an address, and is not kept.
_SHORT: Final = 64
_MAPPED: Final = "0" * 20 + "FFFF"


class BadCidr(ValueError):  # noqa: N818 - a reason, turned into a PatternError by the parser
    """A text that is no CIDR block; the message says why, in event-ruler's words."""


def hex_digits(text: str) -> str | None:
    """An address as hexadecimal digits.

    Args:
        text: what may be an address. Octets may have leading zeros; a zone or brackets are not accepted.

    Returns:
        8 or 32 upper-case digits, or None where the text is no address. As in Java's `InetAddress`, an
        IPv4-mapped IPv6 address becomes the IPv4 address.
    """
    octets = text.split(".", 4)
    if len(octets) == _V4_OCTETS:
        try:
            first, second, third, fourth = octets
            return _OCTETS[first] + _OCTETS[second] + _OCTETS[third] + _OCTETS[fourth]
        except KeyError:  # with leading zeros, or none
            pass
    return _digits_of(text) if len(text) <= _SHORT else _digits_of.__wrapped__(text)


@lru_cache(maxsize=256)  # several rules ask it of one value
def _digits_of(text: str) -> str | None:
    if _V4.fullmatch(text):
        return _v4_digits(text)
    if _V6.fullmatch(text):
        return _v6_digits(text)
    return None


def _v4_digits(text: str) -> str | None:
    octets = [int(part) for part in text.split(".")] if len(text) <= _V4_LONGEST else [_BYTE + 1]
    return "".join(f"{octet:02X}" for octet in octets) if max(octets) <= _BYTE else None


def _v6_digits(text: str) -> str | None:
    head, gap, tail = text.partition("::")
    left, right = _groups(head), _groups(tail)
    if left is None or right is None or tail.startswith(":"):
        return None
    missing = _V6_GROUPS - len(left) - len(right)
    if missing < 1 if gap else missing != 0:
        return None
    digits = "".join(f"{group:04X}" for group in [*left, *[0] * missing, *right])
    return digits.removeprefix(_MAPPED)


def _groups(text: str) -> list[int] | None:
    if not text:
        return []
    parts = text.split(":")
    groups = [int(part, 16) if part else _GROUP + 1 for part in parts]
    return groups if max(groups) <= _GROUP else None


@dataclass(frozen=True, slots=True)
class Block:
    """A range of addresses, both ends taken in, as digits of one length."""

    bottom: str
    top: str

    def text(self, value: str) -> bool:
        """Whether a string is an address in the range."""
        digits, size = hex_digits(value), len(self.bottom)
        if digits is None or len(digits) < size:
            return digits is not None and self.literal(digits)
        return self.bottom <= digits[:size] <= self.top  # digits sort as the numbers that they write

    def number(self, _value: float) -> bool:
        """A number that takes part in numeric comparison is not read as digits."""
        return False

    def literal(self, value: str) -> bool:
        """Whether digits lie in the range: decided by the first digit that decides, else by the last."""
        at_bottom = at_top = True
        for digit, low, high in zip(value, self.bottom, self.top, strict=False):
            if digit not in _DIGITS or (at_bottom and digit < low) or (at_top and digit > high):
                return False
            at_bottom = at_bottom and digit == low
            at_top = at_top and digit == high
            if not (at_bottom or at_top):
                return True
        return len(value) >= len(self.bottom)


def leading_digits(text: str) -> str:
    """The digits with which a text begins."""
    place = next((place for place, sign in enumerate(text) if sign not in _DIGITS), len(text))
    return text[:place]


_DIGITS: Final = frozenset("0123456789ABCDEF")


def single(text: str) -> Block | None:
    """The block of one address, for a plain string in a pattern that looks like an address; else None."""
    digits = hex_digits(text)
    return None if digits is None else Block(digits, digits)


def block(text: str) -> Block:
    """The block that a CIDR text names; bits after the mask are taken as zero.

    Raises:
        BadCidr: it is none, or its mask covers one address only.
    """
    parts = text.rstrip("/").split("/")
    if len(parts) != 2:  # noqa: PLR2004 - an address and a mask
        raise BadCidr("Malformed CIDR, one '/' required")
    mask = _mask(parts[1])
    digits = hex_digits(parts[0])
    if digits is None:
        raise BadCidr(f"Invalid IP address: {parts[0]}")
    bits = len(digits) * 4
    if mask >= bits:
        raise BadCidr(f"IPv{4 if bits == _V4_BITS else 6} mask bits must be < {bits}")
    hosts = (1 << (bits - mask)) - 1
    bottom = int(digits, 16) & ~hosts
    return Block(f"{bottom:0{len(digits)}X}", f"{bottom | hosts:0{len(digits)}X}")


def _mask(text: str) -> int:
    if not re.fullmatch(r"[+-]?\d+", text) or abs(int(text[:12])) > 2**31 - 1:
        raise BadCidr("Malformed CIDR, mask bits must be an integer")
    mask = int(text)
    if mask < 0:
        raise BadCidr("Malformed CIDR, mask bits must not be negative")
    return mask
