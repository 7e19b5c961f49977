"""IAM refuses what AWS refuses, in AWS's words."""

import datetime as dt
import json
import os
import re

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from refusals import refused

pytestmark = pytest.mark.rehearsal

ACCOUNT = "123456789012"
ALL = {"Effect": "Allow", "Action": "*", "Resource": "*"}
READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"
DOCUMENT = json.dumps({"Version": "2012-10-17", "Statement": [ALL]})


def conflict(call, **kwargs):
    code, message, status = refused(call, **kwargs)
    assert (code, status) == ("DeleteConflict", 409)
    return message


@pytest.fixture
def iam(client):
    return client("iam")


def certificate():
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.oid.NameOID.COMMON_NAME, "test")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + dt.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM).decode()


def test_a_user_can_be_deleted_only_when_nothing_is_left_of_it(iam):
    name = "whole-life"
    iam.create_user(UserName=name)
    iam.create_login_profile(UserName=name, Password="Passw0rd-long")
    key = iam.create_access_key(UserName=name)["AccessKey"]["AccessKeyId"]
    signing = iam.upload_signing_certificate(UserName=name, CertificateBody=certificate())["Certificate"]
    ssh = iam.upload_ssh_public_key(UserName=name, SSHPublicKeyBody="ssh-rsa AAAA x")["SSHPublicKey"]
    git = iam.create_service_specific_credential(UserName=name, ServiceName="codecommit.amazonaws.com")
    device = iam.create_virtual_mfa_device(VirtualMFADeviceName=name)["VirtualMFADevice"]["SerialNumber"]
    iam.enable_mfa_device(
        UserName=name, SerialNumber=device, AuthenticationCode1="123456", AuthenticationCode2="654321"
    )
    iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=DOCUMENT)
    iam.attach_user_policy(UserName=name, PolicyArn=READ_ONLY)
    iam.create_group(GroupName="whole-group")
    iam.add_user_to_group(GroupName="whole-group", UserName=name)
    git_id = git["ServiceSpecificCredential"]["ServiceSpecificCredentialId"]
    steps = [
        ("must delete login profile first.", iam.delete_login_profile, {}),
        ("must delete access keys first.", iam.delete_access_key, {"AccessKeyId": key}),
        (
            "must delete certificates first.",
            iam.delete_signing_certificate,
            {"CertificateId": signing["CertificateId"]},
        ),
        (
            "must remove referenced objects first.",
            iam.delete_ssh_public_key,
            {"SSHPublicKeyId": ssh["SSHPublicKeyId"]},
        ),
        (
            "must remove referenced objects first.",
            iam.delete_service_specific_credential,
            {"ServiceSpecificCredentialId": git_id},
        ),
        ("must delete MFA device first.", iam.deactivate_mfa_device, {"SerialNumber": device}),
        ("must delete policies first.", iam.delete_user_policy, {"PolicyName": "p"}),
        ("must detach all policies first.", iam.detach_user_policy, {"PolicyArn": READ_ONLY}),
        ("must remove users from group first.", iam.remove_user_from_group, {"GroupName": "whole-group"}),
    ]
    for message, remove, what in steps:
        assert conflict(iam.delete_user, UserName=name) == f"Cannot delete entity, {message}"
        remove(UserName=name, **what)
    iam.delete_user(UserName=name)
    assert refused(iam.get_user, UserName=name)[0] == "NoSuchEntity"


def test_a_group_with_members_or_policies_stays(iam):
    iam.create_group(GroupName="crew")
    iam.create_user(UserName="sailor")
    iam.add_user_to_group(GroupName="crew", UserName="sailor")
    iam.put_group_policy(GroupName="crew", PolicyName="p", PolicyDocument=DOCUMENT)
    iam.attach_group_policy(GroupName="crew", PolicyArn=READ_ONLY)
    assert conflict(iam.delete_group, GroupName="crew").endswith("must remove users from group first.")
    iam.remove_user_from_group(GroupName="crew", UserName="sailor")
    assert conflict(iam.delete_group, GroupName="crew").endswith("must delete policies first.")
    iam.delete_group_policy(GroupName="crew", PolicyName="p")
    assert conflict(iam.delete_group, GroupName="crew").endswith("must detach all policies first.")
    iam.detach_group_policy(GroupName="crew", PolicyArn=READ_ONLY)
    iam.delete_group(GroupName="crew")


