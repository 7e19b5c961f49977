"""HTTP as the embedded AWS sees it: requests and answers in memory, and AWS's five ways to write them.

The protocols are described in the Smithy specification ("AWS protocols": aws-query, ec2-query, aws-json,
rest-json, rest-xml); which one a service speaks stands in botocore's service models, which moto's parsers and
serialisers read as well.
"""

from __future__ import annotations

import io
import json
import re
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from xml.sax.saxutils import escape

from botocore.awsrequest import AWSResponse, HeadersDict
from botocore.parsers import create_parser
from moto.core.botocore_stubber import MockRawResponse
from moto.core.serialize import SerializationContext, get_serializer_class
from werkzeug.test import EnvironBuilder

if TYPE_CHECKING:
    from botocore.awsrequest import AWSPreparedRequest
    from botocore.model import OperationModel

Environ = dict[str, Any]
WsgiApp = Callable[[Environ, Callable[..., Any]], Iterable[bytes]]

_CHUNK = 1 << 16
_REQUEST_ID = re.compile(rb"(<Request(?:Id|ID)>)[^<]*")


class ApiError(Exception):
    """An error that the embedded AWS answers, written in the protocol of the service that was called.

    Args:
        code: as the API answers it, such as ``NoSuchEntity`` or ``AccessDenied``.
        message: the sentence that AWS sends with it.
        status: the HTTP status.
    """

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """An HTTP response, whole in memory."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def status_line(self) -> str:
        """The status as WSGI wants it, such as ``409 Conflict``."""
        known = {int(one): one.phrase for one in HTTPStatus}
        return f"{self.status} {known.get(self.status, 'Unknown')}"

    def header(self, name: str) -> str:
        """Return the value of the header of this name in any case, or the empty string."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")


@dataclass(frozen=True, slots=True)
class ParsedResponse:
    """What an answer says: a result, or an error."""

    result: dict[str, Any] = field(default_factory=dict)
    error: ApiError | None = None


def new_request_id() -> str:
    """Return an id such as the one that AWS gives every request."""
    return str(uuid.uuid4())


def with_request_id(answer: HttpResponse, request_id: str) -> HttpResponse:
    """The same answer under another request id, in its headers and in its XML; moto's ids are not UUIDs."""
    headers = [
        (key, value) for key, value in answer.headers if key.lower() not in ("x-amzn-requestid", "content-length")
    ]
    body = _REQUEST_ID.sub(rb"\g<1>" + request_id.encode(), answer.body)
    return HttpResponse(answer.status, (*headers, ("x-amzn-RequestId", request_id)), body)


def read_body(environ: Environ) -> bytes:
    """Read the whole request body, of given length or chunked."""
    stream = environ["wsgi.input"]
    length = environ.get("CONTENT_LENGTH") or ""
    if length.isdigit():
        return bytes(stream.read(int(length)))
    if environ.get("wsgi.input_terminated"):
        return b"".join(iter(lambda: stream.read(_CHUNK), b""))
    return b""


def with_body(environ: Mapping[str, Any], body: bytes) -> Environ:
    """Return a fresh copy of the environment whose body can be read (again)."""
    copy = {key: value for key, value in environ.items() if not key.startswith("werkzeug.")}
    copy["wsgi.input"] = io.BytesIO(body)
    copy["CONTENT_LENGTH"] = str(len(body))
    return copy


def call_app(app: WsgiApp, environ: Environ) -> HttpResponse:
    """Call a WSGI application and keep its whole answer in memory."""
    head: list[Any] = []
    written: list[bytes] = []

    def start_response(status: str, headers: list[tuple[str, str]], _exc_info: object = None) -> Any:  # noqa: ANN401 - PEP 3333's own signature
        head[:] = [status, headers]
        return written.append

    chunks = app(environ, start_response)
    try:
        body = b"".join([*written, *chunks])
    finally:
        close = getattr(chunks, "close", None)
        if close is not None:
            close()
    status, headers = head
    return HttpResponse(int(status.split(" ", 1)[0]), tuple(headers), body)


