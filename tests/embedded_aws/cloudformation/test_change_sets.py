"""Change sets, parameters, capabilities, events and rollback are CloudFormation's."""

import json
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError

from embedded_aws.cloudformation.types.sns import Topic
from embedded_aws.door.account import open_account

pytestmark = pytest.mark.rehearsal

NO_CHANGES = "The submitted information didn't contain changes. Submit different information to create a change set."


@pytest.fixture(scope="module")
def account():
    with open_account() as opened:
        yield opened


@pytest.fixture(scope="module")
def aws(account):
    return account.aws


@pytest.fixture(scope="module")
def cf(client):
    return client("cloudformation")


@pytest.fixture
def name():
    return f"s{uuid4().hex[:12]}"


TEMPLATE = """
Parameters:
  Seconds: {Type: Number, Default: 30, MinValue: 1, MaxValue: 43200}
  Loud: {Type: String, Default: "yes", AllowedValues: ["yes", "no"]}
Conditions:
  IsLoud: !Equals [!Ref Loud, "yes"]
Resources:
  Queue:
    Type: AWS::SQS::Queue
    Properties:
      VisibilityTimeout: !Ref Seconds
      MessageRetentionPeriod: 1209600
  Topic:
    Type: AWS::SNS::Topic
    Condition: IsLoud
    Properties:
      DisplayName: !Sub "${AWS::StackName} in ${AWS::Region}, ${!literal}"
Outputs:
  Queue: {Value: !GetAtt Queue.Arn, Description: where it goes}
  Topic: {Value: !Ref Topic, Condition: IsLoud}
"""


def change_set(cf, stack, body=TEMPLATE, **options):
    """Make a change set and describe it."""
    name = f"c{uuid4().hex[:8]}"
    cf.create_change_set(StackName=stack, ChangeSetName=name, TemplateBody=body, **options)
    return cf.describe_change_set(StackName=stack, ChangeSetName=name)


def deploy(cf, stack, body=TEMPLATE, kind="CREATE", **options):
    """Make a change set and execute it."""
    made = change_set(cf, stack, body, ChangeSetType=kind, **options)
    cf.execute_change_set(ChangeSetName=made["ChangeSetId"])
    return cf.describe_stacks(StackName=made["StackId"])["Stacks"][0]


def parameters(**values):
    return [{"ParameterKey": key, "ParameterValue": value} for key, value in values.items()]


def lines(described):
    return [
        (change["Action"], change["LogicalResourceId"], change.get("Replacement"))
        for change in (each["ResourceChange"] for each in described["Changes"])
    ]


def history(cf, stack):
    events = cf.describe_stack_events(StackName=stack)["StackEvents"]
    return [(event["LogicalResourceId"], event["ResourceStatus"]) for event in reversed(events)]


def test_a_create_change_set_leaves_a_stack_in_review(cf, name):
    made = change_set(cf, name, ChangeSetType="CREATE")
    assert (made["Status"], made["ExecutionStatus"]) == ("CREATE_COMPLETE", "AVAILABLE")
    assert lines(made) == [("Add", "Queue", None), ("Add", "Topic", None)]
    assert cf.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"] == "REVIEW_IN_PROGRESS"
    assert cf.list_stack_resources(StackName=name)["StackResourceSummaries"] == []
    cf.delete_change_set(ChangeSetName=made["ChangeSetId"])
    assert cf.list_change_sets(StackName=name)["Summaries"] == []
    cf.delete_stack(StackName=name)
    with pytest.raises(ClientError, match=f"Stack with id {name} does not exist"):
        cf.describe_stacks(StackName=name)


def test_executing_it_makes_the_stack_with_outputs_and_events(cf, client, name):
    stack = deploy(cf, name, Tags=[{"Key": "team", "Value": "security"}])
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    outputs = {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}
    assert outputs["Queue"].startswith("arn:aws:sqs:us-east-1:")
    topic = client("sns").get_topic_attributes(TopicArn=outputs["Topic"])["Attributes"]
    assert topic["DisplayName"] == f"{name} in us-east-1, ${{literal}}"
    tags = client("sns").list_tags_for_resource(ResourceArn=outputs["Topic"])["Tags"]
    assert tags == stack["Tags"] == [{"Key": "team", "Value": "security"}]
    told = history(cf, name)
    assert told[0] == (name, "REVIEW_IN_PROGRESS")
    assert told[-1] == (name, "CREATE_COMPLETE")
    assert [status for logical, status in told if logical == "Queue"] == [
        "CREATE_IN_PROGRESS",
        "CREATE_IN_PROGRESS",
        "CREATE_COMPLETE",
    ]