def test_a_role_with_policies_or_a_profile_stays(iam):
    iam.create_role(RoleName="stay", AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": []}))
    iam.attach_role_policy(RoleName="stay", PolicyArn=READ_ONLY)
    iam.create_instance_profile(InstanceProfileName="stay")
    iam.add_role_to_instance_profile(InstanceProfileName="stay", RoleName="stay")
    profile = conflict(iam.delete_instance_profile, InstanceProfileName="stay")
    assert profile == "Cannot delete entity, must remove roles from instance profile first."
    assert "must remove roles from instance profile first" in conflict(iam.delete_role, RoleName="stay")
    iam.remove_role_from_instance_profile(InstanceProfileName="stay", RoleName="stay")
    assert "must detach all policies first" in conflict(iam.delete_role, RoleName="stay")


def test_a_policy_in_use_or_with_versions_stays(iam):
    document = json.dumps({"Version": "2012-10-17", "Statement": [ALL]})
    arn = iam.create_policy(PolicyName="used", PolicyDocument=document)["Policy"]["Arn"]
    iam.create_user(UserName="uses")
    iam.attach_user_policy(UserName="uses", PolicyArn=arn)
    assert conflict(iam.delete_policy, PolicyArn=arn) == "Cannot delete a policy attached to entities."
    iam.detach_user_policy(UserName="uses", PolicyArn=arn)
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=document)
    assert conflict(iam.delete_policy, PolicyArn=arn).startswith("This policy has more than one version.")
    iam.delete_policy_version(PolicyArn=arn, VersionId="v2")
    iam.delete_policy(PolicyArn=arn)


@pytest.mark.parametrize(
    ("operation", "arguments", "message"),
    [
        ("delete_user", {"UserName": "no"}, "The user with name no cannot be found."),
        ("get_role", {"RoleName": "no"}, "The role with name no cannot be found."),
        ("delete_group", {"GroupName": "no"}, "The group with name no cannot be found."),
    ],
)
def test_what_does_not_exist_is_told_as_aws_tells_it(iam, operation, arguments, message):
    assert refused(getattr(iam, operation), **arguments) == ("NoSuchEntity", message, 404)


# -- who calls ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("service", "operation", "code"),
    [
        ("iam", "list_users", "InvalidClientTokenId"),
        ("sts", "get_caller_identity", "InvalidClientTokenId"),
        ("events", "list_rules", "UnrecognizedClientException"),
        ("lambda", "list_functions", "UnrecognizedClientException"),
        ("s3", "list_buckets", "InvalidAccessKeyId"),
        ("ec2", "describe_vpcs", "AuthFailure"),
    ],
)
def test_an_unknown_key_is_refused_and_not_recorded(client, recorded, service, operation, code):
    unknown = {"AccessKeyId": "AKIAUNKNOWNUNKNOWN00", "SecretAccessKey": "x"}
    told = refused(getattr(client(service, unknown), operation))
    assert told[0] == code
    if code == "InvalidClientTokenId":
        assert told == (code, "The security token included in the request is invalid.", 403)
    assert recorded() == []


def test_the_key_of_a_deleted_user_is_refused(client, person, iam):
    name, keys = person()
    theirs = client("sts", keys)
    assert theirs.get_caller_identity()["Arn"].endswith(f":user/{name}")
    iam.delete_access_key(UserName=name, AccessKeyId=keys["AccessKeyId"])
    assert refused(theirs.get_caller_identity)[0] == "InvalidClientTokenId"


def test_an_inactive_key_is_refused(client, person, iam):
    name, keys = person()
    iam.update_access_key(UserName=name, AccessKeyId=keys["AccessKeyId"], Status="Inactive")
    assert refused(client("sts", keys).get_caller_identity)[0] == "InvalidClientTokenId"


def test_an_expired_or_wrong_token_is_refused(client, iam, monkeypatch):
    role = iam.create_role(RoleName="short", AssumeRolePolicyDocument=trust("*"))["Role"]["Arn"]
    session = client("sts").assume_role(RoleArn=role, RoleSessionName="jane")["Credentials"]
    wrong = {**session, "AccessKeyId": session["AccessKeyId"], "SessionToken": "not-it"}
    assert client("sts", session).get_caller_identity()["Arn"].endswith(":assumed-role/short/jane")
    monkeypatch.setattr(client("sts", session)._request_signer._credentials, "token", wrong["SessionToken"])
    assert refused(client("sts", session).get_caller_identity)[0] == "InvalidClientTokenId"
    monkeypatch.undo()

    class Later(dt.datetime):
        @classmethod
        def now(cls, tz=None):
            return super().now(tz) + dt.timedelta(days=1)

    monkeypatch.setattr("embedded_aws.calls.principals.datetime", Later)
    assert refused(client("sts", session).get_caller_identity)[0] == "ExpiredToken"


