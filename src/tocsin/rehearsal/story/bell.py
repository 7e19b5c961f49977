"""First act: the pipeline is planned and applied, a user with a real life is deleted, and the bell rings twice."""

from __future__ import annotations

import json
import time
from typing import Any

from embedded_aws.events.bridge import Fate
from tocsin.core.template.links import LINKS, link_of
from tocsin.errors import TocsinError
from tocsin.rehearsal.stage import ADDRESS, STACK, Stage

TITLE = "The bell: a pipeline is built, a user is deleted, and people hear of it"
USER = "bob"
_READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"
_ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
_OWN_BUCKET = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::reports/*"}],
}


def play(stage: Stage) -> None:
    """Build, delete, hear.

    Raises:
        TocsinError: something did not arrive, or does not stand.
    """
    _build(stage)
    alice = _people(stage)
    with stage.listening():
        _delete(stage, alice)


def _build(stage: Stage) -> None:
    started = time.monotonic()
    stage.type("plan")
    stage.say("")
    stage.build()
    standing = stage.stacks().resources(STACK)
    took = time.monotonic() - started
    stage.say(f"  {ADDRESS} confirmed its subscriptions by the tokens in the mails; all of it took {took:.1f} s")
    made = {link.id for logical_id, _, _ in standing if (link := link_of(logical_id))}
    links = [link.id for link in LINKS if link.id in made]
    stage.tell("apply", {"resources": len(standing), "links": links, "seconds": round(took, 3)})
    stage.say("")


def _people(stage: Stage) -> dict[str, str]:
    """Alice, who may delete users, and Bob, who has a real life. Gives Alice's access key."""
    iam = stage.client("iam")
    iam.create_user(UserName="alice")
    iam.attach_user_policy(UserName="alice", PolicyArn=_ADMINISTRATOR)
    key = iam.create_access_key(UserName="alice")["AccessKey"]
    give_life(iam, USER)
    return {"access_key_id": key["AccessKeyId"], "secret_access_key": key["SecretAccessKey"]}


def give_life(iam: Any, name: str) -> None:  # noqa: ANN401 - a boto3 client
    """A user with tags, a group, an attached and an inline policy, a password, an access key and MFA."""
    iam.create_user(UserName=name, Tags=[{"Key": "team", "Value": "finance"}])
    iam.create_group(GroupName="reporting")
    iam.add_user_to_group(GroupName="reporting", UserName=name)
    iam.attach_user_policy(UserName=name, PolicyArn=_READ_ONLY)
    iam.put_user_policy(UserName=name, PolicyName="own-bucket", PolicyDocument=json.dumps(_OWN_BUCKET))
    iam.create_login_profile(UserName=name, Password="Correct-horse-9-battery")  # noqa: S106 - of a user on this machine
    iam.create_access_key(UserName=name)
    device = iam.create_virtual_mfa_device(VirtualMFADeviceName=name)["VirtualMFADevice"]["SerialNumber"]
    iam.enable_mfa_device(
        UserName=name, SerialNumber=device, AuthenticationCode1="123456", AuthenticationCode2="654321"
    )


def take_life(iam: Any, name: str) -> None:  # noqa: ANN401 - a boto3 client
    """Take away all that AWS wants gone before it deletes a user (IAM API Reference, "DeleteUser")."""
    for device in iam.list_mfa_devices(UserName=name)["MFADevices"]:
        iam.deactivate_mfa_device(UserName=name, SerialNumber=device["SerialNumber"])
        iam.delete_virtual_mfa_device(SerialNumber=device["SerialNumber"])
    for key in iam.list_access_keys(UserName=name)["AccessKeyMetadata"]:
        iam.delete_access_key(UserName=name, AccessKeyId=key["AccessKeyId"])
    iam.delete_login_profile(UserName=name)
    for policy in iam.list_user_policies(UserName=name)["PolicyNames"]:
        iam.delete_user_policy(UserName=name, PolicyName=policy)
    for attached in iam.list_attached_user_policies(UserName=name)["AttachedPolicies"]:
        iam.detach_user_policy(UserName=name, PolicyArn=attached["PolicyArn"])
    for group in iam.list_groups_for_user(UserName=name)["Groups"]:
        iam.remove_user_from_group(GroupName=group["GroupName"], UserName=name)


def _delete(stage: Stage, alice: dict[str, str]) -> None:
    iam = stage.client("iam", alice, user_agent="")
    stage.say(f"alice takes away all that {USER} has, and deletes {USER}")
    take_life(iam, USER)
    started = time.time()
    iam.delete_user(UserName=USER)
    answered = time.time()
    notice, noticed = stage.heard.wait_for(lambda notice: notice.rule == "iam-user-deleted")
    mail = stage.mail(lambda mail: "was DELETED" in mail.get_content())
    mailed = time.time()
    stage.say("")
    stage.say(f"the plain wire, a mail to {mail['X-Envelope-To']}:")
    for line in mail.get_content().split("\n--")[0].strip().splitlines():
        stage.say(f"  {line}")
    stage.say("")
    stage.account.settle()
    hops = {
        "DeleteUser answered": answered - started,
        "in the queue": _delivered(stage, ":sqs:") - answered,
        "notice in the terminal": noticed - answered,
        "in the topic": _delivered(stage, ":sns:") - answered,
        "mail in the inbox": mailed - answered,
    }
    for index, (hop, seconds) in enumerate(hops.items()):
        stage.say(f"  {hop:<24} {'+' if index else ' '}{max(seconds, 0.0):.2f} s")
    stage.tell(
        "heard",
        {
            "notice": notice.title,
            "mail": str(mail["Subject"]),
            "seconds": {hop.replace(" ", "_"): round(max(seconds, 0.0), 3) for hop, seconds in hops.items()},
        },
    )


def _delivered(stage: Stage, service: str) -> float:
    """When the bridge handed the deletion to a target.

    Raises:
        TocsinError: it did not; says what became of it.
    """
    log = [line for line in stage.account.bridge.log if line.event_name == "DeleteUser"]
    for line in log:
        if service in line.target and line.fate is Fate.DELIVERED:
            return line.time.timestamp()
    raise TocsinError(f"the event reached no target: {'; '.join(line.reason for line in log) or 'not recorded'}")
