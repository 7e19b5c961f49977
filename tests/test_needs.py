"""A test that needs a tool says so, and a machine that must have it fails without."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

NEEDY = """
import pytest

@pytest.mark.needs("browser")
def test_a_page():
    pass
"""


@pytest.fixture
def run(pytester, monkeypatch):
    """Run a test that needs a browser on a machine without one."""
    monkeypatch.setenv("PATH", "")
    conftest = Path(__file__).with_name("conftest.py").read_text("utf-8")
    pytester.makeconftest(conftest)
    pytester.makeini("[pytest]\nmarkers = needs(tool)")
    pytester.makepyfile(NEEDY)
    return lambda: pytester.runpytest_inprocess("-p", "no:cacheprovider")


def test_a_missing_tool_is_a_skip_with_a_clear_message(run, monkeypatch):
    monkeypatch.delenv("TOCSIN_REQUIRE", raising=False)
    outcome = run()
    outcome.assert_outcomes(skipped=1)


def test_a_missing_tool_that_is_required_is_a_failure(run, monkeypatch):
    monkeypatch.setenv("TOCSIN_REQUIRE", "browser,java")
    outcome = run()
    outcome.assert_outcomes(errors=1)
    outcome.stdout.fnmatch_lines(["*browser is not on this machine*TOCSIN_REQUIRE demands it*"])
