"""Which account the credentials are of, and as whom they act."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tocsin.adapters.aws import not_aws, translated
from tocsin.core.template.target import Target
from tocsin.errors import Unreachable

if TYPE_CHECKING:
    from tocsin.adapters.aws import Clients

_SESSION = "tocsin"


def target_of(clients: Clients) -> Target:
    """The account, its alias where it may be read, and the Region.

    Raises:
        CredentialsError: there are none, or they have expired.
        Unreachable: AWS cannot be reached.
    """
    try:
        with translated():
            caller = clients.client("sts").get_caller_identity()
        account, arn = str(caller["Account"]), str(caller["Arn"])
    except KeyError as fault:  # botocore's parser too, where the answer is some other XML
        raise not_aws(f"the answer to GetCallerIdentity has no {fault}") from fault
    return Target(account, _alias(clients), clients.region, arn)


def in_role(clients: Clients, role: str) -> Clients:
    """The same as a role, of this account or of another.

    Args:
        clients: who takes the role on.
        role: its ARN.

    Raises:
        CredentialsError: there are none, or they have expired.
        Unreachable: AWS cannot be reached, or does not let them.
    """
    with translated():
        found = clients.client("sts").assume_role(RoleArn=role, RoleSessionName=_SESSION)["Credentials"]
    key, secret, token = (str(found[name]) for name in ("AccessKeyId", "SecretAccessKey", "SessionToken"))
    return replace(clients, profile="", access_key_id=key, secret_access_key=secret, session_token=token)


def _alias(clients: Clients) -> str:
    """The account's alias; a caller who may not read it does without, since it is for the eye only."""
    try:
        with translated():
            aliases = clients.client("iam").list_account_aliases()["AccountAliases"]
    except Unreachable:
        return ""
    return str(aliases[0]) if aliases else ""