def test_a_condition_that_does_not_hold_leaves_the_resource_out(cf, name):
    stack = deploy(cf, name, Parameters=parameters(Loud="no"))
    assert [each["OutputKey"] for each in stack["Outputs"]] == ["Queue"]
    resources = cf.list_stack_resources(StackName=name)["StackResourceSummaries"]
    assert [each["LogicalResourceId"] for each in resources] == ["Queue"]


def test_an_empty_update_change_set_fails_with_aws_s_words(cf, name):
    deploy(cf, name)
    made = change_set(cf, name)
    assert (made["Status"], made["ExecutionStatus"], made["StatusReason"]) == (
        "FAILED",
        "UNAVAILABLE",
        NO_CHANGES,
    )
    with pytest.raises(ClientError) as refused:
        cf.execute_change_set(ChangeSetName=made["ChangeSetId"])
    assert refused.value.response["Error"]["Code"] == "InvalidChangeSetStatus"


def test_a_comment_in_the_template_is_no_change_but_a_parameter_is(cf, client, name):
    deploy(cf, name)
    assert change_set(cf, name, "# a comment\n" + TEMPLATE)["Status"] == "FAILED"
    made = change_set(cf, name, Parameters=parameters(Seconds="60"))
    assert lines(made) == [("Modify", "Queue", "False")]
    change = made["Changes"][0]["ResourceChange"]
    assert change["Scope"] == ["Properties"]
    assert change["Details"][0]["Target"]["Name"] == "VisibilityTimeout"
    cf.execute_change_set(ChangeSetName=made["ChangeSetId"])
    url = change["PhysicalResourceId"]
    queue = client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["VisibilityTimeout"])["Attributes"]
    assert queue == {"VisibilityTimeout": "60"}
    again = change_set(cf, name, Parameters=[{"ParameterKey": "Seconds", "UsePreviousValue": True}])
    assert again["Status"] == "FAILED"


def test_stack_tags_and_outputs_alone_are_changes(cf, name):
    deploy(cf, name)
    made = change_set(cf, name, Tags=[{"Key": "a", "Value": "b"}])
    assert lines(made) == [("Modify", "Queue", "False"), ("Modify", "Topic", "False")]
    assert {scope for each in made["Changes"] for scope in each["ResourceChange"]["Scope"]} == {"Tags"}
    made = change_set(cf, name, TEMPLATE + "  More: {Value: x}\n")
    assert (made["Status"], made["Changes"]) == ("CREATE_COMPLETE", [])


def test_a_fixed_property_replaces_and_what_leans_on_it_follows(cf, client, name):
    def body(queue):
        return json.dumps(
            {
                "Resources": {
                    "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": queue}},
                    "Policy": {
                        "Type": "AWS::SQS::QueueInlinePolicy",
                        "Properties": {"Queue": {"Ref": "Queue"}, "PolicyDocument": {"Statement": []}},
                    },
                }
            }
        )

    body_one = body(f"{name}-one").replace(
        '"Statement": []',
        '"Statement": [{"Effect": "Deny", "Principal": "*", "Action": "sqs:SendMessage", "Resource": "*"}]',
    )
    body_two = body_one.replace(f"{name}-one", f"{name}-two")
    deploy(cf, name, body_one)
    made = change_set(cf, name, body_two)
    assert lines(made) == [("Modify", "Policy", "Conditional"), ("Modify", "Queue", "True")]
    assert made["Changes"][1]["ResourceChange"]["PolicyAction"] == "ReplaceAndDelete"
    cf.execute_change_set(ChangeSetName=made["ChangeSetId"])
    assert cf.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"] == "UPDATE_COMPLETE"
    urls = client("sqs").list_queues(QueueNamePrefix=name)["QueueUrls"]
    assert [url.rsplit("/", 1)[1] for url in urls] == [f"{name}-two"]


