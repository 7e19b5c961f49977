"""The drill: a decoy is deleted and every hop is timed; the mailbox plays the person who reads the mail."""

from __future__ import annotations

import os
import re
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

from tocsin.errors import TocsinError
from tocsin.rehearsal.stage import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import Iterator
    from email.message import EmailMessage

    from tocsin.rehearsal.stage import Stage

TITLE = "The drill: a decoy is deleted for real, and somebody types the code of the mail"
_CODE = re.compile(r"\[tocsin-drill-(\w+)\] was DELETED")


def play(stage: Stage) -> None:
    """Drill, hear, type.

    Raises:
        TocsinError: a hop did not come.
    """
    stage.ready()
    with stage.listening(), _reader(stage) as stdin:
        said = stage.type("drill", "--yes", "--confirm", since="  answered", stdin=stdin)
        stage.heard.wait_for(lambda notice: "tocsin-drill-" in notice.title)
    if "whole: a person has heard it" not in said:
        raise TocsinError(f"the drill did not end with a person: {said}")
    stage.tell("drilled", {"hops": [line.split()[0] for line in said.splitlines() if " s  " in line]})


@contextmanager
def _reader(stage: Stage) -> Iterator[TextIO]:
    """Standard input at which somebody sits who reads the mail, and types the code that stands in it."""
    reading, writing = os.pipe()
    before = {_code(mail) for mail in list(stage.account.mailbox.messages)}

    def read_and_type() -> None:
        try:
            mail = stage.account.mailbox.wait_for(lambda one: _code(one) not in {"", *before}, PATIENCE_S)
            os.write(writing, f"{_code(mail)}\n".encode())
        except TimeoutError:
            pass  # the drill itself says that nobody has heard it
        finally:
            os.close(writing)

    person = threading.Thread(target=read_and_type, name="person", daemon=True)
    person.start()
    with os.fdopen(reading, encoding="utf-8") as stdin:
        yield stdin
    person.join(PATIENCE_S)


def _code(mail: EmailMessage) -> str:
    """The code of the drill that a mail tells of, or ``""``."""
    found = _CODE.search(mail.get_content())
    return found[1] if found else ""
