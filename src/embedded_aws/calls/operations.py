"""Which operation of which service a request asks for, and with which parameters.

Service and Region come from the credential scope of the Signature Version 4 header ("Elements of an AWS API
request signature", IAM User Guide); operation and parameters are read with botocore's service models for
every protocol.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl

from moto.core.parse import PROTOCOL_PARSERS
from moto.core.request import Request, determine_request_protocol
from moto.core.routing import get_service_router
from moto.core.utils import get_service_model
from werkzeug.exceptions import NotFound

from embedded_aws.calls.http import Environ, with_body

if TYPE_CHECKING:
    from botocore.model import OperationModel

# Where the signing name is not the name of botocore's model ("signingName" and "endpointPrefix" in the
# models).
_MODEL_OF: Final = {
    "access-analyzer": "accessanalyzer",
    "email": "ses",
    "eventbridge": "events",
    "monitoring": "cloudwatch",
    "sso": "sso-admin",
    "states": "stepfunctions",
    "tagging": "resourcegroupstaggingapi",
}

# Operations that AWS answers without a signature, and the service they belong to: the links in SNS mails
# and the federation calls (SNS and STS API references).
UNSIGNED: Final = {
    "ConfirmSubscription": "sns",
    "Unsubscribe": "sns",
    "AssumeRoleWithSAML": "sts",
    "AssumeRoleWithWebIdentity": "sts",
}


class Undecodable(Exception):  # noqa: N818 - it states what the request is, and is always caught
    """A request that names no operation that the models know."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What the signature of a request says about it."""

    access_key_id: str = ""
    region: str = ""
    signing_name: str = ""
    token: str = ""
    presigned: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """One API call, understood."""

    service: str
    operation: str
    params: dict[str, Any]
    scope: Scope
    model: OperationModel
    protocol: str
    environ: Environ = field(repr=False)
    body: bytes = field(repr=False)

    @property
    def signing_name(self) -> str:
        """The name that policies and event sources use: ``iam``, ``events``, ``monitoring``."""
        return str(self.model.service_model.signing_name)

    @property
    def namespace(self) -> str:
        """The XML namespace of the service's answers, where it has one."""
        return str(self.model.service_model.metadata.get("xmlNamespace", ""))


def read_scope(environ: Environ) -> Scope:
    """Read who signs and for which Region and service, from the header or a presigned query string."""
    token = str(environ.get("HTTP_X_AMZ_SECURITY_TOKEN", ""))
    header = str(environ.get("HTTP_AUTHORIZATION", ""))
    if "Credential=" in header:
        return _scope(header.partition("Credential=")[2].partition(",")[0], token, presigned=False)
    query = dict(parse_qsl(str(environ.get("QUERY_STRING", "")), keep_blank_values=True))
    if "X-Amz-Credential" in query:
        return _scope(query["X-Amz-Credential"], query.get("X-Amz-Security-Token", ""), presigned=True)
    if "AWSAccessKeyId" in query:  # Signature Version 2, which boto3 still uses for links to objects
        return Scope(query["AWSAccessKeyId"], "us-east-1", "s3", query.get("x-amz-security-token", ""), presigned=True)
    return Scope()


def _scope(credential: str, token: str, *, presigned: bool) -> Scope:
    key, _date, region, service, *_rest = [*credential.strip().split("/"), "", "", "", ""]
    return Scope(key, region, service.lower(), token, presigned)


def decode(environ: Environ, body: bytes, *, default_region: str) -> Call:
    """Understand one request.

    Args:
        environ: the WSGI environment.
        body: the request's body.
        default_region: the Region of a request that is not signed.

    Raises:
        Undecodable: it names no operation that the models know, or its parameters cannot be read.
    """
    scope = read_scope(environ)
    service = _service(scope, environ, body)
    request = Request(with_body(environ, body))
    try:
        model, labels = get_service_router(service).match(request)
        protocol = determine_request_protocol(get_service_model(service), request.content_type)
        params = _parameters(request, model, protocol, labels)
    except NotFound as error:
        raise Undecodable(f"{service}: no operation matches {request.method} {request.path}") from error
    except Exception as error:  # a parser may fail in any way on what a client sends
        raise Undecodable(f"{service}: {request.method} {request.path}: {error!r}") from error
    if not scope.region:
        scope = Scope(scope.access_key_id, default_region, scope.signing_name or service, scope.token)
    return Call(service, str(model.name), params, scope, model, protocol, environ, body)


def _service(scope: Scope, environ: Environ, body: bytes) -> str:
    if scope.signing_name:
        return _known(_streams(scope.signing_name, environ))
    fields = dict(parse_qsl(str(environ.get("QUERY_STRING", ""))))
    if str(environ.get("CONTENT_TYPE", "")).startswith("application/x-www-form-urlencoded"):
        fields |= dict(parse_qsl(body.decode("utf-8", "replace")))
    action = fields.get("Action", "")
    if action in UNSIGNED:
        return UNSIGNED[action]
    raise Undecodable(f"an unsigned {environ.get('REQUEST_METHOD')} {environ.get('PATH_INFO')}")


def _streams(signing_name: str, environ: Environ) -> str:
    streams = str(environ.get("HTTP_X_AMZ_TARGET", "")).startswith("DynamoDBStreams")
    return "dynamodbstreams" if streams else _MODEL_OF.get(signing_name, signing_name)


@functools.cache
def _known(service: str) -> str:
    try:
        get_service_model(service)
    except Exception as error:
        raise Undecodable(f"no service is called {service!r}") from error
    return service


def _parameters(request: Request, model: OperationModel, protocol: str, labels: dict[str, Any]) -> dict[str, Any]:
    if model.has_streaming_input or model.input_shape is None:
        return dict(labels)
    parsed = PROTOCOL_PARSERS[protocol](model).parse(
        {
            "method": request.method,
            "values": request.values,
            "headers": request.headers,
            "body": request.data,
            "url_path": request.path,
            "url_params": labels,
        }
    )
    return dict(parsed or {})
