"""CloudTrail's half of the embedded AWS: the record of one call.

"CloudTrail record contents" (AWS CloudTrail User Guide) lists the fields; their order and the fields of
failed and denied calls are those of real records.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, Final

from embedded_aws.calls.principals import Caller, CallerKind
from embedded_aws.cloudtrail.event_names import API_VERSIONS, event_name, event_source, is_data_event, is_read_only
from embedded_aws.cloudtrail.record_shapes import request_parameters, response_elements, s3_host

if TYPE_CHECKING:
    from embedded_aws.calls.exchange import Exchange
    from embedded_aws.calls.http import ApiError
    from embedded_aws.calls.operations import Call

EVENT_VERSION: Final = "1.11"
# "Logging AWS CloudFormation API calls" (AWS CloudFormation User Guide): what the calls it makes for a stack carry as
# user agent, source address and invokedBy.
CLOUDFORMATION: Final = "cloudformation.amazonaws.com"
_CIPHER: Final = "TLS_AES_128_GCM_SHA256"

# Services whose errors the records spell by the name of the exception's class: `NoSuchEntityException`
# where the API answers `NoSuchEntity`. Seen in real records of IAM.
_SPELLED_BY_CLASS: Final = {"iam", "sts"}

_DENIALS: Final = {"AccessDenied", "AccessDeniedException", "AuthorizationError", "UnauthorizedOperation"}


class Recorder:
    """Makes records.

    Args:
        account_id: whose trail it is.
        iam_region: where the partition records IAM ("Global service events", CloudTrail User Guide).
    """

    def __init__(self, account_id: str, iam_region: str) -> None:
        self._account_id = account_id
        self._iam_region = iam_region

    def wants(self, call: Call, caller: Caller) -> bool:
        """Tell whether a call is recorded.

        Data events are not, nor are the links in SNS mails, which nobody signs ("Logging Amazon SNS API
        calls": in unauthenticated mode ConfirmSubscription and Unsubscribe are not logged).
        """
        return caller.kind is not CallerKind.ANONYMOUS and not is_data_event(call)

    def build(self, exchange: Exchange) -> dict[str, Any]:
        """Return the record of a call that was answered."""
        call, read_only = exchange.call, is_read_only(exchange.call)
        by_service = _is_for_a_stack(call)
        error = exchange.outcome.error
        record: dict[str, Any] = {
            "eventVersion": EVENT_VERSION,
            "userIdentity": exchange.caller.identity()
            | ({"invokedBy": CLOUDFORMATION} if _is_for_a_stack(call) else {}),
            "eventTime": f"{exchange.time:%Y-%m-%dT%H:%M:%SZ}",
            "eventSource": event_source(call),
            "eventName": event_name(call),
            "awsRegion": self.region_of(call),
            "sourceIPAddress": CLOUDFORMATION if by_service else str(call.environ.get("REMOTE_ADDR", "")),
            "userAgent": _user_agent(call),
        }
        if error is not None:
            record |= _failure(call, error)
        record["requestParameters"] = _parameters(exchange)
        record["responseElements"] = (
            None if error is not None else response_elements(call, exchange.outcome.result, read_only=read_only)
        )
        record |= self._extras(exchange)
        record |= {
            "requestID": exchange.request_id,
            "eventID": str(uuid.uuid4()),
            "readOnly": read_only,
        }
        record |= self._resources(exchange)
        return record | {
            "eventType": "AwsApiCall",
            **({"apiVersion": API_VERSIONS[call.service]} if call.service in API_VERSIONS else {}),
            "managementEvent": True,
            "recipientAccountId": self._account_id,
            "eventCategory": "Management",
            "tlsDetails": {
                "tlsVersion": "TLSv1.3",
                "cipherSuite": _CIPHER,
                "clientProvidedHostHeader": _host(call),
            },
        }

    def region_of(self, call: Call) -> str:
        """Return where a call is recorded: IAM in one Region of the partition, all others where called."""
        return self._iam_region if call.service == "iam" else call.scope.region

    def _extras(self, exchange: Exchange) -> dict[str, Any]:
        """S3's records say how the call was signed ("CloudTrail log file entries for Amazon S3")."""
        call = exchange.call
        if call.service != "s3":
            return {}
        return {
            "additionalEventData": {
                "SignatureVersion": "SigV4",
                "CipherSuite": _CIPHER,
                "bytesTransferredIn": len(call.body),
                "AuthenticationMethod": "QueryString" if call.scope.presigned else "AuthHeader",
                "x-amz-id-2": uuid.uuid5(uuid.NAMESPACE_OID, exchange.request_id).hex,
                "bytesTransferredOut": len(exchange.answer.body),
            }
        }

    def _resources(self, exchange: Exchange) -> dict[str, Any]:
        call, error = exchange.call, exchange.outcome.error
        bucket, role = call.params.get("Bucket"), call.params.get("RoleArn")
        if call.service == "s3" and bucket and (error is None or error.code != "NoSuchBucket"):
            named = ("AWS::S3::Bucket", f"arn:aws:s3:::{bucket}")
        elif call.service == "sts" and role and error is None:
            named = ("AWS::IAM::Role", str(role))
        else:
            return {}
        return {"resources": [{"accountId": self._account_id, "type": named[0], "ARN": named[1]}]}


def _parameters(exchange: Exchange) -> dict[str, Any] | None:
    """A denied call loses its parameters (seen in every denied call of IAM), but not in S3."""
    if exchange.denied and exchange.call.service != "s3":
        return None
    return request_parameters(exchange.call)


def _failure(call: Call, error: ApiError) -> dict[str, str]:
    code = error.code
    if call.protocol == "ec2":
        code = f"Client.{code}"
    elif code in _DENIALS:
        code = "AccessDenied"
    elif call.service in _SPELLED_BY_CLASS:
        code = _class_name(call, code)
    return {"errorCode": code, "errorMessage": error.message}


def _class_name(call: Call, code: str) -> str:
    for shape in call.model.service_model.error_shapes:
        if shape.metadata.get("error", {}).get("code") == code:
            return str(shape.name)
    return code


def _is_for_a_stack(call: Call) -> bool:
    """Whether CloudFormation makes the call for somebody; no other caller has this user agent here."""
    return str(call.environ.get("HTTP_USER_AGENT", "")) == CLOUDFORMATION


def _user_agent(call: Call) -> str:
    agent = str(call.environ.get("HTTP_USER_AGENT", ""))
    return f"[{agent}]" if call.service == "s3" else agent


def _host(call: Call) -> str:
    region = call.scope.region
    suffix = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
    if call.service == "s3":
        return s3_host(str(call.params.get("Bucket", "")), region)
    if call.service == "iam":
        return f"iam.{suffix}"
    return f"{call.model.service_model.endpoint_prefix}.{region}.{suffix}"
