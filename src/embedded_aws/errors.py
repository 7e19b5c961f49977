"""What the embedded AWS fails with; what it answers to a client is a `calls.http.ApiError`."""

from __future__ import annotations


class EmbeddedAwsError(Exception):
    """The stand-in itself is used wrongly, or has failed."""
