"""The lines of a notice are those that the standard library would break it into."""

import textwrap

from hypothesis import given
from hypothesis import strategies as st

from tocsin.core.match.rules import Severity
from tocsin.core.notice.notice import Fact, Notice
from tocsin.core.notice.render import as_text

LABEL = "  Who       "
# Words, runs of spaces and words longer than a line; what is inert has no other blanks.
TEXTS = st.text(st.sampled_from("ab-é  "), max_size=120)


@given(TEXTS, st.integers(1, 60))
def test_a_fact_of_any_text_breaks_where_the_standard_library_breaks_it(text, width):
    notice = Notice("one", 1, Severity.LOW, "rule", "title", "sentence", (Fact("Who", text),))
    theirs = textwrap.wrap(
        text.strip(" "),
        width,
        initial_indent=LABEL,
        subsequent_indent=" " * len(LABEL),
        break_long_words=False,
        break_on_hyphens=False,
    ) or [LABEL.rstrip()]
    assert as_text(notice, width).split("\n")[4:-2] == theirs
