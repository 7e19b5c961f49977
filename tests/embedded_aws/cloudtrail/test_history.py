"""Event history answers as CloudTrail does, and log files lie where CloudTrail puts them."""

import datetime as dt
import gzip
import json
import re

import pytest
from botocore.exceptions import ClientError

from embedded_aws.cloudtrail.history import History

pytestmark = pytest.mark.rehearsal

ACCOUNT = "123456789012"


def lookup(client, region="us-east-1", **question):
    return client("cloudtrail", region=region).lookup_events(**question)


def by(key, value):
    return {"LookupAttributes": [{"AttributeKey": key, "AttributeValue": value}]}


def refusal(call, *args, **kwargs):
    with pytest.raises(ClientError) as error:
        call(*args, **kwargs)
    return error.value.response["Error"]["Code"]


@pytest.fixture
def bucket(client, request):
    """Make a bucket that CloudTrail may write to, and return its name."""

    def make(name, *, policy=True):
        s3 = client("s3")
        s3.create_bucket(Bucket=name)
        if policy:
            statements = [
                {"Sid": "Acl", "Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"},
                 "Action": "s3:GetBucketAcl", "Resource": f"arn:aws:s3:::{name}"},
                {"Sid": "Write", "Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"},
                 "Action": "s3:PutObject", "Resource": f"arn:aws:s3:::{name}/*",
                 "Condition": {"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control"}}},
            ]  # fmt: skip
            s3.put_bucket_policy(Bucket=name, Policy=json.dumps({"Version": "2012-10-17", "Statement": statements}))
        return name

    return make


@pytest.fixture
def trail(client, aws, bucket):
    """Make a trail that logs, and delete it afterwards; what was recorded before is flushed first."""
    made = []

    def make(name, region="us-east-1", **options):
        options.setdefault("S3BucketName", None)
        options["S3BucketName"] = options["S3BucketName"] or bucket(f"logs-of-{name}")
        aws.flush_logs()
        client("cloudtrail", region=region).create_trail(Name=name, **options)
        client("cloudtrail", region=region).start_logging(Name=name)
        aws.flush_logs()
        made.append((name, region))
        return options["S3BucketName"]

    yield make
    for name, region in made:
        client("cloudtrail", region=region).delete_trail(Name=name)


def written(aws, client, bucket):
    """Flush, and return the new files of a bucket: key and records."""
    keys = [url.removeprefix(f"s3://{bucket}/") for url in aws.flush_logs() if url.startswith(f"s3://{bucket}/")]
    s3 = client("s3")
    return {key: json.loads(gzip.decompress(s3.get_object(Bucket=bucket, Key=key)["Body"].read())) for key in keys}


def names(files):
    return [record["eventName"] for content in files.values() for record in content["Records"]]


def test_event_history_works_without_a_trail(aws, client):
    client("iam").create_user(UserName="historic")
    client("iam").delete_user(UserName="historic")
    aws.settle()
    found = lookup(client, **by("EventName", "DeleteUser"))["Events"]
    assert len(found) == 1
    event = found[0]
    record = json.loads(event["CloudTrailEvent"])
    assert record["requestParameters"] == {"userName": "historic"}
    assert event["EventId"] == record["eventID"]
    assert event["EventTime"] == dt.datetime.fromisoformat(record["eventTime"])
    assert (event["EventSource"], event["Username"], event["ReadOnly"]) == (
        "iam.amazonaws.com",
        "admin",
        "false",
    )
    assert event["AccessKeyId"] == aws.admin.access_key_id
    assert event["Resources"] == [{"ResourceType": "AWS::IAM::User", "ResourceName": "historic"}]


def test_the_newest_event_comes_first(aws, client):
    for number in range(3):
        client("iam").create_user(UserName=f"order-{number}")
    aws.settle()
    found = lookup(client, **by("EventName", "CreateUser"))["Events"][:3]
    assert [one["Resources"][0]["ResourceName"] for one in found] == ["order-2", "order-1", "order-0"]


