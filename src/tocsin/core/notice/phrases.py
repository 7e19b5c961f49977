"""A neutral sentence for any record: who did what to whom, where no rule has words of its own."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from tocsin.core.record.named_elsewhere import in_words, words_of
from tocsin.core.record.result import Result, plain_code

if TYPE_CHECKING:
    from tocsin.core.record.subject import Subject

_PAST = {
    "Accept": "accepted",
    "Add": "added",
    "Ask": "asked",
    "Associate": "associated",
    "Authorize": "authorized",
    "Attach": "attached",
    "Cancel": "cancelled",
    "Change": "changed",
    "Close": "closed",
    "Create": "created",
    "Deactivate": "deactivated",
    "Delete": "deleted",
    "Deregister": "deregistered",
    "Detach": "detached",
    "Disable": "disabled",
    "Disassociate": "disassociated",
    "Enable": "enabled",
    "Execute": "executed",
    "Get": "read",
    "Give": "gave",
    "Leave": "left",
    "List": "listed",
    "Modify": "modified",
    "Move": "moved",
    "Purge": "purged",
    "Put": "put",
    "Register": "registered",
    "Remove": "removed",
    "Renew": "renewed",
    "Replace": "replaced",
    "Reset": "reset",
    "Revoke": "revoked",
    "Schedule": "scheduled",
    "Set": "set",
    "Sign": "signed",
    "Start": "started",
    "Stop": "stopped",
    "Subscribe": "subscribed",
    "Switch": "switched",
    "Tag": "tagged",
    "Take": "took",
    "Unsubscribe": "unsubscribed",
    "Untag": "untagged",
    "Update": "changed",
    "Upload": "uploaded",
}
_PREPOSITIONS = {"Put": "on", "Add": "to", "Remove": "from"}
_FORM = re.compile(r"\{to\}|\{what:(?P<noun>[^}]+)\}")
_BASE = {"Update": "change", "Get": "read"}

# Where the words of the name do not make the sentence by themselves. {to} is the subject, {what:policy} what was
# touched: "policy ReadOnly" where the record names it, else "a policy".
_PHRASES = {
    "AddUserToGroup": ("Add", "{to} to {what:group}"),
    "RemoveUserFromGroup": ("Remove", "{to} from {what:group}"),
    "AttachUserPolicy": ("Attach", "{what:policy} to {to}"),
    "AttachRolePolicy": ("Attach", "{what:policy} to {to}"),
    "AttachGroupPolicy": ("Attach", "{what:policy} to {to}"),
    "DetachUserPolicy": ("Detach", "{what:policy} from {to}"),
    "DetachRolePolicy": ("Detach", "{what:policy} from {to}"),
    "DetachGroupPolicy": ("Detach", "{what:policy} from {to}"),
    "PutUserPolicy": ("Put", "{what:inline policy} on {to}"),
    "PutRolePolicy": ("Put", "{what:inline policy} on {to}"),
    "PutGroupPolicy": ("Put", "{what:inline policy} on {to}"),
    "DeleteUserPolicy": ("Delete", "{what:inline policy} of {to}"),
    "DeleteRolePolicy": ("Delete", "{what:inline policy} of {to}"),
    "DeleteGroupPolicy": ("Delete", "{what:inline policy} of {to}"),
    "PutUserPermissionsBoundary": ("Put", "a permissions boundary on {to}"),
    "PutRolePermissionsBoundary": ("Put", "a permissions boundary on {to}"),
    "DeleteUserPermissionsBoundary": ("Delete", "the permissions boundary of {to}"),
    "DeleteRolePermissionsBoundary": ("Delete", "the permissions boundary of {to}"),
    "CreateAccessKey": ("Create", "an access key for {to}"),
    "UpdateAccessKey": ("Update", "the status of {what:access key} of {to}"),
    "DeleteAccessKey": ("Delete", "{what:access key} of {to}"),
    "CreateLoginProfile": ("Create", "a console password for {to}"),
    "UpdateLoginProfile": ("Reset", "the console password of {to}"),
    "DeleteLoginProfile": ("Delete", "the console password of {to}"),
    "ChangePassword": ("Change", "the password of {to}"),
    "DeactivateMFADevice": ("Deactivate", "{what:MFA device} of {to}"),
    "DeleteVirtualMFADevice": ("Delete", "{to}"),
    "AddRoleToInstanceProfile": ("Add", "{what:role} to {to}"),
    "RemoveRoleFromInstanceProfile": ("Remove", "{what:role} from {to}"),
    "CreateAccountAssignment": ("Create", "an account assignment for {to} in {what:account}"),
    "DeleteAccountAssignment": ("Delete", "an account assignment of {to} in {what:account}"),
    "AddMemberToGroup": ("Add", "{to} to {what:group}"),
    "CreateGroupMembership": ("Add", "{to} to {what:group}"),
    "RemoveMemberFromGroup": ("Remove", "{to} from {what:group}"),
    "CreateOpenIDConnectProvider": ("Create", "{to}"),
    "DeleteOpenIDConnectProvider": ("Delete", "{to}"),
    "AddClientIDToOpenIDConnectProvider": ("Add", "a client to {to}"),
    "RemoveClientIDFromOpenIDConnectProvider": ("Remove", "a client from {to}"),
    "UpdateOpenIDConnectProviderThumbprint": ("Update", "the thumbprint of {to}"),
    "LeaveOrganization": ("Leave", "the organization with {to}"),
    "UpdateAssumeRolePolicy": ("Update", "the trust policy of {to}"),
    "User Deleted": ("Delete", "{to}"),
    "Group Deleted": ("Delete", "{to}"),
    "Subscribe": ("Subscribe", "somebody to {to}"),
    "AttachPolicy": ("Attach", "{to} to {what:target}"),
    "DetachPolicy": ("Detach", "{to} from {what:target}"),
    "DeleteGroupMembership": ("Delete", "{to}"),
    "RemoveAccountFromOrganization": ("Remove", "{to} from the organization"),
}


# Credentials that are handed out, by the API reference of each service, and sign-ins: what is read there can be used.
_PHRASES |= {
    **dict.fromkeys(("AssumeRole", "AssumeRoleWithSAML", "AssumeRoleWithWebIdentity"), ("Take", "on {to}")),
    "AssumeRoot": ("Take", "on the {to}"),
    "GetFederationToken": ("Take", "temporary credentials for {to}"),
    "GetSessionToken": ("Take", "temporary credentials of its own"),
    "GetRoleCredentials": ("Take", "temporary credentials of {to}"),
    "GetAuthorizationToken": ("Take", "a token for a registry"),
    "GetClusterCredentials": ("Take", "credentials for a database"),
    "GetClusterCredentialsWithIAM": ("Take", "credentials for a database"),
    "GetCredentialsForIdentity": ("Take", "temporary credentials of an identity pool"),
    "GetDataAccess": ("Take", "temporary credentials for data in S3"),
    "GetOpenIdToken": ("Take", "a token of an identity pool"),
    "GetOpenIdTokenForDeveloperIdentity": ("Take", "a token of an identity pool"),
    "GetPasswordData": ("Take", "the administrator's password of {to}"),
    "GetServiceBearerToken": ("Take", "a bearer token"),
    "GetSigninToken": ("Take", "a token to sign in to the console"),
    "GetWebIdentityToken": ("Take", "a web identity token"),
    "ConsoleLogin": ("Sign", "in to the console"),
    "Authenticate": ("Sign", "in to IAM Identity Center"),
    "UserAuthentication": ("Sign", "in to IAM Identity Center"),
    "CredentialVerification": ("Give", "credentials to IAM Identity Center"),
    "Federate": ("Sign", "in to an account through IAM Identity Center"),
    "SwitchRole": ("Switch", "roles in the console"),
    "ExitRole": ("Leave", "a role in the console"),
    "RenewRole": ("Renew", "a role in the console"),
    "PasswordRecoveryRequested": ("Ask", "for a new password"),
    "PasswordRecoveryCompleted": ("Set", "a new password by mail"),
}
_ENTRIES = frozenset({"ConsoleLogin", "Authenticate", "UserAuthentication", "CredentialVerification", "Federate",
                      "SwitchRole", "ExitRole", "RenewRole", "PasswordRecoveryRequested",
                      "PasswordRecoveryCompleted"})  # fmt: skip
_TO = re.compile(r" (?:for|from|of|on|to) (?:the )?\{to\}$")


def deed(event_name: str, subject: Subject | None, what: str) -> tuple[str, str]:
    """What was done, in the past and as an infinitive without "to".

    Args:
        event_name: as CloudTrail writes it.
        subject: to whom, or None if the record does not tell.
        what: what of the subject was touched, or ``""``.

    Returns:
        ``("deleted access key AKIA1 of IAM user bob", "delete access key AKIA1 of IAM user bob")``.
    """
    verb, rest = _said(event_name, subject, what)
    if verb not in _PAST:
        on = f" on {subject}" if subject else ""
        return f"called {event_name}{on}", f"call {event_name}{on}"
    return f"{_PAST[verb]} {rest}", f"{_BASE.get(verb, verb.lower())} {rest}"


def _said(event_name: str, subject: Subject | None, what: str) -> tuple[str, str]:
    known = _PHRASES.get(event_name)
    if known and (subject or "{to}" not in _TO.sub("", known[1])):
        verb, form = known
        if subject is None or event_name in _ENTRIES:
            return verb, _TO.sub("", form)
        if event_name.endswith(("ToGroup", "FromGroup", "GroupMembership")) and subject.kind.endswith("group"):
            form = form.replace("{to}", "a user").replace("{what:group}", "{to}")
        # One pass, so that braces in a name are never read as a placeholder.
        return verb, _FORM.sub(lambda found: _touched(found["noun"], what) if found["noun"] else str(subject), form)
    verb, noun = _parts(event_name)
    if subject is None or not verb:
        return verb, noun or "something that the record does not name"
    if not noun or subject.kind.lower().endswith(noun.lower().removesuffix("s")):
        return verb, str(subject)
    return verb, f"{noun} {_PREPOSITIONS.get(verb, 'of')} {subject}"


@lru_cache(maxsize=1024)  # a trail has few names, each of them many times
def _parts(event_name: str) -> tuple[str, str]:
    """A name's verb and, in words, what comes after it: ``Put`` and ``bucket ACL`` of PutBucketACL."""
    verb, *rest = words_of(event_name) or [""]
    return verb, in_words(rest)


