"""The embedded AWS: an account on this machine that any client can call and that keeps records.

::

    with EmbeddedAWS() as aws:
        aws.subscribe(print)                    # each CloudTrail record, after its call was answered
        iam = boto3.client("iam", endpoint_url=aws.endpoint_url, region_name=aws.region, **aws.admin_keys)
        iam.create_user(UserName="alice")
        aws.settle()

It is moto's server (one in a process) behind layers of ours; `parts.py` names every part that is ours.
"""

from __future__ import annotations

import errno
import secrets
import socket
import threading
from typing import TYPE_CHECKING, Any, ClassVar, Final, NoReturn, Self

from werkzeug.serving import BaseWSGIServer, make_server

from embedded_aws.calls.account_state import AccountState
from embedded_aws.calls.exchange import ApiRequest, Exchange, Handler
from embedded_aws.calls.http import ApiError
from embedded_aws.calls.principals import Credentials, Principals
from embedded_aws.calls.regions import iam_region, partition_of
from embedded_aws.cloudtrail.feed import Feed, Record, Subscriber, SubscriberError
from embedded_aws.cloudtrail.history import History
from embedded_aws.cloudtrail.log_files import LogFiles
from embedded_aws.cloudtrail.recorder import Recorder
from embedded_aws.cloudtrail.trails import Trails
from embedded_aws.door import internal
from embedded_aws.door.gateway import INTERNAL_HEADER, Gateway
from embedded_aws.door.moto_side import Moto, QuietHandler
from embedded_aws.errors import EmbeddedAwsError
from embedded_aws.iam import extras as iam_extras
from embedded_aws.iam.delete_conflict import IamRules

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType

    from embedded_aws.calls.http import WsgiApp
    from embedded_aws.calls.operations import Call

__all__ = ["ApiError", "ApiRequest", "Credentials", "EmbeddedAWS", "Handler", "Record", "SubscriberError"]

_HOST: Final = "127.0.0.1"
_SETTLE: Final = 10.0