def test_each_region_has_its_own_history(aws, client):
    client("sns", region="eu-west-1").create_topic(Name="regional")
    client("iam", region="eu-west-1").create_user(UserName="global")
    aws.settle()

    def told(event, name):
        regions = [lookup(client, region, **by("EventName", event))["Events"] for region in ("eu-west-1", "us-east-1")]
        return [sum(name in one["CloudTrailEvent"] for one in events) for events in regions]

    assert told("CreateTopic", '"regional"') == [1, 0]
    assert told("CreateUser", '"global"') == [0, 1]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("Username", "admin"),
        ("EventSource", "iam.amazonaws.com"),
        ("ResourceType", "AWS::IAM::Group"),
        ("ResourceName", "by-attribute"),
        ("ReadOnly", "false"),
    ],
)
def test_events_are_found_by_each_attribute(aws, client, key, value):
    client("iam").create_group(GroupName="by-attribute")
    aws.settle()
    found = lookup(client, **by(key, value))["Events"]
    client("iam").delete_group(GroupName="by-attribute")
    assert "CreateGroup" in [one["EventName"] for one in found]
    assert lookup(client, **by(key, "nothing-of-the-kind"))["Events"] == []


def test_an_event_is_found_by_its_id_and_by_the_access_key(aws, client):
    client("iam").list_users()
    aws.settle()
    newest = lookup(client, MaxResults=1)["Events"][0]
    assert lookup(client, **by("EventId", newest["EventId"]))["Events"][0]["EventId"] == newest["EventId"]
    assert lookup(client, **by("AccessKeyId", aws.admin.access_key_id))["Events"]


def test_time_bounds_include_their_ends(aws, client):
    client("iam").create_user(UserName="timely")
    aws.settle()
    event = lookup(client, **by("ResourceName", "timely"))["Events"][0]
    at, second = event["EventTime"], dt.timedelta(seconds=1)
    wanted = by("ResourceName", "timely")
    assert lookup(client, **wanted, StartTime=at, EndTime=at)["Events"]
    assert lookup(client, **wanted, StartTime=at + second)["Events"] == []
    assert lookup(client, **wanted, EndTime=at - second)["Events"] == []


def test_pages_hold_everything_once_though_new_events_arrive(aws, client):
    for number in range(7):
        client("iam").create_user(UserName=f"page-{number}")
    aws.settle()
    trails, seen, token = client("cloudtrail"), [], {}
    while True:
        page = trails.lookup_events(**by("EventName", "CreateUser"), MaxResults=3, **token)
        seen += [one["EventId"] for one in page["Events"]]
        assert len(page["Events"]) <= 3
        if "NextToken" not in page:
            break
        client("iam").create_user(UserName=f"late-{len(seen)}")
        aws.settle()
        token = {"NextToken": page["NextToken"]}
    all_users = [one for one in aws.history.records() if one["eventName"] == "CreateUser"]
    old = [one["eventID"] for one in all_users if "late-" not in one["requestParameters"]["userName"]]
    assert seen == old[::-1]


def test_a_page_has_at_most_fifty_events(aws, client):
    for _ in range(55):
        client("sts").get_caller_identity()
    aws.settle()
    assert len(lookup(client)["Events"]) == 50
    paginator = client("cloudtrail").get_paginator("lookup_events")
    found = [one for page in paginator.paginate(**by("EventName", "GetCallerIdentity")) for one in page["Events"]]
    assert len(found) == 55


def test_what_aws_refuses_is_refused(client):
    trails, now = client("cloudtrail"), dt.datetime.now(dt.UTC)
    two = by("EventName", "a")["LookupAttributes"] + by("Username", "b")["LookupAttributes"]
    assert refusal(trails.lookup_events, LookupAttributes=two) == "InvalidLookupAttributesException"
    assert refusal(trails.lookup_events, MaxResults=51) == "InvalidMaxResultsException"
    backwards = {"StartTime": now, "EndTime": now - dt.timedelta(hours=1)}
    assert refusal(trails.lookup_events, **backwards) == "InvalidTimeRangeException"
    assert refusal(trails.lookup_events, NextToken="bm9uZQ==") == "InvalidNextTokenException"


def test_a_token_is_good_for_its_own_question_only(client):
    token = lookup(client, MaxResults=1)["NextToken"]
    other = {**by("EventName", "CreateUser"), "NextToken": token}
    assert refusal(client("cloudtrail").lookup_events, **other) == "InvalidNextTokenException"


def test_history_forgets_the_oldest_first():
    history = History(capacity=2)
    for number in range(3):
        history.add(
            {
                "eventID": str(number),
                "eventTime": "2026-01-01T00:00:00Z",
                "eventName": "X",
                "eventSource": "x.amazonaws.com",
                "awsRegion": "us-east-1",
            }
        )
    assert [one["eventID"] for one in history.records()] == ["1", "2"]


# -- log files ---------------------------------------------------------------------------------------------


