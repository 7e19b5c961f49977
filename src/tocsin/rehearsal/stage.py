"""The stage of the story: the embedded account, the product's own parts on it, and what has been told so far."""

from __future__ import annotations

import json
import threading
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from itertools import dropwhile
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Protocol, TextIO
from urllib.parse import unquote

from embedded_aws.calls.sealed import sealed_session
from embedded_aws.door.account import Account, open_account
from embedded_aws.errors import EmbeddedAwsError
from tocsin.adapters.aws import Clients
from tocsin.adapters.cloudformation import Stacks
from tocsin.adapters.queue import SqsQueue
from tocsin.core.delivery.outcome import Answer, Outcome
from tocsin.core.template.subscribers import token_of
from tocsin.errors import TocsinError, UsageError
from tocsin.wiring.responder import Responder, responder_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from email.message import EmailMessage

    from tocsin.core.notice.notice import Notice
    from tocsin.core.settings import Settings


class Typed(Protocol):
    """Runs a verb on an account."""

    def __call__(self, clients: Clients, arguments: Sequence[str], stdin: TextIO | None = None) -> tuple[int, str, str]:
        """Give its exit code, what it answers and what it says."""


STACK = "tocsin"
ADDRESS = "security@example.com"
# How long a hop may take before the story says that it did not arrive. On AWS it takes seconds, here milliseconds.
PATIENCE_S = 10.0
_WAIT = timedelta(seconds=1)


class Heard:
    """A channel that keeps what it was told and when, and passes each notice on to the terminal's.

    Fits `flows.ports.Channel`: the rehearsal's person in front of the terminal.
    """

    def __init__(self, show: Callable[[Notice], Outcome]) -> None:
        self.name = "terminal"
        self._show = show
        self._condition = threading.Condition()
        self._notices: list[tuple[Notice, float]] = []

    def send(self, notice: Notice) -> Outcome:
        """Note the time, and show the notice."""
        outcome = self._show(notice)
        if outcome.answer is Answer.ACCEPTED:
            with self._condition:
                self._notices.append((notice, time.time()))
                self._condition.notify_all()
        return outcome

    def wait_for(self, fits: Callable[[Notice], bool]) -> tuple[Notice, float]:
        """The first notice that fits, and the time at which it was accepted, in seconds since 1970.

        Raises:
            TocsinError: none came.
        """
        with self._condition:
            self._condition.wait_for(lambda: any(fits(notice) for notice, _ in self._notices), PATIENCE_S)
            for notice, at in self._notices:
                if fits(notice):
                    return notice, at
        raise TocsinError(f"no notice came from the queue within {PATIENCE_S:.0f} s")


