"""What listens beside event rules: filters at a trail's log group with their alarms, functions, User Notifications.

AWS's answers are those of its API references: the embedded AWS has none of these.
"""

from __future__ import annotations

import json
import shlex
from datetime import UTC, datetime

import pytest

from answers import Answers
from tocsin import config
from tocsin.core.doctor.findings import findings
from tocsin.core.doctor.golden import golden_events
from tocsin.core.doctor.joints import account, logs, notifications, queue
from tocsin.core.doctor.joints.place import Place
from tocsin.core.doctor.reach import nobody
from tocsin.core.steps import Answered
from tocsin.flows.doctor import examine

REGION, ACCOUNT = "us-east-1", "123456789012"
GROUP = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:trail:*"
TRAIL = f"arn:aws:cloudtrail:{REGION}:{ACCOUNT}:trail/t"
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:cis"
FUNCTION = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:tell"
QUEUE = f"arn:aws:sqs:{REGION}:{ACCOUNT}:q"
CONFIGURATION = f"arn:aws:notifications::{ACCOUNT}:configuration/c"
KINDS = config.finding_kinds()
PATTERN = '{ ($.eventSource = "iam.amazonaws.com") && ($.eventName = DeleteUser) }'


class Patterns:
    def doubts(self, _rule, _pattern, _region):
        return []


PLACE = Place(
    "aws", REGION, ACCOUNT, REGION, Patterns(), golden_events(config.catalogue()), datetime(2026, 11, 26, tzinfo=UTC)
)


