"""Each match type by itself: what it takes and what it does not."""

from __future__ import annotations

import json

import pytest

from tocsin.core.pattern import compile_pattern


def matches(test, value) -> bool:
    """Whether ``{"a": [test]}`` matches ``{"a": value}``, with the value as JSON text."""
    tests = test if isinstance(test, list) else [test]
    return compile_pattern({"a": tests}).matches(f'{{"a": {value}}}')


def split(test, taken, left):
    """Asserts which values a test takes and which it leaves."""
    assert {value: matches(test, value) for value in [*taken, *left]} == {
        **dict.fromkeys(taken, True),
        **dict.fromkeys(left, False),
    }


def test_a_string_is_compared_character_by_character():
    split("5", ['"5"'], ["5", '"5 "', '"05"', "[]", "{}", "null"])
    split("é", ['"é"', r'"\u00e9"'], ['"e\u0301"', '"É"'])


def test_a_word_is_not_the_string_of_the_same_letters():
    split(None, ["null"], ['"null"', "false", "{}", "[]"])
    split(True, ["true"], ['"true"', "1"])
    split("true", ['"true"'], ["true"])


def test_a_number_is_compared_as_a_double_where_a_double_holds_it():
    split(300, ["300", "300.0", "3e2", "3.00E+2", "[1, 300]"], ["301", '"300"', "300.0000001"])
    split(0, ["0", "-0", "0.0", "0e5"], ["1e-400"])


def test_a_number_that_no_double_holds_is_compared_as_text():
    assert compile_pattern('{"a": [9007199254740993]}').matches('{"a": 9007199254740993}')
    assert not compile_pattern('{"a": [9007199254740993]}').matches('{"a": 9007199254740992}')
    assert not compile_pattern('{"a": [9007199254740992]}').matches('{"a": 9007199254740993}')
    assert not compile_pattern('{"a": [12345678901234567890]}').matches('{"a": 12345678901234567891}')


def test_prefix_and_suffix_take_the_empty_text():
    split({"prefix": ""}, ['""', '"x"'], ["5", "null"])
    split({"suffix": ""}, ['""', '"x"'], ["5", "true"])


def test_prefix_and_suffix_count_the_quotation_mark_beyond_to_the_string():
    split({"prefix": 'ab"'}, ['"ab"', r'"ab\"c"'], ['"abc"'])
    split({"suffix": '"ab'}, ['"ab"', r'"c\"ab"'], ['"cab"'])
    split({"prefix": {"equals-ignore-case": 'AB"'}}, ['"ab"'], ['"abc"'])
    split({"suffix": {"equals-ignore-case": '"AB'}}, ['"ab"'], ['"cab"'])


def test_exactly_is_the_string_even_where_it_looks_like_an_address():
    split({"exactly": "10.0.0.1"}, ['"10.0.0.1"'], ['"010.0.0.1"'])


def test_case_is_ignored_character_by_character():
    split({"equals-ignore-case": "alice"}, ['"Alice"', '"ALICE"'], ['"alic"', '"alices"'])
    split({"equals-ignore-case": "ß"}, ['"ß"', '"SS"'], ['"ss"', '"ẞ"'])
    split({"equals-ignore-case": "k"}, ['"K"'], ['"\u212a"'])
    split({"equals-ignore-case": "\u212a"}, ['"k"', '"\u212a"'], ['"K"'])
    split({"equals-ignore-case": "ǅ"}, ['"ǆ"', '"Ǆ"'], ['"ǅ"'])


def test_a_character_outside_the_basic_plane_is_two_question_marks_where_case_is_ignored():
    split({"equals-ignore-case": "😀"}, ['"??"'], ['"😀"'])
    split({"prefix": "😀"}, ['"😀x"'], ['"??"'])


def test_case_is_ignored_in_prefixes_and_suffixes():
    split({"prefix": {"equals-ignore-case": "EventB"}}, ['"eventbridge"', '"EVENTB"'], ['"event"'])
    split({"suffix": {"equals-ignore-case": ".PNG"}}, ['"a.png"', '".Png"'], ['"a.png.x"'])
    split({"suffix": {"equals-ignore-case": "ß"}}, ['"aSS"', '"aß"'], ['"ass"'])


def test_a_star_stands_for_any_run_of_characters():
    split({"wildcard": "a*c"}, ['"ac"', '"abc"', r'"a\nc"', '"aéc"'], ['"abcd"', '"xac"', "5"])
    split({"wildcard": "*"}, ['""', '"x"'], ["5", "null"])
    split({"wildcard": "*a*b*"}, ['"ab"', '"xaxbx"'], ['"ba"'])
    split({"wildcard": "ab*ba"}, ['"abba"', '"ab-ba"'], ['"aba"'])
    split({"wildcard": "a"}, ['"a"'], ['"b"'])
    split({"wildcard": r"\*\\*"}, [r'"*\\"', r'"*\\x"'], [r'"x\\"'])


