"""CloudFormation's change sets, from a client that answers as the API documents."""

from datetime import UTC, datetime

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError, ParamValidationError
from botocore.parsers import ResponseParserError

from tocsin.adapters.cloudformation import Stacks
from tocsin.core.template.changes import Action, Change, ChangeSet, Drift, Stack
from tocsin.errors import CredentialsError, Unreachable, UsageError

STACK = "AWS::CloudFormation::Stack"


def refusal(code, message):
    return ClientError({"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"RequestId": "r-1"}}, "Op")


class FakeClient:
    """Gives each operation's answers in turn, the last one for ever; keeps the calls."""

    def __init__(self, **answers):
        self.answers = {name: list(given) for name, given in answers.items()}
        self.calls = []

    def __getattr__(self, name):
        def call(**given):
            self.calls.append((name, given))
            answers = self.answers.get(name, [{}])
            answer = answers.pop(0) if len(answers) > 1 else answers[0]
            if isinstance(answer, Exception):
                raise answer
            return answer

        return call

    def get_paginator(self, name):
        return type("Paginator", (), {"paginate": lambda _self, **given: self._pages(name, given)})()

    def _pages(self, name, given):
        self.calls.append((name, given))
        return iter(self.answers.get(name, []))

    def names(self):
        return [name for name, _ in self.calls]


ABSENT = refusal("ValidationError", "Stack with id tocsin does not exist")


def described(status, **more):
    return {"Stacks": [{"StackStatus": status, **more}]}


def change_of(action, name="Topic", kind="AWS::SNS::Topic", **more):
    return {"ResourceChange": {"Action": action, "LogicalResourceId": name, "ResourceType": kind, **more}}


def stacks_of(**answers):
    client = FakeClient(**{"create_change_set": [{"Id": "cs-1"}], **answers})
    slept = []
    return Stacks(client, sleep=slept.append), client, slept


def propose(stacks, *, new=True):
    return stacks.propose("tocsin", "T", {}, new=new, tags={}, role="")


CHANGES = ChangeSet("tocsin", "cs-1", new=False, changes=(Change(Action.CREATE, "Topic", "AWS::SNS::Topic"),))
NEW = ChangeSet("tocsin", "cs-1", new=True, changes=CHANGES.changes)


@pytest.mark.parametrize(
    ("new", "kind", "failure", "mode"), [(True, "CREATE", "DELETE", None), (False, "UPDATE", None, "REVERT_DRIFT")]
)
def test_a_change_set_makes_a_new_stack_or_changes_one(new, kind, failure, mode):
    ready = {"Status": "CREATE_COMPLETE", "Changes": [change_of("Add")], "DeploymentMode": mode}
    stacks, client, _ = stacks_of(describe_change_set=[ready])
    changes = stacks.propose("tocsin", "TEMPLATE", {"Name": "x"}, new=new, tags={"team": "x"}, role="")
    assert changes == ChangeSet("tocsin", "cs-1", new=new, changes=CHANGES.changes, template="TEMPLATE")
    asked = dict(client.calls)["create_change_set"]
    assert (asked.get("OnStackFailure"), asked.get("DeploymentMode")) == (failure, mode)
    assert asked["ImportExistingResources"] is True
    assert asked["Tags"] == [{"Key": "team", "Value": "x"}, {"Key": "tocsin:stack", "Value": "tocsin"}]
    assert (asked["ChangeSetType"], asked["TemplateBody"], asked["Parameters"]) == (
        kind,
        "TEMPLATE",
        [{"ParameterKey": "Name", "ParameterValue": "x"}],
    )


def test_a_change_set_is_waited_for():
    pending = {"Status": "CREATE_PENDING"}
    ready = {"Status": "CREATE_COMPLETE", "Changes": [change_of("Add")]}
    stacks, _, slept = stacks_of(describe_stacks=[ABSENT], describe_change_set=[pending, pending, ready])
    assert (propose(stacks).changes, slept) == (
        CHANGES.changes,
        [2.0, 2.0],
    )


def test_more_changes_than_a_page_holds_all_come():
    pages = [
        {
            "Status": "CREATE_COMPLETE",
            "Changes": [change_of("Add", f"R{n}")],
            **({"NextToken": f"t{n}"} if n < 2 else {}),
        }
        for n in range(3)
    ]
    stacks, client, _ = stacks_of(describe_stacks=[ABSENT], describe_change_set=pages)
    assert [change.logical_id for change in propose(stacks).changes] == [
        "R0",
        "R1",
        "R2",
    ]
    tokens = [given.get("NextToken") for name, given in client.calls if name == "describe_change_set"]
    assert tokens == [None, "t0", "t1"]


@pytest.mark.parametrize(
    "reason",
    ["The submitted information didn't contain changes. Submit different information to create a change set.",
     "No updates are to be performed."],
)  # fmt: skip
def test_a_change_set_without_changes_is_no_fault(reason):
    failed = {"Status": "FAILED", "StatusReason": reason}
    stacks, client, _ = stacks_of(describe_stacks=[described("CREATE_COMPLETE")], describe_change_set=[failed])
    assert propose(stacks, new=False).changes == ()
    assert "delete_change_set" not in client.names()


@pytest.mark.parametrize("new", [True, False])
def test_a_change_set_that_failed_is_told_and_leaves_nothing_behind(new):
    failed = {"Status": "FAILED", "StatusReason": "Template error: no such thing"}
    stacks, client, _ = stacks_of(describe_change_set=[failed])
    with pytest.raises(UsageError, match="refuses the change set for tocsin: Template error: no such thing"):
        propose(stacks, new=new)
    assert ("delete_change_set" in client.names(), "delete_stack" in client.names()) == (True, new)


@pytest.mark.parametrize(
    "refused",
    [
        refusal("ValidationError", "DeploymentMode is not supported"),
        ParamValidationError(report='Unknown parameter in input: "DeploymentMode", must be one of: StackName'),
    ],
    ids=["AWS", "botocore"],
)
def test_where_drift_aware_change_sets_are_not_known_templates_are_compared_and_it_is_said(refused):
    ready = {"Status": "CREATE_COMPLETE", "Changes": [change_of("Modify")]}
    stacks, client, _ = stacks_of(create_change_set=[refused, {"Id": "cs-1"}], describe_change_set=[ready])
    assert propose(stacks, new=False).sees_drift is False
    modes = [given.get("DeploymentMode") for name, given in client.calls if name == "create_change_set"]
    assert modes == ["REVERT_DRIFT", None]


def test_an_endpoint_that_passes_over_the_wish_to_see_drift_is_found_out():
    ready = {"Status": "CREATE_COMPLETE", "Changes": [change_of("Modify")]}
    stacks, _, _ = stacks_of(describe_change_set=[ready])
    assert propose(stacks, new=False).sees_drift is False


@pytest.mark.parametrize(
    ("given", "action"),
    [
        (change_of("Add"), Action.CREATE),
        (change_of("Modify", Replacement="False"), Action.CHANGE),
        (change_of("Modify", Replacement="True"), Action.REPLACE),
        (change_of("Modify", Replacement="Conditional"), Action.REPLACE),
        (change_of("Remove"), Action.DELETE),
        (change_of("Remove", PolicyAction="Retain"), Action.KEEP),
        (change_of("Import"), Action.ADOPT),
        (change_of("SyncWithActual"), Action.AGREE),
        (change_of("Dynamic"), Action.CHANGE),
    ],
)
def test_each_change_has_its_word(given, action):
    ready = {"Status": "CREATE_COMPLETE", "Changes": [given]}
    stacks, _, _ = stacks_of(describe_stacks=[ABSENT], describe_change_set=[ready])
    assert [change.action for change in propose(stacks).changes] == [action]


def test_the_end_is_waited_for_and_gives_the_outputs():
    done = described("UPDATE_COMPLETE", Outputs=[{"OutputKey": "TopicArn", "OutputValue": "arn"}])
    going = [described("UPDATE_IN_PROGRESS"), described("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS")]
    stacks, _, slept = stacks_of(describe_stacks=[*going, done])
    assert (stacks.wait(CHANGES), len(slept)) == ({"TopicArn": "arn"}, 2)


def event_at(name, status, reason="", kind="AWS::SNS::Topic"):
    return {
        "EventId": f"{name} {status}",
        "LogicalResourceId": name,
        "ResourceType": kind,
        "ResourceStatus": status,
        "ResourceStatusReason": reason,
    }


OF_THIS_TIME = [
    event_at("tocsin", "UPDATE_ROLLBACK_COMPLETE", kind=STACK),
    event_at("Queue", "CREATE_FAILED", "Resource creation cancelled"),
    event_at("Policy", "UPDATE_FAILED", "a later failure"),
]
OLDER = [
    event_at("Topic", "CREATE_FAILED", "the name is taken"),
    event_at("tocsin", "UPDATE_IN_PROGRESS", "User Initiated", kind=STACK),
    event_at("Trail", "CREATE_FAILED", "a failure of last year"),
    event_at("tocsin", "CREATE_IN_PROGRESS", "User Initiated", kind=STACK),
]


def test_the_resource_that_failed_first_this_time_is_named_though_it_stands_on_a_later_page():
    stacks, _, _ = stacks_of(
        describe_stacks=[described("UPDATE_ROLLBACK_COMPLETE")],
        describe_stack_events=[{"StackEvents": OF_THIS_TIME}, {"StackEvents": OLDER}],
    )
    with pytest.raises(Unreachable) as fault:
        stacks.wait(CHANGES)
    assert fault.value.hint == "the pipeline is as it was before; mend the cause and run tocsin apply again"
    assert fault.value.message == "stack tocsin is UPDATE_ROLLBACK_COMPLETE: Topic (AWS::SNS::Topic): the name is taken"


def test_a_failure_that_no_resource_explains_is_told_as_such():
    stacks, _, _ = stacks_of(
        describe_stacks=[described("ROLLBACK_COMPLETE")], describe_stack_events=[{"StackEvents": []}]
    )
    with pytest.raises(Unreachable, match="stack tocsin is ROLLBACK_COMPLETE: no resource says why"):
        stacks.wait(NEW)


def test_a_stack_that_went_back_to_what_it_was_is_whole_when_nothing_was_to_change():
    stacks, _, _ = stacks_of(describe_stacks=[described("UPDATE_ROLLBACK_COMPLETE", Outputs=[])])
    assert stacks.wait(ChangeSet("tocsin", "cs-1", new=False, changes=())) == {}


def test_a_stack_that_is_gone_is_told():
    stacks, _, _ = stacks_of(describe_stacks=[ABSENT], describe_stack_events=[])
    with pytest.raises(Unreachable, match="stack tocsin is DELETE_COMPLETE"):
        stacks.wait(NEW)


@pytest.mark.parametrize(
    ("changes", "others", "calls"),
    [
        (NEW, ["tocsin-1"], ["delete_change_set", "list_change_sets", "delete_stack"]),
        (NEW, ["tocsin-1", "theirs"], ["delete_change_set", "list_change_sets"]),
        (CHANGES, [], ["delete_change_set"]),
    ],
    ids=["a new one", "somebody else plans one of that name", "one that stands"],
)
def test_a_declined_change_set_takes_the_empty_stack_with_it(changes, others, calls):
    stacks, client, _ = stacks_of(list_change_sets=[{"Summaries": [{"ChangeSetName": name} for name in others]}])
    stacks.discard(changes)
    assert client.names() == calls


def target(**given):
    return {"Target": {"Attribute": "Properties", **given}}


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({}, ""),
        ({"ResourceDriftStatus": "MODIFIED"}, "it was changed by hand"),
        ({"ResourceDriftStatus": "DELETED"}, "it was deleted by hand"),
        (
            {"Details": [target(Name="State")], "ResourceDriftStatus": "MODIFIED"},
            "it was changed by hand (State)",
        ),
        (
            {
                "Details": [
                    {"Target": {"Attribute": "Properties", "Name": "EventPattern"}},
                    {"Target": {"Attribute": "Tags"}},
                ],
                "ResourceDriftStatus": "IN_SYNC",
            },
            "EventPattern and Tags differs from what stands",
        ),
    ],
)
def test_each_change_says_why(more, why):
    ready = {"Status": "CREATE_COMPLETE", "Changes": [change_of("Modify", Replacement="False", **more)]}
    stacks, _, _ = stacks_of(describe_change_set=[ready])
    assert [change.why for change in propose(stacks, new=False).changes] == [why]


