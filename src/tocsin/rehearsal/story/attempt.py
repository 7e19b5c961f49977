"""Second act: somebody who may not delete users tries to, and is told of as just that."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from tocsin.errors import TocsinError

if TYPE_CHECKING:
    from tocsin.rehearsal.stage import Stage

TITLE = "The attempt: somebody who may not delete users tries to"


def play(stage: Stage) -> None:
    """Try, be refused, hear.

    Raises:
        TocsinError: the call was not refused, or nothing was heard of it.
    """
    stage.ready()
    iam = stage.client("iam")
    for name in ("carol", "mallory"):
        iam.create_user(UserName=name)
    key = iam.create_access_key(UserName="mallory")["AccessKey"]
    keys = {"access_key_id": key["AccessKeyId"], "secret_access_key": key["SecretAccessKey"]}
    with stage.listening():
        stage.say("mallory, who may do nothing, tries to delete carol")
        _refused(stage, keys)
        answered = time.time()
        notice, noticed = stage.heard.wait_for(lambda notice: notice.rule == "iam-user-delete-denied")
    seconds = max(noticed - answered, 0.0)
    stage.say(f"  notice in the terminal   +{seconds:.2f} s; the plain wire stays silent: nothing was deleted")
    stage.tell("heard", {"notice": notice.title, "seconds": {"notice_in_the_terminal": round(seconds, 3)}})


def _refused(stage: Stage, keys: dict[str, str]) -> None:
    iam = stage.client("iam", keys, user_agent="")
    try:
        iam.delete_user(UserName="carol")
    except iam.exceptions.ClientError as fault:
        if fault.response["Error"]["Code"] != "AccessDenied":
            raise TocsinError(f"the call was refused, but not as denied: {fault}") from fault
        return
    raise TocsinError("mallory, who may do nothing, deleted carol")
