"""Records into stories: the same story in any order, and a telling for what earns one."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import NOW, SETTLE, WINDOW, at, denied, record, story_of
from tocsin.core.incident.correlate import Story, correlate, magnitude
from tocsin.core.incident.incident import Deed, Incident, Status, StoryKey, Victims
from tocsin.core.match.rules import Role, Severity
from tocsin.core.notice.notice import compose
from tocsin.core.record.actor import Actor, ActorKind
from tocsin.core.record.result import Result
from tocsin.core.record.subject import Subject

KEY = StoryKey("111122223333", "alice", "identity")
START = datetime(2026, 11, 23, 21, 0, tzinfo=UTC)
# Rule, role, severity, result: as the catalogue's.
KINDS = [
    ("deleted", Role.TRIGGER, Severity.HIGH, Result.DONE),
    ("denied", Role.TRIGGER, Severity.MEDIUM, Result.DENIED),
    ("missing", Role.TRIGGER, Severity.LOW, Result.MISSING),
    ("key-deleted", Role.PRELUDE, Severity.LOW, Result.DONE),
    ("left-group", Role.PRELUDE, Severity.LOW, Result.DONE),
    ("own", Role.TRIGGER, Severity.HIGH, Result.DENIED),
]


def deed_at(seconds, kind=KINDS[0], name="bob", event_id=""):
    rule, role, severity, result = kind
    subject = Subject("IAM user", name) if name else None
    time = START + timedelta(seconds=seconds)
    return Deed(
        rule, role, severity, result, event_id or f"{seconds}-{rule}-{name}", "DeleteUser", time, True, subject=subject
    )


def actor_of_deed(deed):
    return Actor(ActorKind.USER, name=f"by {deed.event_id}", key="alice")


def tell(deeds, *, story=None, apart=timedelta(seconds=1), now=NOW):
    """Put deeds into a story in their order, each a while after the other."""
    story, told = story or Story(KEY), []
    for number, deed in enumerate(deeds):
        one = correlate(
            story,
            deed,
            actor_of_deed(deed),
            window=WINDOW,
            settle=SETTLE,
            now=now + number * apart,
            new_id=f"inc-{len(story.incidents)}-{number}",
        )
        story = one.story
        told.append(one)
    return told


def core_of(story):
    """What of a story may not depend on the order: no ids, no revisions."""
    return sorted(
        (one.first, one.last, one.members, one.headline, one.actor, one.victims, one.preludes, one.severity)
        for one in story.incidents
        if one.status is Status.OPEN
    )


DEEDS = st.lists(
    st.builds(
        deed_at,
        st.integers(0, 60).map(lambda step: step * 300),
        st.sampled_from(KINDS),
        st.sampled_from(["", "bob", "carol", "dave", "erin"]),
    ),
    min_size=1,
    max_size=12,
    unique_by=lambda deed: deed.event_id,
)


@given(DEEDS.flatmap(lambda deeds: st.tuples(st.just(deeds), st.permutations(deeds))))
def test_members_subjects_headline_and_severity_are_the_same_in_any_order(orders):
    in_time, otherwise = (tell(deeds)[-1].story for deeds in orders)
    assert core_of(in_time) == core_of(otherwise)


@given(DEEDS)
def test_open_stories_lie_further_apart_than_the_window_and_no_deed_is_lost(deeds):
    told = tell(deeds)
    story = told[-1].story
    spans = sorted((one.first, one.last) for one in story.incidents if one.status is Status.OPEN)
    assert all(later[0] - earlier[1] > WINDOW for earlier, later in pairwise(spans))
    assert sum(one.members for one in story.incidents if one.status is Status.OPEN) == len(deeds)


@given(DEEDS)
def test_a_merged_incident_names_an_open_one_or_one_that_was_merged_after_it(deeds):
    story = tell(deeds)[-1].story
    for incident in story.incidents:
        last = incident
        while last.status is Status.MERGED:
            last = story.get(last.merged_into)
        assert last.status is Status.OPEN
        assert last.opened <= incident.opened


def test_one_deed_is_an_incident_of_its_own():
    deed = deed_at(0)
    (told,) = tell([deed])
    incident = Incident(
        id="inc-0-0",
        key=KEY,
        actor=actor_of_deed(deed),
        opened=NOW,
        first=deed.time,
        last=deed.time,
        headline=deed,
        victims=(Victims("deleted", Role.TRIGGER, (Subject("IAM user", "bob"),), 1),),
        preludes=(),
        members=1,
        revision=1,
        due_at=NOW,
    )
    assert (told.story, told.incident, told.earned) == (Story(KEY, (incident,)), incident, True)


@pytest.mark.parametrize(("gap", "stories"), [(0, 1), (900, 1), (901, 2), (-900, 1), (-901, 2)])
def test_deeds_within_the_window_are_one_story(gap, stories):
    assert len(tell([deed_at(10_000), deed_at(10_000 + gap, name="carol")])[-1].story.incidents) == stories


def test_a_late_deed_that_bridges_two_incidents_merges_them_into_the_one_opened_first():
    first, second, bridge = tell([deed_at(1800, name="carol"), deed_at(0), deed_at(900, KINDS[3])])
    assert [first.incident.id, second.incident.id, bridge.incident.id] == ["inc-0-0", "inc-1-1", "inc-0-0"]
    merged = bridge.story.get("inc-1-1")
    assert (merged.status, merged.merged_into, bridge.incident.members) == (Status.MERGED, "inc-0-0", 3)
    assert [subject.name for subject in bridge.incident.told_of.subjects] == ["bob", "carol"]


def test_a_deed_joins_the_open_incident_and_not_the_merged_one():
    told = tell([deed_at(1800, name="carol"), deed_at(0), deed_at(900, KINDS[3]), deed_at(100, name="dave")])
    assert (told[-1].incident.id, told[-1].incident.members) == ("inc-0-0", 4)


def names(count):
    return [f"user-{number:04}" for number in range(count)]


def test_fifty_deletions_are_one_incident_that_lists_fifty_names(rules):
    told, _ = story_of([at(n, requestParameters={"userName": name}) for n, name in enumerate(names(50))], rules)
    notice = compose(told.incident, rules)
    assert notice.subjects == tuple(f"IAM user {name}" for name in names(50))
    assert (
        notice.sentence == "50 IAM users were deleted by IAM user alice: user-0000, user-0001, user-0002 and 47 more."
    )


def test_past_a_thousand_the_count_is_told_and_the_first_thousand_names():
    incident = tell([deed_at(0, name=name) for name in names(1500)], apart=timedelta(0))[-1].incident
    assert (incident.told_of.count, len(incident.told_of.subjects), incident.members) == (1500, 1000, 1500)


def test_the_same_user_deleted_twice_is_one_subject():
    incident = tell([deed_at(0), deed_at(1)])[-1].incident
    assert (incident.told_of.count, incident.members) == (1, 2)


def test_a_user_that_was_made_again_under_its_name_is_told_apart_by_its_id():
    one = deed_at(0)
    other = replace(deed_at(1), subject=Subject("IAM user", "bob", id="AIDA2"))
    assert tell([one, other])[-1].incident.told_of.count == 2


@pytest.mark.parametrize(("count", "steps"), [(0, 0), (1, 1), (9, 1), (10, 2), (99, 2), (100, 3), (1000, 4), (9999, 4)])
def test_a_mass_grows_in_steps_of_ten(count, steps):
    assert magnitude(count) == steps


def revisions(told):
    return [(number, one.incident.due_at - NOW) for number, one in enumerate(told) if one.earned]


def test_one_ten_and_a_hundred_subjects_ring_at_once():
    told = tell([deed_at(0, name=name) for name in names(150)], apart=timedelta(0))
    assert revisions(told) == [(0, timedelta(0)), (9, timedelta(0)), (99, timedelta(0))]


def test_a_second_victim_is_told_after_the_settle_time():
    told = tell([deed_at(0), deed_at(600, name="carol")], apart=timedelta(seconds=5))
    assert revisions(told) == [(0, timedelta(0)), (1, timedelta(seconds=65))]


def test_victims_that_come_while_a_telling_waits_are_in_it():
    told = tell([deed_at(n, name=name) for n, name in enumerate(names(5))], apart=timedelta(seconds=5))
    assert revisions(told) == [(0, timedelta(0)), (1, timedelta(seconds=65))]
    assert told[-1].incident.revision == 2


def test_each_further_gathering_takes_twice_as_long_up_to_an_hour():
    told = tell([deed_at(n * 60, name=name) for n, name in enumerate(names(9))], apart=timedelta(hours=2))
    waits = [one.incident.due_at - NOW - number * timedelta(hours=2) for number, one in enumerate(told)]
    assert [int(wait.total_seconds() / 60) for wait in waits] == [0, 1, 2, 4, 8, 16, 32, 60, 60]


@pytest.mark.parametrize(
    ("deeds", "earned"),
    [
        ([deed_at(0, KINDS[1]), deed_at(1)], [True, True]),
        ([deed_at(0), deed_at(1, KINDS[1])], [True, False]),
        ([deed_at(0, KINDS[5]), replace(deed_at(1, KINDS[5]), result=Result.DONE)], [True, True]),
        ([deed_at(0), deed_at(1)], [True, False]),
        ([deed_at(0), deed_at(-60, KINDS[3])], [True, False]),
        ([deed_at(0, KINDS[3]), deed_at(1)], [True, True]),
        ([deed_at(0, KINDS[3]), deed_at(1, KINDS[4])], [True, False]),
        ([deed_at(0, KINDS[1], name=""), deed_at(1, KINDS[1], name="")], [True, False]),
    ],
    ids=[
        "success after failure",
        "failure after success",
        "success after failure of one rule",
        "the same again",
        "a late prelude",
        "the trigger after its prelude",
        "a prelude more",
        "the same again, of nobody",
    ],
)
def test_what_earns_a_telling(deeds, earned):
    told = tell(deeds)
    assert [one.earned for one in told] == earned
    assert told[-1].incident.revision == sum(earned)


def test_a_prelude_waits_for_its_trigger_and_the_trigger_does_not_wait():
    told = tell([deed_at(0, KINDS[3]), deed_at(1, KINDS[4]), deed_at(2)], apart=timedelta(0))
    assert revisions(told) == [(0, SETTLE), (2, timedelta(0))]


def test_the_headline_is_the_most_severe_and_the_earliest():
    deeds = [deed_at(5, KINDS[1]), deed_at(9, name="dave"), deed_at(7, name="carol"), deed_at(1, KINDS[3])]
    incident = tell(deeds)[-1].incident
    assert (incident.headline, incident.actor.name, incident.severity) == (
        deeds[2],
        f"by {deeds[2].event_id}",
        Severity.HIGH,
    )


def test_preludes_stand_in_order_of_time_and_are_at_most_a_hundred():
    deeds = [deed_at(seconds, KINDS[3]) for seconds in range(150, 0, -1)]
    incident = tell(deeds)[-1].incident
    assert [deed.time for deed in incident.preludes] == [START + timedelta(seconds=n) for n in range(1, 101)]


CAUSE = (
    "CreateAccessKey",
    "UpdateAccessKey",
    "DeactivateMFADevice",
    "DetachUserPolicy",
    "DeleteVirtualMFADevice",
)


@given(st.permutations(range(len(CAUSE))))
def test_preludes_of_the_same_second_stand_in_the_order_of_cause(order):
    deeds = [replace(deed_at(0, KINDS[3], event_id=f"{9 - n}"), event_name=CAUSE[n]) for n in order]
    assert [deed.event_name for deed in tell(deeds)[-1].incident.preludes] == list(CAUSE)


def test_what_aws_refused_stands_before_what_went_through_in_the_same_second():
    done = replace(deed_at(0, KINDS[3], event_id="1"), event_name="DeleteLoginProfile")
    refused = replace(done, event_id="2", result=Result.DENIED)
    assert tell([done, refused])[-1].incident.preludes == (refused, done)


def test_an_attempt_belongs_to_the_story_of_the_deletion(rules):
    told, earned = story_of([denied(eventID="1"), at(30)], rules)
    assert (told.incident.members, told.incident.headline.rule, earned) == (2, "iam-user-deleted", [True, True])


def test_a_key_holds_its_separator_nowhere():
    from tocsin.core.incident.incident import key_of  # noqa: PLC0415 - as above
    from tocsin.core.record.actor import actor_of  # noqa: PLC0415 - used here alone

    one = record(at(0, recipientAccountId="1\n2", userIdentity="a\nb"))
    assert str(key_of(one, actor_of(one), "identity")).count("\n") == 2
