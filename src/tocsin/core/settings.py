"""What a person may set, as values; `tocsin.config` reads them from ``tocsin.toml``."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, timedelta, tzinfo
from typing import TYPE_CHECKING

from tocsin.core.channels import TERMINAL, ChannelSpec
from tocsin.core.routes import Routing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tocsin.core.expected import Expected
    from tocsin.core.routes import Escalation, Route


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting, with the default that it has when the file says nothing.

    Attributes:
        name: prefix of every name that the pipeline makes.
        accounts: account ids that the live door accepts; empty accepts any that the queue's policy let in.
        timezone: in which notices give the local time beside UTC.
        window: longest gap in event time between two records of one story.
        settle: how long a prelude waits for its trigger before it rings by itself.
        lease: how long a delivery belongs to the worker that sends it.
        give_up: how long a delivery is tried before it is dead.
        keep_days: how long the worker's store keeps what is told; 0 keeps it for ever.
        packs: packs of rules that are switched on.
        rules_folder: folder of one's own rule files, or ``""``.
        account: the account that the pipeline belongs in; ``""`` takes the one that the credentials are of.
        durable: whether the queue and its feed rules are made, for something that reads them.
        subscribers: who hears the plain wire: mail, text message, HTTPS.
        alarm_subscribers: who hears of trouble of the bell itself; empty takes `subscribers`.
        operator: ARN of the role or user that may move dead letters back; ``""`` lets nobody.
        service_role: ARN of the role that CloudFormation acts with; ``""`` lets it act as its caller.
        protect: whether the stack is protected from being deleted.
        tags: tags of everything that is made.
        trail: ARN of a trail that is adopted; ``""`` makes one.
        log_days: how long the log files of a trail of our own are kept.
        object_lock_days: how long they cannot be deleted (Object Lock); 0 switches it off.
        customer_key: whether the topic is encrypted with a key of its own.
        state_folder: where drills keep journals and results, and the worker its store; ``""`` is the user's own place.
        store: the file of the worker's store; ``""`` is ``store.db`` in the folder of the state.
        drill_every: how old the last drill may be before `status` is not whole; None never asks for one.
        drill_patience: how long a drill waits for the topic and for the queue's rule.
        history_patience: how long it waits until the deletion is in event history.
        person_patience: how long it waits until a person has typed the code.
        drill_settle: how long what a drill makes to look at somebody else's pipeline is given until it holds.
        specs: the channels that every notice goes to.
        routes: who hears of what; without any, every channel hears of everything.
        first_route: whether the first route that takes something is the only one that is asked.
        default_channels: who hears of what no route takes; None is every channel that is not called by escalation.
        escalation: who is called when nobody is reached, or nobody has acknowledged.
        expected: whose work is expected, by the names of the entries.
        privileged: names, with ``*`` for any letters, of users, groups and policies of which nothing ever waits.
        digest_at: at which minute of the day what was expected is told.
    """

    name: str = "tocsin"
    accounts: frozenset[str] = frozenset()
    timezone: tzinfo = UTC
    window: timedelta = timedelta(minutes=15)
    settle: timedelta = timedelta(seconds=60)
    lease: timedelta = timedelta(seconds=60)
    give_up: timedelta = timedelta(days=3)
    keep_days: int = 400
    packs: frozenset[str] = frozenset({"identity", "identity-center", "lockout", "tamper"})
    rules_folder: str = ""
    account: str = ""
    durable: bool = False
    subscribers: tuple[str, ...] = ()
    alarm_subscribers: tuple[str, ...] = ()
    operator: str = ""
    service_role: str = ""
    protect: bool = True
    tags: Mapping[str, str] = field(default_factory=dict)
    trail: str = ""
    log_days: int = 365
    object_lock_days: int = 0
    customer_key: bool = False
    state_folder: str = ""
    store: str = ""
    drill_every: timedelta | None = None
    drill_patience: timedelta = timedelta(minutes=5)
    history_patience: timedelta = timedelta(minutes=15)
    person_patience: timedelta = timedelta(minutes=15)
    drill_settle: timedelta = timedelta(minutes=2)
    specs: tuple[ChannelSpec, ...] = (TERMINAL,)
    routes: tuple[Route, ...] = ()
    first_route: bool = False
    default_channels: tuple[str, ...] | None = None
    escalation: Escalation | None = None
    expected: Mapping[str, Expected] = field(default_factory=dict)
    privileged: tuple[str, ...] = ()
    digest_at: int = 8 * 60

    @property
    def channels(self) -> tuple[str, ...]:
        """The names of the channels."""
        return tuple(one.name for one in self.specs)

    def spec(self, channel: str) -> ChannelSpec:
        """A channel; one without options where the config does not name it."""
        return next((one for one in self.specs if one.name == channel), ChannelSpec(channel, ""))

    def budget(self, channel: str) -> int:
        """How many messages a channel gets in ten minutes before the rest is put together; 0 is without end."""
        return int(self.spec(channel).options.get("budget", "0"))

    @property
    def routing(self) -> Routing:
        """The routes, with who hears of what none of them takes."""
        called = self.escalation.channels if self.escalation else ()
        rest = tuple(one for one in self.channels if one not in called)
        default = rest if self.default_channels is None else self.default_channels
        return Routing(self.routes, self.first_route, default)


DEFAULTS = Settings()
