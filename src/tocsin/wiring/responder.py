"""The responder: taking in and telling, bound to a store, rules, channels and a clock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TextIO

from tocsin.adapters.channels.terminal import TerminalChannel
from tocsin.adapters.memory import MemoryStore
from tocsin.flows.respond import intake
from tocsin.flows.respond.tell import Teller
from tocsin.wiring import new_id, new_token, now, rules_on

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import datetime, timedelta

    from tocsin.core.delivery.exchange import Message
    from tocsin.core.match.rules import RuleSet
    from tocsin.core.settings import Settings
    from tocsin.flows.ports import Channel, Queue, Store
    from tocsin.flows.respond.tell import Told


@dataclass(frozen=True, slots=True)
class Responder:
    """Taking in and telling, bound to a store, rules, channels and a clock: what every door holds."""

    store: Store
    channels: Mapping[str, Channel]
    rules: RuleSet
    settings: Settings
    now: Callable[[], datetime] = now

    def ingest(self, messages: Iterable[Message]) -> list[intake.Receipt]:
        """Take messages in; see `flows.respond.intake.ingest`."""
        return intake.ingest(
            messages, store=self.store, rules=self.rules, settings=self.settings, now=self.now, new_id=new_id
        )

    def tell(self) -> list[Told]:
        """Tell every channel what is due; see `flows.respond.tell`."""
        return [told for name in self.channels for told in self.teller(name).tell()]

    def teller(self, channel: str) -> Teller:
        """What tells one channel."""
        return Teller(self.store, self.channels[channel], self.rules, self.settings, self.now, new_token, new_id)

    def turn(self, queue: Queue, wait: timedelta) -> tuple[list[intake.Receipt], list[Told]]:
        """One turn of a worker: empty the queue by one batch, then tell what is due."""
        receipts = intake.pump(queue, self.ingest, wait)
        return receipts, self.tell()


def responder_of(settings: Settings, channels: Sequence[Channel], store: Store | None = None) -> Responder:
    """A responder over some channels.

    Args:
        settings: as read by `config`.
        channels: each goes by its name in ``settings.channels``.
        store: where stories go; None keeps them in memory.
    """
    named = {channel.name: channel for channel in channels}
    return Responder(store or MemoryStore(), named, rules_on(settings), settings)


def terminal_of(stream: TextIO, width: int, name: str = "terminal") -> TerminalChannel:
    """A terminal channel."""
    return TerminalChannel(stream, name=name, width=width)