def test_a_resource_that_the_template_drops_is_removed_or_retained(cf, client, name):
    topic = {"Type": "AWS::SNS::Topic"}
    kept = {**topic, "DeletionPolicy": "Retain"}
    deploy(cf, name, json.dumps({"Resources": {"A": topic, "B": topic, "C": kept}}))
    ids = {
        each["LogicalResourceId"]: each["PhysicalResourceId"]
        for each in cf.list_stack_resources(StackName=name)["StackResourceSummaries"]
    }
    made = change_set(cf, name, json.dumps({"Resources": {"A": topic}}))
    changes = [each["ResourceChange"] for each in made["Changes"]]
    assert [(each["Action"], each["PolicyAction"]) for each in changes] == [
        ("Remove", "Delete"),
        ("Remove", "Retain"),
    ]
    cf.execute_change_set(ChangeSetName=made["ChangeSetId"])
    with pytest.raises(ClientError):
        client("sns").get_topic_attributes(TopicArn=ids["B"])
    assert client("sns").get_topic_attributes(TopicArn=ids["C"])
    assert ("C", "DELETE_SKIPPED") in history(cf, name)


def test_deleting_a_stack_keeps_what_is_retained(cf, client, name):
    bucket = {"Type": "AWS::S3::Bucket", "DeletionPolicy": "Retain"}
    stack = deploy(cf, name, json.dumps({"Resources": {"Logs": bucket, "Topic": {"Type": "AWS::SNS::Topic"}}}))
    found = cf.list_stack_resources(StackName=name)["StackResourceSummaries"]
    logs = next(one for one in found if one["LogicalResourceId"] == "Logs")
    cf.delete_stack(StackName=name)
    assert cf.describe_stacks(StackName=stack["StackId"])["Stacks"][0]["StackStatus"] == "DELETE_COMPLETE"
    assert ("Logs", "DELETE_SKIPPED") in history(cf, stack["StackId"])
    assert client("s3").head_bucket(Bucket=logs["PhysicalResourceId"])


def failing(**topic):
    """A template whose second resource cannot be made."""
    rule = {
        "Type": "AWS::Events::Rule",
        "DependsOn": "Topic",
        "Properties": {"EventPattern": {"a": [{"prefx": "x"}]}},
    }
    return json.dumps({"Resources": {"Topic": {"Type": "AWS::SNS::Topic", "Properties": topic}, "Rule": rule}})


def test_a_failed_creation_rolls_back_all_of_it(cf, client, name):
    stack = deploy(cf, name, failing(TopicName=name))
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    told = history(cf, name)
    assert told.index(("Rule", "CREATE_FAILED")) < told.index(("Topic", "DELETE_COMPLETE"))
    assert not [each for each in client("sns").list_topics()["Topics"] if name in each["TopicArn"]]
    with pytest.raises(ClientError, match="ROLLBACK_COMPLETE state and can not be updated"):
        change_set(cf, name)


def test_on_failure_may_keep_or_delete_instead(cf, name):
    cf.create_stack(StackName=name, TemplateBody=failing(), OnFailure="DO_NOTHING")
    assert cf.describe_stacks(StackName=name)["Stacks"][0]["StackStatus"] == "CREATE_FAILED"
    assert len(cf.list_stack_resources(StackName=name)["StackResourceSummaries"]) == 1
    gone = cf.create_stack(StackName=f"{name}-gone", TemplateBody=failing(), OnFailure="DELETE")["StackId"]
    assert cf.describe_stacks(StackName=gone)["Stacks"][0]["StackStatus"] == "DELETE_COMPLETE"


