"""A record rings only where every link of the account is whole; each broken link is silence."""

import json
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import boto3
import pytest
from botocore.exceptions import ClientError

from embedded_aws.door.account import open_account
from embedded_aws.events.bridge import Fate, envelope

pytestmark = pytest.mark.rehearsal

ACCOUNT = "123456789012"
REGION = "us-east-1"
PATTERN = {"source": ["aws.iam"], "detail": {"eventName": ["DeleteUser"], "errorCode": [{"exists": False}]}}


def allow(service, action, resource, **condition):
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": action, "Resource": resource}
    return statement | ({"Condition": condition} if condition else {})


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def record(**changes):
    base = {
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "IAMUser",
            "arn": f"arn:aws:iam::{ACCOUNT}:user/mallory",
            "userName": "mallory",
        },
        "eventTime": "2026-11-23T22:00:00Z",
        "eventSource": "iam.amazonaws.com",
        "eventName": "DeleteUser",
        "awsRegion": REGION,
        "requestParameters": {"userName": "alice"},
        "responseElements": None,
        "eventID": str(uuid4()),
        "readOnly": False,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": ACCOUNT,
        "eventCategory": "Management",
    }
    return {**base, **changes}


@dataclass
class Pipeline:
    """A whole pipeline, made by API calls as a careful person would make them."""

    account: Any
    clients: Any
    name: str

    def __post_init__(self):
        name = self.name
        s3, sns, sqs, events = (self.clients(service) for service in ("s3", "sns", "sqs", "events"))
        s3.create_bucket(Bucket=name)
        bucket = f"arn:aws:s3:::{name}"
        trail = "cloudtrail.amazonaws.com"
        acl = {"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control"}}
        s3.put_bucket_policy(
            Bucket=name,
            Policy=policy(
                allow(trail, "s3:GetBucketAcl", bucket),
                allow(trail, "s3:PutObject", f"{bucket}/AWSLogs/{ACCOUNT}/*", **acl),
            ),
        )
        self.trail = self.clients("cloudtrail")
        self.trail.create_trail(Name=name, S3BucketName=name, IsMultiRegionTrail=True)
        self.trail.start_logging(Name=name)
        self.topic = sns.create_topic(Name=name)["TopicArn"]
        self.rule = events.put_rule(Name=name, EventPattern=json.dumps(PATTERN))["RuleArn"]
        self.queue_url = sqs.create_queue(QueueName=name)["QueueUrl"]
        self.dead_url = sqs.create_queue(QueueName=f"{name}-dead")["QueueUrl"]
        self.queue, self.dead = (f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}{end}" for end in ("", "-dead"))
        self.sns, self.sqs, self.events = sns, sqs, events
        self.allow_topic(self.rule)
        self.allow_queue(self.queue_url, self.queue, self.rule)
        self.listener_url = sqs.create_queue(QueueName=f"{name}-listener")["QueueUrl"]
        listener = f"{self.queue}-listener"
        self.set_policy(self.listener_url, policy(allow("sns.amazonaws.com", "sqs:SendMessage", listener)))
        sns.subscribe(TopicArn=self.topic, Protocol="sqs", Endpoint=listener, Attributes={"RawMessageDelivery": "true"})
        self.put_targets()

    def put_targets(self, **extra):
        targets = [{"Id": "wire", "Arn": self.topic, **extra}, {"Id": "feed", "Arn": self.queue, **extra}]
        answer = self.events.put_targets(Rule=self.name, Targets=targets)
        assert answer["FailedEntryCount"] == 0

    def allow_topic(self, source):
        statement = allow("events.amazonaws.com", "sns:Publish", self.topic, ArnEquals={"aws:SourceArn": source})
        self.set_topic(Policy=policy(statement))

    def set_topic(self, **attributes):
        for name, value in attributes.items():
            self.sns.set_topic_attributes(TopicArn=self.topic, AttributeName=name, AttributeValue=value)

    def allow_queue(self, url, arn, source):
        statement = allow("events.amazonaws.com", "sqs:SendMessage", arn, ArnEquals={"aws:SourceArn": source})
        self.set_policy(url, policy(statement))

    def set_policy(self, url, text):
        self.sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": text})

    def ring(self, **changes):
        """Play one record; return what the topic's listener and the queue heard, and the log."""
        self.account.aws.settle()
        told = record(**changes)
        mark = len(self.account.bridge.log)
        self.account.bridge.on_record(told)
        self.account.bridge.settle()
        self.log = self.account.bridge.log[mark:]
        return self.heard(self.listener_url), self.heard(self.queue_url)

    def heard(self, url):
        found = self.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, MessageAttributeNames=["All"])
        for message in found.get("Messages", []):
            self.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        self.last = found.get("Messages", [])
        return [json.loads(each["Body"]) for each in self.last]

    def close(self):
        self.events.remove_targets(Rule=self.name, Ids=["wire", "feed"])
        self.events.delete_rule(Name=self.name)
        for trail in self.trail.describe_trails()["trailList"]:
            boto_region = trail["HomeRegion"]
            self.clients("cloudtrail", boto_region).delete_trail(Name=trail["Name"])


