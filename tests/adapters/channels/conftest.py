"""Servers that end with the test."""

from __future__ import annotations

import pytest

from builders import chapter_of, entry
from servers import Server
from tocsin.core.notice.compose import compose


@pytest.fixture
def served():
    servers = []

    def start(deal):
        servers.append(Server(deal))
        return servers[-1]

    yield start
    for one in servers:
        one.close()


@pytest.fixture
def notice(rules):
    return compose(chapter_of([entry(requestParameters={"userName": "Zoë"})]), rules)
