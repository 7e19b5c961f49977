"""The template that is deployed, read as CloudFormation reads it."""

import json
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import entry, event_of, record
from tocsin import config
from tocsin.adapters.files.yamls import read_yaml
from tocsin.core.match.rules import Role
from tocsin.core.partitions import partition_of
from tocsin.core.pattern import compile_pattern
from tocsin.core.settings import DEFAULTS
from tocsin.core.template import pipeline
from tocsin.core.template.links import LINKS, link_of
from tocsin.core.template.parameters import Parameter, checked_parameters, parameters, parameters_of, with_defaults
from tocsin.core.template.pipeline import compose, feed_patterns, wire_pattern
from tocsin.core.template.subscribers import Protocol, subscriber_of, subscribers_of
from tocsin.core.template.wire_words import PATHS
from tocsin.errors import UsageError
from tocsin.lint.nodes import as_json

CATALOGUE = config.catalogue()
TRAIL = "arn:aws:cloudtrail:us-east-1:111122223333:trail/main"
FRAME = config.frame()
SOMEBODY, TROUBLED = subscribers_of(replace(DEFAULTS, subscribers=("ops@example.com",)))
TEMPLATE = compose(FRAME, CATALOGUE, subscribers=[SOMEBODY, TROUBLED])
DELETED = next(rule for rule in CATALOGUE if rule.id == "iam-user-deleted")


def read(template):
    """The template as JSON holds it; a key that stands twice is refused."""
    (document,) = read_yaml(template)
    return json.loads(as_json(document), object_pairs_hook=_once)


def _once(members):
    assert len(members) == len(dict(members)), f"a key twice among {[key for key, _ in members]}"
    return dict(members)


RESOURCES = read(TEMPLATE)["Resources"]
RULES = {name: one["Properties"] for name, one in RESOURCES.items() if one["Type"] == "AWS::Events::Rule"}
WIRES = {name: one for name, one in RULES.items() if name.startswith("Wire")}
FEEDS = {name: one for name, one in RULES.items() if name.startswith("Feed")}


def test_the_template_has_what_the_plain_wire_and_the_durable_path_need():
    composed = {*WIRES, *FEEDS} - {"WireIamUserDeleted", "FeedIam"}
    assert {name: one["Type"] for name, one in RESOURCES.items() if name not in composed} == {
        "LogBucket": "AWS::S3::Bucket",
        "LogBucketPolicy": "AWS::S3::BucketPolicy",
        "Trail": "AWS::CloudTrail::Trail",
        "TopicKey": "AWS::KMS::Key",
        "TopicKeyAlias": "AWS::KMS::Alias",
        "Topic": "AWS::SNS::Topic",
        "TopicPolicy": "AWS::SNS::TopicInlinePolicy",
        SOMEBODY.logical_id: "AWS::SNS::Subscription",
        "AlarmTopic": "AWS::SNS::Topic",
        "AlarmTopicPolicy": "AWS::SNS::TopicInlinePolicy",
        TROUBLED.logical_id: "AWS::SNS::Subscription",
        "RuleDeadLettersAlarm": "AWS::CloudWatch::Alarm",
        "LettersLostAlarm": "AWS::CloudWatch::Alarm",
        "NotificationsFailedAlarm": "AWS::CloudWatch::Alarm",
        "QueueDeadLettersAlarm": "AWS::CloudWatch::Alarm",
        "QueueAgeAlarm": "AWS::CloudWatch::Alarm",
        "Queue": "AWS::SQS::Queue",
        "QueuePolicy": "AWS::SQS::QueueInlinePolicy",
        "QueueDeadLetters": "AWS::SQS::Queue",
        "QueueDeadLettersPolicy": "AWS::SQS::QueueInlinePolicy",
        "RuleDeadLetters": "AWS::SQS::Queue",
        "RuleDeadLettersPolicy": "AWS::SQS::QueueInlinePolicy",
        "Observer": "AWS::SQS::Queue",
        "ObserverPolicy": "AWS::SQS::QueueInlinePolicy",
        "ObserverSubscription": "AWS::SNS::Subscription",
        "ObserverAlarmSubscription": "AWS::SNS::Subscription",
        "WireIamUserDeleted": "AWS::Events::Rule",
        "FeedIam": "AWS::Events::Rule",
    }


