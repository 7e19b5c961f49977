"""Who did it: the actor of a record, from whatever ``userIdentity`` holds.

Source of the shapes: CloudTrail User Guide, "CloudTrail userIdentity element". For an assumed role the identity is the
role that issued the session and the person stands in the session name; for IAM Identity Center's roles
(``AWSReservedSSO_<permission set>_<hash>``) likewise. Identities without an ARN, without a type, or that are a bare
string exist in real trails.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple

from tocsin.core.record.named_elsewhere import HIDDEN_USER
from tocsin.core.record.record import Record, as_text

if TYPE_CHECKING:
    from collections.abc import Callable

# IAM Identity Center User Guide, "Referencing permission sets": AWSReservedSSO_<name>_<16 hexadecimal digits>.
SSO_ROLE = re.compile(r"AWSReservedSSO_(?P<permission_set>.+)_[0-9a-f]{16}")
# IAM User Guide, "IAM identifiers": unique id prefixes; a long-term user key starts with AKIA, a temporary with ASIA.
LONG_TERM_KEY = "AKIA"
SERVICE_HOST = re.compile(r"[a-z0-9.-]+\.amazonaws\.com(\.cn)?")


class ActorKind(StrEnum):
    """What sort of identity acted."""

    USER = "user"
    ROOT = "root"
    ROLE = "role"
    SSO = "sso"
    FEDERATED = "federated"
    WEB_IDENTITY = "web-identity"
    SAML = "saml"
    SERVICE = "service"
    IDENTITY_CENTER = "identity-center"
    ACCOUNT = "account"
    HIDDEN = "hidden"
    UNKNOWN = "unknown"


class Mfa(StrEnum):
    """What a record shows of multi-factor authentication."""

    YES = "yes"
    NO = "no"
    LONG_TERM_KEY = "long-term-key"
    AT_PROVIDER = "at-provider"
    UNKNOWN = "unknown"


class Actor(NamedTuple):
    """Who acted.

    Attributes:
        kind: the sort of identity.
        name: the user, the session (for roles, where the person stands), the service; ``""`` if nothing tells.
        role: the role or permission set behind a session, or ``""``.
        arn: the identity's ARN (for a session the role's that issued it), or ``""``.
        account: the account that the identity belongs to, or ``""``.
        via: the AWS service that acted on the identity's behalf (``invokedBy``), or ``""``.
        person: the Identity Center user id behind a session (``onBehalfOf``), or ``""``.
        mfa: what the record shows of MFA.
        provider: the identity provider behind a federated session, or ``""``.
        session: what the session of another account's role is called, or ``""``.
        assumed: whether root was taken on by AssumeRoot, from the management account.
        key: the text by which one actor is told from another: identity and session.
    """

    kind: ActorKind
    name: str = ""
    role: str = ""
    arn: str = ""
    account: str = ""
    via: str = ""
    person: str = ""
    mfa: Mfa = Mfa.UNKNOWN
    provider: str = ""
    session: str = ""
    assumed: bool = False
    key: str = ""


UNKNOWN_ACTOR = Actor(ActorKind.UNKNOWN, key="unknown")

_KINDS = {
    "IAMUser": ActorKind.USER,
    "Root": ActorKind.ROOT,
    "AssumedRole": ActorKind.ROLE,
    "Role": ActorKind.ROLE,
    "FederatedUser": ActorKind.FEDERATED,
    "WebIdentityUser": ActorKind.WEB_IDENTITY,
    "SAMLUser": ActorKind.SAML,
    "AWSService": ActorKind.SERVICE,
    "IdentityCenterUser": ActorKind.IDENTITY_CENTER,
    "AWSAccount": ActorKind.ACCOUNT,
}


def actor_of(record: Record) -> Actor:
    """Who acted in a record; an unknown actor with what there is where the identity is of no known shape."""
    identity = record.raw.get("userIdentity")
    if isinstance(identity, str) and identity:
        return Actor(ActorKind.UNKNOWN, name=identity, key=identity)
    if not isinstance(identity, dict) or not identity:
        return UNKNOWN_ACTOR
    kind = _KINDS.get(as_text(identity.get("type"))) or _guess(identity)
    if as_text(identity.get("userName")) == HIDDEN_USER:
        kind = ActorKind.HIDDEN
    arn = as_text(identity.get("arn"))
    issuer = _object(_object(identity, "sessionContext"), "sessionIssuer")
    role = _role(kind, issuer, arn)
    if kind is ActorKind.ROLE and (sso := SSO_ROLE.fullmatch(role)):
        kind, role = ActorKind.SSO, sso["permission_set"]
    person = as_text(_object(identity, "onBehalfOf").get("userId"))
    name = _name(kind, identity, arn) or (person if kind is ActorKind.IDENTITY_CENTER else "")
    # A federated session is its own identity, though an IAM user issued it.
    own = as_text(issuer.get("arn")) if kind in (ActorKind.ROLE, ActorKind.SSO) else ""
    return Actor(
        kind=kind,
        name=name,
        role=role,
        arn=own or arn,
        account=as_text(identity.get("accountId")),
        via=as_text(identity.get("invokedBy")) if kind is not ActorKind.SERVICE else "",
        person=person,
        mfa=_mfa(kind, identity, record),
        provider=_provider(identity, issuer),
        session=as_text(identity.get("principalId")).partition(":")[2] if kind is ActorKind.ACCOUNT else "",
        assumed=kind is ActorKind.ROOT and _is_assumed(_object(identity, "sessionContext")),
        key=_key(kind, own or arn, name, identity),
    )


def _provider(identity: dict[str, Any], issuer: dict[str, Any]) -> str:
    """Who vouched for a federated identity: the end of the provider's ARN, or its name."""
    federated = _object(_object(identity, "sessionContext"), "webIdFederationData").get("federatedProvider")
    named = as_text(identity.get("identityProvider")) or as_text(federated)
    return named.partition("-provider/")[2] or named.removeprefix("https://") if named or not issuer else ""


