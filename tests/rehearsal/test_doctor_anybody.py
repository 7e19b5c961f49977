"""An alarm that somebody made by hand: the doctor names each fault in it, and finds nothing in a sound one."""

from __future__ import annotations

import json
import time
from urllib.request import urlopen
from xml.etree import ElementTree as ET

import pytest

from accounts import client, client_at

pytestmark = pytest.mark.rehearsal

REGION, ACCOUNT = "us-east-1", "123456789012"
PATTERN = {
    "source": ["aws.iam"],
    "detail-type": ["AWS API Call via CloudTrail"],
    "detail": {
        "eventSource": ["iam.amazonaws.com"],
        "eventName": ["DeleteUser"],
        "errorCode": [{"exists": False}],
    },
}


def allow(action, resource, service="events", **condition):
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": f"{service}.amazonaws.com"},
        "Action": action,
        "Resource": resource,
        **({"Condition": condition} if condition else {}),
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


class Alarm:
    """A trail, a rule, a topic with a queue that listens, and a queue of dead letters, made by hand."""

    def __init__(self, account, name):
        self.account, self.name = account, name
        self.events, self.sns, self.sqs = (client(account, one) for one in ("events", "sns", "sqs"))
        self.cloudtrail, self.iam, self.kms = (client(account, one) for one in ("cloudtrail", "iam", "kms"))
        self.rule = f"arn:aws:events:{REGION}:{ACCOUNT}:rule/{name}"
        self.topic = self.sns.create_topic(Name=name)["TopicArn"]
        self.dead = self.queue(f"{name}-dead", allow("sqs:SendMessage", "*", ArnEquals={"aws:SourceArn": self.rule}))
        heard = allow("sqs:SendMessage", "*", "sns", ArnEquals={"aws:SourceArn": self.topic})
        self.heard = self.queue(f"{name}-heard", heard)
        self.subscription = self.sns.subscribe(
            TopicArn=self.topic, Protocol="sqs", Endpoint=self.heard, ReturnSubscriptionArn=True
        )["SubscriptionArn"]
        self.policy(allow("sns:Publish", self.topic, ArnEquals={"aws:SourceArn": self.rule}))
        self.pattern(PATTERN)
        self.target()

    def queue(self, name, policy):
        self.sqs.create_queue(QueueName=name, Attributes={"Policy": policy})
        return f"arn:aws:sqs:{REGION}:{ACCOUNT}:{name}"

    def url(self, name):
        return self.sqs.get_queue_url(QueueName=name)["QueueUrl"]

    def policy(self, text):
        self.sns.set_topic_attributes(TopicArn=self.topic, AttributeName="Policy", AttributeValue=text)

    def pattern(self, pattern, state="ENABLED"):
        self.events.put_rule(Name=self.name, EventPattern=json.dumps(pattern), State=state)

    def target(self, **more):
        whole = {"Id": "1", "Arn": self.topic, "DeadLetterConfig": {"Arn": self.dead}} | more
        self.events.put_targets(Rule=self.name, Targets=[{key: value for key, value in whole.items() if value}])

    def role(self, trust="events", action="sns:Publish"):
        name = f"{self.name}-role"
        text = allow("sts:AssumeRole", "*", trust).replace(', "Resource": "*"', "")
        arn = self.iam.create_role(RoleName=name, AssumeRolePolicyDocument=text)["Role"]["Arn"]
        may = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}]}
        self.iam.put_role_policy(RoleName=name, PolicyName="may", PolicyDocument=json.dumps(may))
        return arn

    def encrypt(self, policy, *, disabled=False):
        key = self.kms.create_key(Policy=policy)["KeyMetadata"]["KeyId"]
        self.sns.set_topic_attributes(TopicArn=self.topic, AttributeName="KmsMasterKeyId", AttributeValue=key)
        if disabled:
            self.kms.disable_key(KeyId=key)


