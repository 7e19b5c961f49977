"""Many rules at once give the verdicts of each rule by itself, whatever their order and the event's form."""

from __future__ import annotations

import json
import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin.core.pattern import Pattern, PatternError, RuleIndex, compile_pattern, decode
from tocsin.core.pattern.events import flatten, read
from tocsin.core.pattern.many.pieces import Pieces
from tocsin.core.pattern.many.spans import Span, Spans

TEXTS = st.sampled_from(
    [
        "x",
        "xy",
        "aXb",
        "",
        "10.0.0.1",
        "::1",
        "prod-1-z",
        "zz-prod-2",
        "é",
        "😀",
        "ß",
        "SS",
        "5",
        'a"',
        '"a',
        "*",
        "?",
    ]
)
LEAVES = st.one_of(
    TEXTS,
    st.sampled_from([0, 1, 5, 5.0, -0.0, 1.5, 300, 9007199254740993, None, True, False]),
    st.text(max_size=3),
)
NAMES = st.sampled_from(["a", "b", "c", "a.b", "b.c", ""])
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=8,
)
EVENTS = st.dictionaries(NAMES, VALUES, max_size=4)


def _operators(text: str):
    return [
        {"prefix": text},
        {"suffix": text},
        {"equals-ignore-case": text},
        {"prefix": {"equals-ignore-case": text}},
        {"suffix": {"equals-ignore-case": text}},
        {"anything-but": text},
        {"anything-but": {"suffix": text or "x"}},
        {"exactly": text},
    ]


TESTS = st.one_of(
    TEXTS,
    LEAVES.filter(lambda value: value != ""),
    TEXTS.flatmap(lambda text: st.sampled_from(_operators(text))),
    st.sampled_from(
        [{"wildcard": text} for text in ("*", "a*", "*b", "*prod*", "*prod-1*", "a*b", "x", "*é*", "*X*b*")]
        + [{"exists": True}, {"exists": False}, {"cidr": "10.0.0.0/8"}, {"cidr": "::/0"}]
        + [{"numeric": [">", 0, "<=", 5]}, {"numeric": ["=", 5]}, {"anything-but": [1, 5]}]
    ),
)
FIELDS = st.recursive(
    st.dictionaries(NAMES, st.lists(TESTS, min_size=1, max_size=2), min_size=1, max_size=3),
    lambda inner: st.dictionaries(NAMES, inner, min_size=1, max_size=2),
    max_leaves=3,
)
PATTERNS = st.one_of(FIELDS, st.builds(lambda one, two, more: {**more, "$or": [one, two]}, FIELDS, FIELDS, FIELDS))


@st.composite
def compiled(draw) -> Pattern:
    return compile_pattern(draw(PATTERNS))


@st.composite
def event_texts(draw) -> str:
    """The text of an event, at times with a repeated key."""
    text = json.dumps(draw(EVENTS), ensure_ascii=draw(st.booleans()))
    if draw(st.booleans()) and text != "{}":
        again = json.dumps({draw(NAMES): draw(VALUES)})
        text = f"{again[:-1]},{text[1:]}"
    return text


def slowly(rule, fields) -> bool:
    """The definition of a match, tried out: every choice of values in the order of the names."""

    def joined(chosen, around):
        after = dict(chosen)
        return after if all(after.setdefault(array, index) == index for array, index in around) else None

    def onward(place, chosen):
        if place == len(rule):
            return True
        path, test = rule[place]
        after = [(value, joined(chosen, around)) for value, around in fields.get(path, [])]
        if any(kept is not None and test.accepts(value) and onward(place + 1, kept) for value, kept in after):
            return True
        return test.absent and all(kept is None for _, kept in after) and onward(place + 1, chosen)

    return onward(0, {})


@given(compiled(), event_texts())
def test_a_match_is_one_consistent_choice_of_values(pattern, text):
    fields = flatten(read(text), pattern._wanted)
    assert pattern.matches(text) == any(slowly(rule, fields) for rule in pattern.rules)


