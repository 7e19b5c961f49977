"""The whole conformance suite: the verdicts of AWS's own engine, with and without the accelerator."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from places import SHARED
from tocsin.core.pattern import Pattern, PatternError, RuleIndex, compile_pattern, decode

VECTORS = SHARED / "patterns" / "vectors.jsonl"


@pytest.fixture(scope="module")
def cases():
    if not VECTORS.exists():
        pytest.skip(f"the conformance cases are not here: {VECTORS} (set TOCSIN_SHARED to the folder that has them)")
    with VECTORS.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def verdicts(cases, decide):
    for case in cases:
        try:
            pattern = compile_pattern(case["pattern"])
        except PatternError as error:
            yield case, "error" if error.hint and error.reason else "error without a reason or a hint"
        else:
            yield case, decide(pattern, case["event"])


def by_pattern(pattern: Pattern, event: str):
    return pattern.matches(event)


def by_pattern_bytes(pattern: Pattern, event: str):
    return pattern.matches(event.encode())


def by_index(pattern: Pattern, event: str):
    return RuleIndex([("rule", pattern)]).match(event) == ["rule"]


def by_index_bytes(pattern: Pattern, event: str):
    return RuleIndex([("rule", pattern)]).match(event.encode()) == ["rule"]


@pytest.mark.parametrize("decide", [by_pattern, by_pattern_bytes, by_index, by_index_bytes])
@pytest.mark.parametrize("accelerated", [True, False], ids=["msgspec", "standard library"])
def test_every_verdict_is_that_of_the_engine(cases, decide, accelerated, monkeypatch, capsys):
    if not accelerated:
        monkeypatch.setattr(decode, "msgspec", None)
    wrong = [
        f"{case['id']}: got {got}, want {case['expect']}: {case['pattern']} on {case['event']}"
        for case, got in verdicts(cases, decide)
        if got != case["expect"]
    ]
    agreed = f"agreed {len(cases) - len(wrong):,} of {len(cases):,}"
    with capsys.disabled():
        print(f"\n{decide.__name__}, msgspec {accelerated}: {agreed}")  # noqa: T201 - the figure itself
    assert wrong == []


def test_every_pattern_at_once_gives_the_same_verdicts(cases):
    patterns: dict[str, Pattern] = {}
    for case in cases:
        if case["expect"] != "error":
            patterns.setdefault(case["pattern"], compile_pattern(case["pattern"]))
    index = RuleIndex(patterns.items())
    events = {case["event"]: {} for case in cases if case["expect"] != "error"}
    for case in cases:
        if case["expect"] != "error":
            events[case["event"]][case["pattern"]] = case["expect"]
    for event, expected in events.items():
        for form in (event, event.encode()):
            found = set(index.match(form))
            assert {text: text in found for text in expected} == expected, event


def test_the_patterns_work_where_msgspec_is_not_installed():
    script = """
import sys
sys.modules["msgspec"] = None
from tocsin.core.pattern import RuleIndex, compile_pattern
index = RuleIndex([("deleted", compile_pattern({"detail": {"eventName": ["DeleteUser"]}}))])
print(index.match(b'{"detail": {"eventName": "DeleteUser"}}'))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout == "['deleted']\n"
