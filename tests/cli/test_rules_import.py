"""`tocsin rules import`: Sigma rules, exactly or not at all."""

import json
import subprocess
import sys
import tomllib
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner

from places import SHARED
from rules_to_lint import found
from tocsin import wiring
from tocsin.core.pattern import compile_pattern
from tocsin.entry.cli import tocsin

pytest.importorskip("sigma", reason="the extra `sigma` is not installed")
HEAD = """title: Identity gone
id: 20f754db-d025-4a8f-9d74-e0037e999a9a
status: test
description: Somebody took it away.
author: A. Person
references: [https://example.com/why]
tags: [attack.impact, attack.t1531]
logsource: {product: aws, service: cloudtrail}
falsepositives: [A planned removal]
level: high
"""


def taken(tmp_path, detection, head=HEAD):
    """What becomes of a detection: the rule file's content, or the reason."""
    file = tmp_path / "aws_cloudtrail_gone.yml"
    file.write_text(head + "detection:\n" + "".join(f"  {line}\n" for line in detection.splitlines()))
    result = CliRunner().invoke(tocsin, ["rules", "import", "--json", "--to", str(tmp_path / "own"), str(file)],
                                standalone_mode=False)  # fmt: skip
    answer = json.loads(result.stdout)
    assert result.return_value == (0 if answer["rule"] else 1)
    if answer["rule"]:
        return tomllib.loads((tmp_path / "own" / f"{answer['rule']}.toml").read_text("utf-8"))
    return answer["reason"]


def matches(made, **detail):
    source = f"aws.{detail.get('eventSource', 'iam.amazonaws.com').partition('.')[0]}"
    event = {"source": source, "detail-type": "AWS API Call via CloudTrail", "detail": detail}
    return compile_pattern(made["pattern"]).matches(event)


def test_a_plain_selection_is_taken_over_whole(tmp_path):
    made = taken(tmp_path, "a: {eventSource: iam.amazonaws.com, eventName: [DeleteUser, DeleteRole]}\ncondition: a")
    pattern = json.loads(made["pattern"])
    assert pattern["source"] == ["aws.iam"]
    assert pattern["detail"] == {"eventSource": ["iam.amazonaws.com"], "eventName": ["DeleteUser", "DeleteRole"]}
    assert [made[key] for key in ("title", "severity", "attack", "false_positives", "runbook", "pack")] == [
        "Identity gone", "high", ["T1531"], "A planned removal", "https://example.com/why", "sigma",
    ]  # fmt: skip


def test_the_author_stays_with_the_rule(tmp_path):
    taken(tmp_path, "a: {eventName: DeleteUser}\ncondition: a")
    assert "by A. Person" in (tmp_path / "own/sigma-gone.toml").read_text("utf-8")


def test_what_is_taken_over_twice_is_one_file(tmp_path):
    for _ in range(2):
        taken(tmp_path, "a: {eventName: DeleteUser}\ncondition: a")
    assert [path.name for path in (tmp_path / "own").iterdir()] == ["sigma-gone.toml"]


def test_a_rule_written_by_hand_is_not_overwritten(tmp_path):
    (tmp_path / "own").mkdir()
    (tmp_path / "own/sigma-gone.toml").write_text("mine")
    taken(tmp_path, "a: {eventName: DeleteUser}\ncondition: a")
    assert (tmp_path / "own/sigma-gone.toml").read_text() == "mine"


def import_(tmp_path, *options, text="detection:\n  a: {eventName: DeleteUser}\n  condition: a\n", folder="rules"):
    """Run the import of one rule; gives the exit code and what it says."""
    file = tmp_path / folder / "gone.yml"
    file.parent.mkdir(exist_ok=True)
    file.write_text(HEAD + text, encoding="utf-8-sig")
    arguments = ["rules", "import", "--to", str(tmp_path / "own"), *options, str(file)]
    done = CliRunner().invoke(tocsin, arguments, standalone_mode=False)
    return done.return_value, done.output


def test_importing_twice_gives_the_same_bytes_whatever_the_day(tmp_path, monkeypatch):
    texts = []
    for day in (1, 28):
        monkeypatch.setattr(wiring, "now", lambda day=day: datetime(2027, 2, day, tzinfo=UTC))
        assert import_(tmp_path)[0] == 0
        texts.append((tmp_path / "own/sigma-gone.toml").read_bytes())
    assert texts[0] == texts[1]


