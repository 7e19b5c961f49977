"""Which trail is stood on, with the reason; and the config that says so."""

from __future__ import annotations

import tomllib
from dataclasses import replace

import pytest

from tocsin import config
from tocsin.core.template.adoption import Proposal, SeenTrail, config_text, lacking, propose
from tocsin.core.template.target import Target

ARN = "arn:aws:cloudtrail:us-east-1:111122223333:trail/main"
SOUND = SeenTrail(ARN, "us-east-1", multi_region=True, organisation=False, logging=True, writes=True)
HOME = "us-east-1"


@pytest.mark.parametrize(
    ("trails", "adopted"),
    [
        ([SOUND], ARN),
        ([replace(SOUND, multi_region=False)], ARN),
        ([replace(SOUND, multi_region=False, home="eu-west-1")], ""),
        ([replace(SOUND, logging=False)], ""),
        ([replace(SOUND, logging=None)], ""),
        ([replace(SOUND, writes=False)], ""),
        ([replace(SOUND, writes=None, organisation=True)], ""),
        ([replace(SOUND, organisation=True)], ARN),
        ([replace(SOUND, organisation=True, arn=f"{ARN}-0"), SOUND], ARN),
        ([replace(SOUND, multi_region=False, arn=f"{ARN}-0"), SOUND], ARN),
        ([replace(SOUND, ours=True), replace(SOUND, arn=f"{ARN}-2")], ""),
        ([], ""),
    ],
)
def test_a_trail_is_adopted_only_where_it_is_known_to_do(trails, adopted):
    for order in (trails, trails[::-1]):
        assert propose(order, HOME).trail == adopted


@pytest.mark.parametrize(
    ("trails", "said"),
    [
        ([], "the first copy of them is free"),
        ([replace(SOUND, multi_region=False, home="eu-west-1")], "costs 2 USD for 100,000"),
        ([replace(SOUND, writes=None, organisation=True)], "whether main takes write management events in may not be"),
        ([replace(SOUND, writes=False, arn=f"{ARN}{n}") for n in range(5)], "a Region takes 5"),
        ([replace(SOUND, ours=True)], "the pipeline has one already"),
    ],
)
def test_the_reason_is_told(trails, said):
    assert said in propose(trails, HOME).reason


TARGET = Target("111122223333", "prod\x1b[31m", HOME, "arn:aws:iam::111122223333:user/me")


@pytest.mark.parametrize("proposal", [Proposal(ARN, "it will do"), Proposal("", "none will do")], ids=["adopt", "own"])
@pytest.mark.parametrize("subscribers", [(), ("ops@example.com", "+41791234567")], ids=["nobody", "two"])
@pytest.mark.parametrize("durable", [True, False])
def test_what_is_written_is_read_again_and_says_the_same(tmp_path, proposal, subscribers, durable):
    hostile = replace(SOUND, arn=f'{ARN}\n"]\nname = "evil"')
    text = config_text(TARGET, [hostile], proposal, subscribers, durable=durable)
    assert "name" not in tomllib.loads(text)
    file = tmp_path / "tocsin.toml"
    file.write_text(text, encoding="utf-8")
    found = config.settings(file, {})
    assert (found.account, found.subscribers, found.durable, found.trail) == (
        "111122223333",
        tuple(subscribers),
        durable,
        proposal.trail,
    )
    assert proposal.reason in text


@pytest.mark.parametrize(
    ("caller", "operator"),
    [
        ("arn:aws:iam::123456789012:user/dev/ann", "arn:aws:iam::123456789012:user/dev/ann"),
        ("arn:aws:sts::123456789012:assumed-role/admin/ann@example.com", "arn:aws:iam::123456789012:role/admin"),
    ],
)
def test_whoever_looks_is_proposed_as_the_operator_and_stays_a_comment(caller, operator):
    text = config_text(replace(TARGET, caller=caller), [], Proposal("", "none"), [], durable=False)
    assert f'# operator = "{operator}"' in text.splitlines()


@pytest.mark.parametrize(
    ("trail", "said"),
    [
        (SOUND, []),
        (replace(SOUND, logging=None, writes=None), []),
        (replace(SOUND, multi_region=False), []),
        (replace(SOUND, logging=False), ["start-logging"]),
        (replace(SOUND, multi_region=False, home="eu-west-1"), ["--is-multi-region-trail"]),
        (replace(SOUND, writes=False), ["put-event-selectors"]),
        (replace(SOUND, writes=False, logging=False), ["start-logging", "put-event-selectors"]),
    ],
)
def test_what_an_adopted_trail_lacks_comes_with_the_command_that_mends_it(trail, said):
    found = lacking(trail, HOME)
    assert [word in sentence for word, sentence in zip(said, found, strict=True)] == [True] * len(said)
