"""Fields, arrays, `$or`, repeated and dotted keys, and the value that a pattern is."""

from __future__ import annotations

import copy
import pickle

import pytest

from tocsin.core.pattern import compile_pattern, require_deployable
from tocsin.core.pattern.operators.wildcard import complexity
from tocsin.errors import PatternError


def verdicts(pattern, *events) -> list[bool]:
    compiled = compile_pattern(pattern)
    return [compiled.matches(event) for event in events]


def test_fields_are_anded():
    pattern = {"a": ["x"], "b": {"c": ["y"]}}
    assert verdicts(pattern, '{"a":"x","b":{"c":"y"}}', '{"a":"x"}', '{"a":"x","b":{"c":"z"}}') == [
        True,
        False,
        False,
    ]


def test_a_repeated_key_of_an_event_has_both_values():
    pattern = {"a": ["x"], "b": ["y"]}
    assert verdicts(pattern, '{"a":"q","a":"x","b":"y"}', '{"a":"x","a":"q","b":"y"}') == [True, True]
    assert verdicts({"d": {"a": ["x"]}}, '{"d":{"a":"x"},"d":{"b":1}}', '{"d":{"a":"x"},"d":null}') == [
        True,
        True,
    ]


def test_the_last_of_a_repeated_key_of_a_pattern_counts():
    pattern = '{"a": ["x"], "a": ["y"]}'
    assert verdicts(pattern, '{"a":"x"}', '{"a":"y"}') == [False, True]
    assert verdicts('{"a":{"b":[1]},"a":{"c":[2]}}', '{"a":{"b":1,"c":2}}', '{"a":{"c":2}}') == [True, False]


def test_a_dotted_key_and_a_nested_one_are_the_same():
    events = ('{"a":{"b":{"c":1}}}', '{"a.b":{"c":1}}', '{"a":{"b.c":1}}', '{"a.b.c":1}', '{"a":{"c":1}}')
    for pattern in ({"a": {"b": {"c": [1]}}}, {"a.b": {"c": [1]}}, {"a.b.c": [1]}):
        assert verdicts(pattern, *events) == [True, True, True, True, False]


def test_the_empty_name_is_a_name():
    assert verdicts({"": ["x"]}, '{"":"x"}', '{"a":"x"}') == [True, False]
    assert verdicts({"a": {"": ["x"]}}, '{"a":{"":"x"}}', '{"a.":"x"}') == [False, True]


def test_fields_of_an_array_of_objects_come_from_one_element():
    pattern = {"a": {"b": [1], "c": [2]}}
    events = ('{"a":[{"b":1,"c":2}]}', '{"a":[{"b":1},{"c":2}]}', '{"a":[{"b":3,"c":2},{"b":1,"c":2}]}')
    assert verdicts(pattern, *events) == [True, False, True]


def test_elements_of_different_arrays_are_chosen_freely():
    pattern = {"x": {"p": {"a": [1]}, "q": {"b": [2]}}}
    events = ('{"x":{"p":[{"a":0},{"a":1}],"q":[{"b":2}]}}', '{"x":[{"p":[{"a":1}]},{"q":[{"b":2}]}]}')
    assert verdicts(pattern, *events) == [True, False]


def test_nested_arrays_are_consistent_at_each_level():
    pattern = {"a": {"k": [1], "t": {"k": ["c"], "v": ["b"]}}}
    same = '{"a":[{"k":1,"t":[{"k":"c","v":"x"},{"k":"c","v":"b"}]}]}'
    inner = '{"a":[{"k":1,"t":[{"k":"c"},{"v":"b"}]}]}'
    outer = '{"a":[{"k":1},{"t":[{"k":"c","v":"b"}]}]}'
    assert verdicts(pattern, same, inner, outer) == [True, False, False]


def test_absence_inside_an_element_depends_on_the_order_of_the_names():
    event = '{"a":[{"b":1,"c":"1"},{"c":"1"}]}'
    assert verdicts({"a": {"b": [{"exists": False}], "c": ["1"]}}, event) == [False]
    assert verdicts({"a": {"c": ["1"], "d": [{"exists": False}]}}, event.replace('"b"', '"d"')) == [True]


def test_large_arrays_are_matched_without_trying_every_pair():
    elements = ",".join(f'{{"b":1,"c":{number % 2},"d":2}}' for number in range(4_000))
    assert verdicts({"a": {"b": [1], "c": [1], "d": [3]}}, f'{{"a":[{elements}]}}') == [False]


def test_or_is_a_choice_of_objects_beside_the_other_fields():
    pattern = {"c": [3], "$or": [{"a": [1]}, {"b": [2]}]}
    assert verdicts(pattern, '{"a":1,"c":3}', '{"b":2,"c":3}', '{"c":3}', '{"a":1}') == [
        True,
        True,
        False,
        False,
    ]


