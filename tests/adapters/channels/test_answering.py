"""The Slack bot and PagerDuty: what they post, how they hear who has acknowledged, and what goes wrong there."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from far_slack import TOKEN, Slack
from servers import answering, dripping_head, endless, hanging_up, speaking_something_else
from tocsin.adapters.channels.pagerduty import PagerDutyChannel
from tocsin.adapters.channels.slack_bot import SlackBotChannel
from tocsin.core.delivery.outcome import Answer, Nod


@pytest.fixture
def slack():
    return Slack()


@pytest.fixture
def bot(slack, served):
    server = served(slack.deal)
    return SlackBotChannel("ops", TOKEN, "C0123456789", server.url)


def test_an_incident_is_a_thread_whose_first_message_is_kept_up_to_date(bot, slack, notice):
    first = bot.send(notice)
    assert first.answer is Answer.ACCEPTED
    later = notice._replace(revision=2, title="IAM users Zoë and bob deleted", thread=first.thread)
    assert bot.send(later).thread == first.thread
    posted, reply = slack.messages.values()
    assert (posted["blocks"][0]["text"]["text"], posted["channel"]) == (later.title, "C0123456789")
    assert (reply["thread_ts"], reply["reply_broadcast"]) == (first.thread, True)
    assert [one["metadata"]["event_payload"]["through"] for one in (posted, reply)] == [1, 2]


def test_a_thread_that_was_deleted_is_begun_anew(bot, slack, notice):
    outcome = bot.send(notice._replace(thread="1600000000.000100"))
    assert (outcome.answer, list(slack.messages)) == (Answer.ACCEPTED, [outcome.thread])


def test_a_first_message_that_can_not_be_updated_costs_nobody_the_news(bot, slack, notice):
    thread = bot.send(notice).thread
    slack.errors["chat.update"] = "cant_update_message"
    outcome = bot.send(notice._replace(revision=2, thread=thread))
    assert (outcome.answer, outcome.detail) == (
        Answer.ACCEPTED,
        "ok; the first message is as it was: cant_update_message",
    )
    assert len(slack.messages) == 2


@pytest.mark.parametrize(
    ("error", "answer", "says"),
    [
        ("token_revoked", Answer.BUSY, "install the app anew"),
        ("account_inactive", Answer.BUSY, "install the app anew"),
        ("not_in_channel", Answer.BUSY, "/invite"),
        ("is_archived", Answer.BUSY, "name another one"),
        ("missing_scope", Answer.BUSY, "scope"),
        ("ratelimited", Answer.BUSY, "ratelimited"),
        ("internal_error", Answer.BUSY, "internal_error"),
        ("msg_too_long", Answer.REFUSED, "msg_too_long"),
        ("invalid_blocks", Answer.REFUSED, "invalid_blocks"),
    ],
)
def test_what_slack_refuses_is_said_with_the_way_out(served, notice, error, answer, says):
    far = Slack()
    far.errors["chat.postMessage"] = error
    outcome = SlackBotChannel("ops", TOKEN, "C0123456789", served(far.deal).url).send(notice)
    assert (outcome.answer, says in outcome.detail, outcome.thread) == (answer, True, "")


def test_a_token_that_is_wrong_is_shown_to_nobody(slack, served, notice):
    outcome = SlackBotChannel("ops", "xoxb-other", "C0123456789", served(slack.deal).url).send(notice)
    assert (outcome.answer, "xoxb" in outcome.detail) == (Answer.BUSY, False)


@pytest.mark.parametrize(
    "deal",
    [
        hanging_up, speaking_something_else, endless, answering(200, "<html>sign in</html>"), answering(200, "[]"),
        answering(302, Location="https://evil.example/"), answering(500, '{"ok": true}'),
        answering(429, Retry_After="7"),
        answering(200, '{"ok": "true"}'), answering(200, '{"ok": false}'),
    ],
)  # fmt: skip
def test_what_is_no_answer_of_slack_is_busy_and_nobody_has_acknowledged(served, notice, deal):
    channel = SlackBotChannel("ops", TOKEN, "C0123456789", served(deal).url)
    outcome = channel.send(notice)
    assert (outcome.answer, outcome.thread, TOKEN in outcome.detail) == (Answer.BUSY, "", False)
    assert channel.heard("inc-0", "1.2") == []


def test_how_long_slack_wants_to_be_left_alone_is_heard(served, notice):
    channel = SlackBotChannel("ops", TOKEN, "C0123456789", served(answering(429, "{}", Retry_After="7")).url)
    assert channel.send(notice).retry_after.total_seconds() == 7


def test_a_reaction_says_who_has_seen_through_which_deed(bot, slack, notice):
    thread = bot.send(notice).thread
    bot.send(notice._replace(revision=4, thread=thread))
    first, reply = slack.messages.values()
    assert bot.heard(notice.incident, thread) == []
    first["reactions"] = [{"name": "tada", "users": ["U1"]}, {"name": "+1::skin-tone-3", "users": ["U2", "U3"]}]
    reply["reactions"] = [{"name": "eyes", "users": ["U4"]}]
    assert bot.heard(notice.incident, thread) == [Nod("U2 by Slack", 1), Nod("U4 by Slack", 4)]
    assert bot.heard("inc-another", thread) == []
    assert bot.heard(notice.incident, "") == ()


@pytest.mark.parametrize("junk", [None, 1, {}, {"metadata": 1}, {"metadata": {"event_type": "tocsin_notice"}}, "x"])
def test_what_others_write_into_the_thread_acknowledges_nothing(bot, slack, notice, junk):
    thread = bot.send(notice).thread
    slack.conversations_replies = lambda _: {"ok": True, "messages": [junk, {"reactions": [{"name": "eyes"}]}]}
    assert bot.heard(notice.incident, thread) == []


def test_who_acknowledged_elsewhere_is_said_in_the_thread_and_can_mention_nobody(bot, slack, notice):
    thread = bot.send(notice).thread
    assert bot.acknowledged(notice.incident, thread, "eve <!channel>").answer is Answer.ACCEPTED
    said = slack.calls[-1][1]
    assert (said["thread_ts"], said["text"]) == (thread, "Acknowledged by eve &lt;!channel&gt;.")
    assert "reply_broadcast" not in said


class PagerDuty:
    def __init__(self, incidents=()):
        self.events, self.asked, self.incidents = [], [], incidents

    def deal(self, server, connection):
        data = connection.recv(65536)
        head, _, body = data.partition(b"\r\n\r\n")
        if head.startswith(b"GET"):
            self.asked.append(head.decode())
            answering(200, json.dumps({"incidents": list(self.incidents)}), read=False)(server, connection)
            return
        while not body.endswith(b"}"):
            body += connection.recv(65536)
        self.events.append(json.loads(body))
        answering(202, '{"status":"success"}', read=False)(server, connection)


def person(name):
    return {"type": "user_reference", "summary": name}


AT = "2026-11-27T03:05:00Z"


def incident(**more):
    return {"incident_key": "inc-0", "status": "acknowledged"} | more


resolved = {"status": "resolved", "last_status_change_at": AT}


@pytest.mark.parametrize(
    ("incidents", "who"),
    [
        ([incident(acknowledgements=[{"at": AT, "acknowledger": person("Jane")}])], ["Jane by PagerDuty"]),
        ([incident(**resolved, last_status_change_by=person("Joe"))], ["Joe by PagerDuty"]),
        ([incident(**resolved, last_status_change_by={"type": "service_reference"})], []),
        ([incident(acknowledgements=[{"at": "soon", "acknowledger": person("Jane")}])], []),
        ([incident(incident_key="inc-1", acknowledgements=[{"at": AT, "acknowledger": person("Jane")}])], []),
        ([incident(acknowledgements=[None, {"at": AT, "acknowledger": None}]), None, 1], []),
        ([], []),
    ],
)  # fmt: skip
def test_pagerduty_is_asked_which_person_has_acknowledged_and_when(served, incidents, who):
    far = PagerDuty(incidents)
    server = served(far.deal)
    channel = PagerDutyChannel("pager", "K" * 32, server.url, "secret-token", server.url)
    nods = channel.heard("inc-0", "")
    assert [one.who for one in nods] == who
    assert all(one.at == datetime(2026, 11, 27, 3, 5, tzinfo=UTC) for one in nods)
    asked = parse_qs(urlsplit(far.asked[0].split()[1]).query)
    assert (asked["incident_key"], asked["statuses[]"]) == (["inc-0"], ["acknowledged", "resolved"])
    assert "Authorization: Token token=secret-token" in far.asked[0]


@pytest.mark.parametrize(
    "deal",
    [
        hanging_up,
        speaking_something_else,
        answering(200, "[]", read=False),
        answering(200, '{"incidents": 3}', read=False),
    ],
)
def test_what_is_no_answer_of_pagerduty_acknowledges_nothing(served, deal):
    server = served(deal)
    assert PagerDutyChannel("pager", "K" * 32, server.url, "t", server.url).heard("inc-0", "") == []


def test_pagerduty_resolves_the_alert_of_what_was_seen_elsewhere(served, notice):
    far = PagerDuty()
    server = served(far.deal)
    channel = PagerDutyChannel("pager", "K" * 32, server.url)
    assert channel.send(notice).answer is Answer.ACCEPTED
    assert channel.acknowledged(notice.incident, "", "jane").answer is Answer.ACCEPTED
    assert [one["event_action"] for one in far.events] == ["trigger", "resolve"]
    assert {one["dedup_key"] for one in far.events} == {notice.incident}
    assert not channel.asks


def test_a_bot_whose_far_side_drips_ends_in_the_time_that_a_channel_has(served, notice, monkeypatch):
    monkeypatch.setattr("tocsin.adapters.channels.slack_bot._POST", timedelta(seconds=0.4))
    outcome = SlackBotChannel("ops", TOKEN, "C0123456789", served(dripping_head).url).send(notice)
    assert (outcome.answer, outcome.detail) == (Answer.BUSY, "no answer within 0.4 s")
