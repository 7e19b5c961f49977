"""Every type is really made, changed and deleted, and drops no property in silence."""

import json
from uuid import uuid4

import boto3
import pytest
from botocore.exceptions import ClientError

from embedded_aws.cloudformation.types import OURS
from embedded_aws.door.account import open_account

pytestmark = pytest.mark.rehearsal

ACCOUNT = "123456789012"


@pytest.fixture(scope="module")
def account():
    with open_account(account_id=ACCOUNT) as opened:
        yield opened


@pytest.fixture(scope="module")
def aws(account):
    return account.aws


class Stack:
    """A stack under test."""

    def __init__(self, client):
        self.name = f"s{uuid4().hex[:12]}"
        self.client = client
        self.cf = client("cloudformation")

    def create(self, resources, outputs=None, **options):
        template = {
            "Resources": resources,
            "Outputs": outputs or {"Name": {"Value": {"Ref": "AWS::StackName"}}},
        }
        self.cf.create_stack(StackName=self.name, TemplateBody=json.dumps(template), **options)
        return self

    def update(self, resources, **options):
        body = json.dumps({"Resources": resources})
        made = self.cf.create_change_set(StackName=self.name, ChangeSetName="c", TemplateBody=body, **options)
        self.cf.execute_change_set(ChangeSetName=made["Id"])
        return self

    @property
    def shown(self):
        return self.cf.describe_stacks(StackName=self.name)["Stacks"][0]

    @property
    def status(self):
        return self.shown["StackStatus"]

    @property
    def outputs(self):
        return {each["OutputKey"]: each["OutputValue"] for each in self.shown["Outputs"]}

    @property
    def ids(self):
        found = self.cf.list_stack_resources(StackName=self.name)["StackResourceSummaries"]
        return {each["LogicalResourceId"]: each["PhysicalResourceId"] for each in found}

    @property
    def reasons(self):
        events = self.cf.describe_stack_events(StackName=self.name)["StackEvents"]
        return " ".join(event.get("ResourceStatusReason", "") for event in events)

    def delete(self):
        self.cf.delete_stack(StackName=self.name)


@pytest.fixture
def stack(client):
    return Stack(client)


def statement(principal, action, resource):
    return {"Effect": "Allow", "Principal": principal, "Action": action, "Resource": resource}


def document(*statements):
    return {"Version": "2012-10-17", "Statement": list(statements)}


def events_may(action, resource):
    return document(statement({"Service": "events.amazonaws.com"}, action, resource))


def att(name, attribute="Arn"):
    return {"Fn::GetAtt": [name, attribute]}


def ref(name):
    return {"Ref": name}


