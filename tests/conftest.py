"""Puts the shared builders on the path, wherever this folder lies, and says what a test needs of the machine."""

import os
import shutil
import sys
from pathlib import Path

import pytest
from hypothesis import settings

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

settings.register_profile("short", max_examples=100, deadline=None)
settings.register_profile("long", max_examples=1_000, deadline=None)
settings.register_profile("longest", max_examples=10_000, deadline=None)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "short"))


# A test sets what it needs of these itself; what the developer's machine has for the real AWS is none of its business.
for name in list(os.environ):
    if name.startswith("AWS_") or name.lower().endswith("_proxy"):
        del os.environ[name]

# What a test may need beyond Python, by the commands that give it. TOCSIN_REQUIRE names those whose want is a failure.
TOOLS = {"aws": ("aws",), "browser": ("chromium", "chromium-browser"), "java": ("java",)}


def pytest_make_parametrize_id(val, argname):
    """Bytes are no name for a test: they may differ from one collection to the next."""
    return argname if isinstance(val, bytes) else None


def pytest_runtest_setup(item):
    """Skip a test marked `needs(TOOL)` where the tool is missing; fail it where TOCSIN_REQUIRE names the tool."""
    for mark in item.iter_markers("needs"):
        (tool,) = mark.args
        if any(map(shutil.which, TOOLS[tool])):
            continue
        say = f"{tool} is not on this machine ({' or '.join(TOOLS[tool])})"
        if tool in os.environ.get("TOCSIN_REQUIRE", "").split(","):
            pytest.fail(f"{say}, and TOCSIN_REQUIRE demands it", pytrace=False)
        pytest.skip(say)


@pytest.fixture(scope="session")
def rules():
    """The rules of the catalogue that are on by default."""
    from tocsin import config  # noqa: PLC0415 - so that collecting reads no catalogue
    from tocsin.core.match.rules import RuleSet, selected  # noqa: PLC0415 - as above
    from tocsin.core.settings import DEFAULTS  # noqa: PLC0415 - as above

    return RuleSet(selected(config.catalogue(), DEFAULTS))
