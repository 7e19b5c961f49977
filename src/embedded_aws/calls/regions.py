"""Which partition a Region belongs to, and where that partition records IAM, as the product's own table has it."""

from __future__ import annotations

from tocsin.core import partitions


def partition_of(region: str) -> str:
    """Return the name of the partition that a Region belongs to."""
    return partitions.partition_of(region).name


def iam_region(partition: str) -> str:
    """Return the Region in which a partition records IAM's events; the commercial one's for a name of no partition."""
    named = (known.iam_region for known in partitions.PARTITIONS if known.name == partition)
    return next(named, partitions.PARTITIONS[0].iam_region)
