"""JSON is read and refused as Jackson reads and refuses it, at any depth."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.core.pattern import decode
from tocsin.core.pattern.decode import Literal, Members, NotJson

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)
NOISE = st.text('{}[],:"01-.eE \\ntrufalsn', max_size=3)


def outcome(work):
    try:
        return work()
    except NotJson:
        return "refused"


def test_spelling_repeats_and_order_are_kept():
    node = decode.decode('{"a": 1.50, "b": [true, null, "5"], "a": -0}')
    assert node == Members([("a", Literal("1.50")), ("b", [True, None, "5"]), ("a", Literal("-0"))])
    assert isinstance(node[0][1], Literal)
    assert not isinstance(node[1][1][2], Literal)


@pytest.mark.parametrize(
    ("text", "reason", "line", "column"),
    [
        ('{"a": NaN}', "NaN is not JSON", 0, 0),
        ('{"a":\n  x}', "Expecting value", 2, 3),
        (b'{"a": "\xff"}', "not UTF-8: invalid start byte at byte 7", 0, 0),
        ("[" * 1_001 + "]" * 1_001, "nested deeper than 1,000", 1, 1_001),
        ("1" * 1_001, "a number of more than 1,000 digits", 0, 0),
        ('{"' + "a" * 50_001 + '": 1}', "a name of more than 50,000 characters", 0, 0),
    ],
)
def test_a_refusal_says_what_and_where(text, reason, line, column):
    with pytest.raises(NotJson) as caught:
        decode.decode(text)
    assert caught.value.reason == reason
    assert (caught.value.line, caught.value.column) in {(line, column), (0, 0)}


def test_a_thousand_levels_are_read():
    node = decode.decode('{"a":' * 1_000 + "1" + "}" * 1_000)
    for _ in range(1_000):
        assert isinstance(node, Members)
        node = node[0][1]
    assert node == "1"


@given(VALUES, st.booleans())
def test_the_reader_for_deep_texts_reads_what_the_standard_one_reads(value, escaped):
    text = json.dumps(value, ensure_ascii=escaped)
    assert decode._decode_deep(text, 0) == decode.decode(text)


@given(VALUES, NOISE, st.integers(0, 200), st.integers(0, 3))
def test_the_two_readers_refuse_the_same_texts(value, noise, place, cut):
    text = json.dumps(value)
    text = text[:place] + noise + text[place + cut :]
    start = len(text) - len(text.lstrip(" \t\n\r"))
    assert outcome(lambda: decode._decode_deep(text, start)) == outcome(lambda: decode.decode(text))