def let_in(account):
    both = [
        json.loads(allow(action, arn, "cloudtrail"))["Statement"][0]
        for action, arn in (
            ("s3:GetBucketAcl", "arn:aws:s3:::whose-logs"),
            ("s3:PutObject", "arn:aws:s3:::whose-logs/*"),
        )
    ]
    text = json.dumps({"Version": "2012-10-17", "Statement": both})
    client(account, "s3").put_bucket_policy(Bucket="whose-logs", Policy=text)


@pytest.fixture(scope="module")
def trail(account):
    client(account, "s3").create_bucket(Bucket="whose-logs")
    let_in(account)
    cloudtrail = client(account, "cloudtrail")
    cloudtrail.create_trail(Name="whose", S3BucketName="whose-logs", IsMultiRegionTrail=True)
    cloudtrail.start_logging(Name="whose")
    return "whose"


@pytest.fixture
def alarm(account, trail, request):
    name = f"alarm-{abs(hash(request.node.name)) % 10**6}"
    return Alarm(account, name)


@pytest.fixture
def found(run, alarm, named):
    """What the doctor finds at the alarm's rule: the code, the link and what it is of; its exit code says the same."""

    def examine(*more):
        code, out, err = run("doctor", "--json", "--rule", alarm.name, *more)
        assert err == ""
        every = [one for one in map(json.loads, out.splitlines()) if one["kind"] == "finding"]
        assert code == bool(every)
        return {(one["code"], one["link"]) for one in every}

    return examine


def test_nothing_is_found_in_a_sound_alarm(found):
    assert found() == set()


def encrypted(events):
    return json.dumps(json.loads(allow(["kms:GenerateDataKey*", "kms:Decrypt"], "*", events)))


ROOT_ONLY = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
                "Action": "kms:*",
                "Resource": "*",
            }
        ],
    }
)
OPAQUE = {"StringEquals": {"aws:ResourceOrgID": "o-1234567890"}}