@pytest.fixture(scope="module")
def account():
    with open_account(account_id=ACCOUNT) as opened:
        yield opened


@pytest.fixture(scope="module")
def clients(account):
    made = {}

    def make(service, region=REGION):
        if (service, region) not in made:
            keys = account.aws.admin_keys
            made[service, region] = boto3.client(
                service, endpoint_url=account.aws.endpoint_url, region_name=region, **keys
            )
        return made[service, region]

    return make


@pytest.fixture
def pipe(account, clients):
    pipeline = Pipeline(account, clients, f"t{uuid4().hex}")
    yield pipeline
    account.bridge.faults = None
    pipeline.close()


def test_a_whole_pipeline_rings_on_both_targets_with_aws_s_envelope(pipe):
    wire, feed = pipe.ring()
    assert wire == feed
    event = wire[0]
    assert set(event) == {
        "version", "id", "detail-type", "source", "account", "time", "region", "resources", "detail",
    }  # fmt: skip
    assert (event["version"], event["source"], event["detail-type"]) == (
        "0",
        "aws.iam",
        "AWS API Call via CloudTrail",
    )
    assert (event["account"], event["region"], event["resources"]) == (ACCOUNT, REGION, [])
    assert event["time"] == event["detail"]["eventTime"]
    assert [(line.fate, line.target) for line in pipe.log] == [
        (Fate.DELIVERED, pipe.topic), (Fate.DELIVERED, pipe.queue),
    ]  # fmt: skip


def test_a_real_call_of_any_client_rings(pipe, clients, account):
    iam = clients("iam")
    iam.create_user(UserName=pipe.name)
    iam.delete_user(UserName=pipe.name)
    account.settle()
    wire = pipe.heard(pipe.listener_url)
    assert [event["detail"]["requestParameters"]["userName"] for event in wire] == [pipe.name]


def test_a_failed_call_does_not_match_the_success_pattern(pipe):
    assert pipe.ring(errorCode="AccessDenied") == ([], [])


def silent(pipe, reason, **changes):
    assert pipe.ring(**changes) == ([], [])
    assert any(reason in line.reason for line in pipe.log), pipe.log


def test_trails_tell_whether_they_have_selectors_of_their_own(pipe):
    def told():
        (shown,) = [each for each in pipe.trail.describe_trails()["trailList"] if each["Name"] == pipe.name]
        return shown["HasCustomEventSelectors"], pipe.trail.get_trail(Name=pipe.name)["Trail"][
            "HasCustomEventSelectors"
        ]

    assert told() == (False, False)
    selectors = [{"ReadWriteType": "WriteOnly", "IncludeManagementEvents": True}]
    pipe.trail.put_event_selectors(TrailName=pipe.name, EventSelectors=selectors)
    assert told() == (True, True)


