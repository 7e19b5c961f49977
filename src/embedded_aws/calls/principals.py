"""Who calls: access keys and sessions of the account, and what CloudTrail writes of them.

"CloudTrail userIdentity element" (AWS CloudTrail User Guide) describes the forms; "Reviewing temporary
security credentials" (IAM User Guide) the prefixes AKIA and ASIA.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from moto.iam.models import iam_backends
from moto.sts.models import sts_backends

from embedded_aws.calls.http import ApiError

if TYPE_CHECKING:
    from embedded_aws.calls.operations import Scope

ANONYMOUS_KEY: Final = ""


class CallerKind(StrEnum):
    """The kinds of caller that the embedded AWS knows, spelled as `userIdentity.type`."""

    USER = "IAMUser"
    ROLE = "AssumedRole"
    ROOT = "Root"
    ANONYMOUS = "Anonymous"


@dataclass(frozen=True, slots=True)
class Credentials:
    """An access key, as a client is configured with it."""

    access_key_id: str
    secret_access_key: str = field(repr=False)
    session_token: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Session:
    """Temporary credentials.

    Attributes:
        mfa: whether an MFA code was given for them.
        policy: the session policy, which bounds what the role may do.
    """

    created: datetime
    expires: datetime
    mfa: bool = False
    policy: str = ""

    @property
    def attributes(self) -> dict[str, str]:
        """`sessionContext.attributes`, whose values are strings."""
        return {
            "creationDate": f"{self.created:%Y-%m-%dT%H:%M:%SZ}",
            "mfaAuthenticated": str(self.mfa).lower(),
        }


@dataclass(frozen=True, slots=True)
class Caller:
    """Who made a call, as it was at that moment.

    Attributes:
        name: of the user or the role.
        issuer_arn: of the role, for an assumed role.
        session: absent where long-lived keys are used.
    """

    kind: CallerKind
    arn: str
    account_id: str
    principal_id: str
    access_key_id: str
    name: str = ""
    issuer_arn: str = ""
    session: Session | None = None

    def identity(self) -> dict[str, Any]:
        """Return the record's `userIdentity`."""
        identity: dict[str, Any] = {
            "type": self.kind.value,
            "principalId": self.principal_id,
            "arn": self.arn,
            "accountId": self.account_id,
            "accessKeyId": self.access_key_id,
        }
        if self.kind is CallerKind.USER:
            identity["userName"] = self.name
        if self.session is not None:
            identity["sessionContext"] = self._session_context(self.session)
        return identity

    def _session_context(self, session: Session) -> dict[str, Any]:
        if self.kind is not CallerKind.ROLE:
            return {"attributes": session.attributes}
        issuer = {
            "type": "Role",
            "principalId": self.principal_id.partition(":")[0],
            "arn": self.issuer_arn,
            "accountId": self.account_id,
            "userName": self.name,
        }
        return {"sessionIssuer": issuer, "attributes": session.attributes}


@dataclass(slots=True)
class _UserSession:
    user_name: str
    token: str
    session: Session