@pytest.mark.parametrize(
    ("fault", "kind", "words"),
    [
        (
            refusal("ValidationError", "1 validation error"),
            UsageError,
            "Op: ValidationError: 1 validation error (request r-1)",
        ),
        (refusal("AccessDenied", "no"), Unreachable, "Op: AccessDenied: no (request r-1)"),
        (
            refusal("SignatureDoesNotMatch", "Signature expired: 20261126T000000Z is now earlier than"),
            CredentialsError,
            "Op: SignatureDoesNotMatch: Signature expired",
        ),
        (refusal("Throttling", "Rate exceeded"), Unreachable, "Op: Throttling: Rate exceeded (request r-1)"),
        (ResponseParserError("Unable to parse response"), Unreachable, "what answered is not AWS: Unable to parse"),
        (refusal("ExpiredToken", "old"), CredentialsError, "Op: ExpiredToken: old (request r-1)"),
        (NoCredentialsError(), CredentialsError, "Unable to locate credentials"),
        (EndpointConnectionError(endpoint_url="http://x"), Unreachable, "AWS cannot be reached: "),
    ],
)
def test_what_aws_says_is_said_in_our_words(fault, kind, words):
    stacks, _, _ = stacks_of(describe_stacks=[ABSENT], create_change_set=[fault])
    with pytest.raises(kind) as found:
        propose(stacks)
    assert (type(found.value), found.value.message.startswith(words)) == (kind, True)


