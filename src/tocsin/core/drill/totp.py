"""The codes that a virtual MFA device shows (RFC 6238; as AWS takes it: SHA-1, 30 seconds, six digits)."""

from __future__ import annotations

import base64
import hmac

PERIOD_S = 30


def code_at(seed: str, seconds: float) -> str:
    """The code that a device shows.

    Args:
        seed: its secret in base32, as CreateVirtualMFADevice gives it (``Base32StringSeed``).
        seconds: since 1970, UTC.
    """
    key = base64.b32decode(seed.upper() + "=" * (-len(seed) % 8))
    digest = hmac.digest(key, int(seconds // PERIOD_S).to_bytes(8, "big"), "sha1")
    start = digest[-1] & 0x0F
    return f"{(int.from_bytes(digest[start : start + 4], 'big') & 0x7FFFFFFF) % 1_000_000:06d}"
