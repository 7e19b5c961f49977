"""Where each partition records IAM events: rule, topic, queue and sweep belong there.

Sources: CloudTrail User Guide, "CloudTrail global service events" (IAM moved to us-east-1 for good on 2021-11-22), for
the commercial partition; users' reports for China, where botocore's implicitGlobalRegion (cn-northwest-1) is a trap;
the partitions' first Regions for the others, which is inferred. Console hosts: AWS Management Console, "Service
endpoints" of each partition.
"""

from __future__ import annotations

from typing import NamedTuple


class Partition(NamedTuple):
    """One partition of AWS.

    Attributes:
        name: as in ARNs.
        iam_region: the Region in which its IAM events are recorded.
        console: host of its management console, or ``""`` where none is public.
        certain: whether AWS documents the Region, rather than that we infer it.
    """

    name: str
    iam_region: str
    console: str
    certain: bool


PARTITIONS = (
    Partition("aws", "us-east-1", "console.aws.amazon.com", certain=True),
    Partition("aws-cn", "cn-north-1", "console.amazonaws.cn", certain=True),
    Partition("aws-us-gov", "us-gov-west-1", "console.amazonaws-us-gov.com", certain=False),
    Partition("aws-iso", "us-iso-east-1", "", certain=False),
    Partition("aws-iso-b", "us-isob-east-1", "", certain=False),
    Partition("aws-iso-e", "eu-isoe-west-1", "", certain=False),
    Partition("aws-iso-f", "us-isof-south-1", "", certain=False),
    Partition("aws-eusc", "eusc-de-east-1", "", certain=False),
)
# The longest prefix wins: us-isob- before us-iso-.
_PREFIXES = {
    "cn-": "aws-cn",
    "us-gov-": "aws-us-gov",
    "us-iso-": "aws-iso",
    "us-isob-": "aws-iso-b",
    "eu-isoe-": "aws-iso-e",
    "us-isof-": "aws-iso-f",
    "eusc-": "aws-eusc",
}


def partition_of(region: str) -> Partition:
    """The partition of a Region; the commercial one for a Region of no other's prefix."""
    name = next((name for prefix, name in _PREFIXES.items() if region.startswith(prefix)), "aws")
    return next(partition for partition in PARTITIONS if partition.name == name)