def test_everything_that_the_template_refers_to_stands_in_it():
    text = json.dumps(read(TEMPLATE))
    known = {*RESOURCES, *read(TEMPLATE)["Parameters"]}
    referred = {*re.findall(r'"Ref": "(\w+)"', text), *re.findall(r"\$\{(\w+)[.}]", text)}
    referred |= {name.partition(".")[0] for name in re.findall(r'"Fn::GetAtt": "([\w.]+)"', text)}
    assert referred <= known


def test_every_resource_belongs_to_a_link_and_every_link_has_its_resources():
    assert [name for name in RESOURCES if link_of(name) is None] == []
    made = {name for link in LINKS for name in link.resources}
    assert {name for name in made if not any(one == name or one.startswith(name) for one in RESOURCES)} == set()
    assert {link.id for link in LINKS} == {link_of(name).id for name in RESOURCES}


@pytest.mark.parametrize(
    ("name", "link"),
    [("WireIamUserDeleted", "wire-rule"), ("FeedIam", "feed-rule"), ("Topic", "topic"), ("TopicPolicy", "topic-policy"),
     ("QueueDeadLetters", "dead-letters"), ("Topics", None), ("Elsewhere", None)],
)  # fmt: skip
def test_a_resource_belongs_to_one_link(name, link):
    found = link_of(name)
    assert (found and found.id) == link


def test_the_wire_rings_on_success_only():
    ends = [None, "AccessDenied", "DeleteConflict", "NoSuchEntityException", "x"]
    patterns = [compile_pattern(one["EventPattern"]) for one in WIRES.values()]
    rung = {code: any(p.matches(event_of(entry(errorCode=code))) for p in patterns) for code in ends}
    assert rung == {code: code is None for code in ends}


def test_the_feed_takes_the_untouched_event_to_the_queue_and_the_wire_words_to_the_topic():
    feeds = [one["Targets"] for one in FEEDS.values()]
    dead = {"Arn": {"Fn::GetAtt": "RuleDeadLetters.Arn"}}
    queue = {"Id": "queue", "Arn": {"Fn::GetAtt": "Queue.Arn"}, "DeadLetterConfig": dead}
    observer = {"Id": "observer", "Arn": {"Fn::GetAtt": "Observer.Arn"}}
    drilled = {"FeedIam", "FeedEvents"}
    assert feeds == [[queue, observer] if name in drilled else [queue] for name in FEEDS]
    aimed = {name: [target["Arn"] for target in one["Targets"]] for name, one in WIRES.items()}
    topics = {
        f"Wire{pipeline._camel(rule.id)}": "AlarmTopic" if rule.family == "tamper" else "Topic" for rule in CATALOGUE
    }
    assert aimed == {name: [{"Ref": topics[name]}] for name in WIRES}


@pytest.mark.parametrize("name", WIRES)
def test_the_words_on_the_wire_come_from_the_safe_list_alone(name):
    words = WIRES[name]["Targets"][0]["InputTransformer"]
    assert words["InputPathsMap"].items() <= PATHS.items()
    assert set(re.findall(r"<(\w+)>", words["InputTemplate"])) == set(words["InputPathsMap"])
    assert all(isinstance(json.loads(line), str) for line in words["InputTemplate"].split("\n"))


@pytest.mark.parametrize("name", RULES)
def test_a_rule_is_named_within_the_quota_whatever_the_prefix(name):
    assert len(RULES[name]["Name"]["Fn::Sub"].replace("${Name}", "x" * 24)) <= 64


