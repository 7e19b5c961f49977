"""What a verb is given to read: a file, or standard input as ``-``."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from tocsin.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

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
    with opened(file) as stream:
        body = stream.read(largest + 1)
    if len(body) > largest:
        raise UsageError(f"larger than {largest:,} bytes", hint=hint)
    return body


class Readable:
    """A file that is read in parts; what fails is said in words.

    Args:
        stream: the file.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream

    def read(self, size: int) -> bytes:
        """So many bytes, or fewer where it ends.

        Raises:
            UsageError: it cannot be read.
        """
        with _said():
            return self._stream.read(size)


@contextmanager
def _said() -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError) as fault:  # ValueError: a name that no file can have
        raise UsageError(getattr(fault, "strerror", None) or "no such name", hint="name a file that exists") from fault


@contextmanager
def opened(file: str) -> Iterator[Readable]:
    """A file, or standard input, to be read.

    Raises:
        UsageError: it cannot be, or is a folder.
    """
    if file == "-":
        if sys.stdin is None:
            raise UsageError("standard input is closed", hint="name a file, or pipe something in")
        yield Readable(sys.stdin.buffer)
        return
    with _said():
        path = Path(file)
        if path.is_dir():
            raise UsageError("a folder", hint="name the files in it")
        stream = path.open("rb")
    with stream:
        yield Readable(stream)
