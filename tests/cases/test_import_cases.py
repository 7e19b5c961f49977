"""The cases from the field that `rules import` has to take over right, or refuse; they are read where they lie."""

from __future__ import annotations

import json

import pytest

from places import SHARED
from rules_to_lint import NAMES
from tocsin.core.match.foreign_rules import Inexact, pattern_of

sigma = pytest.importorskip("tocsin.adapters.files.sigma")
pytest.importorskip("sigma", reason="the extra `sigma` is not installed")
FOLDER = SHARED / "cases"
SPELLING = sigma.Spelling(NAMES)

pytestmark = pytest.mark.skipif(
    not FOLDER.is_dir(), reason=f"no cases from the field at {FOLDER}: name their folder in TOCSIN_SHARED"
)


def read(name):
    return pattern_of(sigma.read((FOLDER / name).read_text("utf-8"), SPELLING).condition)


def test_the_spelling_is_cloudtrails():
    pattern = read("56-sigma-eventname-case.yml")
    assert pattern["source"] == ["aws.iam"]
    assert pattern["detail"] == {"eventSource": ["iam.amazonaws.com"], "eventName": ["DeleteUser"]}, json.dumps(pattern)


def test_what_may_be_a_list_is_not_negated():
    with pytest.raises(Inexact, match="it may be a list"):
        read("58-sigma-not-list.yml")
