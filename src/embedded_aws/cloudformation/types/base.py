"""What a CloudFormation resource type has to say about itself, and the door to the account it acts on.

Real CloudFormation calls the public APIs of each service on the caller's behalf; so do these types. They
inherit every check of those APIs, and a property reaches the account only if the API takes it. A property
that a type does not apply is refused with its name: nothing is dropped in silence.
"""

from __future__ import annotations

import json
from threading import Lock
from typing import TYPE_CHECKING, Any, ClassVar

from botocore.config import Config

from embedded_aws.calls.http import answering
from embedded_aws.calls.regions import partition_of
from embedded_aws.calls.sealed import sealed_session

if TYPE_CHECKING:
    from botocore.exceptions import ClientError

    from embedded_aws.calls.http import WsgiApp

Props = dict[str, Any]

# The user agent and source address that CloudFormation's own calls carry in CloudTrail:
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cfn-api-logging-cloudtrail.html
USER_AGENT = "cloudformation.amazonaws.com"


class Refused(Exception):  # noqa: N818 - it reads as a state, and becomes a status reason
    """Something that the resource cannot be made with; the text is the status reason."""


class Api:
    """The account's own API, as one caller in one Region.

    Args:
        endpoint_url: where the embedded AWS listens.
        account_id: the account.
        region: the Region of the stack.
        credentials: access key, secret key and session token ("" for none) of the caller.
        app: answers, in place of a server at the address.
    """

    _session: ClassVar[Any] = None
    _lock: ClassVar[Lock] = Lock()

    def __init__(
        self, endpoint_url: str, account_id: str, region: str, credentials: tuple[str, str, str], app: WsgiApp
    ) -> None:
        self.endpoint_url = endpoint_url
        self.account_id = account_id
        self.region = region
        self.partition = partition_of(region)
        self._credentials, self._app = credentials, app
        self._clients: dict[str, Any] = {}

    def __call__(self, service: str) -> Any:  # noqa: ANN401 - botocore makes its clients at run time
        """The client of one service, made once."""
        if service not in self._clients:
            self._clients[service] = self._client(service)
        return self._clients[service]

    def _client(self, service: str) -> Any:  # noqa: ANN401 - as __call__
        key, secret, token = self._credentials
        config = Config(user_agent=USER_AGENT, s3={"addressing_style": "path"}, retries={"max_attempts": 0})
        with Api._lock:
            Api._session = Api._session or sealed_session()
            client = Api._session.create_client(
                service,
                region_name=self.region,
                endpoint_url=self.endpoint_url,
                aws_access_key_id=key,
                aws_secret_access_key=secret,
                aws_session_token=token or None,
                config=config,
            )
        client.meta.events.register("before-send", answering(self._app))
        return client


class ResourceType:
    """One CloudFormation resource type.

    A subclass names what it applies and says in `create`, `update`, `delete` and `exists` what that means
    in calls of the service's API. ``physical_id`` is what ``Ref`` returns unless `ref` says otherwise.
    """

    type_name: ClassVar[str]
    #: The properties that are applied. Any other is refused.
    applied: ClassVar[frozenset[str]]
    required: ClassVar[frozenset[str]] = frozenset()
    #: Properties whose change replaces the resource ("Update requires: Replacement").
    fixed: ClassVar[frozenset[str]] = frozenset()
    #: What Fn::GetAtt may ask for.
    attributes: ClassVar[frozenset[str]] = frozenset()
    #: The property that names the resource, "" for types without a name of their own.
    name_property: ClassVar[str] = ""
    name_limit: ClassVar[int] = 128
    #: What a drift-aware change set calls a resource that is not as it was made; "" where it does not see that.
    drifted: ClassVar[str] = "DELETED"

    def check(self, props: Props) -> None:
        """Refuse what this type does not apply, and what AWS demands and is missing."""
        if unknown := sorted(set(props) - self.applied):
            raise Refused(
                f"Properties validation failed for resource of type {self.type_name}: "
                f"extraneous key [{unknown[0]}] is not permitted (the embedded AWS applies: "
                f"{', '.join(sorted(self.applied))})"
            )
        if missing := sorted(self.required - set(props)):
            raise Refused(f"Properties validation failed: required key [{missing[0]}] not found")

    def create(self, api: Api, name: str, props: Props) -> str:
        """Make the resource and return its physical id."""
        raise NotImplementedError

    def update(self, api: Api, physical_id: str, props: Props, old: Props) -> None:
        """Change the resource in place from the properties ``old`` to ``props``."""
        raise NotImplementedError

    def delete(self, api: Api, physical_id: str, props: Props) -> None:
        """Delete the resource."""
        raise NotImplementedError

    def exists(self, api: Api, physical_id: str, props: Props) -> bool:
        """Whether the account really has the resource."""
        raise NotImplementedError

    def existing(self, api: Api, name: str) -> str:  # noqa: ARG002 - one signature for all types
        """The physical id of what has this name in the account already, for an import, or ""."""
        return ""

    def ref(self, physical_id: str) -> str:
        """What ``Ref`` returns."""
        return physical_id

    def attribute(self, api: Api, physical_id: str, props: Props, name: str) -> Any:  # noqa: ANN401 - a JSON value
        """What ``Fn::GetAtt`` returns for one of `attributes`."""
        raise NotImplementedError


def error_code(error: ClientError) -> str:
    """The error code that the API answered."""
    return str(error.response.get("Error", {}).get("Code", ""))


def document(value: object) -> str:
    """A JSON document as the text that APIs take; a template may give it as an object or as text."""
    return value if isinstance(value, str) else json.dumps(value)


def boolean(value: object) -> bool:
    """A template's boolean, which may be written as a string."""
    return value if isinstance(value, bool) else str(value).lower() == "true"


def text(value: object) -> str:
    """A scalar as the string that query APIs take: ``true``, not ``True``."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def pick(props: Props, *names: str, **renamed: str) -> Props:
    """The named properties that are present, some under the API's name for them (``Api="Property"``)."""
    found = {name: props[name] for name in names if name in props}
    return found | {api_name: props[name] for api_name, name in renamed.items() if name in props}


def only(value: Props, where: str, *names: str) -> Props:
    """``value``, refused if it has a key that is not applied."""
    if unknown := sorted(set(value) - set(names)):
        raise Refused(f"Properties validation failed: {where}/{unknown[0]} is not applied by the embedded AWS")
    return value


def tag_map(props: Props) -> dict[str, str]:
    """The resource's tags as a mapping."""
    return {tag["Key"]: str(tag["Value"]) for tag in props.get("Tags", [])}


def stale_tags(props: Props, old: Props) -> list[str]:
    """The keys of tags that an update takes away."""
    return sorted(tag_map(old).keys() - tag_map(props).keys())
