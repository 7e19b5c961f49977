"""Telling: what a channel does not know yet is composed, sent and marked, by the contract of telling.

A row is leased, the deeds are read, and only then it is judged what is to be said (`core.delivery.pace`). A worker that
dies in between leaves a lease that runs out; a mark that meets another's is made anew from what stands then.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tocsin.core.delivery.escalation import why_called
from tocsin.core.delivery.holding import LOOK_AGAIN
from tocsin.core.delivery.outcome import Answer, Outcome, Try
from tocsin.core.delivery.pace import BUDGET_WINDOW, DIGEST_GAP, MOST_IN_DIGEST, URGENT, loud, ready_at
from tocsin.core.delivery.telling import AT_ONCE, Telling, claimed, failed, given_up, passed, told, waiting
from tocsin.core.incident.deed import deed_of_undelivered, key_of_undelivered
from tocsin.core.incident.hearers import Hearers
from tocsin.core.match.rules import UNDELIVERED, Role
from tocsin.core.notice.compose import compose, in_plain_words
from tocsin.core.notice.digest import digest, many_in_plain_words
from tocsin.core.notice.notice import Chapter
from tocsin.errors import TocsinError
from tocsin.flows.respond.commit import MOST_TURNS, commit
from tocsin.flows.respond.hold import Holder

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from tocsin.core.delivery.exchange import Tree
    from tocsin.core.incident.deed import Deed
    from tocsin.core.match.rules import RuleSet
    from tocsin.core.notice.notice import Notice
    from tocsin.core.settings import Settings
    from tocsin.flows.ports import Channel, Store

# So much of what was told before is read for the story of a notice.
_MOST_READ = 100


@dataclass(frozen=True, slots=True)
class Told:
    """What became of one telling that was due.

    Attributes:
        telling: as it is now.
        outcome: what the channel answered.
    """

    telling: Telling
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class _Ready:
    """A row in our hands with what is to be said of it.

    Attributes:
        mine: the row.
        chapter: what is to be said.
        first: when the first of that came.
        urgent: whether some of it is urgent.
        kept: whether it was held back until now.
    """

    mine: Telling
    chapter: Chapter
    first: datetime
    urgent: bool
    kept: bool = False


@dataclass(frozen=True, slots=True)
class Teller:
    """Tells one channel.

    Attributes:
        store: where the rows are.
        channel: whom to tell.
        rules: where the words come from.
        settings: settle time, lease, patience and time zone.
        now: gives the time in UTC; asked anew at every step, since any may take long.
        token: gives a fresh token for a lease.
        new_id: gives a fresh incident id: a notice that nobody takes is an incident of its own.
    """

    store: Store
    channel: Channel
    rules: RuleSet
    settings: Settings
    now: Callable[[], datetime]
    token: Callable[[], str]
    new_id: Callable[[], str]

    def tell(self, limit: int = 100) -> list[Told]:
        """Tell what is due, so many rows at most.

        Raises:
            TocsinError: the store cannot be reached.
        """
        budget, done, held = self.settings.budget(self.channel.name), list[Told](), list[_Ready]()
        sent = list(self.store.sent(self.channel.name, self.now() - BUDGET_WINDOW)) if budget else []
        for row in self.store.due(self.channel.name, self.now(), limit):
            ready = self._ready(row)
            if ready is None:
                continue
            if ready.kept or (budget and len(sent) >= (2 * budget if ready.urgent else budget)):
                held.append(ready)
            elif one := self._send(ready):
                done.append(one)
                sent += [self.now()] if one.outcome.answer is Answer.ACCEPTED else []
        return [*done, *self._digest(held, max(sent, default=AT_ONCE))] if held else done

    def _ready(self, row: Telling) -> _Ready | None:
        """A row in our hands with what is to be said of it now; None where that is nothing."""
        mine = claimed(row, self.now(), self.settings.lease, self.token())
        if mine is None or not self.store.mark(mine, row.version):
            return None  # another worker has it
        tree = self.store.tree(mine.incident)
        if tree.root.id == mine.incident:
            self._complete(tree)
        through = tree.head(mine.incident).deeds
        news = self.store.deeds(mine.incident, mine.passed, through)
        if len(news) != through - mine.passed:
            said = f"{len(news)} of the deeds {mine.passed + 1} to {through} of {mine.incident}"
            raise TocsinError(f"the store shows {said}", hint="its lease will run out, and it is read again")
        about = {one.about for one in news if one.role is Role.PRELUDE}
        ringing = loud(news, self.store.triggered(tree, about) if about else ())
        if not ringing:
            self._move(mine, lambda held, more: passed(held, through, self.now(), news=more), through)
            return None
        now = self.now()
        if (at := ready_at(mine, ringing, self.settings.settle, now)) > now:
            self._move(mine, lambda held, more: waiting(held, AT_ONCE if more else at, self.now()), through)
            return None
        chapter = self._chapter(mine, tree, news, through)
        release = Holder(self.store, self.settings, self.settings.spec(mine.channel)).release(
            ringing, (*news, *chapter.earlier)
        )
        if release.held and release.at > now:
            look = min(release.at, now + LOOK_AGAIN)
            self._move(mine, lambda held, more: waiting(held, AT_ONCE if more else look, self.now()), through)
            return None
        first, urgent = min(one.came for one in ringing), any(one.urgent for one in ringing)
        why = "; ".join(filter(None, (self._called(tree, ringing), release.why)))
        return _Ready(mine, chapter._replace(why=why), first, urgent, release.held)

    def _called(self, tree: Tree, ringing: Sequence[Deed]) -> str:
        """Why this channel hears, where it is called by escalation alone; else nothing."""
        ladder, name = self.settings.escalation, self.channel.name
        if ladder is None or name not in ladder.channels:
            return ""
        hearers = Hearers(self.settings, self.rules)
        if any(name in hearers.of(tree.root.key, deed) for deed in ringing):
            return ""
        return why_called(name, [one for head in tree.heads for one in self.store.tries(head.id)])

    def _complete(self, tree: Tree) -> None:
        """Give the parts of an incident the rows that they lack: their news is the survivor's (rule 5)."""
        for part in tree.parts:
            if part.deeds and self.store.telling(part.id, self.channel.name) is None:
                made = Telling(part.id, self.channel.name, part.key, due_at=AT_ONCE, set_at=self.now(), version=1)
                self.store.mark(made, 0)

    def _send(self, ready: _Ready) -> Told | None:
        if ready.mine.is_due(self.now()):
            return None  # our lease ran out before we sent (rule 3)
        chapter = ready.chapter
        thread = ready.mine.thread
        outcome, plain = self._words(
            lambda: compose(chapter, self.rules, self.settings.timezone)._replace(thread=thread),
            lambda why: in_plain_words(chapter, why)._replace(thread=thread),
        )
        return self._said(ready, outcome, self.now(), plain=plain)

    def _digest(self, held: list[_Ready], last: datetime) -> list[Told]:
        """What the channel's budget does not let out by itself, and what was held back, goes out as one message.

        Once a minute (rule 13).
        """
        soon = last + (URGENT if any(one.urgent for one in held) else DIGEST_GAP)
        rows = self.store.due(self.channel.name, self.now(), MOST_IN_DIGEST - len(held))
        if soon > self.now() and len(held) + len(rows) < MOST_IN_DIGEST:
            for one in held:
                self._move(one.mine, lambda row, _: waiting(row, soon, self.now()), one.chapter.revision)
            return []
        held += [ready for row in rows if (ready := self._ready(row))]
        ours = [one for one in held if not one.mine.is_due(self.now())]
        if len(ours) < 2:  # noqa: PLR2004 - one incident is told as it is
            return [done for one in ours if (done := self._send(one))]
        chapters = [one.chapter for one in ours]
        outcome, plain = self._words(
            lambda: digest(chapters, self.rules, self.settings.timezone), lambda why: many_in_plain_words(chapters, why)
        )
        now = self.now()
        outcome = replace(outcome, thread="")  # which is of many incidents
        return [self._said(one, outcome, now, plain=plain) for one in ours]

    def _said(self, ready: _Ready, outcome: Outcome, now: datetime, *, plain: bool) -> Told:
        """Keep and mark what a channel answered."""
        mine, through, first = ready.mine, ready.chapter.revision, ready.first
        self.store.tried(
            Try(mine.incident, mine.channel, mine.passed, through, now, outcome.answer, outcome.detail, plain)
        )

        def move(held: Telling, more: bool) -> Telling:  # noqa: FBT001 - whether there is more, as `_mark` says it
            if outcome.answer is Answer.ACCEPTED:  # it is told, whoever has the lease now (rule 3)
                return told(held, mine.lease, through, now, first=first, news=more, thread=outcome.thread)
            if held.lease != mine.lease:
                return held
            if outcome.answer is Answer.REFUSED:
                return given_up(held, through, now, news=more)
            return failed(held, outcome.retry_after, now, self.settings.give_up)

        after = move(mine, False)
        if after.dead or after.given_up > mine.given_up:  # first, so that a crash in between loses no alarm
            self._alarm(mine, through, outcome.detail, now)
        return Told(self._mark(mine, move, through), outcome)

    def _alarm(self, mine: Telling, through: int, why: str, now: datetime) -> None:
        """Let every channel hear that this one did not take a notice (rule 11); of such an alarm there is none."""
        if mine.key.family == UNDELIVERED.family:
            return
        deed = deed_of_undelivered(mine.channel, mine.incident, through, why, now)
        bodies = {deed.event_id: deed.error.encode}
        key = key_of_undelivered(mine.channel)
        hearers = Hearers(self.settings, self.rules)
        commit(self.store, key, [deed], bodies, hearers=hearers, now=self.now, new_id=self.new_id)

    def _words(self, made: Callable[[], Notice], plain: Callable[[str], Notice]) -> tuple[Outcome, bool]:
        """Send a notice; one that is refused, or cannot be rendered, goes out in plain words (rule 11)."""
        try:
            outcome = self.channel.send(made())
        except Exception as fault:  # noqa: BLE001 - a fault of ours in one renderer: the plain words go out, and say so
            said = f"the notice could not be rendered ({type(fault).__name__})"
        else:
            if outcome.answer is not Answer.REFUSED:
                return outcome, False
            said = outcome.detail
        outcome = self.channel.send(plain(said))
        return replace(outcome, detail=f"{said}; in plain words: {outcome.detail}"), True

    def _chapter(self, mine: Telling, tree: Tree, news: Sequence[Deed], through: int) -> Chapter:
        earlier: list[Deed] = []
        for head in tree.heads:
            end = mine.passed if head.id == mine.incident else head.deeds
            earlier += self.store.deeds(head.id, 0, min(end, _MOST_READ))
        heads = tree.heads
        return Chapter(
            tree.root,
            through,
            news,
            earlier,
            sum(one.triggers for one in heads),
            sum(one.records for one in heads),
            mine.incident if mine.incident != tree.root.id else "",
        )

    def _move(self, mine: Telling, move: Callable[[Telling, bool], Telling], through: int) -> Telling:
        """Mark a row as long as it is ours; another's move stands."""
        return self._mark(mine, lambda held, more: move(held, more) if held.lease == mine.lease else held, through)

    def _mark(self, mine: Telling, move: Callable[[Telling, bool], Telling], through: int) -> Telling:
        """Mark a row from what stands now: news that came meanwhile keeps it due (rule 2)."""
        for _ in range(MOST_TURNS):
            held = self.store.telling(mine.incident, mine.channel) or mine
            more = self.store.tree(mine.incident).head(mine.incident).deeds > through
            after = move(held, more)
            if after is held or self.store.mark(after, held.version):
                return after
        raise TocsinError(f"the store refused {MOST_TURNS} marks of one telling in a row")
