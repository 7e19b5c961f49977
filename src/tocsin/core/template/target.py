"""Where a deployment goes: an account and a Region."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Target:
    """An account and a Region, and who acts there.

    Attributes:
        account: the account's id.
        alias: its alias, or ``""``.
        region: the Region.
        caller: ARN of the identity that the credentials are of.
    """

    account: str
    alias: str
    region: str
    caller: str

    def __str__(self) -> str:
        """As a person reads it: ``account 111122223333 (prod) in us-east-1``."""
        return f"account {self.account}{f' ({self.alias})' if self.alias else ''} in {self.region}"
