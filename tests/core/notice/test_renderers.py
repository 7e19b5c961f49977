"""What a channel's own markup makes of hostile text: nothing; and its limits are kept."""

from __future__ import annotations

import email.policy
import json
import re
from email.parser import BytesParser
from html.parser import HTMLParser

import pytest

from builders import ALICE, HOSTILE, NOW, at, chapter_of, entry
from hostile import CORPUS
from tocsin.core.notice.aws import as_finding, as_sns
from tocsin.core.notice.cloudevent import as_cloudevent
from tocsin.core.notice.compose import compose
from tocsin.core.notice.long_tail import as_title_and_body
from tocsin.core.notice.mail import as_html, as_mail
from tocsin.core.notice.pages import as_opsgenie, as_pagerduty
from tocsin.core.notice.render import as_text
from tocsin.core.notice.slack import as_slack
from tocsin.core.notice.teams import as_teams

MARKUP = (
    *HOSTILE,
    "<!here> <@U1> <#C1|x> <https://evil.example|IAM console>",
    "*bold* _it_ ~no~ `code` ```pre```",
    "&lt;!channel&gt; &amp;lt;script&amp;gt;",
    '"><img src=x onerror=alert(1)>',
    "</td></table><script>alert(1)</script>",
    "a\r\nBcc: eve@example.com",
    "=?utf-8?q?=0aBcc:_eve@example.com?=",
    "javascript:alert(1)",
)


def notice_of(text, rules, count=1):
    made = [
        entry(
            requestParameters={"userName": f"{text}{number}"},
            userIdentity={**ALICE, "userName": text, "arn": f"arn:aws:iam::111122223333:user/{text}"},
            userAgent=text,
            sourceIPAddress=text,
            eventID=f"{text}{number}",
        )
        for number in range(count)
    ]
    return compose(chapter_of(made, rules), rules)


def texts_of(value):
    if isinstance(value, dict):
        for one in value.values():
            yield from texts_of(one)
    elif isinstance(value, list):
        for one in value:
            yield from texts_of(one)
    elif isinstance(value, str):
        yield value


class Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.seen = []

    def handle_starttag(self, tag, attributes):
        self.seen.append((tag, dict(attributes)))


@pytest.mark.parametrize("text", MARKUP, ids=lambda text: ascii(text[:16]))
def test_slack_makes_no_mention_no_link_and_no_emphasis_of_it(rules, text):
    payload = as_slack(notice_of(text, rules))
    plain = payload["blocks"][0]["text"]
    assert plain["type"] == "plain_text"  # of which Slack makes nothing
    marked = [one for one in texts_of(payload) if one != plain["text"] and not one.startswith("<https://")]
    assert not [one for one in marked if "<" in one or ">" in one]
    links = [one for one in texts_of(payload) if one.startswith("<https://")]
    assert all(part.startswith("https://us-east-1.console.aws.amazon.com/") for one in links for part in
               (piece.split("|")[0] for piece in one.split("<")[1:]))  # fmt: skip


@pytest.mark.parametrize("text", MARKUP, ids=lambda text: ascii(text[:16]))
def test_teams_reads_nothing_of_it_as_markdown_and_leads_nowhere_else(rules, text):
    [attachment] = json.loads(as_teams(notice_of(text, rules)))["attachments"]
    card = attachment["content"]
    assert {block["type"] for block in card["body"]} == {"RichTextBlock"}
    inlines = [one for block in card["body"] for one in block["inlines"]]
    assert {one["type"] for one in inlines} == {"TextRun"}  # which is never Markdown
    assert not [one for one in inlines if "selectAction" in one]
    assert all(one["url"].startswith("https://us-east-1.console.aws.amazon.com/") for one in card["actions"])


