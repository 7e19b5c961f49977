"""The topic's subscriptions, from a client that answers as the SNS API documents."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from tocsin.adapters.topic import Topic
from tocsin.core.template.subscribers import State, Subscribed
from tocsin.errors import UsageError

ARN = "arn:aws:sns:us-east-1:111122223333:tocsin"


class Client:
    """Two pages of subscriptions, attributes by ARN, and an answer to a confirmation."""

    def __init__(self, *entries, attributes=None, refusal=None):
        self.entries, self.attributes, self.refusal, self.asked = entries, attributes or {}, refusal, {}

    def get_paginator(self, _name):
        return self

    def paginate(self, **_given):
        return [{"Subscriptions": list(self.entries[:1])}, {"Subscriptions": list(self.entries[1:])}]

    def get_subscription_attributes(self, **given):
        return {"Attributes": self.attributes[given["SubscriptionArn"]]}

    def confirm_subscription(self, **given):
        self.asked = given
        if self.refusal:
            raise self.refusal
        return {"SubscriptionArn": f"{ARN}:1"}


def entry(arn, endpoint, protocol="email"):
    return {"SubscriptionArn": arn, "Protocol": protocol, "Endpoint": endpoint}


def test_each_subscription_is_told_as_it_stands_in_order():
    client = Client(
        entry(f"{ARN}:1", "safe@example.com"),
        entry(f"{ARN}:2", "clicked@example.com"),
        entry("PendingConfirmation", "late@example.com"),
        entry("Deleted", "gone@example.com"),
        entry(f"{ARN}:3", "+41791234567", "sms"),
        attributes={
            f"{ARN}:1": {"ConfirmationWasAuthenticated": "true"},
            f"{ARN}:2": {"ConfirmationWasAuthenticated": "false"},
            f"{ARN}:3": {},
        },
    )
    assert [(one.endpoint.partition("@")[0], one.state) for one in Topic(client, ARN).subscriptions()] == [
        ("clicked", State.SILENCEABLE),
        ("gone", State.GONE),
        ("late", State.PENDING),
        ("safe", State.CONFIRMED),
        ("+41791234567", State.CONFIRMED),
    ]


@pytest.mark.parametrize(("said", "state"), [("true", State.CONFIRMED), ("false", State.SILENCEABLE)])
def test_a_confirmation_is_authenticated_and_what_came_of_it_is_looked_up(said, state):
    attributes = {"Protocol": "email", "Endpoint": "ops@example.com", "ConfirmationWasAuthenticated": said}
    client = Client(attributes={f"{ARN}:1": attributes})
    assert Topic(client, ARN).confirm("t") == Subscribed("email", "ops@example.com", state, f"{ARN}:1")
    assert client.asked == {"TopicArn": ARN, "Token": "t", "AuthenticateOnUnsubscribe": "true"}


def test_a_token_that_sns_refuses_is_said_with_how_long_one_is_good():
    refusal = ClientError({"Error": {"Code": "InvalidParameter", "Message": "Token"}}, "ConfirmSubscription")
    with pytest.raises(UsageError, match="InvalidParameter") as fault:
        Topic(Client(refusal=refusal), ARN).confirm("t")
    assert "two days" in fault.value.hint
