"""A pattern that AWS would refuse is refused with the place, the reason and the way out."""

from __future__ import annotations

import pytest

from tocsin.core.pattern import PatternError, compile_pattern


def refusal(pattern) -> tuple[str, str, str]:
    with pytest.raises(PatternError) as caught:
        compile_pattern(pattern)
    return caught.value.place, caught.value.reason, caught.value.hint


GOLDEN = [
    (
        {"detail": {"eventName": ["x", {"prefx": "Put"}]}},
        ("detail.eventName[1]", "Unrecognized match type prefx", "did you mean `prefix`?"),
    ),
    (
        {"a": [{"Equals_Ignore_Case": "x"}]},
        ("a[0]", "Unrecognized match type Equals_Ignore_Case", "did you mean `equals-ignore-case`?"),
    ),
    (
        {"a": [{"eventName": ["x"]}]},
        (
            "a[0]",
            "Unrecognized match type eventName",
            "a field below this one is written without the array: {...} in place of [{...}]",
        ),
    ),
    (
        {"source": "aws.iam"},
        ("source", '"source" must be an object or an array', 'write the value in an array: ["aws.iam"]'),
    ),
    ({"a": True}, ("a", '"a" must be an object or an array', "write the value in an array: [true]")),
    ({}, ("", "Empty objects are not allowed", 'any value of a field: {"field": [{"exists": true}]}')),
    (
        {"a": {"b": []}},
        ("a.b", "Empty arrays are not allowed", 'to require that the field is absent: [{"exists": false}]'),
    ),
    ([1], ("", "Filter is not an object", 'a pattern is a JSON object: {"source": ["aws.iam"]}')),
    (
        {"a": [["x"]]},
        (
            "a[0]",
            "Match value must be String, number, true, false, or null",
            "write the values in one array; an event's arrays need no array of their own in the pattern",
        ),
    ),
    (
        {"a": [{"prefix": "x", "suffix": "y"}]},
        ("a[0]", "Only one key allowed in match expression", "write one object for each: [{...}, {...}]"),
    ),
    (
        {"a": [{"prefix": 5}]},
        ("a[0].prefix", "prefix match pattern must be a string", 'the form is {"prefix": "text"}'),
    ),
    (
        {"a": [{"exists": "true"}]},
        (
            "a[0].exists",
            "exists match pattern must be either true or false.",
            'the form is {"exists": true} or {"exists": false}',
        ),
    ),
    (
        {"a": [{"wildcard": "a**b"}]},
        (
            "a[0].wildcard",
            "Consecutive wildcard characters at pos 2",
            r"one * matches any run of characters; \* and \\ are the only escapes",
        ),
    ),
    (
        {"a": [{"cidr": "10.0.0.1/32"}]},
        (
            "a[0].cidr",
            "IPv4 mask bits must be < 32",
            "for one address, write it as a plain string: it is compared as an address",
        ),
    ),
    (
        {"a": [{"numeric": ["<", 5, ">", 0]}]},
        (
            "a[0].numeric",
            "Too many elements in numeric expression",
            'the form is {"numeric": [">", 0, "<=", 5]}, the lower bound first',
        ),
    ),
    (
        '{"a": [{"numeric": ["=", 1e400]}]}',
        (
            "a[0].numeric",
            "Cannot compare number : 1e400",
            "no double holds this number exactly; as a plain value it matches by its text",
        ),
    ),
    (
        {"a": [{"anything-but": ["x", 5]}]},
        (
            "a[0].anything-but",
            "Inside anything but list, either all values are number or string, mixed type is not supported",
            "write strings only or numbers only",
        ),
    ),
    (
        {"d": {"$or": [{"a": [1]}, {"prefix": ["x"]}]}},
        (
            "d.$or[1].prefix",
            "prefix is Ruler reserved fieldName which cannot be used inside $or.",
            'match types stand inside a field\'s array: {"field": [{"prefix": "a"}]}',
        ),
    ),
    (
        {"$or": [{"a": [1]}]},
        (
            "$or",
            "There must have at least 2 Objects in $or relationship.",
            '$or takes two or more objects: {"$or": [{"a": ["x"]}, {"b": ["y"]}]}',
        ),
    ),
]