def _is_assumed(context: dict[str, Any]) -> bool:
    """CloudTrail User Guide, "CloudTrail userIdentity element": ``assumedRoot`` of a session of AssumeRoot."""
    return str(context.get("assumedRoot", "")).lower() == "true"


def _object(parent: dict[str, Any], key: str) -> dict[str, Any]:
    value = parent.get(key)
    return value if isinstance(value, dict) else {}


def _guess(identity: dict[str, Any]) -> ActorKind:
    """The kind of an identity that names no type, or one that is not documented."""
    arn = as_text(identity.get("arn"))
    if ":assumed-role/" in arn:
        return ActorKind.ROLE
    if ":user/" in arn:
        return ActorKind.USER
    if ":federated-user/" in arn:
        return ActorKind.FEDERATED
    if arn.endswith(":root"):
        return ActorKind.ROOT
    if "onBehalfOf" in identity:
        return ActorKind.IDENTITY_CENTER
    if "invokedBy" in identity and "principalId" not in identity:
        return ActorKind.SERVICE
    return ActorKind.UNKNOWN


def _role(kind: ActorKind, issuer: dict[str, Any], arn: str) -> str:
    if kind is not ActorKind.ROLE:
        return ""
    named = as_text(issuer.get("userName")) or as_text(issuer.get("arn")).rpartition("/")[2]
    if named:
        return named
    # arn:aws:sts::ACCOUNT:assumed-role/ROLE/SESSION
    parts = arn.partition(":assumed-role/")[2].split("/")
    return parts[0] or arn.partition(":role/")[2].rpartition("/")[2]