EVENT_NAMES = st.sampled_from(
    sorted({*[n for r in CATALOGUE for n in r.pattern.only("detail.eventName") or ()], "CreateUser"})
)
CODES = st.none() | st.sampled_from(["AccessDenied", "DeleteConflictException", "NoSuchEntity", "x"])
EXTRAS = st.dictionaries(st.sampled_from(["userAgent", "requestParameters", "userIdentity"]), st.text(max_size=5))


@given(EVENT_NAMES, CODES, EXTRAS, st.sampled_from(["iam.amazonaws.com", "sso.amazonaws.com"]))
def test_whatever_rings_a_rule_is_fed_to_the_queue(name, code, extras, source):
    feeds = [compile_pattern(one["EventPattern"]) for one in FEEDS.values()]
    one = record(entry(name, errorCode=code, eventSource=source, **extras))
    rings = any(rule.pattern.matches(one.as_event()) for rule in CATALOGUE)
    assert any(feed.matches(one.as_event()) for feed in feeds) >= rings


def rule_of(pattern, **changes):
    return DELETED._replace(pattern=compile_pattern(pattern), **changes)


def pattern_of(**changes):
    made = {
        "source": ["aws.iam"],
        "detail-type": ["AWS API Call via CloudTrail"],
        "detail": {"eventSource": ["iam.amazonaws.com"], "eventName": ["DeleteUser"], "errorCode": [{"exists": False}]},
    }
    detail = {**made["detail"], **changes.pop("detail", {})}
    return {key: value for key, value in {**made, "detail": detail, **changes}.items() if value}


SOURCES = st.lists(st.sampled_from(["sso", "sso-directory", "signin", "iam"]), min_size=1, max_size=3, unique=True)
TYPES = ["AWS API Call via CloudTrail", "AWS Service Event via CloudTrail", "AWS Console Sign In via CloudTrail"]


@given(
    st.lists(
        st.tuples(SOURCES, SOURCES, st.lists(st.sampled_from(TYPES), max_size=2, unique=True), st.sampled_from("AB")),
        min_size=1,
        max_size=3,
    ),
    st.sampled_from(["sso", "sso-directory", "signin", "iam"]),
    st.sampled_from(["sso", "sso-directory", "signin", "iam"]),
    st.sampled_from(TYPES),
    st.sampled_from("ABC"),
)
def test_feeds_contain_rules_over_several_sources_and_kinds_of_event(specs, bus, source, kind, name):
    rules = [
        rule_of(
            pattern_of(
                source=[f"aws.{one}" for one in buses],
                detail={"eventSource": [f"{one}.amazonaws.com" for one in sources], "eventName": [event]},
                **{"detail-type": kinds},
            )
        )
        for buses, sources, kinds, event in specs
    ]
    event = event_of(entry(name, eventSource=f"{source}.amazonaws.com"), source=f"aws.{bus}", **{"detail-type": kind})
    feeds = [compile_pattern(pattern) for pattern in feed_patterns(rules).values()]
    assert any(feed.matches(event) for feed in feeds) >= any(rule.pattern.matches(event) for rule in rules)


@pytest.mark.parametrize(
    "pattern",
    [
        {"source": ["aws.iam"]},
        pattern_of(source=[]),
        pattern_of(source=[{"prefix": "aws."}]),
        pattern_of(detail={"eventName": [{"prefix": "Delete"}]}),
        pattern_of(detail={"eventSource": [{"exists": True}]}),
    ],
    ids=json.dumps,
)
def test_a_rule_that_does_not_name_its_events_in_full_is_fed_by_its_own_pattern(pattern):
    assert {name: json.loads(feed) for name, feed in feed_patterns([rule_of(pattern)]).items()} == {
        "iam-user-deleted": pattern
    }


def test_a_wire_that_would_ring_for_a_failed_call_is_refused():
    with pytest.raises(UsageError, match="a wire rings on success only"):
        wire_pattern(rule_of(pattern_of(detail={"errorCode": ["AccessDenied"]})))


