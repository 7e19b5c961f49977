"""What tests of the drill share."""

from __future__ import annotations

import json
import os
import re
import threading
import time

from accounts import client

QUICK = ('drill_patience = "2s"', 'history_patience = "2s"', 'person_patience = "20s"', 'state_folder = "state"')


def drilled(run, *arguments, **more):
    """Drill; gives the exit code, and what came of each hop."""
    code, out, err = run("drill", "--yes", "--no-confirm", "--json", *arguments, **more)
    facts = [json.loads(line) for line in out.splitlines()]
    assert facts, err
    assert facts[-1]["kind"] == "drill", err
    return code, {hop["hop"]: hop["state"] for hop in facts[-1]["hops"]}, facts[-1]


def left(account):
    """All that a drill may leave."""
    iam, events = client(account, "iam"), client(account, "events")
    users = [one["UserName"] for one in iam.list_users()["Users"]]
    groups = [one["GroupName"] for one in iam.list_groups()["Groups"]]
    devices = [one["SerialNumber"] for one in iam.list_virtual_mfa_devices()["VirtualMFADevices"]]
    rules = [one["Name"] for one in events.list_rules()["Rules"] if "-drill-" in one["Name"]]
    queues = [one for one in client(account, "sqs").list_queues().get("QueueUrls", []) if "-drill-" in one]
    return [one for one in (*users, *groups, *devices) if "-drill-" in one] + rules + queues


def person_types(account, address):
    """A person who reads mail, and types the code that stands in the first one: standard input of a drill."""
    reading, writing = os.pipe()
    seen = len(account.mails())

    def read_and_type():
        until = time.monotonic() + 15
        while time.monotonic() < until:
            for mail in account.mails()[seen:]:
                if (code := re.search(r"tocsin-drill-(\w{6})", mail["text"])) and mail["to"] == address:
                    os.write(writing, f"wrong\n{code[1]}\n".encode())
                    return
            time.sleep(0.05)

    threading.Thread(target=read_and_type, daemon=True).start()
    return reading, writing
