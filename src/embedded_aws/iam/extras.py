"""IAM and STS operations that moto lacks: boundaries of users, Git credentials, own password, own session.

Each is described under its name in the IAM or STS API Reference.
"""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from embedded_aws.calls.http import ApiError
from embedded_aws.calls.principals import CallerKind, Credentials, Principals

if TYPE_CHECKING:
    from collections.abc import Callable

    from embedded_aws.calls.exchange import ApiRequest, Handler

_Result = dict[str, Any]
_SESSION_SECONDS: Final = 43_200


def handlers(principals: Principals, iam: Any) -> dict[tuple[str, str], Handler]:  # noqa: ANN401 - moto's
    """Return our handlers by service and operation.

    Args:
        principals: which learns of new sessions.
        iam: moto's IAM state of the account.
    """
    users, sessions = _Users(iam), _Sessions(principals)
    ours: dict[str, Callable[[ApiRequest], _Result]] = {
        "ChangePassword": users.change_password,
        "CreateLoginProfile": users.create_login_profile,
        "CreateServiceSpecificCredential": users.create_credential,
        "CreateUser": users.create_user,
        "DeleteServiceSpecificCredential": users.delete_credential,
        "DeleteUserPermissionsBoundary": users.delete_boundary,
        "ListServiceSpecificCredentials": users.list_credentials,
        "PutUserPermissionsBoundary": users.put_boundary,
        "ResyncMFADevice": users.resync_mfa_device,
        "UpdateLoginProfile": users.update_login_profile,
        "UpdateServiceSpecificCredential": users.update_credential,
    }
    return {("iam", name): handler for name, handler in ours.items()} | {
        ("sts", "AssumeRole"): sessions.assume_role,
        ("sts", "GetSessionToken"): sessions.get_session_token,
    }


