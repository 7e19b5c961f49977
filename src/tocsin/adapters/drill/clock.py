"""The machine's clock."""

from __future__ import annotations

import time
from datetime import UTC, datetime


class Clock:
    """Fits `flows.ports.Clock`."""

    def now(self) -> datetime:
        """The time in UTC; it may jump."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds since some moment; they never jump."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)
