"""IAM, as far as giving a policy to a user or a role needs it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tocsin.adapters.aws import if_there, translated

if TYPE_CHECKING:
    from collections.abc import Mapping

# IAM and AWS STS quotas: versions of a managed policy.
_MOST_VERSIONS = 5


class Identities:
    """Fits `flows.ports.Identities`.

    Args:
        client: an IAM client.
        prefix: what the ARN of a managed policy of this account begins with, ``arn:aws:iam::111122223333:policy/``.
    """

    def __init__(self, client: Any, prefix: str) -> None:  # noqa: ANN401 - as `Clients.client`
        self._client = client
        self._prefix = prefix

    def inline_size(self, kind: str, holder: str, *, but: str) -> int:
        """Characters of all inline policies of a user or role but one, without white space, as AWS counts them.

        Raises:
            Unreachable: there is no such user or role, or AWS cannot be reached, or refuses.
        """
        of = self._of(kind, holder)
        with translated():
            pages = self._client.get_paginator(f"list_{kind}_policies").paginate(**of)
            names = [name for page in pages for name in page["PolicyNames"] if name != but]
            read = getattr(self._client, f"get_{kind}_policy")
            documents = [read(**of, PolicyName=name)["PolicyDocument"] for name in names]
        return sum(len(json.dumps(document, separators=(",", ":"))) for document in documents)

    def put_inline(self, kind: str, holder: str, name: str, text: str) -> None:
        """Give a user or role an inline policy, over one of that name."""
        with translated():
            put = getattr(self._client, f"put_{kind}_policy")
            put(**self._of(kind, holder), PolicyName=name, PolicyDocument=text)

    def put_managed(self, name: str, text: str) -> str:
        """Make a managed policy, or make this its version that holds; gives its ARN."""
        arn = f"{self._prefix}{name}"
        with translated():
            made = if_there(lambda: self._client.get_policy(PolicyArn=arn), {"NoSuchEntity"})
            if made is None:
                return str(self._client.create_policy(PolicyName=name, PolicyDocument=text)["Policy"]["Arn"])
            versions = self._client.list_policy_versions(PolicyArn=arn)["Versions"]
            if not self._holds(arn, versions, text):
                if len(versions) >= _MOST_VERSIONS:
                    oldest = min((one for one in versions if not one["IsDefaultVersion"]), key=_made_at)
                    self._client.delete_policy_version(PolicyArn=arn, VersionId=oldest["VersionId"])
                self._client.create_policy_version(PolicyArn=arn, PolicyDocument=text, SetAsDefault=True)
        return arn

    def attach(self, kind: str, holder: str, arn: str) -> None:
        """Attach a managed policy; one that is attached already stays so."""
        with translated():
            getattr(self._client, f"attach_{kind}_policy")(**self._of(kind, holder), PolicyArn=arn)

    def _holds(self, arn: str, versions: list[dict[str, Any]], text: str) -> bool:
        held = next(one["VersionId"] for one in versions if one["IsDefaultVersion"])
        found = self._client.get_policy_version(PolicyArn=arn, VersionId=held)["PolicyVersion"]["Document"]
        return bool(found == json.loads(text))

    def _of(self, kind: str, holder: str) -> Mapping[str, str]:
        return {f"{kind.capitalize()}Name": holder}


def _made_at(version: dict[str, Any]) -> Any:  # noqa: ANN401 - a datetime of botocore's
    return version["CreateDate"]