class _Users:
    def __init__(self, iam: Any) -> None:  # noqa: ANN401 - moto's
        self._iam = iam

    def create_user(self, request: ApiRequest) -> _Result:
        """Moto forgets the boundary."""
        boundary = request.params.get("PermissionsBoundary")
        if boundary:
            self._policy(boundary)
        result = request.forward()
        if boundary:
            result["User"]["PermissionsBoundary"] = _set_boundary(self._user(request), boundary)
        return result

    def create_login_profile(self, request: ApiRequest) -> _Result:
        """Moto forgets whether the password has to be changed."""
        result = request.forward()
        required = bool(request.params.get("PasswordResetRequired"))
        self._user(request).password_reset_required = required
        result["LoginProfile"]["PasswordResetRequired"] = required
        return result

    def update_login_profile(self, request: ApiRequest) -> _Result:
        """What is not given stays as it is; moto would take the password away."""
        user = self._user(request)
        if not user.password:
            raise ApiError("NoSuchEntity", f"Login Profile for User {user.name} cannot be found.", 404)
        user.password = request.params.get("Password", user.password)
        user.password_reset_required = request.params.get("PasswordResetRequired", user.password_reset_required)
        return {}

    def put_boundary(self, request: ApiRequest) -> _Result:
        boundary = request.params["PermissionsBoundary"]
        self._policy(boundary)
        _set_boundary(self._user(request), boundary)
        return {}

    def delete_boundary(self, request: ApiRequest) -> _Result:
        user = self._user(request)
        if not getattr(user, "permissions_boundary", None):
            raise ApiError("NoSuchEntity", f"User {user.name} does not have a permission boundary", 404)
        user.permissions_boundary = None
        return {}

    def create_credential(self, request: ApiRequest) -> _Result:
        user = self._user(request)
        name = f"{user.name}-at-{request.account_id}"
        credential = {
            "CreateDate": datetime.now(UTC),
            "ServiceName": request.params["ServiceName"],
            "ServiceUserName": name,
            "ServiceSpecificCredentialId": "ACCA" + secrets.token_hex(8).upper(),
            "UserName": user.name,
            "Status": "Active",
        }
        _credentials(user).append(credential)
        return {"ServiceSpecificCredential": {**credential, "ServicePassword": secrets.token_urlsafe(32)}}

    def list_credentials(self, request: ApiRequest) -> _Result:
        service = request.params.get("ServiceName")
        found = [one for one in _credentials(self._user(request)) if service in {None, one["ServiceName"]}]
        return {"ServiceSpecificCredentials": found, "IsTruncated": False}

    def update_credential(self, request: ApiRequest) -> _Result:
        self._credential(request)["Status"] = request.params["Status"]
        return {}

    def delete_credential(self, request: ApiRequest) -> _Result:
        _credentials(self._user(request)).remove(self._credential(request))
        return {}

    def change_password(self, request: ApiRequest) -> _Result:
        user = self._user(request)
        if not user.password:
            raise ApiError("NoSuchEntity", f"Login Profile for User {user.name} cannot be found.", 404)
        if user.password != request.params["OldPassword"]:
            raise ApiError("AccessDenied", "The old password was incorrect.", 403)
        user.password = request.params["NewPassword"]
        user.password_reset_required = False
        return {}

    def resync_mfa_device(self, request: ApiRequest) -> _Result:
        if request.params["SerialNumber"] not in self._user(request).mfa_devices:
            name = f"MFADevice entity with serial number {request.params['SerialNumber']}"
            raise ApiError("NoSuchEntity", f"{name} cannot be found.", 404)
        return {}

    def _user(self, request: ApiRequest) -> Any:  # noqa: ANN401 - moto's
        name = request.params.get("UserName") or (request.caller.name if request.caller.kind is CallerKind.USER else "")
        user = self._iam.users.get(name)
        if user is None:
            raise ApiError("NoSuchEntity", f"The user with name {name} cannot be found.", 404)
        return user

    def _policy(self, arn: str) -> None:
        if arn not in self._iam.managed_policies:
            raise ApiError("NoSuchEntity", f"Policy {arn} does not exist or is not attachable.", 404)

    def _credential(self, request: ApiRequest) -> dict[str, Any]:
        wanted = request.params["ServiceSpecificCredentialId"]
        for one in _credentials(self._user(request)):
            if one["ServiceSpecificCredentialId"] == wanted:
                return one
        raise ApiError("NoSuchEntity", f"The Service Specific Credential {wanted} cannot be found.", 404)


class _Sessions:
    def __init__(self, principals: Principals) -> None:
        self._principals = principals

    def assume_role(self, request: ApiRequest) -> _Result:
        """Moto does not keep whether an MFA code was given; which code is not checked."""
        result = request.forward()
        if request.params.get("SerialNumber") and request.params.get("TokenCode"):
            self._principals.note_mfa(result["Credentials"]["AccessKeyId"])
        return result

    def get_session_token(self, request: ApiRequest) -> _Result:
        """Moto answers the same example key to everybody."""
        if request.caller.kind is not CallerKind.USER or request.caller.session is not None:
            raise ApiError("AccessDenied", "Cannot call GetSessionToken with session credentials", 403)
        made = Credentials("ASIA" + secrets.token_hex(8).upper(), secrets.token_urlsafe(30), secrets.token_urlsafe(200))
        lifetime = timedelta(seconds=request.params.get("DurationSeconds") or _SESSION_SECONDS)
        mfa = bool(request.params.get("SerialNumber") and request.params.get("TokenCode"))
        session = self._principals.add_user_session(request.caller, made, lifetime, mfa=mfa)
        return {
            "Credentials": {
                "AccessKeyId": made.access_key_id,
                "SecretAccessKey": made.secret_access_key,
                "SessionToken": made.session_token,
                "Expiration": session.expires,
            }
        }


def _set_boundary(user: Any, arn: str) -> dict[str, str]:  # noqa: ANN401 - moto's
    user.permissions_boundary = {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn}
    return dict(user.permissions_boundary)


def _credentials(user: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - moto's
    if not hasattr(user, "service_credentials"):
        user.service_credentials = []
    kept: list[dict[str, Any]] = user.service_credentials
    return kept
