"""Somebody's own template is rehearsed: what rings is heard, what does not says why, and what is left out is named."""

from __future__ import annotations

import json
import socket

import pytest
import yaml

from tocsin.entry.cli import run
from tocsin.errors import UsageError
from tocsin.rehearsal.trimmed import trim

pytestmark = pytest.mark.rehearsal

PATTERN = {
    "source": ["aws.iam"],
    "detail-type": ["AWS API Call via CloudTrail"],
    "detail": {"eventSource": ["iam.amazonaws.com"], "eventName": ["DeleteUser"], "errorCode": [{"exists": False}]},
}
LETS_IN = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "events.amazonaws.com"},
            "Action": "sns:Publish",
            "Resource": {"Ref": "Topic"},
        }
    ],
}


def template(**more):
    """An alarm as one writes it by hand: a topic with an address, its policy, and a rule."""
    resources = {
        "Topic": {
            "Type": "AWS::SNS::Topic",
            "Properties": {"Subscription": [{"Protocol": "email", "Endpoint": {"Ref": "Email"}}]},
        },
        "TopicPolicy": {
            "Type": "AWS::SNS::TopicPolicy",
            "Properties": {"Topics": [{"Ref": "Topic"}], "PolicyDocument": LETS_IN},
        },
        "Rule": {
            "Type": "AWS::Events::Rule",
            "Properties": {"EventPattern": PATTERN, "Targets": [{"Id": "topic", "Arn": {"Ref": "Topic"}}]},
        },
    }
    parameters = {"Email": {"Type": "String", "Default": "ops@example.com"}}
    return {"Parameters": parameters, "Resources": {**resources, **more}}


@pytest.fixture
def rehearsed(tmp_path, capsys, monkeypatch):
    """Rehearse a template; gives the exit code, the hops, the codes of the findings, and who heard."""
    monkeypatch.chdir(tmp_path)

    said = []

    def rehearse(body, *arguments):
        (tmp_path / "alarm.json").write_text(body if isinstance(body, str) else json.dumps(body))
        code = run(["rehearse", "--template", "alarm.json", "--json", *arguments])
        out, err = capsys.readouterr()
        facts = [json.loads(line) for line in out.splitlines()]
        said.append(err)
        hops = [(one["hop"], one["says"]) for one in facts if one["kind"] == "hop"]
        codes = {one["code"] for one in facts if one["kind"] == "finding"}
        return code, hops, codes, facts[-1] if facts else err

    rehearse.said = said
    return rehearse


def test_a_sound_alarm_is_heard_and_a_refused_deletion_is_not(rehearsed):
    code, hops, codes, end = rehearsed(template())
    assert (code, end) == (0, {"kind": "end", "heard": ["ops@example.com"], "refused_heard": []})
    assert ("confirmed", "ops@example.com follows the link in SNS's mail") in hops
    assert ("sent", "rule Rule to Topic") in hops
    assert [kind for kind, _ in hops if kind in ("heard", "silent")] == ["heard", "silent"]
    assert codes == {"TOC305", "TOC504"}


def test_a_topic_without_its_policy_is_silent_and_says_why(rehearsed):
    body = template()
    del body["Resources"]["TopicPolicy"]
    code, hops, codes, end = rehearsed(body)
    assert (code, end["heard"], "TOC402" in codes) == (1, [], True)
    assert any(kind == "NOT SENT" and "does not allow sns:Publish" in says for kind, says in hops)


def test_a_rule_that_takes_failures_too_rings_for_a_refused_deletion(rehearsed):
    pattern = {**PATTERN, "detail": {"eventName": ["DeleteUser"]}}
    body = template()
    body["Resources"]["Rule"]["Properties"]["EventPattern"] = pattern
    code, _, codes, end = rehearsed(body)
    assert (code, end["refused_heard"], "TOC207" in codes) == (0, ["ops@example.com"], True)


def test_a_misspelt_rule_matches_nothing(rehearsed):
    body = template()
    body["Resources"]["Rule"]["Properties"]["EventPattern"] = {**PATTERN, "source": ["aws.IAM"]}
    code, hops, codes, _ = rehearsed(body)
    assert (code, ("silent", "EventBridge: no rule of the bus default matches") in hops, "TOC205" in codes) == (
        1,
        True,
        True,
    )


