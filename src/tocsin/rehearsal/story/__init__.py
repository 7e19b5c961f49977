"""The story that `tocsin rehearse` tells, one act a file, in the order in which they are played."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tocsin.rehearsal.story import attempt, automation, bell, drill, examine, mend, night

if TYPE_CHECKING:
    from collections.abc import Callable

    from tocsin.rehearsal.stage import Stage


@dataclass(frozen=True, slots=True)
class Act:
    """One act.

    Attributes:
        name: by which it is played alone.
        title: one line.
        play: plays it; raises `TocsinError` if something did not arrive.
    """

    name: str
    title: str
    play: Callable[[Stage], None]


ACTS = (
    Act("bell", bell.TITLE, bell.play),
    Act("attempt", attempt.TITLE, attempt.play),
    Act("drill", drill.TITLE, drill.play),
    Act("doctor", examine.TITLE, examine.play),
    Act("night", night.TITLE, night.play),
    Act("automation", automation.TITLE, automation.play),
    Act("mend", mend.TITLE, mend.play),
)
