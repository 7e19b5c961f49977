"""What the flows need of the outside, by shape: adapters fit these without importing them.

The store's port is cut for a key-value database with conditional writes (DESIGN 4.14): one gate a story carries the
version, and what is made of a story is committed only if nobody else committed in between. A store that has
transactions may write several commits as one (`Store.turn`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from datetime import datetime, timedelta

    from tocsin.core.delivery.exchange import Commit, Message, Page, Tree
    from tocsin.core.delivery.letters import Letter
    from tocsin.core.delivery.outcome import Nod, Outcome, Seen, Try
    from tocsin.core.delivery.telling import Telling
    from tocsin.core.drill.hops import Sighting
    from tocsin.core.drill.journal import Heading, Journal, Thing
    from tocsin.core.incident.correlate import Story
    from tocsin.core.incident.deed import Deed, StoryKey
    from tocsin.core.incident.incident import Incident
    from tocsin.core.notice.notice import Notice
    from tocsin.core.steps import Answered, Step
    from tocsin.core.template.changes import ChangeSet, Drift, Stack


class Store(Protocol):
    """Where stories, their records and the outbox are kept."""

    def turn(self) -> AbstractContextManager[None]:
        """Several commits as one write, where the store can; what is committed within stands when it ends.

        Raises:
            TocsinError: it could not be written; then nothing of it stands.
        """

    def load(self, key: StoryKey, deeds: Sequence[Deed], since: datetime, until: datetime) -> Story:
        """What there is of a story, as far as some deeds may meet it.

        Args:
            key: which story.
            deeds: whose event ids and identities are looked up.
            since: incidents that ended before this are not near.
            until: incidents that began after this are not near.
        """

    def commit(self, commit: Commit) -> bool:
        """Write all of a commit if nobody else wrote to the story since it was loaded; False if somebody did."""

    def due(self, channel: str, now: datetime, limit: int) -> Sequence[Telling]:
        """Tellings of a channel to be looked at, the longest due first: only a hint, each is claimed by `mark`."""

    def telling(self, incident: str, channel: str) -> Telling | None:
        """One row as it is now."""

    def mark(self, row: Telling, expected: int) -> bool:
        """Write one row if it still has the expected version, 0 for one that is not there; False if not."""

    def tellings(self, incident: str = "") -> Sequence[Telling]:
        """The rows of an incident, or of all."""

    def tried(self, one: Try) -> None:
        """Keep an attempt to tell."""

    def tree(self, incident: str) -> Tree:
        """The incident that goes on as one, with all that were merged into it."""

    def deeds(self, incident: str, after: int, through: int) -> Sequence[Deed]:
        """The deeds of an incident with the numbers after one and through another, in their order."""

    def triggered(self, tree: Tree, about: Collection[str]) -> frozenset[str]:
        """About whom of some there is a trigger in an incident, its parts included."""

    def tries(self, incident: str = "") -> Sequence[Try]:
        """The attempts to tell an incident, or any, in their order."""

    def sent(self, channel: str, since: datetime) -> Sequence[datetime]:
        """When a channel took a message since a time: many tellings that went out as one are one."""

    def expected(self, entry: str, since: datetime, until: datetime, limit: int) -> Sequence[datetime]:
        """When deeds happened that were expected of an entry, in their order, so many of them at most.

        Args:
            entry: its name.
            since: the first time, included.
            until: the last, likewise.
            limit: how many at most.
        """

    def seen(self, one: Seen) -> None:
        """Keep that somebody has acknowledged an incident."""

    def sightings(self, incident: str) -> Sequence[Seen]:
        """Who has acknowledged an incident, in the order of time."""

    def changed(self, since: datetime) -> Sequence[Incident]:
        """The incidents that go on and were written to since a time, by the clocks of those who wrote."""

    def purge(self, before: datetime, limit: int) -> int:
        """Take out incidents with their parts that nothing was written to since a time and that are told.

        Args:
            before: the time, by the clocks of those who wrote.
            limit: how many at most, their parts aside.

        Returns:
            how many went. The ids of their events go too, so a message that comes again later is new.
        """

    def list(self, since: datetime, cursor: str, limit: int) -> Page:
        """Incidents opened since a time, newest first."""


class Channel(Protocol):
    """Where notices go."""

    name: str

    def send(self, notice: Notice) -> Outcome:
        """Hand a notice over, within the channel's own total deadline. Never raises for what the far side does."""


@runtime_checkable
class Answering(Channel, Protocol):
    """A channel in which people acknowledge, and which wants to know that others have. Neither raises, as `send`.

    Attributes:
        asks: whether it can be asked at all.
    """

    asks: bool

    def heard(self, incident: str, thread: str) -> Sequence[Nod]:
        """Who has acknowledged an incident there; nobody where that cannot be asked."""

    def acknowledged(self, incident: str, thread: str, who: str) -> Outcome:
        """Let it know that somebody has seen an incident elsewhere, all of it."""


class Queue(Protocol):
    """Where events wait for the responder."""

    def receive(self, wait: timedelta) -> Sequence[Message]:
        """At most ten messages, waiting for the first so long."""

    def delete(self, messages: Sequence[Message]) -> None:
        """Take messages out for good.

        Raises:
            Unreachable: some could not be deleted; they will come again.
        """

    def hold(self, messages: Sequence[Message], wait: timedelta) -> None:
        """Keep messages from others for so long, from now.

        Raises:
            Unreachable: some could not be kept.
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
