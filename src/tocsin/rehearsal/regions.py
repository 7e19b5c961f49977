"""Which partition a Region belongs to, and where that partition records IAM.

"Global service events" (AWS CloudTrail User Guide): IAM's events are recorded in US East (N. Virginia) in the
partition aws; for the other partitions see the table of `docs` on where IAM events are recorded.
"""

from __future__ import annotations

from typing import Final

_PREFIXES: Final = {
    "cn-": "aws-cn",
    "us-gov-": "aws-us-gov",
    "us-iso-": "aws-iso",
    "us-isob-": "aws-iso-b",
    "eu-isoe-": "aws-iso-e",
    "us-isof-": "aws-iso-f",
    "eusc-": "aws-eusc",
}

_IAM_REGIONS: Final = {
    "aws": "us-east-1",
    "aws-cn": "cn-north-1",
    "aws-us-gov": "us-gov-west-1",
    "aws-iso": "us-iso-east-1",
    "aws-iso-b": "us-isob-east-1",
    "aws-iso-e": "eu-isoe-west-1",
    "aws-iso-f": "us-isof-south-1",
    "aws-eusc": "eusc-de-east-1",
}


def partition_of(region: str) -> str:
    """Return the partition that a Region belongs to."""
    return next((name for prefix, name in _PREFIXES.items() if region.startswith(prefix)), "aws")


def iam_region(partition: str) -> str:
    """Return the Region in which a partition records IAM's events."""
    return _IAM_REGIONS.get(partition, "us-east-1")
