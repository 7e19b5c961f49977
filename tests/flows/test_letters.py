"""Dead letters: told in words and left where they are; sent first, and only then taken out."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from builders import entry, event_of
from tocsin import config
from tocsin.core.delivery.letters import Letter
from tocsin.core.match.rules import RuleSet, selected
from tocsin.core.settings import DEFAULTS
from tocsin.errors import Unreachable
from tocsin.flows.letters import move, replay, tell, waiting

RULES = RuleSet(selected(config.catalogue(), DEFAULTS))
NOW = datetime(2026, 11, 26, tzinfo=UTC)
TOPIC = "arn:aws:sns:us-east-1:123456789012:tocsin"
LETTER = Letter(
    "m-1", json.dumps(event_of(entry())).encode(), "h-1", NOW, 1,
    rule="arn:aws:events:us-east-1:123456789012:rule/tocsin-wire-iam-user-deleted", target=TOPIC,
    code="NO_PERMISSIONS", reason="the policy\x1b[31m lets nobody in",
)  # fmt: skip
SECOND = replace(LETTER, id="m-2", handle="h-2", body=b"rubbish")


class FakeLetters:
    def __init__(self, *letters, fails=(), states=()):
        self.letters, self.calls, self.fails, self.states = letters, [], set(fails), list(states)

    def take(self):
        yield from self.letters

    def release(self, letters):
        self.calls.append(("release", [one.id for one in letters]))

    def delete(self, letter):
        self.calls.append(("delete", letter.id))

    def send(self, target, body, title, text):
        if body in self.fails:
            raise Unreachable("no")
        self.calls.append(("send", target, title))

    def start_moving(self):
        return "task"

    def moving(self, task):
        return self.states.pop(0)


def say(letter):
    return tell(letter, RULES, DEFAULTS, NOW)


def test_a_letter_is_told_as_its_event_would_be_with_the_reason_in_inert_words():
    told = say(LETTER)
    assert told.title.startswith("IAM user")
    assert "rule tocsin-wire-iam-user-deleted could not deliver it to tocsin: NO_PERMISSIONS: " in told.letter.why
    assert "\x1b" not in told.letter.why
    assert say(SECOND).title == "unreadable (7 bytes)"
    assert "given up by the responder; received 11 times" in replace(LETTER, code="", reason="", receives=11).why


def test_what_waits_is_told_oldest_first_and_stays():
    letters = FakeLetters(LETTER, replace(SECOND, sent=NOW.replace(year=2025)))
    assert [one.letter.id for one in waiting(letters, RULES, DEFAULTS, NOW)] == ["m-2", "m-1"]
    assert letters.calls == [("release", ["m-1", "m-2"])]


def test_each_is_sent_before_it_is_taken_out():
    letters = FakeLetters(LETTER, SECOND)
    assert [one.letter.id for one in replay(letters, say)] == ["m-1", "m-2"]
    assert [call[0] for call in letters.calls] == ["send", "delete", "send", "delete", "release"]
    assert letters.calls[-1] == ("release", [])


def test_what_is_refused_stays_and_all_after_it():
    letters = FakeLetters(SECOND, LETTER, fails=["rubbish"])
    with pytest.raises(Unreachable):
        list(replay(letters, say))
    assert letters.calls == [("release", ["m-2", "m-1"])]


def test_aws_is_waited_for_while_it_moves():
    slept = []
    states = [("RUNNING", 0, ""), ("RUNNING", 3, ""), ("COMPLETED", 5, "")]
    assert (move(FakeLetters(states=states), slept.append), slept) == (5, [2.0, 2.0])


@pytest.mark.parametrize("state", ["FAILED", "CANCELLED"])
def test_a_move_that_ends_otherwise_is_told_with_its_reason(state):
    with pytest.raises(Unreachable, match=f"ended {state} after 2: CouldNotDetermineMessageSource"):
        move(FakeLetters(states=[(state, 2, "CouldNotDetermineMessageSource")]), lambda _: None)


def test_a_move_that_does_not_end_is_told_as_going_on():
    with pytest.raises(Unreachable, match="AWS goes on"):
        move(FakeLetters(states=[("RUNNING", 0, "")] * 1000), lambda _: None)