@given(st.lists(compiled(), max_size=20), event_texts())
def test_the_index_agrees_with_each_pattern_by_itself(patterns, text):
    expected = [number for number, pattern in enumerate(patterns) if pattern.matches(text)]
    index = RuleIndex(enumerate(patterns))
    assert index.match(text) == expected
    assert index.match(text.encode("utf-8", "surrogatepass")) == expected


@given(st.lists(compiled(), max_size=8), EVENTS)
def test_a_mapping_matches_like_its_text(patterns, event):
    index = RuleIndex(enumerate(patterns))
    assert index.match(event) == index.match(json.dumps(event))


class Mapped(dict):
    """A mapping that is no plain dict."""


# What a caller may hand over as parsed, and no JSON text gives.
ODD_VALUES = st.one_of(
    VALUES,
    st.sampled_from([float("nan"), float("inf"), 10**1_000, 1.5, object(), (), ("x", 1), "\ud800", "é", b"x"]),
    st.builds(Mapped, st.dictionaries(NAMES, VALUES, max_size=3)),
    st.lists(st.dictionaries(NAMES, VALUES, max_size=2), max_size=2),
)
ODD_EVENTS = st.dictionaries(
    st.one_of(NAMES, st.just(1)),
    st.one_of(ODD_VALUES, st.dictionaries(NAMES, ODD_VALUES, max_size=4)),
    max_size=5,
)


@given(st.lists(compiled(), max_size=8), st.one_of(ODD_EVENTS, st.builds(Mapped, ODD_EVENTS), EVENTS))
def test_a_mapping_of_anything_is_matched_as_each_pattern_alone_matches_it(patterns, event):
    expected = [number for number, pattern in enumerate(patterns) if pattern.matches(event)]
    assert RuleIndex(enumerate(patterns)).match(event) == expected


@given(st.lists(compiled(), max_size=8), event_texts(), st.randoms())
def test_the_order_of_the_rules_does_not_matter(patterns, text, chance):
    numbered = list(enumerate(patterns))
    expected = RuleIndex(numbered).match(text)
    chance.shuffle(numbered)
    assert sorted(RuleIndex(numbered).match(text)) == expected


@given(compiled(), st.one_of(st.text(), st.binary(), st.none(), st.integers(), st.lists(st.text()), EVENTS))
def test_matching_never_raises(pattern, event):
    assert pattern.matches(event) in (True, False)
    assert RuleIndex([("rule", pattern)]).match(event) in ([], ["rule"])


@given(st.one_of(st.text(), st.binary(), st.dictionaries(st.text(), VALUES), PATTERNS))
def test_compiling_raises_nothing_but_a_pattern_error(source):
    try:
        pattern = compile_pattern(source)
    except PatternError as error:
        assert error.reason  # noqa: PT017 - either outcome is right
    else:
        assert compile_pattern(pattern.text) == pattern


@pytest.fixture(params=["msgspec", "standard library"])
def _both_decoders(request, monkeypatch):
    if request.param != "msgspec":
        monkeypatch.setattr(decode, "msgspec", None)


@pytest.mark.usefixtures("_both_decoders")
def test_objects_with_a_pattern_come_back_themselves_in_the_order_given():
    @dataclass(frozen=True)
    class Rule:
        name: str
        pattern: Pattern

    rules = [
        Rule(name, compile_pattern({"detail": {"eventName": [test]}}))
        for name, test in [("any", {"exists": True}), ("other", "PutUser"), ("deleted", "DeleteUser")]
    ]
    index = RuleIndex(rules)
    assert index.match(b'{"detail": {"eventName": "DeleteUser"}}') == [rules[0], rules[2]]
    assert index.match({"detail": {"eventName": "PutUser"}}) == [rules[0], rules[1]]
    assert index.match(b"{}") == []


