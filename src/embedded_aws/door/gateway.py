"""The front door of the embedded AWS: what happens to one request between its arrival and its answer.

In AWS's order ("Policy evaluation logic", IAM User Guide): who calls, may they, does the service's own rule
allow it, do it. Then, when the client has its answer, the recorder is told.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, Protocol
from urllib.parse import quote

from embedded_aws.calls.exchange import ApiRequest, Exchange, Handler
from embedded_aws.calls.http import (
    ApiError,
    Environ,
    HttpResponse,
    ParsedResponse,
    new_request_id,
    parse_answer,
    read_body,
    serialise_error,
    serialise_result,
    with_body,
    with_request_id,
)
from embedded_aws.calls.operations import Call, Undecodable, decode
from embedded_aws.calls.principals import Caller, CallerKind
from embedded_aws.iam.arns import is_own

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

INTERNAL_HEADER: Final = "X-Embedded-Aws-Internal"
_INTERNAL_KEY: Final = "HTTP_X_EMBEDDED_AWS_INTERNAL"
_NOT_IMPLEMENTED: Final = 501


class Judge(Protocol):
    """Decides whether a call may be made at all."""

    def authenticate(self, call: Call) -> Caller:
        """Return who calls, or raise ApiError."""

    def authorise(self, call: Call, caller: Caller) -> None:
        """Raise ApiError where the caller's policies do not allow the call."""

    def enforce(self, call: Call, caller: Caller) -> None:
        """Raise ApiError where a rule of the service forbids the call."""


class Keeper(Protocol):
    """Is told of calls: before one that will be recorded, and after its answer has gone out."""

    def wants(self, call: Call, caller: Caller) -> bool:
        """Whether CloudTrail keeps a record of such a call."""

    def expect(self, call: Call) -> object:
        """Such a call has begun; what is returned comes back in the exchange as its memo."""

    def put(self, exchange: Exchange | None) -> None:
        """It has been answered, or has come to nothing."""


