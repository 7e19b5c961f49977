"""The topic's subscriptions: who is subscribed, and the confirmation of one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tocsin.adapters.aws import translated
from tocsin.core.template.subscribers import Protocol, Subscribed, subscribed_of
from tocsin.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tocsin.core.template.subscribers import Subscriber


class Topic:
    """One topic.

    Args:
        client: an SNS client.
        arn: the topic's ARN.
        alarms: whether it is the one of trouble of the bell itself.
    """

    def __init__(self, client: Any, arn: str, *, alarms: bool = False) -> None:  # noqa: ANN401 - as `Clients.client`
        self.alarms = alarms
        self._client = client
        self._arn = arn

    def subscriptions(self) -> Sequence[Subscribed]:
        """Every subscription, in the order of protocol and address.

        Raises:
            Unreachable: AWS cannot be reached, or refuses.
        """
        with translated():
            pages = self._client.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=self._arn)
            entries = [entry for page in pages for entry in page["Subscriptions"]]
        return sorted(map(self._subscribed, entries))

    def subscribe(self, subscriber: Subscriber) -> None:
        """Subscribe an address; SNS asks its owner to confirm.

        Raises:
            UsageError: SNS refuses the address.
            Unreachable: AWS cannot be reached, or refuses.
        """
        with translated():
            raw = {"Attributes": {"RawMessageDelivery": "true"}} if subscriber.protocol is Protocol.SQS else {}
            protocol = str(subscriber.protocol)
            self._client.subscribe(TopicArn=self._arn, Protocol=protocol, Endpoint=subscriber.endpoint, **raw)

    def unsubscribe(self, subscribed: Subscribed) -> None:
        """End a subscription that was confirmed once; one that is pending cannot be ended, and lapses.

        Raises:
            Unreachable: AWS cannot be reached, or refuses.
        """
        if subscribed.arn:
            with translated():
                self._client.unsubscribe(SubscriptionArn=subscribed.arn)

    def confirm(self, token: str) -> Subscribed:
        """Confirm the subscription of a token so that unsubscribing needs the credentials of the account.

        Without that the link at the foot of every mail, which mail scanners follow, silences the topic, and no record
        tells of it (SNS API Reference, "ConfirmSubscription": AuthenticateOnUnsubscribe).

        Raises:
            UsageError: the token is of no use, or has expired.
            Unreachable: AWS cannot be reached, or refuses.
        """
        try:
            with translated():
                answer = self._client.confirm_subscription(
                    TopicArn=self._arn, Token=token, AuthenticateOnUnsubscribe="true"
                )
                attributes = self._attributes(answer["SubscriptionArn"])
        except UsageError as fault:
            raise UsageError(fault.message, hint="a token is good for two days, and for its own topic only") from fault
        found = {"SubscriptionArn": answer["SubscriptionArn"], "Protocol": attributes.get("Protocol", "")}
        return subscribed_of({**found, "Endpoint": attributes.get("Endpoint", "")}, attributes, alarms=self.alarms)

    def _subscribed(self, entry: dict[str, Any]) -> Subscribed:
        arn = str(entry["SubscriptionArn"])
        with translated():
            attributes = self._attributes(arn) if arn.startswith("arn:") else {}
        return subscribed_of(entry, attributes, alarms=self.alarms)

    def _attributes(self, arn: str) -> dict[str, str]:
        found = self._client.get_subscription_attributes(SubscriptionArn=arn)["Attributes"]
        return {str(name): str(value) for name, value in found.items()}
