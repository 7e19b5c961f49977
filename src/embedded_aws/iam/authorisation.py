"""May this caller do this? IAM's answer from the account's own policies, in AWS's words.

"Policy evaluation logic" and "Troubleshoot access denied error messages" (IAM User Guide). Of the policies of
topics and queues an explicit Deny is asked, for callers of the same account and its root user too; an Allow is
not, since in one account an identity policy is enough for what the embedded AWS does. What they grant to
services is the bridge's matter; the trust policy of a role is asked by AssumeRole.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from embedded_aws.calls.http import ApiError
from embedded_aws.calls.principals import Caller, CallerKind
from embedded_aws.iam.arns import called
from embedded_aws.iam.policy import Effect, Request, judge
from embedded_aws.iam.resources import Needed, needed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from embedded_aws.calls.account_state import AccountState
    from embedded_aws.calls.operations import Call

# Calls that need no permission ("GetCallerIdentity": no permissions are required, even with an explicit
# denial; "GetSessionToken": the same).
_FREE: Final = {("sts", "GetCallerIdentity"), ("sts", "GetSessionToken")}

# Condition keys that are a parameter of the call.
_FROM_PARAMETERS: Final = {
    "iam:PolicyARN": "PolicyArn",
    "iam:PermissionsBoundary": "PermissionsBoundary",
    "sts:ExternalId": "ExternalId",
    "sts:RoleSessionName": "RoleSessionName",
    "sns:Protocol": "Protocol",
    "sns:Endpoint": "Endpoint",
    "s3:prefix": "Prefix",
    "cloudformation:ChangeSetName": "ChangeSetName",
    "cloudformation:TemplateUrl": "TemplateURL",
    "cloudformation:RoleArn": "RoleARN",
}

# Calls of which ``iam:PermissionsBoundary`` is the user's own boundary.
_OF_THE_USER: Final = {"AttachUserPolicy", "DeleteUserPolicy", "DetachUserPolicy", "PutUserPolicy"}


class Authoriser:
    """Judges calls.

    Args:
        iam: moto's users, groups, roles and policies of the account.
        state: the account's topics and queues.
    """

    def __init__(self, iam: Any, state: AccountState) -> None:  # noqa: ANN401 - moto's
        self._iam = iam
        self._state = state

    def authorise(self, call: Call, caller: Caller) -> None:
        """Let a call pass or refuse it.

        Raises:
            ApiError: the caller's policies do not allow it.
        """
        if caller.kind is CallerKind.ANONYMOUS or (call.service, call.operation) in _FREE:
            return
        holder = self._holder(caller)
        context = self._context(call, caller, holder)
        wanted = list(needed(call, caller, self._iam))
        if call.operation == "StartMessageMoveTask" and (back := self._state.source_of(call.params["SourceArn"])):
            wanted.append(Needed("sqs:SendMessage", back.queue_arn, back.queue_arn))  # it sends as its caller
        for one in wanted:
            why = self._forbidden(caller, one, context)
            if why is None and caller.kind is not CallerKind.ROOT:
                why = self._refusal(call, caller, holder, one, context)
            if why is not None:
                raise _denied(call, caller, one, why)

    def _holder(self, caller: Caller) -> Any:  # noqa: ANN401 - moto's
        return called(self._iam.users if caller.kind is CallerKind.USER else self._iam.roles, caller.name)

    def _refusal(
        self,
        call: Call,
        caller: Caller,
        holder: Any,  # noqa: ANN401 - moto's
        one: Needed,
        context: dict[str, str],
    ) -> str | None:
        request = Request(one.action, one.resource, context=context)
        said = _judge_all(self._identity_documents(holder), request)
        if said is Effect.DENY:
            return " with an explicit deny in an identity-based policy"
        if one.action == "sts:AssumeRole":
            return self._untrusted(call, caller, one, said)
        if said is not Effect.ALLOW:
            return f" because no identity-based policy allows the {one.action} action"
        return self._bounded(holder, request) or _narrowed(caller, request)

    def _forbidden(self, caller: Caller, one: Needed, context: dict[str, str]) -> str | None:
        """What the policy of a topic or queue denies to everybody, it denies to its own account too."""
        if one.resource.split(":")[2:3] not in (["sns"], ["sqs"]):
            return None
        root = f"arn:{caller.arn.split(':')[1]}:iam::{caller.account_id}:root"
        arns = tuple(arn for arn in (caller.arn, caller.issuer_arn, root) if arn)
        request = Request(one.action, one.resource, arns=arns, context=context)
        if judge(self._state.policy_of(one.resource), request) is Effect.DENY:
            return " with an explicit deny in a resource-based policy"
        return None

    def _bounded(self, holder: Any, request: Request) -> str | None:  # noqa: ANN401 - moto's
        """What a boundary does not allow is denied ("Permissions boundaries for IAM entities")."""
        boundary = _boundary_arn(holder)
        if not boundary:
            return None
        policy = self._iam.managed_policies.get(boundary)
        said = judge(_document(policy), request, has_principal=False) if policy else Effect.NOTHING
        if said is Effect.DENY:
            return " with an explicit deny in a permissions boundary"
        if said is not Effect.ALLOW:
            return f" because no permissions boundary allows the {request.action} action"
        return None

    def _untrusted(self, call: Call, caller: Caller, one: Needed, said: Effect) -> str | None:
        """A trust policy that names the caller is enough; one that names the account delegates.

        "Granting a user permissions to switch roles" (IAM User Guide).
        """
        role = next((role for role in list(self._iam.roles.values()) if role.arn == one.resource), None)
        if role is None:
            return ""
        root = f"arn:{caller.arn.split(':')[1]}:iam::{caller.account_id}:root"
        context = self._context(call, caller, None)
        trust = _text(role.assume_role_policy_document)
        own = tuple(arn for arn in (caller.arn, caller.issuer_arn) if arn)
        named = judge(trust, Request(one.action, one.resource, arns=own, context=context))
        account = judge(trust, Request(one.action, one.resource, arns=(*own, root), context=context))
        if Effect.DENY in {named, account}:
            return " with an explicit deny in a role trust policy"
        if named is Effect.ALLOW or (account is Effect.ALLOW and said is Effect.ALLOW):
            return None
        return ""

    def _identity_documents(self, holder: Any) -> Iterator[str]:  # noqa: ANN401 - moto's
        if holder is None:
            return
        groups = [group for group in list(self._iam.groups.values()) if holder in group.users]
        for one in (holder, *groups):
            yield from (_text(document) for document in one.policies.values())
            yield from (_document(policy) for policy in one.managed_policies.values())

    def _context(self, call: Call, caller: Caller, holder: Any) -> dict[str, str]:  # noqa: ANN401 - moto's
        """The keys of every request ("AWS global condition context keys") and some of the services' own."""
        now = datetime.now(UTC)
        context = {
            "aws:CurrentTime": now.isoformat(timespec="seconds"),
            "aws:EpochTime": str(int(now.timestamp())),
            "aws:PrincipalAccount": caller.account_id,
            "aws:PrincipalArn": caller.issuer_arn or caller.arn,
            "aws:PrincipalIsAWSService": "false",
            "aws:PrincipalType": "User" if caller.kind is CallerKind.USER else caller.kind.value,
            "aws:RequestedRegion": call.scope.region,
            "aws:SecureTransport": "true",
            "aws:SourceIp": str(call.environ.get("REMOTE_ADDR", "127.0.0.1")),
            "aws:UserAgent": str(call.environ.get("HTTP_USER_AGENT", "")),
            "aws:userid": caller.principal_id,
        }
        if caller.kind is CallerKind.USER:
            context["aws:username"] = caller.name
        if caller.session is not None:
            context["aws:MultiFactorAuthPresent"] = str(caller.session.mfa).lower()
        context |= {key: str(call.params[name]) for key, name in _FROM_PARAMETERS.items() if call.params.get(name)}
        if call.service == "iam" and call.operation in _OF_THE_USER:
            context["iam:PermissionsBoundary"] = _boundary_arn(called(self._iam.users, str(call.params["UserName"])))
        context |= {f"aws:RequestTag/{key}": value for key, value in _tags(call.params)}
        return context | {f"aws:PrincipalTag/{key}": value for key, value in _tags_of(holder)}


