"""A burst: a million records through the responder's intake into the SQLite store, and how fast one large story goes.

One record in ten deletes a user, by twenty actors; one in ten goes before such a deletion; the others nobody watches.
They come in batches as from a queue. The alternative in the same run is what any store costs: the same records read and
matched, and their deeds put into one plain table of SQLite, with a transaction a batch and nothing else.
"""

from __future__ import annotations

import json
import resource
import sqlite3
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tocsin import wiring
from tocsin.adapters.sqlite.store import SqliteStore
from tocsin.core.delivery.exchange import Message
from tocsin.core.record.envelope import unwrap
from tocsin.core.record.record import Record
from tocsin.core.settings import DEFAULTS
from tocsin.flows.respond.intake import MOST_AT_ONCE, Receipt, ingest, pump

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

RECORDS = int(sys.argv[1]) if len(sys.argv) > 1 and sys.argv[1].isdigit() else 1_000_000
BATCH, ACTORS, START = 10, 20, datetime(2026, 11, 23, 21, 0, tzinfo=UTC)
VICTIMS = 1000


def record(number: int, name: str, actor: str, user: str, when: datetime) -> dict[str, Any]:
    """A record as IAM writes it."""
    source = "iam.amazonaws.com" if name.startswith("Del") else "ec2.amazonaws.com"
    return {
        "eventVersion": "1.11",
        "userIdentity": {
            "type": "IAMUser",
            "principalId": f"AIDA{actor}",
            "arn": f"arn:aws:iam::111122223333:user/{actor}",
            "accountId": "111122223333",
            "accessKeyId": "AKIAEXAMPLE000000001",
            "userName": actor,
        },
        "eventTime": f"{when:%Y-%m-%dT%H:%M:%SZ}",
        "eventSource": source,
        "eventName": name,
        "awsRegion": "us-east-1",
        "sourceIPAddress": "203.0.113.7",
        "userAgent": "aws-cli/2.31.0 md/awscrt#0.27.6 ua/2.1 os/linux#6.8.0 md/arch#x86_64 lang/python#3.13.7",
        "requestParameters": {"userName": user},
        "responseElements": None,
        "requestID": f"r{number:031d}",
        "eventID": f"{number:08d}-0000-4000-8000-000000000000",
        "readOnly": False,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": "111122223333",
        "eventCategory": "Management",
    }


def message(number: int, made: dict[str, Any]) -> Message:
    """The queue's message of a record."""
    event = {
        "version": "0",
        "id": made["eventID"],
        "detail-type": "AWS API Call via CloudTrail",
        "source": f"aws.{made['eventSource'].partition('.')[0]}",
        "account": "111122223333",
        "time": made["eventTime"],
        "region": "us-east-1",
        "resources": [],
        "detail": made,
    }
    return Message(str(number), json.dumps(event).encode())


def burst(records: int) -> Iterator[list[Message]]:
    """The burst, a batch after the other, made as it is asked for."""
    batch: list[Message] = []
    for number in range(records):
        kind, actor = number % 10, f"actor-{number // 10 % ACTORS}"
        name = {0: "DeleteUser", 1: "DeleteLoginProfile"}.get(kind, "RunInstances")
        when = START + timedelta(seconds=number // 1000)
        batch.append(message(number, record(number, name, actor, f"user-{number // 10}", when)))
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


class Queue:
    """A queue that gives ten at a time, and takes no time to make them."""

    def __init__(self, records: int) -> None:
        self._batches = burst(records)
        self.making = 0.0

    def receive(self, wait: timedelta) -> list[Message]:  # noqa: ARG002 - as SQS
        """The next ten."""
        started = time.process_time()
        batch = next(self._batches, [])
        self.making += time.process_time() - started
        return batch

    def delete(self, messages: object) -> None:
        """They are gone already."""

    def hold(self, messages: object, wait: timedelta) -> None:
        """Nobody else is there."""


def timed(records: int, take: Callable[[Sequence[Message]], Sequence[Receipt]]) -> float:
    """Seconds of one core that taking the burst in takes, without making it."""
    queue, started = Queue(records), time.process_time()
    while pump(queue, take, timedelta(0)):
        pass
    return time.process_time() - started - queue.making


def plain(folder: Path) -> Callable[[Sequence[Message]], list[Receipt]]:
    """The alternative: read, match, and one row a record in one table."""
    rules = wiring.rules_on(DEFAULTS)
    db = sqlite3.connect(folder / "plain.db", isolation_level=None)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")
    db.execute("CREATE TABLE events (id TEXT PRIMARY KEY, rule TEXT, body BLOB)")

    def take(batch: Sequence[Message]) -> list[Receipt]:
        rows = [
            (item.event_id, rule.id, one.body)
            for one in batch
            for item in unwrap(one.body)
            if isinstance(item, Record)
            for rule in rules.match(item)
        ]
        if rows:
            db.execute("BEGIN IMMEDIATE")
            db.executemany("INSERT OR IGNORE INTO events VALUES (?, ?, ?)", rows)
            db.execute("COMMIT")
        return [Receipt(one.id) for one in batch]

    return take


def ours(path: Path) -> tuple[SqliteStore, Callable[[Sequence[Message]], list[Receipt]]]:
    """The intake over a store of its own."""
    store, rules, ids = SqliteStore(path), wiring.rules_on(DEFAULTS), count()

    def take(batch: Sequence[Message]) -> list[Receipt]:
        return ingest(
            batch, store=store, rules=rules, settings=DEFAULTS, now=wiring.now, new_id=lambda: f"inc-{next(ids)}"
        )

    return store, take


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        there = Path(folder)
        alone = timed(RECORDS, plain(there))
        store, take = ours(there / "ours.db")
        spent = timed(RECORDS, take)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"{RECORDS:,} records, one core          {spent:7.1f} s, {RECORDS / spent:,.0f}/s, {peak:.0f} MB at most")
        print(f"  read, matched, one plain table  {alone:7.1f} s: ratio {spent / alone:.2f}")
        heads = store.list(START - timedelta(days=1), "", 1000).incidents
        told = sum(one.deeds for one in heads)
        print(f"  {len(heads)} incidents, {told:,} deeds, none lost: {told == RECORDS // 5}")
        store.close()
        _, take = ours(there / "one.db")
        one = [record(n, "DeleteUser", "actor", f"user-{n}", START) for n in range(VICTIMS)]
        batches = [
            [message(n, made) for n, made in enumerate(one[at : at + MOST_AT_ONCE])]
            for at in range(0, VICTIMS, MOST_AT_ONCE)
        ]
        started = time.process_time()
        for batch in batches:
            take(batch)
        spent = time.process_time() - started
        print(f"{VICTIMS:,} subjects of one story        {spent:7.2f} s, {VICTIMS / spent:,.0f}/s")


if __name__ == "__main__":
    main()
