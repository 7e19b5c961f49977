"""What a person reads, as whole texts, and that nothing in it acts, whoever chose it.

The texts under ``golden/`` are reviewed by eye; ``TOCSIN_GOLDEN=write`` writes them anew.
"""

import json
import os
from datetime import timedelta, timezone
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import ACCOUNT, ALICE, HOSTILE, NOW, ROOT, SSO, at, chapter_of, denied, entry, failed
from tocsin.core.incident.deed import deed_of_rejected, key_of_rejected
from tocsin.core.incident.incident import Incident
from tocsin.core.match.rules import REJECTED, UNREADABLE
from tocsin.core.notice.compose import MOST_LINES, both_times, compose, in_plain_words
from tocsin.core.notice.notice import Chapter
from tocsin.core.notice.render import as_data, as_json, as_text
from tocsin.core.record.record import Rejected

GOLDEN = Path(__file__).parent / "golden"
ZURICH = timezone(timedelta(hours=1), "CET")
HOSTILE_ENTRY = entry(
    userIdentity={
        **ALICE,
        "arn": f"arn:aws:iam::{ACCOUNT}:user/<!channel>/{{actor}}/alice",
        "userName": "\x1b[31malice\u202e",
    },
    requestParameters={"userName": "bob\r\n[CRITICAL] forged {subject}"},
    userAgent="\x1b]0;title\x07 <https://evil.example|click> " + "x" * 500,
    sourceIPAddress="\ud800",
    awsRegion="us-east-1.evil.example/",
    eventID="../../\ud800?x=<y>",
)

STORIES = {
    "deleted": [entry()],
    "deleted_itself": [entry(requestParameters={"userName": "alice"})],
    "denied": [denied(resource="user division/bob")],
    "conflict": [failed("DeleteConflictException")],
    "missing": [failed("NoSuchEntityException")],
    "many": [at(n, requestParameters={"userName": f"user-{n:02}"}) for n in range(50)],
    "root": [entry(userIdentity=ROOT, userAgent="console.amazonaws.com")],
    "sso_role": [entry(userIdentity=SSO, sessionCredentialFromConsole="true", userAgent="Mozilla/5.0")],
    "with_preludes": [
        at(-40, name="DeleteAccessKey", requestParameters={"userName": "bob", "accessKeyId": "AKIAEXAMPLEBOB000001"}),
        at(-30, name="DeactivateMFADevice", requestParameters={"userName": "bob", "serialNumber": "arn:x:mfa/b"}),
        at(-20, name="RemoveUserFromGroup", requestParameters={"userName": "bob", "groupName": "ops"}),
        {**failed("DeleteConflict"), "eventID": "id-conflict", "eventTime": "2026-11-23T21:03:55Z"},
        at(0),
    ],
    "prelude_alone": [at(0, name="DeleteLoginProfile")],
    "neutral": [entry("CreateUser")],
    "hostile": [HOSTILE_ENTRY],
}  # fmt: skip


def notice_of(entries, rules, zone=ZURICH):
    return compose(chapter_of(entries, rules), rules, zone)


def check(name, text):
    file = GOLDEN / f"{name}.txt"
    if os.environ.get("TOCSIN_GOLDEN") == "write":
        file.write_text(f"{text}\n", "utf-8")
    assert text == file.read_text("utf-8").removesuffix("\n")


@pytest.mark.parametrize("name", STORIES)
def test_a_notice_reads_as_its_golden_text(name, rules):
    check(name, as_text(notice_of(STORIES[name], rules)))


@pytest.mark.parametrize(
    ("name", "rule", "body", "names"),
    [
        ("unreadable", UNREADABLE, b'{"detail": {"eventName": "DeleteUser"', "DeleteUser"),
        ("rejected", REJECTED, b"hello", ""),
    ],
)
def test_a_message_that_cannot_be_read_reads_as_its_golden_text(name, rule, body, names, rules):
    rejected = Rejected("not JSON: Expecting value (line 1, column 1)", body)
    deed = deed_of_rejected(rejected, rule, names, NOW)
    head = Incident("inc-0", key_of_rejected(rejected, rule.family), 1, NOW, NOW, NOW, deed, records=1, deeds=1)
    check(name, as_text(compose(Chapter(head, 1, [deed]), rules, ZURICH)))


