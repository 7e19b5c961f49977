"""The drill on an account that answers as IAM does: late, in conflict, in order; and nothing stays behind."""

from __future__ import annotations

import itertools
import json
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import pytest

from tocsin.core.drill import journal
from tocsin.core.drill.decoy import Decoy
from tocsin.core.drill.hops import Hop, Sighting, Source, State, Wait
from tocsin.core.drill.journal import Kind
from tocsin.core.drill.result import Variant
from tocsin.core.steps import Answered
from tocsin.errors import CredentialsError, TocsinError, Unreachable, UsageError
from tocsin.flows import decoys, drill
from tocsin.flows.drill import Ears, Order
from tocsin.flows.walk import Walker

NAME = "tocsin-drill-abc234"
WAITS = (
    Wait(Hop.HISTORY, timedelta(minutes=15), vital=False),
    Wait(Hop.FEED, timedelta(minutes=5)),
    Wait(Hop.WIRE, timedelta(minutes=5)),
)
PERSON = Wait(Hop.PERSON, timedelta(minutes=10))
ORDER = Order(
    drill="d1",
    code="abc234",
    password="secret",
    account="111122223333",
    region="us-east-1",
    partition="aws",
    pipeline="tocsin",
    variant=Variant.DELETE,
    reduced=False,
    waits=WAITS,
)
TAKES = {
    "DeactivateMFADevice": "MFADevices",
    "DeleteAccessKey": "AccessKeyMetadata",
    "DeleteLoginProfile": "LoginProfile",
    "DeleteUserPolicy": "PolicyNames",
    "DetachUserPolicy": "AttachedPolicies",
    "RemoveUserFromGroup": "Groups",
}
GIVES = {
    "EnableMFADevice": ("MFADevices", {"SerialNumber": "s"}),
    "CreateAccessKey": ("AccessKeyMetadata", {"AccessKeyId": "AKIA1"}),
    "CreateLoginProfile": ("LoginProfile", {}),
    "PutUserPolicy": ("PolicyNames", "p"),
    "AttachUserPolicy": ("AttachedPolicies", {"PolicyArn": "a"}),
    "AddUserToGroup": ("Groups", {"GroupName": NAME}),
}
LISTS = {
    "ListMFADevices": "MFADevices",
    "ListAccessKeys": "AccessKeyMetadata",
    "GetLoginProfile": "LoginProfile",
    "ListUserPolicies": "PolicyNames",
    "ListAttachedUserPolicies": "AttachedPolicies",
    "ListGroupsForUser": "Groups",
}


class FakeClock:
    def __init__(self):
        self.at, self.slept = 1000.0, []

    def now(self):
        return datetime(2026, 11, 26, 10, 0, tzinfo=UTC) + timedelta(seconds=self.at)

    def monotonic(self):
        return self.at

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.at += seconds


