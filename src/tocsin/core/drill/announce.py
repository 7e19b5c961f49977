"""What a drill will do, what it costs and what it may set off, said before anybody agrees to it.

Findings: Amazon GuardDuty User Guide, "GuardDuty IAM finding types"; AWS Security Hub User Guide, "IAM controls"
(IAM.2, IAM.5, IAM.19). Prices: CloudTrail, SNS, SQS and EventBridge pricing pages.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tocsin.core.drill.hops import Hop
from tocsin.core.drill.result import Variant
from tocsin.core.text import join

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tocsin.core.drill.aim import Aim
    from tocsin.core.drill.hops import Wait

_DOES = {
    Variant.DELETE: "an IAM user below /tocsin-drill/ that may do nothing is made, with {life}, and deleted for real",
    Variant.DENIED: (
        "an IAM user below /tocsin-drill/ that may do nothing is made, tries to delete itself with a key of its own, "
        "and is refused. It is then deleted, which rings the plain wire"
    ),
    Variant.MASS: "twenty IAM users below /tocsin-drill/ that may do nothing are made, and deleted two a second",
    Variant.TAMPER: (
        "an event rule with the pipeline's prefix, which matches nothing and sends nowhere, is made and deleted: the "
        "bell of tampering rings, and nothing is silenced"
    ),
}
_LIFE = "an access key, a password, a virtual MFA device, two policies, a group and tags"
_NAMES = {
    Hop.WIRE: "topic",
    Hop.RULE: "rule",
    Hop.FEED: "queue's rule",
    Hop.HISTORY: "event history",
    Hop.PERSON: "a person",
}
_FINDINGS = {
    Variant.DELETE: (
        "GuardDuty may report Persistence, PrivilegeEscalation or Impact:IAMUser/AnomalousBehavior of you; Security "
        "Hub and Config what they think of a user with a key, a password and a policy of its own (IAM.2, IAM.5, IAM.19)"
    ),
    Variant.DENIED: "GuardDuty may report Impact:IAMUser/AnomalousBehavior of the decoy, or of you",
    Variant.MASS: "GuardDuty may report Impact:IAMUser/AnomalousBehavior of you",
    Variant.TAMPER: "whatever watches changes of event rules",
}


def announcement(variant: Variant, waits: Sequence[Wait], *, reduced: bool, heard: int | None) -> list[tuple[str, str]]:
    """What is to be said before a drill: a label and a sentence each.

    Args:
        variant: what is drilled.
        waits: the hops that are waited for.
        reduced: whether the decoy is the user alone.
        heard: how many subscribers the config names; None where the pipeline is not ours.
    """
    life = "nothing of its own" if reduced else _LIFE
    said = [("does", _DOES[variant].format(life=life))]
    if variant is not Variant.DENIED:
        many = "" if heard is None else f" ({heard} in the config)"
        said.append(("rings", f"everybody who hears the alarm hears this too{many}: tell them"))
    if variant is Variant.MASS:
        warning = (
            "SNS turns a mail subscription off above ten mails a second, and a real wipe-out would do so too; two a "
            "second are below that. Look at `tocsin subscription list` afterwards"
        )
        said.append(("mind", warning))
    cost = "calls of IAM are free; messages, records and requests are below 0.01 USD; text messages cost what they cost"
    waited = [f"{_NAMES[wait.hop]} {_minutes(wait)}" for wait in waits]
    return [
        *said,
        ("costs", cost),
        ("findings", _FINDINGS[variant]),
        ("waits", f"at most, for each by itself: {join(waited)}"),
        ("leaves", "nothing; tocsin drill --clean takes away what a drill left that was killed"),
    ]


def looks(aim: Aim, settle: float) -> list[tuple[str, str]]:
    """What is to be said of how somebody else's pipeline is looked at.

    Args:
        aim: what of it can be.
        settle: how long what is made for it is given until it holds, in seconds.
    """
    made = ["a queue is made", *([f"subscribed to {join(list(aim.topics), most=2)}"] if aim.topics else [])]
    twin = ", and a rule with the same pattern that sends to it" if aim.pattern else ""
    said = f"{' and '.join(made)}{twin}; it is given {settle:g} s until it holds, and taken away again"
    doubt = "what does not come to it proves nothing: that is told as `can not tell`, and a person's answer decides"
    return [("looks", said), ("doubts", doubt), *(("mind", note) for note in aim.notes)]


def _minutes(wait: Wait) -> str:
    seconds = wait.patience.total_seconds()
    return f"{seconds / 60:g} min" if seconds >= 60 else f"{seconds:g} s"  # noqa: PLR2004 - seconds a minute
