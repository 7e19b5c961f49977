"""To whom it was done: the subject of a record, and what of it was touched.

A successful call names its subject in ``requestParameters``. A denied IAM call has none there (all 54 distinct denied
IAM records seen have ``requestParameters: null``): the name stands only in ``errorMessage``. A few calls may omit the
name because the caller is the subject (IAM API Reference, for example "DeleteAccessKey": "If you do not specify a user
name, IAM determines the user name implicitly based on the access key ID signing the request").
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from tocsin.core.record.actor import Actor, ActorKind
from tocsin.core.record.named_elsewhere import HIDDEN, by_its_noun, member_of, reported, taken_on
from tocsin.core.record.record import NATIVE, Record, as_text
from tocsin.core.record.subject_kinds import KINDS_BY_EVENT, NAMELESS, OBJECTS, RESOURCE_KINDS, SUBJECTS

# With what a kind starts that is spoken with a vowel.
_VOWELS = (*"aeioAEIO", "MFA")


class Subject(NamedTuple):
    """To whom, or to what, it was done.

    Attributes:
        kind: in words, such as ``IAM user``, ``IAM role``, ``trail``.
        name: as the record has it; ``""`` if it names none.
        account: the account it belongs to, or ``""``.
        id: the unique id (``AIDA...``) where the record tells it, which tells recreated names apart; else ``""``.
    """

    kind: str
    name: str
    account: str = ""
    id: str = ""

    def __str__(self) -> str:
        """Kind and name, as a sentence says them."""
        if self.name:
            return f"{self.kind} {self.name}"
        return f"{'an' if self.kind.startswith(_VOWELS) else 'a'} {self.kind} that the record does not name"


# The caller is the subject when no user is named (IAM API Reference, each operation's UserName parameter).
SELF_CALLS = frozenset(
    {
        "ChangePassword",
        "CreateAccessKey",
        "CreateServiceSpecificCredential",
        "DeactivateMFADevice",
        "DeleteAccessKey",
        "DeleteLoginProfile",
        "DeleteServiceSpecificCredential",
        "DeleteSigningCertificate",
        "EnableMFADevice",
        "GetUser",
        "ListAccessKeys",
        "ListMFADevices",
        "ListServiceSpecificCredentials",
        "ListSigningCertificates",
        "UpdateAccessKey",
        "UpdateServiceSpecificCredential",
        "UpdateSigningCertificate",
        "UploadSigningCertificate",
    }
)

# What AWS says: User: ARN is not authorized to perform: iam:DeleteUser on resource: user NAME because no ...
# No ARN, path or session name holds a space, so what an attacker chooses cannot end the first part early.
DENIED = re.compile(
    r"User: \S+ is not authorized to perform: (?P<action>[\w-]+:\w+)"
    r"(?: on resource: (?P<resource>(?:instance profile |[a-z-]+ )?\S+))?"
)


def subject_of(record: Record, actor: Actor) -> Subject | None:
    """The subject of a record, or None if nothing in it tells one.

    Args:
        record: the record.
        actor: its actor, who is the subject of calls that may omit it.
    """
    if told := _from_notification(record):
        return told
    if _names_nobody(record):
        # A key or a device that the call names is what was touched; whose it is, is the caller.
        return _from_message(record) or _self(record, actor) or _from_parameters(record)
    return (
        _named_elsewhere(record)
        or _from_parameters(record)
        or _from_message(record)
        or _nameless(record)
        or _by_its_noun(record)
    )


def _named_elsewhere(record: Record) -> Subject | None:
    """What stands where no parameter of a known name is: members of groups, what STS lets take on, service events."""
    if member := member_of(record):
        return Subject("Identity Center user", member, record.account)
    if found := taken_on(record):
        return Subject(*found)
    told = reported(record)
    return Subject(*told, told[1] if told[0] == "account" else record.account) if told else None


def _by_its_noun(record: Record) -> Subject | None:
    found = by_its_noun(record)
    return Subject(*found, record.account) if found else None


def _from_notification(record: Record) -> Subject | None:
    """Of a service's own notification: the ARN among the event's resources (``arn:aws:identitystore:::user/ID``).

    IAM Identity Center User Guide, "EventBridge event message structure". No such event was seen: the id is also
    looked for in the detail.
    """
    event = record.event or {}
    if record.name not in NATIVE.get(as_text(event.get("source")), ()):
        return None
    word = record.name.partition(" ")[0].lower()
    resources = event.get("resources")
    arns = [as_text(arn) for arn in resources] if isinstance(resources, list) else []
    named = next((arn.rpartition("/")[2] for arn in arns if f":{word}/" in arn), "")
    told = (as_text(record.raw.get(key)) for key in (f"{word}-id", f"{word}Id", f"{word.capitalize()}Id"))
    return Subject(f"Identity Center {word}", named or next(filter(None, told), ""), record.account)


def _from_parameters(record: Record) -> Subject | None:
    parameters = record.part("requestParameters")
    for key, kind in SUBJECTS.get(record.service, ()):
        if key not in parameters:
            continue
        name = _first_text(parameters[key])
        if name.startswith("arn:") and record.service == "iam":
            name = name.rpartition("/")[2]
        name = name.removeprefix("https://") if key == "url" else name
        if name and kind == "identity store" and (made := _made_there(record)):
            return made
        if name:
            return Subject(KINDS_BY_EVENT.get(record.name, kind), name, record.account, _unique_id(record, kind))
    if record.service in ("identitystore", "sso-directory") and (group := record.part("responseElements").get("group")):
        return Subject("Identity Center group", _first_text(group), record.account)
    flow_log = parameters.get("DeleteFlowLogsRequest")
    if isinstance(flow_log, dict):
        return Subject("flow log", _first_text(flow_log.get("FlowLogId")), record.account)
    return None


def _made_there(record: Record) -> Subject | None:
    """The user that a call made in an identity store: its request hides the name, its answer tells the id."""
    answer = record.part("responseElements")
    user = answer.get("user")
    made = as_text(user.get("userId")) if isinstance(user, dict) else as_text(answer.get("userId"))
    return Subject("Identity Center user", made, record.account) if made else None


def _first_text(value: object) -> str:
    """A text itself; of a list of texts all; of an object its ``content`` or id, as EC2 and others write them."""
    if isinstance(value, str):
        return "" if value in HIDDEN else value
    if isinstance(value, list) and value:
        # Of names all: the one that matters may be the last. Of objects the first.
        return ", ".join(value) if all(isinstance(item, str) for item in value) else _first_text(value[0])
    if isinstance(value, dict):
        return next((as_text(value[key]) for key in ("content", "displayName", "groupId") if key in value), "")
    return ""


def _unique_id(record: Record, kind: str) -> str:
    """The unique id that a response tells: CreateUser, UpdateUser and their like answer with ``user.userId``."""
    short = {"IAM user": ("user", "userId"), "IAM role": ("role", "roleId"), "IAM group": ("group", "groupId")}.get(
        kind
    )
    if short is None:
        return ""
    answer = record.part("responseElements").get(short[0])
    return as_text(answer.get(short[1])) if isinstance(answer, dict) else ""


def _from_message(record: Record) -> Subject | None:
    denied = DENIED.match(record.error_message)
    resource = denied["resource"] if denied else None
    if not resource or resource.startswith("because"):
        return None
    word, space, rest = resource.rpartition(" ")
    if space and word in RESOURCE_KINDS:
        # "user division/bob": some messages give the path too
        return Subject(RESOURCE_KINDS[word], rest.rpartition("/")[2] or rest, record.account)
    named = word or rest
    if named.startswith("arn:"):
        return _from_arn(named, record)
    return Subject(_kind_untold(record), named, record.account) if named != "*" else None


def _kind_untold(record: Record) -> str:
    """What a resource is called of which a message gives the name alone."""
    if record.service == "iam":
        return NAMELESS.get(record.name, "IAM resource")
    return SUBJECTS.get(record.service, (("", "resource"),))[0][1]


def _from_arn(arn: str, record: Record) -> Subject:
    """arn:PARTITION:SERVICE:REGION:ACCOUNT:TYPE/NAME, or TYPE:NAME (IAM User Guide, "IAM identifiers")."""
    parts = arn.split(":", 5)
    tail = parts[5] if len(parts) == 6 else ""  # noqa: PLR2004 - an ARN has six parts
    account = parts[4] if tail else ""
    kind, _, name = tail.replace(":", "/", 1).partition("/") if tail else ("", "", arn)
    if record.service == "iam":
        name = name.rpartition("/")[2] or name
    elif record.service == "logs":
        name, _, stream = name.partition(":log-stream:")
        kind, name = ("log-stream", stream) if stream else (kind, name)
    if not name:
        kind, name = "", tail
    return Subject(RESOURCE_KINDS.get(kind, _kind_untold(record)), name, account or record.account)


def _names_nobody(record: Record) -> bool:
    """Whether it is a call that is about its caller because it names no user."""
    if record.service != "iam" or record.name not in SELF_CALLS:
        return False
    return not _first_text(record.part("requestParameters").get("userName"))


def _self(record: Record, actor: Actor) -> Subject | None:
    if actor.kind is ActorKind.USER and actor.name:
        return Subject("IAM user", actor.name, actor.account or record.account)
    if actor.kind is ActorKind.ROOT:
        return Subject("root user", actor.account or record.account, actor.account or record.account)
    return None


def _nameless(record: Record) -> Subject | None:
    if record.name == "LeaveOrganization":
        return Subject("account", record.account, record.account)
    kind = NAMELESS.get(record.name) if record.service == "iam" else None
    return Subject(kind, "", record.account) if kind else None


def is_self(actor: Actor, subject: Subject | None) -> bool:
    """Whether an IAM user acted on itself."""
    return (
        subject is not None
        and actor.kind is ActorKind.USER
        and subject.kind == "IAM user"
        and bool(subject.name)
        and (actor.name, actor.account) == (subject.name, subject.account)
    )


def object_of(record: Record, subject: Subject | None) -> str:
    """What of the subject was touched: a group, a policy's name, a key id; ``""`` if the record names none."""
    parameters: dict[str, Any] = record.part("requestParameters")
    known = SUBJECTS.get(record.service, ())
    for key in OBJECTS:
        if key not in parameters:
            continue
        value = as_text(parameters.get(key))
        value = value.rpartition("/")[2] if value.startswith("arn:") else value
        # A user may bear the name of its group: only the parameter that named the subject is the subject.
        is_subject = subject is not None and value == subject.name and (key, subject.kind) in known
        if value and not is_subject:
            return value
    return ""