@pytest.mark.parametrize(("length", "fits"), [(2048, True), (2049, False)])
def test_a_pattern_longer_than_eventbridge_takes_is_refused(length, fits):
    def of(size):
        return rule_of(pattern_of(detail={"requestParameters": {"userName": ["x" * size]}}))

    rule = of(length - len(wire_pattern(of(0))))
    if fits:
        assert len(wire_pattern(rule)) == length
    else:
        with pytest.raises(UsageError, match=r"has 2,049 characters, and EventBridge takes 2,048"):
            wire_pattern(rule)


@pytest.mark.parametrize(("size", "fits"), [(51_200, True), (51_201, False)])
def test_a_template_larger_than_cloudformation_takes_is_refused(size, fits):
    bare = pipeline._DESCRIPTION.sub("", pipeline._COMMENT.sub("", compose(FRAME, CATALOGUE)))
    padding = "  Padding:\n    Value: é\n"
    frame = FRAME + padding.replace("é", "x" * (size - len(f"{bare}{padding}".encode())) + "é")
    if fits:
        assert len(compose(frame, CATALOGUE).encode()) == size
    else:
        with pytest.raises(UsageError, match=r"the template has 51,201 bytes, and CloudFormation takes 51,200"):
            compose(frame, CATALOGUE)


def test_more_rules_than_a_bus_takes_are_refused(monkeypatch):
    monkeypatch.setattr(pipeline, "MOST_RULES", 1)
    with pytest.raises(UsageError, match="40 event rules are more than the 1"):
        compose(FRAME, CATALOGUE)


@pytest.mark.parametrize("frame", ["", "Resources:\n", FRAME + "  # <rules>\n", FRAME.replace("# <subscribers>", "")])
def test_a_frame_without_one_place_for_rules_and_for_subscribers_is_refused(frame):
    with pytest.raises(UsageError, match=r"# <(rules|subscribers|alarm-subscribers)>"):
        compose(frame, CATALOGUE)


def test_a_prelude_has_no_wire_and_a_built_in_rule_nothing_at_all():
    quiet = [DELETED._replace(role=Role.PRELUDE), DELETED._replace(pattern=None)]
    names = {*read(compose(FRAME, quiet))["Resources"]} - {*read(FRAME)["Resources"]}
    assert names == {"FeedIam"}


def test_without_a_consumer_the_plain_wire_stands_by_itself():
    small = read(compose(FRAME, CATALOGUE, durable=False, subscribers=[SOMEBODY, TROUBLED]))
    path = {
        "Queue", "QueuePolicy", "QueueDeadLetters", "QueueDeadLettersPolicy", "QueueDeadLettersAlarm", "QueueAgeAlarm",
    }  # fmt: skip
    assert {*RESOURCES} - {*small["Resources"]} == path | {*FEEDS}
    assert {*read(TEMPLATE)["Outputs"]} - {*small["Outputs"]} == {"QueueUrl", "QueueDeadLettersUrl"}
    assert "durable>" not in compose(FRAME, CATALOGUE, durable=False) + compose(FRAME, CATALOGUE)


ADDRESSES = [
    ("ops@example.com", Protocol.EMAIL),
    ("o'neil+alarm@mail.example.co.uk", Protocol.EMAIL),
    ("+41791234567", Protocol.SMS),
    ("https://example.com:8443/bell?x=1", Protocol.HTTPS),
]


@pytest.mark.parametrize(("address", "protocol"), ADDRESSES, ids=[address for address, _ in ADDRESSES])
def test_each_address_is_a_subscription_of_its_own(address, protocol):
    one = subscriber_of(address)
    made = read(compose(FRAME, CATALOGUE, subscribers=[one, SOMEBODY, one]))["Resources"]
    assert made[one.logical_id]["Properties"] == {
        "TopicArn": {"Ref": "Topic"},
        "Protocol": protocol,
        "Endpoint": address,
    }
    assert {name for name in made if link_of(name).id == "subscription"} == {one.logical_id, SOMEBODY.logical_id}


