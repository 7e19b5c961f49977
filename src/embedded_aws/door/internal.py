"""Calls that the embedded AWS makes to itself, without a socket: not judged, not recorded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from botocore.serialize import create_serializer
from moto.core.utils import get_service_model
from werkzeug.test import EnvironBuilder

from embedded_aws.calls.http import Environ, parse_answer, read_body
from embedded_aws.calls.operations import decode
from embedded_aws.door.gateway import Gateway, internal_caller


@dataclass(frozen=True, slots=True)
class Place:
    """Where a call is made."""

    endpoint_url: str
    account_id: str
    region: str


def call(gateway: Gateway, place: Place, name: tuple[str, str], params: Mapping[str, Any]) -> Any:  # noqa: ANN401 - as boto3
    """Call an operation and return its result as boto3 would.

    Args:
        gateway: of the embedded AWS.
        place: the account and the Region.
        name: botocore's service name and the operation's.
        params: spelled as in botocore's model.

    Raises:
        ApiError: the call was answered with an error.
    """
    service, operation = name
    environ = _environ(service, operation, place, params)
    understood = decode(environ, read_body(environ), default_region=place.region)
    outcome = parse_answer(
        understood.model, understood.protocol, gateway.perform(understood, internal_caller(place.account_id))
    )
    if outcome.error is not None:
        raise outcome.error
    return outcome.result


def _environ(service: str, operation: str, place: Place, params: Mapping[str, Any]) -> Environ:
    model = get_service_model(service)
    request = create_serializer(model.resolved_protocol).serialize_to_request(
        dict(params), model.operation_model(operation)
    )
    scope = f"INTERNAL/20000101/{place.region}/{model.signing_name}/aws4_request"
    headers = {key: value for key, value in request["headers"].items() if value is not None}
    headers["Authorization"] = f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"
    body = request["body"]
    environ: Environ = EnvironBuilder(
        request["url_path"],
        base_url=place.endpoint_url,
        method=request["method"],
        data=dict(body) if isinstance(body, Mapping) else body or b"",
        headers=headers,
        query_string=request["query_string"] or None,
    ).get_environ()
    return environ
