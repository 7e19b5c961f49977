"""Text that somebody else chose cannot act."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import HOSTILE
from tocsin.core.text import LONGEST, inert, join


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("bob", "bob"),
        ("", ""),
        ("Zoë 李", "Zoë 李"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("two\nlines\r\n", "two\\x0alines\\x0d\\x0a"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ("\u2028", "\\u2028"),
        ("\ud800", "\\ud800"),
        ("\U000e0001", "\\U000e0001"),
        ("a\u00a0b\u3000c", "a b c"),
        ("\ufeff", "\\ufeff"),
        ("x" * 301, "x" * 299 + "…"),
    ],
)
def test_what_acts_or_hides_is_shown_as_its_escape(text, shown):
    assert inert(text) == shown


@given(st.text(st.characters(), max_size=400))
def test_any_text_becomes_one_line_of_what_can_be_seen(text):
    shown = inert(text)
    assert {unicodedata.category(character) for character in shown} <= {
        *("Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd", "Nl", "No"),
        *("Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po", "Sm", "Sc", "Sk", "So", "Zs"),
    }


@given(st.text(st.characters(), max_size=LONGEST))
def test_what_is_inert_stays_as_it_is(text):
    once = inert(text, 10_000)
    assert inert(once, 10_000) == once


@pytest.mark.parametrize("text", HOSTILE)
def test_the_hostile_corpus_is_inert(text):
    assert inert(text).isprintable()


@pytest.mark.parametrize(
    ("items", "most", "said"),
    [
        ([], 0, ""),
        (["a"], 0, "a"),
        (["a", "b"], 0, "a and b"),
        (["a", "b", "c"], 0, "a, b and c"),
        (["a", "b", "c"], 3, "a, b and c"),
        (["a", "b", "c"], 2, "a, b and 1 more"),
        ([str(n) for n in range(50)], 2, "0, 1 and 48 more"),
    ],
)
def test_items_are_joined_as_one_speaks(items, most, said):
    assert join(items, most=most) == said


def test_the_last_word_may_be_another():
    assert join(["a", "b"], last="or") == "a or b"
