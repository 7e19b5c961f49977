"""Clients for AWS, and its errors in our words. The only module that imports boto3."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import boto3
from botocore import exceptions as faults
from botocore import xform_name
from botocore.awsrequest import AWSResponse, HeadersDict
from botocore.config import Config
from botocore.parsers import ResponseParserError

from tocsin.core.policy.denied import statement_for
from tocsin.errors import CredentialsError, TocsinError, Unreachable, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping
    from datetime import timedelta

_EXPIRED = frozenset(
    {"ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "UnrecognizedClientException", "AuthFailure"}
)

# "Common errors" of each API, and "Signature Version 4 troubleshooting" (IAM User Guide): more than five minutes off.
_CLOCK = ("RequestTimeTooSkewed", "RequestExpired", "Signature expired", "Signature not yet current")
_THROTTLED = frozenset({"Throttling", "ThrottlingException", "RequestLimitExceeded", "TooManyRequestsException"})

# The request itself is wrong ("Common errors" of each API; SNS API Reference).
_USAGE = frozenset({"ValidationError", "InvalidParameter"})


@dataclass(frozen=True)
class Clients:
    """Which account is spoken to, and how: everything that makes a client.

    Attributes:
        region: the Region.
        endpoint_url: where AWS is, when it is not AWS; ``""`` leaves it to botocore, which reads AWS_ENDPOINT_URL.
        profile: the profile of the AWS config files, or ``""``.
        access_key_id: an access key, when it does not come from botocore's own chain.
        secret_access_key: its secret.
        session_token: its token, where the key is a role's.
        session: botocore's session to use; None makes one, which reads the machine's AWS configuration.
        own_key: an access key and its secret that outrank all others, and leave the session as it is.
    """

    region: str
    endpoint_url: str = ""
    profile: str = ""
    access_key_id: str = ""
    secret_access_key: str = field(default="", repr=False)
    session_token: str = field(default="", repr=False)
    session: Any = None
    own_key: tuple[str, str] | None = field(default=None, repr=False)
    _made: dict[tuple[str, str, timedelta | None], Any] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    @cached_property
    def _session(self) -> Any:  # noqa: ANN401 - boto3's
        return boto3.Session(
            profile_name=self.profile or None,
            region_name=self.region,
            aws_access_key_id=self.access_key_id or None,
            aws_secret_access_key=self.secret_access_key or None,
            aws_session_token=self.session_token or None,
            botocore_session=self.session,
        )

    def client(self, service: str, *, user_agent: str = "tocsin", deadline: timedelta | None = None) -> Any:  # noqa: ANN401 - boto3 makes clients at run time
        """A client of a service; it is made once, and the session too, since each reads botocore's models anew.

        Args:
            service: which.
            user_agent: by what AWS knows whoever calls.
            deadline: how long a call may take; then it is made once, and whoever calls tries again.

        Raises:
            CredentialsError: there are no credentials, or no such profile.
        """
        if (service, user_agent, deadline) in self._made:
            return self._made[service, user_agent, deadline]
        with translated():
            config = Config(
                user_agent_extra=user_agent,
                retries={"mode": "standard", "total_max_attempts": 1}
                if deadline
                else {"mode": "standard", "max_attempts": 4},
                connect_timeout=5,
                read_timeout=deadline.total_seconds() if deadline else 30,
            )
            access_key_id, secret = self.own_key or (None, None)
            made = self._session.client(
                service,
                endpoint_url=self.endpoint_url or None,
                config=config,
                aws_access_key_id=access_key_id,
                aws_secret_access_key=secret,
            )
        self._made[service, user_agent, deadline] = made
        return made


def carried(
    client: Any,  # noqa: ANN401 - as `answer`
    carry: Callable[[str, str, bytes, Mapping[str, str]], tuple[int, Mapping[str, str], bytes]],
) -> None:
    """Let a client's requests be carried by something that ends in time, for botocore reads an answer whole.

    Args:
        client: whose requests.
        carry: is given method, address, body and headers, and gives status, headers and body; raises ConnectionError
            where nothing came.
    """

    def send(request: Any, **_: object) -> AWSResponse:  # noqa: ANN401 - botocore's
        headers = {
            name: value.decode() if isinstance(value, bytes) else value for name, value in request.headers.items()
        }
        body = request.body or b""
        try:
            status, came, answered = carry(
                request.method, request.url, body.encode() if isinstance(body, str) else body, headers
            )
        except ConnectionError as fault:
            raise faults.ConnectionError(error=fault) from fault
        return AWSResponse(request.url, status, HeadersDict(came), _Read(answered))

    client.meta.events.register("before-send", send, unique_id="carried")


@dataclass(frozen=True)
class _Read:
    """An answer's body as botocore reads it."""

    body: bytes

    def stream(self, **_: object) -> Iterator[bytes]:
        yield self.body


