"""What a record is about where no parameter of the known ones names it: members, roles, service events, and the rest.

Each finder gives a kind and a name, or None. Request and response carry the API's own field names with a lower first
letter (CloudTrail User Guide, "CloudTrail record contents"), so what a call is about is looked for under the noun of
its name: ``url`` and ``openIDConnectProviderArn`` of CreateOpenIDConnectProvider, ``regionName`` of EnableRegion.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from tocsin.core.record.record import as_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tocsin.core.record.record import Record

# What CloudTrail writes in place of what it hides (CloudTrail User Guide, "AWS Management Console sign-in events": a
# wrong user name; AWS Organizations User Guide: names and addresses of accounts; IAM Identity Center: names of people).
HIDDEN_USER = "HIDDEN_DUE_TO_SECURITY_REASONS"
HIDDEN = frozenset({HIDDEN_USER, "***", "****", "*****", "********"})
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z][a-z]+|\d+")
# CloudTrail puts an API version behind some names: DeleteFunction20150331, UpdateFunctionCode20150331v2.
_VERSION = re.compile(r"\d{8}(v\d+)?$")
# STS API Reference; IAM User Guide, "Logging IAM and AWS STS API calls with AWS CloudTrail".
_ROLE = re.compile(r"arn:aws[a-z-]*:iam::(?P<account>\d{12}):role/(?:[!-~]*/)?(?P<name>[^/]+)")
_ROOT = re.compile(r"(?:arn:aws[a-z-]*:iam::)?(?P<account>\d{12})(?::root)?")
_ENDS = ("", "name", "id", "arn", "identifier")
# Of what a call made, in this order, where nothing bears its noun.
_MAKING = ("Create", "Register", "Enable", "Accept", "Import", "Update")
_PLAIN = ("name", "arn", "id", "url")
_LONGEST_NAME = 512


def taken_on(record: Record) -> tuple[str, str, str] | None:
    """Of a call of STS: kind, name and account of what is taken on."""
    if record.source != "sts.amazonaws.com":
        return None
    parameters = record.part("requestParameters")
    if role := _ROLE.fullmatch(as_text(parameters.get("roleArn"))):
        return "IAM role", role["name"], role["account"]
    if root := _ROOT.fullmatch(as_text(parameters.get("targetPrincipal"))):
        return "root user of account", root["account"], root["account"]
    if record.name == "GetFederationToken" and (name := as_text(parameters.get("name"))):
        return "federated user", name, record.account
    return None


def member_of(record: Record) -> str:
    """The id of the Identity Center user that a call puts into a group or takes out of it, or ``""``.

    ``member.memberId`` in the console's own calls, ``memberId.userId`` in those of the API.
    """
    if record.service not in ("sso-directory", "identitystore"):
        return ""
    parameters = record.part("requestParameters")
    member = parameters.get("member")
    held = member.get("memberId") if isinstance(member, dict) else parameters.get("memberId")
    return as_text(held.get("userId")) if isinstance(held, dict) else as_text(held)


def reported(record: Record) -> tuple[str, str] | None:
    """What a service event is about: the account that was made or closed, or whatever bears a name of its own."""
    details = record.part("serviceEventDetails")
    if not details:
        return None
    if record.service == "organizations":
        account = next((value for key, value in _texts(details) if key == "accountid"), "")
        return ("account", account) if account else None
    if role := as_text(details.get("role_name")):
        return "permission set", role
    found = {key: value for key, value in _texts(details) if key.endswith(("name", "id", "arn"))}
    named = next((found[key] for key in found if key.endswith("arn")), "") or next(iter(found.values()), "")
    return ("resource", _short(named)) if named else None


def by_its_noun(record: Record) -> tuple[str, str] | None:
    """What stands under the noun of the call's name, in its request and then in its answer."""
    kind, names = _noun_of(record.name[:_LONGEST_NAME])
    if not kind:
        return None
    request, answer = record.raw.get("requestParameters"), record.raw.get("responseElements")
    for part in (request, answer):
        held = dict(reversed(list(_texts(part)))) if isinstance(part, dict) else {}
        for name in (*names, *_PLAIN) if part is answer or record.name.startswith(_MAKING) else names:
            if name in held and (value := _short(held[name])):
                return kind, value
    return None


def words_of(event_name: str) -> list[str]:
    """The words that the name of a call is made of, without the version of the API."""
    words: list[str] = _WORD.findall(_VERSION.sub("", event_name))
    return words


def in_words(words: Iterable[str]) -> str:
    """Such words as a sentence says them: ``bucket ACL``."""
    return " ".join(word if word.isupper() else word.lower() for word in words)


@lru_cache(maxsize=1024)  # a trail has few names, each of them many times
def _noun_of(event_name: str) -> tuple[str, tuple[str, ...]]:
    """What a call is about by its name, in words, and under which keys that may stand, the likeliest first."""
    words = words_of(event_name)[1:]
    noun = "".join(words).lower()
    # PutBucketPolicy is about a bucket's, CreateVirtualMFADevice about a device
    nouns = [noun, words[-1].lower()] if len(words) > 1 else [noun]
    return in_words(words), tuple(f"{one}{end}" for one in nouns for end in _ENDS)


def _texts(value: dict[str, Any], depth: int = 0) -> Iterator[tuple[str, str]]:
    """Every text in an object and in the objects right within it, by its key in lower case."""
    for key, inner in value.items():
        if isinstance(inner, str) and inner not in HIDDEN and len(inner) <= _LONGEST_NAME:
            yield key.lower(), inner
        elif isinstance(inner, dict) and depth < 1:
            yield from _texts(inner, depth + 1)


def _short(value: str) -> str:
    """A name as a person says it: the end of an ARN, a URL without its scheme."""
    if value.startswith("arn:"):
        tail = value.split(":", 5)[-1]
        return tail.rpartition("/")[2] or tail
    return value.removeprefix("https://")
