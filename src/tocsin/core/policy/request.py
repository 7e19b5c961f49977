"""A request as a policy sees it: who wants to do what to which resource, and what is known of its condition keys."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

#: The values of a condition key: one, several of a key that has several, or ``()`` where the key is known to be absent.
Values = str | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Request:
    """Who wants to do what to which resource.

    Attributes:
        action: such as ``sns:Publish``.
        resource: the ARN.
        service: the service principal, or ``""`` where a user or a role acts.
        arns: the ARNs that name the principal, such as the role's and its session's.
        context: the condition keys that are known, with their values; names match without regard to case.
        complete: whether a key that is not among them is absent; else it is unknown.
    """

    action: str
    resource: str
    service: str = ""
    arns: tuple[str, ...] = ()
    context: Mapping[str, Values] = field(default_factory=dict)
    complete: bool = False

    def values(self, key: str) -> tuple[str, ...] | None:
        """The values of a condition key; None if it has none, or none that is known."""
        found = self._held(key)
        return None if not found else (found,) if isinstance(found, str) else found

    def knows(self, key: str) -> bool:
        """Whether the values of a condition key are known, or that it has none."""
        return self.complete or self._held(key) is not None

    def _held(self, key: str) -> Values | None:
        return next((held for name, held in self.context.items() if name.lower() == key.lower()), None)