@pytest.mark.parametrize("who", ["an administrator", "root"])
def test_what_a_topic_or_a_queue_denies_to_everybody_it_denies_to_its_own_account(pipe, account, who):
    aws = account.aws
    keys = aws.admin if who == "an administrator" else aws.root
    sns, sqs = (
        boto3.client(
            service,
            endpoint_url=aws.endpoint_url,
            region_name=REGION,
            aws_access_key_id=keys.access_key_id,
            aws_secret_access_key=keys.secret_access_key,
        )
        for service in ("sns", "sqs")
    )
    nobody = {"Effect": "Deny", "Principal": "*", "Condition": {"Bool": {"aws:PrincipalIsAWSService": "false"}}}
    pipe.set_topic(Policy=policy({**nobody, "Action": "sns:Publish", "Resource": pipe.topic}))
    pipe.set_policy(pipe.queue_url, policy({**nobody, "Action": "sqs:SendMessage", "Resource": pipe.queue}))
    entries = [{"Id": "a", "MessageBody": "forged"}]
    for forge in (
        lambda: sns.publish(TopicArn=pipe.topic, Message="forged"),
        lambda: sqs.send_message(QueueUrl=pipe.queue_url, MessageBody="forged"),
        lambda: sqs.send_message_batch(QueueUrl=pipe.queue_url, Entries=entries),
    ):
        with pytest.raises(ClientError, match="with an explicit deny in a resource-based policy"):
            forge()
    assert pipe.heard(pipe.queue_url) == []


def test_a_stopped_trail_is_silence(pipe):
    pipe.trail.stop_logging(Name=pipe.name)
    silent(pipe, "no trail that logs")


def test_a_deleted_trail_is_silence(pipe):
    pipe.trail.delete_trail(Name=f"arn:aws:cloudtrail:{REGION}:{ACCOUNT}:trail/{pipe.name}")
    silent(pipe, "no trail that logs")


def test_read_only_selectors_are_silence(pipe):
    selectors = [{"ReadWriteType": "ReadOnly", "IncludeManagementEvents": True}]
    pipe.trail.put_event_selectors(TrailName=pipe.name, EventSelectors=selectors)
    silent(pipe, "no trail that logs")