def test_an_edited_file_is_kept_unless_one_says_otherwise(tmp_path):
    import_(tmp_path)
    file = tmp_path / "own/sigma-gone.toml"
    made = file.read_text()
    file.write_text(made.replace('severity = "high"', 'severity = "low"'))
    code, said = import_(tmp_path)
    assert (code, "edited since it was made" in said, 'severity = "low"' in file.read_text()) == (1, True, True)
    assert import_(tmp_path, "--overwrite")[0] == 0
    assert file.read_text() == made


def test_another_rule_of_the_same_file_name_gets_a_name_of_its_own(tmp_path):
    import_(tmp_path)
    other = HEAD.replace("20f754db", "30f754db")
    folder = tmp_path / "others"
    folder.mkdir()
    (folder / "gone.yml").write_text(other + "detection:\n  a: {eventName: DeleteRole}\n  condition: a\n")
    arguments = ["rules", "import", "--to", str(tmp_path / "own"), str(folder / "gone.yml")]
    for _ in range(2):
        assert CliRunner().invoke(tocsin, arguments, standalone_mode=False).return_value == 0
    assert sorted(path.name for path in (tmp_path / "own").iterdir()) == ["sigma-gone-2.toml", "sigma-gone.toml"]


def test_where_nothing_can_be_written_it_is_an_error_and_no_traceback(tmp_path):
    (tmp_path / "gone.yml").write_text(HEAD + "detection:\n  a: {eventName: DeleteUser}\n  condition: a\n")
    command = [sys.executable, "-m", "tocsin", "rules", "import", "--to", "/proc/nowhere", str(tmp_path / "gone.yml")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: `/proc/nowhere`: ")


@pytest.mark.parametrize(
    ("detection", "yes", "no"),
    [
        ("a: {eventName: DeleteUser}\nb: {errorCode: X}\ncondition: a and not b",
         [{"eventName": "DeleteUser"}, {"eventName": "DeleteUser", "errorCode": "Y"}],
         [{"eventName": "DeleteUser", "errorCode": "X"}]),
        ("a: {eventName: A}\nb: {eventName: B, readOnly: false}\ncondition: a or b",
         [{"eventName": "A"}, {"eventName": "B", "readOnly": False}], [{"eventName": "B", "readOnly": True}]),
        ("a: {eventName|startswith: Delete}\ncondition: a", [{"eventName": "DeleteUser"}], [{"eventName": "XDelete"}]),
        ("a: {eventName: A, userAgent|endswith: Bot}\ncondition: a",
         [{"eventName": "A", "userAgent": "evil bOT"}], [{"eventName": "A", "userAgent": "bots"}]),
        ("a: {eventName: A, userAgent: Evil}\ncondition: a",
         [{"eventName": "A", "userAgent": "eVIL"}], [{"eventName": "A", "userAgent": "evils"}]),
        ("a: {eventName: A, errorCode: null}\ncondition: a",
         [{"eventName": "A"}], [{"eventName": "A", "errorCode": "X"}]),
        ("a: {eventName: A}\nb: {errorCode: [X, Z]}\nc: {errorCode: Y}\ncondition: a and not b and not c",
         [{"eventName": "A"}, {"eventName": "A", "errorCode": "W"}],
         [{"eventName": "A", "errorCode": one} for one in "XYZ"]),
        ("a: {eventName: A, requestParameters.userName|contains|cased: Admin}\ncondition: a",
         [{"eventName": "A", "requestParameters": {"userName": "theAdmin1"}}],
         [{"eventName": "A", "requestParameters": {"userName": "theadmin1"}}]),
        ("a: {eventName: A, sourceIPAddress|cidr: 10.0.0.0/8}\ncondition: a",
         [{"eventName": "A", "sourceIPAddress": "10.1.2.3"}], [{"eventName": "A", "sourceIPAddress": "11.1.2.3"}]),
        # Sigma does not mind the case; CloudTrail has one spelling of what it writes itself.
        ("a: {eventSource: IAM.amazonaws.com, eventName: deleteuser}\ncondition: a",
         [{"eventSource": "iam.amazonaws.com", "eventName": "DeleteUser"}],
         [{"eventSource": "iam.amazonaws.com", "eventName": "DeleteRole"}]),
        ("a: {eventName|startswith: 'delete'}\ncondition: a",
         [{"eventName": "DeleteUser"}], [{"eventName": "GetUser"}]),
        ("a: {eventName|contains: accountpasswordpolicy}\ncondition: a",
         [{"eventName": "DeleteAccountPasswordPolicy"}], [{"eventName": "DeleteUser"}]),
        ("a: {userIdentity.type: ROOT}\nb: {eventType: awsserviceevent}\ncondition: a and not b",
         [{"userIdentity": {"type": "Root"}, "eventType": "AwsApiCall"}],
         [{"userIdentity": {"type": "Root"}, "eventType": "AwsServiceEvent"}, {"userIdentity": {"type": "IAMUser"}}]),
        ("a: {eventName: DeleteUser, errorCode: accessdenied}\ncondition: a",
         [{"eventName": "DeleteUser", "errorCode": "AccessDenied"}], [{"eventName": "DeleteUser", "errorCode": "X"}]),
        ("a: {eventName: DeleteUser}\nb: {requestParameters.userName: bob}\ncondition: a and not b",
         [{"eventName": "DeleteUser", "requestParameters": {"userName": "eve"}}],
         [{"eventName": "DeleteUser", "requestParameters": {"userName": "BOB"}}]),
    ],
)  # fmt: skip
def test_what_is_taken_over_says_the_same(tmp_path, detection, yes, no):
    made = taken(tmp_path, detection)
    assert [matches(made, **one) for one in yes] == [True] * len(yes)
    assert [matches(made, **one) for one in no] == [False] * len(no)


@pytest.mark.parametrize(
    ("detection", "reason"),
    [
        ("a: {eventName: A, userAgent|contains: curl}\ncondition: a", "does not mind the case of 'curl'"),
        ("a: {eventName|re: 'Del.*'}\ncondition: a", "a regular expression"),
        ("a: [curl, wget]\ncondition: a", "searches for words"),
        ("a: {eventName: A}\nb: {sourceIPAddress|cidr: 10.0.0.0/8}\ncondition: a and not b", "not in a network"),
        ("a: {userAgent|startswith: x}\nb: {userAgent|endswith: y}\ncondition: a and b", "it is tested twice"),
        ("a: {eventName: A?}\ncondition: a", "`?`"),
        ("a: {eventName: A}\ncondition: a and missing", "missing"),
        (
            "a: {eventName: RunInstances}\nb: {requestParameters.groupSet.items.groupId: sg-1}\ncondition: a and not b",
            "it may be a list",
        ),
        ("a: {eventName: DeleteUser}\nb: {resources: x}\ncondition: a and not b", "it may be a list"),
        ("a: {eventName: CreateUser}\nb: {requestParameters.tags: x}\ncondition: a and not b", "it may be a list"),
    ],
)
def test_what_cannot_be_said_exactly_is_refused_and_says_why(tmp_path, detection, reason):
    assert reason in taken(tmp_path, detection)
    assert list((tmp_path / "own").iterdir()) == []


def test_a_rule_for_other_logs_is_refused(tmp_path):
    head = HEAD.replace("product: aws, service: cloudtrail", "product: windows, service: security")
    assert "its logsource is windows/security" in taken(tmp_path, "a: {x: y}\ncondition: a", head)


@pytest.mark.parametrize("text", ["", "[]", "a: b: c", "\x00", "title: x"])
def test_a_file_that_is_no_sigma_rule_is_refused(tmp_path, text):
    assert taken(tmp_path, "", text)


SIGMAHQ = sorted((SHARED / "sigma").rglob("*.yml"))


@pytest.mark.skipif(
    not SIGMAHQ, reason=f"no rules of SigmaHQ at {SHARED / 'sigma'}: put rules/cloud/aws/cloudtrail there"
)
def test_every_rule_of_sigmahq_is_taken_over_clean_or_refused_with_a_reason(tmp_path):
    command = ["rules", "import", "--json", "--to", str(tmp_path / "own"), *map(str, SIGMAHQ)]
    done = CliRunner().invoke(tocsin, command, standalone_mode=False)
    facts = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(facts) == len(SIGMAHQ)
    assert all(bool(fact["rule"]) != bool(fact["reason"]) for fact in facts)
    for path in (tmp_path / "own").glob("*.toml"):
        pattern = tomllib.loads(path.read_text("utf-8"))["pattern"]
        # A rule may itself ask for what is a permission: that is told of, and taken over as it is.
        errors = [one for one in found(pattern) if one.severity == "error" and one.id != "TL117"]
        assert errors == [], path.name
