"""What every store keeps to: one suite, run over each of them. A new store joins by one line in `STORES`."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from itertools import count

import pytest

from builders import ACCOUNT, ALICE, NOW, ROOT, SSO, WINDOW, at, deeds_of, entry
from tocsin.adapters.memory import MemoryStore
from tocsin.adapters.sqlite.store import SqliteStore
from tocsin.core.delivery.exchange import Commit
from tocsin.core.delivery.outcome import Answer, Seen, Try
from tocsin.core.delivery.telling import Telling, claimed, told
from tocsin.core.incident.correlate import Story, correlate
from tocsin.core.incident.deed import StoryKey

STORES = {"memory": lambda _: MemoryStore(), "sqlite": lambda folder: SqliteStore(folder / "store.db")}
LEASE = timedelta(seconds=60)
KEY = deeds_of([entry()])[1]
IDS = count()
ROLE = {
    "type": "AssumedRole",
    "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/deploy/build-7",
    "accountId": ACCOUNT,
    "sessionContext": {
        "sessionIssuer": {"type": "Role", "arn": f"arn:aws:iam::{ACCOUNT}:role/deploy", "userName": "deploy"}
    },
}


@pytest.fixture(params=STORES)
def store(request, tmp_path):
    return STORES[request.param](tmp_path)


def deeds(*seconds, name="DeleteUser", user="user"):
    made = [at(n, name=name, requestParameters={"userName": f"{user}-{n}"}) for n in seconds]
    return deeds_of(made)[0] if made else []


def load(store, of, key=KEY):
    since = min(one.time for one in of) - WINDOW
    return store.load(key, of, since, max(one.time for one in of) + WINDOW)


def change_of(store, of, *, key=KEY, channels=("ops",)):
    return correlate(
        load(store, of, key), of, window=WINDOW, hearers=lambda *_: channels, new_id=lambda: f"inc-{next(IDS)}"
    )


def put(store, *of, key=KEY, channels=("ops",), now=NOW):
    change = change_of(store, of, key=key, channels=channels)
    assert store.commit(Commit(change, {one.event_id: one.event_id.encode() for one in of}, now)) is True
    return change.incidents[-1]


def test_a_new_key_has_an_empty_story(store):
    assert load(store, deeds(0)) == Story(KEY, told={})


@pytest.mark.parametrize("identity", [ALICE, ROOT, SSO, ROLE])
def test_a_deed_of_any_actor_is_read_as_it_was_written(store, identity):
    [made], key = deeds_of([entry(userIdentity=identity)])
    head = put(store, made._replace(expected="nightly", urgent=True), key=key)
    [read] = store.deeds(head.id, 0, 1)
    assert (read, read.identity) == (head.headline, head.headline.identity)
    assert store.tree(head.id).root == head


def test_when_something_was_expected_is_counted_by_its_entry(store):
    deeds_made = deeds(0, 10, 20, 30)
    put(store, *(one._replace(expected="nightly") for one in deeds_made[:3]), deeds_made[3])
    times = [one.time for one in deeds_made]
    assert store.expected("nightly", times[0], times[3], 10) == times[:3]
    assert store.expected("nightly", times[1], times[1], 10) == [times[1]]
    assert store.expected("nightly", times[0], times[3], 2) == times[:2]
    assert store.expected("other", times[0], times[3], 10) == []


def test_what_is_committed_is_loaded_as_it_was(store):
    head = put(store, *deeds(0, 1))
    story = load(store, deeds(1, 2))
    assert (story.version, story.opened, story.near, story.events) == (1, 1, (head,), {"id-000001"})
    assert story.told == {deeds(1)[0].identity: {head.id}}
    assert list(store.deeds(head.id, 0, 2)) == deeds(0, 1)


def test_an_event_is_known_in_its_own_story_only(store):
    put(store, *deeds(0))
    other = StoryKey("999999999999", KEY.actor, KEY.family)
    assert load(store, deeds(0), other) == Story(other, told={})


def test_of_two_changes_of_one_version_one_is_written_whole_and_the_other_not_at_all(store):
    one, other = change_of(store, deeds(0)), change_of(store, deeds(1))
    written = [store.commit(Commit(change, {}, NOW)) for change in (one, other)]
    assert written == [True, False]
    assert load(store, deeds(0, 1)).events == {"id-000000"}
    assert [row.incident for row in store.due("ops", NOW, 9)] == [one.incidents[0].id]


def test_incidents_out_of_reach_are_not_near(store):
    first, second = put(store, *deeds(0)), put(store, *deeds(5000))
    assert load(store, deeds(10)).near == (first,)
    assert load(store, deeds(4990)).near == (second,)
    assert load(store, deeds(2500)).near == ()
    assert load(store, deeds(2500)).opened == 2


def bridged(store):
    """Two incidents, and a third that joins the second to the first."""
    window = int(WINDOW.total_seconds())
    first = put(store, *deeds(0))
    put(store, *deeds(2 * window))
    put(store, *deeds(window))
    return first


def test_a_merge_leaves_deeds_and_rows_where_they_are(store):
    root = bridged(store)
    tree = store.tree(root.id)
    [part] = tree.parts
    assert (tree.root.id, part.merged_into, store.tree(part.id)) == (root.id, root.id, tree)
    assert [len(store.deeds(head.id, 0, 99)) for head in tree.heads] == [2, 1]
    assert {row.incident for row in store.due("ops", NOW, 9)} == {root.id, part.id}
    story = load(store, deeds(900))
    assert [one.id for one in story.near] == [root.id]
    assert load(store, deeds(1800)).told == {deeds(1800)[0].identity: {root.id}}


def test_deeds_are_read_by_their_numbers(store):
    head = put(store, *deeds(*range(10)))
    assert [one.event_id for one in store.deeds(head.id, 3, 6)] == ["id-000003", "id-000004", "id-000005"]
    assert (len(store.deeds(head.id, 8, 99)), len(store.deeds(head.id, 10, 10)), len(store.deeds("none", 0, 9))) == (
        2,
        0,
        0,
    )


def test_about_whom_there_is_a_trigger_is_known_over_all_parts(store):
    root = bridged(store)
    put(store, *deeds(3, name="DeleteLoginProfile", user="key"))
    tree = store.tree(root.id)
    about = {f"IAM user\n{name}" for name in ("user-0", "user-1800", "key-3", "nobody")}
    assert store.triggered(tree, about) == {"IAM user\nuser-0", "IAM user\nuser-1800"}
    assert store.triggered(tree, set()) == frozenset()


def test_a_commit_wakes_the_rows_of_its_channels(store):
    head = put(store, *deeds(0), channels=("a", "b"))
    assert [store.telling(head.id, channel).due_at is not None for channel in ("a", "b")] == [True, True]
    assert store.telling(head.id, "c") is None
    assert (len(store.due("a", NOW, 9)), len(store.due("c", NOW, 9))) == (1, 0)


def test_a_row_is_due_until_it_is_told_and_again_by_the_next_deed(store):
    head = put(store, *deeds(0))
    [row] = store.due("ops", NOW, 9)
    mine = claimed(row, NOW, LEASE, "t")
    assert store.mark(mine, row.version) is True
    assert list(store.due("ops", NOW + timedelta(seconds=59), 9)) == []
    assert list(store.due("ops", NOW + timedelta(seconds=60), 9)) == [mine]
    done = told(mine, "t", 1, NOW, first=NOW, news=False)
    assert store.mark(done, mine.version) is True
    assert list(store.due("ops", NOW + timedelta(days=99), 9)) == []
    put(store, *deeds(1))
    [woken] = store.due("ops", NOW, 9)
    assert (woken.told, woken.last, store.telling(head.id, "ops")) == (1, NOW, woken)


def test_of_two_marks_against_one_version_one_wins_and_a_wake_makes_a_mark_lose(store):
    head = put(store, *deeds(0))
    row = store.telling(head.id, "ops")
    mine = claimed(row, NOW, LEASE, "t")
    assert [store.mark(mine, row.version), store.mark(mine, row.version)] == [True, False]
    put(store, *deeds(1))
    assert store.mark(told(mine, "t", 1, NOW, first=NOW, news=False), mine.version) is False


def test_a_row_that_is_not_there_is_made_once(store):
    head = put(store, *deeds(0))
    made = Telling(head.id, "late", KEY, version=1)
    assert [store.mark(made, 3), store.mark(made, 0), store.mark(made, 0)] == [False, True, False]
    assert store.telling(head.id, "late") == made


def test_what_a_clock_far_ahead_has_set_is_due(store):
    head = put(store, *deeds(0))
    row = store.telling(head.id, "ops")
    ahead = NOW + timedelta(hours=1)
    mine = claimed(row, ahead, LEASE, "t")
    store.mark(mine, row.version)
    assert list(store.due("ops", NOW, 9)) == [mine]


def test_the_longest_due_come_first_and_no_more_than_asked_for(store):
    rows = []
    for number in range(5):
        head = put(store, *deeds(number * 5000))
        row = store.telling(head.id, "ops")
        mine = replace(row, due_at=NOW - timedelta(seconds=number), version=row.version + 1)
        assert store.mark(mine, row.version)
        rows.append(mine)
    assert list(store.due("ops", NOW, 3)) == rows[:1:-1]


def test_incidents_are_listed_newest_first_in_pages(store):
    heads = [put(store, *(one._replace(came=NOW + timedelta(seconds=n)) for one in deeds(n * 5000))) for n in range(5)]
    first = store.list(NOW, "", 2)
    second = store.list(NOW, first.cursor, 2)
    last = store.list(NOW, second.cursor, 2)
    assert [*first.incidents, *second.incidents, *last.incidents] == heads[::-1]
    assert (bool(first.cursor), bool(second.cursor), last.cursor) == (True, True, "")
    assert list(store.list(NOW + timedelta(seconds=3), "", 9).incidents) == heads[:2:-1]


def test_tries_are_kept_in_their_order(store):
    head = put(store, *deeds(0))
    tries = [Try(head.id, "ops", 0, 1, NOW, answer, "x", plain=False) for answer in Answer]
    for one in tries:
        store.tried(one)
    assert list(store.tries(head.id)) == tries


def told_to(store, head, channel="ops"):
    """Mark that a channel has all of an incident."""
    row = store.telling(head.id, channel) or Telling(head.id, channel, head.key)
    assert store.mark(replace(row, told=head.deeds, due_at=None, version=row.version + 1), row.version)


OLD = NOW - timedelta(days=99)


def test_what_is_old_and_told_is_purged_with_all_that_hangs_on_it_and_comes_again_as_new(store):
    old, new = put(store, *deeds(0), now=OLD), put(store, *deeds(5000))
    store.tried(Try(old.id, "ops", 0, 1, NOW, Answer.ACCEPTED, "x", plain=False))
    told_to(store, old)
    told_to(store, new)
    assert (store.purge(NOW, 9), store.purge(NOW, 9)) == (1, 0)
    assert [one.id for one in store.list(OLD, "", 99).incidents] == [new.id]
    assert (list(store.deeds(old.id, 0, 9)), list(store.tries(old.id)), store.telling(old.id, "ops")) == ([], [], None)
    assert list(store.bodies()) == [b"id-005000"]
    assert (load(store, deeds(0)).events, load(store, deeds(0)).told) == (frozenset(), {})
    assert load(store, deeds(5000)).events == {"id-005000"}


def test_nothing_that_a_channel_was_not_told_is_purged(store):
    waits = put(store, *deeds(0), now=OLD)
    one_of_two = put(store, *deeds(5000), channels=("ops", "mail"), now=OLD)
    told_to(store, one_of_two)
    dead = put(store, *deeds(10_000), now=OLD)
    row = store.telling(dead.id, "ops")
    store.mark(replace(row, due_at=None, dead=True, version=row.version + 1), row.version)
    grown = put(store, *deeds(15_000), now=OLD)
    told_to(store, grown)
    put(store, *deeds(15_001), now=OLD)
    assert store.purge(NOW, 9) == 0
    assert {one.id for one in store.list(OLD, "", 99).incidents} == {waits.id, one_of_two.id, dead.id, grown.id}


def test_what_was_written_to_since_a_time_is_found_whole_and_parts_are_not(store):
    put(store, *deeds(0), now=OLD)
    new = put(store, *deeds(50_000))
    assert list(store.changed(NOW)) == [new]
    put(store, *deeds(1700), now=OLD)
    put(store, *deeds(850))  # of the first and the last of these one is made
    assert {one.id for one in store.changed(NOW)} == {
        one.id for one in store.list(OLD, "", 99).incidents if not one.merged_into
    }


def test_when_a_channel_took_a_message_is_counted_by_the_message(store):
    heads = [put(store, *deeds(n * 5000)) for n in range(3)]
    later = NOW + timedelta(seconds=9)
    for head, at_, answer in ((heads[0], NOW, Answer.ACCEPTED), (heads[1], later, Answer.ACCEPTED),
                              (heads[2], later, Answer.ACCEPTED), (heads[2], NOW, Answer.BUSY)):  # fmt: skip
        store.tried(Try(head.id, "ops", 0, 1, at_, answer, "x", plain=False))
    store.tried(Try(heads[0].id, "mail", 0, 1, later + timedelta(seconds=1), Answer.ACCEPTED, "x", plain=False))
    assert list(store.sent("ops", NOW)) == [NOW, later]  # a digest is one message of many tellings
    assert list(store.sent("ops", later)) == [later]


def test_acknowledgements_are_kept_in_their_order(store):
    head = put(store, *deeds(0))
    seen = [Seen(head.id, number, NOW, f"eve-{number}") for number in (1, 1, 2)]
    for one in seen:
        store.seen(one)
    assert (list(store.sightings(head.id)), list(store.sightings("inc-other"))) == (seen, [])


def test_a_part_goes_with_its_survivor_and_not_before_each_of_its_rows_is_done(store):
    first, second = put(store, *deeds(0), now=OLD), put(store, *deeds(1700), now=OLD)
    put(store, *deeds(850), now=OLD)
    assert {one.id for one in store.tree(first.id).heads} == {first.id, second.id}
    root = store.tree(first.id).root
    told_to(store, root)
    assert store.purge(NOW, 9) == 0
    for part in store.tree(first.id).parts:
        told_to(store, part)
    assert store.purge(NOW, 9) == 1
    assert (list(store.list(OLD, "", 99).incidents), list(store.bodies())) == ([], [])
    assert load(store, deeds(0)) == Story(KEY, told={})


def test_no_more_is_purged_at_once_than_asked_for_and_the_oldest_first(store):
    heads = [put(store, *deeds(n * 5000), now=OLD + timedelta(days=n)) for n in range(5)]
    for head in heads:
        told_to(store, head)
    assert store.purge(NOW, 2) == 2
    assert {one.id for one in store.list(OLD, "", 99).incidents} == {one.id for one in heads[2:]}
    assert store.purge(OLD + timedelta(days=3), 9) == 1


def test_a_story_goes_on_after_what_was_old_of_it_went(store):
    old, new = put(store, *deeds(0), now=OLD), put(store, *deeds(5000))
    told_to(store, old)
    assert store.purge(NOW, 9) == 1
    again = put(store, *deeds(5001))
    assert (again.id, again.deeds, load(store, deeds(0)).opened) == (new.id, 2, 2)


def test_bodies_are_kept_as_they_came(store):
    of = deeds(0)
    assert store.commit(Commit(change_of(store, of), {of[0].event_id: b"\xff\x00"}, NOW))
    assert list(store.bodies()) == [b"\xff\x00"]


def test_many_workers_that_commit_to_one_story_lose_nothing(store):
    def work(worker):
        for number in range(10):
            of = deeds(worker * 10 + number)
            while not store.commit(Commit(change_of(store, of), {}, NOW)):
                pass

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    [head] = store.list(NOW - timedelta(days=9), "", 99).incidents
    assert (head.deeds, head.records, load(store, deeds(0)).version) == (80, 80, 80)
    assert len({one.event_id for one in store.deeds(head.id, 0, 99)}) == 80