@pytest.mark.usefixtures("_both_decoders")
@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ('{"a":"q","a":"x"}', True),
        ('{"a":["q","x"]}', True),
        ('{"a":[["x"]]}', True),
        ('{"a":[]}', False),
        ('{"a":"x"} and so on', True),
        ('{"b":{"a":"x"},"a":null}', False),
        ('{"\\u0061":"x"}', True),
        ('{"z":"\\ud800","a":"x"}', True),
        ('{"z":05,"a":"x"}', False),
        ('{"z":"\\q","a":"x"}', False),
        (b'{"z":"\xff","a":"x"}', False),
        (b'{"z":"\xc3\xa9","a":"x"}', True),
        (b'\xef\xbb\xbf{"a":"x"}', False),
        ('{"z":' + "[" * 999 + "]" * 999 + ',"a":"x"}', True),
        ('{"z":' + "[" * 1_000 + "]" * 1_000 + ',"a":"x"}', False),
        ('{"z":"' + "y" * 60_000 + '","a":"x"}', True),
        ('{"' + "y" * 50_001 + '":1,"a":"x"}', False),
    ],
)
def test_odd_events_get_the_same_verdict_with_and_without_the_accelerator(event, expected):
    pattern = compile_pattern({"a": ["x"]})
    assert pattern.matches(event) == expected
    assert RuleIndex([(1, pattern)]).match(event) == [1] * expected


def test_dotted_keys_and_repeated_objects_are_seen_by_the_accelerator():
    index = RuleIndex([(1, compile_pattern({"a": {"b": {"c": ["x"]}}}))])
    events = [
        '{"a.b":{"c":"x"}}',
        '{"a":{"b.c":"x"}}',
        '{"a.b.c":"x"}',
        '{"a":{"b":{"c":"x"}},"a":{"b":{"c":"y"}}}',
    ]
    assert [index.match(event) for event in [*events, '{"a":{"b":{"c":"y"}},"a":{"b":{"c":"x"}}}']] == [[1]] * 5


def test_a_path_that_ends_in_an_empty_name_is_found_as_it_is_alone():
    odd, plain = (
        compile_pattern({"a": {"": ["x"]}}),
        compile_pattern({"": {"a": ["x"]}, "b": {"": {"c": ["x"]}}}),
    )
    index = RuleIndex([("odd", odd), ("plain", plain)])
    assert index.match('{"a":{"":"x"}}') == ["odd"] * odd.matches('{"a":{"":"x"}}')
    assert index.match('{"a.":"x"}') == ["odd"]


def test_an_index_serves_several_threads_at_once():
    names = [f"Event{number}" for number in range(50)]
    index = RuleIndex([(name, compile_pattern({"d": {"n": [name], "u": [{"prefix": "a"}]}})) for name in names])

    def count(seed):
        chance = random.Random(seed)
        drawn = [chance.choice(names) for _ in range(2_000)]
        return all(index.match(json.dumps({"d": {"n": name, "u": "ab"}}).encode()) == [name] for name in drawn)

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(count, range(8)))


@given(
    st.lists(st.text("ab-", min_size=1, max_size=12) | st.text("ab-", max_size=4).map("team-".__add__), max_size=40),
    st.text("abtem-", max_size=40),
)
def test_every_piece_that_occurs_in_a_value_is_found(pieces, value):
    filed = {piece: (piece,) for piece in pieces}
    found = {piece for items in Pieces(filed).find(value) for piece in items}
    assert {piece for piece in pieces if piece in value} <= found


WIDE = [f"field{number}" for number in range(60)]
NUMBERS = st.sampled_from(
    ["0", "-0", "5", "5.0", "5e0", "5e-1", "1.5", "150e-2", "1e400", "-1E+2", "9007199254740993", "1" * 20, "1" * 999]
)


