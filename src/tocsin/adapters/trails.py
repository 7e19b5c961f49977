"""The trails of an account, as far as they may be seen."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from tocsin.adapters.aws import if_allowed
from tocsin.core.doctor.joints.trail import takes_writes
from tocsin.core.template.adoption import SeenTrail

if TYPE_CHECKING:
    from collections.abc import Callable

    from tocsin.adapters.aws import Clients


def trails_of(clients: Clients, denied: Callable[[str], None], *, only: str = "") -> list[SeenTrail]:
    """Every trail that covers the Region, shadow trails included.

    Args:
        clients: of the account and the Region.
        denied: is told each call that was refused; the look goes on.
        only: ARN of the one trail to look at; ``""`` looks at all, at three calls each.

    Raises:
        CredentialsError: there are none, or they have expired.
    """
    client = clients.client("cloudtrail")
    answer = if_allowed(partial(client.describe_trails, includeShadowTrails=True), denied)
    found = []
    for shown in answer["trailList"] if answer else []:
        arn = str(shown["TrailARN"])
        if only not in ("", arn):
            continue
        status = if_allowed(partial(client.get_trail_status, Name=arn), denied)
        selectors = if_allowed(partial(client.get_event_selectors, TrailName=arn), denied)
        tags = if_allowed(partial(client.list_tags, ResourceIdList=[arn]), denied)
        found.append(
            SeenTrail(
                arn=arn,
                home=str(shown.get("HomeRegion", "")),
                multi_region=bool(shown.get("IsMultiRegionTrail")),
                organisation=bool(shown.get("IsOrganizationTrail")),
                logging=None if status is None else bool(status["IsLogging"]),
                writes=None if selectors is None else takes_writes(selectors),
                ours=_is_ours(tags),
            )
        )
    return found


def _is_ours(tags: dict[str, Any] | None) -> bool:
    """Whether a trail bears the tag that the template gives its own."""
    listed = (tags or {}).get("ResourceTagList", [])
    return any(tag["Key"] == "tocsin:name" for one in listed for tag in one.get("TagsList", []))