@dataclass
class Iam:
    """Users with what they have, groups, devices and rules; each call may be answered otherwise first."""

    clock: FakeClock
    answers: dict[str, list[str]] = field(default_factory=dict)
    always: dict[str, str] = field(default_factory=dict)
    users: dict[str, dict] = field(default_factory=dict)
    there: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)
    own: bool = False

    def with_key(self, access_key_id, secret):
        assert (access_key_id, secret) == ("AKIA1", "s3cr3t")
        return replace(self, own=True)

    def call(self, step):
        self.clock.at += 0.25
        self.asked.append(step.operation)
        code = self.always.get(step.operation) or next(iter(self.answers.get(step.operation, [])), "")
        if code and step.operation not in self.always:
            self.answers[step.operation].pop(0)
        code = code or ("AccessDenied" if self.own else "") or self._refuses(step)
        if code:
            return Answered(code=code, said=f"{step.operation}: {code}", hint="mend it")
        return Answered(self._do(step))

    def _refuses(self, step):
        operation, name = step.operation, step.parameters.get("UserName")
        if operation == "CreateUser":
            return "EntityAlreadyExists" if name in self.users else ""
        if name is not None and name not in self.users:
            return "NoSuchEntity"
        if operation == "DeleteUser":
            return "DeleteConflict" if self.users[name]["has"] else ""
        if operation in TAKES:
            return "" if TAKES[operation] in self.users[name]["has"] else "NoSuchEntity"
        if operation == "GetLoginProfile":
            return "" if "LoginProfile" in self.users[name]["has"] else "NoSuchEntity"
        thing = {"DeleteGroup": "group", "DeleteVirtualMFADevice": "device", "DeleteRule": "rule"}.get(operation)
        return "NoSuchEntity" if thing and thing not in self.there else ""

    def _do(self, step):
        operation, name = step.operation, step.parameters.get("UserName")
        has = self.users[name]["has"] if name in self.users else {}
        if operation in LISTS:
            return {LISTS[operation]: has.get(LISTS[operation], [])}
        if operation == "ListUsers":
            return {"Users": [{"UserName": one} for one in self.users]}
        if operation == "ListGroups":
            return {"Groups": [{"GroupName": NAME}] if "group" in self.there else []}
        return self._change(step, operation, name, has)

    def _change(self, step, operation, name, has):
        made = {"CreateGroup": "group", "CreateVirtualMFADevice": "device", "PutRule": "rule"}
        gone = {"DeleteGroup": "group", "DeleteVirtualMFADevice": "device", "DeleteRule": "rule"}
        if operation == "CreateUser":
            self.users[name] = {"Path": step.parameters["Path"], "Tags": step.parameters["Tags"], "has": {}}
        elif operation == "DeleteUser":
            del self.users[name]
        elif operation == "GetUser":
            return {"User": self.users[name]}
        elif operation in made:
            self.there.add(made[operation])
            return {"VirtualMFADevice": {"Base32StringSeed": b"GEZDGNBV"}}
        elif operation in gone:
            self.there.remove(gone[operation])
        elif operation in GIVES:
            kept, value = GIVES[operation]
            has.setdefault(kept, []).append(value)
            return {"AccessKey": {"AccessKeyId": "AKIA1", "SecretAccessKey": "s3cr3t"}}
        elif operation in TAKES:
            del has[TAKES[operation]]
        return {}

    @property
    def clean(self):
        return not self.users and not self.there


class FakeNotes:
    def __init__(self, *, full=False):
        self.lines, self.closed, self.lies, self.full = [], False, False, full

    def open(self, heading):
        self.lines.append(journal.heading_line(heading))

    def note(self, step):
        if self.full and len(self.lines) > 5:
            raise OSError(28, "No space left on device")
        self.lines.append(journal.act_line(step))

    def drop(self, thing):
        self.lines.append(journal.dropped_line(thing))

    def close(self):
        self.closed = True

    def let_go(self):
        self.lies = True

    def things(self):
        return journal.read("".join(f"{line}\n" for line in self.lines), "j")


class FakeWatch:
    """Shows what there is to be seen, so many seconds after the deed."""

    def __init__(self, clock, *shown):
        self.clock, self.shown, self.begun, self.ended, self.deed = clock, sorted(shown), 0, False, 0.0

    def begin(self):
        self.begun = self.clock.at

    def go_on(self):
        self.deed = self.clock.at

    def end(self):
        self.ended = True

    def next(self, wait):
        if self.shown and self.deed + self.shown[0][0] <= self.clock.at + wait:
            after, source, text, fault = self.shown.pop(0)
            self.clock.at = max(self.clock.at, self.deed + after)
            if isinstance(text, KeyboardInterrupt):
                raise text
            return Sighting(source, text, self.deed + after, fault)
        self.clock.at += wait
        return None


def record(name=NAME, event="DeleteUser", **more):
    return {"eventName": event, "requestParameters": {"userName": name, "name": name}, **more}


def wire(after, name=NAME, event="DeleteUser"):
    event_id = "11111111-2222-4333-8444-555555555555"
    look = f"Event: {event} {event_id}. Look it up in CloudTrail event history in us-east-1."
    text = f"IAM user [{name}] was DELETED.\n{look}"
    return (after, Source.OBSERVER, text, "")


def feed(after, name=NAME, **more):
    return (after, Source.OBSERVER, json.dumps({"source": "aws.iam", "detail": record(name, **more)}), "")


def history(after, name=NAME, **more):
    return (after, Source.HISTORY, json.dumps(record(name, **more)), "")


def typed(after, text):
    return (after, Source.PERSON, text, "")


ALL = (wire(3.0), feed(4.0), history(60.0))


@dataclass
class Drilled:
    iam: Iam
    notes: FakeNotes
    watch: FakeWatch
    clock: FakeClock
    said: list[str]
    came: list
    result: object = None