def test_the_resources_of_a_stack_come_from_every_page():
    item = {"LogicalResourceId": "Topic", "ResourceType": "AWS::SNS::Topic", "PhysicalResourceId": "arn"}
    bare = {"LogicalResourceId": "Queue", "ResourceType": "AWS::SQS::Queue"}
    pages = [{"StackResourceSummaries": [item]}, {"StackResourceSummaries": [bare]}]
    stacks, _, _ = stacks_of(list_stack_resources=pages)
    assert stacks.resources("tocsin") == [("Topic", "AWS::SNS::Topic", "arn"), ("Queue", "AWS::SQS::Queue", "")]


IN_PROGRESS, COMPLETE = described("CREATE_IN_PROGRESS"), described("CREATE_COMPLETE", Outputs=[])
BEGUN = event_at("tocsin", "CREATE_IN_PROGRESS", kind=STACK)


def test_each_resource_that_comes_to_stand_is_told_once_oldest_first_and_nothing_of_an_earlier_time():
    pages = [
        {"StackEvents": [event_at("Queue", "CREATE_COMPLETE"), event_at("Topic", "CREATE_COMPLETE")]},
        {"StackEvents": [event_at("Topic", "CREATE_IN_PROGRESS"), BEGUN, event_at("Old", "DELETE_COMPLETE")]},
    ]
    stacks, _, _ = stacks_of(describe_stacks=[IN_PROGRESS, COMPLETE], describe_stack_events=pages)
    told = []
    stacks.wait(NEW, told.append)
    assert told == ["create complete: Topic", "create complete: Queue"]