def _narrowed(caller: Caller, request: Request) -> str | None:
    """A session policy allows nothing either ("Session policies")."""
    if caller.session is None or not caller.session.policy:
        return None
    said = judge(caller.session.policy, request, has_principal=False)
    if said is Effect.DENY:
        return " with an explicit deny in a session policy"
    if said is not Effect.ALLOW:
        return f" because no session policy allows the {request.action} action"
    return None


def _judge_all(documents: Iterable[str], request: Request) -> Effect:
    said = [judge(document, request, has_principal=False) for document in documents]
    if Effect.DENY in said:
        return Effect.DENY
    return Effect.ALLOW if Effect.ALLOW in said else Effect.NOTHING


def _document(policy: Any) -> str:  # noqa: ANN401 - moto's
    return _text(next((one.document for one in policy.versions if one.is_default), "{}"))


def _text(document: Any) -> str:  # noqa: ANN401 - moto keeps text or an object
    return document if isinstance(document, str) else json.dumps(document)


def _boundary_arn(holder: Any) -> str:  # noqa: ANN401 - moto's
    boundary = getattr(holder, "permissions_boundary", None) or {}
    return str(boundary.get("PermissionsBoundaryArn", ""))


def _tags(params: dict[str, Any]) -> Iterator[tuple[str, str]]:
    given = params.get("Tags") or params.get("TagsList") or params.get("tags") or []
    if isinstance(given, dict):
        yield from ((str(key), str(value)) for key, value in given.items())
        return
    for tag in given:
        yield str(tag.get("Key", "")), str(tag.get("Value", ""))


def _tags_of(holder: Any) -> Iterator[tuple[str, str]]:  # noqa: ANN401 - moto's
    tags = getattr(holder, "tags", None) or []
    if isinstance(tags, list):
        yield from ((str(tag["Key"]), str(tag["Value"])) for tag in tags)


def _denied(call: Call, caller: Caller, one: Needed, why: str) -> ApiError:
    on = f" on resource: {one.told}" if one.told else ""
    message = f"User: {caller.arn} is not authorized to perform: {one.action}{on}{why}"
    if call.protocol == "ec2":
        return ApiError("UnauthorizedOperation", f"You are not authorized to perform this operation. {message}", 403)
    if call.service == "sns":  # "Errors" of every operation in the SNS API Reference
        return ApiError("AuthorizationError", message, 403)
    if call.protocol in {"json", "rest-json"}:
        return ApiError("AccessDeniedException", message, 400 if call.protocol == "json" else 403)
    return ApiError("AccessDenied", message, 403)
