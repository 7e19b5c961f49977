"""Dead letters: what waits and why, and moving it back once the cause is mended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tocsin.core.notice.render import as_text
from tocsin.errors import Unreachable
from tocsin.flows.explain import Explained, explain

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from tocsin.core.delivery.letters import Letter
    from tocsin.core.match.rules import RuleSet
    from tocsin.core.settings import Settings
    from tocsin.flows.ports import Letters

# How long a task of AWS's is waited for, and how long between two looks.
PATIENCE_S = 600.0
PAUSE_S = 2.0


@dataclass(frozen=True, slots=True)
class Told:
    """A dead letter in words.

    Attributes:
        letter: the letter.
        title: what the event is.
        text: all of it, as a person is to read it.
    """

    letter: Letter
    title: str
    text: str


def tell(letter: Letter, rules: RuleSet, settings: Settings, now: datetime) -> Told:
    """Say what a letter holds: the notice that its event makes, or that it cannot be read."""
    for item in explain(letter.body, rules, settings, now):
        if isinstance(item, Explained):
            notice = item.notices[0]
            return Told(letter, notice.title, as_text(notice))
    return Told(letter, f"unreadable ({len(letter.body):,} bytes)", letter.body.decode("utf-8", "replace"))


def waiting(letters: Letters, rules: RuleSet, settings: Settings, now: datetime) -> list[Told]:
    """Every dead letter of a queue, oldest first; each stays where it is."""
    found = list(letters.take())
    letters.release(found)
    return [tell(one, rules, settings, now) for one in sorted(found, key=lambda letter: letter.sent)]


def replay(letters: Letters, say: Callable[[Letter], Told]) -> Iterator[Told]:
    """Move the dead letters of the rules back, one by one: sent first, and only then taken out.

    What went to a topic is told in words, since no rule transforms it any more.

    Args:
        letters: the queue.
        say: puts a letter into words.

    Yields:
        Each letter once it is back.

    Raises:
        Unreachable: AWS cannot be reached, or refuses; that letter and all after it stay.
    """
    found = list(letters.take())
    done = 0
    try:
        for letter in found:
            told = say(letter)
            letters.send(letter.target, letter.body.decode("utf-8", "replace"), told.title, told.text)
            letters.delete(letter)
            done += 1
            yield told
    finally:
        letters.release(found[done:])


def move(letters: Letters, sleep: Callable[[float], None]) -> int:
    """Let AWS move the dead letters of the feed back to where they came from; gives how many.

    Raises:
        Unreachable: AWS cannot be reached, or refuses, or did not come to an end.
    """
    task = letters.start_moving()
    for _ in range(int(PATIENCE_S / PAUSE_S)):
        state, moved, fault = letters.moving(task)
        if state == "COMPLETED":
            return moved
        if state in ("FAILED", "CANCELLED"):
            raise Unreachable(
                f"moving the dead letters ended {state} after {moved:,}: {fault or 'no reason given'}",
                hint="what was not moved stays: mend the cause and replay again",
            )
        sleep(PAUSE_S)
    raise Unreachable(
        f"moving the dead letters has not ended in {PATIENCE_S:.0f} s, and AWS goes on",
        hint="tocsin dead-letters list shows what is left",
    )
