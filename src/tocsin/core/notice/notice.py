"""A notice: what a person reads about an incident, and the chapter of its story that it is made of.

Every text in a notice is inert (`core.text`): it cannot act on a terminal or hide. What a channel's own markup would
make of it is that channel's renderer's care.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tocsin.core.incident.deed import Deed
    from tocsin.core.incident.incident import Incident
    from tocsin.core.match.rules import Severity
    from tocsin.core.record.subject import Subject


class Fact(NamedTuple):
    """One line of a notice: a label and what is so."""

    label: str
    value: str


class ConsoleLink(NamedTuple):
    """A place in the AWS console where a person goes on."""

    label: str
    url: str


class Notice(NamedTuple):
    """What a person reads.

    Attributes:
        incident: the incident's id.
        revision: through which of its deeds it is told; the next notice has a higher one.
        part: the id of the incident whose deeds these are, where it was merged into this one; else ``""``. Each has
            revisions of its own.
        severity: how bad.
        rule: the id of the headline's rule.
        title: the subject line.
        sentence: one sentence that a person can act on.
        facts: who, whom, when, from where, how, MFA, account, event.
        new: what is told for the first time, a line with its time each, where that is more than the sentence says.
        story: what else rang in the same story, likewise.
        before: what went before it, and with it, likewise.
        subjects: the first thousand names that the sentence is about, past one.
        next_steps: what to do next.
        links: where in the console.
        account: the account it happened in.
        region: where it was recorded.
        thread: by what the channel itself knows what it was told of the incident before, or ``""``.
    """

    incident: str
    revision: int
    severity: Severity
    rule: str
    title: str
    sentence: str
    facts: tuple[Fact, ...]
    new: tuple[str, ...] = ()
    story: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    next_steps: tuple[str, ...] = ()
    links: tuple[ConsoleLink, ...] = ()
    account: str = ""
    region: str = ""
    part: str = ""
    thread: str = ""

    @property
    def id(self) -> str:
        """What tells this notice from every other, and is the same however often it is sent."""
        return f"{self.part or self.incident}/{self.revision}"

    @property
    def foot(self) -> str:
        """Which incident it is, through which deed it tells, and by which rule."""
        of = f" of its part {self.part}" if self.part else ""
        return f"{self.incident} revision {self.revision}{of} rule {self.rule}"

    @property
    def heading(self) -> str:
        """The title, with how bad it is before it."""
        return f"[{str(self.severity).upper()}] {self.title}"

    @property
    def lists(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """What is told in lines, each list under its own words, in the order in which it is told."""
        return (
            ("New (UTC)", self.new),
            ("Also in this story (UTC)", self.story),
            ("What went before, and with it (UTC)", self.before),
        )


class Chapter(NamedTuple):
    """What a notice is made of.

    Attributes:
        incident: the incident that goes on.
        revision: through which deed it is told.
        news: the deeds that are told for the first time, one at least.
        earlier: deeds of the same story that are not among them, as many as are to be shown.
        triggers: how many deeds of the whole story ring by themselves.
        records: how many records the whole story has.
        part: the id of the incident whose deeds the news are, where it was merged into this one; else ``""``.
        why: why it is told now, or here, where that is not plain: it was held back, was expected, others did not hear.
    """

    incident: Incident
    revision: int
    news: Sequence[Deed]
    earlier: Sequence[Deed] = ()
    triggers: int = 0
    records: int = 1
    part: str = ""
    why: str = ""

    @property
    def headline(self) -> Deed:
        """The deed that the sentence tells: the loudest of what is new."""
        return self.news[0] if len(self.news) == 1 else min(self.news, key=lambda one: one.rank)

    @property
    def subjects(self) -> list[Subject]:
        """Whom the sentence is about: those of the headline's rule, in the order of their names."""
        rule = self.headline.rule
        return sorted({one.subject for one in self.news if one.rule == rule and one.subject})
