"""One entry of a change set, as CloudFormation describes it, in our words.

CloudFormation API Reference, "ResourceChange"; of a drift-aware change set also ``ResourceDriftStatus``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tocsin.core.template.changes import Action, Change
from tocsin.core.text import join

if TYPE_CHECKING:
    from collections.abc import Mapping

_ACTIONS = {
    "Add": Action.CREATE,
    "Remove": Action.DELETE,
    "Import": Action.ADOPT,
    "SyncWithActual": Action.AGREE,
}
_BY_HAND = {"MODIFIED": "it was changed by hand", "DELETED": "it was deleted by hand"}
_MOST_NAMED = 3


def change_of(entry: Mapping[str, Any]) -> Change:
    """The change that an entry of ``Changes`` describes."""
    resource = entry["ResourceChange"]
    action = _ACTIONS.get(resource["Action"], Action.CHANGE)
    if action is Action.CHANGE and resource.get("Replacement") in ("True", "Conditional"):
        action = Action.REPLACE
    if action is Action.DELETE and resource.get("PolicyAction") == "Retain":
        action = Action.KEEP
    return Change(
        action,
        str(resource["LogicalResourceId"]),
        str(resource["ResourceType"]),
        str(resource.get("PhysicalResourceId", "")),
        _why(resource) if action in (Action.CHANGE, Action.REPLACE, Action.CREATE) else "",
    )


def _why(resource: Mapping[str, Any]) -> str:
    """Why a resource is to change: by whose hand, or which of its properties."""
    by_hand = _BY_HAND.get(str(resource.get("ResourceDriftStatus", "")))
    targets = [detail.get("Target", {}) for detail in resource.get("Details", [])]
    changed = sorted({str(one.get("Name") or one.get("Attribute") or "") for one in targets} - {""})
    properties = join(changed, most=_MOST_NAMED)
    if by_hand:
        return f"{by_hand}{f' ({properties})' if properties else ''}"
    return f"{properties} differs from what stands" if properties else ""
