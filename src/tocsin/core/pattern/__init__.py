"""The EventBridge event-pattern language, in agreement with AWS's own engine (aws/event-ruler).

::

    pattern = compile_pattern('{"source": ["aws.iam"], "detail": {"eventName": ["DeleteUser"]}}')
    pattern.matches(event)                  # str, bytes or dict -> bool, never raises
    pattern.fields()                        # {"detail.eventName": {"DeleteUser"}, "source": {"aws.iam"}}
    RuleIndex([("deleted", pattern)]).match(event)          # ["deleted"]

A pattern that AWS would refuse is refused here at once, with a `PatternError` that says where, why, and what
was meant.
"""

from tocsin.core.pattern.index import RuleIndex
from tocsin.core.pattern.pattern import Pattern, compile_pattern, known_pattern, require_deployable
from tocsin.errors import PatternError

__all__ = ["Pattern", "PatternError", "RuleIndex", "compile_pattern", "known_pattern", "require_deployable"]