def _touched(noun: str, what: str) -> str:
    if what:
        return f"{noun} {what}"
    return f"{'an' if noun[0] in 'aeiouM' else 'a'} {noun}"


def neutral(actor: str, event_name: str, subject: Subject | None, what: str, error: str) -> tuple[str, str]:
    """The subject line and the sentence for a record that no rule has words for.

    Args:
        actor: who did it, as `actor.phrase_of` says it.
        event_name: as CloudTrail writes it.
        subject: to whom.
        what: what of the subject was touched.
        error: why it failed, in words (`refusal`); ``""`` for a call that succeeded.
    """
    past, base = deed(event_name, subject, what)
    failed = error.removeprefix("the call failed ")
    if event_name.endswith("Result") and (report := _report(event_name, subject, base)):
        ended = f"failed {failed}" if error else "has ended well"
        return f"{report} {ended}", f"{report} {ended}"
    if not error:
        return f"{actor} {past}", f"{actor} {past}"
    if event_name in _ENTRIES:
        return f"{actor} tried to {base}", f"{actor} tried to {base} and failed {failed}"
    return f"{actor} tried to {base}", f"{actor} tried to {base}, and AWS refused: {error}"


def _report(event_name: str, subject: Subject | None, base: str) -> str:
    """What a service reports the end of: ``creating account 4444...`` of CreateAccountResult; ``""`` if nothing."""
    verb, _, noun = base.removesuffix(" result").partition(" ")
    words = words_of(event_name)
    if words[0] not in _PAST or not noun:
        return ""
    named = str(subject) if subject else f"{'an' if noun[0] in 'aeiou' else 'a'} {' '.join(words[1:-1]).lower()}"
    return f"{verb.removesuffix('e')}ing {named}"


_ENDED = {
    Result.DENIED: "access denied",
    Result.CONFLICT: "something still hangs on it",
    Result.MISSING: "no such thing",
    Result.FAILED: "the call failed",
    Result.DONE: "",
}


def refusal(result: Result, code: str, barrier: str = "") -> str:
    """Why a call failed, in words: ``access denied by a service control policy (AccessDenied)``."""
    if result is Result.DONE and not code:
        return ""
    words = f"access denied by {barrier}" if barrier and result is Result.DENIED else _ENDED[result]
    return f"{words} ({plain_code(code)})" if code else words