@pytest.mark.parametrize(
    ("answer", "seen"),
    [
        (ABSENT, None),
        (described("DELETE_COMPLETE", StackName="tocsin", StackId="arn"), None),
        (
            described(
                "CREATE_COMPLETE", StackName="tocsin", StackId="arn", Tags=[{"Key": "tocsin:stack", "Value": "x"}]
            ),
            ("CREATE_COMPLETE", True, False),
        ),
        (
            described("CREATE_COMPLETE", StackName="tocsin", StackId="arn", EnableTerminationProtection=True),
            ("CREATE_COMPLETE", False, True),
        ),
    ],
    ids=["none", "deleted", "ours", "protected, not ours"],
)
def test_a_stack_is_looked_at_as_it_stands(answer, seen):
    stacks, _, _ = stacks_of(describe_stacks=[answer])
    found = stacks.look("tocsin")
    assert (found and (found.status, found.ours, found.protected)) == seen


def test_a_deletion_is_waited_for_by_the_id_of_the_stack_and_a_failure_names_its_resource():
    standing = Stack("tocsin", "arn", "CREATE_COMPLETE", ours=True, protected=False, outputs={})
    gone, client, slept = stacks_of(describe_stacks=[described("DELETE_IN_PROGRESS"), described("DELETE_COMPLETE")])
    gone.delete(standing)
    assert (dict(client.calls)["delete_stack"]["StackName"], len(slept)) == ("arn", 1)
    events = [{"StackEvents": [event_at("Bucket", "DELETE_FAILED", "not empty")]}]
    stuck, _, _ = stacks_of(describe_stacks=[described("DELETE_FAILED")], describe_stack_events=events)
    with pytest.raises(Unreachable, match=r"DELETE_FAILED: Bucket \(AWS::SNS::Topic\): not empty"):
        stuck.delete(standing)


