"""What each channel is handed, as whole texts: a story with preludes, told by somebody with a name that tries to act.

The texts under ``golden/channels`` are reviewed by eye; ``TOCSIN_GOLDEN=write`` writes them anew.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from builders import ALICE, NOW, at, chapter_of
from tocsin.core.channels import KINDS
from tocsin.core.notice.aws import as_finding, as_sns
from tocsin.core.notice.cloudevent import as_cloudevent
from tocsin.core.notice.compose import compose
from tocsin.core.notice.long_tail import as_title_and_body
from tocsin.core.notice.mail import as_mail
from tocsin.core.notice.pages import as_opsgenie, as_pagerduty
from tocsin.core.notice.render import as_json, as_text
from tocsin.core.notice.slack import as_slack
from tocsin.core.notice.slack_bot import as_post
from tocsin.core.notice.teams import as_teams

GOLDEN = Path(__file__).parent / "golden" / "channels"
MALLORY = {**ALICE, "userName": "<!here>*mallory*", "arn": "arn:aws:iam::111122223333:user/<!here>*mallory*"}


def shown(value):
    return json.dumps(value, indent=1, ensure_ascii=False)


def mailed(notice):
    mail = as_mail(notice, "Tocsin <bell@example.com>", ["ops@example.com"], NOW)
    mail.set_boundary("boundary")
    return mail.as_string()


RENDERED = {
    "terminal": as_text,
    "file": as_json,
    "slack": lambda notice: shown(as_slack(notice)),
    "slack-bot": lambda notice: shown(as_post(notice._replace(thread="1700000001.000100"), "C0123456789")),
    "teams": lambda notice: shown(json.loads(as_teams(notice))),
    "pagerduty": lambda notice: shown(as_pagerduty(notice, "K" * 32)),
    "opsgenie": lambda notice: shown(as_opsgenie(notice)),
    "webhook": lambda notice: shown(json.loads(as_cloudevent(notice, NOW))),
    "email": mailed,
    "ses": mailed,
    "sns": lambda notice: shown(as_sns(notice, "arn:aws:sns:us-east-1:111122223333:bell")),
    "securityhub": lambda notice: shown(as_finding(notice, "999988887777", "us-east-1", NOW)),
    "apprise": lambda notice: "\n\n".join(as_title_and_body(notice)),
}


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_channel_is_handed_is_its_golden_text(kind, rules):
    story = [
        at(-20, name="RemoveUserFromGroup", requestParameters={"userName": "bob", "groupName": "ops"}),
        at(0, userIdentity=MALLORY),
    ]
    story[0]["userIdentity"] = MALLORY
    text = RENDERED[kind](compose(chapter_of(story, rules), rules))
    file = GOLDEN / f"{kind}.txt"
    if os.environ.get("TOCSIN_GOLDEN") == "write":
        file.write_text(f"{text}\n", "utf-8")
    assert text == file.read_text("utf-8").removesuffix("\n")


def test_every_golden_text_is_of_a_channel():
    assert {file.stem for file in GOLDEN.glob("*")} == set(KINDS)