def test_selectors_without_management_events_are_silence(pipe):
    data = [{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3"]}]
    selectors = [{"ReadWriteType": "All", "IncludeManagementEvents": False, "DataResources": data}]
    pipe.trail.put_event_selectors(TrailName=pipe.name, EventSelectors=selectors)
    silent(pipe, "no trail that logs")


def test_advanced_selectors_decide_by_their_fields(pipe):
    management = {"Field": "eventCategory", "Equals": ["Management"]}

    def put(*fields):
        selectors = [{"FieldSelectors": [management, *fields]}]
        pipe.trail.put_event_selectors(TrailName=pipe.name, AdvancedEventSelectors=selectors)

    put({"Field": "readOnly", "Equals": ["true"]})
    silent(pipe, "no trail that logs")
    put({"Field": "eventSource", "NotEquals": ["iam.amazonaws.com"]})
    silent(pipe, "no trail that logs")
    put({"Field": "readOnly", "Equals": ["false"]})
    assert len(pipe.ring()[0]) == 1


def test_a_trail_of_another_region_alone_is_silence(pipe, clients):
    pipe.trail.delete_trail(Name=pipe.name)
    far = clients("cloudtrail", "eu-west-1")
    far.create_trail(Name=pipe.name, S3BucketName=pipe.name)
    far.start_logging(Name=pipe.name)
    silent(pipe, "no trail that logs")


def test_a_multi_region_trail_of_another_region_rings(pipe, clients):
    pipe.trail.delete_trail(Name=pipe.name)
    far = clients("cloudtrail", "eu-west-1")
    far.create_trail(Name=pipe.name, S3BucketName=pipe.name, IsMultiRegionTrail=True)
    far.start_logging(Name=pipe.name)
    assert len(pipe.ring()[0]) == 1


def test_a_trail_without_global_service_events_does_not_see_iam(pipe):
    pipe.trail.delete_trail(Name=pipe.name)
    pipe.trail.create_trail(Name=pipe.name, S3BucketName=pipe.name, IncludeGlobalServiceEvents=False)
    pipe.trail.start_logging(Name=pipe.name)
    silent(pipe, "no trail that logs")


def test_a_disabled_rule_is_silence_until_enabled(pipe):
    pipe.events.disable_rule(Name=pipe.name)
    silent(pipe, "the rule is disabled")
    pipe.events.enable_rule(Name=pipe.name)
    assert len(pipe.ring()[0]) == 1


def test_a_rule_that_does_not_match_is_silence(pipe):
    silent(pipe, "no rule of the bus default matches", eventName="CreateUser")


def test_a_rule_in_another_region_is_silence(pipe):
    silent(pipe, "no rule of the bus default matches", awsRegion="eu-west-1")


def test_a_rule_without_target_is_silence(pipe):
    pipe.events.remove_targets(Rule=pipe.name, Ids=["wire", "feed"])
    silent(pipe, "the rule has no target")


def test_read_only_events_need_the_special_state(pipe):
    pattern = json.dumps({"detail": {"eventName": ["ListUsers"]}})
    pipe.events.put_rule(Name=pipe.name, EventPattern=pattern)
    assert pipe.ring(eventName="ListUsers", readOnly=True) == ([], [])
    pipe.events.put_rule(Name=pipe.name, EventPattern=pattern, State="ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS")
    assert len(pipe.ring(eventName="ListUsers", readOnly=True)[0]) == 1


def test_the_default_topic_policy_lets_eventbridge_say_nothing(pipe):
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": "SNS:Publish",
        "Resource": pipe.topic,
    }
    pipe.set_topic(Policy=policy({**statement, "Condition": {"StringEquals": {"AWS:SourceOwner": ACCOUNT}}}))
    wire, feed = pipe.ring()
    assert (len(wire), len(feed)) == (0, 1)
    dropped = next(line for line in pipe.log if line.target == pipe.topic)
    assert dropped.fate is Fate.DROPPED
    assert "does not allow sns:Publish" in dropped.reason


def test_a_wrong_source_arn_is_silence_on_the_topic(pipe):
    pipe.allow_topic(pipe.rule + "-other")
    assert pipe.ring()[0] == []


def test_an_explicit_deny_wins_over_the_allow(pipe):
    deny = {"Effect": "Deny", "Principal": "*", "Action": "sns:Publish", "Resource": pipe.topic}
    pipe.set_topic(Policy=policy(allow("events.amazonaws.com", "sns:Publish", pipe.topic), deny))
    assert pipe.ring()[0] == []
    assert any("denies" in line.reason for line in pipe.log)


def test_a_target_in_another_region_is_never_delivered(pipe, clients):
    far = clients("sqs", "eu-west-1")
    url = far.create_queue(QueueName=f"{pipe.name}-far")["QueueUrl"]
    arn = f"arn:aws:sqs:eu-west-1:{ACCOUNT}:{pipe.name}-far"
    statement = allow("events.amazonaws.com", "sqs:SendMessage", arn, ArnEquals={"aws:SourceArn": pipe.rule})
    far.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy(statement)})
    pipe.events.put_targets(Rule=pipe.name, Targets=[{"Id": "feed", "Arn": arn}])
    pipe.ring()
    (line,) = [line for line in pipe.log if line.target == arn]
    assert line.fate is Fate.DROPPED
    assert line.reason.startswith(f"{arn} is in another Region than the rule")
    assert far.receive_message(QueueUrl=url).get("Messages", []) == []


def test_a_missing_topic_is_silence(pipe):
    pipe.sns.delete_topic(TopicArn=pipe.topic)
    assert pipe.ring()[0] == []
    assert any("does not exist" in line.reason for line in pipe.log)


def test_a_missing_queue_policy_is_silence_on_the_queue(pipe):
    pipe.set_policy(pipe.queue_url, "")
    wire, feed = pipe.ring()
    assert (len(wire), feed) == (1, [])


def test_what_a_target_refuses_goes_to_the_dead_letter_queue_if_that_lets_it_in(pipe):
    pipe.put_targets(DeadLetterConfig={"Arn": pipe.dead})
    pipe.set_topic(Policy=policy())
    assert pipe.ring()[0] == []
    assert any("; and the policy of" in line.reason for line in pipe.log)
    assert pipe.heard(pipe.dead_url) == []
    pipe.allow_queue(pipe.dead_url, pipe.dead, pipe.rule)
    assert pipe.ring()[0] == []
    assert [each["source"] for each in pipe.heard(pipe.dead_url)] == ["aws.iam"]
    attributes = {name: each["StringValue"] for name, each in pipe.last[0]["MessageAttributes"].items()}
    assert (attributes["RULE_ARN"], attributes["ERROR_CODE"]) == (pipe.rule, "NO_PERMISSIONS")
    assert pipe.log[0].fate is Fate.DEAD_LETTERED


