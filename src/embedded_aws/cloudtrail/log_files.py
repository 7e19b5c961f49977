"""CloudTrail's log files in the buckets of the trails.

"Finding your CloudTrail log files" and "CloudTrail log file examples", file name format (CloudTrail User
Guide). AWS delivers about every five minutes; here a person or a test says when. Digest files are not
written.
"""

from __future__ import annotations

import gzip
import json
import secrets
import string
import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from embedded_aws.calls.http import ApiError
from embedded_aws.calls.regions import partition_of
from embedded_aws.iam.policy import Effect, Request, judge

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from embedded_aws.calls.account_state import AccountState
    from embedded_aws.cloudtrail.feed import Record

SERVICE: Final = "cloudtrail.amazonaws.com"
_FIVE_MINUTES: Final = 300
_UNIQUE: Final = string.ascii_letters + string.digits


@dataclass(frozen=True, slots=True)
class _Destination:
    trail_arn: str
    bucket: str
    prefix: str
    region: str


class LogFiles:
    """Gathers records for each trail that covers them, and writes them when told.

    Args:
        state: of the account, whose bucket policies decide whether CloudTrail may write.
        trails_of: the trails that cover a record.
        call: calls an operation as AWS itself.
        note: tells a person what was not written.
    """

    def __init__(
        self,
        state: AccountState,
        trails_of: Callable[[Record], list[Any]],
        call: Callable[[str, str, Mapping[str, Any], str], Any],
        note: Callable[[str], None],
    ) -> None:
        self._state = state
        self._trails_of = trails_of
        self._call = call
        self._note = note
        self._waiting: dict[_Destination, list[Record]] = {}
        self._lock = threading.Lock()

    def add(self, record: Record) -> None:
        """Keep a record for every trail that covers it now."""
        for trail in self._trails_of(record):
            destination = _Destination(trail.arn, trail.bucket_name, trail.s3_key_prefix or "", record["awsRegion"])
            with self._lock:
                self._waiting.setdefault(destination, []).append(record)

    def flush(self) -> list[str]:
        """Write what is waiting, a file for each trail and Region, and return ``s3://bucket/key`` of each."""
        with self._lock:
            waiting, self._waiting = self._waiting, {}
        now = datetime.now(UTC)
        return [url for destination, records in waiting.items() if (url := self._write(destination, records, now))]

    def _write(self, destination: _Destination, records: list[Record], now: datetime) -> str:
        if self._state.trail(destination.trail_arn, destination.trail_arn.split(":")[3]) is None:
            return ""  # a trail that was deleted since delivers nothing
        key = _key(destination, self._state.account_id, now)
        body = gzip.compress(json.dumps({"Records": records}, separators=(",", ":")).encode())
        if not self._may_write(destination, key):
            self._note(f"the policy of bucket {destination.bucket} does not let CloudTrail write {key}")
            return ""
        params = {"Bucket": destination.bucket, "Key": key, "Body": body}
        params |= {"ContentType": "application/json", "ContentEncoding": "gzip"}
        try:
            self._call("s3", "PutObject", params, destination.region)
        except ApiError as error:
            self._note(f"the log file {key} of bucket {destination.bucket} is not written: {error}")
            return ""
        return f"s3://{destination.bucket}/{key}"

    def _may_write(self, destination: _Destination, key: str) -> bool:
        """Judge the bucket's policy ("Amazon S3 bucket policy for CloudTrail")."""
        found, policy = self._state.bucket_policy(destination.bucket)
        if not found:
            return True  # the write itself will say that there is no such bucket
        context = {
            "aws:PrincipalIsAWSService": "true",
            "aws:PrincipalServiceName": SERVICE,
            "aws:SecureTransport": "true",
            "aws:SourceAccount": self._state.account_id,
            "aws:SourceArn": destination.trail_arn,
            "s3:x-amz-acl": "bucket-owner-full-control",
        }
        arn = f"arn:{partition_of(destination.region)}:s3:::{destination.bucket}/{key}"
        return judge(policy, Request("s3:PutObject", arn, service=SERVICE, context=context)) is Effect.ALLOW


def _key(destination: _Destination, account_id: str, now: datetime) -> str:
    due = now + timedelta(seconds=-now.timestamp() % _FIVE_MINUTES)
    unique = "".join(secrets.choice(_UNIQUE) for _ in range(16))
    name = f"{account_id}_CloudTrail_{destination.region}_{due:%Y%m%dT%H%MZ}_{unique}.json.gz"
    path = f"AWSLogs/{account_id}/CloudTrail/{destination.region}/{now:%Y/%m/%d}/{name}"
    return f"{destination.prefix.rstrip('/')}/{path}" if destination.prefix else path
