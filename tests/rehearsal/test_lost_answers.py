"""An answer that is lost on its way makes botocore ask again: the deployment goes on as if nothing had been."""

from __future__ import annotations

import http.client
import threading
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

from embedded_aws.calls.sealed import sealed_session
from tocsin import config
from tocsin.adapters.aws import Clients
from tocsin.adapters.cloudformation import Stacks
from tocsin.core.match.rules import selected
from tocsin.core.settings import DEFAULTS
from tocsin.flows import deploy

pytestmark = pytest.mark.rehearsal


class Losing(ThreadingHTTPServer):
    """Hands every request on, and loses the first answer to each operation."""

    def __init__(self, endpoint_url):
        super().__init__(("127.0.0.1", 0), Handing)
        self.behind = urlsplit(endpoint_url)
        self.lost = {}
        self.locked = threading.Lock()


class Handing(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        onward = http.client.HTTPConnection(self.server.behind.hostname, self.server.behind.port, timeout=60)
        onward.request("POST", self.path, body, dict(self.headers))
        answer = onward.getresponse()
        text = answer.read()
        (action,) = parse_qs(body.decode())["Action"]
        with self.server.locked:
            self.server.lost[action] = self.server.lost.get(action, 0) + 1
            first = self.server.lost[action] == 1
        if first:
            self.close_connection = True
            return
        self.send_response(answer.status)
        for name in ("Content-Type", "x-amzn-RequestId"):
            if answer.headers[name]:
                self.send_header(name, answer.headers[name])
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_):
        """Say nothing."""


@pytest.fixture
def losing(account):
    """Stacks of the account behind the server that loses, the server, and stacks of it without."""
    server = Losing(account.aws.endpoint_url)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    keys = {"access_key_id": account.aws.admin.access_key_id, "secret_access_key": account.aws.admin.secret_access_key}

    def stacks(url):
        clients = Clients(account.aws.region, endpoint_url=url, session=sealed_session(), **keys)
        return Stacks(clients.client("cloudformation"), pause=0.01)

    yield stacks(f"http://127.0.0.1:{server.server_port}"), server, stacks(account.aws.endpoint_url)
    server.shutdown()
    server.server_close()
    thread.join()


def propose(stacks, stack, account):
    rules = selected(config.catalogue(), DEFAULTS)
    settings = replace(DEFAULTS, name=stack, durable=True, subscribers=("a@example.org",))
    return deploy.plan(stacks, settings, config.frame(), rules, region=account.aws.region)


def test_a_deployment_and_its_end_survive_the_loss_of_the_first_answer_to_every_call(account, losing):
    stacks, server, sure = losing
    changes = propose(stacks, "tocsin", account)
    assert deploy.apply(stacks, changes, again=None, sleep=None)["TopicArn"]
    assert len(sure.resources("tocsin")) == len(changes.changes)
    stacks.delete(stacks.look("tocsin"))
    assert {name for name, calls in server.lost.items() if calls > 1} >= {
        "CreateChangeSet",
        "DescribeChangeSet",
        "ExecuteChangeSet",
        "DescribeStacks",
        "DeleteStack",
    }
    assert sure._describe("tocsin") is None


def test_a_plan_that_is_thrown_away_leaves_nothing_behind(account, losing):
    stacks, server, sure = losing
    stacks.discard(propose(stacks, "plan-only", account))
    assert server.lost["DeleteChangeSet"] > 1
    assert sure._describe("plan-only") is None