def key_policy(*statements):
    root = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
        "Action": "kms:*",
        "Resource": "*",
    }
    return policy(root, *statements)


def test_a_customer_key_must_admit_eventbridge(pipe, clients):
    kms = clients("kms")
    key = kms.create_key(Policy=key_policy())["KeyMetadata"]["KeyId"]
    pipe.set_topic(KmsMasterKeyId=key)
    assert pipe.ring()[0] == []
    assert any("does not grant kms:GenerateDataKey" in line.reason for line in pipe.log)
    grant = allow("events.amazonaws.com", ["kms:GenerateDataKey*", "kms:Decrypt"], "*")
    by_source = {**grant, "Condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT}}}
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=key_policy(by_source))
    assert pipe.ring()[0] == []
    scoped = {**grant, "Condition": {"StringEquals": {"kms:EncryptionContext:aws:sns:topicArn": pipe.topic}}}
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=key_policy(scoped))
    assert len(pipe.ring()[0]) == 1
    kms.create_alias(AliasName=f"alias/{pipe.name}", TargetKeyId=key)
    pipe.set_topic(KmsMasterKeyId=f"alias/{pipe.name}")
    assert len(pipe.ring()[0]) == 1
    kms.disable_key(KeyId=key)
    assert pipe.ring()[0] == []


def test_the_managed_key_of_sns_can_never_work(pipe):
    pipe.set_topic(KmsMasterKeyId="alias/aws/sns")
    assert pipe.ring()[0] == []
    assert any("admits no service" in line.reason for line in pipe.log)


