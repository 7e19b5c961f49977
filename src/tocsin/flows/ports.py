"""What the flows need of the outside, by shape: adapters fit these without importing them.

The store's port is cut for a key-value database with conditional writes (DESIGN 4.14): one story is loaded with its
version, and committed only if nobody else committed in between. There is no transaction over several stories.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import datetime, timedelta

    from tocsin.core.delivery.delivery import Delivery, Outcome
    from tocsin.core.delivery.exchange import Commit, Loaded, Message, Page
    from tocsin.core.delivery.letters import Letter
    from tocsin.core.drill.hops import Sighting
    from tocsin.core.drill.journal import Heading, Journal, Thing
    from tocsin.core.incident.incident import StoryKey
    from tocsin.core.notice.notice import Notice
    from tocsin.core.steps import Answered, Step
    from tocsin.core.template.changes import ChangeSet, Drift, Stack


class Store(Protocol):
    """Where stories, their records and the outbox are kept."""

    def load(self, key: StoryKey, event_id: str) -> Loaded:
        """The story of a key (an empty one if it is new), and whether it has this event."""

    def commit(self, commit: Commit, expected: int) -> bool:
        """Write all of a commit if the story still has the expected version; False if not."""

    def due(self, now: datetime, limit: int) -> Sequence[Delivery]:
        """Deliveries that may be claimed: pending ones that are due, and claimed ones whose lease ended."""

    def mark(self, delivery: Delivery, expected: int) -> bool:
        """Write one delivery if it still has the expected version; False if not."""

    def list(self, since: datetime, cursor: str, limit: int) -> Page:
        """Incidents opened since a time, newest first."""


class Channel(Protocol):
    """Where notices go."""

    name: str

    def send(self, notice: Notice) -> Outcome:
        """Hand a notice over, within the channel's own total deadline. Never raises for what the far side does."""


class Queue(Protocol):
    """Where events wait for the responder."""

    def receive(self, wait: timedelta) -> Sequence[Message]:
        """At most ten messages, waiting for the first so long."""

    def delete(self, messages: Sequence[Message]) -> None:
        """Take messages out for good.

        Raises:
            Unreachable: some could not be deleted; they will come again.
        """


class Letters(Protocol):
    """A queue of dead letters. Every method raises `Unreachable` in words."""

    def take(self) -> Iterator[Letter]:
        """Every letter that shows, hidden from others for a while."""

    def release(self, letters: Sequence[Letter]) -> None:
        """Let letters show again at once."""

    def delete(self, letter: Letter) -> None:
        """Take a letter out for good."""

    def send(self, target: str, body: str, title: str, text: str) -> None:
        """Send an event to what it could not be delivered to: a queue takes it as it is, a topic in words."""

    def start_moving(self) -> str:
        """Let AWS move every letter back to the queue that it came from; gives the task's handle."""

    def moving(self, task: str) -> tuple[str, int, str]:
        """How a task stands: its state, how many were moved, and why it failed."""


class Identities(Protocol):
    """IAM, as far as giving a policy needs it. Every method raises `Unreachable` in words; ``kind`` is user or role."""

    def inline_size(self, kind: str, holder: str, *, but: str) -> int:
        """Characters of all inline policies of somebody but one, without white space."""

    def put_inline(self, kind: str, holder: str, name: str, text: str) -> None:
        """Give somebody an inline policy, over one of that name."""

    def put_managed(self, name: str, text: str) -> str:
        """Make a managed policy, or make this its version that holds; gives its ARN."""

    def attach(self, kind: str, holder: str, arn: str) -> None:
        """Attach a managed policy."""


class Clock(Protocol):
    """What time it is, and waiting."""

    def now(self) -> datetime:
        """The time in UTC; it may jump."""

    def monotonic(self) -> float:
        """Seconds since some moment; they never jump."""

    def sleep(self, seconds: float) -> None:
        """Wait."""


class Calls(Protocol):
    """AWS, as far as a drill needs it."""

    def call(self, step: Step) -> Answered:
        """Make one call; what AWS refuses is an answer.

        Raises:
            Unreachable: AWS cannot be reached.
        """

    def with_key(self, access_key_id: str, secret_access_key: str) -> Calls:
        """The same, with the key of somebody else."""


class Notes(Protocol):
    """The journal of a drill. Every line is on the disk before the method returns."""

    def open(self, heading: Heading) -> None:
        """Begin.

        Raises:
            UsageError: another drill is under way or was not ended.
        """

    def note(self, step: Step) -> None:
        """Say what is about to be done."""

    def drop(self, thing: Thing) -> None:
        """Say that a thing is gone, or was there before: it is not to be touched."""

    def close(self) -> None:
        """End: nothing is left behind."""

    def let_go(self) -> None:
        """End, and let the journal lie: something is left behind."""

    def things(self) -> Journal:
        """What may have been made so far."""


class Looker(Protocol):
    """AWS, to be looked at."""

    def look(self, steps: Sequence[Step]) -> Sequence[Answered]:
        """Make calls that change nothing, all at once; what AWS refuses is an answer.

        Raises:
            Unreachable: AWS cannot be reached.
        """


class Watch(Protocol):
    """What is seen at the far ends of the hops: each looked at by itself, all at once."""

    def begin(self) -> None:
        """Start to look."""

    def go_on(self) -> None:
        """Look everywhere: the deed is done."""

    def next(self, wait: float) -> Sighting | None:
        """The next sighting, in the order in which they were made; None where none comes in so many seconds."""

    def end(self) -> None:
        """Stop looking."""


class Stacks(Protocol):
    """CloudFormation, as far as deploying needs it. Every method raises `Unreachable` or `UsageError` in words."""

    def propose(
        self, stack: str, template: str, parameters: Mapping[str, str], *, new: bool, tags: Mapping[str, str], role: str
    ) -> ChangeSet:
        """Work out what a template would change, and what was changed by hand."""

    def discard(self, changes: ChangeSet) -> None:
        """Throw a change set away, and the empty stack with it that a new one leaves."""

    def execute(self, changes: ChangeSet) -> None:
        """Start carrying a change set out."""

    def wait(self, changes: ChangeSet, told: Callable[[str], None] = ...) -> Mapping[str, str]:
        """Wait for the end, telling each resource that comes to stand, and give the stack's outputs."""

    def look(self, stack: str) -> Stack | None:
        """A stack as it stands, or None where there is none."""

    def protect(self, standing: Stack, *, on: bool) -> None:
        """Let a stack be protected from being deleted, or not."""

    def drift(self, standing: Stack) -> Drift:
        """Let CloudFormation compare a stack with the account, and wait for what it finds."""

    def delete(self, standing: Stack, told: Callable[[str], None] = ...) -> None:
        """Delete a stack, and wait until it is gone."""

    def resources(self, stack: str) -> Sequence[tuple[str, str, str]]:
        """Logical id, type and physical id of each resource of a stack."""
