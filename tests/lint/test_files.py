"""Lint finds the rules in every kind of file, tells what it cannot, and never trips over one."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tocsin import config
from tocsin.adapters.files.hcl import read_hcl, read_template
from tocsin.adapters.files.yamls import read_yaml
from tocsin.lint import Names, Readers, Unreadable, lint
from tocsin.lint.files.sources import read

NAMES = Names.of(config.event_names())
READERS = Readers(read_yaml, read_hcl, read_template)
SOUND = '{"source": ["aws.iam"], "detail": {"eventName": ["DeleteUser"], "errorCode": [{"exists": false}]}}'


def told(file: str, text: str, region: str = "") -> list[tuple[str, str, str, int]]:
    report = lint(file, text, NAMES, READERS, region)
    return [(one.id, one.rule, one.place, one.line) for one in report.findings]


def names_of(file: str, text: str) -> list[str]:
    return [found.name for found in read(file, text, READERS)[0]]


TERRAFORM = """\
provider "aws" {
  region = "eu-west-1" # not IAM's
}
resource "aws_cloudwatch_event_rule" "deleted" {
  event_pattern = jsonencode({
    source      = ["aws.iam"]
    detail-type = ["AWS API Call via CloudTrail"],
    detail = {
      "eventName" : ["DeletUser", var.name, "x-${var.name}"]
      errorCode = [{ exists = false }]
    }
  })
}
"""


def test_terraform_is_read_with_its_lines_and_what_it_leaves_open_is_told():
    rule = "aws_cloudwatch_event_rule.deleted"
    assert told("rules.tf", TERRAFORM) == [
        ("TL201", rule, "", 5),
        ("TL108", rule, "detail.eventName[0]", 9),
        ("TL401", rule, "detail.eventName[1]", 9),
        ("TL401", rule, "detail.eventName[2]", 9),
    ]


HEREDOC = """\
resource "aws_cloudwatch_event_rule" "a" {
  event_pattern = <<-EOT
    {
      "source": ["aws.iam"],
      "detail": {"eventName": ["DeletUser", "${var.other}"], "errorCode": [{"exists": false}]}
    }
  EOT
}
"""


def test_a_heredoc_is_read_with_the_lines_of_the_file():
    rule = "aws_cloudwatch_event_rule.a"
    assert told("rules.tf", HEREDOC) == [
        ("TL108", rule, "detail.eventName[0]", 5),
        ("TL401", rule, "detail.eventName[1]", 5),
    ]


@pytest.mark.parametrize(
    "expression",
    [
        "var.pattern",
        "local.patterns[each.key]",
        'file("${path.module}/pattern.json")',
        "jsonencode(merge(local.base, { source = [1] }))",
        'var.on ? jsonencode({ source = ["a"] }) : null',
        "jsonencode({ for key, value in var.all : key => value })",
        '<<EOT\n{"source": ${jsonencode(var.sources)}}\nEOT',
    ],
)
def test_an_expression_that_only_terraform_knows_is_told_of(expression: str):
    text = f'resource "aws_cloudwatch_event_rule" "a" {{\n  event_pattern = {expression}\n}}\n'
    assert [one[0] for one in told("a.tf", text)] == ["TL401"]


def test_a_pattern_that_is_handed_to_a_module_is_found():
    text = (
        f'module "bus" {{\n  rules = {{\n    gone = {{\n      event_pattern = <<EOT\n{SOUND}\nEOT\n    }}\n  }}\n}}\n'
    )
    assert names_of("main.tf", text) == ["module.bus.rules.gone"]
    assert told("main.tf", text) == []


def test_the_provider_of_a_rule_gives_its_region():
    text = (
        'provider "aws" {\n region = "eu-west-1"\n}\nprovider "aws" {\n alias = "home"\n region = "us-east-1"\n}\n'
        f'resource "aws_cloudwatch_event_rule" "a" {{\n provider = aws.home\n event_pattern = <<EOT\n{SOUND}\nEOT\n}}\n'
    )
    assert told("a.tf", text) == []


def test_the_json_syntax_of_terraform_is_read():
    broken = SOUND.replace("DeleteUser", "DeletUser")
    entry = {"plain": {"event_pattern": broken}, "open": [{"event_pattern": "${var.pattern}"}]}
    coded = {"coded": {"event_pattern": '${jsonencode({source = ["iam"], detail = {eventName = ["x"]}})}'}}
    text = json.dumps({"resource": [{"aws_cloudwatch_event_rule": entry | coded}]})
    assert sorted({(one[0], one[1].rpartition(".")[2]) for one in told("a.tf.json", text)}) == [
        ("TL105", "coded"),
        ("TL108", "coded"),
        ("TL108", "plain"),
        ("TL301", "coded"),
        ("TL401", "open"),
    ]


TEMPLATE = """\
Resources:
  Deleted:
    Type: AWS::Events::Rule
    Properties:
      State: !If [On, ENABLED, DISABLED]
      EventPattern:
        source: [aws.iam]
        detail:
          errorCode: [{exists: false}]
          eventName:
            - DeletUser
            - !Ref Other
      Targets: [{Id: a, Arn: !Ref Topic}]
  Text:
    Type: AWS::Events::Rule
    Properties:
      EventPattern: !Sub |
        {"source": ["aws.iam"],
         "detail": {"errorCode": [{"exists": false}], "eventName": ["DeletUser", "${Other}"]}}
      Targets: [{Id: a, Arn: !GetAtt Queue.Arn}]
  Function:
    Type: AWS::Serverless::Function
    Properties:
      Events:
        Gone:
          Type: EventBridgeRule
          Properties:
            Pattern: {source: [aws.iam], detail: {eventName: [DeletUser]}}
  Fn::ForEach::Rules:
    - Name
    - [A, B]
    - "${Name}": {Type: "AWS::Events::Rule"}
