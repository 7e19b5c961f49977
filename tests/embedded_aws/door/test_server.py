"""The embedded AWS is an account that any client can call."""

import io
import json
import operator
import os
import shutil
import subprocess
import sys
import threading
import urllib.error
import urllib.request
import zipfile

import pytest

from embedded_aws.door.parts import PARTS, ours
from embedded_aws.door.server import ApiError, EmbeddedAWS, SubscriberError
from embedded_aws.errors import EmbeddedAwsError
from refusals import refused

pytestmark = pytest.mark.rehearsal


def test_a_subscriber_gets_each_record_after_the_call_was_answered(aws, client):
    got, answered = [], threading.Event()

    def subscriber(record):
        assert answered.wait(5)
        got.append(record["eventName"])

    aws.subscribe(subscriber)
    client("iam").create_user(UserName="watched")
    answered.set()
    client("iam").delete_user(UserName="watched")
    aws.settle()
    assert got == ["CreateUser", "DeleteUser"]


def test_settle_waits_for_slow_subscribers_and_says_when_it_gives_up(aws, client):
    slow = threading.Event()
    aws.subscribe(lambda _: slow.wait(5))
    client("iam").list_users()
    with pytest.raises(TimeoutError):
        aws.settle(timeout=0.05)
    assert aws.flush_logs(wait=False) == []  # as one that is busy all the time writes its log files
    slow.set()
    aws.settle()


def test_the_failure_of_a_subscriber_surfaces_once_and_stops_nobody(aws, client, capsys):
    got = []

    def broken(record):
        if record["eventName"] == "ListGroups":
            raise ValueError("broken")

    aws.settle()
    aws.subscribe(broken)
    aws.subscribe(lambda record: got.append(record["eventName"]))
    client("iam").list_groups()
    with pytest.raises(SubscriberError, match="broken") as failure:
        aws.settle()
    assert isinstance(failure.value.__cause__, ValueError)
    assert got == ["ListGroups"]
    assert "a subscriber failed" in capsys.readouterr().err
    aws.settle()


@pytest.mark.parametrize(
    ("service", "operation", "method", "arguments"),
    [
        (
            "sns",
            "ConfirmSubscription",
            "confirm_subscription",
            {"TopicArn": "arn:aws:sns:x:1:t", "Token": "t"},
        ),
        ("sqs", "CreateQueue", "create_queue", {"QueueName": "q"}),
        ("events", "TestEventPattern", "test_event_pattern", {"EventPattern": "{}", "Event": "{}"}),
        ("lambda", "DeleteFunction", "delete_function", {"FunctionName": "f"}),
        ("s3", "DeleteBucketPolicy", "delete_bucket_policy", {"Bucket": "b"}),
        ("cloudwatch", "DeleteAlarms", "delete_alarms", {"AlarmNames": ["a"]}),
        ("cloudformation", "DetectStackDrift", "detect_stack_drift", {"StackName": "s"}),
        ("ec2", "DeleteVpc", "delete_vpc", {"VpcId": "v"}),
    ],
)
def test_an_error_of_a_handler_is_written_in_the_protocol_of_the_service(  # noqa: PLR0917 - a table
    aws, client, service, operation, method, arguments
):
    def refuse(request):
        assert request.params.items() >= arguments.items()
        raise ApiError("Teapot", "short & <stout>", 418)

    aws.answer(service, operation, refuse)
    try:
        assert refused(getattr(client(service), method), **arguments) == ("Teapot", "short & <stout>", 418)
    finally:
        aws.answer(service, operation, lambda request: request.forward())


@pytest.mark.parametrize(
    ("service", "operation", "method", "arguments", "result"),
    [
        (
            "events",
            "TestEventPattern",
            "test_event_pattern",
            {"EventPattern": "{}", "Event": "{}"},
            {"Result": True},
        ),
        (
            "sns",
            "ConfirmSubscription",
            "confirm_subscription",
            {"TopicArn": "arn:aws:sns:x:1:t", "Token": "t"},
            {"SubscriptionArn": "arn:s"},
        ),
        ("lambda", "GetPolicy", "get_policy", {"FunctionName": "f"}, {"Policy": "{}", "RevisionId": "r"}),
        (
            "s3",
            "GetBucketLocation",
            "get_bucket_location",
            {"Bucket": "b"},
            {"LocationConstraint": "eu-west-1"},
        ),
        (
            "cloudformation",
            "DetectStackDrift",
            "detect_stack_drift",
            {"StackName": "s"},
            {"StackDriftDetectionId": "d"},
        ),
    ],
)
def test_the_result_of_a_handler_is_written_in_the_protocol_of_the_service(  # noqa: PLR0917 - a table
    aws, client, service, operation, method, arguments, result
):
    seen = []

    def handler(request):
        seen.append(request)
        return result

    aws.answer(service, operation, handler)
    answer = getattr(client(service), method)(**arguments)
    aws.answer(service, operation, lambda request: request.forward())
    answer.pop("ResponseMetadata")
    assert answer == result
    assert (seen[0].caller.name, seen[0].region, seen[0].account_id) == ("admin", "us-east-1", "123456789012")