# -- may they ----------------------------------------------------------------------------------------------


def trust(principal, **extra):
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": principal}, **extra}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def test_a_user_may_do_only_what_its_policies_allow(client, person, iam):
    only = {"Effect": "Allow", "Action": "iam:Get*", "Resource": f"arn:aws:iam::{ACCOUNT}:user/team/*"}
    _, keys = person(only)
    suffix = os.urandom(3).hex()
    iam.create_user(UserName=f"in-{suffix}", Path="/team/")
    iam.create_user(UserName=f"out-{suffix}")
    theirs = client("iam", keys)
    assert theirs.get_user(UserName=f"in-{suffix}")["User"]["Path"] == "/team/"
    code, message, status = refused(theirs.get_user, UserName=f"out-{suffix}")
    assert (code, status) == ("AccessDenied", 403)
    assert message.endswith("because no identity-based policy allows the iam:GetUser action")
    assert refused(theirs.delete_user, UserName=f"in-{suffix}")[0] == "AccessDenied"


def test_an_explicit_denial_wins_and_says_so(client, person):
    name, keys = person(ALL, {"Effect": "Deny", "Action": "iam:DeleteUser", "Resource": "*"})
    code, message, _ = refused(client("iam", keys).delete_user, UserName="victim")
    assert code == "AccessDenied"
    assert message == (
        f"User: arn:aws:iam::{ACCOUNT}:user/{name} is not authorized to perform: iam:DeleteUser on resource: "
        "user victim with an explicit deny in an identity-based policy"
    )


def test_a_denial_comes_before_the_question_whether_the_user_exists(client, person):
    _, keys = person()
    assert refused(client("iam", keys).delete_user, UserName="never-was")[0] == "AccessDenied"


def test_group_and_attached_policies_count(client, person, iam):
    name, keys = person()
    group = f"readers-{name}"
    iam.create_group(GroupName=group)
    iam.attach_group_policy(GroupName=group, PolicyArn="arn:aws:iam::aws:policy/IAMReadOnlyAccess")
    assert refused(client("iam", keys).list_users)[0] == "AccessDenied"
    iam.add_user_to_group(GroupName=group, UserName=name)
    assert client("iam", keys).list_users()["Users"]


def test_a_permissions_boundary_bounds(client, person, iam):
    name, keys = person(ALL)
    iam.put_user_permissions_boundary(UserName=name, PermissionsBoundary=READ_ONLY)
    assert iam.get_user(UserName=name)["User"]["PermissionsBoundary"]["PermissionsBoundaryArn"] == READ_ONLY
    assert client("iam", keys).list_users()
    message = refused(client("iam", keys).create_user, UserName="beyond")[1]
    assert message.endswith("because no permissions boundary allows the iam:CreateUser action")
    iam.delete_user_permissions_boundary(UserName=name)
    client("iam", keys).create_user(UserName=f"beyond-{name}")