def drilled(*shown, order=ORDER, iam=None, notes=None, raises=None, **answers):
    clock = FakeClock()
    iam = iam or Iam(clock)
    iam.clock = clock
    iam.answers.update(answers)
    done = Drilled(iam, notes or FakeNotes(), FakeWatch(clock, *shown), clock, [], [])
    ears = Ears(done.said.append, done.came.append, lambda: done.said.append("ASKED"))
    with pytest.raises(raises) if raises else nullcontext() as fault:
        done.result = drill.run(order, calls=iam, notes=done.notes, watch=done.watch, clock=clock, ears=ears)
    if raises:
        done.result = fault.value
    return done


def seconds(result):
    return {one.hop: one.seconds for one in result.outcomes}


def states(result):
    return {str(one.hop): one.state for one in result.outcomes}


def test_a_whole_drill_times_every_hop_from_the_answer_of_the_call():
    done = drilled(*ALL)
    assert done.result.whole
    assert seconds(done.result) == {Hop.ANSWERED: 0.25, Hop.WIRE: 3.0, Hop.FEED: 4.0, Hop.HISTORY: 60.0}
    assert [one.hop for one in done.came] == [Hop.ANSWERED, Hop.WIRE, Hop.FEED, Hop.HISTORY]
    assert (done.iam.clean, done.notes.closed, done.watch.ended) == (True, True, True)


def test_a_clock_that_jumps_changes_no_time_of_a_hop():
    moments = itertools.cycle([datetime(2020, 1, 1, tzinfo=UTC), datetime(2036, 1, 1, tzinfo=UTC)])
    with pytest.MonkeyPatch.context() as jumping:
        jumping.setattr(FakeClock, "now", lambda _: next(moments))
        done = drilled(*ALL)
    assert seconds(done.result) == {Hop.ANSWERED: 0.25, Hop.WIRE: 3.0, Hop.FEED: 4.0, Hop.HISTORY: 60.0}
    assert done.iam.clean


def test_the_decoy_has_a_full_life_and_loses_it_in_the_order_that_aws_demands():
    changes = [one for one in drilled(*ALL).iam.asked if not one.startswith(("List", "Get"))]
    assert changes == [
        *("CreateUser", "CreateGroup", "AddUserToGroup", "AttachUserPolicy", "PutUserPolicy", "CreateLoginProfile"),
        *("CreateAccessKey", "CreateVirtualMFADevice", "EnableMFADevice"),
        *("DeactivateMFADevice", "DeleteAccessKey", "DeleteLoginProfile", "DeleteUserPolicy", "DetachUserPolicy"),
        *("RemoveUserFromGroup", "DeleteUser", "DeleteGroup", "DeleteVirtualMFADevice"),
    ]


def test_a_reduced_drill_makes_the_user_alone():
    changes = [
        one
        for one in drilled(*ALL, order=replace(ORDER, reduced=True)).iam.asked
        if not one.startswith(("List", "Get"))
    ]
    assert changes == ["CreateUser", "DeleteUser"]


def test_everything_is_noted_before_it_is_done():
    iam, notes = Iam(FakeClock()), FakeNotes()
    seen = []
    call = iam.call

    def watching(step):
        seen.append(json.loads(notes.lines[-1])["act"] == step.operation)
        return call(step)

    iam.call = watching
    drilled(*ALL, iam=iam, notes=notes)
    assert all(seen)
    assert len(seen) > 20


OPTIONAL = ("CreateGroup", "AttachUserPolicy", "PutUserPolicy", "CreateLoginProfile", "CreateAccessKey")


@pytest.mark.parametrize("operation", [*OPTIONAL, "CreateVirtualMFADevice", "EnableMFADevice", "AddUserToGroup"])
@pytest.mark.parametrize("code", ["AccessDenied", "LimitExceeded"])
def test_what_may_not_be_made_is_said_and_left_out(operation, code):
    iam = Iam(FakeClock(), always={operation: code})
    done = drilled(*ALL, iam=iam)
    assert done.result.whole
    assert [operation in sentence for sentence in done.result.left_out] == [True]
    assert any(f"{operation}: {code}" in sentence for sentence in done.said)
    assert (iam.clean, done.notes.closed) == (True, True)


def test_a_group_of_somebody_else_with_its_name_is_never_touched():
    done = drilled(*ALL, iam=Iam(FakeClock(), always={"CreateGroup": "EntityAlreadyExists"}))
    assert "DeleteGroup" not in done.iam.asked
    assert "AddUserToGroup" not in done.iam.asked
    assert done.result.whole