@pytest.mark.parametrize(("pattern", "expected"), GOLDEN, ids=[str(case[0]) for case in GOLDEN])
def test_a_refusal_says_where_why_and_what_was_meant(pattern, expected):
    assert refusal(pattern) == expected


def test_a_pattern_that_is_no_json_says_where():
    place, reason, hint = refusal('{"a":\n ["x" "y"]}')
    assert (place, hint) == ("", "a pattern is a JSON object")
    assert reason == "not JSON: Expecting ',' delimiter (line 2, column 7)"


@pytest.mark.parametrize(
    "pattern",
    [
        b'{"a": ["\xff"]}',
        '{"a": [NaN]}',
        {"a": [float("nan")]},
        {"a": [{1, 2}]},
        "",
        {"a": [{}]},
        {"a": [{"exactly": 5}]},
        {"a": [{"suffix": None}]},
        {"a": [{"prefix": {}}]},
        {"a": [{"prefix": {"wildcard": "x"}}]},
        {"a": [{"prefix": {"equals-ignore-case": 5}}]},
        {"a": [{"suffix": {"equals-ignore-case": "x", "prefix": "y"}}]},
        {"a": [{"equals-ignore-case": ["x"]}]},
        {"a": [{"wildcard": 5}]},
        {"a": [{"wildcard": "a\\b"}]},
        {"a": [{"wildcard": "a\\"}]},
        {"a": [{"cidr": 5}]},
        {"a": [{"cidr": "10.0.0.0"}]},
        {"a": [{"cidr": "10.0.0.0/x"}]},
        {"a": [{"cidr": "10.0.0.0/-1"}]},
        {"a": [{"cidr": "::1/128"}]},
        {"a": [{"cidr": "300.0.0.0/8"}]},
        {"a": [{"numeric": 5}]},
        {"a": [{"numeric": []}]},
        {"a": [{"numeric": [5]}]},
        {"a": [{"numeric": ["!=", 5]}]},
        {"a": [{"numeric": [">"]}]},
        {"a": [{"numeric": [">", "5"]}]},
        {"a": [{"numeric": ["=", 5, 6]}]},
        {"a": [{"numeric": [">", 5, 6]}]},
        {"a": [{"numeric": [">", 5, ">", 6]}]},
        {"a": [{"numeric": [">", 5, "<", 6, "<", 7]}]},
        {"a": [{"numeric": [">", 5, "<", 5]}]},
        {"a": [{"anything-but": None}]},
        {"a": [{"anything-but": []}]},
        {"a": [{"anything-but": [None]}]},
        {"a": [{"anything-but": {}}]},
        {"a": [{"anything-but": {"cidr": "10.0.0.0/8"}}]},
        {"a": [{"anything-but": {"prefix": ""}}]},
        {"a": [{"anything-but": {"prefix": []}}]},
        {"a": [{"anything-but": {"prefix": "a", "suffix": "b"}}]},
        {"a": [{"anything-but": {"wildcard": ["a**"]}}]},
        '{"a": [{"anything-but": {"prefix": ["5", 5]}}]}',
        {"$or": {"a": [1]}},
        {"$or": []},
        {"$or": [{"a": [1]}, 5]},
        {"$or": [{"a": [1]}, {}]},
        {f"field{number}": ["x"] for number in range(257)},
        '{"a":' * 1_001 + '["x"]' + "}" * 1_001,
    ],
    ids=str,
)
def test_whatever_aws_refuses_is_refused_with_a_reason_and_a_hint(pattern):
    _, reason, hint = refusal(pattern)
    assert reason
    assert hint


def test_ors_that_multiply_without_bound_are_refused():
    one = '"$or":[{"a":[1]},{"b":[1]}]'
    assert "more than 10,000 rules" in refusal("{" + ",".join([one] * 40) + "}")[1]