FAULTS = {
    "the rule is disabled": (lambda a: a.pattern(PATTERN, "DISABLED"), {("TOC202", "rule")}),
    "the event source is misspelt": (
        lambda a: a.pattern({**PATTERN, "detail": {"eventSource": ["aws.iam"], "eventName": ["DeleteUser"]}}),
        {("TOC205", "rule")},
    ),
    "failed calls match too": (
        lambda a: a.pattern({**PATTERN, "detail": {"eventName": ["DeleteUser"]}}),
        {("TOC207", "rule")},
    ),
    "it rings for one user alone": (
        lambda a: a.pattern(
            {**PATTERN, "detail": {**PATTERN["detail"], "requestParameters": {"userName": ["nobody-like-that"]}}}
        ),
        {("TOC208", "rule")},
    ),
    "the rule has no target": (
        lambda a: a.events.remove_targets(Rule=a.name, Ids=["1"]),
        {("TOC301", "target")},
    ),
    "the target has no dead-letter queue": (lambda a: a.target(DeadLetterConfig=None), {("TOC305", "target")}),
    "the transformer names a path that no event has": (
        lambda a: a.target(
            InputTransformer={"InputPathsMap": {"who": "$.detail.userName"}, "InputTemplate": '"<who> is gone"'}
        ),
        {("TOC307", "target")},
    ),
    "the transformer puts an object within quotes": (
        lambda a: a.target(
            InputTransformer={
                "InputPathsMap": {"who": "$.detail.userIdentity"},
                "InputTemplate": '{"text": "by <who>"}',
            }
        ),
        {("TOC306", "target")},
    ),
    "the topic is gone": (lambda a: a.sns.delete_topic(TopicArn=a.topic), {("TOC401", "topic")}),
    "the topic has its first policy": (
        lambda a: a.policy(
            a.sns.get_topic_attributes(TopicArn=a.sns.create_topic(Name=f"{a.name}-new")["TopicArn"])["Attributes"][
                "Policy"
            ].replace(f"{a.name}-new", a.name)
        ),
        {("TOC402", "topic-policy")},
    ),
    "the topic lets another rule in": (
        lambda a: a.policy(allow("sns:Publish", a.topic, ArnEquals={"aws:SourceArn": f"{a.rule}-other"})),
        {("TOC402", "topic-policy")},
    ),
    "the topic is open to the world": (
        lambda a: a.policy(allow("sns:Publish", a.topic).replace('{"Service": "events.amazonaws.com"}', '"*"')),
        {("TOC403", "topic-policy")},
    ),
    "the topic's policy hangs on an organisation": (
        lambda a: a.policy(allow("sns:Publish", a.topic, **OPAQUE)),
        {("TOC002", "topic-policy")},
    ),
    "the topic is encrypted with AWS's key": (
        lambda a: a.sns.set_topic_attributes(
            TopicArn=a.topic, AttributeName="KmsMasterKeyId", AttributeValue="alias/aws/sns"
        ),
        {("TOC904", "topic-key")},
    ),
    "the topic's key lets no service in": (lambda a: a.encrypt(ROOT_ONLY), {("TOC903", "topic-key")}),
    "the topic's key is disabled": (
        lambda a: a.encrypt(encrypted("events"), disabled=True),
        {("TOC902", "topic-key")},
    ),
    "the topic's key lets EventBridge in": (lambda a: a.encrypt(encrypted("events")), set()),
    "nobody is subscribed": (
        lambda a: a.sns.unsubscribe(SubscriptionArn=a.subscription),
        {("TOC501", "subscription")},
    ),
    "a subscription is not confirmed": (
        lambda a: a.sns.subscribe(TopicArn=a.topic, Protocol="email", Endpoint="late@example.com"),
        {("TOC502", "subscription")},
    ),
    "a filter of attributes": (
        lambda a: a.sns.set_subscription_attributes(
            SubscriptionArn=a.subscription, AttributeName="FilterPolicy", AttributeValue='{"kind": ["deletion"]}'
        ),
        {("TOC505", "subscription")},
    ),
    "who is subscribed does not let the topic in": (
        lambda a: a.sqs.set_queue_attributes(QueueUrl=a.url(f"{a.name}-heard"), Attributes={"Policy": ""}),
        {("TOC602", "queue-policy")},
    ),
    "who is subscribed is gone": (
        lambda a: a.sqs.delete_queue(QueueUrl=a.url(f"{a.name}-heard")),
        {("TOC601", "queue")},
    ),
    "the dead-letter queue is gone": (
        lambda a: a.sqs.delete_queue(QueueUrl=a.url(f"{a.name}-dead")),
        {("TOC611", "dead-letters")},
    ),
    "the dead-letter queue lets nobody in": (
        lambda a: a.sqs.set_queue_attributes(QueueUrl=a.url(f"{a.name}-dead"), Attributes={"Policy": ""}),
        {("TOC612", "dead-letters")},
    ),
    "dead letters wait": (
        lambda a: a.sqs.send_message(QueueUrl=a.url(f"{a.name}-dead"), MessageBody="{}"),
        {("TOC613", "dead-letters")},
    ),
    "the target's role may": (lambda a: (a.target(RoleArn=a.role()), a.policy(ROOT_DENIED)), set()),
    "the target's role is not EventBridge's": (
        lambda a: a.target(RoleArn=a.role(trust="lambda")),
        {("TOC303", "role")},
    ),
    "the target's role may not publish": (
        lambda a: a.target(RoleArn=a.role(action="sns:Subscribe")),
        {("TOC303", "role")},
    ),
    "the target's role is gone": (
        lambda a: a.target(RoleArn=f"arn:aws:iam::{ACCOUNT}:role/nobody-s"),
        {("TOC303", "role")},
    ),
    "the target is a queue that is gone": (
        lambda a: a.target(Arn=f"arn:aws:sqs:{REGION}:{ACCOUNT}:nowhere"),
        {("TOC601", "queue")},
    ),
    "the target is a function that is gone": (
        lambda a: a.target(Arn=f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:nowhere"),
        {("TOC701", "function")},
    ),
    "the target is of another kind": (
        lambda a: a.target(Arn=f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:machine"),
        {("TOC308", "target")},
    ),
    "the target is in another Region": (
        lambda a: a.target(Arn=f"arn:aws:sqs:eu-west-1:{ACCOUNT}:{a.name}-heard"),
        {("TOC302", "target")},
    ),
    "the rule is gone": (
        lambda a: (a.events.remove_targets(Rule=a.name, Ids=["1"]), a.events.delete_rule(Name=a.name)),
        {("TOC201", "rule")},
    ),
    "the rule is a schedule": (
        lambda a: (
            a.events.remove_targets(Rule=a.name, Ids=["1"]),
            a.events.delete_rule(Name=a.name),
            a.events.put_rule(Name=a.name, ScheduleExpression="rate(5 minutes)"),
        ),
        {("TOC205", "rule")},
    ),
}
ROOT_DENIED = json.dumps({"Version": "2012-10-17", "Statement": []})


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_named_at_its_link_and_nothing_else_is(found, alarm, name):
    breaks, expected = FAULTS[name]
    breaks(alarm)
    assert found() == expected


TRAILS = {
    "stopped": (
        lambda a: a.cloudtrail.stop_logging(Name="whose"),
        lambda a: a.cloudtrail.start_logging(Name="whose"),
        {("TOC102", "trail")},
    ),
    "reads alone": (
        lambda a: a.cloudtrail.put_event_selectors(
            TrailName="whose", EventSelectors=[{"ReadWriteType": "ReadOnly", "IncludeManagementEvents": True}]
        ),
        lambda a: a.cloudtrail.put_event_selectors(
            TrailName="whose", EventSelectors=[{"ReadWriteType": "All", "IncludeManagementEvents": True}]
        ),
        {("TOC104", "trail")},
    ),
    "its bucket lets it not write": (
        lambda a: client(a.account, "s3").delete_bucket_policy(Bucket="whose-logs"),
        lambda a: let_in(a.account),
        {("TOC112", "log")},
    ),
}


@pytest.mark.parametrize("name", TRAILS)
def test_a_trail_that_tells_eventbridge_nothing_is_named(found, alarm, name):
    breaks, mends, expected = TRAILS[name]
    breaks(alarm)
    try:
        assert found() == expected
    finally:
        mends(alarm)


def test_a_confirmation_by_link_is_told_as_one_that_any_mail_can_end(alarm, run, named):
    alarm.sns.subscribe(TopicArn=alarm.topic, Protocol="email", Endpoint="linked@example.com")
    link = next(
        word
        for mail in reversed(alarm.account.mails())
        if mail["to"] == "linked@example.com"
        for word in mail["text"].split()
        if "Token=" in word
    )
    urlopen(link).close()
    code, out, _ = run("doctor", "--topic", alarm.topic)
    assert (code, "TOC504  weak, subscription: linked@example.com" in out) == (1, True)


def test_the_mend_of_a_topic_policy_lets_the_rule_in_and_keeps_what_was(alarm, run, found, named):
    alarm.policy(allow("sns:Publish", alarm.topic, "s3"))
    code, out, _ = run("doctor", "--json", "--rule", alarm.name)
    mend = json.loads(out.splitlines()[0])["mend"][0]
    text = mend.split("--attribute-value ", 1)[1].strip("'")
    alarm.policy(text)
    assert (code, found(), "s3.amazonaws.com" in text) == (1, set(), True)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--rule", "no such name"), "is no name of a rule"),
        (("--topic", "arn:nothing"), "is no ARN of a topic"),
        (("--topic", f"arn:aws:sns:{REGION}:210987654321:t"), "the topic is of account 210987654321"),
        (("--rule", "a", "--topic", "b"), "give one of --topic, --rule and --all"),
        (("--explain", "TOC999"), "there is no finding `TOC999`"),
    ],
)
def test_what_can_not_be_examined_is_a_sentence_with_what_to_do(run, named, arguments, said):
    code, out, err = run("doctor", *arguments)
    assert (code, out, said in err, "Traceback" in err) == (2, "", True, False)