def test_a_handler_may_let_moto_answer_and_change_the_result(aws, client):
    def louder(request):
        result = request.forward()
        return {**result, "QueueUrl": result["QueueUrl"] + "-loud"}

    aws.answer("sqs", "CreateQueue", louder)
    assert client("sqs").create_queue(QueueName="q1")["QueueUrl"].endswith("/q1-loud")
    aws.answer("sqs", "CreateQueue", lambda request: request.forward())


def test_motos_errors_pass_through_a_handler_that_forwards(aws, client):
    aws.answer("iam", "GetPolicy", lambda request: request.forward())
    assert refused(client("iam").get_policy, PolicyArn="arn:aws:iam::123456789012:policy/no")[0] == "NoSuchEntity"


def test_the_links_of_sns_mails_work_without_credentials_and_without_a_record(aws, recorded):
    aws.answer("sns", "ConfirmSubscription", lambda request: {"SubscriptionArn": request.params["Token"]})
    query = "Action=ConfirmSubscription&TopicArn=arn:aws:sns:us-east-1:1:t&Token=abc"
    with urllib.request.urlopen(f"{aws.endpoint_url}/?{query}") as answer:
        assert b"<SubscriptionArn>abc</SubscriptionArn>" in answer.read()
    assert recorded() == []


def test_what_is_not_understood_is_told_and_refused(aws, recorded, capsys):
    before = len(aws.notes)
    with pytest.raises(urllib.error.HTTPError) as refusal:
        urllib.request.urlopen(f"{aws.endpoint_url}/moto-api/reset")
    refusal.value.close()
    assert refusal.value.code == 404
    assert "not understood" in aws.notes[before]
    assert "not understood" in capsys.readouterr().err
    assert recorded() == []


def test_what_moto_cannot_do_is_told(aws, client):
    before = len(aws.notes)
    assert refused(client("iam").get_organizations_access_report, JobId="0" * 36)[0] == "NotImplemented"
    assert "GetOrganizationsAccessReport" in aws.notes[before]


def test_no_function_is_said_to_have_run(client):
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    role = client("iam").create_role(RoleName="runs", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("main.py", "def handler(event, context): pass")
    client("lambda").create_function(
        FunctionName="f",
        Role=role,
        Runtime="python3.13",
        Handler="main.handler",
        Code={"ZipFile": archive.getvalue()},
    )
    url = client("sqs").create_queue(QueueName="mapped")["QueueUrl"]
    arn = "arn:aws:sqs:us-east-1:123456789012:mapped"
    client("lambda").create_event_source_mapping(FunctionName="f", EventSourceArn=arn)
    client("sqs").send_message(QueueUrl=url, MessageBody="still here")
    message = client("sqs").receive_message(QueueUrl=url, AttributeNames=["ApproximateReceiveCount"])["Messages"][0]
    assert (message["Body"], message["Attributes"]["ApproximateReceiveCount"]) == ("still here", "1")
    assert len(client("lambda").list_event_source_mappings()["EventSourceMappings"]) == 1
    assert refused(client("lambda").invoke, FunctionName="f")[0] == "NotImplemented"


def test_calls_of_its_own_are_neither_judged_nor_recorded(aws, recorded):
    topic = aws.call("sns", "CreateTopic", {"Name": "own"}, region="eu-west-1")["TopicArn"]
    assert topic == "arn:aws:sns:eu-west-1:123456789012:own"
    aws.call("s3", "CreateBucket", {"Bucket": "own"})
    aws.call("s3", "PutObject", {"Bucket": "own", "Key": "a/b c", "Body": b"x"})
    assert aws.call("s3", "GetObject", {"Bucket": "own", "Key": "a/b c"})["Body"] == b"x"
    with pytest.raises(ApiError) as missing:
        aws.call("iam", "GetUser", {"UserName": "nobody"})
    assert (missing.value.code, missing.value.status) == ("NoSuchEntity", 404)
    request = urllib.request.Request(
        f"{aws.endpoint_url}/?Action=Unsubscribe&SubscriptionArn=arn:aws:sns:us-east-1:1:t:x",
        headers=aws.internal_headers,
    )
    urllib.request.urlopen(request).close()
    assert recorded() == []


def test_a_forged_internal_header_helps_nobody(aws, client, recorded):
    iam = client("iam")
    iam.meta.events.register(
        "before-send", lambda request, **_: operator.setitem(request.headers, "X-Embedded-Aws-Internal",
        "guessed"), unique_id="forge",
    )  # fmt: skip
    iam.list_roles()
    iam.meta.events.unregister("before-send", unique_id="forge")
    assert [one["eventName"] for one in recorded()] == ["ListRoles"]


def test_many_clients_at_once_lose_no_record(client, recorded):
    iam = client("iam")

    def work(worker):
        for number in range(10):
            iam.create_user(UserName=f"crowd-{worker}-{number}")

    threads = [threading.Thread(target=work, args=(worker,)) for worker in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    created = {one["requestParameters"]["userName"] for one in recorded("CreateUser")}
    assert created == {f"crowd-{worker}-{number}" for worker in range(8) for number in range(10)}


@pytest.fixture
def aws_cli(aws):
    """Run the real AWS CLI against the embedded AWS."""
    program = shutil.which("aws")
    if program is None:
        pytest.skip("the AWS CLI is not on PATH")

    def run(*arguments):
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": "/nonexistent",
            "AWS_ACCESS_KEY_ID": aws.admin.access_key_id,
            "AWS_SECRET_ACCESS_KEY": aws.admin.secret_access_key,
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        }
        command = [program, "--endpoint-url", aws.endpoint_url, "--output", "json", *arguments]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)

    probe = subprocess.run([program, "--version"], capture_output=True, text=True, check=False, timeout=60)
    if probe.returncode:
        pytest.skip(f"the AWS CLI on PATH does not run: {probe.stderr.strip()[:200]}")
    return run