def allowed(service, action, source):
    condition = {"ArnLike": {"aws:SourceArn": source}}
    one = {"Effect": "Allow", "Principal": {"Service": service}, "Action": action, "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [{**one, "Condition": condition}]})


ALARM = {
    "AlarmName": "cis-users",
    "AlarmArn": f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:cis-users",
    "ActionsEnabled": True,
    "AlarmActions": [TOPIC],
    "Threshold": 1.0,
    "ComparisonOperator": "GreaterThanOrEqualToThreshold",
    "EvaluationPeriods": 1,
}
WHOLE = {
    "DescribeTrails": {"trailList": [{"TrailARN": TRAIL, "CloudWatchLogsLogGroupArn": GROUP, "HomeRegion": REGION}]},
    "GetTrailStatus": {"IsLogging": True},
    "DescribeMetricFilters": {
        "metricFilters": [
            {
                "filterName": "users",
                "filterPattern": PATTERN,
                "metricTransformations": [{"metricName": "Users", "metricNamespace": "CIS"}],
            },
            {"filterName": "other", "filterPattern": "{ $.eventName = RunInstances }", "metricTransformations": []},
        ]
    },
    "DescribeSubscriptionFilters": {
        "subscriptionFilters": [{"filterName": "all", "filterPattern": "", "destinationArn": FUNCTION}]
    },
    "DescribeAlarmsForMetric": {"MetricAlarms": [ALARM]},
    "TestMetricFilter": {"matches": [{"eventNumber": 1}]},
    "GetTopicAttributes": {
        "Attributes": {"Policy": allowed("cloudwatch.amazonaws.com", "sns:Publish", ALARM["AlarmArn"])}
    },
    "ListSubscriptionsByTopic": {
        "Subscriptions": [{"SubscriptionArn": f"{TOPIC}:1", "Protocol": "sms", "Endpoint": "+41790000000"}]
    },
    "GetSubscriptionAttributes": {"Attributes": {}},
    "GetMetricData": {"MetricDataResults": []},
    "GetFunctionConfiguration": {"State": "Active"},
    "GetFunctionConcurrency": {},
    "GetPolicy": {"Policy": allowed("logs.amazonaws.com", "lambda:InvokeFunction", f"{GROUP}")},
    "GetQueueUrl": {"QueueUrl": "https://sqs/q"},
    "GetQueueAttributes": {"Attributes": {"ApproximateNumberOfMessages": "3"}},
    "ListEventSourceMappings": {"EventSourceMappings": [{"UUID": "u", "FunctionArn": FUNCTION, "State": "Enabled"}]},
    "ListNotificationConfigurations": {"notificationConfigurations": [{"arn": CONFIGURATION, "status": "ACTIVE"}]},
    "ListEventRules": {"eventRules": [{"source": "aws.iam", "regions": [REGION]}]},
    "ListChannels": {"channels": ["arn:aws:notifications-contacts::1:emailcontact/x"]},
}
GONE = Answered(code="ResourceNotFoundException")


def found(joint, **change):
    told = examine([joint], Answers(WHOLE, change)).told
    return {(one.kind.code, one.link) for one in findings(told, KINDS)}, told


def test_a_filter_with_its_alarm_and_a_function_at_the_log_group_are_whole_and_other_filters_left_alone():
    codes, told = found(logs.joint(PLACE))
    assert codes == set()
    said = {joint.thing: one.evidence for joint, one in told if one.evidence}
    assert said[GROUP] == "1 metric filters and 1 subscription filters are meant for IAM"
    assert said["trail:users"] == "it counts Users"
    assert said["users"].startswith("it matches 1 of ")
    assert said[ALARM["AlarmArn"]] == "it is armed, and tells cis"
    assert said[FUNCTION] == "it can run, and may be called"
    assert "trail:other" not in said


def changed(**change):
    return {"DescribeAlarmsForMetric": {"MetricAlarms": [{**ALARM, **change}]}}


LOGS = {
    "the trail cannot deliver": (
        {"GetTrailStatus": {"LatestCloudWatchLogsDeliveryError": "AccessDenied"}},
        {("TOC121", "log-group")},
    ),
    "the log group is gone": ({"DescribeMetricFilters": GONE}, {("TOC121", "log-group")}),
    "AWS says that the filter matches nothing": ({"TestMetricFilter": {"matches": []}}, {("TOC122", "log-filter")}),
    "no alarm watches": ({"DescribeAlarmsForMetric": {"MetricAlarms": []}}, {("TOC123", "log-filter")}),
    "the alarm is switched off": (changed(ActionsEnabled=False), {("TOC802", "alarms")}),
    "the alarm tells nobody": (changed(AlarmActions=[]), {("TOC803", "alarms")}),
    "the alarm wants five": (changed(Threshold=5.0), {("TOC806", "alarms")}),
    "the alarm wants more than one": (changed(ComparisonOperator="GreaterThanThreshold"), {("TOC806", "alarms")}),
    "the alarm wants two periods": (changed(EvaluationPeriods=2), {("TOC806", "alarms")}),
    "the topic lets the alarm not in": (
        {"GetTopicAttributes": {"Attributes": {"Policy": allowed("events.amazonaws.com", "sns:Publish", "*")}}},
        {("TOC402", "topic-policy")},
    ),
    "nobody is subscribed": ({"ListSubscriptionsByTopic": {"Subscriptions": []}}, {("TOC501", "subscription")}),
    "the function is gone": ({"GetFunctionConfiguration": GONE}, {("TOC701", "function")}),
    "the function failed": ({"GetFunctionConfiguration": {"State": "Failed"}}, {("TOC702", "function")}),
    "the function may not run": (
        {"GetFunctionConcurrency": {"ReservedConcurrentExecutions": 0}},
        {("TOC703", "function")},
    ),
    "the function lets the log group not in": ({"GetPolicy": GONE}, {("TOC704", "function")}),
    "it sends to a stream": (
        {
            "DescribeSubscriptionFilters": {
                "subscriptionFilters": [{"filterName": "s", "destinationArn": f"arn:aws:kinesis:{REGION}:1:stream/s"}]
            }
        },
        {("TOC308", "log-filter")},
    ),
    "filters may not be looked at": (
        {"DescribeMetricFilters": Answered(code="AccessDeniedException", said="no")},
        {("TOC001", "log-group")},
    ),
}


@pytest.mark.parametrize("name", LOGS)
def test_each_fault_at_a_log_group_is_named_at_its_link(name):
    change, expected = LOGS[name]
    assert found(logs.joint(PLACE), **change)[0] == expected


def test_a_group_of_another_region_is_of_no_interest():
    there = {"trailList": [{"TrailARN": TRAIL, "CloudWatchLogsLogGroupArn": GROUP.replace(REGION, "eu-west-1")}]}
    codes, told = found(logs.joint(PLACE), DescribeTrails=there)
    assert (codes, [one.evidence for _, one in told]) == (set(), ["0 trails deliver to one"])


NOTIFICATIONS = {
    "whole": ({}, set()),
    "not active": (
        {
            "ListNotificationConfigurations": {
                "notificationConfigurations": [{"arn": CONFIGURATION, "status": "INACTIVE"}]
            }
        },
        {("TOC131", "notification")},
    ),
    "in another Region": (
        {"ListEventRules": {"eventRules": [{"source": "aws.iam", "regions": ["eu-west-1"]}]}},
        {("TOC132", "notification")},
    ),
    "without a channel": ({"ListChannels": {"channels": []}}, {("TOC133", "notification")}),
    "for other things": ({"ListEventRules": {"eventRules": [{"source": "aws.ec2"}]}, "ListChannels": {}}, set()),
    "by a pattern": (
        {
            "ListEventRules": {
                "eventRules": [{"source": "x", "eventPattern": '{"source": ["aws.iam"]}', "regions": [REGION]}]
            },
            "ListChannels": {"channels": []},
        },
        {("TOC133", "notification")},
    ),
    "not to be looked at": (
        {"ListNotificationConfigurations": Answered(code="AccessDeniedException", said="no")},
        {("TOC001", "notification")},
    ),
}


@pytest.mark.parametrize("name", NOTIFICATIONS)
def test_a_notification_that_is_meant_for_iam_is_examined(name):
    change, expected = NOTIFICATIONS[name]
    assert found(notifications.joint(PLACE), **change)[0] == expected


def test_a_queue_whose_function_was_switched_off_is_not_read():
    [joint] = queue.joints(PLACE, QUEUE, [])
    assert found(joint)[0] == set()
    off = {"EventSourceMappings": [{"UUID": "u", "FunctionArn": FUNCTION, "State": "Disabled"}]}
    assert found(joint, ListEventSourceMappings=off)[0] == {("TOC705", "queue")}


def test_where_a_filter_listens_it_is_not_said_that_nothing_does():
    nothing = {"ListEventBuses": {"EventBuses": [{"Name": "default"}]}, "ListRules": {"Rules": []}, "LookupEvents": {}}
    _, told = found(logs.joint(PLACE))
    assert nobody(ACCOUNT, told) == []
    _, told = found(account.everything(PLACE)[-1], **nothing)
    [(_, silence)] = nobody(ACCOUNT, told)
    assert [one.code for one in silence.faults] == ["TOC003"]


HOSTILE = "$(touch /tmp/x); 'echo' \u202e\n#"


@pytest.mark.parametrize(
    ("joint", "change"),
    [
        (logs.joint(PLACE), changed(ActionsEnabled=False, AlarmName=HOSTILE)),
        (
            logs.joint(PLACE),
            {
                "ListSubscriptionsByTopic": {
                    "Subscriptions": [
                        {"SubscriptionArn": "PendingConfirmation", "Protocol": "https", "Endpoint": HOSTILE}
                    ]
                }
            },
        ),
        (
            logs.joint(PLACE),
            {"GetTopicAttributes": {"Attributes": {"Policy": json.dumps({"Statement": [{"Sid": HOSTILE}]})}}},
        ),
    ],
    ids=["the name of an alarm", "an address", "a policy"],
)
def test_what_somebody_else_chose_is_one_word_of_the_command_that_is_to_be_copied(joint, change):
    told = examine([joint], Answers(WHOLE, change)).told
    mends = [mend for one in findings(told, KINDS) for mend in one.mend if "touch" in mend]
    assert mends
    # In one word, and not as words of their own.
    assert [word for mend in mends for word in shlex.split(mend) if word in ("/tmp/x);", "echo", "$(touch")] == []
