"""Giving a policy to a user or a role."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tocsin.core.grants.statement import MANAGED, ROLE_INLINE, USER_INLINE
from tocsin.errors import UsageError

if TYPE_CHECKING:
    from tocsin.core.grants.statement import Policy
    from tocsin.flows.ports import Identities

INLINE = {"user": USER_INLINE, "role": ROLE_INLINE}


def give(identities: Identities, policy: Policy, name: str, *, kind: str = "", holder: str = "", managed: bool) -> str:
    """Put a policy into the account, and give it to somebody.

    A user's or role's inline limit is the sum of all its inline policies: where this one does not fit beside the others
    it becomes a managed policy.

    Args:
        identities: IAM.
        policy: what it says.
        name: its name.
        kind: ``user`` or ``role``; ``""`` gives it to nobody.
        holder: the name of the user or role.
        managed: whether it is to be a managed policy in any case.

    Returns:
        What was done, in words.

    Raises:
        UsageError: it is too long for a managed policy too, or there is no such user or role.
        Unreachable: AWS cannot be reached, or refuses.
    """
    if kind and not managed:
        taken = identities.inline_size(kind, holder, but=name)
        if taken + policy.size <= INLINE[kind]:
            identities.put_inline(kind, holder, name, policy.compact)
            return f"{kind} {holder} has it as its inline policy {name}"
    if policy.size > MANAGED:
        raise UsageError(
            f"the policy has {policy.size:,} characters, and AWS takes {MANAGED:,} in a managed policy",
            hint="use a CloudFormation service role (`service_role` in tocsin.toml): it halves what the deployer needs",
        )
    arn = identities.put_managed(name, policy.compact)
    if not kind:
        return f"the account has it as the managed policy {arn}"
    identities.attach(kind, holder, arn)
    return f"{kind} {holder} has it as the managed policy {arn}"
