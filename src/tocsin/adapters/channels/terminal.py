"""The terminal channel: a notice as plain text on a stream."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

from tocsin.core.delivery.outcome import Answer, Outcome
from tocsin.core.notice.render import WIDTH, as_text

if TYPE_CHECKING:
    from tocsin.core.notice.notice import Notice


class TerminalChannel:
    """Fits `flows.ports.Channel`.

    Args:
        stream: where to write.
        name: the channel's name in the settings.
        width: columns.
    """

    def __init__(self, stream: TextIO, *, name: str = "terminal", width: int = WIDTH) -> None:
        self.name = name
        self._stream = stream
        self._width = width

    def send(self, notice: Notice) -> Outcome:
        """Write the notice and flush it. A stream that is gone or full is busy: the notice is kept."""
        text = as_text(notice, self._width)
        encoding = self._stream.encoding or "utf-8"
        try:
            self._stream.write(f"{text.encode(encoding, 'backslashreplace').decode(encoding)}\n\n")
            self._stream.flush()
        except (OSError, ValueError) as fault:  # ValueError: a closed stream
            return Outcome(Answer.BUSY, f"the terminal cannot be written to: {fault}")
        return Outcome(Answer.ACCEPTED, "written")