class EmbeddedAWS:
    """One AWS account on loopback.

    Args:
        account_id: twelve digits.
        region: where clients of it work, and where its administrator is.
        port: 0 takes any free one.

    Attributes:
        admin: the access key of the IAM user ``admin``, who may do everything.
        root: the root user's access key, which judges nothing and records as Root.
        history: the records kept so far.
    """

    _running: ClassVar[EmbeddedAWS | None] = None  # moto has one state in a process

    def __init__(self, account_id: str = "123456789012", region: str = "us-east-1", port: int = 0) -> None:
        if EmbeddedAWS._running is not None:
            raise EmbeddedAwsError("an embedded AWS is running in this process already: stop it first")
        self.account_id = account_id
        self.region = region
        self.partition = partition_of(region)
        self.root = Credentials("AKIA" + secrets.token_hex(8).upper(), secrets.token_hex(20))
        self._moto = Moto(account_id)
        self.admin = self._moto.create_administrator(self.partition, region, "admin")
        self._secret = secrets.token_hex(16)
        state = AccountState(account_id)
        self._trails = Trails(state)
        iam = self._moto.iam(self.partition)
        principals = Principals(account_id, self.partition, self.root)
        self._recorder = Recorder(account_id, iam_region(self.partition))
        self._feed = Feed(self._record)
        self._gateway = Gateway(
            account_id=account_id,
            region=region,
            moto=self._moto.answer,
            judge=IamRules(principals, iam, state),
            keeper=_Keeper(self._recorder, self._feed, self._trails),
            secret=self._secret,
        )
        self.history = History()
        self._log_files = LogFiles(state, self.trails_of, self.call, self.note)
        self.subscribe(self.history.add)
        self.subscribe(self._log_files.add)
        self.answer("cloudtrail", "LookupEvents", self.history.lookup_events)
        self.answer("lambda", "Invoke", _not_run)
        for operation, handler in iam_extras.handlers(principals, iam).items():
            self.answer(*operation, handler)
        with _listen(port) as listening:
            self._server: BaseWSGIServer = make_server(
                _HOST, port, self._gateway, threaded=True, request_handler=QuietHandler, fd=listening.fileno()
            )
        self._thread: threading.Thread | None = None

    @property
    def endpoint_url(self) -> str:
        """What ``AWS_ENDPOINT_URL`` is set to."""
        return f"http://{_HOST}:{self._server.port}"

    @property
    def app(self) -> WsgiApp:
        """What listens there, to be called without a socket."""
        return self._gateway

    @property
    def admin_keys(self) -> dict[str, str]:
        """The administrator's access key as keyword arguments of a boto3 client."""
        return {
            "aws_access_key_id": self.admin.access_key_id,
            "aws_secret_access_key": self.admin.secret_access_key,
        }

    @property
    def internal_headers(self) -> dict[str, str]:
        """The header with which the embedded AWS's own HTTP calls are neither judged nor recorded."""
        return {INTERNAL_HEADER: self._secret}

    @property
    def notes(self) -> list[str]:
        """What was not understood or not done, in words."""
        return self._gateway.notes

    def subscribe(self, subscriber: Subscriber) -> None:
        """Call this with each CloudTrail record, on a thread of its own, after the API call was answered.

        What it raises is kept and raised by `settle` or `stop`.
        """
        self._feed.subscribe(subscriber)

    def answer(self, service: str, operation: str, handler: Handler) -> None:
        """Let a handler answer an operation, instead of moto or before it (`ApiRequest.forward`).

        Args:
            service: botocore's name of it, such as ``sns``.
            operation: such as ``ConfirmSubscription``.
            handler: takes an `ApiRequest`, returns the result as boto3 spells it, or raises `ApiError`.
        """
        self._gateway.add_handler(service, operation, handler)

    def show(self, path: str, page: Callable[[], bytes]) -> None:
        """Answer a GET of a path, without a signature, with what a function gives as JSON."""
        self._gateway.pages[path] = page

    def call(self, service: str, operation: str, params: Mapping[str, Any] | None = None, region: str = "") -> Any:  # noqa: ANN401 - as boto3
        """Call an operation as AWS itself: without a socket, not judged, not recorded.

        Raises:
            ApiError: the call was answered with an error.
        """
        place = internal.Place(self.endpoint_url, self.account_id, region or self.region)
        return internal.call(self._gateway, place, (service, operation), params or {})

    def note(self, text: str) -> None:
        """Tell a person that something was left out."""
        self._gateway.note(text)

    def trails_of(self, record: Record) -> list[Any]:
        """Return the trails (moto's) that cover a record, by their state before its call or now."""
        return self._trails.covering(record)

    def settle(self, timeout: float = _SETTLE) -> None:
        """Wait until all recorded calls have been handed to all subscribers.

        Raises:
            TimeoutError: that took longer than the timeout, in seconds.
            SubscriberError: a subscriber has failed.
        """
        self._feed.settle(timeout)

    def flush_logs(self, *, wait: bool = True) -> list[str]:
        """Write what was gathered to the trails' buckets, and return ``s3://bucket/key`` of each file.

        Args:
            wait: whether what is on its way is waited for; an account that is busy all the time never settles.
        """
        if wait:
            self.settle()
        return self._log_files.flush()

    def start(self) -> Self:
        """Begin to answer."""
        EmbeddedAWS._running = self
        self._feed.start()
        self._thread = threading.Thread(
            target=self._server.serve_forever,
            kwargs={"poll_interval": 0.05},
            name="embedded-aws",
            daemon=True,
        )
        self._thread.start()
        return self

    def stop(self) -> None:
        """Deliver what is left, stop answering, and raise what subscribers have failed with."""
        if self._thread is None:
            return
        try:
            self.flush_logs()
        finally:
            self._server.shutdown()
            self._server.server_close()
            self._thread.join(timeout=5)
            self._thread = None
            self._feed.stop()
            EmbeddedAWS._running = None
        self._feed.raise_errors()

    def _record(self, exchange: Exchange) -> Record:
        record = self._recorder.build(exchange)
        self._trails.remember(record, exchange.memo if isinstance(exchange.memo, list) else [])
        return record

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.stop()
        except (SubscriberError, TimeoutError) as fault:
            if error is None:
                raise
            error.add_note(f"and while the embedded AWS was stopped: {fault}")


def _listen(port: int) -> socket.socket:
    """A socket that listens; werkzeug would end the process where the port is taken."""
    try:
        return socket.create_server((_HOST, port), backlog=128)
    except OSError as fault:
        why = "taken" if fault.errno == errno.EADDRINUSE else f"not to be had: {fault.strerror}"
        raise EmbeddedAwsError(f"port {port} is {why}") from fault


def _not_run(_request: ApiRequest) -> NoReturn:
    """Moto would answer that the function had run."""
    raise NotImplementedError("functions are kept, not run")


class _Keeper:
    """Joins the recorder's judgement, the memory of the trails, and the feed's queue."""

    def __init__(self, recorder: Recorder, feed: Feed, trails: Trails) -> None:
        self._feed = feed
        self._trails = trails
        self.wants = recorder.wants
        self.put = feed.put

    def expect(self, call: Call) -> object:
        self._feed.expect()
        return self._trails.before(call)