def test_what_has_nothing_to_do_with_an_alarm_is_left_out_and_named(rehearsed):
    handler = {"Type": "AWS::Lambda::Function", "Properties": {"Handler": "x", "Role": {"Fn::GetAtt": ["R", "Arn"]}}}
    body = template(
        Handler=handler,
        R={"Type": "AWS::IAM::Role", "Properties": {}},
        Hook={
            "Type": "AWS::SNS::Subscription",
            "Properties": {"TopicArn": {"Ref": "Topic"}, "Protocol": "https", "Endpoint": "https://hooks.example.com/"},
        },
        CDKMetadata={"Type": "AWS::CDK::Metadata", "Properties": {"Analytics": "x"}, "Metadata": {"aws:cdk:path": "x"}},
    )
    rule = body["Resources"]["Rule"]
    rule["DependsOn"] = ["Handler"]
    rule["Metadata"] = {"aws:cdk:path": "App/Rule"}
    rule["Properties"]["Targets"].append({"Id": "fn", "Arn": {"Fn::GetAtt": "Handler.Arn"}, "EcsParameters": {}})
    body["Resources"]["Topic"]["Properties"]["ArchivePolicy"] = {}
    body["Parameters"]["BootstrapVersion"] = {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/cdk/version"}
    body["Rules"] = {"CheckBootstrapVersion": {"Assertions": [{"Assert": {"Ref": "BootstrapVersion"}}]}}
    body["Outputs"] = {"Arn": {"Value": {"Fn::GetAtt": ["Handler", "Arn"]}}}
    code, hops, codes, end = rehearsed(body)
    left = {says for kind, says in hops if kind == "left out"}
    assert (code, end["heard"]) == (0, ["ops@example.com"])
    assert left >= {
        "Handler (AWS::Lambda::Function): the embedded AWS does not build it",
        "R (AWS::IAM::Role): no rule sends by it",
        "Hook: a rehearsal calls nobody, so https://hooks.example.com/ is not subscribed",
        "CDKMetadata (AWS::CDK::Metadata): the embedded AWS does not build it",
        "Topic: its property ArchivePolicy",
        "Rule: EcsParameters of a target",
        "Rules: the embedded AWS runs none",
        "rule Rule to Handler: it matched, and what comes then is not rehearsed",
    }
    assert "TOC701" not in codes


def test_yaml_with_short_tags_maps_and_a_parameter_is_read(rehearsed):
    text = yaml.safe_dump(template()).replace("Ref: Topic\n", "Ref: Topic\n")
    text += """
  Names:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: !FindInMap [Names, !Ref "AWS::Region", Queue]
Mappings: {Names: {us-east-1: {Queue: found-in-map}}}
"""
    code, hops, _, end = rehearsed(text, "--parameter", "Email=eve@example.com")
    assert (code, end["heard"]) == (0, ["eve@example.com"])
    assert any("Names (AWS::SQS::Queue)" in says for kind, says in hops if kind == "built")


def by_role(may, **policy):
    """An alarm whose rule sends by a role, as `authorizeUsingRole` of the CDK makes it."""
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "events.amazonaws.com"}}
    allows = {"Statement": [{"Effect": "Allow", "Action": may, "Resource": {"Ref": "Topic"}}]}
    body = template(
        Sends={"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {"Statement": [trust]}, **policy}},
        SendsPolicy={
            "Type": "AWS::IAM::Policy",
            "Properties": {"PolicyName": "may", "PolicyDocument": allows, "Roles": [{"Ref": "Sends"}]},
        },
    )
    del body["Resources"]["TopicPolicy"]
    rule = body["Resources"]["Rule"]
    rule["Properties"]["Targets"][0]["RoleArn"] = {"Fn::GetAtt": ["Sends", "Arn"]}
    rule["DependsOn"] = "SendsPolicy"
    return body


def test_a_rule_that_sends_by_a_role_is_judged_by_that(rehearsed):
    code, hops, codes, end = rehearsed(by_role("sns:Publish"))
    assert (code, end["heard"], codes) == (0, ["ops@example.com"], {"TOC305", "TOC504"})
    assert not [says for kind, says in hops if kind == "left out"]


def test_a_role_that_may_not_publish_where_the_topic_does_not_let_it_in_is_silent(rehearsed):
    body = by_role("sns:Subscribe")
    deny = {"Effect": "Deny", "Principal": "*", "Action": "sns:RemovePermission", "Resource": {"Ref": "Topic"}}
    body["Resources"]["Shut"] = {
        "Type": "AWS::SNS::TopicPolicy",
        "Properties": {"Topics": [{"Ref": "Topic"}], "PolicyDocument": {"Statement": [deny]}},
    }
    code, _, codes, end = rehearsed(body)
    assert (code, end["heard"], codes >= {"TOC303", "TOC004"}) == (1, [], True)


def test_the_rules_that_sam_makes_of_a_function_s_events_are_rehearsed(rehearsed):
    body = {
        "Transform": "AWS::Serverless-2016-10-31",
        "Resources": {
            "Tell": {
                "Type": "AWS::Serverless::Function",
                "Properties": {
                    "Handler": "x",
                    "Events": {
                        "Deleted": {"Type": "EventBridgeRule", "Properties": {"Pattern": PATTERN}},
                        "Daily": {"Type": "Schedule", "Properties": {"Schedule": "rate(1 day)"}},
                    },
                },
            }
        },
    }
    _, hops, codes, _ = rehearsed(body)
    assert ("left out", "rule TellDeleted to Tell: it matched, and what comes then is not rehearsed") in hops
    assert "TOC701" not in codes
    pattern = {**PATTERN, "source": ["aws.IAM"]}
    body["Resources"]["Tell"]["Properties"]["Events"]["Deleted"]["Properties"]["Pattern"] = pattern
    assert "TOC205" in rehearsed(body)[2]


def test_who_gets_a_text_message_hears(rehearsed):
    body = template()
    body["Resources"]["Topic"]["Properties"]["Subscription"] = [{"Protocol": "sms", "Endpoint": "+41790000000"}]
    assert rehearsed(body)[3]["heard"] == ["+41790000000"]


@pytest.mark.parametrize(
    ("body", "arguments", "said"),
    [
        ("{", (), "YAML not well-formed"),
        ("[]", (), "unsupported structure"),
        ("{}", (), "it has no Resources"),
        (template(), ("--parameter", "Nobody=x"), "the template has no parameter Nobody"),
        (template(), ("--parameter", "Email"), "it is no KEY=VALUE"),
        ({**template(), "Parameters": {"Email": {"Type": "String"}}}, (), "parameter Email has no value"),
    ],
)
def test_what_can_not_be_rehearsed_is_a_sentence_with_what_to_do(rehearsed, body, arguments, said):
    code, _, _, err = rehearsed(body, *arguments)
    assert (code, said in err, "Traceback" in err) == (2, True, False)


def test_a_missing_file_is_a_sentence(tmp_path, capsys):
    assert run(["rehearse", "--template", str(tmp_path / "none.yaml")]) == 2
    assert "none.yaml" in capsys.readouterr().err


def test_what_aws_refuses_to_build_is_told_with_the_resource(rehearsed):
    body = template()
    body["Resources"]["Rule"]["Properties"]["EventPattern"] = {"source": "aws.iam"}
    code, hops, _, _ = rehearsed(body)
    assert (code, [kind for kind, _ in hops]) == (2, ["assumed"])
    assert (code, "the template cannot be built here: Rule: " in rehearsed.said[-1]) == (2, True)


def test_a_port_that_is_taken_is_a_sentence(rehearsed):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        code, _, _, err = rehearsed(template(), "--port", str(taken.getsockname()[1]))
    assert (code, "leave --port out" in err, "Traceback" in err) == (2, True, False)


def test_words_read_as_a_person_reads_them(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "alarm.json").write_text(json.dumps(template()))
    assert run(["rehearse", "--template", "alarm.json"]) == 0
    out = capsys.readouterr().out
    assert out.endswith("ops@example.com hears that a user was deleted\n")
    # What one copies stays whole, be it longer than a line.
    assert [line for line in out.splitlines() if len(line) > 80 and " " in line.strip()] == []


def test_a_map_without_the_key_is_refused():
    body = {
        "Resources": {"Q": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": {"Fn::FindInMap": ["a", "b", "c"]}}}}
    }
    with pytest.raises(UsageError, match="no `a` in the template's Mappings"):
        trim(body, {}, "us-east-1", "123456789012")