def test_no_such_rule_or_topic_is_a_finding(run, named):
    assert "TOC201" in run("doctor", "--rule", "nowhere")[1]
    assert "TOC401" in run("doctor", "--topic", f"arn:aws:sns:{REGION}:{ACCOUNT}:nowhere")[1]


def test_a_code_is_explained(run):
    code, out, err = run("doctor", "--explain", "toc402")
    assert (code, err) == (0, "")
    assert "the topic does not let the sender publish" in out
    assert "EventBridge publishes by the topic's own policy" in " ".join(out.split())


def test_whoever_may_not_look_is_told_what_was_not_seen_and_which_permission_it_takes(alarm, run, named):
    name = f"{alarm.name}-reader"
    alarm.iam.create_user(UserName=name)
    may = {"Effect": "Allow", "Action": ["events:*", "cloudtrail:*", "sts:*"], "Resource": "*"}
    alarm.iam.put_user_policy(
        UserName=name, PolicyName="p", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [may]})
    )
    key = alarm.iam.create_access_key(UserName=name)["AccessKey"]
    code, out, err = run(
        "doctor",
        "--json",
        "--rule",
        alarm.name,
        AWS_ACCESS_KEY_ID=key["AccessKeyId"],
        AWS_SECRET_ACCESS_KEY=key["SecretAccessKey"],
    )
    every = [one for one in map(json.loads, out.splitlines()) if one["kind"] == "finding"]
    assert (code, err) == (1, "")
    assert {one["code"] for one in every} == {"TOC001"}
    assert {one["link"] for one in every} >= {"log", "topic", "dead-letters"}
    assert any("sns:GetTopicAttributes" in mend for one in every for mend in one["mend"])