class Principals:
    """The access keys that are valid now, and whom each belongs to.

    Args:
        account_id: of the embedded account.
        partition: such as ``aws``.
        root: the root user's access key, which IAM does not list.
    """

    def __init__(self, account_id: str, partition: str, root: Credentials) -> None:
        self._account_id = account_id
        self._partition = partition
        self._root = root
        self._with_mfa: set[str] = set()
        self._user_sessions: dict[str, _UserSession] = {}

    def authenticate(self, scope: Scope, service: str, protocol: str) -> Caller:
        """Return the caller that the request's access key belongs to; the signature itself is not verified.

        Raises:
            ApiError: the key is unknown or inactive, its token is wrong, or its session has expired
            ("Common error
                types" of each API reference).
        """
        if scope.access_key_id == ANONYMOUS_KEY:
            return Caller(CallerKind.ANONYMOUS, "", self._account_id, "", "")
        caller = self._find(scope)
        if caller is None:
            raise _invalid_token(service, protocol)
        if caller.session is not None and caller.session.expires <= datetime.now(UTC):
            code = "ExpiredTokenException" if protocol in {"json", "rest-json"} else "ExpiredToken"
            raise ApiError(code, "The security token included in the request is expired", 403)
        return caller

    def note_mfa(self, access_key_id: str) -> None:
        """Remember that an MFA code was given when this session was made."""
        self._with_mfa.add(access_key_id)

    def add_user_session(self, caller: Caller, credentials: Credentials, lifetime: timedelta, *, mfa: bool) -> Session:
        """Make temporary credentials of an IAM user valid, as GetSessionToken does."""
        now = datetime.now(UTC).replace(microsecond=0)
        session = Session(now, now + lifetime, mfa)
        self._user_sessions[credentials.access_key_id] = _UserSession(
            caller.name, credentials.session_token or "", session
        )
        return session

    def _find(self, scope: Scope) -> Caller | None:
        if scope.access_key_id == self._root.access_key_id:
            arn = f"arn:{self._partition}:iam::{self._account_id}:root"
            return Caller(CallerKind.ROOT, arn, self._account_id, self._account_id, scope.access_key_id)
        if scope.access_key_id in self._user_sessions:
            return self._session_user(scope)
        return self._key_user(scope) or self._assumed_role(scope)

    def _session_user(self, scope: Scope) -> Caller | None:
        known = self._user_sessions[scope.access_key_id]
        user = self._iam.users.get(known.user_name)
        if user is None or known.token != scope.token:
            return None
        return self._user_caller(user, scope.access_key_id, known.session)

    def _key_user(self, scope: Scope) -> Caller | None:
        if scope.token:
            return None
        for user in list(self._iam.users.values()):
            for key in list(user.access_keys):
                if key.access_key_id == scope.access_key_id and key.status == "Active":
                    return self._user_caller(user, scope.access_key_id, None)
        return None

    def _user_caller(self, user: Any, access_key_id: str, session: Session | None) -> Caller:  # noqa: ANN401 - moto's
        return Caller(CallerKind.USER, user.arn, self._account_id, user.id, access_key_id, user.name, session=session)

    def _assumed_role(self, scope: Scope) -> Caller | None:
        sts = sts_backends[self._account_id][self._partition]
        assumed = sts.get_assumed_role_from_access_key(scope.access_key_id)
        if assumed is None or assumed.session_token != scope.token:
            return None
        role = next((one for one in list(self._iam.roles.values()) if one.arn == assumed.role_arn), None)
        if role is None:
            return None
        session = Session(
            assumed.access_key.create_date.replace(tzinfo=UTC),
            assumed.expiration.replace(tzinfo=UTC),
            mfa=scope.access_key_id in self._with_mfa,
            policy=assumed.policy or "",
        )
        return Caller(
            CallerKind.ROLE,
            assumed.arn,
            self._account_id,
            f"{role.id}:{assumed.session_name}",
            scope.access_key_id,
            role.name,
            role.arn,
            session,
        )

    @property
    def _iam(self) -> Any:  # noqa: ANN401 - moto's
        return iam_backends[self._account_id][self._partition]


def _invalid_token(service: str, protocol: str) -> ApiError:
    if service == "s3":  # "Error responses", Amazon S3 API Reference
        return ApiError("InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.", 403)
    if protocol == "ec2":  # "Error codes for the Amazon EC2 API"
        return ApiError("AuthFailure", "AWS was not able to validate the provided access credentials", 401)
    json_spoken = protocol in {"json", "rest-json"}  # "Common errors" of the query APIs and of the JSON APIs
    code = "UnrecognizedClientException" if json_spoken else "InvalidClientTokenId"
    return ApiError(code, "The security token included in the request is invalid.", 403)