def test_numeric_takes_numbers_only_with_open_and_closed_ends():
    split({"numeric": [">", 0, "<=", 5]}, ["5", "5.0", "0.1", "1e-9"], ["0", "5.1", '"3"', "null"])
    split({"numeric": ["=", 3.018e2]}, ["301.8", "3.018E2"], ["301.80001"])
    split({"numeric": ["<", 0]}, ["-1", "-1e300"], ["0", "-1e400"])
    split({"numeric": [">=", 10]}, ["10", "1e308"], ["9"])


def test_anything_but_takes_what_is_there_and_differs():
    split({"anything-but": "x"}, ['"y"', "5", "null", '["x", "y"]', '""'], ['"x"', '["x", "x"]', "[]", "{}"])
    split({"anything-but": ["x", "y"]}, ['"z"'], ['"y"'])
    split({"anything-but": 5}, ["6", '"5"', "null"], ["5", "5.0"])


def test_anything_but_takes_four_match_types():
    split({"anything-but": {"prefix": "a"}}, ['"b"', "5"], ['"ab"'])
    split({"anything-but": {"suffix": ["a", "b"]}}, ['"c"'], ['"xa"', '"xb"'])
    split({"anything-but": {"equals-ignore-case": "A"}}, ['"b"'], ['"a"', '"A"'])
    split({"anything-but": {"wildcard": "*/x/*"}}, ['"x"'], ['"a/x/b"'])


def test_anything_but_does_not_match_a_field_that_is_missing():
    assert not compile_pattern({"a": [{"anything-but": "x"}]}).matches("{}")


def test_cidr_takes_the_addresses_of_its_block_whatever_the_host_bits():
    split({"cidr": "10.0.0.1/24"}, ['"10.0.0.0"', '"10.0.0.255"', '"010.0.0.1"'], ['"10.0.1.0"', '"x"', "5"])
    split({"cidr": "2001:db8::/32"}, ['"2001:DB8::1"'], ['"2001:db9::1"', '"10.0.0.1"'])
    split({"cidr": "10.0.0.0/8"}, ['"::ffff:a00:1"'], ['"::ffff:10.0.0.1"'])


def test_addresses_are_compared_digit_by_digit_until_it_is_decided():
    split({"cidr": "::/0"}, ['"10.0.0.1"', "5"], ['"10.1"', "0", "null"])
    split({"cidr": "32.1.13.0/24"}, ['"32.1.13.7"', '"2001:d07::1"'], ['"2001:c07::1"'])


def test_a_string_that_looks_like_an_address_is_compared_as_one():
    split("2001:0db8:0:0:0:0:0:1", ['"2001:db8::1"', '"2001:DB8::1"'], ['"2001:db8::2"'])
    split("08:23", ['"08:23"'], ['"8:23"'])
    split("300.0.0.0", ['"300.0.0.0"'], ['"300.0.0.00"'])


def test_an_address_in_a_list_does_not_hide_the_other_values():
    split(["10.0.0.1", {"prefix": "10.0.1."}, 7], ['"10.0.0.1"', '"10.0.1.9"', "7"], ['"10.0.2.1"', "8"])
    split(["10.0.0.1", {"anything-but": "10.0.0.5"}], ['"10.0.0.1"', '"10.0.0.6"'], ['"10.0.0.5"'])


@pytest.mark.parametrize("value", ["null", "0", '""', "[null]", "[[1]]"])
def test_exists_takes_any_leaf(value):
    assert matches({"exists": True}, value)
    assert not matches({"exists": False}, value)


@pytest.mark.parametrize("value", ["{}", "[]", "[[]]", "[{}]", '{"b": 1}', '[{"b": 1}]'])
def test_what_holds_no_leaf_of_the_name_is_absent(value):
    assert not matches({"exists": True}, value)
    assert matches({"exists": False}, value)


def test_the_values_of_a_list_are_a_choice():
    split(["a", {"exists": False}], ['"a"'], ['"b"'])
    assert compile_pattern({"a": ["a", {"exists": False}]}).matches("{}")


def test_values_of_a_python_mapping_match_like_their_json():
    pattern = compile_pattern({"a": [300, None, True, "x", 1.5]})
    for value in (300, 300.0, None, True, "x", 1.5, [0, 300], ("x",)):
        assert pattern.matches({"a": value}), value
        assert pattern.matches(json.dumps({"a": value})), value
    assert not pattern.matches({"a": False})
    assert not pattern.matches({"a": "true"})
