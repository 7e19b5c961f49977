"""Targets receive what EventBridge's documentation says they receive."""

import json

import pytest

from tocsin.core.transformer import RuleFacts, TransformError, body, check, find

pytestmark = pytest.mark.rehearsal

# The event of https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
EVENT = {
    "version": "0",
    "id": "7bf73129-1428-4cd3-a780-95db273d1602",
    "detail-type": "EC2 Instance State-change Notification",
    "source": "aws.ec2",
    "account": "123456789012",
    "time": "2015-11-11T21:29:54Z",
    "region": "us-east-1",
    "resources": ["arn:aws:ec2:us-east-1:123456789012:instance/i-abcd1111"],
    "detail": {
        "instance-id": "i-0123456789",
        "state": "RUNNING",
        "count": 2,
        "none": None,
        "list": [{"a": 1}, {"a": 2}],
    },
}
FACTS = RuleFacts("arn:aws:events:us-east-1:123456789012:rule/example", "example", "2026-01-01T00:00:00Z")
PATHS = {
    "instance": "$.detail.instance-id",
    "state": "$.detail.state",
    "detail": "$.detail",
    "gone": "$.detail.gone",
}


def filled(template, paths=PATHS):
    return body({"InputTransformer": {"InputPathsMap": paths, "InputTemplate": template}}, EVENT, FACTS)


def test_a_target_without_input_gets_the_untouched_event():
    assert json.loads(body({}, EVENT, FACTS)) == EVENT


def test_constant_input_is_passed_as_it_is():
    assert body({"Input": '{"a": 1}'}, EVENT, FACTS) == '{"a": 1}'


def test_an_input_path_picks_a_part():
    assert json.loads(body({"InputPath": "$.detail"}, EVENT, FACTS)) == EVENT["detail"]
    with pytest.raises(TransformError, match="finds nothing"):
        body({"InputPath": "$.nowhere"}, EVENT, FACTS)


def test_a_string_template_keeps_its_quotes():
    assert filled('"instance <instance> is in <state>"') == '"instance i-0123456789 is in RUNNING"'


def test_a_json_template_quotes_strings_by_itself():
    assert filled('{"instance" : <instance>, "state": <state>}') == '{"instance" : "i-0123456789", "state": "RUNNING"}'
    assert json.loads(filled('{"state": [9, <state>, true]}')) == {"state": [9, "RUNNING", True]}


def test_quoted_variables_within_json_are_text():
    made = filled('{"instanceStatus": "instance \\"<instance>\\" is in <state>"}')
    assert json.loads(made) == {"instanceStatus": 'instance "i-0123456789" is in RUNNING'}


def test_a_missing_path_leaves_an_empty_hole():
    assert filled('"[<gone>] <state>"') == '"[] RUNNING"'


def test_a_missing_value_outside_quotes_of_a_json_template_is_an_empty_text():
    assert filled('{"a": <gone>, "b": "[<gone>]"}') == '{"a": "", "b": "[]"}'


@pytest.mark.parametrize("path", ["$.detail", "$.resources"])
def test_an_object_or_a_list_within_quotes_of_a_json_template_is_not_delivered(path):
    with pytest.raises(TransformError, match="within quotes of a JSON template"):
        filled('{"a": "it is <x>"}', {"x": path})


def test_an_object_in_a_string_loses_its_quotes_and_outside_it_keeps_them():
    assert filled('"detail is <detail>"').startswith('"detail is {instance-id:i-0123456789,')
    assert json.loads(filled('{"detail": <detail>}'))["detail"] == EVENT["detail"]


def test_numbers_and_null_stay_themselves():
    paths = {"n": "$.detail.count", "x": "$.detail.none"}
    assert filled('{"n": <n>, "x": <x>}', paths) == '{"n": 2, "x": null}'


def test_values_are_not_escaped_within_quotes():
    event = {**EVENT, "detail": {"state": 'a "quoted" word'}}
    target = {"InputTransformer": {"InputPathsMap": PATHS, "InputTemplate": '"<state>"'}}
    assert body(target, event, FACTS) == '"a "quoted" word"'


def test_a_value_that_looks_like_a_variable_is_not_replaced_again():
    event = {**EVENT, "detail": {"state": "<instance>", "instance-id": "i-1"}}
    target = {"InputTransformer": {"InputPathsMap": PATHS, "InputTemplate": '"<state>"'}}
    assert body(target, event, FACTS) == '"<instance>"'


def test_reserved_variables_need_no_path():
    template = (
        '{"arn": <aws.events.rule-arn>, "name": <aws.events.rule-name>, '
        '"at": <aws.events.event.ingestion-time>, '
        '"event": <aws.events.event.json>, "bare": <aws.events.event>}'
    )
    made = json.loads(filled(template, {}))
    assert (made["arn"], made["name"], made["at"]) == (FACTS.arn, "example", FACTS.ingestion_time)
    assert made["event"] == EVENT
    bare = {key: value for key, value in EVENT.items() if key not in ("detail", "detail-type")}
    assert made["bare"] == {**bare, "detailType": EVENT["detail-type"]}


def test_a_name_in_angle_brackets_that_is_no_variable_is_refused():
    target = {"Id": "t", "InputTransformer": {"InputPathsMap": PATHS, "InputTemplate": '"<state> <b>"'}}
    with pytest.raises(TransformError, match=r"^InputTemplate for target t contains invalid placeholder b\.$"):
        check(target)


@pytest.mark.parametrize("other", [{"InputPath": "$.detail"}, {"Input": "{}"}])
def test_a_transformer_beside_another_input_is_refused(other):
    transformer = {"InputPathsMap": {}, "InputTemplate": '"x"'}
    with pytest.raises(TransformError, match="Only one of Input, InputPath, or InputTransformer"):
        check({"Id": "t", "InputTransformer": transformer, **other})


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("$", EVENT),
        ("$.detail-type", EVENT["detail-type"]),
        ("$.resources[0]", EVENT["resources"][0]),
        ("$.detail.list[1].a", 2),
        ("$.detail.list[*].a", [1, 2]),
    ],
)
def test_paths_take_dots_indices_and_wildcards(path, value):
    assert find(EVENT, path) == value


@pytest.mark.parametrize(
    "transformer",
    [
        {"InputPathsMap": {"aws.mine": "$.detail"}, "InputTemplate": '"x"'},
        {"InputPathsMap": {"x": "detail"}, "InputTemplate": '"x"'},
        {"InputPathsMap": {"x": "$['detail']"}, "InputTemplate": '"x"'},
        {"InputPathsMap": {f"v{number}": "$.id" for number in range(101)}, "InputTemplate": '"x"'},
        {"InputPathsMap": {}, "InputTemplate": ""},
    ],
)
def test_what_put_targets_refuses_is_refused(transformer):
    with pytest.raises(TransformError):
        check({"Id": "t", "InputTransformer": transformer})
