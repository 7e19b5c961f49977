"""`tocsin lint`, as a person, a program and CI meet it."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys

import pytest
import yaml

from places import ROOT

SOUND = {"source": ["aws.iam"], "detail": {"eventName": ["DeleteUser"], "errorCode": [{"exists": False}]}}
FAULTY = {"source": ["aws.iam"], "detail": {"eventName": ["DeletUser"], "errorCode": [{"exists": False}]}}
TEMPLATE = f"Resources:\n  A:\n    Type: AWS::Events::Rule\n    Properties: {{EventPattern: {json.dumps(FAULTY)}}}\n"


@pytest.fixture
def lint(tmp_path):
    """Run ``tocsin lint`` in a folder of its own; gives exit code, stdout and stderr."""

    def run(*arguments, data="", code="import tocsin.entry.cli; tocsin.entry.cli.main()", **environ):
        done = subprocess.run(
            [sys.executable, "-c", code, "lint", *arguments],
            input=data.encode(),
            capture_output=True,
            cwd=tmp_path,
            env={**os.environ, "PYTHONUTF8": "1", "COLUMNS": "80", **environ},
            check=False,
            timeout=60,
        )
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    (tmp_path / "sound.json").write_text(json.dumps(SOUND))
    (tmp_path / "faulty.json").write_text(json.dumps(FAULTY))
    return run


def test_nothing_found_is_silence_and_exit_0(lint):
    assert lint("sound.json") == (0, "", "1 rule in 1 file: nothing found\n")


def test_a_finding_is_told_in_words_and_exits_1(lint):
    told = """\
faulty.json:1: warning TL108: the event's name is not known
  in    detail.eventName[0]
  why   no eventName `DeletUser` is known of iam.amazonaws.com
  mend  did you mean `DeleteUser`?