@st.composite
def wide_events(draw):
    """Events with a few of many members, some of them twice, in letters or escapes, or spelt with a dot."""
    spell = st.sampled_from([*WIDE, "\\u0066ield7", "field7.x", "other"])
    values = st.one_of(NUMBERS, st.sampled_from(['"x"', "null", "true", "[]", '["x",5]', "{}", '{"y":1}', '[{"y":1}]']))
    members = draw(st.lists(st.tuples(spell, values), max_size=8))
    inner = ",".join(f'"{name}":{value}' for name, value in members)
    extra = draw(
        st.sampled_from(["", ',"d.p":{"field3":"x"}', ',"d":{"p.field3":"x"}', ',"d.p.field3":"x"', ',"n":"d.p"'])
    )
    return f'{{"d":{{"p":{{{inner}}}}}{extra}}}'


@st.composite
def wide_patterns(draw):
    """A test of one of many members, or of two."""
    one = st.sampled_from(
        [
            [{"exists": True}], [{"exists": False}], ["x"], [5], [{"numeric": [">", 1, "<=", 5]}], [None],
            [{"anything-but": "x"}], [{"anything-but": [5]}], [{"anything-but": {"prefix": "x"}}],
            [{"numeric": ["=", 150]}], ["x", {"exists": False}],
        ]
    )  # fmt: skip
    names = draw(st.lists(st.sampled_from(WIDE), min_size=1, max_size=2, unique=True))
    return compile_pattern({"d": {"p": {name: draw(one) for name in names}}})


@given(st.lists(wide_patterns(), min_size=1, max_size=6), wide_events())
def test_an_object_of_many_wanted_members_is_read_as_each_pattern_alone_reads_it(patterns, text):
    every = [*patterns, *(compile_pattern({"d": {"p": {name: ["never"]}}}) for name in WIDE)]
    expected = [number for number, pattern in enumerate(every) if pattern.matches(text)]
    index = RuleIndex(enumerate(every))
    assert index.match(text) == expected
    assert index.match(text.encode()) == expected


SHARED = ("a", "b", "c", "d")
ASKED = st.sampled_from(
    [
        ["x"], ["y"], ["x", "y"], [{"exists": False}], [{"exists": True}], [{"anything-but": ["x"]}], [{"prefix": "x"}],
        [{"anything-but": {"prefix": "y"}}], ["x", {"exists": False}], [{"equals-ignore-case": "X"}],
        [{"numeric": [">", 1]}],
    ]
)  # fmt: skip


@st.composite
def rules_of_shared_fields(draw):
    """A rule that looks at nearly all of a few fields, and perhaps at one that others do not look at."""
    names = draw(st.lists(st.sampled_from(SHARED), min_size=3, max_size=4, unique=True))
    own = {"own": draw(ASKED)} if draw(st.booleans()) else {}
    return compile_pattern({**{name: draw(ASKED) for name in names}, **own})


EVENTS_OF_SHARED_FIELDS = st.dictionaries(
    st.sampled_from((*SHARED, "own")),
    st.sampled_from(["x", "y", "z", "xx", "X", "é", 2, None, ["x", "q"], [], {"x": 1}]),
)


@given(
    st.lists(rules_of_shared_fields(), min_size=8, max_size=40),
    st.lists(EVENTS_OF_SHARED_FIELDS, min_size=1, max_size=12),
)
def test_rules_that_share_their_fields_are_matched_as_each_by_itself_whatever_was_remembered(patterns, events):
    index = RuleIndex(enumerate(patterns))
    for event in [*events, *events]:
        text = json.dumps(event)
        expected = [number for number, pattern in enumerate(patterns) if pattern.matches(text)]
        assert index.match(text) == index.match(text.encode()) == index.match(event) == expected


