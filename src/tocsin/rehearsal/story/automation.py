"""The automation: what is expected waits for the morning, and rings as soon as it is more than expected."""

from __future__ import annotations

import io
import json
import textwrap
import time
from dataclasses import replace
from datetime import UTC, timedelta
from typing import TYPE_CHECKING

from tocsin import wiring
from tocsin.adapters.queue import SqsQueue
from tocsin.core.channels import channel_of
from tocsin.core.expected import Expected
from tocsin.errors import TocsinError
from tocsin.rehearsal.far_side import far_side
from tocsin.rehearsal.stage import PATIENCE_S
from tocsin.wiring.channels import built
from tocsin.wiring.responder import responder_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tocsin.core.settings import Settings
    from tocsin.rehearsal.far_side import FarSide
    from tocsin.rehearsal.stage import Stage
    from tocsin.wiring.responder import Responder

TITLE = "The automation: what is expected waits, and rings past its ceiling"
PER_HOUR = 3
# Whom each of the three deletes as expected, and one more.
EXPECTED: Mapping[str, tuple[str, ...]] = {
    "sweeper": ("iris",),
    "tidier": ("jack",),
    "leavers": ("kate", "liam", "mona"),
}
ONE_MORE = "nils"
# They may delete users, and call from this machine.
_POLICY = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "iam:DeleteUser", "Resource": "*"}],
    }
)
_WAIT = timedelta(milliseconds=50)


def play(stage: Stage) -> None:
    """Let pipelines delete what they may, and one of them one more; then let the morning come.

    Raises:
        TocsinError: what was expected rang, or what was not did not.
    """
    stage.ready()
    iam = stage.client("iam")
    for name in (*(user for users in EXPECTED.values() for user in users), ONE_MORE):
        iam.create_user(UserName=name)
    keys = {name: _pipeline(stage, name) for name in EXPECTED}
    with far_side() as side:
        settings = _settings(stage, side)
        channels = built(settings, lambda: stage.at, io.StringIO(), stage.width)
        responder = responder_of(settings, channels)
        _as_expected(stage, side, responder, keys)
        _one_more(stage, side, responder, keys["leavers"])
        _morning(stage, side, responder)


def _pipeline(stage: Stage, name: str) -> dict[str, str]:
    """A user that may delete users, with a key."""
    iam = stage.client("iam")
    iam.create_user(UserName=name)
    iam.put_user_policy(UserName=name, PolicyName="own", PolicyDocument=_POLICY)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return {"access_key_id": key["AccessKeyId"], "secret_access_key": key["SecretAccessKey"]}


def _settings(stage: Stage, side: FarSide) -> Settings:
    """The stage's, with a pager that people read and what is expected."""
    until = (wiring.now() + timedelta(days=30)).date()
    account, rules = stage.account.aws.account_id, ("iam-user-*",)
    entries = {
        name: Expected(
            name,
            f"arn:aws:iam::{account}:user/{name}",
            f"the nightly {name}",
            rules,
            ("127.0.0.1/32",),
            PER_HOUR,
            until,
        )
        for name in EXPECTED
    }
    pager = channel_of("pager", {"kind": "webhook", "url": side.url, "budget": "10"})
    return replace(stage.responder.settings, specs=(pager,), expected=entries, timezone=UTC)


def _turned(stage: Stage, responder: Responder, deeds: int) -> None:
    """Take in and tell until so many deletions are known."""
    queue, end = SqsQueue(stage.client("sqs"), stage.outputs["QueueUrl"]), time.monotonic() + PATIENCE_S
    known = 0
    while known < deeds:
        responder.turn(queue, _WAIT)
        heads = responder.store.changed(responder.now() - timedelta(hours=1))
        known = sum(head.triggers for head in heads if head.headline.expected)
        if time.monotonic() > end:
            raise TocsinError(f"of {deeds} deletions that are expected {known} came within {PATIENCE_S:.0f} s")


def _as_expected(stage: Stage, side: FarSide, responder: Responder, keys: Mapping[str, dict[str, str]]) -> None:
    stage.say(f"the config expects three pipelines to delete users, {PER_HOUR} an hour each")
    for name, users in EXPECTED.items():
        for user in users:
            stage.client("iam", keys[name]).delete_user(UserName=user)
        stage.say(f"  {name:<24} deletes {', '.join(users)}")
    _turned(stage, responder, sum(map(len, EXPECTED.values())))
    if side.posted:
        raise TocsinError(f"the pager heard of what was expected: {side.posted[0].notice['sentence']}")
    stage.say("  the pager                hears nothing\n")


def _one_more(stage: Stage, side: FarSide, responder: Responder, keys: dict[str, str]) -> None:
    stage.client("iam", keys).delete_user(UserName=ONE_MORE)
    answered = time.time()
    _turned(stage, responder, sum(map(len, EXPECTED.values())) + 1)
    posted = side.wait(*EXPECTED["leavers"], ONE_MORE)
    seconds, why = max(posted.at - answered, 0.0), posted.notice["facts"].get("why_now", "")
    if f"not more than {PER_HOUR} times" not in why:
        raise TocsinError(f"the pager was not told why it rings: {why!r}")
    stage.say(f"leavers deletes {ONE_MORE}, the fourth within the hour")
    stage.say(f"  the pager                +{seconds:.2f} s, of all four, and why:")
    for line in textwrap.wrap(why, stage.width, initial_indent="    ", subsequent_indent="    "):
        stage.say(line)
    stage.say("")
    stage.tell("rang", {"seconds": round(seconds, 3), "why": why})


def _morning(stage: Stage, side: FarSide, responder: Responder) -> None:
    """The clock is put on to the digest of tomorrow."""
    before, at = len(side.posted), wiring.now() + timedelta(days=1)
    replace(responder, now=lambda: at).tell()
    posted = side.posted[before:]
    if [one.notice["rule"] for one in posted] != ["digest"] or not posted[0].names("iris", "jack"):
        raise TocsinError(f"the morning brought no digest of what was expected, but {len(posted)} notices")
    stage.say(f"{at:%Y-%m-%d}, in the morning: one message\n  {posted[0].notice['title']}")
    for line in posted[0].notice["new"]:
        stage.say(f"    {line.rpartition('  ')[0]}")  # the incident's id comes last
    stage.tell("digest", {"incidents": len(posted[0].notice["new"])})
