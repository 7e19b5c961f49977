"""The SNS operations that moto answers wrongly, answered with its own state and `Notifier`.

https://docs.aws.amazon.com/sns/latest/api/API_Operations.html
"""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

from embedded_aws.calls.http import ApiError

if TYPE_CHECKING:
    from embedded_aws.calls.account_state import AccountState
    from embedded_aws.calls.exchange import ApiRequest, Handler
    from embedded_aws.sns.notifier import Notifier

Result = dict[str, Any]

MAX_BYTES = 256 * 1024
_MAX_SUBJECT = 100
_PENDING = "pending confirmation"
_PREFIXES = {"http": "http://", "https": "https://", "sqs": "arn:", "lambda": "arn:"}
# Attributes that moto stores and does not show.
_UNSHOWN = {"SignatureVersion": "signature_version", "TracingConfig": "tracing_config"}


class SnsApi:
    """Answers for one account.

    Args:
        notifier: sends.
        state: the account.
    """

    def __init__(self, notifier: Notifier, state: AccountState) -> None:
        self._notifier = notifier
        self._state = state

    def handlers(self) -> dict[str, Handler]:
        """The operations by name."""
        return {
            "Subscribe": self.subscribe,
            "ConfirmSubscription": self.confirm,
            "Unsubscribe": self.unsubscribe,
            "ListSubscriptions": self.list_subscriptions,
            "ListSubscriptionsByTopic": self.list_subscriptions,
            "GetTopicAttributes": self.topic_attributes,
            "Publish": self.publish,
            "PublishBatch": self.publish_batch,
        }

    def subscribe(self, request: ApiRequest) -> Result:
        """Subscribe; what must be confirmed answers "pending confirmation" unless its ARN is asked for."""
        protocol, endpoint = request.params.get("Protocol", ""), request.params.get("Endpoint", "")
        self._topic(request.params["TopicArn"])
        if not _fits(protocol, endpoint):
            raise _invalid("Endpoint must match the specified protocol")
        arn = request.forward()["SubscriptionArn"]
        subscription = self._notifier.subscription(arn)
        pending = self._notifier.opened(subscription)
        asked = str(request.params.get("ReturnSubscriptionArn", "")).lower() == "true"
        return {"SubscriptionArn": _PENDING if pending and not asked else arn}

    def confirm(self, request: ApiRequest) -> Result:
        """ConfirmSubscription; only a signed call may make unsubscribing need a signature."""
        authenticate = str(request.params.get("AuthenticateOnUnsubscribe", "")).lower() == "true"
        if authenticate and _is_anonymous(request):
            raise ApiError("AuthorizationError", "AuthenticateOnUnsubscribe requires a signed request", 403)
        arn = self._notifier.confirm(request.params["Token"], request.params["TopicArn"], authenticate=authenticate)
        if arn is None:
            raise _invalid("Token")
        return {"SubscriptionArn": arn}

    def unsubscribe(self, request: ApiRequest) -> Result:
        """Unsubscribe: anybody may, unless the confirmation was authenticated."""
        subscription = self._notifier.subscription(request.params["SubscriptionArn"])
        if subscription is None:
            return {}
        if self._notifier.is_pending(subscription):
            raise _invalid("This subscription is pending confirmation")
        if not _is_anonymous(request):
            return request.forward()
        if subscription.attributes.get("ConfirmationWasAuthenticated"):
            raise ApiError("AuthorizationError", "The subscription can be ended by its owner's account only", 403)
        del subscription.topic.sns_backend.subscriptions[subscription.arn]
        self._notifier.left(subscription)
        return {}

    def list_subscriptions(self, request: ApiRequest) -> Result:
        """ListSubscriptions and ListSubscriptionsByTopic, where a pending one shows no ARN."""
        result = request.forward()
        for entry in result.get("Subscriptions", []):
            found = self._notifier.subscription(entry["SubscriptionArn"])
            if found is not None and self._notifier.is_pending(found):
                entry["SubscriptionArn"] = "PendingConfirmation"
        return result

    def topic_attributes(self, request: ApiRequest) -> Result:
        """GetTopicAttributes with true counts and what moto stores but does not show."""
        result = request.forward()
        topic = self._topic(request.params["TopicArn"])
        mine = [each for each in topic.sns_backend.subscriptions.values() if each.topic.arn == topic.arn]
        pending = sum(self._notifier.is_pending(each) for each in mine)
        result["Attributes"] |= {
            "SubscriptionsPending": str(pending),
            "SubscriptionsConfirmed": str(len(mine) - pending),
        }
        for name, attribute in _UNSHOWN.items():
            if value := getattr(topic, attribute, ""):
                result["Attributes"][name] = value
        return result

    def publish(self, request: ApiRequest) -> Result:
        """Publish to a topic; to a phone or a device moto answers, and nothing is delivered."""
        params = request.params
        arn = params.get("TopicArn") or params.get("TargetArn") or ""
        if not arn or ":endpoint/" in arn:
            return request.forward()
        return {"MessageId": self._publish(arn, params)}

    def publish_batch(self, request: ApiRequest) -> Result:
        """PublishBatch: each entry by itself."""
        done: Result = {"Successful": [], "Failed": []}
        for entry in request.params["PublishBatchRequestEntries"]:
            try:
                message_id = self._publish(request.params["TopicArn"], entry)
                done["Successful"].append({"Id": entry["Id"], "MessageId": message_id})
            except ApiError as error:
                failed = {
                    "Id": entry["Id"],
                    "Code": error.code,
                    "Message": error.message,
                    "SenderFault": True,
                }
                done["Failed"].append(failed)
        return done

    def _publish(self, arn: str, params: Result) -> str:
        self._topic(arn)
        text, subject = params.get("Message", ""), params.get("Subject", "")
        if not text:
            raise _invalid("Empty message")
        if len(text.encode()) > MAX_BYTES:
            raise _invalid("Message too long")
        if len(subject) > _MAX_SUBJECT or "\n" in subject:
            raise _invalid("Subject")
        if params.get("MessageStructure") == "json":
            text = _default(text)
        return self._notifier.publish(arn, text, subject, _attributes(params.get("MessageAttributes") or {}))

    def _topic(self, arn: str) -> Any:  # noqa: ANN401 - moto's class
        topic = self._state.topic(arn) if arn.count(":") == _ARN_COLONS else None
        if topic is None:
            raise ApiError("NotFound", "Topic does not exist", 404)
        return topic


_ARN_COLONS = 5


def _fits(protocol: str, endpoint: str) -> bool:
    if protocol.startswith("email"):
        return "@" in endpoint.strip("@")
    return endpoint.startswith(_PREFIXES.get(protocol, ""))


def _is_anonymous(request: ApiRequest) -> bool:
    return not request.caller.access_key_id


def _invalid(what: str) -> ApiError:
    return ApiError("InvalidParameter", f"Invalid parameter: {what}", 400)


def _default(text: str) -> str:
    """The default text of a message that has one for each protocol; the others are not told apart here."""
    try:
        return str(json.loads(text)["default"])
    except (ValueError, KeyError, TypeError) as error:
        raise _invalid("Message Structure - No default entry in JSON message body") from error


def _attributes(given: Result) -> Result:
    found = {}
    for name, value in given.items():
        binary = value.get("BinaryValue")
        text = base64.b64encode(binary).decode() if binary is not None else value.get("StringValue", "")
        found[name] = {"Type": value["DataType"], "Value": text}
    return found
