"""Decoys: made with all that a real user has, and taken away in the order in which AWS lets them go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tocsin.core.drill import lookout
from tocsin.core.drill.decoy import Decoy
from tocsin.core.drill.journal import Kind, Thing, made_by
from tocsin.core.steps import Answered, Came, Step
from tocsin.errors import UsageError
from tocsin.flows.walk import LONGEST_PAUSE_S, refused

if TYPE_CHECKING:
    from tocsin.core.drill.journal import Journal
    from tocsin.flows.walk import Walker

# How long a user is tried to be deleted, in seconds: a conflict may be told late, and each try is a record.
PATIENCE_S = 180.0
_FIRST_PAUSE_S = 1.0
# How long it is doubted that something is not there, in seconds between two looks.
_DOUBTS_S = (0.5, 1.0, 2.0)
# What was made a moment ago may not be seen everywhere yet.
_FRESH = (Came.NOT_YET, Came.GONE)


@dataclass(frozen=True, slots=True)
class Deed:
    """A call that was to ring.

    Attributes:
        asked: when it was sent, by a clock that does not jump.
        answered: when AWS answered, by the same.
    """

    asked: float
    answered: float


def birth(decoy: Decoy, walker: Walker) -> Answered:
    """Make the user alone; gives what AWS answered, a refusal too.

    Raises:
        Unreachable: AWS cannot be reached.
        UsageError: somebody else's user has the name.
    """
    step = decoy.birth()
    answered = walker.walk(step)
    if answered.came is not Came.TAKEN:
        return answered
    # It may be our own, made by a call whose answer was lost.
    looked = walker.walk(decoy.look(), _FRESH)
    if looked.came is Came.DONE and decoy.is_this(looked.result["User"]):
        return looked
    walker.notes.drop(Thing(Kind.USER, decoy.name))
    raise UsageError(f"there is a user {decoy.name} that is not this drill's", hint="drill again: each has a new code")


def live(decoy: Decoy, walker: Walker, password: str) -> list[str]:
    """Give it all that a real user has; gives what was refused and left out, a sentence each."""
    left_out: list[str] = []
    lacks_group = False
    steps = list(decoy.life(password))
    while steps:
        step = steps.pop(0)
        if step.operation == "AddUserToGroup" and lacks_group:
            continue
        answered = walker.walk(step, _FRESH)
        if answered.came is Came.DONE:
            steps = [*decoy.follows(step, answered.result, walker.clock.now().timestamp()), *steps]
            continue
        if answered.came is Came.TAKEN and (thing := made_by(step)):
            walker.notes.drop(thing)  # it is somebody else's
        lacks_group = lacks_group or step.operation == "CreateGroup"
        left_out.append(f"{step.says}: {answered.said}")
    return left_out


def take(decoy: Decoy, walker: Walker) -> Deed:
    """Take away all that the user has, and delete it; what is left is listed again before each try.

    Raises:
        Unreachable: AWS refuses, or cannot be reached, or goes on finding something left.
    """
    began, pause = walker.clock.monotonic(), _FIRST_PAUSE_S
    while True:
        problems = strip(decoy, walker)
        answered, asked, at = walker.timed(decoy.death(), ())
        # The answer of an earlier try may have been lost. Who may only touch what has a path is denied what has none.
        lost = answered.came in (Came.GONE, Came.DENIED) and _is_there(decoy, "User", walker) is False
        if answered.came is Came.DONE or lost:
            walker.notes.drop(Thing(Kind.USER, decoy.name))
            return Deed(asked, at)
        if answered.came not in (Came.CONFLICT, Came.NOT_YET, Came.GONE):
            raise refused(answered)
        if problems:
            raise refused(problems[0])
        if at - began > PATIENCE_S:
            raise refused(answered)
        walker.clock.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE_S)


def _is_there(decoy: Decoy, kind: str, walker: Walker) -> bool | None:
    """Whether there is a user or group of the decoy's name below the drill's path; None where nobody may look.

    That it is not is asked again before it is believed.
    """
    for pause in (*_DOUBTS_S, 0.0):
        marker = ""
        while True:
            page = walker.walk(decoy.find(kind, marker))
            if page.came is not Came.DONE:
                return None
            if any(one[f"{kind}Name"] == decoy.name for one in page.result[f"{kind}s"]):
                return True
            if not page.result.get("IsTruncated"):
                break
            marker = page.result["Marker"]
        walker.clock.sleep(pause)
    return False


def strip(decoy: Decoy, walker: Walker) -> list[Answered]:
    """Take away all that the user has; gives what was refused."""
    problems: list[Answered] = []

    def done(step: Step) -> Answered:
        answered = walker.walk(step)
        if answered.came not in (Came.DONE, Came.GONE):
            problems.append(answered)
        return answered

    for look in decoy.looks():
        shown = done(look)
        if shown.came is Came.DONE:
            for removal in decoy.removals(look, shown.result):
                done(removal)
    return problems


def clean(journal: Journal, walker: Walker) -> list[str]:
    """Take away all that a journal names and that is still there.

    Args:
        journal: of a drill.
        walker: makes the calls.

    Returns:
        What was taken away, a sentence each.

    Raises:
        Unreachable: AWS refuses, or cannot be reached; what is left stays in the journal.
    """
    done: list[str] = []
    heading = journal.heading
    for kind in Kind:  # in the order in which one may go before the other
        for thing in (one for one in journal.things if one.kind is kind):
            decoy = Decoy(thing.name, heading.drill, heading.account, heading.partition)
            gone = _user_gone(decoy, walker) if kind is Kind.USER else _thing_gone(thing, decoy, walker)
            walker.notes.drop(thing)
            if gone:
                done.append(f"{kind} {thing.name}")
    return done


def _thing_gone(thing: Thing, decoy: Decoy, walker: Walker) -> bool:
    if thing.kind is Kind.GROUP and _is_there(decoy, "Group", walker) is False:
        return False
    own = {Kind.GROUP: [decoy.group_gone()], Kind.DEVICE: decoy.unhoused()}
    steps = own.get(thing.kind, lookout.removals(thing))
    while steps:
        answered = walker.gone(steps.pop(0))
        if answered.came is Came.GONE:
            return False
        steps = [*lookout.follows(thing, answered.result), *steps]
    return True


def _user_gone(decoy: Decoy, walker: Walker) -> bool:
    if _is_there(decoy, "User", walker) is False:
        return False
    looked = walker.gone(decoy.look())
    if looked.came is Came.GONE or not decoy.is_this(looked.result["User"]):
        return False
    take(decoy, walker)
    return True
