"""What the plain wire says, for every identity and whatever a record leaves out."""

from __future__ import annotations

import json

import pytest

from places import SHARED
from tocsin import config
from tocsin.core.match.rules import Role
from tocsin.core.record.envelope import unwrap
from tocsin.core.template.wire_words import PATHS, transformer
from tocsin.core.transformer import RuleFacts, body

pytestmark = pytest.mark.rehearsal

WIRES = [rule for rule in config.catalogue() if rule.wire and rule.role is Role.TRIGGER]
FACTS = RuleFacts("arn:aws:events:us-east-1:111122223333:rule/tocsin-wire", "tocsin-wire", "2026-11-23T21:04:05Z")
RECORDS = SHARED / "records" / "identity-events.jsonl"
HOSTILE = "arn:aws:iam::111122223333:user/<!channel>/\u202e\x1b[31m/eve"

IDENTITIES = {
    "user": {"type": "IAMUser", "userName": "alice", "principalId": "AIDAEXAMPLE", "arn": HOSTILE},
    "root": {"type": "Root", "principalId": "111122223333", "arn": "arn:aws:iam::111122223333:root"},
    "role": {
        "type": "AssumedRole",
        "principalId": "AROAEXAMPLE:alice@example.com",
        "arn": HOSTILE,
        "sessionContext": {"sessionIssuer": {"userName": "deploy", "arn": HOSTILE}},
    },
    "federated": {"type": "FederatedUser", "principalId": "111122223333:alice", "arn": HOSTILE},
    "web identity": {"type": "WebIdentityUser", "principalId": "accounts.example.com:app:alice", "userName": "alice"},
    "service": {"type": "AWSService", "invokedBy": "cloudformation.amazonaws.com"},
    "identity center": {"type": "IdentityCenterUser", "onBehalfOf": {"userId": "u-1", "identityStoreArn": HOSTILE}},
    "no type": {"principalId": "AIDAEXAMPLE"},
    "empty": {},
    "absent": None,
}


def said(rule, record) -> list[str]:
    """The lines of the message that the topic gets for a record."""
    paths, template = transformer(rule)
    event = {"source": "aws.iam", "account": record.get("recipientAccountId", "111122223333"), "detail": record}
    target = {"InputTransformer": {"InputPathsMap": paths, "InputTemplate": template}}
    return body(target, json.loads(json.dumps(event)), FACTS).split("\n")


def assert_fit_to_read(rule, lines):
    """Every line is whole, quoted, plain, and without a placeholder that nobody filled."""
    paths, template = transformer(rule)
    assert len(lines) == len(template.split("\n"))
    for line in lines:
        assert line.startswith('"')
        assert line.endswith('"')
        assert line.isprintable()
        assert [name for name in paths if f"<{name}>" in line] == []


@pytest.mark.parametrize("rule", WIRES, ids=lambda rule: rule.id)
@pytest.mark.parametrize("identity", IDENTITIES.values(), ids=IDENTITIES)
def test_the_wire_reads_well_for_every_identity(rule, identity):
    record = json.loads(rule.examples[0].record)
    record |= {"userAgent": "<!channel>\x1b]0;x\x07", "userIdentity": identity}
    lines = said(rule, record)
    assert_fit_to_read(rule, lines)
    assert "<!channel>" not in "".join(lines)


@pytest.mark.parametrize("rule", WIRES, ids=lambda rule: rule.id)
def test_the_wire_survives_a_record_that_tells_nothing(rule):
    assert_fit_to_read(rule, said(rule, {}))


def test_the_wire_takes_only_fields_that_no_attacker_can_shape():
    shaped = ("arn", "path", "userAgent", "errorMessage", "sourceIPAddress")
    assert [path for path in PATHS.values() if path.rpartition(".")[2] in shaped] == []


def test_the_wire_reads_well_for_every_real_record_that_it_rings_for():
    if not RECORDS.exists():
        pytest.skip(f"the real records are not here: {RECORDS} (set TOCSIN_SHARED to the folder that has them)")
    records = [record for line in RECORDS.read_bytes().splitlines() for record in unwrap(line)]
    rung = [(rule, record) for record in records for rule in WIRES if rule.pattern.matches(record.as_event())]
    assert rung
    for rule, record in rung:
        lines = said(rule, record.raw)
        assert_fit_to_read(rule, lines)
        if rule.id == "iam-user-deleted":
            assert record.part("requestParameters")["userName"] in lines[0]


def test_the_wire_reads_well_for_every_real_identity():
    if not RECORDS.exists():
        pytest.skip(f"the real records are not here: {RECORDS} (set TOCSIN_SHARED to the folder that has them)")
    for line in RECORDS.read_text("utf-8").splitlines():
        for rule in WIRES:
            assert_fit_to_read(rule, said(rule, json.loads(line)))
