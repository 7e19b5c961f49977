"""Whether a service may send to a topic or a queue: by its policy, the target's role, and its key.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html and
https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from embedded_aws.iam.policy import Effect, Request, judge

if TYPE_CHECKING:
    from embedded_aws.calls.account_state import AccountState

EVENTS = "events.amazonaws.com"
SNS = "sns.amazonaws.com"

_ACTIONS = {"sns": "sns:Publish", "sqs": "sqs:SendMessage"}
_KEY_ACTIONS = ("kms:GenerateDataKey", "kms:Decrypt")
_MANAGED_KEYS = ("alias/aws/sns", "alias/aws/sqs")


class Refusal(Exception):  # noqa: N818 - an answer, not a fault
    """Why a service may not send; ``code`` is what a dead-letter queue's ERROR_CODE shows."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class Permissions:
    """Judges sending from the account's own policies.

    Args:
        state: the account.
    """

    def __init__(self, state: AccountState) -> None:
        self._state = state

    def check(self, arn: str, *, service: str, source_arn: str, role_arn: str = "") -> None:
        """Whether the service may send to the topic or queue for the source.

        Args:
            arn: of a topic or queue.
            service: the service principal that sends.
            source_arn: the rule or topic it sends for.
            role_arn: the target's execution role; with one, the role's policies decide.

        Raises:
            Refusal: it may not, or there is no such thing.
        """
        kind, region = arn.split(":")[2], arn.split(":")[3]
        resource = self._state.topic(arn) if kind == "sns" else self._state.queue(arn)
        if resource is None:
            raise Refusal("RESOURCE_NOT_FOUND", f"{arn} does not exist")
        if role_arn:
            self._check_role(role_arn, arn, kind, resource.policy, service)
        else:
            request = self._as_service(service, _ACTIONS[kind], arn, source_arn)
            effect = judge(resource.policy, request)
            if effect is not Effect.ALLOW:
                why = "denies" if effect is Effect.DENY else "does not allow"
                raise Refusal(
                    "NO_PERMISSIONS",
                    f"the policy of {arn} {why} {request.action} by {service} for {source_arn}",
                )
        if resource.kms_master_key_id:
            self._check_key(str(resource.kms_master_key_id), region, arn, service, role_arn)

    def _as_service(self, service: str, action: str, arn: str, source_arn: str) -> Request:
        context = {
            "aws:SourceArn": source_arn,
            "aws:SourceAccount": self._state.account_id,
            "aws:PrincipalIsAWSService": "true",
            "aws:PrincipalServiceName": service,
            "aws:SecureTransport": "true",
        }
        return Request(action, arn, service=service, context=context)

    def _as_role(self, role_arn: str, action: str, arn: str) -> Request:
        context = {
            "aws:PrincipalArn": role_arn,
            "aws:PrincipalAccount": self._state.account_id,
            "aws:PrincipalIsAWSService": "false",
            "aws:SecureTransport": "true",
        }
        return Request(action, arn, arns=(role_arn,), context=context)

    def _check_role(self, role_arn: str, arn: str, kind: str, policy: str | None, service: str) -> None:
        """The role must be assumable by the service, and it or the resource must allow; no Deny anywhere.

        https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-identity-based.html
        """
        found = self._state.role_policies(role_arn)
        if found is None:
            raise Refusal("NO_PERMISSIONS", f"the role {role_arn} does not exist")
        trust, documents = found
        assume = Request("sts:AssumeRole", role_arn, service=service)
        if judge(trust, assume) is not Effect.ALLOW:
            raise Refusal("NO_PERMISSIONS", f"{role_arn} cannot be assumed by {service}")
        request = self._as_role(role_arn, _ACTIONS[kind], arn)
        said = {judge(document, request, has_principal=False) for document in documents} | {judge(policy, request)}
        # a Deny that names the whole account holds for its roles
        said |= {judge(policy, self._with_root(request))} & {Effect.DENY}
        if Effect.DENY in said or Effect.ALLOW not in said:
            raise Refusal("NO_PERMISSIONS", f"{role_arn} may not {request.action} on {arn}")

    def _with_root(self, request: Request) -> Request:
        partition = request.arns[0].split(":")[1]
        root = f"arn:{partition}:iam::{self._state.account_id}:root"
        return Request(request.action, request.resource, arns=(*request.arns, root), context=request.context)

    def _check_key(self, name: str, region: str, arn: str, service: str, role_arn: str) -> None:
        """The key must let the sender make data keys; an AWS managed key lets no service."""
        if any(alias in name for alias in _MANAGED_KEYS):
            raise Refusal(
                "NO_PERMISSIONS",
                f"{arn} is encrypted with {name}, whose policy admits no service and is AWS's",
            )
        key = self._state.key(name, region)
        if key is None or key.key_state != "Enabled":
            state = "does not exist" if key is None else f"is {key.key_state}"
            raise Refusal("NO_PERMISSIONS", f"the key {name} of {arn} {state}")
        kind = arn.split(":")[2]
        context_key = f"kms:EncryptionContext:aws:{kind}:{'topicArn' if kind == 'sns' else 'arn'}"
        context = {
            context_key: arn,
            "kms:ViaService": f"{kind}.{region}.amazonaws.com",
            "kms:CallerAccount": self._state.account_id,
        }
        for action in _KEY_ACTIONS:
            if not self._key_allows(key, action, context, service, role_arn):
                who = role_arn or service
                raise Refusal("NO_PERMISSIONS", f"the policy of key {key.arn} does not grant {action} to {who}")

    def _key_allows(self, key: object, action: str, context: dict[str, str], service: str, role_arn: str) -> bool:
        """For a service the key's policy alone; for a role its own too, where the key trusts the account.

        For EventBridge the keys aws:SourceArn and aws:SourceAccount are not in such requests, so a
        statement that demands them never holds
        (https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-encryption.html).
        """
        arn, policy = str(key.arn), _document(key.policy)  # type: ignore[attr-defined]
        if not role_arn:
            return judge(policy, Request(action, arn, service=service, context=context)) is Effect.ALLOW
        request = Request(action, arn, arns=(role_arn,), context=context)
        by_account = judge(policy, self._with_root(request))
        if Effect.DENY in {by_account, judge(policy, request)}:
            return False
        documents = (self._state.role_policies(role_arn) or ("", []))[1]
        said = {judge(document, request, has_principal=False) for document in documents}
        granted = judge(policy, request) is Effect.ALLOW or (by_account is Effect.ALLOW and Effect.ALLOW in said)
        return granted and Effect.DENY not in said


def _document(policy: object) -> str:
    return policy if isinstance(policy, str) else json.dumps(policy)