"""


def test_a_template_is_read_with_its_short_tags():
    assert told("template.yaml", TEMPLATE) == [
        ("TL108", "Deleted", "detail.eventName[0]", 11),
        ("TL401", "Deleted", "detail.eventName[1]", 12),
        ("TL108", "Text", "detail.eventName[0]", 19),
        ("TL401", "Text", "detail.eventName[1]", 19),
        ("TL108", "Function.Gone", "detail.eventName[0]", 28),
        ("TL401", "Fn::ForEach::Rules", "", 30),
    ]


@pytest.mark.parametrize(
    ("file", "text", "names"),
    [
        ("p.json", SOUND, [""]),
        ("-", SOUND, [""]),
        ("r.json", json.dumps({"Name": "a", "EventPattern": SOUND}), ["a"]),
        ("r.json", json.dumps({"Rules": [{"Name": "a", "State": "ENABLED", "EventPattern": SOUND}]}), ["a"]),
        (
            "r.json",
            json.dumps([{"Name": "a", "EventPattern": SOUND}, {"Name": "b", "EventPattern": SOUND}]),
            ["a", "b"],
        ),
        ("r.json", json.dumps({"Rules": []}), []),
        ("", TEMPLATE, ["Deleted", "Text", "Function.Gone", "Fn::ForEach::Rules"]),
        ("", TERRAFORM, ["aws_cloudwatch_event_rule.deleted"]),
        ("ci.yaml", "on: push\njobs: {}\n", []),
        ("empty.tf", "", []),
        ("p.yaml", "source: [aws.iam]\n", [""]),
    ],
)
def test_a_file_is_known_by_its_name_or_how_it_begins(file: str, text: str, names: list[str]):
    assert names_of(file, text) == names


RULE = (
    f'resource "aws_cloudwatch_event_rule" "a" {{\n  event_pattern = <<EOT\n{SOUND.replace("User", "Usr")}\nEOT\n}}\n'
)


@pytest.mark.parametrize(
    ("text", "unread"),
    [
        (f"{RULE}}}\n", [6]),
        (f"what is this\n{RULE}", [1]),
        (f'{RULE}resource "aws_iam_user" "b" {{\n  name = \n}}\n', [7]),
        (f'{RULE}resource "aws_iam_user" "b" {{\n  name = "x"\n', [8]),
        (f'{RULE}resource "aws_iam_user" "b" {{\n  list = [1, 2\n}}\n', [8]),
        (f'locals {{\n  a = "no end\n}}\n{RULE}', [1]),
        (f"some\nwords\n{{\n}}\n{RULE}", [1]),
    ],
    ids=[
        "a brace too many",
        "words",
        "no value",
        "a block without an end",
        "a list without an end",
        "a string without an end",
        "a block on several lines",
    ],
)
def test_what_can_be_read_of_a_broken_terraform_file_is_judged_and_the_rest_is_said(text: str, unread: list[int]):
    found = told("x.tf", text)
    assert [one[3] for one in found if one[0] == "TL402"] == unread
    assert [(one[0], one[1]) for one in found if one[0] != "TL402"] == [("TL108", "aws_cloudwatch_event_rule.a")]


def test_a_pattern_that_is_broken_itself_is_not_judged_and_is_said():
    text = 'resource "aws_cloudwatch_event_rule" "a" {\n  event_pattern = jsonencode({ source = [ })\n}\n'
    assert {one[0] for one in told("x.tf", text)} == {"TL401", "TL402"}


BROKEN = [
    ("x.json", ""),
    ("x.json", '{"a": [1}'),
    ("x.json", "[" * 100_000),
    ("x.json", '{"a": ["\\ud800"]} more'),
    ("x.tf", 'resource "a" {'),
    ("x.tf", 'a = "no end'),
    ("x.tf", "a = <<EOT\nno end"),
    ("x.tf", "x = " + "(" * 20_000),
    ("x.tf", 'x = "' + '${"' * 20_000),
    ("x.tf", "a {" * 20_000),
    ("x.yaml", "a: b: c"),
    ("x.yaml", "a: &a [*a]"),
    ("x.yaml", "\x00"),
    ("x.yaml", "\n".join(f"{' ' * depth}a:" for depth in range(2_000))),
]


@pytest.mark.parametrize(("file", "text"), BROKEN, ids=range(len(BROKEN)))
def test_a_broken_file_is_refused_with_a_reason(file: str, text: str):
    with pytest.raises(Unreadable) as caught:
        told(file, text)
    assert caught.value.reason


def test_aliases_cannot_multiply_without_end():
    lines = ["a: &a [x,x,x,x,x,x,x,x,x]"]
    lines += [
        f"{after}: &{after} [{','.join([f'*{one}'] * 9)}]" for one, after in zip("abcdefgh", "bcdefghi", strict=True)
    ]
    with pytest.raises(Unreadable, match="500,000 values"):
        told("x.yaml", "\n".join(lines))


KEYS = """
    source detail-type detail eventName eventSource $or prefix exists region anything-but EventPattern Rules Resources
    Type Properties resource Fn::Sub Ref
