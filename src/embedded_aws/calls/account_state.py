"""The emulated account's own state, read where moto keeps it: what DescribeTrails and ListRules show.

Reading the state itself, and not a copy, means that there is no cache that could be stale.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from moto.cloudtrail.models import cloudtrail_backends
from moto.events.models import events_backends
from moto.iam.models import iam_backends
from moto.kms.models import kms_backends
from moto.s3.models import s3_backends
from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends

from embedded_aws.calls.regions import iam_region, partition_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Record = dict[str, Any]

# Services whose events CloudTrail counts as global:
# https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-concepts.html
_GLOBAL_SOURCES = {"iam.amazonaws.com", "sts.amazonaws.com", "cloudfront.amazonaws.com"}


class AccountState:
    """Reads one account.

    Args:
        account_id: the account.
    """

    def __init__(self, account_id: str) -> None:
        self.account_id = account_id

    def rules(self, region: str, bus: str = "default") -> list[Any]:
        """The rules of an event bus, with ``name``, ``arn``, ``state``, ``event_pattern`` and ``targets``."""
        found = events_backends[self.account_id][region].event_buses.get(bus)
        return list(found.rules.values()) if found else []

    def topic(self, arn: str) -> Any | None:  # noqa: ANN401 - moto's class
        """The topic of an ARN."""
        return sns_backends[self.account_id][arn.split(":")[3]].topics.get(arn)

    def queue(self, arn: str) -> Any | None:  # noqa: ANN401 - moto's class
        """The queue of an ARN."""
        return sqs_backends[self.account_id][arn.split(":")[3]].queues.get(arn.rsplit(":", 1)[1])

    def source_of(self, arn: str) -> Any | None:  # noqa: ANN401 - moto's class
        """The queue whose dead-letter queue this is, or None."""
        queues = sqs_backends[self.account_id][arn.split(":")[3]].queues.values()
        return next((one for one in queues if one.dead_letter_queue and one.dead_letter_queue.queue_arn == arn), None)

    def policy_of(self, arn: str) -> str | None:
        """The policy of a topic or a queue, or None where it has none or is not there."""
        try:
            found = self.topic(arn) if arn.split(":")[2] == "sns" else self.queue(arn)
        except (IndexError, KeyError):  # no ARN, or none of a Region that there is
            return None
        return getattr(found, "policy", None)

    def send_to_queue(self, arn: str, body: str, attributes: dict[str, str] | None = None) -> None:
        """Put a message in a queue that exists."""
        values = {key: {"DataType": "String", "StringValue": value} for key, value in (attributes or {}).items()}
        sqs_backends[self.account_id][arn.split(":")[3]].send_message(
            arn.rsplit(":", 1)[1], body, message_attributes=values or None
        )

    def key(self, name: str, region: str) -> Any | None:  # noqa: ANN401 - moto's class
        """The KMS key of an id, an ARN or an alias, or None."""
        backend = kms_backends[self.account_id][region]
        wanted = name.rsplit("/", 1)[1] if ":key/" in name else name
        wanted = wanted.rsplit(":", 1)[1] if ":alias/" in wanted else wanted
        for key in backend.keys.values():
            if wanted == key.id or wanted in key.aliases:
                return key
        return None

    def role_policies(self, arn: str) -> tuple[str, list[str]] | None:
        """A role's trust policy and its permission policies, or None if there is no such role."""
        iam = iam_backends[self.account_id][arn.split(":")[1]]
        role = next((each for each in iam.roles.values() if each.arn == arn), None)
        if role is None:
            return None
        attached = [
            version.document
            for policy in role.managed_policies.values()
            for version in policy.versions
            if version.is_default
        ]
        return _text(role.assume_role_policy_document), [_text(p) for p in [*role.policies.values(), *attached]]

    def bucket_policy(self, name: str) -> tuple[bool, str]:
        """Whether the account has the bucket, and the text of its policy, "" for none."""
        for backend in s3_backends[self.account_id].values():
            if name in backend.buckets:
                policy = backend.buckets[name].policy
                return True, policy.decode() if isinstance(policy, bytes) else str(policy or "")
        return False, ""

    # -- trails --------------------------------------------------------------------------------------------

    def trail(self, name: str, region: str) -> Any | None:  # noqa: ANN401 - moto's class
        """The trail of a name or an ARN whose home is the Region."""
        trails = cloudtrail_backends[self.account_id][region].trails.values()
        return next((each for each in trails if name in {each.trail_name, each.arn}), None)

    def forget_trail(self, trail: Any) -> None:  # noqa: ANN401 - moto's class
        """Delete a trail."""
        del cloudtrail_backends[self.account_id][trail.region_name].trails[trail.trail_name]

    def trails(self) -> Iterator[Any]:
        """The trails of every Region, as moto keeps them."""
        for backend in list(cloudtrail_backends[self.account_id].values()):
            yield from list(backend.trails.values())


def covers(trail: Any, record: Record) -> bool:  # noqa: ANN401 - moto's class
    """Whether a trail logs, covers the record's Region, and writes such records."""
    region = record["awsRegion"]
    if not trail.status.is_logging or not (trail.is_multi_region or trail.region_name == region):
        return False
    is_global = record["eventSource"] in _GLOBAL_SOURCES and region == iam_region(partition_of(region))
    # moto keeps None where CreateTrail did not say; AWS's default is true
    if is_global and not trail.is_multi_region and trail.include_global_service_events is False:
        return False
    if trail.advanced_event_selectors:
        return any(_advanced_selects(selector, record) for selector in trail.advanced_event_selectors)
    # a trail without selectors writes all management events
    return any(_selects(selector, record) for selector in trail.event_selectors or [{}])


def _selects(selector: dict[str, Any], record: Record) -> bool:
    """One basic selector; https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_EventSelector.html."""
    wanted = {"All"} | ({"ReadOnly"} if record.get("readOnly") else {"WriteOnly"})
    return (
        str(selector.get("IncludeManagementEvents", True)).lower() == "true"
        and selector.get("ReadWriteType", "All") in wanted
        and record["eventSource"] not in (selector.get("ExcludeManagementEventSources") or [])
    )


def _advanced_selects(selector: dict[str, Any], record: Record) -> bool:
    """One advanced selector; all its fields must hold.

    https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_AdvancedFieldSelector.html
    """
    facts = {
        "eventCategory": str(record.get("eventCategory", "Management")),
        "readOnly": str(bool(record.get("readOnly"))).lower(),
        "eventSource": str(record.get("eventSource", "")),
        "eventName": str(record.get("eventName", "")),
        "eventType": str(record.get("eventType", "")),
        "userIdentity.arn": str((record.get("userIdentity") or {}).get("arn", "")),
    }
    return all(_field_holds(each, facts.get(each["Field"])) for each in selector.get("FieldSelectors", []))


def _field_holds(field: dict[str, Any], found: str | None) -> bool:
    if found is None:
        return False
    tests: dict[str, Callable[[str], bool]] = {
        "Equals": lambda value: found == value,
        "StartsWith": found.startswith,
        "EndsWith": found.endswith,
    }
    for name, test in tests.items():
        if field.get(name) and not any(test(value) for value in field[name]):
            return False
        if field.get(f"Not{name}") and any(test(value) for value in field[f"Not{name}"]):
            return False
    return True


def _text(document: Any) -> str:  # noqa: ANN401 - moto keeps text or an object
    return document if isinstance(document, str) else json.dumps(document)
