"""What somebody breaks of a pipeline by hand, each one link of it."""

from __future__ import annotations

import json

from accounts import client


def stop_trail(account, name):
    client(account, "cloudtrail").stop_logging(Name=name)


def disable_rule(account, name):
    client(account, "events").disable_rule(Name=f"{name}-wire-iam-user-deleted")


def remove_targets(account, name):
    client(account, "events").remove_targets(Rule=f"{name}-wire-iam-user-deleted", Ids=["topic"])


def open_topic(account, name):
    arn = f"arn:aws:sns:us-east-1:123456789012:{name}"
    bare = json.dumps({"Version": "2012-10-17", "Statement": []})
    client(account, "sns").set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue=bare)
