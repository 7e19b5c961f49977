"""Telling: every victim, at once, once; what a channel does; and what a review of an earlier contract found."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import permutations

import pytest

from bells import BUSY, OPS, REFUSED, Bell, FakeChannel
from builders import NOW, at, denied, entry, message_of
from tocsin.adapters.memory import MemoryStore
from tocsin.core.channels import ChannelSpec
from tocsin.core.delivery.outcome import Answer, Outcome
from tocsin.core.delivery.telling import State


@pytest.fixture
def bell(rules):
    return Bell(rules)


def gone(name, second, **changes):
    return message_of(at(second, requestParameters={"userName": name}, **changes), f"{name}-{second}")


def trail(name, second, trail_name="main", **more):
    made = at(second, name=name, eventSource="cloudtrail.amazonaws.com", requestParameters={"name": trail_name, **more})
    return message_of({**made, "eventID": f"{name}-{second}"}, f"{name}-{second}")


def told(channel):
    """Every line that a channel was told as new, in its order."""
    return [line for notice in channel.notices for line in (notice.new or (notice.sentence,))]


def test_one_message_is_told_once(bell):
    bell.take(message_of(entry()))
    [done] = bell.tell()
    assert (done.telling.state, bell.channel.sentences) == (
        State.TOLD,
        ["IAM user bob was deleted by IAM user alice."],
    )
    assert bell.tell(3600) == []


def test_two_deletions_in_one_batch_are_told_at_once_in_one_notice(bell):
    bell.take(gone("bob", 0), gone("carol", 1))
    bell.tell()
    bell.tell(3600)
    assert bell.channel.sentences == ["2 IAM users were deleted by IAM user alice: bob and carol."]


def test_three_users_deleted_a_second_apart_are_told_a_second_apart_and_what_is_new_first(bell):
    names = ("ann", "bob", "cy")
    for second, name in enumerate(names):
        bell.take(gone(name, second))
        assert len(bell.tell(1)) == 1
    assert bell.channel.sentences == [
        f"IAM user {name} was deleted by IAM user alice." for name in ("ann", "bob", "cy")
    ]
    assert bell.channel.notices[-1].story == ("21:04:05  deleted IAM user ann", "21:04:06  deleted IAM user bob")


def test_the_first_five_victims_are_told_at_once_and_the_next_within_a_minute(bell):
    for second in range(7):
        bell.take(gone(f"user-{second}", second))
        bell.tell(1)
    assert len(bell.channel.notices) == 5
    bell.tell(60)
    assert bell.channel.sentences[-1] == "2 IAM users were deleted by IAM user alice: user-5 and user-6."


def test_one_deletion_every_ten_minutes_is_told_at_once_each_time(bell):
    for number in range(20):
        bell.take(gone(f"user-{number}", number * 600))
        assert len(bell.tell()) == 1
        bell.tell(600)
    assert len(bell.channel.notices) == 20


def test_a_victim_that_comes_while_another_is_being_told_is_told_next(bell):
    """A second worker takes one in between composing and marking: nobody is lost, nobody told twice."""
    other = FakeChannel()

    class Slow(FakeChannel):
        def send(self, notice):
            bell.take(gone("carol", 1))
            return other.send(notice)

    bell.take(gone("bob", 0))
    bell.tell(channel=Slow())
    bell.tell(channel=other)
    assert other.sentences == [f"IAM user {name} was deleted by IAM user alice." for name in ("bob", "carol")]
    assert bell.tell(3600, channel=other) == []


@pytest.mark.parametrize("behind", [-4, 4])
def test_a_clock_that_is_apart_delays_and_loses_nobody(bell, behind):
    bell.take(gone("bob", 0))
    bell.tell()
    bell.now += timedelta(seconds=behind)
    bell.take(gone("carol", 1))
    bell.now -= timedelta(seconds=behind)
    bell.tell()
    assert len(bell.channel.notices) == 2


@pytest.mark.parametrize("jump", [timedelta(days=1), timedelta(days=-1)])
def test_a_clock_that_jumps_by_a_day_loses_nobody(bell, jump):
    bell.take(gone("bob", 0))
    bell.tell()
    bell.now += jump
    bell.take(gone("carol", 1))
    bell.tell()
    bell.now -= jump
    bell.take(gone("dave", 2))
    bell.rest()
    text = " ".join(told(bell.channel))
    assert [text.count(name) for name in ("bob", "carol", "dave")] == [1, 1, 1]


def test_the_trail_that_was_stopped_and_then_deleted_is_told_both_times(bell):
    bell.take(trail("StopLogging", 0))
    bell.tell()
    bell.take(trail("DeleteTrail", 5))
    bell.tell(5)
    events = [fact.value.split()[0] for one in bell.channel.notices for fact in one.facts if fact.label == "Event"]
    assert events == ["StopLogging", "DeleteTrail"]


WIRE = "tocsin-wire-iam-user-deleted"
TEARDOWN = [("RemoveTargets", {"rule": WIRE}), ("DisableRule", {"name": WIRE}), ("DeleteRule", {"name": WIRE})]


@pytest.mark.parametrize("order", list(permutations(range(3))), ids=str)
def test_every_step_of_a_teardown_is_told_whatever_the_order(bell, order):
    made = [
        at(n, name=name, eventSource="events.amazonaws.com", requestParameters={**given, "eventBusName": "default"})
        for n, (name, given) in enumerate(TEARDOWN)
    ]
    for number in order:
        bell.take(message_of({**made[number], "eventID": f"t-{number}"}, number))
    bell.rest()
    [head] = bell.store.list(NOW, "", 9).incidents
    assert {one.event_name for one in bell.store.deeds(head.id, 0, 9)} == {name for name, _ in TEARDOWN}
    assert (bell.row.told, sum(len(notice.new) or 1 for notice in bell.channel.notices)) == (3, 3)


def test_a_prelude_rings_by_itself_after_the_settle_time(bell):
    bell.take(message_of(at(0, name="DeleteLoginProfile")))
    assert (bell.tell(), bell.tell(59), len(bell.tell(1))) == ([], [], 1)
    assert bell.channel.sentences == ["The console password of IAM user bob was deleted by IAM user alice."]


def test_a_prelude_is_told_with_its_trigger(bell):
    bell.take(message_of(at(0, name="DeleteLoginProfile"), 1))
    bell.tell(30)
    bell.take(message_of(at(30), 2))
    bell.tell()
    bell.tell(3600)
    (notice,) = bell.channel.notices
    assert (notice.sentence, notice.before) == (
        "IAM user bob was deleted by IAM user alice.",
        ("21:04:05  deleted the console password of IAM user bob",),
    )


def test_a_late_prelude_of_the_same_user_is_added_quietly(bell):
    bell.take(message_of(at(30), 1))
    bell.tell()
    bell.take(message_of(at(0, name="DeleteLoginProfile"), 2))
    bell.tell(3600)
    assert (len(bell.channel.notices), bell.row.told) == (1, 2)
    bell.take(gone("carol", 60))
    bell.tell()
    assert bell.channel.notices[-1].before == ("21:04:05  deleted the console password of IAM user bob",)


def test_an_attackers_own_deletion_swallows_no_prelude_of_another_victim(bell):
    bell.take(gone("decoy", 0))
    bell.tell()
    bell.take(message_of(at(5, name="DeleteLoginProfile", requestParameters={"userName": "ceo"}), 2))
    bell.tell(5)
    bell.tell(60)
    assert bell.channel.sentences[-1] == "The console password of IAM user ceo was deleted by IAM user alice."


def test_success_after_failure_is_told_again(bell):
    for number, made in enumerate([denied(eventID="d"), at(5)]):
        bell.take(message_of(made, number))
        bell.tell(1)
    assert [notice.rule for notice in bell.channel.notices] == ["iam-user-delete-denied", "iam-user-deleted"]


def test_fifty_denied_tries_in_an_hour_are_told_once_and_counted(bell):
    for number in range(50):
        made = denied(eventID=f"d{number}", eventTime=f"2026-11-23T21:04:{number:02}Z")
        bell.take(message_of(made, number))
        bell.tell(1)
    bell.rest()
    assert len(bell.channel.notices) == 1


def test_a_late_record_that_bridges_two_incidents_loses_nobody_and_repeats_nobody(bell):
    assert bell.settings.window == timedelta(minutes=15)
    bell.take(gone("bob", 0))
    bell.take(gone("carol", 1200))
    assert len(bell.store.tellings()) == 2  # two incidents, since more than the window lies between
    bell.take(gone("dave", 600))  # and one, now that this has come late
    bell.rest()
    assert {notice.incident for notice in bell.channel.notices} == {"inc-0"}
    text = " ".join(told(bell.channel))
    assert [text.count(name) for name in ("bob", "carol", "dave")] == [1, 1, 1]


def test_a_prelude_that_bridges_two_incidents_withdraws_no_ring(bell):
    bell.take(gone("bob", 0))
    bell.take(gone("carol", 1200))
    bell.take(message_of(at(600, name="DeleteLoginProfile", requestParameters={"userName": "erin"}), 3))
    bell.rest()
    text = " ".join([*told(bell.channel), *(line for notice in bell.channel.notices for line in notice.before)])
    assert all(name in text for name in ("bob", "carol", "erin"))


def test_a_busy_channel_is_tried_again_and_again(rules):
    bell = Bell(rules, BUSY, BUSY)
    bell.take(message_of(entry()))
    bell.tell()
    assert (bell.tell(1), len(bell.tell(1)), bell.tell(3), len(bell.tell(1))) == ([], 1, [], 1)
    assert bell.row.state is State.TOLD
    assert [one.answer for one in bell.store.tries()] == [Answer.BUSY, Answer.BUSY, Answer.ACCEPTED]


def test_a_victim_more_is_told_with_what_its_channel_was_too_busy_for(rules):
    bell = Bell(rules, BUSY)
    bell.take(gone("bob", 0))
    bell.tell()
    bell.take(gone("carol", 5))
    bell.tell(1)
    assert bell.channel.sentences[-1] == "2 IAM users were deleted by IAM user alice: bob and carol."


def test_a_channel_that_asks_to_be_left_alone_is_left_alone_for_so_long(rules):
    bell = Bell(rules, Outcome(Answer.BUSY, "429", timedelta(seconds=30)))
    bell.take(message_of(entry()))
    bell.tell()
    assert (bell.tell(29), len(bell.tell(1))) == ([], 1)


def test_a_notice_that_is_refused_goes_out_in_plain_words(rules):
    bell = Bell(rules, REFUSED)
    bell.take(message_of(entry()))
    bell.tell()
    assert bell.channel.sentences[-1] == ("DeleteUser, IAM user bob: the whole notice could not be delivered (400).")
    assert ([one.plain for one in bell.store.tries()], bell.row.told) == ([True], 1)


def test_a_notice_that_can_not_be_rendered_goes_out_in_plain_words(bell):
    class Breaks(FakeChannel):
        def send(self, notice):
            if notice.next_steps:
                raise KeyError("a template of ours")
            return super().send(notice)

    channel = Breaks()
    bell.take(message_of(entry()))
    bell.tell(channel=channel)
    assert "could not be rendered (KeyError)" in channel.sentences[0]
    assert bell.row.state is State.TOLD


def test_what_is_refused_even_in_plain_words_is_given_up_and_never_called_told(rules):
    bell = Bell(rules, REFUSED, REFUSED)
    bell.take(message_of(entry()))
    [done] = bell.tell()
    row = done.telling
    assert (row.told, row.given_up, row.state, done.outcome.answer) == (0, 1, State.DEAD, Answer.REFUSED)
    assert [one.telling.key.family for one in bell.tell(86400)] == ["undelivered"]
    bell.take(gone("carol", 90_000))
    assert len(bell.tell()) == 1


def test_two_incidents_that_turn_out_to_be_one_never_send_two_notices_under_one_id(bell):
    """A receiver that knows a notice by its id would take the second for a repeat of the first, and drop it."""
    bell.take(gone("ann", 0))
    bell.take(gone("cy", 1700))
    bell.take(gone("bob", 850))  # near both
    for _ in range(9):
        bell.tell()
    ids = [one.id for one in bell.channel.notices]
    assert len({one.incident for one in bell.channel.notices}) == 1
    assert len(ids) == len(set(ids)) > 1
    assert (
        [one.foot for one in bell.channel.notices if one.part]
        == [
            f"{one.incident} revision 1 of its part {one.part} rule iam-user-deleted"
            for one in bell.channel.notices
            if one.part
        ]
        != []
    )


class Dies(BaseException):
    """What kills a worker."""


def two(rules, *script):
    """A bell of two channels, of which the first answers by a script."""
    specs = tuple(ChannelSpec(name, "terminal") for name in ("pager", "mail"))
    return Bell(rules, settings=replace(OPS, specs=specs)), FakeChannel(*script, name="pager"), FakeChannel(name="mail")


def test_what_is_given_up_is_an_alarm_of_its_own_to_every_channel(rules):
    bell, pager, mail = two(rules, REFUSED, REFUSED)
    bell.take(message_of(entry()))
    bell.tell(channel=pager)
    [given_up] = [row for row in bell.store.tellings() if row.given_up]
    assert given_up.state is State.DEAD
    bell.tell(channel=mail)
    bell.tell(channel=pager)
    said = f"Channel pager did not take the notice of {given_up.incident}"
    assert [one.title for one in mail.notices] == ["IAM user bob deleted in account 111122223333", said]
    assert mail.notices[1].sentence.startswith(said)
    assert mail.notices[1].severity.name == "HIGH"
    assert pager.notices[-1].title == said


def test_a_channel_that_was_tried_for_too_long_is_an_alarm_to_the_others_and_once_an_hour(rules):
    bell, pager, mail = two(rules, *[BUSY] * 1000)
    bell.take(message_of(entry()), gone("zoe", 50_000))
    for _ in range(400):
        bell.tell(900, channel=pager)
        bell.tell(channel=mail)
    rows = [row for row in bell.store.tellings() if row.channel == "pager" and row.key.family == "identity"]
    assert [row.state for row in rows] == [State.DEAD] * 2
    told = [one for one in mail.notices if one.rule == "undelivered"]
    assert [one.title.rpartition(" ")[0] for one in told] == ["Channel pager did not take the notice of"]


def test_of_an_alarm_that_is_not_taken_there_is_no_other(rules):
    bell, pager, _ = two(rules, *[REFUSED] * 100)
    bell.take(message_of(entry()))
    for _ in range(20):
        bell.tell(900, channel=pager)
    assert len(bell.store.list(NOW - timedelta(days=9), "", 99).incidents) == 2


def test_an_alarm_of_what_was_given_up_outlives_a_crash_before_the_mark(rules):
    bell, pager, mail = two(rules, *[REFUSED] * 4)
    bell.take(message_of(entry()))
    mark = bell.store.mark

    def dies(row, expected):
        if row.given_up:
            raise Dies
        return mark(row, expected)

    bell.store.mark = dies
    with pytest.raises(Dies):
        bell.tell(channel=pager)
    bell.store.mark = mark
    bell.tell(61, channel=pager)
    bell.tell(channel=mail)
    assert [one.rule for one in mail.notices] == ["iam-user-deleted", "undelivered"]


def test_a_channel_that_stays_busy_is_given_up_in_the_end_and_tried_again_by_the_next_deed(rules):
    bell = Bell(rules, *[BUSY] * 1000)
    bell.take(message_of(entry()))
    for _ in range(1000):
        bell.tell(900)
    assert ({row.state for row in bell.store.tellings()}, len(bell.channel.notices) < 600) == ({State.DEAD}, True)
    bell.channel.script.clear()
    bell.take(gone("carol", 5))
    bell.tell()
    assert bell.channel.sentences[-1] == "2 IAM users were deleted by IAM user alice: bob and carol."


def test_one_channel_that_is_down_delays_no_other(rules):
    bell = Bell(rules, settings=replace(OPS, specs=tuple(ChannelSpec(name, "terminal") for name in ("down", "fine"))))
    down, fine = FakeChannel(*[BUSY] * 9, name="down"), FakeChannel(name="fine")
    bell.take(message_of(entry()))
    bell.tell(channel=down)
    bell.tell(channel=fine)
    assert (len(down.notices), len(fine.notices)) == (1, 1)


def test_a_worker_that_died_while_sending_is_relieved_when_its_lease_ends(bell):
    class Dying(FakeChannel):
        def send(self, notice):
            raise Dies

    bell.take(message_of(entry()))
    with pytest.raises(Dies):
        bell.tell(channel=Dying())
    assert (bell.tell(59), len(bell.tell(1)), len(bell.channel.notices)) == ([], 1, 1)


def test_two_workers_on_one_row_send_once(rules):
    store = MemoryStore()
    one, two = Bell(rules, store=store), Bell(rules, store=store)
    one.take(message_of(entry()))
    seen = list(store.due("ops", NOW, 10))
    store.due, due = (lambda *_: seen), store.due
    one.tell()
    two.tell()
    store.due = due
    assert len(one.channel.notices) + len(two.channel.notices) == 1


def test_an_answer_that_comes_after_the_lease_does_not_undo_the_other_workers_mark(bell):
    class Slow(FakeChannel):
        def send(self, notice):
            bell.tell(61)  # the other worker takes the row over, and sends
            return BUSY

    bell.take(message_of(entry()))
    bell.tell(channel=Slow())
    assert (bell.row.state, bell.row.told, len(bell.channel.notices)) == (State.TOLD, 1, 1)


def test_what_a_worker_told_whose_lease_was_taken_over_is_not_told_again(bell):
    """It says so when it comes back: told is told, whoever has the lease (rule 3)."""
    other = FakeChannel()

    class Stalls(FakeChannel):
        def send(self, notice):
            answer = other.send(notice)
            bell.now += timedelta(seconds=61)
            [row] = bell.store.due("ops", bell.now, 9)
            taken = replace(row, lease="other", due_at=bell.now + timedelta(seconds=60), version=row.version + 1)
            bell.store.mark(taken, row.version)
            return answer

    bell.take(message_of(entry()))
    bell.tell(channel=Stalls())
    assert (bell.row.told, bell.row.lease) == (1, "other")
    bell.tell(61, channel=other)
    assert len(other.notices) == 1


def test_a_lease_that_ran_out_before_the_send_sends_nothing(bell):
    """A worker that was suspended between reading and sending leaves the row to whoever has it now."""
    teller = bell.teller()
    times = iter([NOW, NOW, *[NOW + timedelta(seconds=60)] * 9])
    bell.take(message_of(entry()))
    replace(teller, now=lambda: next(times)).tell()
    assert bell.channel.notices == []
    assert len(bell.tell(60)) == 1


def test_a_burst_of_a_thousand_victims_is_few_notices_and_no_victim_untold(bell):
    for start in range(0, 1000, 10):
        bell.take(*(gone(f"user-{n}", n // 10, eventID=f"e{n}") for n in range(start, start + 10)))
        bell.tell(1)
    bell.rest()
    assert len(bell.channel.notices) <= 9
    assert sum(len(notice.subjects) or 1 for notice in bell.channel.notices) == 1000
