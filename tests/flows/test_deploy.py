"""Deploying, with a CloudFormation that only remembers."""

import json
import re
from dataclasses import replace

import pytest

from tocsin import config
from tocsin.adapters.files.yamls import read_yaml
from tocsin.core.settings import DEFAULTS
from tocsin.core.template.changes import Action, Change, ChangeSet, Stack
from tocsin.core.template.pipeline import compose
from tocsin.core.template.subscribers import subscribers_of
from tocsin.errors import Unreachable, UsageError
from tocsin.flows.deploy import KEPT, STUCK, apply, destroy, ours, own, parting, plan, protect
from tocsin.lint.nodes import as_json

RULES = config.catalogue()
CREATE = Change(Action.CREATE, "Topic", "AWS::SNS::Topic")


class FakeStacks:
    def __init__(self, *changes, fails=()):
        self.changes = changes
        self.calls = []
        self.standing = None
        self.fails = list(fails)

    def propose(self, stack, template, parameters, *, new, tags, role):
        self.calls.append(("propose", stack, template, dict(parameters), tags))
        return ChangeSet(stack, "cs-1", new=new, changes=self.changes)

    def execute(self, changes):
        self.calls.append(("execute", changes.id))

    def discard(self, changes):
        self.calls.append(("discard", changes.id))

    def wait(self, changes, told=lambda _: None):
        self.calls.append(("wait", changes.id))
        if self.fails:
            raise self.fails.pop(0)
        told("create complete: Topic")
        return {"TopicArn": "arn"}

    def look(self, stack):
        return self.standing

    def resources(self, stack):
        return [("LogBucket", "AWS::S3::Bucket", "b"), ("Topic", "AWS::SNS::Topic", "t")]

    def protect(self, standing, *, on):
        self.calls.append(("protect", on))

    def delete(self, standing, told):
        self.calls.append(("delete", standing.id))


def test_a_plan_is_a_change_set_of_the_composed_template_with_checked_parameters():
    stacks = FakeStacks(CREATE)
    settings = replace(DEFAULTS, log_days=30, durable=True, subscribers=("ops@example.com",), tags={"team": "sec"})
    changes = plan(stacks, settings, config.frame(), RULES, region="us-east-1")
    template = compose(config.frame(), RULES, subscribers=subscribers_of(settings))
    values = {
        "Name": "tocsin", "AdoptedTrail": "", "CustomerKey": "no", "ObjectLockDays": "0", "Operator": "",
        "LogDays": "30",
    }  # fmt: skip
    assert changes == ChangeSet("tocsin", "cs-1", new=True, changes=(CREATE,))
    assert stacks.calls == [("propose", "tocsin", template, values, {"team": "sec"})]


@pytest.mark.parametrize(
    ("region", "changes", "message", "hint"),
    [
        (
            "eu-central-1",
            {},
            "in eu-central-1 the alarm could never ring: partition aws records IAM in us-east-1",
            "use --region us-east-1",
        ),
        (
            "cn-northwest-1",
            {},
            "in cn-northwest-1 the alarm could never ring: partition aws-cn records IAM in cn-north-1",
            "use --region cn-north-1",
        ),
        (
            "us-east-1",
            {"name": "Bell"},
            (
                "parameter `Name` is 'Bell', and must be 2 to 24 lower-case letters, digits or hyphens, "
                "and start with a letter"
            ),
            "parameters: Name, AdoptedTrail, CustomerKey, ObjectLockDays, Operator, LogDays",
        ),
    ],
)
def test_what_could_never_work_is_refused_before_aws_is_asked(region, changes, message, hint):
    stacks = FakeStacks()
    with pytest.raises(UsageError) as fault:
        plan(stacks, replace(DEFAULTS, **changes), config.frame(), RULES, region=region)
    assert (fault.value.message, fault.value.hint, stacks.calls) == (message, hint, [])


NEW = ChangeSet("tocsin", "cs-1", new=True, changes=(CREATE,))
SECOND = replace(NEW, id="cs-2")


def test_a_queue_that_was_deleted_just_now_is_waited_for_and_tried_once_more():
    blocked = Unreachable("Queue: You must wait 60 seconds after deleting a queue before you can create another")
    stacks, told, slept = FakeStacks(fails=[blocked]), [], []
    apply(stacks, NEW, told.append, again=lambda: SECOND, sleep=slept.append)
    assert (slept, told[0]) == (
        [60.0],
        "a queue of that name was deleted just now, and AWS wants 60 s in between: waiting for them",
    )
    assert stacks.calls == [("execute", "cs-1"), ("wait", "cs-1"), ("execute", "cs-2"), ("wait", "cs-2")]
    stacks = FakeStacks(fails=[blocked, blocked])
    with pytest.raises(Unreachable, match="60 seconds"):
        apply(stacks, NEW, again=lambda: SECOND, sleep=slept.append)


