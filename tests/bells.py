"""A bell by hand: a store, a channel that answers from a script, and a clock that is set."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from itertools import count

from builders import NOW
from tocsin.adapters.memory import MemoryStore
from tocsin.core.channels import ChannelSpec
from tocsin.core.delivery.exchange import Message
from tocsin.core.delivery.outcome import Answer, Outcome
from tocsin.core.settings import DEFAULTS
from tocsin.flows.respond import intake
from tocsin.flows.respond.tell import Teller

ACCEPTED = Outcome(Answer.ACCEPTED, "ok")
BUSY = Outcome(Answer.BUSY, "503")
REFUSED = Outcome(Answer.REFUSED, "400")
OPS = replace(DEFAULTS, specs=(ChannelSpec("ops", "terminal"),))


class FakeChannel:
    """Answers from a script, then accepts; keeps what was sent."""

    def __init__(self, *script, name="ops"):
        self.name = name
        self.script = list(script)
        self.notices = []

    def send(self, notice):
        self.notices.append(notice)
        return self.script.pop(0) if self.script else ACCEPTED

    @property
    def sentences(self):
        return [notice.sentence for notice in self.notices]


class Bell:
    """Taking in and telling over a store in memory, a scripted channel and a clock that is set by hand."""

    def __init__(self, rules, *script, settings=OPS, store=None):
        self.rules, self.settings = rules, settings
        self.store = store or MemoryStore()
        self.channel = FakeChannel(*script)
        self.now = NOW
        self._ids = count()

    def take(self, *messages):
        return intake.ingest(
            messages,
            store=self.store,
            rules=self.rules,
            settings=self.settings,
            now=lambda: self.now,
            new_id=lambda: f"inc-{next(self._ids)}",
        )

    def teller(self, channel=None):
        return Teller(
            self.store,
            channel or self.channel,
            self.rules,
            self.settings,
            lambda: self.now,
            lambda: f"token-{next(self._ids)}",
            lambda: f"inc-{next(self._ids)}",
        )

    def tell(self, seconds=0, channel=None):
        """Tell what is due after so many seconds."""
        self.now += timedelta(seconds=seconds)
        return self.teller(channel).tell()

    def rest(self):
        """Tell until nothing is left to be told."""
        for _ in range(1000):
            if all(row.due_at is None for row in self.store.tellings()):
                return
            self.tell(30)
        raise AssertionError("it does not come to rest")

    @property
    def row(self):
        [row] = self.store.tellings()
        return row


def raw(body, number=1):
    return Message(f"m{number}", body if isinstance(body, bytes) else json.dumps(body).encode(), f"h{number}")