"""
    assert lint("sound.json", "faulty.json") == (1, told, "2 rules in 2 files: 1 warning\n")


def test_json_is_one_object_a_finding_with_the_documented_fields(lint):
    code, out, _ = lint("--json", "faulty.json")
    (line,) = out.splitlines()
    page = (
        (ROOT / "docs/reference/json.md")
        .read_text("utf-8")
        .partition("## `tocsin lint --json`")[2]
        .partition("\n## ")[0]
    )
    assert (code, list(json.loads(line))) == (1, re.findall(r"^\| `(\w+)` \|", page, re.MULTILINE))


def test_standard_input_is_read(lint):
    code, out, _ = lint("-", data=json.dumps(FAULTY))
    assert (code, out.splitlines()[0]) == (1, "-:1: warning TL108: the event's name is not known")


def test_a_region_is_taken_and_a_wrong_one_refused(lint):
    assert lint("--region", "eu-west-1", "sound.json")[0] == 1
    assert lint("--region", "us-east-1", "sound.json")[0] == 0
    code, _, err = lint("--region", "Europe", "sound.json")
    assert (code, err) == (2, "error: --region: no Region 'Europe'\n\nhint: one looks like us-east-1\n")


def test_a_finding_can_be_left_out_by_a_known_id(lint):
    assert lint("--ignore", "TL108", "faulty.json")[:2] == (0, "")
    assert lint("--ignore", "TL999", "faulty.json")[0] == 2


def test_every_file_that_cannot_be_read_is_named_at_once(lint, tmp_path):
    (tmp_path / "broken.json").write_text("{")
    (tmp_path / "latin.json").write_bytes(b'{"a": ["\xe9"]}')
    code, out, err = lint("gone.json", "broken.json", "sound.json", "latin.json")
    assert (code, out) == (2, "")
    assert err.partition("\n\nhint:")[0].splitlines() == [
        "error: `gone.json`: No such file or directory",
        "       `broken.json`, line 1: not JSON: a name in double quotes is missing",
        "       `latin.json`: not UTF-8",
    ]


def test_a_file_without_rules_is_named(lint, tmp_path):
    (tmp_path / "ci.yaml").write_text("on: push\n")
    assert lint("ci.yaml", "sound.json") == (0, "", "1 rule in 1 file: nothing found; no event rule in ci.yaml\n")


def test_no_file_is_a_fault_of_the_command_line(lint):
    assert lint()[0] == 2


@pytest.mark.parametrize(
    ("module", "file", "error"),
    [
        ("yaml", "template.yaml", "YAML files need `pyyaml`, which is not installed"),
        ("tree_sitter_hcl", "main.tf", "Terraform files need `tree-sitter-hcl`, which is not installed"),
    ],
    ids=["YAML", "HCL"],
)
def test_without_the_extra_a_file_is_refused_by_name_and_json_works(lint, tmp_path, module, file, error):
    (tmp_path / file).write_text(TEMPLATE if module == "yaml" else "")
    without = f"import sys; sys.modules[{module!r}] = None; import tocsin.entry.cli; tocsin.entry.cli.main()"
    hint = 'hint: pip install "tocsin[lint]"; JSON needs nothing'
    assert lint(file, code=without) == (2, "", f"error: `{file}`: {error}\n\n{hint}\n")
    assert lint("sound.json", code=without)[0] == 0
    assert lint(file)[0] in (0, 1)


def test_what_somebody_else_wrote_does_not_act_on_the_terminal(lint, tmp_path):
    evil = "\x1b[31m\u202egnp\n.json"
    hostile = {"source": ["aws.iam"], "detail": {"eventName": ["\x1b]0;x\x07\u202e"], "errorCode": [{"\x1b[2J": 1}]}}
    (tmp_path / evil).write_text(json.dumps(hostile))
    (tmp_path / "rule.json").write_text(json.dumps({"Name": "\x1b[1m\u202e", "EventPattern": json.dumps(FAULTY)}))
    (tmp_path / "tag.tf").write_text('resource "aws_cloudwatch_event_rule" "a\x1b[1m" {\n event_pattern = "{}"\n}\n')
    (tmp_path / "\x1b.tf").write_text("\x1b")
    for output in [
        *lint(evil, "rule.json", "tag.tf")[1:],
        *lint("--json", evil)[1:],
        *lint("\x1b.tf", "\u202e.json")[1:],
    ]:
        assert not re.search(r"[^\n -~“”…]", output)


def test_no_line_is_wider_than_the_terminal(lint, tmp_path):
    wide = {
        "source": ["aws.iam"],
        "detail": {"eventName": ["DeleteUser", "DeleteRole"], "eventSource": ["eventbridge"]},
    }
    (tmp_path / "wide.json").write_text(json.dumps(wide))
    _, out, _ = lint("wide.json")
    assert max(map(len, out.splitlines())) <= 80


def test_the_hook_for_pre_commit_runs_a_command_that_exists_on_the_files_that_it_is_for():
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
    assert shlex.split(hook["entry"]) == ["tocsin", "lint"]
    wanted = [
        "rules.tf",
        "infra/rules.tf.json",
        "template.yaml",
        "a/my-stack.yml",
        "cfn/x.template",
        "a/cfn-alarm.json",
    ]
    others = ["package.json", "README.md", ".github/workflows/ci.yaml", "rules.tfvars"]
    assert [name for name in wanted + others if re.search(hook["files"], name)] == wanted


MIXED = json.dumps(
    {
        "source": ["aws.iam"],
        "detail-type": ["AWS API Call via CloudTrail"],
        "detail": {"eventName": ["DeleteUser"]},
    }
)


@pytest.fixture
def folder(tmp_path):
    """A folder as a project has one: rules here and there, and much that is none."""
    (tmp_path / "infra" / ".terraform").mkdir(parents=True)
    (tmp_path / "infra" / "node_modules").mkdir()
    broken = MIXED.replace("aws.iam", "iam")
    (tmp_path / "infra" / "rule.json").write_text(broken)
    (tmp_path / "infra" / "package.json").write_text('{"name": "x", "version": 1}')
    (tmp_path / "infra" / "event.json").write_text(
        '{"source": "aws.iam", "detail-type": "AWS API Call via CloudTrail", "detail": {}}'
    )
    for hidden in (".terraform", "node_modules"):
        (tmp_path / "infra" / hidden / "rule.json").write_text(broken)
    return tmp_path / "infra"


def test_of_a_folder_the_rules_are_judged_and_nothing_else(lint, folder):
    code, out, err = lint("infra", "--json")
    assert code == 1
    assert {json.loads(line)["file"] for line in out.splitlines()} == {"infra/rule.json"}
    assert "1 rule in 1 file" in err
    assert lint("infra", "--strict")[0] == 1


def test_what_looks_like_a_rule_and_was_not_read_is_said_and_fails_where_that_is_wanted(lint, folder):
    (folder / "odd.yml").write_text("steps:\n  - eventPattern: ${file(x)}\n")
    assert "infra/odd.yml: something looks like an event rule, and none was read" in lint("infra")[2]
    assert lint("infra", "--strict")[0] == 2
    assert lint("infra", "--strict", "--level", "error")[0] == 2


def test_only_errors_end_with_1_where_that_is_wanted(lint, tmp_path):
    (tmp_path / "warned.json").write_text(MIXED)
    assert (lint("warned.json")[0], lint("warned.json", "--level", "error")[0]) == (1, 0)
    assert "TL301" in lint("warned.json", "--level", "error")[1]


def test_findings_are_written_for_code_scanning_and_as_annotations(lint, folder):
    log = json.loads(lint("infra", "--format", "sarif")[1])
    (run,) = log["runs"]
    used = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert log["version"] == "2.1.0"
    assert [used[one["ruleIndex"]] for one in run["results"]] == [one["ruleId"] for one in run["results"]]
    places = [one["locations"][0]["physicalLocation"] for one in run["results"]]
    assert {place["artifactLocation"]["uri"] for place in places} == {"infra/rule.json"}
    assert all(place["region"]["startLine"] >= 1 for place in places)
    lines = lint("infra", "--format", "github")[1].splitlines()
    assert all(line.startswith(("::error file=infra/rule.json,line=1,title=TL", "::warning file=")) for line in lines)
    assert json.loads(lint("sound.json", "--format", "sarif")[1])["runs"][0]["results"] == []


def test_an_annotation_cannot_be_ended_by_what_somebody_else_chose(lint, tmp_path):
    evil = {"source": ["iam%0A::error::x"], "detail": {"eventName": ["x\n::y"]}}
    (tmp_path / "evil.json").write_text(json.dumps(evil))
    lines = lint("evil.json", "--format", "github")[1].splitlines()
    assert all(line.startswith("::") and "::error::x" not in line.replace("%25", "%")[:20] for line in lines)
    assert not any(line.startswith("::y") for line in lines)


def test_a_file_outside_the_folder_of_the_one_that_names_it_is_not_read(lint, tmp_path):
    (tmp_path / "secret.json").write_text('{"source": ["iam"]}')
    (tmp_path / "inner").mkdir()
    text = 'resource "aws_cloudwatch_event_rule" "r" {\n  event_pattern = file("../secret.json")\n}\n'
    (tmp_path / "inner" / "x.tf").write_text(text)
    assert [json.loads(line)["id"] for line in lint("inner/x.tf", "--json")[1].splitlines()] == ["TL401"]
