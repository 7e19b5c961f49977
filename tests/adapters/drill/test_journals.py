"""Journals and history are files of this user alone, whole after a crash, and held by one drill at a time."""

from __future__ import annotations

import json
import os
import stat
from datetime import UTC, datetime

import pytest

from tocsin.adapters.drill.journals import Journals
from tocsin.core.drill.decoy import Decoy
from tocsin.core.drill.hops import Hop, Outcome, State
from tocsin.core.drill.journal import Heading, Kind, Thing
from tocsin.core.drill.result import Result, Variant
from tocsin.errors import UsageError

HEADING = Heading("d1", "abc234", "111122223333", "us-east-1", "aws", "2026-11-26T10:00:00+00:00")
BIRTH = Decoy("tocsin-drill-abc234", "d1", "111122223333", "aws").birth()
USER = Thing(Kind.USER, "tocsin-drill-abc234")
RESULT = Result(
    code="abc234",
    at=datetime(2026, 11, 26, 10, tzinfo=UTC),
    account="111122223333",
    region="us-east-1",
    pipeline="tocsin",
    variant=Variant.DELETE,
    outcomes=(Outcome(Hop.WIRE, State.ARRIVED, 4.0),),
)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "state" / "drills" / "111122223333"


@pytest.fixture
def journals(folder):
    return Journals(folder)


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_a_journal_is_on_the_disk_line_by_line_for_this_user_alone(journals, folder):
    notes = journals.fresh("abc234")
    notes.open(HEADING)
    notes.note(BIRTH)
    assert (mode(folder), mode(folder / "abc234.journal")) == (0o700, 0o600)
    assert notes.things().things == (USER,)
    assert len((folder / "abc234.journal").read_text().splitlines()) == 2
    notes.close()
    assert not (folder / "abc234.journal").exists()


def test_a_loose_umask_changes_nothing(journals, folder):
    before = os.umask(0)
    try:
        journals.fresh("abc234").open(HEADING)
        journals.keep(RESULT)
    finally:
        os.umask(before)
    assert {mode(path) for path in folder.iterdir()} == {0o600}


def test_no_drill_starts_while_another_is_under_way(journals):
    journals.fresh("abc234").open(HEADING)
    with pytest.raises(UsageError, match="another drill is under way"):
        journals.fresh("zzz999").open(HEADING)
    assert list(journals.left()) == []


def test_no_drill_starts_over_one_that_was_broken_off(journals):
    notes = journals.fresh("abc234")
    notes.open(HEADING)
    notes.note(BIRTH)
    notes.let_go()
    with pytest.raises(UsageError, match="was broken off") as fault:
        journals.fresh("zzz999").open(HEADING)
    assert fault.value.hint == "tocsin drill --clean"
    (left,) = journals.left()
    assert left.things().things == (USER,)
    left.drop(USER)
    assert left.things().things == ()
    left.close()
    journals.fresh("zzz999").open(HEADING)


def test_a_line_that_was_cut_off_is_cut_away_before_the_next_is_written(journals, folder):
    notes = journals.fresh("abc234")
    notes.open(HEADING)
    notes.note(BIRTH)
    notes.let_go()
    path = folder / "abc234.journal"
    path.write_bytes(path.read_bytes() + b'{"act":"Crea')
    (left,) = journals.left()
    left.drop(USER)
    assert [json.loads(line).get("kind") for line in path.read_text().splitlines()[1:]] == ["user", "user"]
    assert left.things().things == ()


@pytest.mark.parametrize("written", [b"", b'{"version": 1'])
def test_a_journal_of_which_not_a_line_was_written_stands_for_nothing(journals, folder, written):
    folder.mkdir(parents=True)
    (folder / "abc234.journal").write_bytes(written)
    assert list(journals.left()) == []
    assert not (folder / "abc234.journal").exists()
    journals.fresh("zzz999").open(HEADING)


def test_drills_are_kept_oldest_first_and_a_torn_line_hides_no_other(journals, folder):
    assert journals.history() == []
    journals.keep(RESULT)
    with (folder / "history.jsonl").open("ab") as file:
        file.write(b'{"kind": "dri\xff\n')
    journals.keep(RESULT)
    assert journals.history() == [RESULT, RESULT]