def test_log_files_lie_where_cloudtrail_puts_them(aws, client, trail):
    logs = trail("whole", IsMultiRegionTrail=True, S3KeyPrefix="audit")
    client("iam").create_user(UserName="logged")
    client("sns", region="eu-west-1").create_topic(Name="logged")
    files = written(aws, client, logs)
    pattern = (
        rf"audit/AWSLogs/{ACCOUNT}/CloudTrail/(us-east-1|eu-west-1)/\d{{4}}/\d\d/\d\d/"
        rf"{ACCOUNT}_CloudTrail_\1_\d{{8}}T\d\d[0-5][05]Z_[A-Za-z0-9]{{16}}\.json\.gz"
    )
    assert all(re.fullmatch(pattern, key) for key in files), list(files)
    assert {key.split("/")[4]: [r["eventName"] for r in content["Records"]] for key, content in files.items()} == {
        "us-east-1": ["CreateUser"],
        "eu-west-1": ["CreateTopic"],
    }
    assert written(aws, client, logs) == {}


def test_a_trail_of_one_region_writes_only_its_own(aws, client, trail):
    logs = trail("single", region="eu-west-1")
    client("iam").create_user(UserName="not-there")
    client("sns", region="eu-west-1").create_topic(Name="there")
    assert names(written(aws, client, logs)) == ["CreateTopic"]


def test_a_stopped_trail_writes_nothing_but_that_it_was_stopped(aws, client, trail):
    logs = trail("stopped", IsMultiRegionTrail=True)
    client("cloudtrail").stop_logging(Name="stopped")
    client("iam").create_user(UserName="unseen")
    assert names(written(aws, client, logs)) == ["StopLogging"]


def test_trails_of_tells_of_the_trail_as_it_was_before_it_was_deleted(aws, client, trail):
    trail("short-lived", IsMultiRegionTrail=True)
    seen = []
    aws.subscribe(lambda record: seen.append((record["eventName"], [t.trail_name for t in aws.trails_of(record)])))
    client("cloudtrail").delete_trail(Name="short-lived")
    client("iam").list_users()
    aws.settle()
    client("cloudtrail").create_trail(Name="short-lived", S3BucketName="logs-of-short-lived")
    assert seen[:2] == [("DeleteTrail", ["short-lived"]), ("ListUsers", [])]


def test_selectors_decide_what_is_written(aws, client, trail):
    logs = trail("selective", IsMultiRegionTrail=True)
    trails, iam = client("cloudtrail"), client("iam")
    trails.put_event_selectors(
        TrailName="selective",
        EventSelectors=[{"ReadWriteType": "WriteOnly", "IncludeManagementEvents": True, "DataResources": []}],
    )
    iam.list_users()
    iam.create_user(UserName="selected")
    assert names(written(aws, client, logs)) == ["PutEventSelectors", "CreateUser"]
    trails.put_event_selectors(
        TrailName="selective",
        EventSelectors=[{"ReadWriteType": "All", "IncludeManagementEvents": False, "DataResources": []}],
    )
    written(aws, client, logs)
    iam.create_user(UserName="unselected")
    assert names(written(aws, client, logs)) == []
    trails.put_event_selectors(
        TrailName="selective",
        AdvancedEventSelectors=[
            {
                "Name": "iam only",
                "FieldSelectors": [
                    {"Field": "eventCategory", "Equals": ["Management"]},
                    {"Field": "eventSource", "Equals": ["iam.amazonaws.com"]},
                ],
            }
        ],
    )
    written(aws, client, logs)
    iam.list_users()
    client("sns").list_topics()
    assert names(written(aws, client, logs)) == ["ListUsers"]


def test_without_a_bucket_policy_nothing_is_written_and_it_is_told(aws, client, trail):
    logs = trail("forbidden", IsMultiRegionTrail=True)
    client("s3").delete_bucket_policy(Bucket=logs)
    before = len(aws.notes)
    assert written(aws, client, logs) == {}
    assert f"the policy of bucket {logs} does not let CloudTrail write" in aws.notes[before]


def test_the_embedded_aws_records_nothing_of_its_own_writing(aws, client, trail, recorded):
    logs = trail("quiet", IsMultiRegionTrail=True)
    client("iam").list_users()
    written(aws, client, logs)
    assert [one["eventName"] for one in recorded() if one["eventSource"] == "s3.amazonaws.com"] == [
        "CreateBucket",
        "PutBucketPolicy",
    ]