def answering(app: WsgiApp) -> Callable[..., AWSResponse]:
    """What a botocore client asks before it sends (``before-send``): the application answers, and nothing is sent."""

    def answer(request: AWSPreparedRequest, **_: object) -> AWSResponse:
        url = urlsplit(request.url)
        headers = {key: value.decode() if isinstance(value, bytes) else value for key, value in request.headers.items()}
        environ = EnvironBuilder(
            url.path,
            base_url=f"{url.scheme}://{url.netloc}",
            method=request.method,
            data=request.body or b"",
            headers=headers,
            query_string=url.query,
        ).get_environ()
        said = call_app(app, environ)
        return AWSResponse(request.url, said.status, HeadersDict(said.headers), MockRawResponse(said.body))

    return answer


def parse_answer(model: OperationModel, protocol: str, answer: HttpResponse) -> ParsedResponse:
    """Read an answer with botocore's own parser, as the client will; what streams is given as bytes."""
    streams = model.has_streaming_output and answer.status < HTTPStatus.MULTIPLE_CHOICES
    response = {
        "status_code": answer.status,
        "headers": {key.lower(): value for key, value in answer.headers},
        "body": b"" if streams else answer.body,
    }
    parsed = create_parser(protocol).parse(response, model.output_shape)
    parsed.pop("ResponseMetadata", None)
    if answer.status < HTTPStatus.MULTIPLE_CHOICES:
        if streams:
            parsed[model.output_shape.serialization["payload"]] = answer.body
        return ParsedResponse(result=parsed)
    error = parsed.get("Error", {})
    message = error.get("Message") or parsed.get("message") or parsed.get("Message") or ""
    return ParsedResponse(error=ApiError(str(error.get("Code") or "Unknown"), str(message), answer.status))


def serialise_result(model: OperationModel, protocol: str, result: Mapping[str, Any], request_id: str) -> HttpResponse:
    """Write a result in the service's own protocol; keys are spelled as in botocore's model."""
    serialiser = get_serializer_class(model.service_model.service_name, protocol)
    response = serialiser(model, context=SerializationContext(request_id)).serialize(dict(result))
    body = response["body"]
    return HttpResponse(
        response["status_code"],
        (*response["headers"].items(), ("x-amzn-RequestId", request_id)),
        body.encode() if isinstance(body, str) else body,
    )


def serialise_error(service: str, protocol: str, error: ApiError, request_id: str, namespace: str = "") -> HttpResponse:
    """Write an error in the service's own protocol (Smithy: "Operation error serialization")."""
    headers = [("x-amzn-RequestId", request_id)]
    if protocol in {"json", "rest-json"}:
        headers += [("Content-Type", "application/x-amz-json-1.1"), ("x-amzn-ErrorType", error.code)]
        body = json.dumps({"__type": error.code, "message": error.message})
    else:
        headers += [("Content-Type", "text/xml")]
        body = _xml_error(service, protocol, error, request_id, namespace)
    return HttpResponse(error.status, tuple(headers), body.encode())


def _xml_error(service: str, protocol: str, error: ApiError, request_id: str, namespace: str) -> str:
    core = f"<Code>{escape(error.code)}</Code><Message>{escape(error.message)}</Message>"
    if service == "s3":
        return f'<?xml version="1.0" encoding="UTF-8"?><Error>{core}<RequestId>{request_id}</RequestId></Error>'
    if protocol == "ec2":
        return f"<Response><Errors><Error>{core}</Error></Errors><RequestID>{request_id}</RequestID></Response>"
    xmlns = f' xmlns="{escape(namespace)}"' if namespace else ""
    inner = f"<Error><Type>Sender</Type>{core}</Error><RequestId>{request_id}</RequestId>"
    return f"<ErrorResponse{xmlns}>{inner}</ErrorResponse>"