BUCKET = {
    "BucketEncryption": {
        "ServerSideEncryptionConfiguration": [
            {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": True}
        ]
    },
    "PublicAccessBlockConfiguration": {
        "BlockPublicAcls": True,
        "BlockPublicPolicy": True,
        "IgnorePublicAcls": True,
        "RestrictPublicBuckets": True,
    },
    "VersioningConfiguration": {"Status": "Enabled"},
    "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
    "LifecycleConfiguration": {
        "Rules": [
            {
                "Id": "old",
                "Status": "Enabled",
                "ExpirationInDays": "400",
                "NoncurrentVersionExpiration": {"NoncurrentDays": 30},
            }
        ]
    },
    "Tags": [{"Key": "owner", "Value": "security"}],
}
BUCKET_POLICY = document(
    statement({"Service": "cloudtrail.amazonaws.com"}, "s3:GetBucketAcl", att("Bucket")),
    statement({"Service": "cloudtrail.amazonaws.com"}, "s3:PutObject", {"Fn::Sub": "${Bucket.Arn}/*"}),
)


def trail_resources(**changes):
    trail = {
        "S3BucketName": ref("Bucket"),
        "S3KeyPrefix": "logs",
        "IsLogging": True,
        "IsMultiRegionTrail": True,
        "EnableLogFileValidation": "true",
        "EventSelectors": [{"ReadWriteType": "WriteOnly", "IncludeManagementEvents": True}],
        "Tags": [{"Key": "a", "Value": "b"}],
    }
    return {
        "Bucket": {"Type": "AWS::S3::Bucket", "Properties": BUCKET},
        "Policy": {
            "Type": "AWS::S3::BucketPolicy",
            "Properties": {"Bucket": ref("Bucket"), "PolicyDocument": BUCKET_POLICY},
        },
        "Trail": {
            "Type": "AWS::CloudTrail::Trail",
            "DependsOn": "Policy",
            "Properties": {**trail, **changes},
        },
    }


def test_a_trail_is_made_as_described_and_logs(stack, client):
    stack.create(trail_resources(), {"Arn": {"Value": att("Trail")}})
    assert stack.status == "CREATE_COMPLETE", stack.reasons
    cloudtrail, name = client("cloudtrail"), stack.ids["Trail"]
    trail = cloudtrail.get_trail(Name=name)["Trail"]
    assert trail["TrailARN"] == stack.outputs["Arn"]
    assert (trail["IsMultiRegionTrail"], trail["LogFileValidationEnabled"], trail["S3KeyPrefix"]) == (
        True,
        True,
        "logs",
    )
    assert cloudtrail.get_trail_status(Name=name)["IsLogging"]
    assert cloudtrail.get_event_selectors(TrailName=name)["EventSelectors"][0]["ReadWriteType"] == "WriteOnly"
    tags = cloudtrail.list_tags(ResourceIdList=[trail["TrailARN"]])["ResourceTagList"][0]["TagsList"]
    assert tags == [{"Key": "a", "Value": "b"}]
    stack.update(trail_resources(IsLogging=False))
    assert not cloudtrail.get_trail_status(Name=name)["IsLogging"]
    stack.delete()
    assert cloudtrail.describe_trails(trailNameList=[name])["trailList"] == []


def test_a_trail_whose_bucket_does_not_let_it_in_fails_the_stack(stack):
    resources = trail_resources()
    del resources["Policy"], resources["Trail"]["DependsOn"]
    stack.create(resources)
    assert stack.status == "ROLLBACK_COMPLETE"
    assert "Incorrect S3 bucket policy" in stack.reasons


def test_a_bucket_has_every_property_that_moto_drops(stack, client):
    stack.create({"Bucket": {"Type": "AWS::S3::Bucket", "Properties": BUCKET}})
    assert stack.status == "CREATE_COMPLETE", stack.reasons
    s3, name = client("s3"), stack.ids["Bucket"]
    assert name.startswith(stack.name)
    rule = s3.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]["Rules"][0]
    assert rule["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "AES256"
    assert all(s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"].values())
    assert s3.get_bucket_versioning(Bucket=name)["Status"] == "Enabled"
    owners = s3.get_bucket_ownership_controls(Bucket=name)["OwnershipControls"]["Rules"]
    assert owners == [{"ObjectOwnership": "BucketOwnerEnforced"}]
    lifecycle = s3.get_bucket_lifecycle_configuration(Bucket=name)["Rules"][0]
    assert (lifecycle["Expiration"], lifecycle["NoncurrentVersionExpiration"]) == (
        {"Days": 400},
        {"NoncurrentDays": 30},
    )
    assert s3.get_bucket_tagging(Bucket=name)["TagSet"] == BUCKET["Tags"]
    fewer = {key: value for key, value in BUCKET.items() if key not in {"LifecycleConfiguration", "Tags"}}
    stack.update({"Bucket": {"Type": "AWS::S3::Bucket", "Properties": fewer}})
    with pytest.raises(ClientError, match="lifecycle"):
        s3.get_bucket_lifecycle_configuration(Bucket=name)


def test_a_bucket_that_is_not_empty_cannot_be_deleted(stack, client):
    stack.create({"Bucket": {"Type": "AWS::S3::Bucket"}})
    name = stack.ids["Bucket"]
    client("s3").put_object(Bucket=name, Key="k", Body=b"x")
    stack.delete()
    assert stack.status == "DELETE_FAILED"
    stack.cf.delete_stack(StackName=stack.name, RetainResources=["Bucket"])
    with pytest.raises(ClientError, match="does not exist"):
        _ = stack.status
    assert client("s3").head_bucket(Bucket=name)


def wire(*, text='"gone: <who>"', queue_seconds=60):
    target = {
        "Id": "wire",
        "Arn": ref("Topic"),
        "InputTransformer": {
            "InputPathsMap": {"who": "$.detail.requestParameters.userName"},
            "InputTemplate": text,
        },
        "DeadLetterConfig": {"Arn": att("Dead")},
        "RetryPolicy": {"MaximumRetryAttempts": "10", "MaximumEventAgeInSeconds": 3600},
    }
    pattern = {"source": ["aws.iam"], "detail": {"eventName": ["DeleteUser"]}}
    redrive = {"deadLetterTargetArn": att("Dead"), "maxReceiveCount": 5}
    return {
        "Topic": {
            "Type": "AWS::SNS::Topic",
            "Properties": {"DisplayName": "Tocsin", "SignatureVersion": "2"},
        },
        "TopicPolicy": {
            "Type": "AWS::SNS::TopicInlinePolicy",
            "Properties": {
                "TopicArn": ref("Topic"),
                "PolicyDocument": events_may("sns:Publish", ref("Topic")),
            },
        },
        "Dead": {"Type": "AWS::SQS::Queue", "Properties": {"MessageRetentionPeriod": 1209600}},
        "Queue": {
            "Type": "AWS::SQS::Queue",
            "Properties": {"VisibilityTimeout": queue_seconds, "RedrivePolicy": redrive},
        },
        "QueuePolicy": {
            "Type": "AWS::SQS::QueueInlinePolicy",
            "Properties": {
                "Queue": ref("Queue"),
                "PolicyDocument": events_may("sqs:SendMessage", att("Queue")),
            },
        },
        "DeadPolicy": {
            "Type": "AWS::SQS::QueueInlinePolicy",
            "Properties": {
                "Queue": ref("Dead"),
                "PolicyDocument": events_may("sqs:SendMessage", att("Dead")),
            },
        },
        "Rule": {
            "Type": "AWS::Events::Rule",
            "Properties": {"EventPattern": pattern, "Targets": [target, {"Id": "feed", "Arn": att("Queue")}]},
        },
        "Mail": {
            "Type": "AWS::SNS::Subscription",
            "Properties": {"TopicArn": ref("Topic"), "Protocol": "email", "Endpoint": "ops@example.org"},
        },
    }


def test_topic_queues_rule_and_policies_are_made_as_described(stack, client):
    stack.create(
        wire(),
        {"Rule": {"Value": att("Rule")}, "Url": {"Value": ref("Queue")}, "Queue": {"Value": att("Queue")}},
    )
    assert stack.status == "CREATE_COMPLETE", stack.reasons
    ids = stack.ids
    topic = client("sns").get_topic_attributes(TopicArn=ids["Topic"])["Attributes"]
    assert (topic["DisplayName"], topic["SignatureVersion"], topic["SubscriptionsPending"]) == (
        "Tocsin",
        "2",
        "1",
    )
    assert "events.amazonaws.com" in topic["Policy"]
    assert ids["TopicPolicy"] == ids["Topic"]
    queue = client("sqs").get_queue_attributes(QueueUrl=stack.outputs["Url"], AttributeNames=["All"])["Attributes"]
    assert queue["QueueArn"] == stack.outputs["Queue"]
    assert (queue["VisibilityTimeout"], json.loads(queue["RedrivePolicy"])["maxReceiveCount"]) == ("60", 5)
    assert "events.amazonaws.com" in queue["Policy"]
    targets = client("events").list_targets_by_rule(Rule=ids["Rule"])["Targets"]
    assert targets[0]["RetryPolicy"] == {"MaximumRetryAttempts": 10, "MaximumEventAgeInSeconds": 3600}
    assert targets[0]["InputTransformer"]["InputTemplate"] == '"gone: <who>"'
    assert client("events").describe_rule(Name=ids["Rule"])["Arn"] == stack.outputs["Rule"]


def test_an_update_keeps_topic_subscription_and_policies(stack, client):
    stack.create(wire())
    before = stack.ids
    stack.update(wire(text='"deleted: <who>"', queue_seconds=90))
    assert (stack.status, stack.ids) == ("UPDATE_COMPLETE", before), stack.reasons
    targets = client("events").list_targets_by_rule(Rule=before["Rule"])["Targets"]
    assert targets[0]["InputTransformer"]["InputTemplate"] == '"deleted: <who>"'
    queue = client("sqs").get_queue_attributes(QueueUrl=before["Queue"], AttributeNames=["All"])["Attributes"]
    assert queue["VisibilityTimeout"] == "90"
    assert "events.amazonaws.com" in queue["Policy"]
    assert client("sns").list_subscriptions_by_topic(TopicArn=before["Topic"])["Subscriptions"]


def test_deleting_a_stack_deletes_all_of_it(stack, client):
    stack.create(wire())
    ids = stack.ids
    stack.delete()
    with pytest.raises(ClientError):
        client("events").describe_rule(Name=ids["Rule"])
    assert client("sqs").list_queues(QueueNamePrefix=stack.name).get("QueueUrls", []) == []
    with pytest.raises(ClientError):
        client("sns").get_topic_attributes(TopicArn=ids["Topic"])


def test_a_policy_of_a_topic_goes_back_to_the_default_one_when_it_is_taken_away(stack, client):
    topic = {"Type": "AWS::SNS::Topic"}
    properties = {"TopicArn": ref("Topic"), "PolicyDocument": events_may("sns:Publish", ref("Topic"))}
    stack.create({"Topic": topic, "Policy": {"Type": "AWS::SNS::TopicInlinePolicy", "Properties": properties}})
    arn = stack.ids["Topic"]
    assert "events.amazonaws.com" in client("sns").get_topic_attributes(TopicArn=arn)["Attributes"]["Policy"]
    stack.update({"Topic": topic})
    assert "__default_policy_ID" in client("sns").get_topic_attributes(TopicArn=arn)["Attributes"]["Policy"]


def test_a_key_and_its_alias_are_made_changed_and_scheduled_for_deletion(stack, client):
    root = statement({"AWS": {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}}, "kms:*", "*")

    def resources(**changes):
        key = {"KeyPolicy": document(root), "EnableKeyRotation": True, **changes}
        alias = {"AliasName": f"alias/{stack.name}", "TargetKeyId": ref("Key")}
        topic = {"KmsMasterKeyId": ref("Key")}
        return {
            "Key": {"Type": "AWS::KMS::Key", "Properties": key},
            "Alias": {"Type": "AWS::KMS::Alias", "Properties": alias},
            "Topic": {"Type": "AWS::SNS::Topic", "Properties": topic},
        }

    stack.create(resources(), {"Key": {"Value": att("Key")}})
    assert stack.status == "CREATE_COMPLETE", stack.reasons
    kms, key = client("kms"), stack.ids["Key"]
    assert kms.describe_key(KeyId=f"alias/{stack.name}")["KeyMetadata"]["Arn"] == stack.outputs["Key"]
    assert kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"]
    assert client("sns").get_topic_attributes(TopicArn=stack.ids["Topic"])["Attributes"]["KmsMasterKeyId"] == key
    stack.update(resources(EnableKeyRotation=False, Description="the bell's"))
    assert not kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"]
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["Description"] == "the bell's"
    stack.delete()
    assert kms.describe_key(KeyId=key)["KeyMetadata"]["KeyState"] == "PendingDeletion"


def test_a_type_that_cannot_be_built_is_refused_at_once(stack):
    for operation in ("create_stack", "create_change_set"):
        extra = {"ChangeSetName": "c", "ChangeSetType": "CREATE"} if "change" in operation else {}
        body = json.dumps({"Resources": {"X": {"Type": "AWS::Notifications::NotificationConfiguration"}}})
        with pytest.raises(ClientError, match="Unrecognized resource types") as refused:
            getattr(stack.cf, operation)(StackName=stack.name, TemplateBody=body, **extra)
        assert refused.value.response["Error"]["Code"] == "ValidationError"
    with pytest.raises(ClientError, match="does not exist"):
        _ = stack.status


@pytest.mark.parametrize("kind", OURS, ids=lambda kind: kind.type_name)
def test_a_property_that_is_not_applied_fails_the_stack(stack, kind):
    properties = {"NoSuchThing": 1} | dict.fromkeys(kind.required, "x")
    stack.create({"X": {"Type": kind.type_name, "Properties": properties}})
    assert stack.status == "ROLLBACK_COMPLETE"
    assert "extraneous key [NoSuchThing] is not permitted" in stack.reasons


@pytest.mark.parametrize("kind", [kind for kind in OURS if kind.required], ids=lambda kind: kind.type_name)
def test_a_required_property_that_is_missing_fails_the_stack(stack, kind):
    stack.create({"X": {"Type": kind.type_name}})
    assert stack.status == "ROLLBACK_COMPLETE"
    assert "required key" in stack.reasons


def test_what_the_api_refuses_fails_the_stack_with_its_words(stack):
    rule = {"EventPattern": {"detail": {"eventName": [{"prefx": "x"}]}}}
    stack.create({"Rule": {"Type": "AWS::Events::Rule", "Properties": rule}})
    assert stack.status == "ROLLBACK_COMPLETE"
    assert "InvalidEventPatternException" in stack.reasons


def test_a_caller_without_rights_cannot_have_them_through_cloudformation(stack, client, account):
    iam = client("iam")
    iam.create_user(UserName=stack.name)
    rights = document({"Effect": "Allow", "Action": "cloudformation:*", "Resource": "*"})
    iam.put_user_policy(UserName=stack.name, PolicyName="p", PolicyDocument=json.dumps(rights))
    key = iam.create_access_key(UserName=stack.name)["AccessKey"]
    poor = boto3.client(
        "cloudformation",
        endpoint_url=account.aws.endpoint_url,
        region_name="us-east-1",
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
    )
    poor.create_stack(StackName=stack.name, TemplateBody=json.dumps({"Resources": {"T": {"Type": "AWS::SNS::Topic"}}}))
    assert stack.status == "ROLLBACK_COMPLETE"
    assert "not authorized" in stack.reasons
