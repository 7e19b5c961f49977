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
    (tmp_path / "folder").mkdir()
    (tmp_path / "broken.json").write_text("{")
    (tmp_path / "latin.json").write_bytes(b'{"a": ["\xe9"]}')
    code, out, err = lint("gone.json", "folder", "broken.json", "sound.json", "latin.json")
    assert (code, out) == (2, "")
    assert err.partition("\n\nhint:")[0].splitlines() == [
        "error: `gone.json`: No such file or directory",
        "       `folder`: a folder",
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