class Gateway:
    """The WSGI application.

    Args:
        account_id: of the embedded account.
        region: of requests that name none.
        moto: answers what we do not answer ourselves.
        judge: IAM's rules.
        keeper: the recorder's ear.
        secret: the value of the internal header: such calls are neither judged nor recorded.
    """

    def __init__(
        self,
        *,
        account_id: str,
        region: str,
        moto: Callable[[Environ], HttpResponse],
        judge: Judge,
        keeper: Keeper,
        secret: str,
    ) -> None:
        self._account_id = account_id
        self._region = region
        self._moto = moto
        self._judge = judge
        self._keeper = keeper
        self._secret = secret
        self._handlers: dict[tuple[str, str], Handler] = {}
        self.pages: dict[str, Callable[[], bytes]] = {}
        self.notes: list[str] = []

    def add_handler(self, service: str, operation: str, handler: Handler) -> None:
        """HttpResponse this operation with our own handler from now on."""
        self._handlers[service, operation] = handler

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        """HttpResponse one request (PEP 3333)."""
        if environ["REQUEST_METHOD"] == "GET" and (page := self.pages.get(environ["PATH_INFO"])):
            shown = HttpResponse(200, (("Content-Type", "application/json"),), page())
            return self._send(shown, start_response, environ)
        body = read_body(environ)
        internal = environ.pop(_INTERNAL_KEY, None) == self._secret
        try:
            call = decode(environ, body, default_region=self._region)
        except Undecodable as error:
            return self._send(self._undecoded(error), start_response, environ)
        if internal:
            return self._send(self.perform(call, internal_caller(self._account_id)), start_response, environ)
        return self._answer_client(call, start_response)

    def perform(self, call: Call, caller: Caller) -> HttpResponse:
        """Do what is asked, without asking whether it may be done."""
        request_id = new_request_id()
        handler = self._handlers.get((call.service, call.operation))
        try:
            if handler is None:
                return self._ask_moto(call, caller)
            result = handler(self._request(call, caller)) or {}
            return serialise_result(call.model, call.protocol, result, request_id)
        except ApiError as error:
            return serialise_error(call.service, call.protocol, error, request_id, call.namespace)
        except NotImplementedError as error:
            self.note(f"{call.service} {call.operation}: the embedded AWS cannot do this ({error})")
            reason = f"The embedded AWS does not know {call.service}:{call.operation}"
            error_501 = ApiError("NotImplemented", reason, _NOT_IMPLEMENTED)
            return serialise_error(call.service, call.protocol, error_501, request_id, call.namespace)
        except Exception as error:  # noqa: BLE001 - a fault of ours or moto's is an HTTP 500 to the client, and told
            self.note(f"{call.service} {call.operation}: {error!r}")
            internal = ApiError("InternalFailure", f"The embedded AWS failed: {error!r}", 500)
            return serialise_error(call.service, call.protocol, internal, request_id, call.namespace)

    def note(self, text: str) -> None:
        """Tell that something was left out; nothing is dropped in silence."""
        self.notes.append(text)
        sys.stderr.write(f"embedded AWS: {text}\n")

    def _answer_client(self, call: Call, start_response: Callable[..., Any]) -> Iterable[bytes]:
        started = datetime.now(UTC)
        try:
            caller = self._judge.authenticate(call)
        except ApiError as error:  # a call that belongs to no account is in no account's trail
            refused = serialise_error(call.service, call.protocol, error, new_request_id(), call.namespace)
            return self._send(refused, start_response, call.environ)
        if not self._keeper.wants(call, caller):
            return self._send(self._judged(call, caller)[0], start_response, call.environ)
        memo = self._keeper.expect(call)
        try:
            answer, denied = self._judged(call, caller)
            outcome, request_id = self._read(call, answer)
        except BaseException:
            self._keeper.put(None)
            raise
        exchange = Exchange(call, caller, outcome, answer, started, request_id, denied, memo)
        return self._send(answer, start_response, call.environ, lambda: self._keeper.put(exchange))

    def _judged(self, call: Call, caller: Caller) -> tuple[HttpResponse, bool]:
        denied = True
        try:
            self._judge.authorise(call, caller)
            denied = False
            self._judge.enforce(call, caller)
        except ApiError as error:
            return serialise_error(call.service, call.protocol, error, new_request_id(), call.namespace), denied
        return self.perform(call, caller), False

    def _read(self, call: Call, answer: HttpResponse) -> tuple[ParsedResponse, str]:
        try:
            outcome = parse_answer(call.model, call.protocol, answer)
        except Exception as error:  # noqa: BLE001 - botocore's parser may fail in any way; the call is still recorded
            self.note(f"{call.service} {call.operation}: its answer cannot be read: {error!r}")
            outcome = ParsedResponse()
        request_id = answer.header("x-amzn-requestid") or answer.header("x-amz-request-id") or new_request_id()
        return outcome, request_id

    def _ask_moto(self, call: Call, caller: Caller) -> HttpResponse:
        environ = with_body(call.environ, call.body + _own_name(call, caller))
        if not call.scope.access_key_id:  # moto finds the service by the signature
            scope = f"ANONYMOUS/20000101/{call.scope.region}/{call.scope.signing_name}/aws4_request"
            environ["HTTP_AUTHORIZATION"] = f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"
        answer = self._moto(environ)
        return answer if call.service == "s3" else with_request_id(answer, new_request_id())

    def _request(self, call: Call, caller: Caller) -> ApiRequest:
        headers = {
            key[5:].replace("_", "-").lower(): str(value)
            for key, value in call.environ.items()
            if key.startswith("HTTP_")
        }

        def forward() -> dict[str, Any]:
            outcome = parse_answer(call.model, call.protocol, self._ask_moto(call, caller))
            if outcome.error is not None:
                raise outcome.error
            return outcome.result

        return ApiRequest(
            call.service,
            call.operation,
            call.params,
            caller,
            call.scope.region,
            self._account_id,
            headers,
            forward,
        )

    def _undecoded(self, error: Undecodable) -> HttpResponse:
        self.note(f"not understood, so neither done nor recorded: {error}")
        fault = ApiError(
            "UnknownOperationException", f"The embedded AWS does not understand this request: {error}", 404
        )
        return serialise_error("", "json", fault, new_request_id())

    @staticmethod
    def _send(
        answer: HttpResponse,
        start_response: Callable[..., Any],
        environ: Environ,
        after: Callable[[], None] | None = None,
    ) -> Iterator[bytes]:
        kept = [(key, value) for key, value in answer.headers if key.lower() not in {"content-length", "status"}]
        length = answer.header("content-length") if environ["REQUEST_METHOD"] == "HEAD" else ""
        kept.append(("Content-Length", length or str(len(answer.body))))
        start_response(answer.status_line, kept)
        return _send_then(answer.body, after)


def internal_caller(account_id: str) -> Caller:
    """Return the caller of calls that the embedded AWS makes itself."""
    return Caller(CallerKind.ROOT, f"arn:aws:iam::{account_id}:root", account_id, account_id, "")


def _own_name(call: Call, caller: Caller) -> bytes:
    """Name the caller where IAM means the caller; moto does not know temporary keys of users."""
    if caller.kind is not CallerKind.USER or call.operation == "ChangePassword" or not is_own(call):
        return b""
    return f"&UserName={quote(caller.name)}".encode()


def _send_then(body: bytes, after: Callable[[], None] | None) -> Iterator[bytes]:
    try:
        yield body
    finally:
        if after is not None:
            after()
