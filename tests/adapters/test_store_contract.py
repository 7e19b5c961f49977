"""What every store keeps to: one suite, run over each of them. A new store joins by one line in `STORES`."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from builders import NOW, at, entry, record, story_of
from tocsin.adapters.memory import MemoryStore
from tocsin.core.delivery.delivery import Delivery, Move, State, claimed, moved
from tocsin.core.delivery.exchange import Commit, Loaded, Page
from tocsin.core.incident.correlate import Story
from tocsin.core.incident.incident import StoryKey
from tocsin.core.record.record import Rejected

STORES = {"memory": MemoryStore}
LEASE = timedelta(seconds=60)


@pytest.fixture(params=STORES)
def store(request):
    return STORES[request.param]()


STORY = story_of([entry()])[0].story
KEY = STORY.key
INCIDENT = STORY.incidents[0]


def row(*, revision=1, channel="ops", due=0, incident=INCIDENT.id, key=KEY):
    return Delivery(incident, revision, channel, key, State.PENDING, NOW + timedelta(seconds=due), NOW)


def commit_of(story=STORY, event_id="e1", deliveries=(), origin=None):
    return Commit(story, story.incidents[0].id, event_id, origin or record(entry()), tuple(deliveries))


def story_named(account, opened=0):
    """A story of its own, opened so many seconds later."""
    key = StoryKey(account, "alice", "identity")
    when = NOW + timedelta(seconds=opened)
    return Story(key, (replace(INCIDENT, id=f"inc-{account}", key=key, opened=when),))


def test_a_new_key_has_an_empty_story(store):
    assert store.load(KEY, "e1") == Loaded(Story(KEY), 0, known=False)


def test_what_is_committed_is_loaded_and_its_event_known(store):
    assert store.commit(commit_of(), 0) is True
    assert [store.load(KEY, event) for event in ("e1", "e2")] == [
        Loaded(STORY, 1, known=True),
        Loaded(STORY, 1, known=False),
    ]


def test_an_event_is_known_in_its_own_story_only(store):
    store.commit(commit_of(), 0)
    other = StoryKey("999999999999", KEY.actor, KEY.family)
    assert store.load(other, "e1") == Loaded(Story(other), 0, known=False)


@pytest.mark.parametrize("expected", [0, 2, 7])
def test_a_commit_against_another_version_writes_nothing(store, expected):
    store.commit(commit_of(), 0)
    later = story_of([at(0), at(1)])[0].story
    assert store.commit(commit_of(later, "e2", [row()]), expected) is False
    assert (store.load(KEY, "e2"), list(store.due(NOW, 10))) == (Loaded(STORY, 1, known=False), [])


def test_each_commit_raises_the_version_by_one(store):
    assert [store.commit(commit_of(event_id=f"e{version}"), version) for version in range(3)] == [True] * 3
    assert store.load(KEY, "").version == 3


def test_a_message_that_could_not_be_read_is_an_origin_too(store):
    assert store.commit(commit_of(origin=Rejected("why", b"\xff")), 0) is True
    assert store.load(KEY, "e1").known is True


def test_rows_are_due_from_their_time_on_the_longest_due_first(store):
    rows = [row(channel="late", due=20), row(channel="early", due=10), row(channel="now")]
    store.commit(commit_of(deliveries=rows), 0)
    due = [[r.channel for r in store.due(NOW + timedelta(seconds=s), 10)] for s in (-1, 0, 10, 30)]
    assert due == [[], ["now"], ["now", "early"], ["now", "early", "late"]]


def test_no_more_rows_come_than_asked_for(store):
    store.commit(commit_of(deliveries=[row(channel=f"c{n}") for n in range(5)]), 0)
    assert [len(store.due(NOW, limit)) for limit in (1, 3, 10)] == [1, 3, 5]


def test_a_claimed_row_is_due_again_when_its_lease_ends_and_not_before(store):
    store.commit(commit_of(deliveries=[row()]), 0)
    mine = claimed(row(), NOW, LEASE)
    assert store.mark(mine, 0) is True
    due = [list(store.due(NOW + timedelta(seconds=s), 10)) for s in (0, 59, 60)]
    assert due == [[], [], [mine]]


@pytest.mark.parametrize("move", [Move.ACCEPTED, Move.GIVE_UP, Move.WITHDRAW])
def test_a_row_that_has_ended_is_never_due_again(store, move):
    store.commit(commit_of(deliveries=[row()]), 0)
    mine = claimed(row(), NOW, LEASE)
    store.mark(mine, 0)
    assert store.mark(moved(mine, move), 1) is True
    assert list(store.due(NOW + timedelta(days=9), 10)) == []


def test_of_two_marks_against_one_version_one_wins(store):
    store.commit(commit_of(deliveries=[row()]), 0)
    mine = claimed(row(), NOW, LEASE)
    assert [store.mark(mine, 0), store.mark(mine, 0)] == [True, False]


def test_a_row_that_was_never_promised_cannot_be_marked(store):
    assert store.mark(row(), 0) is False


def test_a_promise_that_exists_already_is_not_made_anew(store):
    store.commit(commit_of(deliveries=[row()]), 0)
    sent = moved(claimed(row(), NOW, LEASE), Move.ACCEPTED)
    store.mark(claimed(row(), NOW, LEASE), 0)
    store.mark(sent, 1)
    store.commit(commit_of(event_id="e2", deliveries=[row()]), 1)
    assert list(store.due(NOW + timedelta(days=9), 10)) == []


def test_rows_are_told_apart_by_incident_revision_and_channel(store):
    rows = [row(), row(revision=2), row(channel="mail"), row(incident="inc-other")]
    store.commit(commit_of(deliveries=rows), 0)
    assert {r.id for r in store.due(NOW, 10)} == {r.id for r in rows}


def test_incidents_are_listed_newest_first_in_pages(store):
    for number in range(5):
        store.commit(commit_of(story_named(f"{number}", opened=number)), 0)
    seen, cursor, pages = [], "", 0
    while pages == 0 or cursor:
        page = store.list(NOW, cursor, 2)
        seen += [incident.id for incident in page.incidents]
        cursor, pages = page.cursor, pages + 1
    assert (seen, pages) == (["inc-4", "inc-3", "inc-2", "inc-1", "inc-0"], 3)


@pytest.mark.parametrize(("since", "count"), [(-1, 3), (0, 3), (1, 2), (3, 0)])
def test_incidents_are_listed_since_a_time(store, since, count):
    for number in range(3):
        store.commit(commit_of(story_named(f"{number}", opened=number)), 0)
    assert len(store.list(NOW + timedelta(seconds=since), "", 10).incidents) == count


def test_an_empty_store_lists_nothing(store):
    assert store.list(NOW, "", 10) == Page((), "")


def test_of_many_commits_at_once_exactly_one_wins_each_version(store):
    def work(worker):
        won = 0
        while won < 5:
            version = store.load(KEY, "").version
            won += store.commit(
                commit_of(event_id=f"{worker}-{won}", deliveries=[row(channel=f"{worker}-{won}")]), version
            )
        return won

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(work, range(8))) == 40
    assert (store.load(KEY, "").version, len(store.due(NOW, 100))) == (40, 40)
