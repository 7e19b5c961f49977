"""Generated policies and requests are judged as another evaluator judges them, which is not ours.

It is the npm package @cloud-copilot/iam-simulate, in the folder that TOCSIN_IAM_SIMULATE names (where `npm install` was
run); `make prove` installs it where there is npm.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
from pathlib import Path

import pytest

from tocsin.core.policy.judge import Effect, judge
from tocsin.core.policy.request import Request

FOLDER = Path(os.environ.get("TOCSIN_IAM_SIMULATE", "") or "nowhere")
SCRIPT = Path(__file__).with_name("another_evaluator.mjs")
HERE = shutil.which("node") is not None and (FOLDER / "node_modules" / "@cloud-copilot" / "iam-simulate").is_dir()
MANY = 2_000

pytestmark = [
    pytest.mark.proof,
    pytest.mark.skipif(not HERE, reason="no @cloud-copilot/iam-simulate: name its folder in TOCSIN_IAM_SIMULATE"),
]

SAID = {"Allowed": Effect.ALLOW, "ExplicitlyDenied": Effect.DENY, "ImplicitlyDenied": Effect.NOTHING}
ACTIONS = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"]
WANTED = ["s3:GetObject", "s3:Get*", "s3:*Object", "S3:getobject", "s3:?etObject", "*", "sqs:SendMessage", "s3:Put*"]
PLACES = ["arn:aws:s3:::logs/bob/a", "arn:aws:s3:::logs/eve/a", "arn:aws:s3:::other/b"]
RESOURCES = ["*", "arn:aws:s3:::logs/*", "arn:aws:s3:::logs/bob/?", "arn:aws:s3:::logs/${aws:username}/*",
             "arn:aws:s3:::*/a", "arn:aws:s3:::logs/${aws:PrincipalTag/team, 'bob'}/*"]  # fmt: skip
KEYS = {
    "aws:username": (["bob", "eve"], ["StringEquals", "StringNotEquals", "StringLike", "StringNotLike",
                     "StringEqualsIgnoreCase", "StringNotEqualsIgnoreCase"], ["bob", "BOB", "b*", "eve", "?ob"]),
    "aws:SourceIp": (["10.0.0.7", "192.168.1.1"], ["IpAddress", "NotIpAddress"],
                     ["10.0.0.0/24", "192.168.1.1", "10.0.0.0/8"]),
    "aws:SecureTransport": (["true", "false"], ["Bool"], ["true", "false"]),
    "aws:CurrentTime": (["2026-01-02T00:00:00Z"], ["DateGreaterThan", "DateLessThan", "DateGreaterThanEquals",
                        "DateEquals", "DateNotEquals"], ["2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"]),
    "aws:PrincipalArn": (["arn:aws:iam::111122223333:user/bob"], ["ArnEquals", "ArnLike", "ArnNotLike", "ArnNotEquals"],
                         ["arn:aws:iam::111122223333:user/*", "arn:aws:iam::*:user/bob", "arn:aws:iam::1:user/bob"]),
    "aws:MultiFactorAuthAge": (["30"], ["NumericLessThan", "NumericGreaterThanEquals", "NumericEquals",
                               "NumericNotEquals"], ["30", "31", "29.5"]),
    "aws:TagKeys": ([["a"], ["a", "b"], ["c"]], ["ForAnyValue:StringEquals", "ForAllValues:StringEquals",
                    "ForAnyValue:StringLike", "ForAllValues:StringLike"], ["a", "b", "*"]),
}  # fmt: skip


def one_or_more(chance, values):
    picked = chance.sample(values, chance.randint(1, min(3, len(values))))
    return picked[0] if len(picked) == 1 and chance.random() < 0.5 else picked


def condition(chance):
    made = {}
    for key in chance.sample(list(KEYS), chance.randint(0, 2)):
        _, operators, values = KEYS[key]
        operator = chance.choice(operators) + ("IfExists" if chance.random() < 0.2 and key != "aws:TagKeys" else "")
        made.setdefault(operator, {})[key] = one_or_more(chance, values)
    if chance.random() < 0.1:
        made["Null"] = {chance.choice(["aws:username", "aws:SourceVpc"]): chance.choice(["true", "false"])}
    return made


def statement(chance):
    made = {"Effect": chance.choice(["Allow", "Allow", "Deny"])}
    made[chance.choice(["Action", "Action", "Action", "NotAction"])] = one_or_more(chance, WANTED)
    made[chance.choice(["Resource", "Resource", "Resource", "NotResource"])] = one_or_more(chance, RESOURCES)
    if asked := condition(chance):
        made["Condition"] = asked
    return made


def case(chance):
    context = {key: chance.choice(values) for key, (values, _, _) in KEYS.items() if chance.random() < 0.7}
    context["aws:PrincipalArn"] = "arn:aws:iam::111122223333:user/bob"  # it is of every request
    policy = {"Version": "2012-10-17", "Statement": [statement(chance) for _ in range(chance.randint(1, 4))]}
    return {"action": chance.choice(ACTIONS), "resource": chance.choice(PLACES), "context": context, "policy": policy}


def ours(one):
    context = {key: tuple(value) if isinstance(value, list) else value for key, value in one["context"].items()}
    request = Request(one["action"], one["resource"], context=context, complete=True)
    return judge(json.dumps(one["policy"]), request, has_principal=False).effect


def test_generated_policies_are_judged_as_another_evaluator_judges_them():
    chance = random.Random(20261126)
    cases = [case(chance) for _ in range(MANY)]
    command = ["node", str(SCRIPT), str(FOLDER.resolve())]
    done = subprocess.run(command, input=json.dumps(cases), capture_output=True, text=True, check=True, timeout=300)
    theirs = json.loads(done.stdout)
    mine = list(map(ours, cases))
    told = [index for index, effect in enumerate(mine) if effect is not Effect.UNKNOWN]
    wrong = [index for index in told if SAID.get(theirs[index]) is not mine[index]]
    differ = [(cases[index], theirs[index], str(mine[index])) for index in wrong]
    assert len(theirs) == MANY
    assert len(told) > 0.97 * MANY
    assert {SAID[said] for said in theirs if said in SAID} == set(SAID.values())
    assert differ == [], f"{len(differ)} of {MANY}: {json.dumps(differ[:3], indent=1)}"