def test_every_golden_text_has_its_test():
    assert {file.stem for file in GOLDEN.glob("*.txt")} == {*STORIES, "unreadable", "rejected"}


@pytest.mark.parametrize("name", STORIES)
def test_json_is_one_line_of_ascii_that_says_the_same(name, rules):
    notice = notice_of(STORIES[name], rules)
    text = as_json(notice)
    assert (text.isascii(), "\n" in text, json.loads(text)) == (True, False, as_data(notice))


@pytest.mark.parametrize("name", STORIES)
def test_a_subject_line_names_the_account(name, rules):
    assert ACCOUNT in notice_of(STORIES[name], rules).title


def hostile_entry(text):
    """An entry with the text in every field that somebody may shape, and in those that nobody should."""
    identity = {
        "type": "AssumedRole",
        "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/{text}/{text}",
        "principalId": f"AROA1:{text}",
        "accountId": text,
        "userName": text,
        "invokedBy": text,
        "sessionContext": {"sessionIssuer": {"userName": text, "arn": text}},
        "onBehalfOf": {"userId": text},
    }
    changed = ("eventID", "awsRegion", "sourceIPAddress", "userAgent", "recipientAccountId", "errorMessage")
    return entry(
        requestParameters={"userName": text, "groupName": text},
        userIdentity=identity,
        **dict.fromkeys(changed, text),
    )


def is_inert(text):
    return all(character.isprintable() for character in text)


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text[:12]))
def test_the_names_of_several_victims_and_of_what_else_rang_are_inert(text, rules):
    users = [entry(requestParameters={"userName": f"{name}{text}"}, eventID=name) for name in ("bob", "eve")]
    role = entry("DeleteRole", requestParameters={"roleName": f"deployer{text}"}, eventID="role")
    notice = notice_of([*users, role], rules)
    assert (len(notice.subjects), len(notice.new)) == (2, 3)
    plain = in_plain_words(chapter_of([*users, role], rules), text)
    lines = (*notice.subjects, *notice.new, notice.title, notice.sentence, plain.title, plain.sentence)
    assert [line for line in lines if not is_inert(line)] == []
    assert all(line.encode("utf-8") for line in lines)


@pytest.mark.parametrize("error", [None, "AccessDenied", "{actor}\x1b[31m"], ids=["done", "denied", "an odd error"])
@pytest.mark.parametrize("name", ["DeleteUser", "RemoveUserFromGroup", "CreateUser", "Wh\x1bat{to}\n"], ids=ascii)
@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: ascii(text[:12]))
def test_what_an_attacker_chose_is_inert_wherever_it_stands(text, name, error, rules):
    made = {**hostile_entry(text), "eventName": name}
    if error:
        made["errorCode"] = error
    prelude = {**made, "eventName": "DetachUserPolicy", "eventID": f"other {text}"}
    prelude.pop("errorCode", None)
    for entries in ([made], [made, prelude]):
        notice = notice_of(entries, rules)
        shown = as_text(notice)
        assert all(is_inert(line) for line in shown.split("\n"))
        assert shown.encode("utf-8")
        assert not any(line.startswith("[CRITICAL]") or "Subject:" in line[:9] for line in shown.split("\n"))
        assert json.loads(as_json(notice)) == as_data(notice)
        assert len(shown) < 20_000


@pytest.mark.parametrize(
    "region", ["us-east-1", "evil.example/", "a@evil.example", "evil.example#", "us-east-1\n", "", "-"]
)
def test_a_link_leads_to_the_console_or_is_not_there(region, rules):
    for link in notice_of([entry(awsRegion=region)], rules).links:
        assert urlsplit(link.url).hostname == "us-east-1.console.aws.amazon.com"


def test_a_link_of_another_partition_leads_to_its_own_console(rules):
    hosts = {r: {urlsplit(one.url).hostname for one in notice_of([entry(awsRegion=r)], rules).links}
             for r in ("cn-north-1", "us-gov-west-1", "us-iso-east-1")}  # fmt: skip
    assert hosts == {
        "cn-north-1": {"cn-north-1.console.amazonaws.cn"},
        "us-gov-west-1": {"us-gov-west-1.console.amazonaws-us-gov.com"},
        "us-iso-east-1": set(),
    }


