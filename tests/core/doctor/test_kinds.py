"""Every code that a judge may give is explained, and every one that is explained is given by a judge."""

from __future__ import annotations

import re

import pytest

from places import ROOT
from tocsin import config
from tocsin.core.doctor.findings import Severity

SOURCES = [*ROOT.joinpath("src/tocsin/core/doctor").rglob("*.py"), ROOT / "src/tocsin/wiring/doctor.py"]
KINDS = config.finding_kinds()


def test_codes_in_the_code_are_those_that_are_explained():
    used = {code for path in SOURCES for code in re.findall(r'"(TOC\d{3})"', path.read_text("utf-8"))}
    assert used == set(KINDS)


@pytest.mark.parametrize("code", KINDS)
def test_each_says_what_is_wrong_what_follows_how_it_came_and_what_mends_it(code):
    kind = KINDS[code]
    assert kind.severity in Severity
    assert all(len(text) > 8 for text in (kind.title, kind.so, kind.cause, kind.mend))
    assert not kind.title.endswith(".")
    assert not kind.so.endswith(".")
    assert kind.cause.endswith(".")
    assert kind.mend.endswith(".")
