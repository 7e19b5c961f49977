"""Whatever somebody may do by hand to one resource of a pipeline, made from its template; with what undoes it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from accounts import client, links_in_mail
from tocsin.core.template.links import link_of
from tocsin.core.template.subscribers import token_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

REGION, ACCOUNT = "us-east-1", "123456789012"
SHUT = json.dumps({"Version": "2012-10-17", "Statement": []})
SENDING = ["sns:Publish", "sqs:SendMessage"]
DENIED = {"Sid": "Shut", "Effect": "Deny", "Principal": "*", "Action": SENDING, "Resource": "*"}
OPEN = {"Sid": "Open", "Effect": "Allow", "Principal": "*", "Action": SENDING, "Resource": "*"}


@dataclass(frozen=True)
class Mutation:
    """What is done to one resource.

    Attributes:
        name: what, in a few words.
        links: the links at which the doctor has to find it.
        do: does it, and gives what undoes it.
    """

    name: str
    links: frozenset[str]
    do: Callable[[Pipeline], Callable[[], object]]


class Pipeline:
    """A deployed pipeline, by the clients of whoever breaks it."""

    def __init__(self, account, name, resources, address):
        self.account, self.name, self.resources, self.address = account, name, resources, address
        for service in ("events", "sns", "sqs", "cloudwatch", "cloudtrail", "s3", "kms", "iam"):
            setattr(self, service, client(account, service))

    def arn(self, service, rest):
        return f"arn:aws:{service}:{REGION}:{ACCOUNT}:{rest}"

    def queue(self, logical_id):
        return self.arn("sqs", self.resources[logical_id].rpartition("/")[2])

    def drain(self, url):
        """Take every message out of a queue; SQS purges once a minute."""
        while messages := self.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
            for one in messages:
                self.sqs.delete_message(QueueUrl=url, ReceiptHandle=one["ReceiptHandle"])

    def confirm(self):
        """Whoever was sent a link confirms, so that no link in a mail can end it."""
        topics = (self.resources["Topic"], self.resources["AlarmTopic"])
        for topic, link in zip(topics, links_in_mail(self.account, self.address), strict=True):
            self.sns.confirm_subscription(TopicArn=topic, Token=token_of(link), AuthenticateOnUnsubscribe="true")


def of_template(resources: dict[str, str]) -> Iterator[Mutation]:
    """The mutations of a pipeline.

    Args:
        resources: the type of each resource, by logical id.
    """
    for logical_id, kind in resources.items():
        own = link_of(logical_id)
        for what, do, links in _OF.get(kind, lambda _: ())(logical_id):
            yield Mutation(f"{logical_id}: {what}", frozenset(links or {own.id}), do(logical_id))


def _on(act):
    """A mutation of a resource: ``act(pipeline, physical id, logical id)`` does it, and gives what undoes it."""
    return lambda logical_id: lambda pipeline: act(pipeline, pipeline.resources[logical_id], logical_id)


# --- event rules


def _rule(act):
    """The rule as it is, changed by ``act``, and put back whole."""

    def do(p, name, logical_id):
        shown = p.events.describe_rule(Name=name)
        targets = p.events.list_targets_by_rule(Rule=name)["Targets"]
        act(p, name, shown, targets)

        def undo():
            there = p.events.list_targets_by_rule(Rule=name)["Targets"] if _there(p, name) else []
            if gone := [one["Id"] for one in there if one["Id"] not in {held["Id"] for held in targets}]:
                p.events.remove_targets(Rule=name, Ids=gone)
            p.events.put_rule(Name=name, EventPattern=shown["EventPattern"], State="ENABLED")
            p.events.put_targets(Rule=name, Targets=targets)

        return undo

    return _on(do)


def _there(p, name):
    return any(one["Name"] == name for one in p.events.list_rules(NamePrefix=name)["Rules"])


def _delete_rule(p, name, _shown, targets):
    p.events.remove_targets(Rule=name, Ids=[one["Id"] for one in targets])
    p.events.delete_rule(Name=name)


def _retarget(**change):
    def act(p, name, _shown, targets):
        first = {key: value for key, value in {**targets[0], **change}.items() if value is not None}
        p.events.put_targets(Rule=name, Targets=[first])

    return act


def _misspell(p, name, shown, _targets):
    pattern = shown["EventPattern"].replace("amazonaws.com", "amazon.com")
    p.events.put_rule(Name=name, EventPattern=pattern, State="ENABLED")


def _add_target(p, name, _shown, _targets):
    p.events.put_targets(Rule=name, Targets=[{"Id": "more", "Arn": p.arn("sns", "nobody-s")}])


def _remove_targets(p, name, _shown, targets):
    p.events.remove_targets(Rule=name, Ids=[one["Id"] for one in targets])


# --- policies


def _policies(p, logical_id):
    """How the policy of a topic or a queue is read and written."""
    if "Topic" in logical_id:
        arn = p.resources[logical_id.removesuffix("Policy")]
        return (
            lambda: p.sns.get_topic_attributes(TopicArn=arn)["Attributes"]["Policy"],
            lambda text: p.sns.set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue=text),
        )
    url = p.resources[logical_id.removesuffix("Policy")]
    return (
        lambda: p.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])["Attributes"]["Policy"],
        lambda text: p.sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": text}),
    )


def _policy(change):
    def do(p, _found, logical_id):
        read, write = _policies(p, logical_id)
        before = read()
        write(change(json.loads(before)))
        return lambda: write(before)

    return _on(do)


def _with(statement):
    return lambda policy: json.dumps({**policy, "Statement": [*policy["Statement"], statement]})


def _without_deny(policy):
    return json.dumps({**policy, "Statement": [one for one in policy["Statement"] if one["Effect"] != "Deny"]})


def _for_others(policy):
    return json.dumps(policy).replace(f":{ACCOUNT}:rule/", ":210987654321:rule/")


# --- topics, subscriptions


def _delete_topic(p, arn, logical_id):
    shown = p.sns.get_topic_attributes(TopicArn=arn)["Attributes"]
    p.sns.delete_topic(TopicArn=arn)

    def undo():
        p.sns.create_topic(Name=arn.rpartition(":")[2])
        for name in ("Policy", "KmsMasterKeyId"):
            p.sns.set_topic_attributes(TopicArn=arn, AttributeName=name, AttributeValue=shown.get(name, ""))
        _observe_again(p, arn)
        _subscribe_again(p, arn)

    return undo


def _subscribe_again(p, arn):
    p.sns.subscribe(TopicArn=arn, Protocol="email", Endpoint=p.address)
    _confirm_last(p, arn)


def _confirm_last(p, arn):
    mails = [one["text"] for one in p.account.mails() if one["to"] == p.address and "Token=" in one["text"]]
    link = next(word for word in mails[-1].split() if "Token=" in word)
    p.sns.confirm_subscription(TopicArn=arn, Token=token_of(link), AuthenticateOnUnsubscribe="true")


def _key_of_topic(value):
    def do(p, arn, _logical_id):
        before = p.sns.get_topic_attributes(TopicArn=arn)["Attributes"]["KmsMasterKeyId"]

        def write(key):
            p.sns.set_topic_attributes(TopicArn=arn, AttributeName="KmsMasterKeyId", AttributeValue=key)

        write(value)
        return lambda: write(before)

    return _on(do)


def _stranger(p, arn, _logical_id):
    found = p.sns.subscribe(TopicArn=arn, Protocol="sms", Endpoint="+41790000000", ReturnSubscriptionArn=True)
    return lambda: p.sns.unsubscribe(SubscriptionArn=found["SubscriptionArn"])


def _topic_of(logical_id):
    return "AlarmTopic" if "Alarm" in logical_id else "Topic"


def _subscription(p, logical_id):
    """The subscription of a resource: its ARN."""
    endpoint = p.queue("Observer") if logical_id.startswith("Observer") else p.address
    topic = p.resources[_topic_of(logical_id)]
    every = p.sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    return topic, next(one["SubscriptionArn"] for one in every if one["Endpoint"] == endpoint)


def _observe_again(p, topic):
    raw = {"RawMessageDelivery": "true"}
    p.sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=p.queue("Observer"), Attributes=raw)


def _unsubscribe(p, _found, logical_id):
    topic, arn = _subscription(p, logical_id)
    p.sns.unsubscribe(SubscriptionArn=arn)
    again = _observe_again if logical_id.startswith("Observer") else _subscribe_again
    return lambda: again(p, topic)


def _pend(p, _found, logical_id):
    """SNS sets a subscription back: it is pending as if it had never been confirmed."""
    topic, arn = _subscription(p, logical_id)
    p.sns.unsubscribe(SubscriptionArn=arn)
    p.sns.subscribe(TopicArn=topic, Protocol="email", Endpoint=p.address)
    return lambda: _confirm_last(p, topic)


def _filter(scope, policy):
    def do(p, _found, logical_id):
        _, arn = _subscription(p, logical_id)

        def write(name, value):
            p.sns.set_subscription_attributes(SubscriptionArn=arn, AttributeName=name, AttributeValue=value)

        write("FilterPolicyScope", scope)
        write("FilterPolicy", json.dumps(policy))
        return lambda: write("FilterPolicy", "{}")

    return _on(do)


# --- queues


def _delete_queue(p, url, _logical_id):
    shown = p.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    p.sqs.delete_queue(QueueUrl=url)
    kept = ("Policy", "MessageRetentionPeriod", "RedrivePolicy", "VisibilityTimeout")
    attributes = {name: shown[name] for name in kept if shown.get(name)}
    return lambda: p.sqs.create_queue(QueueName=url.rpartition("/")[2], Attributes=attributes)


def _attribute(name, value):
    def do(p, url, _logical_id):
        before = p.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"].get(name, "")
        p.sqs.set_queue_attributes(QueueUrl=url, Attributes={name: value})
        return lambda: p.sqs.set_queue_attributes(QueueUrl=url, Attributes={name: before})

    return _on(do)


def _letter(p, url, logical_id):
    read, write = _policies(p, f"{logical_id}Policy")
    before = read()
    write("")  # which keeps people out
    p.sqs.send_message(QueueUrl=url, MessageBody="{}")
    write(before)
    return lambda: p.drain(url)


# --- alarms

_ALARM = (
    "AlarmName", "AlarmDescription", "ActionsEnabled", "OKActions", "AlarmActions", "InsufficientDataActions",
    "MetricName", "Namespace", "Statistic", "Dimensions", "Period", "EvaluationPeriods", "Threshold",
    "ComparisonOperator", "TreatMissingData", "Metrics",
)  # fmt: skip


def _alarm_of(p, name):
    shown = p.cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"][0]
    return {key: shown[key] for key in _ALARM if shown.get(key) not in (None, [], "")}


def _alarm(**change):
    def do(p, name, _logical_id):
        whole = _alarm_of(p, name)
        p.cloudwatch.put_metric_alarm(**whole | change)
        return lambda: p.cloudwatch.put_metric_alarm(**whole)

    return _on(do)


def _delete_alarm(p, name, _logical_id):
    whole = _alarm_of(p, name)
    p.cloudwatch.delete_alarms(AlarmNames=[name])
    return lambda: p.cloudwatch.put_metric_alarm(**whole)


def _ring(p, name, _logical_id):
    p.cloudwatch.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="by hand")
    return lambda: p.cloudwatch.set_alarm_state(AlarmName=name, StateValue="OK", StateReason="by hand")


# --- trail, bucket, key


def _delete_trail(p, name, _logical_id):
    shown = p.cloudtrail.describe_trails(trailNameList=[name])["trailList"][0]
    p.cloudtrail.delete_trail(Name=name)

    def undo():
        p.cloudtrail.create_trail(
            Name=name, S3BucketName=shown["S3BucketName"], IsMultiRegionTrail=True, EnableLogFileValidation=True
        )
        p.cloudtrail.start_logging(Name=name)

    return undo


def _stop(p, name, _logical_id):
    p.cloudtrail.stop_logging(Name=name)
    return lambda: p.cloudtrail.start_logging(Name=name)


def _selectors(selectors):
    def do(p, name, _logical_id):
        p.cloudtrail.put_event_selectors(TrailName=name, EventSelectors=selectors)
        writes = [{"ReadWriteType": "WriteOnly", "IncludeManagementEvents": True}]
        return lambda: p.cloudtrail.put_event_selectors(TrailName=name, EventSelectors=writes)

    return _on(do)


def _one_region(p, name, _logical_id):
    p.cloudtrail.update_trail(Name=name, IsMultiRegionTrail=False)
    return lambda: p.cloudtrail.update_trail(Name=name, IsMultiRegionTrail=True)


def _bucket_policy(change):
    def do(p, bucket, _logical_id):
        before = p.s3.get_bucket_policy(Bucket=bucket)["Policy"]
        if (after := change(json.loads(before))) is None:
            p.s3.delete_bucket_policy(Bucket=bucket)
        else:
            p.s3.put_bucket_policy(Bucket=bucket, Policy=after)
        return lambda: p.s3.put_bucket_policy(Bucket=bucket, Policy=before)

    return lambda logical_id: lambda p: do(p, p.resources["LogBucket"], logical_id)


def _disable_key(p, key, _logical_id):
    p.kms.disable_key(KeyId=key)
    return lambda: p.kms.enable_key(KeyId=key)


def _end_key(p, key, _logical_id):
    p.kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    return lambda: (p.kms.cancel_key_deletion(KeyId=key), p.kms.enable_key(KeyId=key))


def _key_policy(change):
    def do(p, key, _logical_id):
        before = p.kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"]
        p.kms.put_key_policy(KeyId=key, PolicyName="default", Policy=change(json.loads(before)))
        return lambda: p.kms.put_key_policy(KeyId=key, PolicyName="default", Policy=before)

    return _on(do)


def _grants(without):
    def change(policy):
        kept = [
            {**one, "Principal": {"Service": [name for name in one["Principal"]["Service"] if name != without]}}
            if "Service" in one["Principal"]
            else one
            for one in policy["Statement"]
        ]
        return json.dumps({**policy, "Statement": kept})

    return change


def _by_source(policy):
    """The condition that EventBridge never fulfils at KMS."""
    kept = [
        {**one, "Condition": {"ArnLike": {"aws:SourceArn": f"arn:aws:events:{REGION}:{ACCOUNT}:rule/*"}}}
        if "Service" in one["Principal"]
        else one
        for one in policy["Statement"]
    ]
    return json.dumps({**policy, "Statement": kept})


def _rules(_logical_id):
    return [
        ("deleted", _rule(_delete_rule), ()),
        ("disabled", _rule(lambda p, name, _shown, _targets: p.events.disable_rule(Name=name)), ()),
        ("its event source is misspelt", _rule(_misspell), ()),
        ("its targets are removed", _rule(_remove_targets), ()),
        ("it sends elsewhere", _rule(_retarget(Arn=f"arn:aws:sns:{REGION}:{ACCOUNT}:nobody-s")), ()),
        ("it also sends elsewhere", _rule(_add_target), ()),
        ("its dead letters go nowhere", _rule(_retarget(DeadLetterConfig=None)), ()),
        (
            "its words are others",
            _rule(_retarget(InputTransformer={"InputPathsMap": {}, "InputTemplate": '"nothing happened"'})),
            (),
        ),
        (
            "it sends by a role that is not there",
            _rule(_retarget(RoleArn=f"arn:aws:iam::{ACCOUNT}:role/nobody-s")),
            {"role"},
        ),
    ]


def _policies_of(logical_id):
    every = [
        ("it is empty", _policy(lambda _: SHUT), ()),
        ("everybody may send", _policy(lambda policy: _with(OPEN)(json.loads(_without_deny(policy)))), ()),
        ("nobody is kept out", _policy(_without_deny), ()),
    ]
    if logical_id == "QueueDeadLettersPolicy":  # nobody has to be let in there
        return every
    return [
        *every,
        ("everything is denied", _policy(_with(DENIED)), ()),
        ("rules of another account are let in instead", _policy(_for_others), ()),
    ]


def _topics(logical_id):
    return [
        ("deleted", _on(_delete_topic), {link_of(logical_id).id, "observer"}),
        ("encrypted with AWS's key", _key_of_topic("alias/aws/sns"), {"topic-key"}),
        ("not encrypted", _key_of_topic(""), {"topic-key"}),
        ("encrypted with a key that is gone", _key_of_topic("00000000-0000-0000-0000-000000000000"), {"topic-key"}),
        ("a stranger is subscribed", _on(_stranger), {_HEARS[logical_id]}),
    ]


_HEARS = {"Topic": "subscription", "AlarmTopic": "alarm-subscription"}


def _subscriptions(logical_id):
    filters = [
        ("a filter of attributes", _filter("MessageAttributes", {"kind": ["deletion"]}), ()),
        ("a filter of the body", _filter("MessageBody", {"detail": {"eventName": ["CreateUser"]}}), ()),
    ]
    if logical_id.startswith("Observer"):
        return [("ended", _on(_unsubscribe), ())]
    return [("ended", _on(_unsubscribe), ()), ("set back to pending", _on(_pend), ()), *filters]


def _queues(logical_id):
    letters = [("a letter waits", _on(_letter), ())] if "DeadLetters" in logical_id else []
    short = [("it forgets in an hour", _attribute("MessageRetentionPeriod", "3600"), ())]
    redrive = [("it gives nothing up", _attribute("RedrivePolicy", ""), ())] if logical_id == "Queue" else []
    gone = {"Observer": {"observer"}, "QueueDeadLetters": {"dead-letters"}}.get(logical_id, ())
    return [
        ("deleted", _on(_delete_queue), gone),
        *(short if logical_id != "Observer" else []),
        *letters,
        *redrive,
    ]


def _alarms(_logical_id):
    return [
        ("deleted", _on(_delete_alarm), ()),
        ("switched off", _alarm(ActionsEnabled=False), ()),
        ("it tells nobody", _alarm(AlarmActions=[]), ()),
        ("it tells another topic", _alarm(AlarmActions=[f"arn:aws:sns:{REGION}:{ACCOUNT}:nobody-s"]), ()),
        ("its threshold is never reached", _alarm(Threshold=1e9), ()),
        ("it rings", _on(_ring), ()),
    ]


def _trails(_logical_id):
    reads = [{"ReadWriteType": "ReadOnly", "IncludeManagementEvents": True}]
    data = [
        {
            "ReadWriteType": "All",
            "IncludeManagementEvents": False,
            "DataResources": [{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3"]}],
        }
    ]
    return [
        ("deleted", _on(_delete_trail), ()),
        ("stopped", _on(_stop), ()),
        ("it records reads alone", _selectors(reads), ()),
        ("it records data alone", _selectors(data), ()),
        ("it records one Region alone", _on(_one_region), ()),
    ]


def _bucket_policies(_logical_id):
    return [
        ("deleted", _bucket_policy(lambda _: None), ()),
        ("everything is denied", _bucket_policy(_with_bucket), ()),
        (
            "another trail is let in instead",
            _bucket_policy(lambda one: json.dumps(one).replace(":trail/", ":trail/x")),
            (),
        ),
    ]


def _for_another_trail(policy):
    return json.dumps(policy).replace(":trail/", ":trail/x")


def _with_bucket(policy):
    resources = next(one["Resource"] for one in policy["Statement"] if isinstance(one["Resource"], list))
    return _with({**DENIED, "Action": "s3:PutObject", "Resource": resources})(policy)


def _keys(_logical_id):
    return [
        ("disabled", _on(_disable_key), ()),
        ("its end is scheduled", _on(_end_key), ()),
        ("it lets nobody in", _key_policy(lambda _: SHUT), ()),
        ("it lets EventBridge not in", _key_policy(_grants("events.amazonaws.com")), ()),
        ("it lets CloudWatch not in", _key_policy(_grants("cloudwatch.amazonaws.com")), ()),
        ("it asks for what EventBridge never sends", _key_policy(_by_source), ()),
    ]


_OF = {
    "AWS::Events::Rule": _rules,
    "AWS::SNS::TopicInlinePolicy": _policies_of,
    "AWS::SQS::QueueInlinePolicy": _policies_of,
    "AWS::SNS::Topic": _topics,
    "AWS::SNS::Subscription": _subscriptions,
    "AWS::SQS::Queue": _queues,
    "AWS::CloudWatch::Alarm": _alarms,
    "AWS::CloudTrail::Trail": _trails,
    "AWS::S3::BucketPolicy": _bucket_policies,
    "AWS::KMS::Key": _keys,
}
