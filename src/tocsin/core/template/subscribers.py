"""Who hears the plain wire: addresses from the config, each a subscription in the template."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from tocsin.core.text import sha256_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tocsin.core.settings import Settings


class Protocol(StrEnum):
    """How an address is told (SNS API Reference, "Subscribe")."""

    EMAIL = "email"
    SMS = "sms"
    HTTPS = "https"
    SQS = "sqs"  # the pipeline's own observer; no address of a config is one


# An address is a person's own words in the config: it must be just that, with no white space, quote or bracket in it.
_FORMS = {
    Protocol.EMAIL: re.compile(r"[^@\s<>\"(),:;\\\x00-\x1f\x7f]{1,64}@[A-Za-z0-9.-]{1,189}"),
    Protocol.SMS: re.compile(r"\+[1-9]\d{6,14}"),  # E.164
    Protocol.HTTPS: re.compile(r"https://[A-Za-z0-9.-]+(?::\d{1,5})?(?:/[!-~]*)?"),
}

# SNS makes tokens of letters and digits; they are some hundred characters long.
_TOKEN = re.compile(r"[0-9A-Za-z]{32,1024}")
_IN_LINK = re.compile(r"[?&]Token=([0-9A-Za-z]{32,1024})(?![0-9A-Za-z])")
# A scanner puts the link, escaped, into one of its own; two of them in a row are seen.
_MOST_WRAPPINGS = 5


@dataclass(frozen=True, slots=True, order=True)
class Subscriber:
    """One address.

    Attributes:
        protocol: how it is told.
        endpoint: the address, as SNS takes it.
        alarms: whether it hears of trouble of the bell itself, and not the bell.
    """

    protocol: Protocol
    endpoint: str
    alarms: bool = False

    @property
    def logical_id(self) -> str:
        """Its name in the template: the same as long as the address is, so that a change of the list moves no other."""
        kind = "AlarmSubscriber" if self.alarms else "Subscriber"
        return f"{kind}{sha256_of(f'{self.protocol} {self.endpoint}')[:10]}"


def subscribers_of(settings: Settings) -> list[Subscriber]:
    """Who the config says is to hear of the bell, and who of trouble of the bell itself: by default the same."""
    trouble = settings.alarm_subscribers or settings.subscribers
    return [
        *map(subscriber_of, settings.subscribers),
        *(replace(subscriber_of(text), alarms=True) for text in trouble),
    ]


def subscriber_of(text: str) -> Subscriber:
    """The subscriber of an address: ``ops@example.com``, ``+41791234567``, ``https://example.com/bell``.

    Raises:
        ValueError: it is none of these; says what one looks like.
    """
    for protocol, form in _FORMS.items():
        if form.fullmatch(text):
            return Subscriber(protocol, text)
    raise ValueError(
        f"{text!r} is no address; one looks like ops@example.com, +41791234567 or https://example.com/bell"
    )


# SNS Developer Guide, "SMS sandbox" and "Setting SMS messaging preferences": the default limit.
SMS_LIMITS = (
    "text messages reach only numbers that were verified as long as the account is in the SMS sandbox of SNS, and none "
    "any more once 1 USD a month is spent, unless the limit is raised"
)


class State(StrEnum):
    """Where a subscription stands."""

    CONFIRMED = "confirmed"  # and only the account can end it
    SILENCEABLE = "silenceable"  # confirmed by its link, so that the link in any mail ends it without a trace
    PENDING = "pending"  # its owner has not confirmed; nothing comes
    GONE = "gone"  # it was ended, and AWS still lists it


@dataclass(frozen=True, slots=True, order=True)
class Subscribed:
    """A subscription as it stands in the account.

    Attributes:
        protocol: as SNS spells it.
        endpoint: the address, which its owner chose.
        state: where it stands.
        arn: its ARN; ``""`` while it is pending.
        alarms: whether it is one to trouble of the bell itself.
    """

    protocol: str
    endpoint: str
    state: State
    arn: str = ""
    alarms: bool = False


# What ListSubscriptionsByTopic gives instead of an ARN (SNS API Reference), and what is sent a link to confirm.
_PENDING = "PendingConfirmation"
_LINKED = ("email", "email-json", "http", "https")


def subscribed_of(entry: Mapping[str, Any], attributes: Mapping[str, str], *, alarms: bool = False) -> Subscribed:
    """A subscription as AWS shows it.

    Args:
        entry: as ListSubscriptionsByTopic shows it.
        attributes: as GetSubscriptionAttributes shows them, where it is confirmed.
        alarms: whether it is one to trouble of the bell itself.
    """
    protocol, endpoint, arn = str(entry["Protocol"]), str(entry.get("Endpoint", "")), str(entry["SubscriptionArn"])
    if not arn.startswith("arn:"):
        state = State.PENDING if arn == _PENDING else State.GONE
        return Subscribed(protocol, endpoint, state, alarms=alarms)
    safe = str(attributes.get("ConfirmationWasAuthenticated", "")).lower() == "true"
    # What is never sent a link needs no such confirmation: a queue or a function of the account.
    state = State.CONFIRMED if safe or protocol not in _LINKED else State.SILENCEABLE
    return Subscribed(protocol, endpoint, state, arn, alarms)


def lost(wanted: Iterable[Subscriber], found: Iterable[Subscribed]) -> list[Subscriber]:
    """The subscribers of the config that are not subscribed any more: CloudFormation does not make them again."""
    there = {(one.protocol, one.endpoint, one.alarms) for one in found if one.state is not State.GONE}
    return [one for one in wanted if (str(one.protocol), one.endpoint, one.alarms) not in there]


def token_of(text: str) -> str:
    """The token of a confirmation: as it is, or out of the link in the mail, wrapped by a mail scanner or not.

    Args:
        text: what a person pasted.

    Raises:
        ValueError: there is none in it.
    """
    plain = "".join(text.split())  # a mail breaks long lines
    if _TOKEN.fullmatch(plain):
        return plain
    for _ in range(_MOST_WRAPPINGS):
        if found := _IN_LINK.search(plain):
            return found[1]
        plain = unquote(plain)
    raise ValueError("there is no token in it; paste the link of the mail, or what stands behind Token= in it")


def subscription(subscriber: Subscriber) -> str:
    """The subscription as a resource of the template."""
    return f"""\
  {subscriber.logical_id}:
    Type: AWS::SNS::Subscription
    Properties:
      TopicArn: !Ref {"AlarmTopic" if subscriber.alarms else "Topic"}
      Protocol: {subscriber.protocol}
      Endpoint: {json.dumps(subscriber.endpoint)}
"""
