"""Records and what is made of them, by hand: one shape a function. Nothing here was seen in a real account."""

import copy
import json
from datetime import UTC, datetime, timedelta

from tocsin import config
from tocsin.core.delivery.exchange import Message
from tocsin.core.incident.correlate import Story, correlate
from tocsin.core.incident.deed import deed_of, key_of
from tocsin.core.match.rules import NEUTRAL, RuleSet, best_by_family, selected
from tocsin.core.notice.notice import Chapter
from tocsin.core.pattern.cloudtrail_event import DETAIL_TYPES
from tocsin.core.record.actor import actor_of
from tocsin.core.record.record import to_record
from tocsin.core.settings import DEFAULTS

ACCOUNT = "111122223333"
NOW = datetime(2026, 11, 23, 21, 5, tzinfo=UTC)
WINDOW = timedelta(minutes=15)
SETTLE = timedelta(seconds=60)

ALICE = {
    "type": "IAMUser",
    "principalId": "AIDAEXAMPLEALICE00001",
    "arn": f"arn:aws:iam::{ACCOUNT}:user/alice",
    "accountId": ACCOUNT,
    "accessKeyId": "AKIAEXAMPLEALICE0001",
    "userName": "alice",
}
ROOT = {
    "type": "Root",
    "principalId": ACCOUNT,
    "arn": f"arn:aws:iam::{ACCOUNT}:root",
    "accountId": ACCOUNT,
    "sessionContext": {"attributes": {"mfaAuthenticated": "true", "creationDate": "2026-11-23T20:00:00Z"}},
}
SSO_ROLE = "AWSReservedSSO_AdministratorAccess_0123456789abcdef"
SSO = {
    "type": "AssumedRole",
    "principalId": "AROAEXAMPLESSO0000001:carol@example.com",
    "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/{SSO_ROLE}/carol@example.com",
    "accountId": ACCOUNT,
    "accessKeyId": "ASIAEXAMPLESSO0000001",
    "sessionContext": {
        "sessionIssuer": {
            "type": "Role",
            "principalId": "AROAEXAMPLESSO0000001",
            "arn": f"arn:aws:iam::{ACCOUNT}:role/aws-reserved/sso.amazonaws.com/{SSO_ROLE}",
            "accountId": ACCOUNT,
            "userName": SSO_ROLE,
        },
        "attributes": {"creationDate": "2026-11-23T20:00:00Z", "mfaAuthenticated": "false"},
    },
    "onBehalfOf": {
        "userId": "f4a8b4c8-0001-7000-8000-00000000000a",
        "identityStoreArn": f"arn:aws:identitystore::{ACCOUNT}:identitystore/d-0123456789",
    },
}


def entry(name="DeleteUser", **changes):
    """One CloudTrail entry: by default alice deletes bob, and it is done. A change of None leaves the key out."""
    made = {
        "eventVersion": "1.11",
        "userIdentity": copy.deepcopy(ALICE),
        "eventTime": "2026-11-23T21:04:05Z",
        "eventSource": "iam.amazonaws.com",
        "eventName": name,
        "awsRegion": "us-east-1",
        "sourceIPAddress": "203.0.113.7",
        "userAgent": "aws-cli/2.31.0",
        "requestParameters": {"userName": "bob"},
        "responseElements": None,
        "eventID": "11111111-2222-4333-8444-555555555555",
        "readOnly": False,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": ACCOUNT,
        "eventCategory": "Management",
        **changes,
    }
    return {key: value for key, value in made.items() if value is not None or key == "responseElements"}


def denied(name="DeleteUser", *, resource="user bob", why="no identity-based policy allows it", **changes):
    """A denied entry: the target stands in the message alone."""
    on = f" on resource: {resource}" if resource else ""
    message = f"User: {ALICE['arn']} is not authorized to perform: iam:{name}{on} because {why}"
    said = {"errorCode": "AccessDenied", "errorMessage": message, **changes}
    return {**entry(name, **said), "requestParameters": None}


def failed(code, name="DeleteUser", **changes):
    """An entry that failed otherwise, and so kept its parameters."""
    return entry(name, **{"errorCode": code, "errorMessage": f"it failed with {code}", **changes})


def event_of(made, **changes):
    """The EventBridge event that carries an entry."""
    return {
        "version": "0",
        "id": "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee",
        "detail-type": DETAIL_TYPES["AwsApiCall"],
        "source": f"aws.{str(made.get('eventSource', '')).partition('.')[0]}",
        "account": ACCOUNT,
        "time": "2026-11-23T21:04:06Z",
        "region": "us-east-1",
        "resources": [],
        "detail": made,
        **changes,
    }


def message_of(made, number=1, **changes):
    """The queue's message that carries an entry, as EventBridge sends it."""
    return Message(f"m{number}", json.dumps(event_of(made, **changes)).encode(), f"h{number}")


def at(seconds, **changes):
    """An entry so many seconds after the first, with an id of its own."""
    time = datetime(2026, 11, 23, 21, 4, 5, tzinfo=UTC) + timedelta(seconds=seconds)
    made = {"eventTime": f"{time:%Y-%m-%dT%H:%M:%SZ}", "eventID": f"id-{seconds:06}", **changes}
    return entry(made.pop("name", "DeleteUser"), **made)


def record(made):
    """The record of an entry."""
    return to_record(made)


def deeds_of(entries, rules=None, *, now=NOW):
    """The deeds of entries of one key, in their order, and the key."""
    rules = rules or RuleSet(selected(config.catalogue(), DEFAULTS))
    deeds, key = [], None
    for number, made in enumerate(entries):
        one = to_record(made)
        actor = actor_of(one)
        rule = (best_by_family(rules.match(one)) or [NEUTRAL])[0]
        key = key or key_of(one, actor, rule.family)
        deeds.append(deed_of(one, rule, actor, now + timedelta(seconds=number)))
    return deeds, key


def chapter_of(entries, rules=None, *, now=NOW):
    """A notice's chapter in which entries of one key are all new."""
    deeds, key = deeds_of(entries, rules, now=now)
    ids = (f"inc-{number}" for number in range(len(deeds)))
    change = correlate(Story(key), deeds, window=timedelta(days=999), hearers=lambda *_: (), new_id=lambda: next(ids))
    [head] = change.incidents
    return Chapter(head, head.deeds, [one.deed for one in change.deeds], (), head.triggers, head.records)


# What somebody who wants to do harm would put into a name, a path, a user agent or an error message.
HOSTILE = (
    "\x1b[2J\x1b[31mred\x1b[0m",
    "\x1b]0;title\x07\x1b]8;;https://evil.example\x1b\\click\x1b]8;;\x1b\\",
    "\x9b31m",
    "\u202eexe.bob\u202c\u2066hidden\u2069",
    "bob\r\nSubject: forged\n\n[CRITICAL] forged",
    "zero\u200bwidth\u200d\ufeff",
    "\ud800\udfff\udc00",
    "<!channel> <@U123> <https://evil.example|click>",
    "{actor} {count!r} {0} %s ${x}",
    "<script>alert(1)</script>&amp;",
    "tab\tbell\x07null\x00back\x08",
    "\u2028\u2029\x0b\x0c\x85",
    "x" * 10_000,
)
