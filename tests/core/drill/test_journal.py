"""The journal says what may have been made, whenever its writer was killed."""

from __future__ import annotations

import json

import pytest

from tocsin.core.drill import journal
from tocsin.core.drill.decoy import Decoy
from tocsin.core.drill.journal import Heading, Kind, Thing
from tocsin.core.drill.lookout import Lookout, follows, removals
from tocsin.core.steps import Answered, Came
from tocsin.errors import UsageError

HEADING = Heading("d1", "abc234", "111122223333", "us-east-1", "aws", "2026-11-26T10:00:00+00:00")
DECOY = Decoy("tocsin-drill-abc234", "d1", "111122223333", "aws")
LOOKOUT = Lookout(
    "lookout-drill-abc234", "aws", "us-east-1", "111122223333", ("arn:t",), '{"source": ["aws.iam"]}', "b"
)


def text(*lines):
    return "".join(f"{line}\n" for line in (journal.heading_line(HEADING), *lines))


def test_it_names_all_that_was_begun_and_nothing_else():
    steps = [DECOY.birth(), *DECOY.life("secret"), DECOY.death()]
    found = journal.read(text(*map(journal.act_line, steps)), "j")
    assert found.heading == HEADING
    assert found.things == tuple(Thing(kind, DECOY.name) for kind in (Kind.USER, Kind.GROUP, Kind.DEVICE))


def test_no_secret_is_in_it():
    assert "secret" not in text(*map(journal.act_line, DECOY.life("secret")))


def test_what_is_gone_or_was_there_before_is_named_no_more():
    lines = [journal.act_line(DECOY.birth()), journal.dropped_line(Thing(Kind.USER, DECOY.name))]
    assert journal.read(text(*lines), "j").things == ()


def test_a_last_line_that_was_cut_off_stands_for_nothing():
    whole = text(journal.act_line(DECOY.birth()))
    for end in range(len(text()) + 1, len(whole)):
        assert journal.read(whole[:end], "j").things == (() if end < len(whole) else (Thing(Kind.USER, DECOY.name),))
    assert journal.read(text()[:-1], "j") is None


@pytest.mark.parametrize(
    "rubbish", ["{}\n", "[]\n", "no\n", text("[]"), text('{"kind": "castle"}'), text('{"kind": 1}')]
)
def test_what_is_no_journal_is_told_with_its_name(rubbish):
    with pytest.raises(UsageError, match="`j` is no journal"):
        journal.read(rubbish, "j")


def test_a_journal_of_another_version_is_left_to_that_version():
    other = json.dumps({**json.loads(text()), "version": 2}) + "\n"
    with pytest.raises(UsageError, match="another version"):
        journal.read(other, "j")


def test_all_that_looks_at_anothers_pipeline_can_be_found_again():
    things = [thing for step in LOOKOUT.steps() if (thing := journal.made_by(step))]
    assert things == [
        Thing(Kind.QUEUE, LOOKOUT.name),
        Thing(Kind.SUBSCRIPTION, LOOKOUT.queue, "arn:t"),
        Thing(Kind.RULE, LOOKOUT.name, "b"),
        Thing(Kind.TARGET, LOOKOUT.name, "b"),
    ]
    assert [step.operation for thing in things for step in removals(thing)] == [
        "GetQueueUrl",
        "ListSubscriptionsByTopic",
        "DeleteRule",
        "RemoveTargets",
    ]
    assert removals(things[3])[0].parameters["EventBusName"] == "b"


def test_of_a_topics_subscriptions_only_the_lookouts_own_is_ended():
    thing = Thing(Kind.SUBSCRIPTION, LOOKOUT.queue, "arn:t")
    page = {
        "Subscriptions": [
            {"Endpoint": "ops@example.com", "SubscriptionArn": "arn:s1"},
            {"Endpoint": LOOKOUT.queue, "SubscriptionArn": "arn:s2"},
            {"Endpoint": LOOKOUT.queue, "SubscriptionArn": "PendingConfirmation"},
        ],
        "NextToken": "more",
    }
    steps = follows(thing, page)
    assert [dict(step.parameters) for step in steps] == [
        {"SubscriptionArn": "arn:s2"},
        {"TopicArn": "arn:t", "NextToken": "more"},
    ]
    assert [step.operation for step in follows(Thing(Kind.QUEUE, "q"), {"QueueUrl": "u"})] == ["DeleteQueue"]
    assert follows(Thing(Kind.QUEUE, "q"), {}) == []


@pytest.mark.parametrize(
    ("code", "came"),
    [
        ("", Came.DONE),
        ("EntityTemporarilyUnmodifiable", Came.NOT_YET),
        ("InvalidClientTokenId", Came.NOT_YET),
        ("ThrottlingException", Came.NOT_YET),
        ("AccessDenied", Came.DENIED),
        ("AccessDeniedException", Came.DENIED),
        ("AuthorizationErrorException", Came.DENIED),
        ("EntityAlreadyExists", Came.TAKEN),
        ("NoSuchEntity", Came.GONE),
        ("AWS.SimpleQueueService.NonExistentQueue", Came.GONE),
        ("DeleteConflict", Came.CONFLICT),
        ("LimitExceeded", Came.FAILED),
    ],
)
def test_what_came_of_a_call_is_told_by_its_code(code, came):
    assert Answered(code=code).came is came
