"""The one place that builds stores, channels and clients from settings, and binds the flows to them.

Here what takes events in and tells; `tocsin.wiring.account` has what goes to an AWS account.
"""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from tocsin import config
from tocsin.adapters.channels.terminal import TerminalChannel
from tocsin.adapters.memory import MemoryStore
from tocsin.core.match.rules import RuleSet, selected
from tocsin.errors import UsageError
from tocsin.flows import deploy
from tocsin.flows.respond import intake
from tocsin.flows.respond.tell import Teller

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from tocsin.adapters.sqlite.store import SqliteStore
    from tocsin.core.delivery.exchange import Message
    from tocsin.core.settings import Settings
    from tocsin.flows.ports import Channel, Queue, Store
    from tocsin.flows.respond.tell import Told


def now() -> datetime:
    """The time in UTC."""
    return datetime.now(UTC)


def new_id() -> str:
    """A fresh incident id: the day, for people, and enough chance that no two are alike."""
    return f"inc-{now():%Y%m%d}-{secrets.token_hex(5)}"


def new_token() -> str:
    """A fresh token of a lease."""
    return secrets.token_hex(8)


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


def state_folder(settings: Settings) -> Path:
    """Where what is kept between two runs lies (XDG Base Directory Specification)."""
    own = os.environ.get("XDG_STATE_HOME", "")
    home = Path(own) if Path(own).is_absolute() else Path.home() / ".local" / "state"
    return Path(settings.state_folder) if settings.state_folder else home / "tocsin"


def store(settings: Settings, *, make: bool) -> SqliteStore:
    """The worker's store.

    Args:
        settings: which file.
        make: whether it is made where it is not there.

    Raises:
        UsageError: it cannot be opened or written to, is no store, a newer Tocsin wrote it, or it is not there.
    """
    from tocsin.adapters.sqlite.store import SqliteStore as File  # noqa: PLC0415 - lazy: most verbs need none

    path = Path(settings.store) if settings.store else state_folder(settings) / "store.db"
    if make and not settings.store:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not make and not path.exists():
        raise UsageError(f"there is no store {path}", hint="tocsin worker makes it; or name another: store = PATH")
    return File(path)


def rules_on(settings: Settings) -> RuleSet:
    """The rules that are switched on."""
    return RuleSet(selected(config.rules(settings), settings))


def template(settings: Settings) -> str:
    """The template that the settings describe; see `flows.deploy.template_of`."""
    return deploy.template_of(settings, config.frame(), rules_on(settings))


def responder(settings: Settings, channels: Sequence[Channel], store: Store | None = None) -> Responder:
    """A responder over some channels.

    Args:
        settings: as read by `config`.
        channels: each goes by its name in ``settings.channels``.
        store: where stories go; None keeps them in memory.
    """
    named = {channel.name: channel for channel in channels}
    return Responder(store or MemoryStore(), named, rules_on(settings), settings)


def terminal(stream: TextIO, width: int, name: str = "terminal") -> TerminalChannel:
    """A terminal channel."""
    return TerminalChannel(stream, name=name, width=width)
