r"""The words of the plain wire: an input transformer's paths and template for a rule.

Nobody's code stands between EventBridge and the mail, so only fields go in that an attacker cannot shape: user, group,
role and session names are limited to ``[\\w+=,.@-]`` (IAM User Guide, "Name requirements for IAM identities"; STS API
Reference, "AssumeRole"); names of trails, rules, topics, queues, functions, stacks and SAML providers to letters,
digits and ``._-`` (each service's API Reference), which holds for a wire since it rings on success only; ids are the
service's own. Paths, other ARNs, alarm names, user agents and error texts are free. A path that the event lacks leaves
a hole (EventBridge User Guide, "Input transformation"), so every line reads well with any of them empty.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from tocsin.errors import UsageError

if TYPE_CHECKING:
    from tocsin.core.match.rules import Rule

# EventBridge quotas: 100 variables, 8,192 bytes of template.
PATHS = {
    "account": "$.account",
    "by": "$.detail.userIdentity.userName",
    "event": "$.detail.eventName",
    "id": "$.detail.eventID",
    "principal": "$.detail.userIdentity.principalId",
    "region": "$.detail.awsRegion",
    "role": "$.detail.userIdentity.sessionContext.sessionIssuer.userName",
    "subject": "$.detail.requestParameters.userName",
    "subject_account": "$.detail.requestParameters.accountId",
    "subject_function": "$.detail.requestParameters.functionName",
    "subject_group": "$.detail.requestParameters.groupName",
    "subject_group_id": "$.detail.requestParameters.groupId",
    "subject_name": "$.detail.requestParameters.name",
    "subject_provider": "$.detail.requestParameters.sAMLProviderArn",
    "subject_queue": "$.detail.requestParameters.queueUrl",
    "subject_role": "$.detail.requestParameters.roleName",
    "subject_rule": "$.detail.requestParameters.rule",
    "subject_stack": "$.detail.requestParameters.stackName",
    "subject_subscription": "$.detail.requestParameters.subscriptionArn",
    "subject_topic": "$.detail.requestParameters.topicArn",
    "subject_user_id": "$.detail.requestParameters.userId",
    "time": "$.detail.eventTime",
    "type": "$.detail.userIdentity.type",
}
_PLACEHOLDER = re.compile(r"<([^<>]*)>")
_TAIL = (
    "When: <time> (UTC). Account: <account>. Region: <region>.",
    "Who: identity of type <type>, user [<by>], role [<role>], principal [<principal>].",
    "Event: <event> <id>. Look it up in CloudTrail event history in <region>.",
)
# The last line as it arrives: the id is the service's own, the name CloudTrail's.
_MAIL = re.compile(
    r"Event: (?P<event>\w{1,128}) (?P<id>[0-9a-fA-F-]{36})\. "
    r"Look it up in CloudTrail event history in (?P<region>[a-z]{2,4}(?:-[a-z]+)+-\d{1,2})\."
)


def event_of_mail(text: str) -> tuple[str, str, str] | None:
    """The name, the id and the Region of the event that a mail of the plain wire tells of; None where it is none."""
    found = _MAIL.search(text)
    return (found["event"], found["id"], found["region"]) if found else None


def transformer(rule: Rule) -> tuple[dict[str, str], str]:
    """The input transformer of a rule's wire.

    Returns:
        ``InputPathsMap`` and ``InputTemplate``: quoted lines, the form that puts several lines into one message.

    Raises:
        UsageError: the rule's words name a field that is not among `PATHS`.
    """
    lines = (rule.wire, *_TAIL)
    used = {name for line in lines for name in _PLACEHOLDER.findall(line)}
    unknown = sorted(used - set(PATHS))
    if unknown:
        raise UsageError(
            f"rule `{rule.id}`: `wire` names <{unknown[0]}>, which is no safe field",
            hint=f"safe fields: {', '.join(f'<{name}>' for name in PATHS)}",
        )
    template = "\n".join(json.dumps(line, ensure_ascii=False) for line in lines)
    return {name: PATHS[name] for name in sorted(used)}, template
