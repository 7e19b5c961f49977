"""Deploying, with a CloudFormation that only remembers."""

from dataclasses import replace

import pytest

from tocsin import config
from tocsin.core.settings import DEFAULTS
from tocsin.core.template.changes import Action, Change, ChangeSet, lines_of
from tocsin.core.template.pipeline import compose
from tocsin.core.template.subscribers import subscriber_of
from tocsin.errors import UsageError
from tocsin.flows.deploy import apply, plan

RULES = config.catalogue()
CREATE = Change(Action.CREATE, "Topic", "AWS::SNS::Topic")


class FakeStacks:
    def __init__(self, *changes):
        self.changes = changes
        self.calls = []

    def propose(self, stack, template, parameters):
        self.calls.append(("propose", stack, template, dict(parameters)))
        return ChangeSet(stack, "cs-1", new=True, changes=self.changes)

    def execute(self, changes):
        self.calls.append(("execute", changes.id))

    def discard(self, changes):
        self.calls.append(("discard", changes.id))

    def wait(self, changes):
        self.calls.append(("wait", changes.id))
        return {"TopicArn": "arn"}


def test_a_plan_is_a_change_set_of_the_composed_template_with_checked_parameters():
    stacks = FakeStacks(CREATE)
    settings = replace(DEFAULTS, log_days=30, durable=True, subscribers=("ops@example.com",))
    changes = plan(stacks, settings, config.frame(), RULES, region="us-east-1")
    template = compose(config.frame(), RULES, subscribers=[subscriber_of("ops@example.com")])
    values = {"Name": "tocsin", "AdoptedTrail": "", "CustomerKey": "no", "LogDays": "30"}
    assert changes == ChangeSet("tocsin", "cs-1", new=True, changes=(CREATE,))
    assert stacks.calls == [("propose", "tocsin", template, values)]


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
            "parameters: Name, AdoptedTrail, CustomerKey, LogDays",
        ),
    ],
)
def test_what_could_never_work_is_refused_before_aws_is_asked(region, changes, message, hint):
    stacks = FakeStacks()
    with pytest.raises(UsageError) as fault:
        plan(stacks, replace(DEFAULTS, **changes), config.frame(), RULES, region=region)
    assert (fault.value.message, fault.value.hint, stacks.calls) == (message, hint, [])


def test_changes_are_executed_and_waited_for():
    stacks, told = FakeStacks(), []
    outputs = apply(stacks, ChangeSet("tocsin", "cs-1", new=True, changes=(CREATE,)), told.append)
    assert (outputs, stacks.calls, told) == (
        {"TopicArn": "arn"},
        [("execute", "cs-1"), ("wait", "cs-1")],
        ["executing"],
    )


def test_a_change_set_without_changes_is_thrown_away():
    stacks, told = FakeStacks(), []
    apply(stacks, ChangeSet("tocsin", "cs-1", new=False, changes=()), told.append)
    assert (stacks.calls, told) == ([("discard", "cs-1"), ("wait", "cs-1")], ["nothing to do"])


def test_a_change_set_reads_as_aligned_lines():
    changes = (CREATE, Change(Action.REPLACE, "LogBucket", "AWS::S3::Bucket", "b"))
    assert [lines_of(ChangeSet("tocsin", "cs-1", new=True, changes=c)) for c in (changes, ())] == [
        ["create   Topic      AWS::SNS::Topic", "replace  LogBucket  AWS::S3::Bucket"],
        ["no changes: tocsin is as the template says"],
    ]