@pytest.mark.parametrize(
    "text",
    ["", "ops", "a b@example.com", "@example.com", "a@", "41791234567", "+0123456789", "http://example.com", "https://",
     "https://exa mple.com", 'x"@example.com', "a@b\n  Evil: x", "https://example.com/\n", "\x1b@example.com"],
)  # fmt: skip
def test_what_is_no_address_is_refused_with_an_example(text):
    with pytest.raises(ValueError, match=r"one looks like ops@example\.com"):
        subscriber_of(text)


def test_the_config_gives_the_parameters_and_a_template_can_be_had_with_them_as_defaults():
    settings = replace(DEFAULTS, name="bell", trail=TRAIL, log_days=30, customer_key=True)
    values = parameters_of(settings)
    assert checked_parameters(FRAME, values) == values
    text = with_defaults(TEMPLATE, values)
    assert {name: one["Default"] for name, one in read(text)["Parameters"].items()} == values
    assert read(text)["Resources"] == RESOURCES


def test_the_parameters_are_as_a_yaml_reader_gives_them():
    assert parameters(FRAME) == {
        name: Parameter(
            name=name,
            default=one.get("Default", ""),
            pattern=one.get("AllowedPattern", ""),
            allowed=tuple(one.get("AllowedValues", ())),
            constraint=one.get("ConstraintDescription", ""),
            description=one.get("Description", ""),
        )
        for name, one in read(FRAME)["Parameters"].items()
    }


@pytest.mark.parametrize("name", parameters(FRAME))
def test_every_parameter_says_what_it_is_for_and_takes_its_own_default(name):
    one = parameters(FRAME)[name]
    assert (bool(one.description), one.constraint.startswith("must be ")) == (True, True)
    assert checked_parameters(FRAME, {name: one.default}) == {name: one.default}


FORM = "arn:aws:cloudtrail:REGION:ACCOUNT:trail/NAME"


@pytest.mark.parametrize(
    ("values", "fault"),
    [
        ({"AdoptedTrail": "main"}, f"parameter `AdoptedTrail` is 'main', and must be the ARN of a trail, {FORM}"),
        ({"AdoptedTrail": f"{TRAIL}\n"}, "parameter `AdoptedTrail` is"),
        ({"AdoptedTrail": TRAIL.replace("cloudtrail", "iam")}, "parameter `AdoptedTrail` is"),
        ({"Name": "Tocsin"}, "parameter `Name` is 'Tocsin', and must be 2 to 24 lower-case letters, digits or hyphens"),
        ({"CustomerKey": "true"}, "parameter `CustomerKey` is 'true', and must be yes or no"),
        ({"LogDays": "0"}, "parameter `LogDays` is '0', and must be a number of days"),
        ({"Nmae": "x"}, "there is no parameter `Nmae`"),
    ],
)  # fmt: skip
def test_a_value_that_aws_would_refuse_is_refused_first(values, fault):
    with pytest.raises(UsageError) as found:
        checked_parameters(FRAME, values)
    assert found.value.message.startswith(fault)
    assert found.value.hint == "parameters: Name, AdoptedTrail, CustomerKey, ObjectLockDays, Operator, LogDays"


def test_every_wrong_value_is_told_at_once():
    with pytest.raises(UsageError) as found:
        checked_parameters(FRAME, {"Name": "X", "Nmae": "x", "LogDays": "many", "AdoptedTrail": TRAIL})
    assert [fault.split("`")[1] for fault in found.value.message.split("; ")] == ["Nmae", "Name", "LogDays"]


def test_good_values_are_taken_as_they_are():
    values = {"AdoptedTrail": TRAIL, "CustomerKey": "yes"}
    assert checked_parameters(FRAME, values) == values


@pytest.mark.parametrize(
    ("region", "partition", "home"),
    [
        ("eu-central-2", "aws", "us-east-1"),
        ("cn-northwest-1", "aws-cn", "cn-north-1"),
        ("us-gov-east-1", "aws-us-gov", "us-gov-west-1"),
        ("us-iso-west-1", "aws-iso", "us-iso-east-1"),
        ("us-isob-east-1", "aws-iso-b", "us-isob-east-1"),
        ("eusc-de-east-1", "aws-eusc", "eusc-de-east-1"),
        ("mars-north-9", "aws", "us-east-1"),
    ],
)
def test_each_partition_records_iam_in_one_region(region, partition, home):
    found = partition_of(region)
    assert (found.name, found.iam_region) == (partition, home)


