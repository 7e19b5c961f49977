"""The long tail, by apprise: a real one, against servers that misbehave."""

from __future__ import annotations

import json
import re
import time
from datetime import timedelta

import pytest

from servers import SECRET, answering, dripping_head, endless, hanging_up, silent, speaking_something_else
from tocsin.adapters.channels import long_tail
from tocsin.adapters.channels.long_tail import LongTailChannel
from tocsin.core.delivery.outcome import Answer
from tocsin.core.notice.long_tail import as_title_and_body
from tocsin.errors import UsageError


def address(server):
    return server.url.replace("http://", "json://")


def test_a_service_gets_a_title_and_a_text(served, notice):
    server = served(answering(200, "{}"))
    assert LongTailChannel("ops", address(server)).send(notice).answer is Answer.ACCEPTED
    [(_, body)] = server.got
    told = json.loads(body)
    assert told["title"] == "[\u2060HIGH]\u2060 IAM user Zoë deleted in account 111122223333"
    assert "IAM user Zoë was deleted by IAM user alice." in told["message"]
    assert "https://us-east-1.console.aws.amazon.com/cloudtrailv2/home?region=us-east-1#/events/" in told["message"]


@pytest.mark.parametrize("status", [400, 401, 404, 429, 500])
def test_whatever_is_not_taken_is_tried_again_and_said_without_the_address(served, notice, status):
    outcome = LongTailChannel("ops", address(served(answering(status, "no")))).send(notice)
    assert (outcome.answer, str(status) in outcome.detail, SECRET in outcome.detail) == (Answer.BUSY, True, False)


@pytest.mark.parametrize("deal", [silent, dripping_head, endless, hanging_up, speaking_something_else])
def test_nothing_holds_it_longer_than_its_deadline(served, notice, deal):
    channel = LongTailChannel("ops", address(served(deal)), timedelta(seconds=2))
    began = time.monotonic()
    outcome = channel.send(notice)
    assert (outcome.answer, time.monotonic() - began < 6, SECRET in outcome.detail) == (Answer.BUSY, True, False)


@pytest.mark.parametrize("url", ["", "nope://x", "telegram", "tgram://"])
def test_what_apprise_does_not_know_is_said_before_anything_starts(url):
    with pytest.raises(UsageError, match="apprise knows no such service"):
        LongTailChannel("ops", url)


def test_without_apprise_it_says_what_to_install(monkeypatch):
    monkeypatch.setattr(long_tail, "find_spec", lambda _: None)
    with pytest.raises(UsageError) as fault:
        LongTailChannel("ops", "ntfy://x")
    assert fault.value.hint == "pip install 'tocsin[apprise]'"


def test_a_long_text_is_cut_to_what_the_service_takes(served, notice):
    server = served(answering(200, "{}"))
    long = notice._replace(new=tuple(f"line {number} {'x' * 200}" for number in range(1000)))
    assert LongTailChannel("ops", address(server)).send(long).answer is Answer.ACCEPTED
    [(_, body)] = server.got
    assert len(json.loads(body)["message"]) <= 32768


@pytest.mark.parametrize(
    "text", ["<!channel>", "@everyone", "<@123>", "[console](https://evil.example)", "<b>x</b>", "#general", "<script>"]
)
def test_no_services_mark_is_made_of_a_name(notice, text):
    title, body = as_title_and_body(notice._replace(title=text, sentence=text, links=()))
    assert not re.search(r"<[!@a-zA-Z/]|@[a-z]|\]\(|#[a-z]", f"{title}\n{body}")