@pytest.mark.parametrize("count", [1, 60, 1000])
@pytest.mark.parametrize("text", ["user", "x" * 300, "ü" * 300, "😀" * 100])
def test_the_limits_of_those_who_call_people_are_kept(rules, text, count):
    notice = notice_of(text, rules, count)
    assert len(as_teams(notice)) <= 28 * 1024
    event = as_pagerduty(notice, "K" * 32)
    assert (len(event["payload"]["summary"]) <= 1024, len(event["dedup_key"]) <= 255) == (True, True)
    assert len(json.dumps(event)) <= 512 * 1024
    alert = as_opsgenie(notice)
    assert (len(alert["message"]) <= 130, len(alert["description"]) <= 15_000, len(alert["alias"]) <= 512) == (
        True,
    ) * 3
    assert sum(len(key) + len(value) for key, value in alert["details"].items()) <= 8000


@pytest.mark.parametrize("count", [1, 60, 1000])
@pytest.mark.parametrize("text", ["user", "x" * 300, "ü" * 300, "😀" * 100])
def test_the_limits_of_aws_are_kept(rules, text, count):
    notice = notice_of(text, rules, count)
    published = as_sns(notice, TOPIC)
    subject, message = published["Subject"], published["Message"]
    assert (subject.isascii(), len(subject) <= 100, subject.isprintable()) == (True, True, True)
    assert len(message.encode()) < 256 * 1024
    assert (len(json.loads(message)["sms"]) <= 140, set(json.loads(message))) == (True, {"default", "sms"})
    finding = as_finding(notice, "111122223333", "us-east-1", NOW)
    assert (len(finding["Title"]) <= 256, len(finding["Description"]) <= 1024) == (True, True)
    assert len(finding["Remediation"]["Recommendation"]["Text"]) <= 512
    assert len(finding["ProductFields"]) <= 50
    assert all(len(key) <= 128 and 0 < len(value) <= 2048 for key, value in finding["ProductFields"].items())
    assert len(json.dumps(finding, ensure_ascii=False).encode()) < 240 * 1024


def test_a_topic_that_keeps_the_order_has_a_group_an_incident_and_knows_what_it_has(rules):
    first, second = (as_sns(notice_of(one, rules), f"{TOPIC}.fifo") for one in ("bob", "bob"))
    assert first["MessageGroupId"] == "inc-0"
    assert first["MessageDeduplicationId"] == second["MessageDeduplicationId"]
    assert "MessageGroupId" not in as_sns(notice_of("bob", rules), TOPIC)


@pytest.mark.parametrize("text", MARKUP, ids=lambda text: ascii(text[:16]))
def test_html_makes_no_tag_of_it_and_fetches_nothing(rules, text):
    tags = Tags()
    tags.feed(as_html(notice_of(text, rules)))
    known = {
        "html",
        "head",
        "meta",
        "body",
        "h2",
        "h3",
        "p",
        "strong",
        "table",
        "tr",
        "th",
        "td",
        "ul",
        "ol",
        "li",
        "a",
        "small",
    }
    assert {tag for tag, _ in tags.seen} <= known
    assert all(
        one["href"].startswith("https://us-east-1.console.aws.amazon.com/") for tag, one in tags.seen if tag == "a"
    )
    assert {name for _, attributes in tags.seen for name in attributes} <= {
        "charset", "style", "cellpadding", "align", "valign", "href",
    }  # fmt: skip


@pytest.mark.parametrize("text", MARKUP, ids=lambda text: ascii(text[:16]))
def test_a_mail_has_the_headers_that_it_was_given_and_no_others(rules, text):
    raw = as_mail(notice_of(text, rules), "bell@example.com", ["ops@example.com"], NOW).as_bytes()
    mail = BytesParser(policy=email.policy.default).parsebytes(raw)
    assert set(mail.keys()) == {
        "Subject", "From", "To", "Date", "Message-ID", "In-Reply-To", "References", "Auto-Submitted", "MIME-Version",
        "Content-Type",
    }  # fmt: skip
    assert (mail["To"], len(str(mail["Subject"])) <= 200) == ("ops@example.com", True)


