"""The terminal: a notice as text, whatever the stream can show and whether it is still there."""

import io

import pytest

from builders import chapter_of, entry
from tocsin.adapters.channels.terminal import TerminalChannel
from tocsin.core.delivery.outcome import Answer, Outcome
from tocsin.core.notice.compose import compose
from tocsin.core.notice.render import as_text


@pytest.fixture
def notice(rules):
    return compose(chapter_of([entry(requestParameters={"userName": "Zoë"})]), rules)


def test_a_notice_is_written_whole_with_a_blank_line_behind_it(notice):
    stream = io.StringIO()
    assert TerminalChannel(stream, width=60).send(notice) == Outcome(Answer.ACCEPTED, "written")
    assert stream.getvalue() == f"{as_text(notice, 60)}\n\n"


@pytest.mark.parametrize(("encoding", "shown"), [("utf-8", "Zoë"), ("ascii", "Zo\\xeb"), ("latin-1", "Zoë")])
def test_what_the_stream_cannot_show_is_shown_as_its_escape(notice, encoding, shown):
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding=encoding)
    TerminalChannel(stream).send(notice)
    assert f"IAM user {shown} was deleted" in raw.getvalue().decode(encoding)


def test_a_stream_that_is_closed_is_busy_so_that_the_notice_is_kept(notice):
    stream = io.StringIO()
    stream.close()
    assert TerminalChannel(stream).send(notice).answer is Answer.BUSY


def test_a_stream_whose_reader_has_gone_is_busy(notice):
    class Gone(io.StringIO):
        def flush(self):
            raise BrokenPipeError(32, "Broken pipe")

    outcome = TerminalChannel(Gone()).send(notice)
    assert outcome == Outcome(Answer.BUSY, "the terminal cannot be written to: [Errno 32] Broken pipe")


def test_a_terminal_goes_by_its_name():
    assert [TerminalChannel(io.StringIO(), **name).name for name in ({}, {"name": "night"})] == ["terminal", "night"]
