"""What a verb is given to read: a file, or standard input as ``-``."""

from __future__ import annotations

import sys
from pathlib import Path

from tocsin.errors import UsageError

STANDARD_INPUT = "standard input"


def shown(file: str) -> str:
    """The name of an input as a person reads it; it may have been chosen by somebody else."""
    from tocsin.core.text import inert  # noqa: PLC0415 - lazy: --help must not load it

    return STANDARD_INPUT if file == "-" else inert(file)


def read_input(file: str, largest: int, hint: str) -> bytes:
    """The bytes of a file, or of standard input.

    Args:
        file: its name, or ``-``.
        largest: how many bytes it may have; of a larger one no more are read than tell that it is.
        hint: what to do with a larger one.

    Raises:
        UsageError: it cannot be read, is a folder, or is larger.
    """
    try:
        if file == "-":
            if sys.stdin is None:
                raise UsageError("standard input is closed", hint="name a file, or pipe something in")
            body = sys.stdin.buffer.read(largest + 1)
        else:
            path = Path(file)
            if path.is_dir():
                raise UsageError("a folder", hint="name the files in it")
            with path.open("rb") as opened:
                body = opened.read(largest + 1)
    except (OSError, ValueError) as fault:  # ValueError: a name that no file can have
        raise UsageError(getattr(fault, "strerror", None) or "no such name", hint="name a file that exists") from fault
    if len(body) > largest:
        raise UsageError(f"larger than {largest:,} bytes", hint=hint)
    return body