def test_a_target_with_a_role_is_judged_by_its_role(pipe, clients):
    iam = clients("iam")
    trust = policy({"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sts:AssumeRole"})
    role = iam.create_role(RoleName=pipe.name, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    pipe.put_targets(RoleArn=role)
    pipe.set_topic(Policy=policy())
    pipe.set_policy(pipe.queue_url, "")
    silent(pipe, "may not sns:Publish")
    permission = {"Effect": "Allow", "Action": ["sns:Publish", "sqs:SendMessage"], "Resource": "*"}
    iam.put_role_policy(RoleName=pipe.name, PolicyName="send", PolicyDocument=policy(permission))
    wire, feed = pipe.ring()
    assert (len(wire), len(feed)) == (1, 1)
    pipe.set_topic(Policy=policy({"Effect": "Deny", "Principal": "*", "Action": "sns:*", "Resource": pipe.topic}))
    assert pipe.ring()[0] == []
    nobody = policy({"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"})
    iam.update_assume_role_policy(RoleName=pipe.name, PolicyDocument=nobody)
    silent(pipe, "cannot be assumed")


def test_an_unconfirmed_subscription_is_silence(pipe, account):
    address = f"{pipe.name}@example.org"
    pipe.sns.subscribe(TopicArn=pipe.topic, Protocol="email", Endpoint=address)
    pipe.ring()
    assert [m["Subject"] for m in account.mailbox.messages if m["To"] == address] == [
        "AWS Notification - Subscription Confirmation"
    ]


def test_a_transformed_target_gets_the_sentence(pipe):
    transformer = {
        "InputPathsMap": {"who": "$.detail.requestParameters.userName", "by": "$.detail.userIdentity.gone"},
        "InputTemplate": '"The IAM user <who> was deleted by <by>"',
    }
    pipe.put_targets(InputTransformer=transformer)
    assert pipe.ring() == (["The IAM user alice was deleted by "],) * 2
    pipe.put_targets(InputPath="$.nowhere")
    silent(pipe, "finds nothing")


def test_an_event_that_is_too_large_is_left_out(pipe):
    silent(pipe, "over 262144 bytes", requestParameters={"userName": "a" * 262_144})


def test_console_sign_in_has_its_own_detail_type(pipe):
    pattern = {"source": ["aws.signin"], "detail-type": ["AWS Console Sign In via CloudTrail"]}
    pipe.events.put_rule(Name=pipe.name, EventPattern=json.dumps(pattern))
    sign_in = {
        "eventSource": "signin.amazonaws.com",
        "eventName": "ConsoleLogin",
        "eventType": "AwsConsoleSignIn",
    }
    assert len(pipe.ring(**sign_in)[0]) == 1


def test_data_events_never_ring(pipe):
    assert pipe.ring(eventCategory="Data", managementEvent=False) == ([], [])


def test_faults_lose_repeat_and_reorder_events(pipe, account):
    account.bridge.faults = lambda _: ()
    silent(pipe, "wants this event lost")
    account.bridge.faults = lambda _: (0.0, 0.0)
    assert len(pipe.ring()[1]) == 2
    delays = {"first": (0.15,), "second": (0.0,)}
    account.bridge.faults = lambda event: delays[event["detail"]["requestParameters"]["userName"]]
    for name in delays:
        account.bridge.on_record(record(requestParameters={"userName": name}))
    account.bridge.settle()
    order = [event["detail"]["requestParameters"]["userName"] for event in pipe.heard(pipe.queue_url)]
    assert order == ["second", "first"]


def test_put_events_reaches_targets_but_never_as_aws(pipe):
    events = pipe.events
    events.put_rule(Name=pipe.name, EventPattern=json.dumps({"detail": {"kind": ["pulse"]}}))
    entry = {"Source": "tocsin", "DetailType": "pulse", "Detail": json.dumps({"kind": "pulse"})}
    forged = {**entry, "Source": "aws.iam"}
    answer = events.put_events(Entries=[entry, forged, {**entry, "Detail": "{"}, {**entry, "Source": ""}])
    codes = [each.get("ErrorCode", "") for each in answer["Entries"]]
    assert codes == ["", "NotAuthorizedForSourceException", "MalformedDetail", "InvalidArgument"]
    assert answer["FailedEntryCount"] == 3
    heard = pipe.heard(pipe.queue_url)
    assert [(event["source"], event["id"]) for event in heard] == [("tocsin", answer["Entries"][0]["EventId"])]
    with pytest.raises(ClientError, match="less than or equal to 10"):
        events.put_events(Entries=[entry] * 11)


def test_an_invalid_pattern_is_refused_where_moto_takes_it(pipe):
    for text in ('{"detail": {"eventName": [{"prefx": "Delete"}]}}', "{}", "nonsense"):
        with pytest.raises(ClientError) as refused:
            pipe.events.put_rule(Name="bad", EventPattern=text)
        assert refused.value.response["Error"]["Code"] == "InvalidEventPatternException"


def test_patterns_are_tested_by_the_product_s_matcher(pipe):
    event = envelope(record())
    ask = pipe.events.test_event_pattern
    assert ask(EventPattern=json.dumps(PATTERN), Event=json.dumps(event))["Result"]
    assert not ask(EventPattern='{"source": ["aws.s3"]}', Event=json.dumps(event))["Result"]
    with pytest.raises(ClientError, match="must have the field"):
        ask(EventPattern=json.dumps(PATTERN), Event='{"source": "aws.iam"}')


def test_a_bad_input_transformer_is_refused_by_put_targets(pipe):
    bad = {"InputPathsMap": {"aws.x": "$.id"}, "InputTemplate": '"x"'}
    with pytest.raises(ClientError, match="must not start with AWS"):
        pipe.put_targets(InputTransformer=bad)


def test_a_trail_needs_a_bucket_policy_and_a_free_name(pipe, clients):
    clients("s3").create_bucket(Bucket=f"{pipe.name}-bare")
    with pytest.raises(ClientError) as refused:
        pipe.trail.create_trail(Name="bare", S3BucketName=f"{pipe.name}-bare")
    assert refused.value.response["Error"]["Code"] == "InsufficientS3BucketPolicyException"
    with pytest.raises(ClientError, match="already exists"):
        pipe.trail.create_trail(Name=pipe.name, S3BucketName=pipe.name)
    user = [{"ReadWriteType": "All", "DataResources": [{"Type": "AWS::IAM::User", "Values": ["arn:aws:iam"]}]}]
    with pytest.raises(ClientError, match="AWS::IAM::User"):
        pipe.trail.put_event_selectors(TrailName=pipe.name, EventSelectors=user)
    default = pipe.trail.get_event_selectors(TrailName=pipe.name)["EventSelectors"]
    assert default[0]["ReadWriteType"] == "All"