def test_where_no_resource_failed_the_stacks_own_reason_is_told():
    events = [
        event_at("tocsin", "ROLLBACK_COMPLETE", kind=STACK),
        event_at("tocsin", "ROLLBACK_IN_PROGRESS", "an output cannot be had", kind=STACK),
        event_at("tocsin", "CREATE_IN_PROGRESS", "User Initiated", kind=STACK),
    ]
    stacks, _, _ = stacks_of(
        describe_stacks=[described("ROLLBACK_COMPLETE")], describe_stack_events=[{"StackEvents": events}]
    )
    with pytest.raises(Unreachable, match="stack tocsin is ROLLBACK_COMPLETE: an output cannot be had"):
        stacks.wait(NEW)


WHEN = datetime(2026, 11, 26, tzinfo=UTC)
STANDING = Stack("tocsin", "arn", "CREATE_COMPLETE", ours=True, protected=False, outputs={})


def test_drift_is_waited_for_and_every_page_of_it_comes():
    modified = {"LogicalResourceId": "A", "StackResourceDriftStatus": "MODIFIED"}
    deleted = {"LogicalResourceId": "B", "StackResourceDriftStatus": "DELETED"}
    stacks, _, slept = stacks_of(
        detect_stack_drift=[{"StackDriftDetectionId": "d-1"}],
        describe_stack_drift_detection_status=[
            {"DetectionStatus": "DETECTION_IN_PROGRESS"},
            {"DetectionStatus": "DETECTION_COMPLETE", "StackDriftStatus": "DRIFTED", "Timestamp": WHEN},
        ],
        describe_stack_resource_drifts=[
            {"StackResourceDrifts": [modified], "NextToken": "t"},
            {"StackResourceDrifts": [deleted]},
        ],
    )
    assert stacks.drift(STANDING) == Drift("DRIFTED", WHEN, (("A", "MODIFIED"), ("B", "DELETED")))
    assert len(slept) == 1


def test_drift_that_could_not_be_looked_for_is_told_and_never_fine():
    failed = {"DetectionStatus": "DETECTION_FAILED", "DetectionStatusReason": "Rate exceeded"}
    stacks, _, _ = stacks_of(
        detect_stack_drift=[{"StackDriftDetectionId": "d-1"}], describe_stack_drift_detection_status=[failed]
    )
    with pytest.raises(Unreachable, match="looking for drift ended DETECTION_FAILED: Rate exceeded"):
        stacks.drift(STANDING)