def test_whoever_hears_of_trouble_is_by_default_who_hears_the_bell():
    both = subscribers_of(replace(DEFAULTS, subscribers=("a@x.example", "+41791234567")))
    assert [(one.endpoint, one.alarms) for one in both] == [
        ("a@x.example", False), ("+41791234567", False), ("a@x.example", True), ("+41791234567", True),
    ]  # fmt: skip
    apart = subscribers_of(replace(DEFAULTS, subscribers=("a@x.example",), alarm_subscribers=("b@x.example",)))
    assert [(one.endpoint, one.alarms) for one in apart] == [("a@x.example", False), ("b@x.example", True)]


ALARMS = {name: one["Properties"] for name, one in RESOURCES.items() if one["Type"] == "AWS::CloudWatch::Alarm"}


@pytest.mark.parametrize("name", ALARMS)
def test_an_alarm_tells_the_second_topic_and_takes_silence_for_no_trouble(name):
    one = ALARMS[name]
    assert (one["AlarmActions"], one["TreatMissingData"]) == ([{"Ref": "AlarmTopic"}], "notBreaching")
    assert one["AlarmName"]["Fn::Sub"].startswith("${Name}-")


def test_a_template_that_would_not_fit_goes_without_its_comments_and_is_the_same(monkeypatch):
    monkeypatch.setattr(pipeline, "LONGEST_TEMPLATE", 10**6)
    whole = compose(FRAME, CATALOGUE, subscribers=[SOMEBODY])
    monkeypatch.setattr(pipeline, "LONGEST_TEMPLATE", len(whole.encode()) - 1)
    bare = compose(FRAME, CATALOGUE, subscribers=[SOMEBODY])
    assert ("\n  #" in whole, re.search(r"^ *#", bare, re.MULTILINE), "\n\n" in bare) == (True, None, False)
    assert read(bare) == read(whole)


def test_one_that_would_still_not_fit_goes_without_descriptions_and_nothing_else(monkeypatch):
    monkeypatch.setattr(pipeline, "LONGEST_TEMPLATE", 10**6)
    whole = compose(FRAME, CATALOGUE, subscribers=[SOMEBODY])
    spare = pipeline._COMMENT.sub("", whole)
    monkeypatch.setattr(pipeline, "LONGEST_TEMPLATE", len(spare.encode()) - 1)
    bare = read(compose(FRAME, CATALOGUE, subscribers=[SOMEBODY]))

    def without(value):
        if isinstance(value, dict):
            return {key: without(one) for key, one in value.items() if key != "Description" or isinstance(one, dict)}
        return [without(one) for one in value] if isinstance(value, list) else value

    assert {**bare, "Description": ""} != read(whole)
    assert without(bare) == without(read(whole))
    assert len(json.dumps(bare)) < len(json.dumps(read(whole)))


def test_only_the_operator_of_the_config_may_send_beside_the_services():
    denies = {
        name: next(s for s in one["Properties"]["PolicyDocument"]["Statement"] if s["Effect"] == "Deny")["Condition"]
        for name, one in RESOURCES.items()
        if one["Type"].endswith("InlinePolicy")
    }
    services = {"Bool": {"aws:PrincipalIsAWSService": "false"}}
    but = {"Fn::If": ["HasOperator", {"aws:PrincipalArn": {"Ref": "Operator"}}, {"Ref": "AWS::NoValue"}]}
    assert denies == {
        "TopicPolicy": services | {"ArnNotEquals": but},
        "QueuePolicy": services | {"ArnNotEquals": but},
        "AlarmTopicPolicy": services,
        "QueueDeadLettersPolicy": services,
        "RuleDeadLettersPolicy": services,
        "ObserverPolicy": services,
    }
