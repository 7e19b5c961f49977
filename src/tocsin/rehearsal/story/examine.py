"""The doctor: the whole pipeline, one link of it broken and mended, and an alarm that was made by hand from a guide."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tocsin.errors import TocsinError
from tocsin.rehearsal.stage import STACK
from tocsin.rehearsal.story import drill

if TYPE_CHECKING:
    from tocsin.rehearsal.stage import Stage

TITLE = "The doctor: nothing on the whole pipeline, one broken link found and mended, and what a guide leaves out"
RULE = f"{STACK}-wire-iam-user-deleted"
GUIDE = "IAMUserDeletionRule"
# What a guide of the common kind leaves in an alarm, whose trail is sound here: docs/reference/findings.md.
FAULTS = ("TOC207", "TOC305", "TOC402", "TOC501", "TOC502")
_PATTERN = {
    "source": ["aws.iam"],
    "detail-type": ["AWS API Call via CloudTrail"],
    "detail": {"eventSource": ["iam.amazonaws.com"], "eventName": ["DeleteUser"]},
}


def play(stage: Stage) -> None:
    """Examine, break, find, mend, ring; then the guide.

    Raises:
        TocsinError: something was found in the whole pipeline, or something was not that is broken.
    """
    stage.ready()
    stage.account.settle()
    stage.type("doctor", since="nothing found")
    stage.say(f"\nsomebody: aws events disable-rule --name {RULE}\n")
    stage.client("events").disable_rule(Name=RULE)
    stage.account.settle()
    _expect("TOC202", stage.type("doctor", ends=1, since="TOC"))
    stage.say("")
    stage.type("doctor", "--fix", "--yes", since="done")
    stage.say("\nand it rings again:\n")
    drill.play(stage)
    _guide(stage)


def _guide(stage: Stage) -> None:
    """An alarm as a guide of the common kind has it made, step by step; and what the doctor says of it."""
    stage.say("\nsomebody follows a guide: a topic, an address, a rule, a target; and waits for a mail\n")
    sns, events = stage.client("sns"), stage.client("events")
    topic = sns.create_topic(Name="IAMUserDeletion")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="admin@example.com")
    events.put_rule(Name=GUIDE, EventPattern=json.dumps(_PATTERN))
    events.put_targets(Rule=GUIDE, Targets=[{"Id": "1", "Arn": topic}])
    stage.account.settle()
    said = stage.type("doctor", "--rule", GUIDE, ends=1, since="TOC")
    for code in FAULTS:
        _expect(code, said)
    events.remove_targets(Rule=GUIDE, Ids=["1"])
    events.delete_rule(Name=GUIDE)
    sns.delete_topic(TopicArn=topic)
    stage.account.settle()
    stage.tell("examined", {"link": "wire-rule", "rule": RULE, "guide": list(FAULTS)})


def _expect(code: str, said: str) -> None:
    if code not in said:
        raise TocsinError(f"the doctor did not find {code}: {said}")