def test_a_rule_that_was_made_in_ones_own_region_is_found_and_told_to_be_in_the_wrong_one(alarm, run, named):
    address = {**alarm.account.address(), "region": "eu-west-1"}
    client_at(address, "events").put_rule(Name="at-home", EventPattern=json.dumps(PATTERN))
    code, out, _ = run("doctor", "--json", AWS_REGION="eu-west-1")
    every = [one for one in map(json.loads, out.splitlines()) if one["kind"] == "finding"]
    at_home = {one["code"] for one in every if one["thing"].endswith(":rule/at-home")}
    assert (code, at_home) == (1, {"TOC203", "TOC301"})


def broken(alarm):
    """Three faults that can be mended without harm, and one that cannot."""
    alarm.pattern({**PATTERN, "detail": {**PATTERN["detail"], "errorCode": [{"exists": False}]}}, "DISABLED")
    alarm.policy(json.dumps({"Version": "2012-10-17", "Statement": []}))
    alarm.encrypt(encrypted("events"), disabled=True)
    alarm.target(DeadLetterConfig=None)


def test_what_can_be_mended_without_harm_is_mended_after_asking_and_examined_again(alarm, run, found, named):
    broken(alarm)
    before = {"TOC202", "TOC402", "TOC902", "TOC305"}
    assert {code for code, _ in found()} == before
    code, out, err = run("doctor", "--rule", alarm.name, "--fix")
    assert (code, "nobody can be asked" in err, {one for one, _ in found()}) == (2, True, before)
    code, out, err = run("doctor", "--rule", alarm.name, "--fix", answer="no")
    assert (code, "stopped" in err, {one for one, _ in found()}) == (130, True, before)
    code, out, err = run("doctor", "--rule", alarm.name, "--fix", answer="yes")
    assert (code, out.count("done: "), "examined again: 1 findings are left" in err) == (1, 3, True), out + err
    assert found() == {("TOC305", "target")}
    user = f"{alarm.name}-u"
    alarm.iam.create_user(UserName=user)
    alarm.iam.delete_user(UserName=user)
    alarm.account.settle()
    heard = alarm.sqs.receive_message(QueueUrl=alarm.url(f"{alarm.name}-heard")).get("Messages", [])
    assert any(user in one["Body"] for one in heard)


