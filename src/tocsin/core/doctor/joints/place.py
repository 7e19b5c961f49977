"""Where a pipeline stands, and what its judges are given beside what is seen."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class Doubt:
    """What `tocsin lint` says of a pattern.

    Attributes:
        id: the finding's id, ``TL102``.
        never: whether AWS refuses the pattern, or it never matches.
        reason: why.
        mend: the nearest valid form, or what to do; may be ``""``.
    """

    id: str
    never: bool
    reason: str
    mend: str


class Patterns(Protocol):
    """Judges event patterns; lint lies above the core."""

    def doubts(self, rule: str, pattern: str, region: str) -> Sequence[Doubt]:
        """What is wrong with a pattern in a Region, apart from the rule's state and bus.

        Args:
            rule: its rule's name.
            pattern: its text.
            region: where the rule is.
        """


@dataclass(frozen=True, slots=True)
class Expected:
    """What a rule of the pipeline has to be like.

    Attributes:
        pattern: its pattern.
        words: by the ARN of each target: its input transformer as paths and template, or None.
        unlettered: targets of which no dead letters are kept: what the observer misses is no loss.
    """

    pattern: str
    words: Mapping[str, tuple[Mapping[str, str], str] | None]
    unlettered: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Own:
    """What is known of the pipeline that is walked, where it is our own.

    Attributes:
        links: which link a thing is of, by the link that anybody's would be of and the ARN.
        hears: who may hear of each topic, by its ARN; the observer is one.
        rules: what each rule has to be like, by its ARN.
    """

    links: Mapping[tuple[str, str], str] = field(default_factory=dict)
    hears: Mapping[str, frozenset[str]] = field(default_factory=dict)
    rules: Mapping[str, Expected] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Place:
    """An account and a Region of it.

    Attributes:
        partition: such as ``aws``.
        region: the Region that is looked at.
        account: the account's id.
        iam_region: the Region in which the partition records IAM.
        patterns: judges patterns.
        golden: EventBridge events of IAM calls as JSON: a user's deletion first.
        now: the time.
        own: what is known of our own pipeline.
    """

    partition: str
    region: str
    account: str
    iam_region: str
    patterns: Patterns
    golden: tuple[str, ...]
    now: datetime
    own: Own = Own()

    def link(self, link: str, thing: str) -> str:
        """The link that a thing is of."""
        return self.own.links.get((link, thing), link)

    def arn(self, service: str, rest: str) -> str:
        """An ARN of this place."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{rest}"


@dataclass(frozen=True, slots=True)
class Sent:
    """What comes to a topic, for the filters of its subscriptions.

    Attributes:
        by: the name of the rule that sends it.
        bodies: what it sends, of some events.
    """

    by: str = ""
    bodies: tuple[str, ...] = ()


def name_of(arn: str) -> str:
    """The last part of an ARN."""
    return arn.rpartition(":")[2].rpartition("/")[2]


def region_of(arn: str) -> str:
    """The Region of an ARN."""
    parts = arn.split(":", 5)
    return parts[3] if len(parts) > 5 else ""  # noqa: PLR2004 - the parts of an ARN


def account_of(arn: str) -> str:
    """The account of an ARN."""
    parts = arn.split(":", 5)
    return parts[4] if len(parts) > 5 else ""  # noqa: PLR2004 - the parts of an ARN
