"""Judges policies for callers, and for the services that deliver events, by Tocsin's evaluator.

All condition keys of a request are known here. What cannot be told all the same, by an operator that nobody knows or a
document that is none, makes an Allow fail and a Deny hold.
"""

from __future__ import annotations

from dataclasses import replace

from tocsin.core.policy.judge import Effect, Unreadable
from tocsin.core.policy.judge import judge as judged
from tocsin.core.policy.request import Request

__all__ = ["Effect", "Request", "judge"]


def judge(policy: str | None, request: Request, *, has_principal: bool = True) -> Effect:
    """What one policy document says: allow, deny or nothing.

    Args:
        policy: the document's text; None or "" says nothing.
        request: the request.
        has_principal: False for identity policies, whose statements name no principal.
    """
    try:
        said = judged(policy or "", replace(request, complete=True), has_principal=has_principal)
    except Unreadable:
        return Effect.NOTHING
    if said.effect is Effect.UNKNOWN:
        return Effect.DENY if said.may_deny else Effect.NOTHING
    return said.effect
