"""The recorder writes what CloudTrail writes."""

import contextlib
import json
import uuid
from datetime import UTC, datetime
from uuid import UUID

import pytest
from botocore.exceptions import ClientError

pytestmark = pytest.mark.rehearsal


def one(records):
    assert len(records) == 1, [record["eventName"] for record in records]
    return records[0]


def real(records, name, *, error=None, source="iam.amazonaws.com"):
    wanted = (source, name, error)
    found = [r for r in records if (r["eventSource"], r["eventName"], r.get("errorCode")) == wanted]
    assert found, wanted
    return max(found, key=lambda record: record["eventVersion"])


def shape(value):
    """What a value is made of, without its content."""
    if isinstance(value, dict):
        return {key: shape(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [shape(inner) for inner in value[:1]]
    return type(value).__name__


def test_a_deleted_user_is_recorded_as_aws_records_it(client, recorded, real_records):
    client("iam").create_user(UserName="gone")
    client("iam").delete_user(UserName="gone")
    ours, theirs = one(recorded("DeleteUser")), real(real_records, "DeleteUser")
    assert set(ours) == set(theirs)
    assert shape(ours) == shape(theirs)
    assert ours["requestParameters"] == {"userName": "gone"}
    assert ours["responseElements"] is None
    assert ours["readOnly"] is False


ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
LIFE = (
    ("create_user", {"Tags": [{"Key": "team", "Value": "blue"}]}),
    ("create_access_key", {}),
    ("create_login_profile", {"Password": "s3cr3t-Pass", "PasswordResetRequired": False}),
    ("update_login_profile", {"Password": "0ther-Pass"}),
    ("attach_user_policy", {"PolicyArn": ADMINISTRATOR}),
    ("list_access_keys", {}),
    ("detach_user_policy", {"PolicyArn": ADMINISTRATOR}),
    ("delete_login_profile", {}),
)


def test_the_calls_of_a_users_life_have_the_shape_of_the_real_records(client, recorded, real_records):
    for operation, parameters in LIFE:
        getattr(client("iam"), operation)(UserName="shape-1", **parameters)
    for ours in recorded():
        theirs = real(real_records, ours["eventName"])
        assert (ours["eventName"], shape(ours)) == (ours["eventName"], shape(theirs))
    assert len(recorded()) == len(LIFE)


def test_a_denied_call_loses_its_target_as_in_aws(client, person, recorded, real_records):
    name, keys = person()
    with pytest.raises(ClientError) as refused:
        client("iam", keys).delete_user(UserName="somebody-else")
    ours, theirs = one(recorded("DeleteUser")), real(real_records, "DeleteUser", error="AccessDenied")
    assert refused.value.response["Error"]["Code"] == "AccessDenied"
    assert shape(ours) == shape(theirs)
    assert ours["requestParameters"] is None
    assert ours["errorMessage"] == (
        f"User: arn:aws:iam::123456789012:user/{name} is not authorized to perform: iam:DeleteUser on resource: "
        "user somebody-else because no identity-based policy allows the iam:DeleteUser action"
    )


def test_every_denied_iam_call_of_the_real_records_is_told_in_the_same_words(client, person, recorded, real_records):
    name, keys = person()
    iam = client("iam", keys)
    denied = [
        r for r in real_records if r["eventSource"] == "iam.amazonaws.com" and r.get("errorCode") == "AccessDenied"
    ]
    arguments = {
        "UserName": "TrailDiscover",
        "GroupName": "TrailDiscover",
        "RoleName": "TrailDiscover",
        "PolicyName": "p",
        "PolicyDocument": "{}",
        "PolicyArn": "arn:aws:iam::aws:policy/ReadOnlyAccess",
        "Password": "x",
        "AccessKeyId": "AKIA0000000000000000",
        "SerialNumber": "arn:aws:iam::123456789012:mfa/m",
        "Status": "Inactive",
        "PermissionsBoundary": "arn:aws:iam::aws:policy/ReadOnlyAccess",
    }
    assert len(denied) > 15
    for theirs in denied:
        call = theirs["eventName"]
        model = iam.meta.service_model.operation_model(call).input_shape
        required = {key: arguments[key] for key in model.required_members if key in arguments}
        wanted = {key: arguments[key] for key in ("UserName",) if key in model.members} | required
        name_of_target = theirs["errorMessage"].partition(" on resource: ")[2].split(" ")[1]
        if "RoleName" in required:
            required["RoleName"] = wanted["RoleName"] = name_of_target
        with contextlib.suppress(ClientError):
            iam._make_api_call(call, wanted)
        ours = recorded(call)[-1]
        assert (
            ours["errorMessage"].replace(name, "TrailDiscover").replace("123456789012", "111111111111")
            == theirs["errorMessage"]
        ), call
        assert shape(ours) == shape(theirs), call


def test_iam_errors_are_spelled_by_their_class(client, recorded):
    with pytest.raises(ClientError) as answered:
        client("iam").delete_login_profile(UserName="nobody")
    assert answered.value.response["Error"]["Code"] == "NoSuchEntity"
    record = one(recorded())
    assert record["errorCode"] == "NoSuchEntityException"
    assert record["requestParameters"] == {"userName": "nobody"}
    assert record["responseElements"] is None


def test_a_conflict_is_spelled_by_its_class(client, person, recorded):
    name, _ = person()
    with pytest.raises(ClientError):
        client("iam").delete_user(UserName=name)
    record = one(recorded("DeleteUser"))
    assert record["errorCode"] == "DeleteConflictException"
    assert record["errorMessage"] == "Cannot delete entity, must delete access keys first."
    assert record["requestParameters"] == {"userName": name}


def test_no_secret_is_in_any_record(client, recorded):
    iam, secret = client("iam"), "N0t-to-be-seen-anywhere"
    iam.create_user(UserName="secretive")
    key = iam.create_access_key(UserName="secretive")["AccessKey"]
    iam.create_login_profile(UserName="secretive", Password=secret)
    client("sns").create_topic(Name="secretive")
    topic = "arn:aws:sns:us-east-1:123456789012:secretive"
    client("sns").subscribe(TopicArn=topic, Protocol="email", Endpoint="someone@example.org")
    client("ssm").put_parameter(Name="p", Value=secret, Type="SecureString")
    text = json.dumps(recorded())
    assert secret not in text
    assert key["SecretAccessKey"] not in text
    assert "someone@example.org" not in text
    assert one(recorded("Subscribe"))["requestParameters"]["endpoint"] == "HIDDEN_DUE_TO_SECURITY_REASONS"


def test_event_names_are_those_of_cloudtrail(client, recorded):
    lambda_, s3 = client("lambda"), client("s3")
    s3.create_bucket(Bucket="names")
    s3.put_bucket_lifecycle_configuration(
        Bucket="names",
        LifecycleConfiguration={
            "Rules": [{"ID": "1", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 1}}]
        },
    )
    s3.put_public_access_block(Bucket="names", PublicAccessBlockConfiguration={"BlockPublicAcls": True})
    with contextlib.suppress(ClientError):
        lambda_.delete_function(FunctionName="f")
    with contextlib.suppress(ClientError):
        lambda_.put_function_concurrency(FunctionName="f", ReservedConcurrentExecutions=0)
    with contextlib.suppress(ClientError):
        lambda_.update_function_code(FunctionName="f", ZipFile=b"zip")
    assert [record["eventName"] for record in recorded()] == [
        "CreateBucket",
        "PutBucketLifecycle",
        "PutBucketPublicAccessBlock",
        "DeleteFunction20150331",
        "PutFunctionConcurrency20171031",
        "UpdateFunctionCode20150331v2",
    ]
    lifecycle = one(recorded("PutBucketLifecycle"))["requestParameters"]["LifecycleConfiguration"]
    assert (lifecycle["Rule"]["ID"], lifecycle["Rule"]["Expiration"]["Days"]) == ("1", 1)
    assert "zipFile" not in recorded("UpdateFunctionCode20150331v2")[0]["requestParameters"]


@pytest.mark.parametrize("asked", [True, False, None])
def test_whether_a_password_has_to_be_changed_is_what_was_asked(client, recorded, asked):
    iam, name = client("iam"), f"password-{asked}"
    iam.create_user(UserName=name)
    given = {} if asked is None else {"PasswordResetRequired": asked}
    made = iam.create_login_profile(UserName=name, Password="Correct-horse-9", **given)["LoginProfile"]
    profile = one(recorded("CreateLoginProfile"))["responseElements"]["loginProfile"]
    assert made["PasswordResetRequired"] is profile["passwordResetRequired"] is bool(asked)
    iam.update_login_profile(UserName=name, PasswordResetRequired=True)
    assert iam.get_login_profile(UserName=name)["LoginProfile"]["PasswordResetRequired"] is True


def test_the_request_id_is_a_uuid_and_the_one_that_the_caller_was_given(client, recorded):
    for call in (client("iam").list_users, client("sqs").list_queues, client("sns").list_topics):
        answered = call()["ResponseMetadata"]["RequestId"]
        assert str(UUID(answered)) == answered == recorded()[-1]["requestID"]


def test_s3_records_have_their_own_shape(client, recorded, real_records):
    s3 = client("s3")
    s3.create_bucket(Bucket="shapes")
    s3.put_bucket_policy(Bucket="shapes", Policy=json.dumps({"Version": "2012-10-17", "Statement": []}))
    s3.delete_bucket_policy(Bucket="shapes")
    s3.delete_bucket(Bucket="shapes")
    for name in ("DeleteBucketPolicy", "DeleteBucket"):
        theirs = real(real_records, name, source="s3.amazonaws.com")
        assert shape(one(recorded(name))) == shape(theirs)
    assert one(recorded("PutBucketPolicy"))["requestParameters"] == {
        "policy": "",
        "bucketName": "shapes",
        "Host": "shapes.s3.us-east-1.amazonaws.com",
        "bucketPolicy": {"Version": "2012-10-17", "Statement": []},
    }


def test_a_trail_is_recorded_in_its_region_with_its_result(client, recorded, real_records):
    client("s3").create_bucket(Bucket="trail-shapes")
    trails = client("cloudtrail", region="eu-west-1")
    trails.create_trail(
        Name="shapes",
        S3BucketName="trail-shapes",
        IncludeGlobalServiceEvents=True,
        TagsList=[{"Key": "a", "Value": "b"}],
    )
    trails.start_logging(Name="shapes")
    record = one(recorded("CreateTrail"))
    theirs = real(real_records, "CreateTrail", source="cloudtrail.amazonaws.com")
    assert record["awsRegion"] == "eu-west-1"
    assert shape(record["requestParameters"]) == shape(theirs["requestParameters"])
    assert set(record["responseElements"]) >= {"name", "s3BucketName", "trailARN", "isMultiRegionTrail"}
    assert one(recorded("StartLogging"))["responseElements"] is None
    trails.delete_trail(Name="shapes")


def test_iam_is_recorded_in_one_region_wherever_it_is_called(client, recorded):
    client("iam", region="eu-central-1").list_users()
    client("sts", region="eu-central-1").get_caller_identity()
    assert one(recorded("ListUsers"))["awsRegion"] == "us-east-1"
    assert one(recorded("GetCallerIdentity"))["awsRegion"] == "eu-central-1"


def test_parameters_are_null_where_there_are_none(client, recorded):
    client("iam").list_users()
    record = one(recorded())
    assert record["requestParameters"] is None
    assert record["responseElements"] is None
    assert record["readOnly"] is True


def test_data_events_are_in_no_record(client, recorded):
    client("s3").create_bucket(Bucket="data")
    client("s3").put_object(Bucket="data", Key="k", Body=b"x")
    client("s3").list_objects_v2(Bucket="data")
    queue = client("sqs").create_queue(QueueName="data")["QueueUrl"]
    client("sqs").send_message(QueueUrl=queue, MessageBody="m")
    client("sqs").receive_message(QueueUrl=queue)
    topic = client("sns").create_topic(Name="data")["TopicArn"]
    client("sns").publish(TopicArn=topic, Message="m")
    assert [record["eventName"] for record in recorded()] == ["CreateBucket", "CreateQueue", "CreateTopic"]


def test_an_assumed_role_is_recorded_with_its_session(client, person, recorded, real_records):
    _, keys = person({"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"})
    trust = {
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
    }
    iam = client("iam")
    role = iam.create_role(RoleName="cleaner", Path="/jobs/", AssumeRolePolicyDocument=json.dumps({"Statement": trust}))
    iam.attach_role_policy(RoleName="cleaner", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    session = client("sts", keys).assume_role(RoleArn=role["Role"]["Arn"], RoleSessionName="jane")["Credentials"]
    client("iam", session).create_user(UserName="made-by-role")
    told = one(recorded("AssumeRole"))
    assert told["readOnly"] is True
    assert "secretAccessKey" not in told["responseElements"]["credentials"]
    assert told["responseElements"]["assumedRoleUser"]["arn"].endswith(":assumed-role/cleaner/jane")
    assert told["resources"][0]["ARN"] == role["Role"]["Arn"]
    identity = recorded("CreateUser")[-1]["userIdentity"]
    assert shape(identity) == shape(real(real_records, "LeaveOrganization", error="AccessDenied",
                                         source="organizations.amazonaws.com")["userIdentity"])  # fmt: skip
    assert identity["sessionContext"]["sessionIssuer"]["arn"] == "arn:aws:iam::123456789012:role/jobs/cleaner"
    assert identity["arn"] == "arn:aws:sts::123456789012:assumed-role/cleaner/jane"
    assert identity["principalId"] == f"{role['Role']['RoleId']}:jane"


def test_the_root_user_is_recorded_as_root(aws, client, recorded):
    root = {"AccessKeyId": aws.root.access_key_id, "SecretAccessKey": aws.root.secret_access_key}
    client("iam", root).list_users()
    identity = one(recorded())["userIdentity"]
    assert identity == {
        "type": "Root",
        "principalId": "123456789012",
        "arn": "arn:aws:iam::123456789012:root",
        "accountId": "123456789012",
        "accessKeyId": aws.root.access_key_id,
    }


def test_a_user_session_with_mfa_says_so(client, person, recorded):
    name, keys = person({"Effect": "Allow", "Action": "iam:*", "Resource": "*"})
    session = client("sts", keys).get_session_token(SerialNumber="arn:aws:iam::123456789012:mfa/m", TokenCode="123456")
    listed = client("iam", session["Credentials"]).list_access_keys()
    assert [key["UserName"] for key in listed["AccessKeyMetadata"]] == [name]
    identity = recorded("ListAccessKeys")[0]["userIdentity"]
    assert identity["type"] == "IAMUser"
    assert identity["sessionContext"]["attributes"]["mfaAuthenticated"] == "true"


def test_each_record_has_its_own_id_time_and_the_requests_id(client, recorded):
    before = datetime.now(UTC).replace(microsecond=0)
    answered = [client("iam").list_users()["ResponseMetadata"]["RequestId"] for _ in range(3)]
    records = recorded()
    assert [record["requestID"] for record in records] == answered
    assert len({uuid.UUID(record["eventID"]) for record in records}) == 3
    assert all(datetime.fromisoformat(record["eventTime"]) >= before for record in records)
    assert all(record["sourceIPAddress"] == "127.0.0.1" for record in records)
    assert all(record["userAgent"].startswith("Boto3/") for record in records)
