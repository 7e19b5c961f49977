"""What an account has besides the pipeline, of what AWS limits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tocsin.adapters.aws import if_allowed
from tocsin.core.template.quotas import Used

if TYPE_CHECKING:
    from tocsin.adapters.aws import Clients


def used(clients: Clients, name: str) -> Used:
    """Count event rules and trails that are not the pipeline's; None where that may not be looked at.

    Args:
        clients: of the account and the Region.
        name: the pipeline's, which all names in it start with.

    Raises:
        CredentialsError: there are none, or they have expired.
    """

    def rules() -> int:
        pages = clients.client("events").get_paginator("list_rules").paginate()
        return sum(not rule["Name"].startswith(f"{name}-") for page in pages for rule in page["Rules"])

    def trails() -> int:
        found = clients.client("cloudtrail").describe_trails(includeShadowTrails=True)["trailList"]
        return sum(trail["Name"] != name for trail in found)

    return Used(if_allowed(rules, lambda _: None), if_allowed(trails, lambda _: None))
