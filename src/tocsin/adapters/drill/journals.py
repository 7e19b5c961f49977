"""The journals and the history of drills: files of this user alone, below the state folder."""

from __future__ import annotations

import fcntl
import json
import os
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from tocsin.core.drill import journal, result
from tocsin.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tocsin.core.drill.journal import Heading, Journal, Thing
    from tocsin.core.drill.result import Result
    from tocsin.core.steps import Step

_OURS = 0o600
_FOLDER = 0o700
_SUFFIX = ".journal"
_HISTORY = "history.jsonl"
_LOCK = "lock"


class Journals:
    """Where journals lie.

    Args:
        folder: of one account; it is made when something is written.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def fresh(self, code: str) -> Notes:
        """The journal of a new drill, which is not written yet."""
        return Notes(self, self._folder / f"{code}{_SUFFIX}")

    def left(self) -> Iterator[Notes]:
        """The journals of drills that were not ended, and are not under way on this machine; each is ours until closed.

        One in which nothing is written is deleted: nothing was done.
        """
        for path in self._paths():
            notes = Notes(self, path)
            if notes.take_over():
                yield notes

    def refuse_others(self) -> None:
        """See to it that no drill is under way, and none was left unfinished.

        Raises:
            UsageError: there is one.
        """
        for path in self._paths():
            notes = Notes(self, path)
            if not notes.take_over():
                if path.exists():
                    raise UsageError(f"another drill is under way ({path})", hint="wait for its end")
                continue
            notes.let_go()
            raise UsageError(f"a drill was broken off, and something may be left ({path})", hint="tocsin drill --clean")

    def keep(self, done: Result) -> None:
        """Add a drill to the history."""
        self._folder.mkdir(_FOLDER, parents=True, exist_ok=True)
        line = json.dumps(done.data(), separators=(",", ":")) + "\n"
        handle = os.open(self._folder / _HISTORY, os.O_WRONLY | os.O_CREAT | os.O_APPEND, _OURS)
        try:
            _write(handle, line)
        finally:
            os.close(handle)

    def history(self) -> list[Result]:
        """Every drill that was kept, oldest first; a line that is none is left out."""
        try:
            lines = (self._folder / _HISTORY).read_text("utf-8", "replace").splitlines()
        except FileNotFoundError:
            return []
        return [one for one in map(result.read, lines) if one]

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Let no other process begin a drill meanwhile."""
        self._folder.mkdir(_FOLDER, parents=True, exist_ok=True)
        handle = os.open(self._folder / _LOCK, os.O_RDWR | os.O_CREAT, _OURS)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    def _paths(self) -> list[Path]:
        return sorted(self._folder.glob(f"*{_SUFFIX}"))


class Notes:
    """One journal; fits `flows.ports.Notes`. It is locked while its drill is under way."""

    def __init__(self, journals: Journals, path: Path) -> None:
        self._journals = journals
        self._path = path
        self._handle = -1

    def open(self, heading: Heading) -> None:
        """Begin.

        Raises:
            UsageError: another drill is under way or was not ended.
        """
        with self._journals.alone():
            self._journals.refuse_others()
            self._handle = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_APPEND, _OURS)
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._line(journal.heading_line(heading))

    def note(self, step: Step) -> None:
        """Say what is about to be done."""
        self._line(journal.act_line(step))

    def drop(self, thing: Thing) -> None:
        """Say that a thing is gone, or was there before: it is not to be touched."""
        self._line(journal.dropped_line(thing))

    def close(self) -> None:
        """End: nothing is left behind."""
        self._path.unlink(missing_ok=True)
        self.let_go()

    def things(self) -> Journal:
        """What may have been made so far.

        Raises:
            UsageError: it is no journal of this version.
        """
        found = journal.read(self._path.read_text("utf-8"), str(self._path))
        if found is None:
            raise UsageError(f"`{self._path}` is empty", hint="delete it: nothing was done")
        return found

    def take_over(self) -> bool:
        """Lock a journal that was left; False where its drill is under way, or it is gone or empty."""
        try:
            self._handle = os.open(self._path, os.O_RDWR | os.O_APPEND)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self.let_go()
            return False
        whole = self._path.read_bytes().rfind(b"\n") + 1
        os.ftruncate(self._handle, whole)  # the act of a line that was cut off was not begun
        if not whole:
            self.close()
        return bool(whole)

    def let_go(self) -> None:
        """Unlock it, and let it lie."""
        if self._handle >= 0:
            with suppress(OSError):
                os.close(self._handle)
            self._handle = -1

    def _line(self, line: str) -> None:
        _write(self._handle, line + "\n")


def _write(handle: int, line: str) -> None:
    """Write a line whole, and have it on the disk."""
    data = line.encode()
    while data:
        data = data[os.write(handle, data) :]
    os.fsync(handle)