def test_what_only_a_person_can_mend_is_left_to_one(alarm, run, found, named):
    alarm.target(DeadLetterConfig=None)
    code, _, err = run("doctor", "--rule", alarm.name, "--fix", "--yes")
    assert (code, "nothing of this can be mended without a person" in err) == (1, True)


def test_a_mend_that_aws_refuses_is_told_and_the_others_are_made(alarm, run, named):
    broken(alarm)
    name = f"{alarm.name}-half"
    alarm.iam.create_user(UserName=name)
    may = [
        {"Effect": "Allow", "Action": "*", "Resource": "*"},
        {"Effect": "Deny", "Action": "events:EnableRule", "Resource": "*"},
    ]
    text = json.dumps({"Version": "2012-10-17", "Statement": may})
    alarm.iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=text)
    key = alarm.iam.create_access_key(UserName=name)["AccessKey"]
    who = {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}
    code, out, _ = run("doctor", "--rule", alarm.name, "--fix", "--yes", **who)
    assert (code, out.count("NOT DONE: EnableRule"), out.count("done: ")) == (1, 1, 2)


def test_what_is_new_and_what_is_mended_since_an_earlier_run_is_told(alarm, run, named, tmp_path):
    alarm.target(DeadLetterConfig=None)
    (tmp_path / "before.json").write_text(run("doctor", "--json", "--rule", alarm.name)[1])
    alarm.target()
    alarm.policy(json.dumps({"Version": "2012-10-17", "Statement": []}))
    code, out, _ = run("doctor", "--rule", alarm.name, "--since", "before.json")
    assert (code, "TOC402  NEW, broken" in out, "mended since: TOC305 target" in out) == (1, True, True)
    code, out, _ = run("doctor", "--json", "--rule", alarm.name, "--since", "before.json")
    facts = [json.loads(line) for line in out.splitlines()]
    assert [one["new"] for one in facts if one["kind"] == "finding"] == [True]
    assert [one["code"] for one in facts if one["kind"] == "mended"] == ["TOC305"]


@pytest.mark.parametrize("text", ["rubbish", "[]", '{"kind": "finding"}', '{"a": 1}'])
def test_what_is_no_earlier_run_is_refused(run, named, tmp_path, text):
    (tmp_path / "before.json").write_text(text)
    code, out, err = run("doctor", "--since", "before.json")
    assert (code, out, "--since before.json: line 1" in err) == (2, "", True)


def test_findings_are_written_for_code_scanning_and_for_ci(alarm, run, named):
    alarm.target(DeadLetterConfig=None)
    code, out, _ = run("doctor", "--rule", alarm.name, "--format", "sarif")
    [result] = json.loads(out)["runs"][0]["results"]
    assert (code, result["ruleId"], result["level"]) == (1, "TOC305", "warning")
    assert result["locations"][0]["logicalLocations"][0]["fullyQualifiedName"] == alarm.topic
    code, out, _ = run("doctor", "--rule", alarm.name, "--format", "junit")
    [suite] = ET.fromstring(out)
    assert (code, suite.get("failures"), suite.get("errors")) == (1, "1", "0")
    assert [case.get("name") for case in suite if len(case)] == [alarm.topic]
    assert run("doctor", "--format", "sarif", "--json")[0] == 2


def delete_somebody(alarm, name):
    alarm.iam.create_user(UserName=name)
    alarm.iam.delete_user(UserName=name)
    alarm.account.settle()


def recorded(run, alarm):
    code, out, _ = run("doctor", "--json", "--rule", alarm.name)
    facts = [json.loads(line) for line in out.splitlines()]
    return code, [one for one in facts if one["kind"] != "seen"]