def own_region(profile: str = "") -> str:
    """The Region that the environment or the profile names, or ``""``.

    Raises:
        CredentialsError: there is no such profile.
    """
    with translated():
        return str(boto3.Session(profile_name=profile or None).region_name or os.environ.get("AWS_REGION", ""))


@contextmanager
def translated() -> Iterator[None]:
    """Every error of boto3 as one of ours, with service, operation, code and request id kept.

    Raises:
        CredentialsError: no credentials, expired ones, or an unknown profile.
        UsageError: AWS says that the request itself is wrong.
        Unreachable: AWS cannot be reached, or refuses.
    """
    try:
        yield
    except faults.ClientError as fault:
        raise in_our_words(fault) from fault
    except (
        faults.NoCredentialsError,
        faults.PartialCredentialsError,
        faults.ProfileNotFound,
        faults.TokenRetrievalError,
        faults.SSOError,
        faults.CredentialRetrievalError,
    ) as fault:
        raise CredentialsError(
            str(fault), hint="give --profile, or log in with `aws sso login` or `aws configure`"
        ) from fault
    except (faults.ParamValidationError, faults.UnknownServiceError, faults.InvalidRegionError) as fault:
        raise UsageError(" ".join(str(fault).split())) from fault
    except ResponseParserError as fault:
        raise not_aws(str(fault)) from fault
    except faults.BotoCoreError as fault:
        raise Unreachable(
            f"AWS cannot be reached: {fault}", hint="check the network, the Region and AWS_ENDPOINT_URL"
        ) from fault


def answer(
    client: Any,  # noqa: ANN401 - boto3 makes clients at run time
    operation: str,
    parameters: Mapping[str, Any],
    *,
    every_page: bool = False,
) -> tuple[Any, str, TocsinError | None]:
    """What AWS answers to an operation; where it refuses, the error's code, and the refusal in our words.

    Args:
        client: of the service.
        operation: as the API names it, ``DeleteUser``.
        parameters: likewise.
        every_page: whether what comes in pages is wanted whole.

    Raises:
        Unreachable: AWS cannot be reached.
    """
    with translated():
        try:
            if every_page and client.can_paginate(xform_name(operation)):
                return client.get_paginator(xform_name(operation)).paginate(**parameters).build_full_result(), "", None
            return getattr(client, xform_name(operation))(**parameters), "", None
        except faults.ClientError as fault:
            return {}, str(fault.response.get("Error", {}).get("Code", "")) or "Unknown", in_our_words(fault)


def if_there(ask: Callable[[], Any], absent: Collection[str]) -> Any | None:  # noqa: ANN401 - what boto3 answers
    """An answer, or None where AWS says that there is no such thing.

    Args:
        ask: calls AWS.
        absent: the error codes that say so.
    """
    try:
        return ask()
    except faults.ClientError as fault:
        if fault.response.get("Error", {}).get("Code") in absent:
            return None
        raise


def if_allowed(ask: Callable[[], Any], refused: Callable[[str], None]) -> Any:  # noqa: ANN401 - as `if_there`
    """An answer, or None where AWS refuses it: then the reason is told, and whoever looks can go on.

    Args:
        ask: calls AWS.
        refused: is told why.

    Raises:
        CredentialsError: there are none, or they have expired.
    """
    try:
        with translated():
            return ask()
    except CredentialsError:
        raise
    except TocsinError as fault:
        refused(fault.message)
    return None


def not_aws(said: str) -> Unreachable:
    """What answered is something else than AWS: a proxy, the sign-in page of a network, a wrong endpoint."""
    return Unreachable(
        f"what answered is not AWS: {' '.join(said.split())}",
        hint="check AWS_ENDPOINT_URL, the proxy, and whether the network wants a sign-in first",
    )


def in_our_words(fault: faults.ClientError) -> TocsinError:
    """One refusal of AWS as an error of ours."""
    code = str(fault.response.get("Error", {}).get("Code", ""))
    said = str(fault.response.get("Error", {}).get("Message", ""))
    request = str(fault.response.get("ResponseMetadata", {}).get("RequestId", ""))
    message = f"{fault.operation_name}: {code}: {said}{f' (request {request})' if request else ''}"
    if any(words in f"{code} {said}" for words in _CLOCK):
        return CredentialsError(message, hint="this machine's clock is off: set it, and try again")
    if code in _THROTTLED:
        return Unreachable(message, hint="AWS had too many requests at once: try again in a minute")
    if code in _EXPIRED:
        hint = "log in again, or give another --profile; a Region that is off says the same"
        return CredentialsError(message, hint=hint)
    if code in _USAGE:
        return UsageError(message)
    return Unreachable(message, hint=_missing(said))


def _missing(said: str) -> str:
    statement = statement_for(said)
    return f"add this statement to your policy, or see tocsin policy: {statement}" if statement else ""