@dataclass
class Stage:
    """What an act plays on.

    Attributes:
        account: the embedded account.
        responder: the product's responder over the feed queue.
        heard: its one channel.
        say: tells one line of the story.
        tell: tells one fact of it, for ``--json``.
        at: the account, as the administrator.
        config: the config file that the verbs read.
        outputs: the stack's outputs, once it stands.
        width: columns to print in.
        keep: whether the pipeline is to stand when the story is over.
    """

    account: Account
    responder: Responder
    heard: Heard
    say: Callable[[str], None]
    tell: Callable[[str, Mapping[str, Any]], None]
    at: Clients
    config: Path
    _typed: Typed
    width: int = 80
    keep: bool = False
    outputs: dict[str, str] = field(default_factory=dict)
    _fault: list[BaseException] = field(default_factory=list)

    def client(self, service: str, keys: Mapping[str, str] | None = None, user_agent: str = "tocsin") -> Any:  # noqa: ANN401 - boto3 makes clients at run time
        """A client of the embedded account, by the product's own adapter; the administrator's unless keys are given."""
        at = self.at
        if keys:
            access, secret = keys["access_key_id"], keys["secret_access_key"]
            at = replace(at, access_key_id=access, secret_access_key=secret, session=sealed_session())
        return at.client(service, user_agent=user_agent)

    def stacks(self) -> Stacks:
        """CloudFormation of the embedded account; it answers at once, so it is asked often."""
        return Stacks(self.client("cloudformation"), pause=0.05)

    def type(
        self,
        *arguments: str,
        ends: int = 0,
        show: bool = True,
        since: str = "",
        stdin: TextIO | None = None,
        config: Path | None = None,
    ) -> str:
        """Type a verb as a person does, tell what it answers, and give that.

        Args:
            arguments: what is typed.
            ends: the exit code that it has to end with.
            show: whether it is told at all.
            since: what the first line that is told begins with; what comes before was told already.
            stdin: where the answers to its questions come from.
            config: another config than the stage's.

        Raises:
            TocsinError: it ended otherwise.
        """
        code, out, err = self._typed(self.at, [*arguments, "--config", str(config or self.config)], stdin)
        if show:
            self.say(f"$ tocsin {' '.join(arguments)}")
            lines = out.strip().splitlines()
            told = [*([] if not since else ["..."]), *dropwhile(lambda line: not line.startswith(since), lines)]
            for line in told:
                self.say(f"  {line}".rstrip())
        self.tell("typed", {"verb": " ".join(arguments), "code": code})
        if code != ends:
            raise TocsinError(f"`tocsin {' '.join(arguments)}` ended with {code}: {err.strip() or out.strip()}")
        return out

    def build(self, *, show: bool = True) -> None:
        """Build the pipeline, and confirm the subscriptions as their owner would."""
        self.type("apply", "--yes", show=show, since="the pipeline stands")
        standing = self.stacks().look(STACK)
        self.outputs.update(standing.outputs if standing else {})
        for output in ("TopicArn", "AlarmTopicArn"):
            mail = self.mail(partial(_asks_to_confirm, self.outputs[output]))
            self.type("subscription", "confirm", token_of(mail.get_content()), show=False)
        # What the building itself has set off, such as the trail's own settings, is no part of the story.
        self.account.settle()
        queue = SqsQueue(self.client("sqs"), self.outputs["QueueUrl"])
        while taken := queue.receive(timedelta(0)):
            queue.delete(taken)

    def ready(self) -> None:
        """See to it that the pipeline stands, without a word: an act that is played alone needs it."""
        if not self.outputs:
            self.build(show=False)

    def mail(self, fits: Callable[[EmailMessage], bool]) -> EmailMessage:
        """The first mail that fits.

        Raises:
            TocsinError: none came.
        """
        try:
            return self.account.mailbox.wait_for(fits, PATIENCE_S)
        except TimeoutError as fault:
            silent = [f"{line.event_name}: {line.reason}" for line in self.account.bridge.log if line.reason]
            raise TocsinError(
                f"no mail came within {PATIENCE_S:.0f} s",
                hint=f"the bridge says: {'; '.join(silent[-3:]) or 'nothing'}",
            ) from fault

    @property
    def failed(self) -> bool:
        """Whether the responder has stopped by a fault, which `listening` raises at its end."""
        return bool(self._fault)

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Run the responder on the feed queue in a thread, as the worker will.

        Raises:
            TocsinError: the responder failed meanwhile.
        """
        queue = SqsQueue(self.client("sqs"), self.outputs["QueueUrl"])
        stop = threading.Event()

        def work() -> None:
            try:
                while not stop.is_set():
                    self.responder.turn(queue, _WAIT)
            except BaseException as fault:  # kept, and raised where the act can see it
                self._fault.append(fault)
                raise

        thread = threading.Thread(target=work, name="responder", daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join(PATIENCE_S)
        if self._fault:
            raise TocsinError(f"the responder stopped: {self._fault[0]}") from self._fault[0]


def _asks_to_confirm(topic: str, mail: EmailMessage) -> bool:
    text = unquote(mail.get_content())
    return "Token=" in text and f"{topic}&" in text


def clients_of(account: Account) -> Clients:
    """An embedded account as its administrator; nothing of this machine's AWS configuration is read."""
    return Clients(
        account.aws.region,
        endpoint_url=account.aws.endpoint_url,
        access_key_id=account.aws.admin.access_key_id,
        secret_access_key=account.aws.admin.secret_access_key,
        session=sealed_session(),
    )


@contextmanager
def opened(port: int) -> Iterator[Account]:
    """An embedded account.

    Args:
        port: of the embedded AWS; 0 takes a free one.

    Raises:
        UsageError: the port is taken.
    """
    with ExitStack() as stack:
        try:
            account = stack.enter_context(open_account(port=port))
        except EmbeddedAwsError as fault:
            raise UsageError(str(fault), hint="leave --port out, and any free one is used") from fault
        yield account


@contextmanager
def open_stage(
    settings: Settings,
    *,
    say: Callable[[str], None],
    tell: Callable[[str, Mapping[str, Any]], None],
    show: Callable[[Notice], Outcome],
    typed: Typed,
    width: int,
    port: int = 0,
    keep: bool = False,
) -> Iterator[Stage]:
    """The embedded account, with the product's responder ready to listen.

    Args:
        settings: as the responder takes them; the account is the embedded one.
        say: tells one line of the story.
        tell: tells one fact of it.
        show: shows a notice.
        typed: runs a verb on an account.
        width: columns to print in.
        port: of the embedded AWS; 0 takes a free one.
        keep: whether the pipeline is to stand when the story is over.

    Raises:
        UsageError: the port is taken.
    """
    with opened(port) as account:
        own = replace(
            settings,
            name=STACK,
            accounts=frozenset({account.aws.account_id}),
            durable=True,
            subscribers=(ADDRESS,),
            trail="",
        )
        heard = Heard(show)
        at = clients_of(account)
        with TemporaryDirectory() as folder:
            path = Path(folder) / "tocsin.toml"
            path.write_text(_config_text(own), encoding="utf-8")
            responder = responder_of(own, [heard])
            yield Stage(account, responder, heard, say, tell, at, path, typed, width, keep)


def _config_text(settings: Settings) -> str:
    """The config of the rehearsal's pipeline, as its user would write it."""
    values: dict[str, object] = {
        "name": settings.name,
        "durable": settings.durable,
        "subscribers": list(settings.subscribers),
        "packs": sorted(settings.packs),
        "customer_key": settings.customer_key,
        "state_folder": "state",
    }
    if settings.rules_folder:
        values["rules_folder"] = str(Path(settings.rules_folder).resolve())
    return "".join(f"{key} = {json.dumps(value)}\n" for key, value in values.items())