def test_conditions_on_tags_and_mfa_hold(client, person):
    with_mfa = {**ALL, "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}
    tagged = {
        "Effect": "Allow",
        "Action": ["iam:CreateUser", "iam:TagUser"],
        "Resource": "*",
        "Condition": {"StringEquals": {"aws:RequestTag/team": "blue"}},
    }
    name, keys = person(with_mfa, tagged)
    iam, sts = client("iam", keys), client("sts", keys)
    assert refused(iam.create_user, UserName=f"{name}-a", Tags=[{"Key": "team", "Value": "red"}])[0] == "AccessDenied"
    iam.create_user(UserName=f"{name}-a", Tags=[{"Key": "team", "Value": "blue"}])
    assert refused(iam.delete_user, UserName=f"{name}-a")[0] == "AccessDenied"
    session = sts.get_session_token(SerialNumber=f"arn:aws:iam::{ACCOUNT}:mfa/x", TokenCode="123456")["Credentials"]
    client("iam", session).delete_user(UserName=f"{name}-a")


def without_names(message):
    """A denial without the caller's ARN and the account's number, which differ."""
    return re.sub(r"\b\d{12}\b", "ACCOUNT", re.sub(r"^User: \S+", "User: CALLER", message))


def test_the_denials_of_other_services_are_told_in_the_words_of_the_real_records(client, person, real_records):
    _, keys = person()
    calls = {
        "DeleteRule": ("events", {"Name": "TrailDiscoverRule"}),
        "RemoveTargets": ("events", {"Rule": "TrailDiscoverRule", "Ids": ["1"]}),
        "DisableRule": ("events", {"Name": "TrailDiscoverRule", "EventBusName": "TrailDiscoverBus"}),
        "StopLogging": ("cloudtrail", {"Name": "TrailDiscover"}),
        "DeleteTrail": ("cloudtrail", {"Name": "TrailDiscoverTrailName"}),
        "UpdateTrail": ("cloudtrail", {"Name": "TrailDiscoverName"}),
        "DeleteAlarms": ("cloudwatch", {"AlarmNames": ["TrailDiscoverAlarm"]}),
        "DeleteLogGroup": ("logs", {"logGroupName": "TrailDiscoverLogGroup"}),
        "StopConfigurationRecorder": ("config", {"ConfigurationRecorderName": "default"}),
        "LeaveOrganization": ("organizations", {}),
    }
    for operation, (service, arguments) in calls.items():
        theirs = next(r for r in real_records if r["eventName"] == operation and r.get("errorCode") == "AccessDenied")
        message = refused(client(service, keys)._make_api_call, operation, arguments)[1]
        assert without_names(message) == without_names(theirs["errorMessage"]), operation


@pytest.mark.parametrize(
    ("service", "operation", "arguments", "code"),
    [
        ("sns", "create_topic", {"Name": "t"}, "AuthorizationError"),
        ("sqs", "create_queue", {"QueueName": "q"}, "AccessDeniedException"),
        ("events", "put_rule", {"Name": "r", "EventPattern": "{}"}, "AccessDeniedException"),
        ("lambda", "delete_function", {"FunctionName": "f"}, "AccessDeniedException"),
        ("s3", "create_bucket", {"Bucket": "bbb"}, "AccessDenied"),
        ("ec2", "describe_vpcs", {}, "UnauthorizedOperation"),
        ("cloudformation", "delete_stack", {"StackName": "s"}, "AccessDenied"),
        ("dynamodb", "get_item", {"TableName": "t", "Key": {"k": {"S": "v"}}}, "AccessDeniedException"),
    ],
)
def test_each_service_denies_in_its_own_code(  # noqa: PLR0917 - a table
    client, person, service, operation, arguments, code
):
    _, keys = person()
    assert refused(getattr(client(service, keys), operation), **arguments)[0] == code


def test_a_statement_on_one_resource_allows_no_other(client, person, recorded):
    queue = f"arn:aws:sqs:us-east-1:{ACCOUNT}:mine"
    _, keys = person({"Effect": "Allow", "Action": "sqs:*", "Resource": queue})
    theirs = client("sqs", keys)
    url = theirs.create_queue(QueueName="mine")["QueueUrl"]
    theirs.send_message(QueueUrl=url, MessageBody="m")
    assert refused(theirs.create_queue, QueueName="yours")[0] == "AccessDeniedException"
    denied = recorded("CreateQueue")[-1]
    assert (denied["errorCode"], denied["requestParameters"]) == ("AccessDenied", None)


def test_passing_a_role_needs_pass_role(client, person, iam):
    rules = {"Effect": "Allow", "Action": "events:*", "Resource": "*"}
    _, keys = person(rules)
    theirs = client("events", keys)
    theirs.put_rule(Name="passes", EventPattern='{"source":["x"]}')
    role = iam.create_role(RoleName="to-pass", AssumeRolePolicyDocument=trust("*"))["Role"]["Arn"]
    target = {"Id": "1", "Arn": f"arn:aws:sqs:us-east-1:{ACCOUNT}:q", "RoleArn": role}
    assert "iam:PassRole" in refused(theirs.put_targets, Rule="passes", Targets=[target])[1]
    client("events").put_targets(Rule="passes", Targets=[target])


# -- roles -------------------------------------------------------------------------------------------------


def test_a_role_is_assumed_only_if_it_trusts_the_caller(client, person, iam):
    allowed = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}
    (permitted, with_policy), (named, without) = person(allowed), person()
    suffix = os.urandom(3).hex()
    roles = {
        kind: iam.create_role(RoleName=f"{kind}-{suffix}", AssumeRolePolicyDocument=trust(principal))["Role"]["Arn"]
        for kind, principal in (
            ("account", f"arn:aws:iam::{ACCOUNT}:root"),
            ("named", f"arn:aws:iam::{ACCOUNT}:user/{named}"),
        )
    }
    first, second = client("sts", with_policy), client("sts", without)
    first.assume_role(RoleArn=roles["account"], RoleSessionName="jane")
    second.assume_role(RoleArn=roles["named"], RoleSessionName="jane")
    assert refused(second.assume_role, RoleArn=roles["account"], RoleSessionName="jane")[0] == "AccessDenied"
    assert refused(first.assume_role, RoleArn=roles["named"], RoleSessionName="jane") == (
        "AccessDenied",
        (
            f"User: arn:aws:iam::{ACCOUNT}:user/{permitted} is not authorized to perform: sts:AssumeRole on "
            f"resource: {roles['named']}"
        ),
        403,
    )
    missing = f"arn:aws:iam::{ACCOUNT}:role/missing"
    assert refused(first.assume_role, RoleArn=missing, RoleSessionName="jane")[0] == "AccessDenied"


