"""Whatever somebody may break of a pipeline is named at its link, and nothing is found where nothing is broken."""

from __future__ import annotations

import json
import os
import random
from dataclasses import replace
from datetime import timedelta

import pytest
import yaml

from accounts import client
from embedded_aws.door.account import open_account
from mutations import REGION, Pipeline, of_template
from tocsin import wiring
from tocsin.adapters.aws import Clients
from tocsin.core.settings import DEFAULTS
from tocsin.core.template.subscribers import subscribers_of
from tocsin.wiring import account as accounts
from tocsin.wiring import doctor as doctors

pytestmark = [pytest.mark.rehearsal, pytest.mark.proof]

SETTINGS = replace(DEFAULTS, name="mutant", durable=True, customer_key=True, subscribers=("ops@example.com",))


class Loader(yaml.SafeLoader):
    """CloudFormation's YAML, whose own tags nobody asks for here."""


Loader.add_multi_constructor("!", lambda _loader, _suffix, _node: None)
TYPES = {name: one["Type"] for name, one in yaml.load(wiring.template(SETTINGS), Loader)["Resources"].items()}
# `make prove-long` breaks every rule, and 200 pairs.
LONG = "TOCSIN_PAIRS" in os.environ
# Of many rules of a kind one is broken in every way, and each at least in one.
WHOLE_KINDS = ("WireIamUserDeleted", "FeedIam", *(["WireBellRuleSilenced"] if LONG else []))
WHOLE_ALARMS = ("RuleDeadLettersAlarm", "LettersLostAlarm")
RULES = [name for name, kind in TYPES.items() if kind == "AWS::Events::Rule"]
MUTATIONS = {
    one.name: one
    for one in of_template(TYPES)
    if (one.name.partition(":")[0] not in RULES and (LONG or not one.name.partition(":")[0].endswith("Alarm")))
    or one.name.startswith(tuple(f"{name}:" for name in WHOLE_ALARMS))
    or one.name.startswith(tuple(f"{name}:" for name in WHOLE_KINDS))
    or (LONG and one.name.endswith(": deleted"))
}


@pytest.fixture(scope="module")
def deployed():
    with open_account() as account:
        address = account.address()
        clients = Clients(
            address["region"],
            endpoint_url=address["endpoint_url"],
            access_key_id=address["access_key_id"],
            secret_access_key=address["secret_access_key"],
        )
        patience, accounts.POLL_S = accounts.POLL_S, 0.01
        # What the breaking itself made fail is counted, and is of another day than what is examined.
        doctors.now = lambda: wiring.now() + timedelta(days=30)
        deployer = accounts.deployer(SETTINGS, region=REGION, profile="", clients=clients)
        deployer.apply(deployer.plan(), lambda _: None)
        resources = deployer.resources(deployer.standing())
        pipeline = Pipeline(account, SETTINGS.name, resources, subscribers_of(SETTINGS)[0].endpoint)
        pipeline.confirm()
        yield pipeline, doctors.Doctor(deployer)
        accounts.POLL_S = patience
        doctors.now = wiring.now


@pytest.fixture
def found(deployed):
    """The links at which something is found; dead letters that the breaking itself left are taken away first."""
    pipeline, doctor = deployed

    def examine(*, purge=True):
        pipeline.account.settle()
        for name in ("RuleDeadLetters", "QueueDeadLetters") if purge else ():
            urls = pipeline.sqs.list_queues(QueueNamePrefix=pipeline.resources[name].rpartition("/")[2])
            for url in urls.get("QueueUrls", []):
                pipeline.drain(url)
        return {one.link for one in doctor.pipeline().findings}

    return examine


def test_there_are_mutations_of_every_kind_of_resource_that_can_be_broken():
    harmless = {"AWS::KMS::Alias", "AWS::S3::Bucket"}
    assert len(MUTATIONS) >= 80
    assert {TYPES[name.partition(":")[0]] for name in MUTATIONS} == set(TYPES.values()) - harmless


def test_nothing_is_found_in_the_whole_pipeline(found):
    assert found() == set()


@pytest.mark.parametrize("name", MUTATIONS)
def test_each_is_named_at_its_link_and_nowhere_else(found, deployed, name):
    mutation = MUTATIONS[name]
    undo = mutation.do(deployed[0])
    try:
        assert found(purge="a letter waits" not in name) == mutation.links
    finally:
        undo()


def test_nothing_is_found_once_everything_is_undone(found):
    assert found() == set()


def clash(one, other):
    """Whether what is done to one thing cannot be done, or be found, beside what is done to another."""
    things = [name.partition(":")[0].removesuffix("Policy") for name in (one, other)]
    topics = {"AlarmTopic" if "Alarm" in thing else "Topic" for thing in things if "ubscri" in thing}
    gone = {name.partition(":")[0] for name in (one, other) if name.endswith("Topic: deleted")}
    return things[0] == things[1] or bool(topics & gone)


EVERY = [(one, other) for one in MUTATIONS for other in MUTATIONS if one < other and not clash(one, other)]
PAIRS = random.Random(17).sample(EVERY, 200)[: int(os.environ.get("TOCSIN_PAIRS", "10"))]


@pytest.mark.parametrize("pair", PAIRS, ids=" + ".join)
def test_of_two_at_once_both_are_named(found, deployed, pair):
    one, other = (MUTATIONS[name] for name in pair)
    letters = any("a letter waits" in name for name in pair)
    undo = [one.do(deployed[0])]
    try:
        undo.append(other.do(deployed[0]))
        assert found(purge=not letters) >= one.links | other.links
    finally:
        for step in reversed(undo):
            step()


def harmless(p):
    """What does not matter to the alarm, and what undoes it."""
    rule = f"{p.name}-wire-iam-user-deleted"
    shown = p.events.describe_rule(Name=rule)
    yield (
        "the description of a rule",
        lambda: p.events.put_rule(Name=rule, EventPattern=shown["EventPattern"], Description="another"),
    )
    yield (
        "a tag of the topic",
        lambda: p.sns.tag_resource(ResourceArn=p.resources["Topic"], Tags=[{"Key": "team", "Value": "x"}]),
    )
    yield "a tag of a queue", lambda: p.sqs.tag_queue(QueueUrl=p.resources["Queue"], Tags={"team": "x"})
    yield (
        "the name that a topic shows",
        lambda: p.sns.set_topic_attributes(
            TopicArn=p.resources["Topic"], AttributeName="DisplayName", AttributeValue="Bell"
        ),
    )
    yield (
        "how long a message stays hidden",
        lambda: p.sqs.set_queue_attributes(QueueUrl=p.resources["Queue"], Attributes={"VisibilityTimeout": "200"}),
    )
    yield "another rule", lambda: p.events.put_rule(Name="other", EventPattern=json.dumps({"source": ["aws.ec2"]}))
    yield "another rule for IAM", lambda: p.events.put_rule(Name="iams", EventPattern='{"source": ["aws.IAM"]}')
    yield "another topic", lambda: p.sns.create_topic(Name="another")
    yield "another queue", lambda: p.sqs.create_queue(QueueName="another")
    yield "another trail", lambda: p.s3.create_bucket(Bucket="another-log")
    yield "the key's description", lambda: p.kms.update_key_description(KeyId=p.resources["TopicKey"], Description="x")
    yield "another user", lambda: client(p.account, "iam").create_user(UserName="somebody")


def test_what_does_not_matter_is_not_found(found, deployed):
    for what, do in harmless(deployed[0]):
        do()
        assert (what, found()) == (what, set())