def test_what_was_counted_lately_is_told_beside_what_is_set(alarm, run, named):
    delete_somebody(alarm, f"{alarm.name}-gone")
    code, facts = recorded(run, alarm)
    counted = {one["link"]: one for one in facts}
    assert (code, counted["rule"]["MatchedEvents"], counted["rule"]["Invocations"]) == (0, 1, 1)
    assert (counted["topic"]["NumberOfMessagesPublished"], counted["topic"]["NumberOfNotificationsDelivered"]) == (1, 1)
    assert counted["trail"]["says"].startswith(f"the last deletion of a user: {alarm.name}-gone, 20")
    out = run("doctor", "--rule", alarm.name)[1]
    assert f"rule {alarm.name}: 1 matched, 1 sent, 0 failed" in out


def test_what_was_kept_as_a_dead_letter_is_counted_and_what_was_lost_is_a_finding(alarm, run, named):
    alarm.policy(json.dumps({"Version": "2012-10-17", "Statement": []}))
    delete_somebody(alarm, f"{alarm.name}-kept")
    alarm.sqs.set_queue_attributes(QueueUrl=alarm.url(f"{alarm.name}-dead"), Attributes={"Policy": ""})
    delete_somebody(alarm, f"{alarm.name}-lost")
    alarm.policy(allow("sns:Publish", alarm.topic, ArnEquals={"aws:SourceArn": alarm.rule}))
    own = allow("sqs:SendMessage", "*", ArnEquals={"aws:SourceArn": alarm.rule})
    alarm.sqs.set_queue_attributes(QueueUrl=alarm.url(f"{alarm.name}-dead"), Attributes={"Policy": own})
    alarm.sqs.purge_queue(QueueUrl=alarm.url(f"{alarm.name}-dead"))
    code, facts = recorded(run, alarm)
    [found] = [one for one in facts if one["kind"] == "finding"]
    assert (code, found["code"], found["evidence"]) == (1, "TOC311", ["1 events were lost in the last 14 days"])
    [counted] = [one for one in facts if one["kind"] == "recorded" and one["link"] == "rule"]
    assert (counted["FailedInvocations"], counted["InvocationsSentToDlq"]) == (2, 1)


def test_a_deletion_that_the_rule_slept_through_is_told(alarm, run, named):
    alarm.cloudtrail.stop_logging(Name="whose")
    time.sleep(1.1)  # event history counts in seconds: what happened in the second of the rule's making proves nothing
    delete_somebody(alarm, f"{alarm.name}-slept")
    alarm.cloudtrail.start_logging(Name="whose")
    _, facts = recorded(run, alarm)
    [found] = [one for one in facts if one["kind"] == "finding"]
    assert (found["code"], found["severity"]) == ("TOC211", "unclear")
    time.sleep(1.1)
    alarm.pattern(PATTERN)
    assert recorded(run, alarm)[0] == 0


def test_several_accounts_are_examined_by_role_and_one_that_is_shut_is_told_as_that(alarm, run, named):
    trust = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "sts:AssumeRole"}
    text = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    name = f"{alarm.name}-auditor"
    role = alarm.iam.create_role(RoleName=name, AssumeRolePolicyDocument=text)["Role"]["Arn"]
    may = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    alarm.iam.put_role_policy(RoleName=name, PolicyName="may", PolicyDocument=json.dumps(may))
    alarm.pattern(PATTERN, "DISABLED")
    shut = f"arn:aws:iam::{ACCOUNT}:role/nobody-s"
    code, out, err = run("doctor", "--json", "--rule", alarm.name, "--role-arn", role, "--role-arn", shut)
    found = [one for one in map(json.loads, out.splitlines()) if one["kind"] == "finding"]
    assert (code, err) == (1, "")
    assert [(one["account"], one["code"], one["link"]) for one in found] == [
        (ACCOUNT, "TOC202", "rule"),
        (ACCOUNT, "TOC001", "account"),
    ]
    assert found[1]["thing"] == shut
    assert run("doctor", "--rule", alarm.name, "--role-arn", role, "--fix", "--yes")[0] == 2