@pytest.mark.parametrize("count", [1, 60, 1000])
@pytest.mark.parametrize("text", ["user", "x" * 300, "&" * 300])
def test_slacks_limits_are_kept(rules, text, count):
    payload = as_slack(notice_of(text, rules, count))
    assert len(payload["blocks"]) <= 50
    assert len(payload["blocks"][0]["text"]["text"]) <= 150
    sections = [one["text"]["text"] for one in payload["blocks"] if one["type"] == "section"]
    assert all(0 < len(one) <= 3000 for one in sections)
    assert not [one for one in sections if one.rstrip("…").rpartition("&")[2].count(";") == 0 and "&" in one[-6:]]


def test_a_cloudevent_is_ascii_and_has_one_id_a_revision(rules):
    notice = compose(chapter_of([at(0), at(1, requestParameters={"userName": "Zoë"})], rules), rules)
    body = as_cloudevent(notice, NOW)
    assert body.isascii()
    assert json.loads(body)["id"] == f"{notice.incident}/2"


def test_the_corpus_is_as_large_as_it_is_said_to_be():
    assert len(CORPUS) >= 200


TOPIC = "arn:aws:sns:us-east-1:111122223333:bell"
ACTS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]")


@pytest.mark.parametrize("part", range(8))
def test_no_text_of_the_corpus_acts_in_any_channel(rules, part):
    """Each is rendered for every channel and parsed back: as many parts as of a plain name, and no more."""
    plain = notice_of("bob", rules)
    finding = as_finding(plain, "1" * 12, "us-east-1", NOW)
    for text in CORPUS[part::8]:
        notice = notice_of(text, rules)
        assert not ACTS.search(as_text(notice).replace("\n", "")), text
        assert len(as_text(notice, 10**6).splitlines()) == len(as_text(plain, 10**6).splitlines()), text
        assert shape(json.loads(as_cloudevent(notice, NOW))) == shape(json.loads(as_cloudevent(plain, NOW))), text
        assert shape(json.loads(as_teams(notice))) == shape(json.loads(as_teams(plain))), text
        assert shape(as_pagerduty(notice, "K")) == shape(as_pagerduty(plain, "K")), text
        assert shape(as_opsgenie(notice)) == shape(as_opsgenie(plain)), text
        assert shape(as_finding(notice, "1" * 12, "us-east-1", NOW)) == shape(finding), text
        title, body = as_title_and_body(notice)
        assert not re.search(r"<[!@#a-zA-Z/]|@\w|\]\(", f"{title}\n{body}"), text
        assert len(body.splitlines()) == len(as_title_and_body(plain)[1].splitlines()), text
        published = as_sns(notice, TOPIC)
        assert shape(published) == shape(as_sns(plain, TOPIC)), text
        assert json.loads(published["Message"])["default"] == as_text(notice), text
        assert published["Subject"].isprintable(), text
        slack = as_slack(notice)
        assert shape(slack) == shape(as_slack(plain)), text
        marked = [one for one in texts_of(slack) if one is not slack["blocks"][0]["text"]["text"]]
        assert not [one for one in marked if "<" in one.replace("<https://us-east-1.console.aws.amazon.com/", "")], text
        tags, own = Tags(), Tags()
        tags.feed(as_html(notice))
        own.feed(as_html(plain))
        assert [tag for tag, _ in tags.seen] == [tag for tag, _ in own.seen], text
        raw = as_mail(notice, "bell@example.com", ["ops@example.com"], NOW).as_bytes()
        mail = BytesParser(policy=email.policy.default).parsebytes(raw)
        assert (len(mail.keys()), mail["To"], mail["Bcc"]) == (10, "ops@example.com", None), text
        assert len(list(mail.walk())) == 3, text


def shape(value):
    """A value without its texts: which keys, how many parts."""
    if isinstance(value, dict):
        return {key: shape(one) for key, one in value.items()}
    return [shape(one) for one in value] if isinstance(value, list) else type(value).__name__
