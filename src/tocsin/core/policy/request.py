"""A request as a policy sees it: who wants to do what to which resource, and what is known of its condition keys."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

#: The values of a condition key: one, or several of a key that has several.
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
        found = next((held for name, held in self.context.items() if name.lower() == key.lower()), None)
        return None if found is None else (found,) if isinstance(found, str) else found