EVERYTHING = (
    *("CreateUser", "CreateGroup", "AddUserToGroup", "AttachUserPolicy", "PutUserPolicy", "CreateLoginProfile"),
    *("CreateAccessKey", "CreateVirtualMFADevice", "EnableMFADevice", "ListMFADevices", "ListAccessKeys"),
    *("GetLoginProfile", "ListUserPolicies", "ListAttachedUserPolicies", "ListGroupsForUser", "DeactivateMFADevice"),
    *("DeleteAccessKey", "DeleteLoginProfile", "DeleteUserPolicy", "DetachUserPolicy", "RemoveUserFromGroup"),
    *("DeleteUser", "DeleteGroup", "DeleteVirtualMFADevice"),
)


@pytest.mark.parametrize("code", ["EntityTemporarilyUnmodifiable", "Throttling", "NoSuchEntity", "DeleteConflict"])
def test_what_aws_cannot_do_yet_changes_nothing_but_the_time(code):
    """Each call may answer "not yet" twice: DeleteConflict where it deletes, NoSuchEntity where it makes nothing."""
    late = {
        one: [code, code]
        for one in EVERYTHING
        if not (code == "DeleteConflict" and one not in ("DeleteUser", "DeleteGroup", "DeleteVirtualMFADevice"))
        and not (code == "NoSuchEntity" and one == "CreateUser")
    }
    done = drilled(*ALL, **late)
    assert done.result.whole
    assert done.result.left_out == ()
    assert seconds(done.result) == {Hop.ANSWERED: 0.25, Hop.WIRE: 3.0, Hop.FEED: 4.0, Hop.HISTORY: 60.0}
    assert (done.iam.clean, done.notes.closed) == (True, True)
    assert done.clock.slept


def test_what_is_left_is_listed_again_before_each_try_to_delete():
    done = drilled(*ALL, DeleteUser=["DeleteConflict", "DeleteConflict"])
    asked = done.iam.asked
    tries = [index for index, one in enumerate(asked) if one == "DeleteUser"]
    assert len(tries) == 3
    assert all("ListAccessKeys" in asked[a:b] for a, b in zip([0, *tries], tries, strict=False))


def test_the_answer_of_the_deletion_may_be_lost():
    iam = Iam(FakeClock())
    call = iam.call

    def losing(step):
        answered = call(step)
        if step.operation == "DeleteUser" and not answered.code:
            return Answered(code="ServiceUnavailable", said="gone astray")
        return answered

    iam.call = losing
    done = drilled(*ALL, iam=iam)
    assert (done.result.whole, iam.clean) == (True, True)


def test_the_answer_of_the_making_may_be_lost():
    iam = Iam(FakeClock())
    tags = [{"Key": "tocsin:drill", "Value": "d1"}]
    iam.users[NAME] = {"Path": "/tocsin-drill/", "Tags": tags, "has": {}}
    assert drilled(*ALL, iam=iam).result.whole


def test_a_user_of_somebody_else_with_its_name_is_never_touched():
    iam = Iam(FakeClock())
    theirs = {"Path": "/", "Tags": [], "has": {"PolicyNames": ["p"]}}
    iam.users[NAME] = theirs
    done = drilled(raises=UsageError, iam=iam)
    assert "not this drill's" in done.result.message
    assert iam.users == {NAME: theirs}
    assert done.notes.closed


def test_where_no_user_may_be_made_the_denied_variant_is_offered():
    done = drilled(raises=Unreachable, iam=Iam(FakeClock(), always={"CreateUser": "AccessDenied"}))
    assert "no decoy can be made: CreateUser: AccessDenied" in done.result.message
    assert done.result.hint == "mend it; or tocsin drill --variant denied, which leaves the wire unproven"
    assert done.notes.closed


def test_a_hop_that_does_not_come_within_its_patience_is_missing():
    done = drilled(feed(4.0), history(60.0))
    assert states(done.result) == {"answered": "arrived", "wire": "missing", "feed": "arrived", "history": "arrived"}
    assert [one.why for one in done.result.outcomes if one.hop is Hop.WIRE] == ["nothing came within 300 s"]
    assert not done.result.whole
    assert done.iam.clean


def test_history_alone_may_be_missing():
    done = drilled(wire(3.0), feed(4.0))
    assert states(done.result)["history"] is State.MISSING
    assert done.result.whole
    assert done.clock.at >= 900


def test_what_comes_after_its_patience_is_missing_all_the_same():
    done = drilled(wire(301.0), feed(4.0), history(600.0))
    assert states(done.result)["wire"] is State.MISSING


