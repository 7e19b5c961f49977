"""One embedded AWS a module, and clients of it."""

import json
import os

import boto3
import botocore.config
import pytest

from embedded_aws.door.server import EmbeddedAWS
from places import SHARED

ONE_TRY = botocore.config.Config(retries={"total_max_attempts": 1})


@pytest.fixture(scope="module")
def aws():
    """An embedded AWS that nobody else uses at the time."""
    with EmbeddedAWS() as running:
        yield running


@pytest.fixture(scope="module")
def client(aws):
    """Make a boto3 client: of the administrator, or with other credentials (as an API returns them)."""
    made = {}

    def make(service, credentials=None, region="us-east-1"):
        keys = credentials or {
            "AccessKeyId": aws.admin.access_key_id,
            "SecretAccessKey": aws.admin.secret_access_key,
        }
        name = (service, keys["AccessKeyId"], region)
        if name not in made:
            made[name] = boto3.client(
                service,
                region_name=region,
                endpoint_url=aws.endpoint_url,
                aws_access_key_id=keys["AccessKeyId"],
                aws_secret_access_key=keys["SecretAccessKey"],
                aws_session_token=keys.get("SessionToken"),
                config=ONE_TRY,
            )
        return made[name]

    return make


@pytest.fixture
def recorded(aws):
    """Give the records of what was called in this test."""
    aws.settle()
    before = len(aws.history.records())

    def records(event_name=None):
        aws.settle()
        new = aws.history.records()[before:]
        return [one for one in new if event_name in {None, one["eventName"]}]

    return records


@pytest.fixture
def person(client):
    """Create a user with an access key and inline statements, and return name and credentials."""
    names = iter(f"person-{number}" for number in range(100))
    iam = client("iam")

    def create(*statements, name=None):
        name = name or f"{next(names)}-{os.urandom(3).hex()}"
        iam.create_user(UserName=name)
        if statements:
            document = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
            iam.put_user_policy(UserName=name, PolicyName="inline", PolicyDocument=document)
        return name, iam.create_access_key(UserName=name)["AccessKey"]

    return create


@pytest.fixture(scope="session")
def real_records():
    """Real CloudTrail records, which stay outside the repository."""
    path = SHARED / "records" / "identity-events.jsonl"
    if not path.is_file():
        pytest.skip(f"the real records are not here: {path} (set TOCSIN_SHARED)")
    lines = path.read_text(encoding="utf-8").splitlines()
    return [{key: value for key, value in json.loads(line).items() if not key.startswith("_")} for line in lines]