def test_any_other_failure_is_not_tried_again():
    stacks = FakeStacks(fails=[Unreachable("Topic: no")])
    with pytest.raises(Unreachable, match="Topic: no"):
        apply(stacks, NEW, again=None, sleep=None)


def test_changes_are_executed_and_waited_for():
    stacks, told = FakeStacks(), []
    outputs = apply(stacks, NEW, told.append, again=None, sleep=None)
    assert (outputs, stacks.calls, told) == (
        {"TopicArn": "arn"},
        [("execute", "cs-1"), ("wait", "cs-1")],
        ["create complete: Topic"],
    )


def test_a_change_set_without_changes_is_thrown_away():
    stacks = FakeStacks()
    apply(stacks, ChangeSet("tocsin", "cs-1", new=False, changes=()), again=None, sleep=None)
    assert stacks.calls == [("discard", "cs-1"), ("wait", "cs-1")]


STANDING = Stack("tocsin", "arn", "CREATE_COMPLETE", ours=True, protected=False, outputs={})


def at(status, **changes):
    stacks = FakeStacks()
    stacks.standing = None if status is None else replace(STANDING, status=status, **changes)
    return stacks


@pytest.mark.parametrize("status", [None, "REVIEW_IN_PROGRESS"])
def test_where_no_stack_stands_there_is_none(status):
    assert own(at(status, ours=False) if status else at(None), "tocsin") is None


@pytest.mark.parametrize("status", ["CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"])
def test_a_stack_of_ours_that_can_be_changed_is_given_as_it_stands(status):
    assert own(at(status), "tocsin").status == status


@pytest.mark.parametrize(
    ("status", "tagged", "said", "hint"),
    [
        ("CREATE_COMPLETE", False, "it is not Tocsin's", "another `name`"),
        ("UPDATE_IN_PROGRESS", True, "somebody is changing it now", "wait"),
        *((one, True, said, "tocsin destroy") for one, said in STUCK.items() if one != "UPDATE_ROLLBACK_FAILED"),
        ("UPDATE_ROLLBACK_FAILED", True, "the way back failed too", "continue-update-rollback"),
    ],
)
def test_a_stack_that_cannot_be_changed_is_said_with_the_way_out(status, tagged, said, hint):
    with pytest.raises(UsageError, match=re.escape(said)) as fault:
        own(at(status, ours=tagged), "tocsin")
    assert hint in fault.value.hint


@pytest.mark.parametrize("status", STUCK)
def test_a_failed_stack_is_given_to_be_destroyed_only_when_it_is_ours(status):
    assert ours(at(status), "tocsin").status == status
    with pytest.raises(UsageError, match="it is not Tocsin's"):
        ours(at(status, ours=False), "tocsin")


def test_destroying_deletes_and_tells_what_stays():
    stacks = at("CREATE_COMPLETE")
    goes, stays = parting(stacks, stacks.standing)
    assert (goes, stays) == ([("Topic", "AWS::SNS::Topic", "t")], [("LogBucket", "AWS::S3::Bucket", "b")])
    destroy(stacks, stacks.standing, print)
    assert stacks.calls == [("delete", "arn")]


def test_the_protection_of_a_stack_is_lifted_before_it_is_deleted():
    stacks = at("CREATE_COMPLETE", protected=True)
    destroy(stacks, stacks.standing, print)
    assert stacks.calls == [("protect", False), ("delete", "arn")]


@pytest.mark.parametrize(("protected", "wanted"), [(True, False), (False, True)])
def test_a_stack_is_protected_as_the_config_says_and_only_when_it_is_not_yet(protected, wanted):
    stacks = at("CREATE_COMPLETE", protected=protected)
    protect(stacks, replace(DEFAULTS, protect=wanted))
    protect(stacks, replace(DEFAULTS, protect=protected))
    assert stacks.calls == [("protect", wanted)]


def test_what_stays_is_what_the_template_retains():
    (document,) = read_yaml(compose(config.frame(), RULES))
    resources = json.loads(as_json(document))["Resources"]
    assert {name for name, one in resources.items() if one.get("DeletionPolicy") == "RetainExceptOnCreate"} == KEPT
