"""A file a record at a time: what is large is never held whole, and what is spoilt costs no more than it has to."""

from __future__ import annotations

import gzip
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import entry
from tocsin.adapters.files import pieces as module
from tocsin.adapters.files.pieces import Piece, pieces
from tocsin.entry.cli import run
from tocsin.errors import UsageError


class Dribble(io.BytesIO):
    """Gives less than it is asked for, as a pipe does."""

    def read(self, size=-1):
        return super().read(min(size, 37) if size > 0 else size)


@pytest.fixture
def small(monkeypatch):
    """Of a hundred bytes, so that a few records are a large file."""
    monkeypatch.setattr(module, "CHUNK", 100)
    monkeypatch.setattr(module, "LARGEST", 5000)


def read(body, stream=io.BytesIO):
    return list(pieces(stream(body), "split it"))


RECORDS = [{"eventName": f"E{number}", "text": "ä}]\\" * number} for number in range(12)]
LINES = "\n".join(json.dumps(one) for one in RECORDS).encode()
LOG = json.dumps({"Records": RECORDS}, ensure_ascii=False).encode()


def test_what_is_small_is_given_whole():
    assert read(b'{"a": 1}') == [Piece("", b'{"a": 1}')]
    assert read(b"") == [Piece("", b"")]


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("stream", [io.BytesIO, Dribble])
@pytest.mark.parametrize("packed", [False, True])
def test_lines_and_the_elements_of_a_log_file_come_one_by_one_with_their_places(stream, packed):
    for body, form in ((LINES, "line {}"), (b"\xef\xbb\xbf" + LINES + b"\n\n", "line {}"), (LOG, "Records[{}]")):
        found = read(gzip.compress(body) * 1 if packed else body, stream)
        start = 1 if "line" in form else 0
        assert [one.place for one in found] == [form.format(number) for number in range(start, start + 12)]
        assert [json.loads(one.body) if isinstance(one.body, bytes) else one.body for one in found] == RECORDS


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize(
    ("body", "count", "fault"),
    [
        (LOG[:-20], 11, "not JSON from here on"),
        (LOG[:-2] + b',{"a":]}', 12, "not JSON from here on"),
        (LOG + b"rubbish", 12, "not JSON from here on"),
        (LOG[:300] + b"\xff" + LOG[301:], 4, "not UTF-8 text: invalid start byte; what follows is not read"),
        (gzip.compress(LINES, 0)[:-30], 11, "a truncated gzip file"),
        (LINES + b"\n" + b"{" * 6000, 12, "a line of more than 5,000 bytes; what follows is not read"),
    ],
)
def test_what_is_spoilt_is_told_after_what_is_whole(body, count, fault):
    *whole, last = read(body)
    assert (len(whole) >= min(count, 1), last.fault) == (count > 0, fault)
    assert len(whole) <= count or count == 4


@pytest.mark.usefixtures("small")
def test_what_has_neither_form_is_read_whole_as_long_as_it_fits():
    body = json.dumps({"Messages": RECORDS}, indent=1).encode()
    assert read(body) == [Piece("", body)]
    with pytest.raises(UsageError, match="larger than 5,000 bytes, and neither JSON lines nor a log file"):
        read(body + b" " * 5000)


@pytest.mark.usefixtures("small")
def test_a_line_that_is_no_json_costs_no_other():
    found = read(LINES.replace(b'{"eventName": "E5"', b'{eventName": "E5"'))
    assert (len(found), json.loads(found[6].body)["eventName"]) == (12, "E6")


TEXTS = st.one_of(st.text(max_size=9), st.sampled_from(["},{", '"},{"', "]}", "}],[{", "\\"]))
OBJECTS = st.dictionaries(st.text(max_size=3), TEXTS, min_size=1)


@given(
    st.lists(st.one_of(OBJECTS, st.lists(OBJECTS, max_size=3), st.builds(lambda one: {"a": one}, OBJECTS)), min_size=1),
    st.integers(1, 200),
    st.sampled_from([(",", ":"), (", ", ": ")]),
)
def test_every_element_comes_once_wherever_the_chunks_end(values, size, separators):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "CHUNK", size)
        text = json.dumps({"Records": values}, ensure_ascii=False, separators=separators)
        body = text.encode("utf-8", "replace")
        expected = json.loads(body)["Records"]
        found = read(body)
        if found[0].place:
            assert [json.loads(one.body) for one in found] == expected
            assert [one.place for one in found] == [f"Records[{number}]" for number in range(len(expected))]
        else:
            assert found == [Piece("", body)]


def test_a_whole_log_file_is_told_as_its_lines_are(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(module, "CHUNK", 500)
    monkeypatch.chdir(tmp_path)
    records = [entry(eventID=f"e{number}") for number in range(9)]
    (tmp_path / "log.json").write_text(json.dumps({"Records": [*records, {"no": "record"}]}))
    (tmp_path / "log.jsonl").write_text("\n".join(map(json.dumps, [*records, {"no": "record"}])))
    told = {}
    for name in ("log.json", "log.jsonl"):
        assert run(["explain", "--json", name]) == 1
        told[name] = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [fact["kind"] for fact in told["log.json"]] == ["notice"] * 9 + ["rejected"]
    assert [one["place"] for one in (told["log.json"][-1], told["log.jsonl"][-1])] == ["Records[9]", "line 10"]
    assert told["log.json"][:9] == told["log.jsonl"][:9]