def test_a_name_at_the_start_of_a_sentence_stays_as_it_is_written(rules):
    notice = notice_of([denied(userIdentity=SSO)], rules)
    assert notice.sentence.startswith("carol@example.com (permission set AdministratorAccess) tried to delete")


@pytest.mark.parametrize(
    ("zone", "said"),
    [
        (timezone.utc, "2026-11-23 21:05:00 UTC"),  # noqa: UP017 - any zone, UTC among them
        (ZURICH, "2026-11-23 21:05:00 UTC (22:05:00 CET)"),
        (timezone(timedelta(hours=13), "NZDT"), "2026-11-23 21:05:00 UTC (2026-11-24 10:05:00 NZDT)"),
        (timezone(timedelta(0), "GMT"), "2026-11-23 21:05:00 UTC"),
    ],
)
def test_a_time_is_told_in_utc_and_where_the_reader_is(zone, said):
    assert both_times(NOW, zone) == said


def test_lines_are_as_wide_as_asked_and_long_words_stay_whole(rules):
    notice = notice_of(STORIES["many"], rules)
    long = {line for line in as_text(notice, 40).split("\n")[2:] if len(line) > 40}
    assert all("/" in line or ": " in line or " " not in line.strip() for line in long)


NAMES = st.text(st.characters(), min_size=1, max_size=40)


@given(name=NAMES, agent=NAMES, group=NAMES)
def test_no_text_breaks_a_notice(rules, name, agent, group):
    made = entry(
        "RemoveUserFromGroup", requestParameters={"userName": name, "groupName": group}, userAgent=agent, eventID=name
    )
    notice = notice_of([made], rules)
    assert all(is_inert(line) for line in as_text(notice).split("\n"))
    assert json.loads(as_json(notice)) == as_data(notice)


def users(count, first=0):
    return [at(n, requestParameters={"userName": f"user-{n:03}"}) for n in range(first, first + count)]


def test_what_is_new_stands_first_and_what_else_rang_in_the_story_after_it(rules):
    whole = chapter_of(users(5), rules)
    notice = compose(whole._replace(news=whole.news[3:], earlier=whole.news[:3]), rules)
    assert notice.sentence == "2 IAM users were deleted by IAM user alice: user-003 and user-004."
    assert notice.new == ("21:04:08  deleted IAM user user-003", "21:04:09  deleted IAM user user-004")
    assert notice.story == tuple(f"21:04:0{5 + n}  deleted IAM user user-00{n}" for n in range(3))
    text = as_text(notice)
    assert text.index("New (UTC)") < text.index("Also in this story (UTC)")


def test_a_thousand_are_told_by_the_first_twenty_and_their_count(rules):
    whole = chapter_of(users(1000), rules)
    notice = compose(whole._replace(news=whole.news[500:], earlier=whole.news[:100]), rules)
    assert (len(notice.new), notice.new[-1]) == (MOST_LINES + 1, "and 480 more")
    assert (len(notice.story), notice.story[-1]) == (MOST_LINES + 1, "and 480 more")
    assert len(as_text(notice)) < 10_000


def test_same_second_deeds_stand_in_the_order_of_cause(rules):
    made = [at(0), at(1, name="DeleteLoginProfile", eventTime="2026-11-23T21:04:05Z"), denied(eventID="d")]
    notice = compose(chapter_of(made, rules), rules)
    assert [line.split("  ")[1].split()[0] for line in notice.new] == ["tried", "deleted"]
    assert notice.before == ("21:04:05  deleted the console password of IAM user bob",)


def test_plain_words_say_what_happened_and_why_they_are_plain(rules):
    notice = in_plain_words(chapter_of(users(3), rules), "400 too long")
    assert notice.sentence == (
        "DeleteUser, IAM user user-000 and 2 more: the whole notice could not be delivered (400 too long)."
    )
    assert "user-000" in as_text(notice)
