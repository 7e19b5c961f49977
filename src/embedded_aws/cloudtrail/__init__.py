"""CloudTrail: the record of every call, trails, their files in buckets, and event history."""