def test_what_is_remembered_of_values_that_anybody_can_make_up_has_an_end():
    patterns = [compile_pattern({name: ["x", {"prefix": "p"}] for name in (*SHARED, f"e{n % 2}")}) for n in range(9)]
    index = RuleIndex(enumerate(patterns))
    for number in range(10_000):
        event = {name: f"{'p' * (number >> place & 1)}{number}" for place, name in enumerate(SHARED)}
        expected = list(range(9)) if number % 16 == 15 else []
        assert index.match({**event, "e0": "x", "e1": "p"}) == expected
    combined = index._machine._combined
    assert combined is not None
    assert len(combined._known) <= 4096
    assert all(len(classes) <= 4100 for _, classes in combined._fields)


@pytest.mark.parametrize(("length", "kept"), [(200, True), (100_000, False)])
def test_a_long_value_is_matched_and_not_remembered(length, kept):
    patterns = [compile_pattern({name: ["x", {"prefix": "p"}] for name in SHARED}) for _ in range(9)]
    index, value = RuleIndex(enumerate(patterns)), "p" * length
    assert index.match(dict.fromkeys(SHARED, value)) == index.match(dict.fromkeys(SHARED, value)) == list(range(9))
    assert {value in classes for _, classes in index._machine._combined._fields} == {kept}


@given(st.lists(compiled(), max_size=6), NUMBERS, st.sampled_from(["a", "b", "a.b"]))
def test_a_number_means_the_same_however_it_is_written(patterns, number, name):
    text = f'{{"{name}":{number},"b":{{"c":[{number},"x"]}}}}'
    expected = [place for place, pattern in enumerate(patterns) if pattern.matches(text)]
    assert RuleIndex(enumerate(patterns)).match(text) == expected


@pytest.mark.parametrize("digits", [1000, 1001, 5000])
def test_a_number_of_more_digits_than_the_engine_takes_is_no_event(digits):
    index = RuleIndex([(1, compile_pattern({"a": [{"exists": True}]}))])
    assert [index.match(f'{{"a":{sign}{"1" * digits}}}') for sign in ("", "-", "1.")] == [
        [1] * (digits <= 1000)
    ] * 2 + [[]]


POINTS = st.integers(0, 12)


@given(st.lists(st.tuples(POINTS, POINTS, st.booleans(), st.booleans())), st.floats(-1, 13))
def test_every_range_that_holds_a_point_is_found_once(ranges, point):
    spans = [
        Span(low, high, open_low, open_high, number)
        for number, (low, high, open_low, open_high) in enumerate(ranges)
        if low < high or (low == high and not (open_low or open_high))
    ]
    for at in (point, round(point)):
        holding = [
            one.item
            for one in spans
            if (one.low < at if one.open_low else one.low <= at)
            and (at < one.high if one.open_high else at <= one.high)
        ]
        assert sorted(Spans(spans).find(at)) == holding


BLOCKS = [
    "10.0.0.0/8",
    "10.1.0.0/16",
    "10.1.2.0/25",
    "0.0.0.0/0",
    "2001:db8::/32",
    "::/1",
    "a00::/8",
    "10.1.2.3",
    "::1",
]
ADDRESSES = [
    "10.1.2.3", "010.001.002.003", "10.1.2.200", "11.0.0.1", "2001:db8::5", "::1", "::ffff:10.1.2.3", "10.1.2", "x", "",
    "0a01:0203::", "10.1.2.3.4", "10.1.2.", "300.1.1.1", "٣.1.2.3",
]  # fmt: skip


@given(
    st.lists(st.sampled_from(BLOCKS), min_size=1),
    st.sampled_from(ADDRESSES),
    st.sampled_from(["10", "0", "9" * 32, "1.5"]),
)
def test_blocks_of_addresses_are_found_as_each_alone_finds_them(blocks, address, number):
    patterns = [compile_pattern({"a": [{"cidr": one} if "/" in one else one]}) for one in blocks]
    for value in (json.dumps(address), number, json.dumps([address, "x"])):
        text = f'{{"a":{value}}}'
        expected = [place for place, pattern in enumerate(patterns) if pattern.matches(text)]
        assert RuleIndex(enumerate(patterns)).match(text) == expected
