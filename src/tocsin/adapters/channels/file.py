"""The file channel: a notice a line of JSON, on the disk before it counts."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from tocsin.core.delivery.outcome import Answer, Outcome
from tocsin.core.notice.render import as_json

if TYPE_CHECKING:
    from pathlib import Path

    from tocsin.core.notice.notice import Notice


class FileChannel:
    """Fits `flows.ports.Channel`.

    Args:
        name: the channel's name in the settings.
        path: the file; it is made where it is not there, for its owner alone.
    """

    def __init__(self, name: str, path: Path) -> None:
        self.name, self._path = name, path

    def send(self, notice: Notice) -> Outcome:
        """Append the notice. A disk that is full or a file that may not be written is busy: the notice is kept."""
        try:
            held = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                line = f"{as_json(notice)}\n".encode()
                if os.write(held, line) != len(line):
                    return Outcome(Answer.BUSY, f"{self._path}: not all of it could be written")
                os.fsync(held)
            finally:
                os.close(held)
        except OSError as fault:
            return Outcome(Answer.BUSY, f"{self._path}: {fault.strerror or fault}")
        return Outcome(Answer.ACCEPTED, f"appended to {self._path}")