def test_a_trust_policy_may_ask_for_an_external_id(client, person, iam):
    allowed = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}
    _, keys = person(allowed)
    document = trust(f"arn:aws:iam::{ACCOUNT}:root", Condition={"StringEquals": {"sts:ExternalId": "42"}})
    role = iam.create_role(RoleName="external", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    sts = client("sts", keys)
    assert refused(sts.assume_role, RoleArn=role, RoleSessionName="jane")[0] == "AccessDenied"
    sts.assume_role(RoleArn=role, RoleSessionName="jane", ExternalId="42")


def test_a_session_may_do_what_the_role_and_the_session_policy_allow(client, iam):
    role = iam.create_role(RoleName="bounded", AssumeRolePolicyDocument=trust("*"))["Role"]["Arn"]
    iam.attach_role_policy(RoleName="bounded", PolicyArn="arn:aws:iam::aws:policy/IAMFullAccess")
    narrow = json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "iam:List*", "Resource": "*"}]}
    )
    session = client("sts").assume_role(RoleArn=role, RoleSessionName="jane", Policy=narrow)["Credentials"]
    theirs = client("iam", session)
    theirs.list_users()
    message = refused(theirs.create_user, UserName="no")[1]
    assert message.startswith(f"User: arn:aws:sts::{ACCOUNT}:assumed-role/bounded/jane is not authorized")
    assert message.endswith("because no session policy allows the iam:CreateUser action")
    assert refused(client("sns", session).list_topics)[0] == "AuthorizationError"


def test_the_session_of_a_deleted_role_is_refused(client, iam):
    role = iam.create_role(RoleName="soon-gone", AssumeRolePolicyDocument=trust("*"))["Role"]["Arn"]
    session = client("sts").assume_role(RoleArn=role, RoleSessionName="jane")["Credentials"]
    iam.delete_role(RoleName="soon-gone")
    assert refused(client("sts", session).get_caller_identity)[0] == "InvalidClientTokenId"


# -- what moto lacks ---------------------------------------------------------------------------------------


def test_git_credentials_live_and_die(iam):
    iam.create_user(UserName="coder")
    made = iam.create_service_specific_credential(UserName="coder", ServiceName="codecommit.amazonaws.com")
    made = made["ServiceSpecificCredential"]
    assert made["ServicePassword"]
    listed = iam.list_service_specific_credentials(UserName="coder")["ServiceSpecificCredentials"]
    assert [one["ServiceSpecificCredentialId"] for one in listed] == [made["ServiceSpecificCredentialId"]]
    assert "ServicePassword" not in listed[0]
    chosen = {"UserName": "coder", "ServiceSpecificCredentialId": made["ServiceSpecificCredentialId"]}
    iam.update_service_specific_credential(**chosen, Status="Inactive")
    iam.delete_service_specific_credential(**chosen)
    assert refused(iam.delete_service_specific_credential, **chosen)[0] == "NoSuchEntity"


def test_a_user_changes_its_own_password(client, person, iam):
    name, keys = person({"Effect": "Allow", "Action": "iam:ChangePassword", "Resource": "arn:aws:iam::*:user/*"})
    iam.create_login_profile(UserName=name, Password="Old-Passw0rd")
    theirs = client("iam", keys)
    assert refused(theirs.change_password, OldPassword="wrong-one", NewPassword="New-Passw0rd")[0] == "AccessDenied"
    theirs.change_password(OldPassword="Old-Passw0rd", NewPassword="New-Passw0rd")


def test_unique_ids_have_the_prefixes_of_aws(iam):
    assert iam.create_user(UserName="with-id")["User"]["UserId"].startswith("AIDA")
    assert iam.create_group(GroupName="with-id")["Group"]["GroupId"].startswith("AGPA")
    role = iam.create_role(RoleName="with-id", AssumeRolePolicyDocument=trust("*"))
    assert role["Role"]["RoleId"].startswith("AROA")