def test_a_field_inside_or_replaces_the_one_outside():
    pattern = '{"a":[1],"$or":[{"a":[2]},{"b":[2]}]}'
    assert verdicts(pattern, '{"a":2}', '{"a":1}', '{"a":1,"b":2}') == [True, False, True]


def test_two_ors_are_every_combination():
    pattern = '{"$or":[{"a":[1]},{"b":[2]}],"$or":[{"c":[3]},{"d":[4]}]}'
    assert verdicts(pattern, '{"a":1,"d":4}', '{"a":1,"b":2}') == [True, False]


@pytest.mark.parametrize(
    "event",
    [
        *(
            "",
            "null",
            "[]",
            '"x"',
            "{",
            '{"a":"x"',
            '{"a":"x",}',
            '{"a":NaN}',
            '{"a":05}',
            "{'a':'x'}",
            '\ufeff{"a":"x"}',
        ),
        *(
            b"",
            b'{"a":"x\xff"}',
            b'\xef\xbb\xbf{"a":"x"}',
            None,
            5,
            [],
            {"a": float("nan")},
            {"a": 10**1_000},
        ),
        *('{"a":' + "[" * 100_000, '{"a":"x","b":' + "[" * 2_000 + "]" * 2_000 + "}"),
        '{"a":"x","b":' + "1" * 1_001 + "}",
    ],
    ids=lambda event: repr(event)[:40],
)
def test_what_is_no_event_does_not_match_and_does_not_raise(event):
    assert not compile_pattern({"a": [{"exists": True}]}).matches(event)


def test_what_follows_the_first_value_is_not_looked_at():
    assert compile_pattern({"a": ["x"]}).matches('{"a":"x"} and so on')


def test_a_list_that_holds_itself_does_not_match():
    loop: list = []
    loop.append(loop)
    assert not compile_pattern({"a": ["x"]}).matches({"a": loop})


def test_a_pattern_is_a_value():
    text = '{"a": ["x"]}'
    pattern = compile_pattern(text)
    assert repr(pattern) == 'Pattern(text=\'{"a": ["x"]}\')'
    assert pattern.text == text
    assert {pattern} == {compile_pattern(text.encode()), compile_pattern({"a": ["x"]})}
    assert pattern != compile_pattern('{"a":["x"]}')
    assert pickle.loads(pickle.dumps(pattern)).matches('{"a":"x"}')
    assert copy.deepcopy(pattern) == pattern


def test_a_pattern_cannot_be_changed():
    with pytest.raises(AttributeError):
        compile_pattern({"a": ["x"]}).text = ""


def test_a_pattern_says_which_fields_and_strings_it_names():
    pattern = compile_pattern(
        {
            "source": ["aws.iam", "10.0.0.1"],
            "detail": {
                "eventName": ["DeleteUser", {"prefix": "Put"}],
                "$or": [{"a": ["x"]}, {"a": ["y"], "b": [1]}],
            },
        }
    )
    assert pattern.fields() == {
        "detail.a": {"x", "y"},
        "detail.b": set(),
        "detail.eventName": {"DeleteUser"},
        "source": {"aws.iam", "10.0.0.1"},
    }


def test_a_pattern_says_to_which_strings_a_field_is_held():
    pattern = compile_pattern({"a": ["x", "y"], "b": ["x", {"prefix": "y"}], "$or": [{"c": ["z"]}, {"d": ["z"]}]})
    assert pattern.only("a") == {"x", "y"}
    assert [pattern.only(path) for path in ("b", "c", "nowhere")] == [None, None, None]


@pytest.mark.parametrize(
    ("patterns", "measure"),
    [
        (["abc"], 1),
        (["a*b"], 2),
        (["*ab*ad"], 4),
        (["a*b*bb"], 5),
        (["*ab*b*b*"], 7),
        (["*a*a*a*a*a*a*a*a*"], 17),
        (["ab*cd", "ab*wx", "ab*yz"], 6),
        (["a*aaa", "aa*aa"], 7),
        (["ab*c", "ab*c"], 2),
    ],
)
def test_wildcard_complexity_is_measured_as_the_engine_does(patterns, measure):
    assert complexity(patterns, 100) == measure


def test_what_the_service_finds_too_complex_compiles_but_is_not_deployable():
    require_deployable(compile_pattern({"a": [{"wildcard": "*ab*b*b*"}]}))
    pattern = compile_pattern({"a": [{"wildcard": "*a*a*a*a*a*"}, {"anything-but": {"wildcard": "x*"}}]})
    assert pattern.complexity == 11
    with pytest.raises(PatternError, match="complexity 11"):
        require_deployable(pattern)
