"""A far side that is Slack, as much of it as a bot meets; its answers are as Slack's documentation has them."""

from __future__ import annotations

import json
from itertools import count
from urllib.parse import parse_qs

from servers import answering

TOKEN = "xoxb-very-secret-token"


class Slack:
    """As much of Slack as a bot meets: messages, threads, updates and reactions."""

    def __init__(self):
        self.messages, self.calls, self.errors, self._numbers = {}, [], {}, count(1)

    def deal(self, server, connection):
        body = server.read(connection)
        head = server.got[-1][0]
        method = head.split()[1].rpartition("/")[2]
        form = "application/x-www-form-urlencoded" in head
        arguments = {key: one for key, [one] in parse_qs(body.decode()).items()} if form else json.loads(body)
        self.calls.append((method, arguments))
        if f"Authorization: Bearer {TOKEN}" not in head:
            said = {"ok": False, "error": "invalid_auth"}
        elif method in self.errors:
            said = {"ok": False, "error": self.errors[method]}
        else:
            said = getattr(self, method.replace(".", "_"))(arguments)
        answering(200, json.dumps(said), read=False)(server, connection)

    def chat_postMessage(self, given):  # noqa: N802 - Slack's name
        if given.get("thread_ts") and given["thread_ts"] not in self.messages:
            return {"ok": False, "error": "thread_not_found"}
        ts = f"17000000{next(self._numbers):02}.000100"
        self.messages[ts] = given
        return {"ok": True, "ts": ts, "channel": given["channel"]}

    def chat_update(self, given):
        if given["ts"] not in self.messages:
            return {"ok": False, "error": "message_not_found"}
        self.messages[given["ts"]] |= given
        return {"ok": True, "ts": given["ts"]}

    def conversations_replies(self, given):
        assert given["include_all_metadata"] == "true"
        in_thread = [one for ts, one in self.messages.items() if given["ts"] in (ts, one.get("thread_ts"))]
        return {"ok": True, "messages": in_thread}
