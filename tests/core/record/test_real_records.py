"""Records that nobody here wrote: each one is read, and each is a sentence.

They are read where they lie and never copied: the folder that ``TOCSIN_SHARED`` names, else ``shared`` beside the
repository.
"""

import json
from datetime import UTC, datetime

import pytest

from places import SHARED
from tocsin.adapters.sqlite import codec
from tocsin.core.incident.deed import deed_of
from tocsin.core.match.rules import NEUTRAL
from tocsin.core.record.actor import ActorKind, actor_of, phrase_of
from tocsin.core.record.subject import subject_of
from tocsin.core.settings import DEFAULTS
from tocsin.core.text import inert
from tocsin.flows.explain import Explained, explain

FILE = SHARED / "records" / "identity-events.jsonl"
LINES = FILE.read_bytes().splitlines() if FILE.is_file() else []
NOW = datetime(2026, 11, 23, tzinfo=UTC)

pytestmark = pytest.mark.skipif(not LINES, reason=f"no real records at {FILE}: name their folder in TOCSIN_SHARED")


@pytest.fixture(scope="module")
def explained(rules):
    return [list(explain(line, rules, DEFAULTS, NOW)) for line in LINES]


def test_every_record_is_read(explained):
    assert [[type(item) for item in items] for items in explained] == [[Explained]] * len(LINES)


def test_the_whole_file_says_what_its_lines_say(explained, rules):
    whole = list(explain(b"\n".join(LINES), rules, DEFAULTS, NOW))
    assert whole == [item for items in explained for item in items]


def test_every_record_has_an_actor_that_is_known(explained):
    unknown = [item.record.name for (item,) in explained if actor_of(item.record).kind is ActorKind.UNKNOWN]
    assert unknown == []


def test_every_deletion_of_a_user_rings_by_its_rule_and_names_whom(explained):
    deletions = [item for (item,) in explained if (item.record.service, item.record.name) == ("iam", "DeleteUser")]
    assert deletions
    for item in deletions:
        (notice,) = item.notices
        subject = subject_of(item.record, actor_of(item.record))
        assert (item.rings, notice.rule.startswith("iam-user-delete")) == (True, True)
        assert subject.name
        assert str(subject) in notice.sentence


def test_every_other_record_is_told_by_a_rule_or_neutrally_with_its_actor_and_its_subject(explained):
    for (item,) in explained:
        (notice,) = item.notices
        actor = actor_of(item.record)
        subject = subject_of(item.record, actor)
        assert (notice.rule == "neutral") is (not item.rings)
        assert inert(phrase_of(actor)) in notice.sentence
        assert subject is None or subject.name in notice.sentence
        assert "called " not in notice.sentence


def test_whoever_a_record_names_in_its_parameters_is_its_subject(explained):
    for (item,) in explained:
        named = (json.loads(json.dumps(item.record.part("requestParameters")))).get("userName")
        if item.record.service == "iam" and named:
            assert subject_of(item.record, actor_of(item.record)).name in {
                named,
                item.record.part("requestParameters").get("instanceProfileName"),
            }


def test_the_deed_of_every_record_is_read_from_a_store_as_it_was_written(explained):
    deeds = [deed_of(item.record, NEUTRAL, actor_of(item.record), NOW) for (item,) in explained]
    assert [codec.deed_of(codec.deed_text(one)) for one in deeds] == deeds
