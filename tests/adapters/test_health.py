"""What a worker shows: well or not, and its figures in Prometheus's own words."""

from __future__ import annotations

import json
import socket
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest

from tocsin.adapters.health import Shown, as_text
from tocsin.errors import UsageError


class Watched:
    well = True

    def health(self):
        return {"well": self.well, "trouble": {}}

    def figures(self):
        return {"tries_total": {(("channel", 'o"p\\s\n'),): 3.0}, "messages_total": {(): 12.0}, "tellings": {}}


def get(port, path):
    try:
        with urlopen(f"http://127.0.0.1:{port}{path}") as answer:
            return answer.status, answer.read().decode()
    except HTTPError as fault:
        return fault.code, fault.read().decode()


def test_health_is_a_status_and_says_why():
    watched = Watched()
    with Shown("127.0.0.1:0", watched) as shown:
        assert get(shown.port, "/healthz") == (200, json.dumps(watched.health()))
        watched.well = False
        assert get(shown.port, "/healthz")[0] == 503
        assert get(shown.port, "/etc/passwd")[0] == 404


def test_figures_are_text_that_prometheus_reads():
    with Shown("127.0.0.1:0", Watched()) as shown:
        assert get(shown.port, "/metrics") == (200, as_text(Watched().figures()))
    assert as_text(Watched().figures()).splitlines() == [
        "# TYPE tocsin_messages_total counter",
        "tocsin_messages_total 12",
        "# TYPE tocsin_tellings gauge",
        "# TYPE tocsin_tries_total counter",
        'tocsin_tries_total{channel="o\\"p\\\\s\\n"} 3',
    ]


@pytest.mark.parametrize("address", ["", "9464", "127.0.0.1", "127.0.0.1:http", "127.0.0.1:99999"])
def test_what_is_no_address_is_refused(address):
    with pytest.raises(UsageError, match="it is no HOST:PORT"):
        Shown(address, Watched())


def test_an_address_that_is_taken_is_refused():
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(UsageError, match="in use"):
        Shown(f"127.0.0.1:{taken.getsockname()[1]}", Watched())
