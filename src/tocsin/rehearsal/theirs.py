"""Somebody's own template, rehearsed: built, confirmed, rung, and what each hop did.

What this shows is the embedded AWS's logic, which is ours, and not AWS's; it needs no account.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.request import urlopen

from embedded_aws.cloudformation.errors import StackError
from embedded_aws.cloudformation.template import load
from embedded_aws.events.bridge import Fate
from tocsin.adapters.aws import translated
from tocsin.core.settings import DEFAULTS
from tocsin.core.text import inert
from tocsin.errors import UsageError
from tocsin.rehearsal.stage import clients_of, opened
from tocsin.rehearsal.trimmed import trim
from tocsin.wiring import account as accounts
from tocsin.wiring.doctor import Doctor

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from embedded_aws.door.account import Account
    from tocsin.core.doctor.findings import Finding
    from tocsin.rehearsal.trimmed import Trimmed
    from tocsin.wiring.doctor import Diagnosis

_STACK = "rehearsed"
_STACK_AS_GIVEN = {"OnFailure": "DO_NOTHING", "Capabilities": ["CAPABILITY_NAMED_IAM"]}
_USER = "rehearsed-user"
# How much of what somebody reads is shown.
_LINE = 120
_LOG = "the-account-s-log"
_FATES = {
    Fate.DELIVERED: "sent",
    Fate.DEAD_LETTERED: "dead-lettered",
    Fate.DROPPED: "NOT SENT",
    Fate.SILENT: "silent",
}


@dataclass
class Rehearsed:
    """What came of it.

    Attributes:
        heard: who heard of a user's deletion: addresses, with the first line of what they read.
        refused: who heard of a deletion that was refused, likewise.
        found: what the doctor finds in what was built.
    """

    heard: list[tuple[str, str]]
    refused: list[tuple[str, str]]
    found: Diagnosis


def rehearse(text: str, given: Mapping[str, str], say: Callable[[str, str], None], *, port: int = 0) -> Rehearsed:
    """Rehearse a template.

    Args:
        text: the template, JSON or YAML.
        given: values of its parameters.
        say: is told each hop: what kind it is, and a sentence.
        port: of the embedded AWS; 0 takes a free one.

    Raises:
        UsageError: it is no template, or cannot be built, or the port is taken.
    """
    try:
        template = load(text)
    except StackError as fault:
        raise UsageError(str(fault), hint="cdk synth writes a template; Terraform is not read") from fault
    with opened(port) as account, translated():
        trimmed = trim(template, given, account.aws.region, account.aws.account_id)
        return _Rehearsal(account, trimmed, say).play(given)


class _Rehearsal:
    def __init__(self, account: Account, trimmed: Trimmed, say: Callable[[str, str], None]) -> None:
        self._account, self._trimmed, self._say = account, trimmed, say
        self._clients = clients_of(account)
        self._called = {arn: name for name, arn in trimmed.stand_ins.items()}

    def play(self, given: Mapping[str, str]) -> Rehearsed:
        """Build, confirm, delete, refuse, examine."""
        for what in self._trimmed.left_out:
            self._say("left out", what)
        self._build(given)
        self._confirm()
        iam = self._clients.client("iam")
        iam.create_user(UserName=_USER)
        self._account.settle()
        self._say("act", f"a user is deleted: {_USER}")
        heard = self._rung(lambda: iam.delete_user(UserName=_USER))
        iam.create_user(UserName=f"{_USER}-2")
        iam.create_access_key(UserName=f"{_USER}-2")
        self._account.settle()
        self._say("act", "a deletion is refused (DeleteConflict)")
        refused = self._rung(lambda: self._refused(iam))
        target = accounts.deployer(DEFAULTS, region=self._account.aws.region, profile="", clients=self._clients)
        return Rehearsed(heard, refused, self._without_stand_ins(Doctor(target).everything(None)))

    def _build(self, given: Mapping[str, str]) -> None:
        if not self._trimmed.has_trail:
            self._say("assumed", "a trail that records every Region with logging on: the template has none")
            self._trail()
        stack = self._clients.client("cloudformation")
        used = self._trimmed.template["Parameters"]
        parameters = [{"ParameterKey": name, "ParameterValue": given[name]} for name in used if name in given]
        body = json.dumps(self._trimmed.template)
        stack.create_stack(StackName=_STACK, TemplateBody=body, Parameters=parameters, **_STACK_AS_GIVEN)
        status = stack.describe_stacks(StackName=_STACK)["Stacks"][0]["StackStatus"]
        if status != "CREATE_COMPLETE":
            events = stack.describe_stack_events(StackName=_STACK)["StackEvents"]
            failed = [one for one in events if one["ResourceStatus"] == "CREATE_FAILED"]
            failed = [one for one in failed if one["LogicalResourceId"] != _STACK]
            why = "; ".join(f"{one['LogicalResourceId']}: {one.get('ResourceStatusReason', '')}" for one in failed[-3:])
            raise UsageError(f"the template cannot be built here: {why or status}")
        made = stack.list_stack_resources(StackName=_STACK)["StackResourceSummaries"]
        for one in made:  # the policy of a topic has the topic's ARN
            self._called.setdefault(one["PhysicalResourceId"], one["LogicalResourceId"])
        listed = ", ".join(f"{one['LogicalResourceId']} ({one['ResourceType']})" for one in made)
        self._say("built", listed or "nothing")

    def _trail(self) -> None:
        s3, cloudtrail = self._clients.client("s3"), self._clients.client("cloudtrail")
        s3.create_bucket(Bucket=_LOG)
        who = {"Effect": "Allow", "Principal": {"Service": "cloudtrail.amazonaws.com"}}
        may = [
            {**who, "Action": "s3:GetBucketAcl", "Resource": f"arn:aws:s3:::{_LOG}"},
            {**who, "Action": "s3:PutObject", "Resource": f"arn:aws:s3:::{_LOG}/*"},
        ]
        s3.put_bucket_policy(Bucket=_LOG, Policy=json.dumps({"Version": "2012-10-17", "Statement": may}))
        cloudtrail.create_trail(Name="the-account-s", S3BucketName=_LOG, IsMultiRegionTrail=True)
        cloudtrail.start_logging(Name="the-account-s")

    def _confirm(self) -> None:
        """Whoever is sent a link follows it."""
        self._account.settle()
        for mail in self._account.mails():
            link = next((word for word in mail["text"].split() if "Token=" in word), "")
            if link:
                urlopen(link).close()  # noqa: S310 - SNS's own link, which the embedded AWS made on loopback
                self._say("confirmed", f"{mail['to']} follows the link in SNS's mail")

    def _rung(self, deed: Callable[[], object]) -> list[tuple[str, str]]:
        """Do something, tell what became of it hop by hop, and give who heard."""
        logged, mailed = len(self._account.bridge.log), len(self._account.mails())
        deed()
        self._account.settle()
        entries = [one for one in self._account.bridge.log[logged:] if one.event_name == "DeleteUser"]
        for one in entries:
            where = f" to {self._called.get(one.target, one.target)}" if one.target else ""
            by = f"rule {self._called.get(one.rule, one.rule)}{where}" if one.rule else "EventBridge"
            if one.target in self._trimmed.stand_ins.values():
                self._say("left out", f"{by}: it matched, and what comes then is not rehearsed")
                continue
            self._say(_FATES[one.fate], f"{by}{f': {one.reason}' if one.reason else ''}")
        heard = [(mail["to"], inert(mail["text"], _LINE)) for mail in self._account.mails()[mailed:]]
        heard += [(number, "a text message, which is not sent here") for number in self._texted(entries)]
        for address, line in heard:
            self._say("heard", f"{address}: {line}")
        return heard

    def _texted(self, entries: list[Any]) -> list[str]:
        """Who would have got a text message: the embedded AWS sends none."""
        topics = {one.target for one in entries if one.fate is Fate.DELIVERED and ":sns:" in one.target}
        sns = self._clients.client("sns")
        every = [one for arn in topics for one in sns.list_subscriptions_by_topic(TopicArn=arn)["Subscriptions"]]
        return [one["Endpoint"] for one in every if one["Protocol"] == "sms"]

    @staticmethod
    def _refused(iam: Any) -> None:  # noqa: ANN401 - boto3 makes clients at run time
        try:
            iam.delete_user(UserName=f"{_USER}-2")
        except iam.exceptions.DeleteConflictException:
            return

    def _without_stand_ins(self, found: Diagnosis) -> Diagnosis:
        """What was left out was not built: that it is not there is no finding."""
        arns = set(self._trimmed.stand_ins.values())

        def real(finding: Finding) -> bool:
            return finding.thing not in arns

        return found.only(real)
