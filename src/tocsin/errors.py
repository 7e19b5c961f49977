"""Every error that Tocsin raises on purpose, and the exit code each one means.

::

    TocsinError            exit 1   something was found wrong
    ├── UsageError         exit 2   the command line, the config file or a rule file
    │   └── PatternError            an event pattern that EventBridge would refuse
    ├── CredentialsError   exit 3   none, expired, or of the wrong account
    └── Unreachable        exit 4   AWS or a channel cannot be reached, or refuses

Expected bad input is a value (`Rejected`, `Outcome`), not an error. An error says what and where in its message and
the next step in its hint; `entry/cli` catches it once and prints ``error:`` and ``hint:``.
"""

from __future__ import annotations


class TocsinError(Exception):
    """Something is wrong that a person can mend.

    Args:
        message: what is wrong, and where; one sentence without a full stop.
        hint: the next step, shown on a line of its own.
    """

    exit_code = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(TocsinError):
    """The command line, the config file or a rule file is at fault."""

    exit_code = 2


class CredentialsError(TocsinError):
    """There are no credentials, they have expired, or they are of another account."""

    exit_code = 3


class Unreachable(TocsinError):  # noqa: N818 - the name that the design gives it; it reads as a state
    """AWS or a channel cannot be reached, or refuses."""

    exit_code = 4


class PatternError(UsageError):
    """An event pattern that EventBridge would refuse.

    Args:
        reason: why it is refused.
        place: where in the pattern, as a path such as ``detail.eventName[0].prefix``; ``""`` is the whole pattern.
        hint: the nearest valid form.
    """

    def __init__(self, reason: str, *, place: str = "", hint: str = "") -> None:
        super().__init__(f"{place}: {reason}" if place else reason, hint=hint)
        self.reason = reason
        self.place = place