def test_a_failed_update_restores_what_was(cf, client, name):
    whole = json.dumps({"Resources": {"Topic": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": "before"}}}})
    deploy(cf, name, whole)
    stack = deploy(cf, name, failing(DisplayName="after"), kind="UPDATE")
    assert stack["StackStatus"] == "UPDATE_ROLLBACK_COMPLETE"
    resources = cf.list_stack_resources(StackName=name)["StackResourceSummaries"]
    assert [each["LogicalResourceId"] for each in resources] == ["Topic"]
    topic = client("sns").get_topic_attributes(TopicArn=resources[0]["PhysicalResourceId"])["Attributes"]
    assert topic["DisplayName"] == "before"
    assert deploy(cf, name, whole.replace("before", "later"), kind="UPDATE")["StackStatus"] == "UPDATE_COMPLETE"


def refused(cf, name, body, **options):
    with pytest.raises(ClientError) as raised:
        cf.create_change_set(StackName=name, ChangeSetName="c", ChangeSetType="CREATE", TemplateBody=body, **options)
    error = raised.value.response["Error"]
    return error["Code"], error["Message"]


@pytest.mark.parametrize(
    ("slot", "value", "words"),
    [
        (
            "{Type: String, AllowedPattern: '[a-z]+'}",
            "A1",
            "Parameter 'P' failed to satisfy constraint: must match pattern",
        ),
        (
            "{Type: String, AllowedPattern: '[a-z]+', ConstraintDescription: must be small}",
            "abC",
            "Parameter 'P' failed to satisfy constraint: must be small",
        ),
        ("{Type: String, AllowedValues: [a, b]}", "c", "Parameter 'P' failed to satisfy constraint"),
        ("{Type: String, MinLength: 3}", "ab", "Parameter 'P' failed to satisfy constraint"),
        ("{Type: String, MaxLength: 3}", "abcd", "Parameter 'P' failed to satisfy constraint"),
        ("{Type: Number, MinValue: 3}", "2", "Parameter 'P' failed to satisfy constraint"),
        ("{Type: Number}", "two", "Parameter 'P' must be a number"),
    ],
)
def test_parameters_are_held_to_their_constraints(cf, name, slot, value, words):
    body = f"Parameters: {{P: {slot}}}\nResources: {{T: {{Type: 'AWS::SNS::Topic'}}}}"
    code, message = refused(cf, name, body, Parameters=parameters(P=value))
    assert code == "ValidationError"
    assert words in message


def test_parameters_must_be_given_and_known(cf, name):
    body = "Parameters: {P: {Type: String}}\nResources: {T: {Type: 'AWS::SNS::Topic'}}"
    assert "Parameters: [P] must have values" in refused(cf, name, body)[1]
    assert "[Q] do not exist in the template" in refused(cf, name, body, Parameters=parameters(P="x", Q="y"))[1]


def test_secret_parameters_are_masked(cf, name):
    body = "Parameters: {P: {Type: String, NoEcho: true}}\nResources: {T: {Type: 'AWS::SNS::Topic'}}"
    stack = deploy(cf, name, body, Parameters=parameters(P="secret"))
    assert stack["Parameters"] == [{"ParameterKey": "P", "ParameterValue": "****"}]


def test_an_inline_template_over_51200_bytes_is_refused_and_so_is_an_address(cf, name):
    body = TEMPLATE + "#" * 51_200
    code, message = refused(cf, name, body)
    assert code == "ValidationError"
    assert "less than or equal to 51200" in message
    with pytest.raises(ClientError, match="the embedded AWS reads no URL"):
        cf.create_stack(StackName=name, TemplateURL="https://b.s3.us-east-1.amazonaws.com/t.yaml")


CIRCLE = """
Resources:
  A: {Type: "AWS::SNS::Topic", DependsOn: B}
  B: {Type: "AWS::SNS::Topic", DependsOn: A}
"""


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("Resources: {}", "At least one Resources member must be defined"),
        ("Resources: [", "YAML not well-formed"),
        (
            "Resources: {T: {Type: 'AWS::SNS::Topic', Properties: {DisplayName: !Ref Nobody}}}",
            "[Nobody] in the Resources",
        ),
        (
            "Resources: {T: {Type: 'AWS::SNS::Topic'}}\nOutputs: {O: {Value: !GetAtt No.Arn}}",
            "[No] in the Outputs",
        ),
        ("Resources: {T: {Type: 'AWS::SNS::Topic', Colour: red}}", "unsupported properties [Colour]"),
        (
            "Resources: {T: {Type: 'AWS::SNS::Topic', Condition: Nope}}",
            "Unresolved condition dependency Nope",
        ),
        (
            "Surprise: 1\nResources: {T: {Type: 'AWS::SNS::Topic'}}",
            "Invalid template property or properties [Surprise]",
        ),
        ("Resources: {a-b: {Type: 'AWS::SNS::Topic'}}", "non alphanumeric"),
        (
            CIRCLE,
            "Circular dependency between resources: [A, B]",
        ),
    ],
)
def test_a_malformed_template_is_refused_in_aws_s_words(cf, name, body, words):
    code, message = refused(cf, name, body)
    assert code == "ValidationError"
    assert words in message


def test_names_are_free_once_and_stacks_are_of_one_region(cf, client, name):
    deploy(cf, name)
    with pytest.raises(ClientError) as raised:
        cf.create_stack(StackName=name, TemplateBody=TEMPLATE)
    assert raised.value.response["Error"]["Code"] == "AlreadyExistsException"
    assert "cannot be created again" in refused(cf, name, TEMPLATE)[1]
    far = client("cloudformation", region="eu-west-1")
    with pytest.raises(ClientError, match="does not exist"):
        far.describe_stacks(StackName=name)
    with pytest.raises(ClientError, match="does not exist"):
        far.create_change_set(StackName=name, ChangeSetName="c", TemplateBody=TEMPLATE)


def test_termination_protection_protects(cf, name):
    deploy(cf, name)
    cf.update_termination_protection(StackName=name, EnableTerminationProtection=True)
    with pytest.raises(ClientError, match="TerminationProtection is enabled"):
        cf.delete_stack(StackName=name)


def test_a_resource_that_is_not_there_after_the_operation_fails_it(cf, client, name, monkeypatch):
    monkeypatch.setattr(Topic, "exists", lambda *_: False)
    stack = deploy(cf, name, json.dumps({"Resources": {"T": {"Type": "AWS::SNS::Topic"}}}))
    assert stack["StackStatus"] == "ROLLBACK_COMPLETE"
    assert any(
        "does not exist as the template describes it" in str(event)
        for event in cf.describe_stack_events(StackName=name)["StackEvents"]
    )


KEPT = """
Resources:
  Queue:
    Type: AWS::SQS::Queue
    DeletionPolicy: RetainExceptOnCreate
    Properties: {QueueName: %s}
  Policy:
    Type: AWS::SQS::QueueInlinePolicy
    Properties:
      Queue: !Ref Queue
      PolicyDocument:
        Version: "2012-10-17"
        Statement: [{Effect: Allow, Principal: {Service: events.amazonaws.com}, Action: sqs:SendMessage, Resource: "*"}]
  Rule:
    Type: AWS::Events::Rule
    Properties:
      Name: %s
      EventPattern: {source: [aws.iam]}
      State: ENABLED
      Targets: [{Id: queue, Arn: !GetAtt Queue.Arn}]
"""


def test_a_drift_aware_change_set_names_what_was_changed_by_hand_and_mends_it(cf, client, name):
    body = KEPT % (name, name)
    deploy(cf, name, body)
    client("events").disable_rule(Name=name)
    url = client("sqs").get_queue_url(QueueName=name)["QueueUrl"]
    client("sqs").delete_queue(QueueUrl=url)
    assert change_set(cf, name, body)["StatusReason"] == NO_CHANGES
    seen = change_set(cf, name, body, DeploymentMode="REVERT_DRIFT")
    drift = {
        one["ResourceChange"]["LogicalResourceId"]: one["ResourceChange"]["ResourceDriftStatus"]
        for one in seen["Changes"]
    }
    assert (drift, seen["DeploymentMode"]) == (
        {"Queue": "DELETED", "Policy": "MODIFIED", "Rule": "MODIFIED"},
        "REVERT_DRIFT",
    )
    cf.execute_change_set(ChangeSetName=seen["ChangeSetId"])
    assert client("events").describe_rule(Name=name)["State"] == "ENABLED"
    assert client("sqs").get_queue_url(QueueName=name)["QueueUrl"] == url
    assert change_set(cf, name, body, DeploymentMode="REVERT_DRIFT")["StatusReason"] == NO_CHANGES


def test_a_named_queue_that_was_kept_is_imported_only_where_one_asks_for_it(cf, name):
    body = KEPT % (name, name)
    deploy(cf, name, body)
    cf.delete_stack(StackName=name)
    assert ("Queue", "Add", None) in [
        (two, one, three) for one, two, three in lines(change_set(cf, name, body, ChangeSetType="CREATE"))
    ]
    stack = deploy(cf, name, body, ImportExistingResources=True)
    assert stack["StackStatus"] == "CREATE_COMPLETE"
    assert ("Queue", "IMPORT_COMPLETE") in history(cf, name)


def test_what_is_retained_except_on_create_goes_when_its_creation_is_rolled_back(cf, client, name):
    body = (KEPT % (name, name)).replace("aws.iam]", "aws.iam, {nonsense: 1}]")
    stack = deploy(cf, name, body, OnStackFailure="DELETE")
    assert stack["StackStatus"] == "DELETE_COMPLETE"
    with pytest.raises(ClientError, match="does not exist"):
        client("sqs").get_queue_url(QueueName=name)