def test_what_could_only_be_seen_by_what_was_made_for_it_is_never_called_missing():
    waits = (Wait(Hop.WIRE, timedelta(minutes=5), sure=False),)
    done = drilled(order=replace(ORDER, waits=waits))
    assert states(done.result)["wire"] is State.UNTOLD
    assert not done.result.whole


def test_a_place_that_may_not_be_looked_at_is_said_and_never_called_missing():
    refused = (0.1, Source.OBSERVER, "", "ReceiveMessage: AccessDenied")
    done = drilled(refused, history(60.0))
    assert states(done.result) == {
        "answered": "arrived",
        "wire": "can not tell",
        "feed": "can not tell",
        "history": "arrived",
    }
    assert not done.result.whole


def test_what_was_on_its_way_before_the_deed_is_not_the_deed():
    early = (-5.0, Source.OBSERVER, f"user {NAME} was made", "")
    done = drilled(early, wire(3.0), feed(4.0), history(5.0))
    assert seconds(done.result)[Hop.WIRE] == 3.0


ASKS = replace(ORDER, waits=(*WAITS, PERSON))


@pytest.mark.parametrize("answer", ["abc234", " ABC234 ", "tocsin-drill-abc234", "Tocsin-Drill-ABC234"])
def test_a_person_is_timed_by_the_code(answer):
    done = drilled(*ALL, typed(42.0, answer), order=ASKS)
    assert seconds(done.result)[Hop.PERSON] == 42.0
    assert done.said[-1] == "ASKED"


def test_a_wrong_code_is_asked_for_again():
    done = drilled(*ALL, typed(10.0, "abc235"), typed(42.0, "abc234"), order=ASKS)
    assert any("not the code" in sentence for sentence in done.said)
    assert seconds(done.result)[Hop.PERSON] == 42.0


def test_a_person_who_does_not_answer_has_not_heard_it():
    done = drilled(*ALL, order=ASKS)
    assert states(done.result)["person"] is State.MISSING
    assert not done.result.whole


def test_where_nobody_can_be_asked_any_more_nobody_can_tell():
    closed = (10.0, Source.PERSON, "", "standard input was closed")
    done = drilled(*ALL, closed, order=ASKS)
    assert (states(done.result)["person"], done.result.whole) == (State.UNTOLD, False)


def test_the_denied_variant_tries_with_the_decoys_own_key():
    refused = {"errorCode": "AccessDenied", "errorMessage": f"User: {NAME} is not authorized"}
    order = replace(ORDER, variant=Variant.DENIED, waits=WAITS[:2])
    done = drilled(feed(2.0, **refused), history(9.0, **refused), order=order)
    assert (done.result.whole, done.iam.clean) == (True, True)
    assert seconds(done.result)[Hop.FEED] == 2.0


def test_the_denied_variant_needs_no_decoy_where_none_can_be_made():
    refused = {"errorCode": "AccessDenied", "errorMessage": f"on resource: user {NAME}"}
    order = replace(ORDER, variant=Variant.DENIED, waits=WAITS[:2])
    iam = Iam(FakeClock(), always={"CreateUser": "AccessDenied", "DeleteUser": "AccessDenied"})
    done = drilled(feed(2.0, **refused), history(9.0, **refused), order=order, iam=iam)
    assert done.result.whole
    assert "your own credentials" in done.result.left_out[0]


def test_a_denied_call_that_is_done_is_told_as_an_error_and_leaves_nothing():
    order = replace(ORDER, variant=Variant.DENIED, waits=WAITS[:2])
    iam = Iam(FakeClock())
    iam.with_key = lambda *_: iam
    done = drilled(raises=Unreachable, order=order, iam=iam)
    assert "was to be denied, and was not" in done.result.message
    assert (iam.clean, done.notes.closed) == (True, True)


def test_twenty_decoys_are_deleted_two_a_second_and_all_have_to_arrive():
    names = [f"{NAME}-{number:02}" for number in range(1, 21)]
    order = replace(ORDER, variant=Variant.MASS)
    shown = [one for name in names for one in (wire(1.0, name), feed(2.0, name), history(3.0, name))]
    done = drilled(*shown, order=order)
    assert (done.result.whole, done.iam.clean) == (True, True)
    deletions = [index for index, one in enumerate(done.iam.asked) if one == "DeleteUser"]
    assert len(deletions) == 20
    assert sum(done.clock.slept) == pytest.approx(19 * 0.25)
    missing = drilled(*[one for one in shown if names[7] not in one[2]], order=order)
    assert states(missing.result)["wire"] is State.MISSING
    assert "19 of 20 came" in next(one.why for one in missing.result.outcomes if one.hop is Hop.WIRE)


