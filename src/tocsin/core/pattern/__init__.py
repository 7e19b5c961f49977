"""The EventBridge event-pattern language, in agreement with AWS's own engine (aws/event-ruler).

::

    pattern = compile_pattern('{"source": ["aws.iam"], "detail": {"eventName": ["DeleteUser"]}}')
    pattern.matches(event)                  # str, bytes or dict -> bool, never raises
    pattern.fields()                        # {"detail.eventName": {"DeleteUser"}, "source": {"aws.iam"}}
    RuleIndex([("deleted", pattern)]).match(event)          # ["deleted"]

A pattern that AWS would refuse is refused here at once, with a `PatternError` that says where, why, and what
was meant.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tocsin.core.pattern.pattern import Pattern, compile_pattern, known_pattern, require_deployable
from tocsin.errors import PatternError

if TYPE_CHECKING:
    from tocsin.core.pattern.many.index import RuleIndex

__all__ = ["Pattern", "PatternError", "RuleIndex", "compile_pattern", "known_pattern", "require_deployable"]


def __getattr__(name: str) -> object:
    """The index is loaded when it is asked for: a verb that matches one event does without (PEP 562)."""
    if name == "RuleIndex":
        from tocsin.core.pattern.many.index import RuleIndex as Index  # noqa: PLC0415 - as it says

        return Index
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