def test_the_aws_cli_in_another_process_is_answered_and_recorded(aws_cli, client, recorded):
    client("iam").create_user(UserName="by-hand")
    client("iam").create_access_key(UserName="by-hand")
    refused = aws_cli("iam", "delete-user", "--user-name", "by-hand")
    assert "(DeleteConflict)" in refused.stderr, refused
    assert "must delete access keys first" in refused.stderr
    listed = aws_cli("cloudtrail", "lookup-events", "--lookup-attributes",
                     "AttributeKey=EventName,AttributeValue=DeleteUser")  # fmt: skip
    event = json.loads(listed.stdout)["Events"][0]
    assert json.loads(event["CloudTrailEvent"])["errorCode"] == "DeleteConflictException"
    record = recorded("DeleteUser")[0]
    assert record["userAgent"].startswith("aws-cli/")
    assert record["requestParameters"] == {"userName": "by-hand"}


def test_one_runs_in_a_process_at_a_time(aws):
    assert aws.endpoint_url.startswith("http://127.0.0.1:")
    with pytest.raises(EmbeddedAwsError, match="running in this process already"):
        EmbeddedAWS()


def test_every_part_of_ours_names_the_document_that_it_follows():
    assert ours()
    assert all(part.name and part.note and (part.source or part.name == "the mailbox") for part in PARTS)
    assert len({part.name for part in PARTS}) == len(PARTS)


ALONE = """
import pathlib, sys
from embedded_aws.door.server import EmbeddedAWS
with EmbeddedAWS() as aws:
    status = pathlib.Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else ["VmHWM: 0 kB"]
    print(next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) // 1024)
    print(aws.call("iam", "CreateUser", {"UserName": "alice"})["User"]["Arn"])
with EmbeddedAWS(account_id="210987654321", region="eu-west-1") as aws:
    print([user["UserName"] for user in aws.call("iam", "ListUsers")["Users"]])
    print(aws.call("sns", "CreateTopic", {"Name": "t"})["TopicArn"])
    aws.subscribe(lambda record: 1 / 0)
print("boto3 client" if "boto3.session" in sys.modules else "no boto3")
"""


def test_it_starts_small_and_the_next_one_starts_empty():
    environment = {**os.environ, "AWS_PROFILE": "no-such-profile"}
    done = subprocess.run(
        [sys.executable, "-c", ALONE],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    megabytes, arn, users, topic, *_ = done.stdout.splitlines()
    assert int(megabytes) < 150, f"it takes {megabytes} MB"
    assert arn == "arn:aws:iam::123456789012:user/alice"
    assert users == "['admin']"
    assert topic == "arn:aws:sns:eu-west-1:210987654321:t"


def test_an_unread_failure_of_a_subscriber_is_raised_at_the_end():
    code = """
from urllib.request import Request, urlopen
from embedded_aws.door.server import EmbeddedAWS
with EmbeddedAWS() as aws:
    aws.subscribe(lambda record: 1 / 0)
    scope = f"Credential={aws.admin.access_key_id}/20260101/us-east-1/iam/aws4_request"
    headers = {"Authorization": f"AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature=0"}
    body = b"Action=ListUsers&Version=2010-05-08"
    urlopen(Request(f"{aws.endpoint_url}/", data=body, headers=headers)).close()
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1
    assert "SubscriberError" in done.stderr
    assert "ZeroDivisionError" in done.stderr
