"""The common guide, followed by hand to the letter in an empty account: the doctor lists every fault that it leaves.

The steps are those of the guide; the faults are those of its errata that an account can show. What it says besides is
refused by AWS at once (a data resource AWS::IAM::User, a policy of version 2024-01-17) or comes to light by itself (a
user with keys cannot be deleted).
"""

from __future__ import annotations

import json

import pytest

from accounts import client, client_at, environ_of
from embedded_aws.door.account import open_account

pytestmark = pytest.mark.rehearsal

PATTERN = {
    "source": ["aws.iam"],
    "detail-type": ["AWS API Call via CloudTrail"],
    "detail": {"eventSource": ["iam.amazonaws.com"], "eventName": ["DeleteUser"]},
}


@pytest.fixture
def account():
    with open_account() as opened:
        yield opened


def follow(account, region="us-east-1", key=""):
    """The guide: a bucket, a trail, a rule, a topic, its target, a mail address, a policy on a user."""
    aws = {**account.address(), "region": region}
    s3, cloudtrail, sns, events, iam = (client_at(aws, one) for one in ("s3", "cloudtrail", "sns", "events", "iam"))
    bucket, trail = f"iam-deletion-{region}", f"IAMDeletionTrail-{region}"
    s3.create_bucket(
        Bucket=bucket,
        **({} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}),
    )
    may = [
        {"Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}, "Action": action, "Resource": arn}
        for action, arn in (("s3:GetBucketAcl", f"arn:aws:s3:::{bucket}"), ("s3:PutObject", f"arn:aws:s3:::{bucket}/*"))
    ]
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": may}))
    cloudtrail.create_trail(Name=trail, S3BucketName=bucket)
    topic = sns.create_topic(Name="IAMUserDeletion", Attributes={"KmsMasterKeyId": key} if key else {})["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="admin@example.com")
    events.put_rule(Name="IAMUserDeletionRule", EventPattern=json.dumps(PATTERN), State="ENABLED")
    events.put_targets(Rule="IAMUserDeletionRule", Targets=[{"Id": "1", "Arn": topic}])
    text = {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": ["events:*", "sns:Publish"], "Resource": "*"}],
    }
    iam.create_user(UserName=f"notifier-{region}")
    iam.put_user_policy(UserName=f"notifier-{region}", PolicyName="notify", PolicyDocument=json.dumps(text))
    return topic


@pytest.fixture
def found(account, tmp_path, monkeypatch, capsys):
    """The codes of what the doctor finds, whoever asks."""
    from tocsin.entry.cli import run  # noqa: PLC0415 - the environment has to be set first

    def examine(**more):
        monkeypatch.chdir(tmp_path)
        for name, value in {**environ_of(account, tmp_path), **more}.items():
            monkeypatch.setenv(name, value)
        code = run(["doctor", "--json"])
        facts = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        every = [one for one in facts if one["kind"] == "finding"]
        assert code == bool(every)
        return {one["code"] for one in every}

    return examine


def test_an_account_in_which_nothing_listens_is_told_to_be_that(found):
    assert found() == {"TOC101", "TOC003"}


def test_the_guide_followed_where_iam_is_recorded(found, account):
    follow(account)
    assert found() == {
        "TOC004",  # so that nobody at all hears
        "TOC102",  # CreateTrail, and no StartLogging
        "TOC103",  # one Region alone
        "TOC207",  # a match does not mean deleted
        "TOC305",  # no dead-letter queue
        "TOC402",  # what a user is allowed lets EventBridge publish nothing
        "TOC501",  # nobody has confirmed
        "TOC502",  # the mail address has not
    }


def test_the_guide_followed_in_ones_own_region_and_with_aws_s_own_key(found, account):
    follow(account, "eu-west-1", "alias/aws/sns")
    codes = found(AWS_REGION="eu-west-1")
    assert codes >= {"TOC004", "TOC203", "TOC904", "TOC402"}


def test_each_mend_made_by_hand_makes_it_ring(found, account):
    """What the findings say is done; then a user is deleted, and the mail comes."""
    follow(account)
    cloudtrail, sns, events, sqs = (client(account, one) for one in ("cloudtrail", "sns", "events", "sqs"))
    topic, rule = "arn:aws:sns:us-east-1:123456789012:IAMUserDeletion", "IAMUserDeletionRule"
    cloudtrail.start_logging(Name="IAMDeletionTrail-us-east-1")
    cloudtrail.update_trail(Name="IAMDeletionTrail-us-east-1", IsMultiRegionTrail=True)
    arn = f"arn:aws:events:us-east-1:123456789012:rule/{rule}"

    def allow(action, resource):
        who = {"Service": "events.amazonaws.com"}
        one = {"Effect": "Allow", "Principal": who, "Action": action, "Resource": resource}
        condition = {"ArnEquals": {"aws:SourceArn": arn}}
        return json.dumps({"Version": "2012-10-17", "Statement": [{**one, "Condition": condition}]})

    dead = "arn:aws:sqs:us-east-1:123456789012:dead"
    sqs.create_queue(QueueName="dead", Attributes={"Policy": allow("sqs:SendMessage", dead)})
    sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=allow("sns:Publish", topic))
    done = {**PATTERN, "detail": {**PATTERN["detail"], "errorCode": [{"exists": False}]}}
    events.put_rule(Name=rule, EventPattern=json.dumps(done), State="ENABLED")
    events.put_targets(Rule=rule, Targets=[{"Id": "1", "Arn": topic, "DeadLetterConfig": {"Arn": dead}}])
    mail = next(one["text"] for one in account.mails() if "IAMUserDeletion" in one["text"] and "Token=" in one["text"])
    token = next(word for word in mail.split() if "Token=" in word).partition("Token=")[2].partition("&")[0]
    sns.confirm_subscription(TopicArn=topic, Token=token, AuthenticateOnUnsubscribe="true")
    assert found() == set()
    iam = client(account, "iam")
    iam.create_user(UserName="bob")
    iam.delete_user(UserName="bob")
    account.settle()
    assert any('"userName":"bob"' in one["text"].replace(" ", "") for one in account.mails())