def test_the_tamper_variant_makes_and_deletes_a_rule_that_does_nothing():
    order = replace(ORDER, variant=Variant.TAMPER)
    shown = [
        wire(1.0, event="DeleteRule"),
        feed(2.0, event="DeleteRule"),
        history(3.0, event="DeleteRule"),
    ]
    done = drilled(*shown, order=order)
    assert done.iam.asked == ["PutRule", "DeleteRule"]
    assert (done.result.whole, done.iam.clean) == (True, True)


@pytest.mark.parametrize("operation", EVERYTHING)
def test_one_fault_of_aws_at_any_call_leaves_a_clean_account(operation):
    clock, notes = FakeClock(), FakeNotes()
    iam = Iam(clock, answers={operation: ["InternalError"]})
    ears = Ears(lambda _: None, lambda _: None, lambda: None)
    with suppress(TocsinError):
        drill.run(ORDER, calls=iam, notes=notes, watch=FakeWatch(clock, *ALL), clock=clock, ears=ears)
    assert iam.clean or (notes.lies and notes.things().things)


@pytest.mark.parametrize("at", range(1, 25))
def test_ctrl_c_at_any_moment_leaves_a_clean_account(at):
    iam = Iam(FakeClock())
    call, count = iam.call, []

    def interrupted(step):
        count.append(step)
        answered = call(step)
        if len(count) == at:
            raise KeyboardInterrupt
        return answered

    iam.call = interrupted
    done = drilled(*ALL, iam=iam, raises=KeyboardInterrupt)
    assert (iam.clean, done.notes.closed, done.watch.ended) == (True, True, done.watch.begun > 0)


def test_ctrl_c_while_it_waits_leaves_a_clean_account():
    done = drilled(wire(3.0), (4.0, Source.OBSERVER, KeyboardInterrupt(), ""), raises=KeyboardInterrupt)
    assert (done.iam.clean, done.notes.closed, done.watch.ended) == (True, True, True)


def test_where_nothing_can_be_taken_away_the_journal_stays_and_says_so():
    iam = Iam(FakeClock(), always={"DeleteAccessKey": "AccessDenied"})
    done = drilled(raises=Unreachable, iam=iam)
    assert done.result.message == "DeleteAccessKey: AccessDenied"
    assert (done.notes.closed, done.notes.lies) == (False, True)
    assert "`tocsin drill --clean` takes it away" in done.said[-1]
    assert {thing.kind for thing in done.notes.things().things} >= {Kind.USER}


def test_a_group_that_stays_is_said_and_spoils_no_measurement():
    done = drilled(*ALL, iam=Iam(FakeClock(), always={"DeleteGroup": "AccessDenied"}))
    assert done.result.whole
    assert done.result.left == "something is left: DeleteGroup: AccessDenied"
    assert done.notes.lies


def test_a_journal_that_cannot_be_written_stops_the_drill():
    done = drilled(raises=OSError, notes=FakeNotes(full=True))
    assert done.notes.lies
    assert "`tocsin drill --clean` takes it away" in done.said[-1]


def test_a_key_that_is_not_known_even_after_a_minute_is_an_error_of_credentials():
    done = drilled(raises=CredentialsError, iam=Iam(FakeClock(), always={"CreateUser": "InvalidClientTokenId"}))
    assert sum(done.clock.slept) > 30


def test_cleaning_takes_away_only_what_the_journal_names_and_is_ours():
    iam, clock, notes = Iam(FakeClock()), FakeClock(), FakeNotes()
    iam.clock = clock
    walker = Walker(iam, notes, clock)
    notes.open(ORDER.heading(clock.now()))
    decoy = Decoy(NAME, "d1", "111122223333", "aws")
    decoys.birth(decoy, walker)
    decoys.live(decoy, walker, "secret")
    iam.users["bob"] = {"Path": "/", "Tags": [], "has": {}}
    assert decoys.clean(notes.things(), walker) == [f"user {NAME}", f"group {NAME}", f"device {NAME}"]
    assert set(iam.users) == {"bob"}
    assert decoys.clean(notes.things(), walker) == []
