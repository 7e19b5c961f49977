"""The CloudTrail operations that moto answers too kindly: it checks no bucket policy, selector or name.

https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_Operations.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from embedded_aws.calls.http import ApiError
from embedded_aws.calls.regions import partition_of
from embedded_aws.iam.policy import Effect, Request, judge

if TYPE_CHECKING:
    from embedded_aws.calls.account_state import AccountState
    from embedded_aws.calls.exchange import ApiRequest, Handler

Result = dict[str, Any]

CLOUDTRAIL = "cloudtrail.amazonaws.com"
# What basic selectors may name:
# https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_DataResource.html
_DATA_TYPES = {"AWS::DynamoDB::Table", "AWS::Lambda::Function", "AWS::S3::Object"}
# What a trail has before anybody puts selectors:
# https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_GetEventSelectors.html
_DEFAULT_SELECTOR = {
    "ReadWriteType": "All",
    "IncludeManagementEvents": True,
    "DataResources": [],
    "ExcludeManagementEventSources": [],
}


class CloudTrailApi:
    """Answers for one account.

    Args:
        state: the account.
    """

    def __init__(self, state: AccountState) -> None:
        self._state = state

    def handlers(self) -> dict[str, Handler]:
        """The operations by name."""
        return {
            "CreateTrail": self.create_trail,
            "UpdateTrail": self.update_trail,
            "DeleteTrail": self.delete_trail,
            "DescribeTrails": self.describe_trails,
            "GetTrail": self.get_trail,
            "PutEventSelectors": self.put_selectors,
            "GetEventSelectors": self.get_selectors,
        }

    def create_trail(self, request: ApiRequest) -> Result:
        """CreateTrail: the name must be free, and the bucket must let CloudTrail write."""
        name = request.params["Name"]
        if self._state.trail(name, request.region) is not None:
            arn = _arn(request, name)
            raise ApiError("TrailAlreadyExistsException", f"Trail {arn} already exists for customer")
        self._check_bucket(request, request.params["S3BucketName"], request.params.get("S3KeyPrefix") or "")
        return request.forward()

    def update_trail(self, request: ApiRequest) -> Result:
        """UpdateTrail: as CreateTrail for the bucket."""
        trail = self._trail(request, request.params["Name"])
        bucket = request.params.get("S3BucketName") or trail.bucket_name
        prefix = request.params.get("S3KeyPrefix", trail.s3_key_prefix) or ""
        self._check_bucket(request, bucket, prefix)
        return request.forward()

    def delete_trail(self, request: ApiRequest) -> Result:
        """DeleteTrail; moto forgets nothing if it is given an ARN, and says so to nobody."""
        trail = self._trail(request, request.params["Name"])
        self._state.forget_trail(trail)
        return {}

    def describe_trails(self, request: ApiRequest) -> Result:
        """DescribeTrails; moto says of no trail that it has selectors of its own."""
        result = request.forward()
        for shown in result["trailList"]:
            self._tell_selectors(shown)
        return result

    def get_trail(self, request: ApiRequest) -> Result:
        """GetTrail: as DescribeTrails."""
        result = request.forward()
        self._tell_selectors(result["Trail"])
        return result

    def _tell_selectors(self, shown: Result) -> None:
        shown["HomeRegion"] = shown["TrailARN"].split(":")[3]
        trail = self._state.trail(shown["TrailARN"], shown["HomeRegion"])
        selectors = (trail.event_selectors, trail.advanced_event_selectors) if trail else ()
        shown["HasCustomEventSelectors"] = any(selectors)

    def put_selectors(self, request: ApiRequest) -> Result:
        """PutEventSelectors replaces the whole set, basic or advanced."""
        trail = self._trail(request, request.params["TrailName"])
        for selector in request.params.get("EventSelectors") or []:
            for resource in selector.get("DataResources") or []:
                if resource.get("Type") not in _DATA_TYPES:
                    reason = f"Invalid DataResources type: {resource.get('Type')}"
                    raise ApiError("InvalidEventSelectorsException", reason)
        result = request.forward()
        if request.params.get("EventSelectors"):
            trail.advanced_event_selectors = []
        return result

    def get_selectors(self, request: ApiRequest) -> Result:
        """GetEventSelectors, with the selector that a trail has by default."""
        result = request.forward()
        if not result.get("EventSelectors") and not result.get("AdvancedEventSelectors"):
            result["EventSelectors"] = [_DEFAULT_SELECTOR]
        return result

    def _trail(self, request: ApiRequest, name: str) -> Any:  # noqa: ANN401 - moto's class
        trail = self._state.trail(name, request.region)
        if trail is None:
            reason = f"Unknown trail: {name} for the user: {request.account_id}"
            raise ApiError("TrailNotFoundException", reason)
        return trail

    def _check_bucket(self, request: ApiRequest, bucket: str, prefix: str) -> None:
        """https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html."""
        known, policy = self._state.bucket_policy(bucket)
        if not known:
            raise ApiError("S3BucketDoesNotExistException", f"S3 bucket {bucket} does not exist!")
        arn = f"arn:{partition_of(request.region)}:s3:::{bucket}"
        context = {
            "aws:SourceArn": _arn(request, request.params["Name"]),
            "aws:SourceAccount": request.account_id,
            "aws:SecureTransport": "true",
            "aws:PrincipalIsAWSService": "true",
            "aws:PrincipalServiceName": CLOUDTRAIL,
            "s3:x-amz-acl": "bucket-owner-full-control",
        }
        path = f"{prefix.rstrip('/')}/" if prefix else ""
        key = f"{arn}/{path}AWSLogs/{request.account_id}/CloudTrail/log.json.gz"
        for action, resource in (("s3:GetBucketAcl", arn), ("s3:PutObject", key)):
            if judge(policy, Request(action, resource, CLOUDTRAIL, (), context)) is not Effect.ALLOW:
                reason = f"Incorrect S3 bucket policy is detected for bucket: {bucket}"
                raise ApiError("InsufficientS3BucketPolicyException", reason)


def _arn(request: ApiRequest, name: str) -> str:
    if name.startswith("arn:"):
        return name
    return f"arn:{partition_of(request.region)}:cloudtrail:{request.region}:{request.account_id}:trail/{name}"
