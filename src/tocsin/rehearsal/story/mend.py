"""Last act: the pipeline is whole, somebody breaks it by hand, it is mended, and it is taken away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tocsin.errors import TocsinError
from tocsin.rehearsal.stage import STACK

if TYPE_CHECKING:
    from tocsin.rehearsal.stage import Stage

TITLE = "The mending: somebody silences the bell by hand, and it is found and mended"
RULE = f"{STACK}-wire-iam-user-deleted"
_BROKEN = f"{RULE}: it is DISABLED"


def play(stage: Stage) -> None:
    """Look, break, look, mend, look, take away.

    Raises:
        TocsinError: what was broken was not named, or not mended.
    """
    stage.ready()
    stage.account.settle()
    stage.type("status")
    stage.say(f"\nsomebody: aws events disable-rule --name {RULE}\n")
    stage.client("events").disable_rule(Name=RULE)
    stage.account.settle()
    said = stage.type("status", ends=1)
    if _BROKEN not in said:
        raise TocsinError(f"status did not name what was broken: {said}")
    stage.say("")
    mended = stage.type("apply", "--yes")
    if "by hand" not in mended:
        raise TocsinError(f"apply did not tell what was changed by hand: {mended}")
    stage.say("")
    stage.type("status")
    stage.tell("mended", {"link": "wire-rule", "rule": RULE})
    if stage.keep:
        return
    stage.say("")
    stage.type("destroy", "--yes", "--name", STACK)
    stage.outputs.clear()
