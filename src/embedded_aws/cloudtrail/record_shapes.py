"""How CloudTrail spells the parameters and the result of a call.

Names begin with a small letter, secrets and binary data are left out, moments are written as in "Aug 1,
2024 1:33:28 PM". Seen so in real records of IAM, CloudTrail, EventBridge and Lambda; "CloudTrail record
contents" (CloudTrail User Guide) describes `requestParameters` and `responseElements` in words only.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl
from xml.etree import ElementTree as ET

if TYPE_CHECKING:
    from botocore.model import ServiceModel, Shape

    from embedded_aws.calls.operations import Call

HIDDEN: Final = "HIDDEN_DUE_TO_SECURITY_REASONS"

# What is named but hidden: the subscriber's address and token ("Logging SNS API calls"), the value of a
# parameter ("Logging Systems Manager API calls").
_HIDDEN: Final = {
    ("sns", "Subscribe"): {"endpoint"},
    ("sns", "ConfirmSubscription"): {"token"},
    ("ssm", "PutParameter"): {"value"},
}

# What is left out altogether: "Logging CloudFormation API calls" shows parameters by their keys only.
_OMITTED: Final = {"cloudformation": {"TemplateBody", "StackPolicyBody", "ParameterValue"}}

# Of these results the record holds something although they are read-only ("Logging IAM and AWS STS API
# calls").
_TOLD_READS: Final = {"AssumeRole", "AssumeRoleWithSAML", "AssumeRoleWithWebIdentity", "GetSessionToken"}


def request_parameters(call: Call) -> dict[str, Any] | None:
    """Return `requestParameters`; null where the call has none."""
    if call.service == "s3":
        return _s3_parameters(call)
    shape = call.model.input_shape
    if shape is None:
        return None
    spelled = _structure(shape, call.params, _OMITTED.get(call.service, set()))
    for name in _HIDDEN.get((call.service, call.operation), set()) & spelled.keys():
        spelled[name] = HIDDEN
    return spelled or None


def response_elements(call: Call, result: Mapping[str, Any], *, read_only: bool) -> dict[str, Any] | None:
    """Return `responseElements`; null for calls that only read and for results without content."""
    shape = call.model.output_shape
    if shape is None or call.service == "s3" or (read_only and call.operation not in _TOLD_READS):
        return None
    return _structure(shape, result, set()) or None


def s3_host(bucket: str, region: str) -> str:
    """Return the host that a client of S3 would have called ("Virtual hosting of buckets", S3 User Guide)."""
    return f"{bucket}.s3.{region}.amazonaws.com" if bucket else f"s3.{region}.amazonaws.com"


def lower_first(name: str) -> str:
    """Spell a member's name as CloudTrail does: `UserName` as `userName`, `SSHKey` as `sSHKey`."""
    return name[:1].lower() + name[1:]


def _structure(shape: Shape, value: Mapping[str, Any], omitted: set[str]) -> dict[str, Any]:
    spelled = {}
    for name, member in shape.members.items():
        inner = value.get(name)
        if inner is None or name in omitted or member.type_name == "blob" or member.metadata.get("sensitive"):
            continue
        spelled[lower_first(name)] = _value(member, inner, omitted)
    return spelled


def _value(shape: Shape, value: Any, omitted: set[str]) -> Any:  # noqa: ANN401 - any value of the API
    if shape.type_name == "structure" and isinstance(value, Mapping) and not getattr(shape, "is_document_type", False):
        return _structure(shape, value, omitted)
    if shape.type_name == "list" and isinstance(value, list):
        return [_value(shape.member, one, omitted) for one in value]
    if shape.type_name == "map" and isinstance(value, Mapping):
        return {key: _value(shape.value, one, omitted) for key, one in value.items()}
    if isinstance(value, datetime):
        return _moment(value)
    return value


def _moment(value: datetime) -> str:
    utc = value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
    return f"{utc:%b} {utc.day}, {utc.year} {utc.hour % 12 or 12}:{utc:%M:%S} {utc:%p}"


def _s3_parameters(call: Call) -> dict[str, Any]:
    """S3's records hold the host, the bucket, the query string, and the XML body turned into JSON."""
    bucket = str(call.params.get("Bucket", ""))
    query = dict(parse_qsl(str(call.environ.get("QUERY_STRING", "")), keep_blank_values=True))
    spelled: dict[str, Any] = {key: value for key, value in query.items() if not key.lower().startswith("x-amz")}
    spelled["Host"] = s3_host(bucket, call.scope.region)
    if bucket:
        spelled["bucketName"] = bucket
    if call.operation == "PutBucketPolicy":
        spelled["bucketPolicy"] = _json_or_empty(call.body)
    elif call.body:
        spelled |= _xml_as_json(call.body, _numbers(call.model.service_model))
    return spelled


def _json_or_empty(body: bytes) -> Any:  # noqa: ANN401 - JSON
    try:
        return json.loads(body)
    except ValueError:
        return {}


@cache
def _numbers(service: ServiceModel) -> frozenset[str]:
    """The elements of a service's XML that hold a number, such as ``Days``."""
    shapes = [service.shape_for(name) for name in service.shape_names]
    return frozenset(
        member.serialization.get("name", name)
        for shape in shapes
        if shape.type_name == "structure"
        for name, member in shape.members.items()
        if member.type_name in ("integer", "long")
    )


def _xml_as_json(body: bytes, numbers: frozenset[str]) -> dict[str, Any]:
    try:
        root = ET.fromstring(body)  # noqa: S314 - from our own client on loopback, and read once already
    except ET.ParseError:
        return {}
    namespace, _, name = root.tag.rpartition("}")
    content = _element(root, numbers)
    if isinstance(content, dict) and namespace:
        content["xmlns"] = namespace.removeprefix("{")
    return {name: content}


def _element(node: ET.Element, numbers: frozenset[str]) -> Any:  # noqa: ANN401 - JSON
    if not len(node):
        text = node.text or ""
        return int(text) if node.tag.rpartition("}")[2] in numbers and text.isdigit() else text
    content: dict[str, Any] = {}
    for child in node:
        name = child.tag.rpartition("}")[2]
        value = _element(child, numbers)
        if name not in content:
            content[name] = value
        elif isinstance(content[name], list):
            content[name].append(value)
        else:
            content[name] = [content[name], value]
    return content