def _name(kind: ActorKind, identity: dict[str, Any], arn: str) -> str:
    """The most telling name: for sessions the session, else the user name, then what the ARN or the id ends with."""
    principal = as_text(identity.get("principalId"))
    last = arn.rpartition("/")[2] if "/" in arn else ""
    if kind in (ActorKind.ROLE, ActorKind.SSO, ActorKind.FEDERATED):
        # assumed-role/ROLE/SESSION; a role's own ARN has no session
        session = last if ":role/" not in arn else ""
        return session or principal.partition(":")[2] or as_text(identity.get("userName"))
    if kind is ActorKind.HIDDEN:
        return ""
    if kind is ActorKind.ROOT:
        return as_text(identity.get("userName"))  # the account alias, where there is one
    if kind is ActorKind.SERVICE:
        return as_text(identity.get("invokedBy")) or principal or as_text(identity.get("userName"))
    if kind is ActorKind.ACCOUNT:
        return as_text(identity.get("accountId")) or principal
    if kind is ActorKind.UNKNOWN:
        # DESIGN: arn, then principalId, then type
        return as_text(identity.get("userName")) or last or arn or principal or as_text(identity.get("type"))
    return as_text(identity.get("userName")) or last or principal


def _mfa(kind: ActorKind, identity: dict[str, Any], record: Record) -> Mfa:
    if kind in (ActorKind.SSO, ActorKind.SAML, ActorKind.WEB_IDENTITY, ActorKind.IDENTITY_CENTER):
        # These sessions say mfaAuthenticated=false even when the person used MFA at the provider.
        return Mfa.AT_PROVIDER
    used = as_text(record.part("additionalEventData").get("MFAUsed")).lower()
    attribute = _object(_object(identity, "sessionContext"), "attributes").get("mfaAuthenticated")
    shown = used or (
        attribute if isinstance(attribute, str) else str(attribute).lower() if attribute is not None else ""
    )
    if shown in ("true", "yes"):
        return Mfa.YES
    if shown in ("false", "no"):
        return Mfa.NO
    if as_text(identity.get("accessKeyId")).startswith(LONG_TERM_KEY):
        return Mfa.LONG_TERM_KEY
    return Mfa.UNKNOWN


def _key(kind: ActorKind, arn: str, name: str, identity: dict[str, Any]) -> str:
    base = arn or as_text(identity.get("principalId")) or name or as_text(identity.get("type")) or "unknown"
    return f"{base}#{name}" if kind in (ActorKind.ROLE, ActorKind.SSO, ActorKind.FEDERATED) else base


def phrase_of(actor: Actor) -> str:
    """The actor as a sentence names it: ``IAM user bob``, ``alice (role Deploy)``, ``the root user``.

    The text is as the record has it: whoever shows it makes it inert (`core.text.inert`).
    """
    who = _PHRASES[actor.kind](actor)
    return f"{who} through {actor.via}" if actor.via else who


def _of_provider(actor: Actor) -> str:
    return f" of {actor.provider}" if actor.provider else ""


_PHRASES: dict[ActorKind, Callable[[Actor], str]] = {
    ActorKind.USER: lambda a: f"IAM user {a.name}" if a.name else "an IAM user without a name",
    ActorKind.ROOT: lambda a: (
        ("a session that took on " if a.assumed else "")
        + (f"the root user of account {a.account}" if a.account else "the root user")
    ),
    ActorKind.ROLE: lambda a: (
        f"{a.name} (role {a.role})" if a.name and a.role else f"role {a.role or a.arn or a.name or 'unknown'}"
    ),
    ActorKind.SSO: lambda a: f"{a.name or a.person or 'someone'} (permission set {a.role})",
    ActorKind.FEDERATED: lambda a: f"federated user {a.name or a.arn or 'without a name'}",
    ActorKind.WEB_IDENTITY: lambda a: f"web identity {a.name or 'without a name'}{_of_provider(a)}",
    ActorKind.SAML: lambda a: f"SAML user {a.name or 'without a name'}{_of_provider(a)}",
    ActorKind.SERVICE: lambda a: f"AWS service {a.name or 'without a name'}",
    ActorKind.IDENTITY_CENTER: lambda a: f"Identity Center user {a.name or 'without an id'}",
    ActorKind.ACCOUNT: lambda a: f"account {a.name or 'unknown'}{f' (session {a.session})' if a.session else ''}",
    ActorKind.HIDDEN: lambda _: "somebody who gave a user name that the account does not have (CloudTrail hides it)",
    ActorKind.UNKNOWN: lambda a: a.name or "an unknown identity",
}