""".split()  # noqa: SIM905 - a list of words reads best as words
JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=8) | st.sampled_from(["aws.iam", "DeleteUser", "*a*"]),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=4), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(JSON, st.sampled_from(["x.json", "x.tf.json", "x.yaml", "-"]), st.sampled_from(["", "eu-west-1"]))
def test_no_json_makes_lint_fail(data, file, region):
    try:
        told(file, json.dumps(data), region)
    except Unreadable as fault:
        assert fault.reason  # noqa: PT017 - NaN is no JSON, and a surrogate no YAML


PIECES = [
    'resource "aws_cloudwatch_event_rule" "a" {',
    "event_pattern = ",
    "jsonencode(",
    "{",
    "}",
    "[",
    "]",
    ")",
    "\n",
]
PIECES += [
    '"x"',
    "${",
    "}",
    '"',
    "<<EOT\n",
    "\nEOT\n",
    "var.x",
    "?",
    ":",
    "=",
    ",",
    "for",
    "#",
    "/*",
    "source",
    "-",
    "1",
]


@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=25).map("".join))
def test_no_text_makes_the_reader_of_hcl_fail(text):
    try:
        told("x.tf", text)
    except Unreadable as fault:
        assert fault.reason  # noqa: PT017 - what is refused has a reason


@given(st.text(alphabet="ab:-[]{}&*!|>#'\"\n ,?%@`\x85\u2028", max_size=40))
def test_no_text_makes_the_reader_of_yaml_fail(text):
    try:
        told("x.yaml", text)
    except Unreadable as fault:
        assert fault.reason  # noqa: PT017 - as above
