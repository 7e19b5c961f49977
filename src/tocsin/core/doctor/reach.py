"""Whether anybody at all hears of a user's deletion, over everything that was walked: one way that is whole is enough.

What was not seen, or can not be told, counts as whole here: this says only what is sure.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from tocsin.core.doctor.walk import Fault, Joint, Reach, Told

if TYPE_CHECKING:
    from collections.abc import Sequence

# What listens, and what stands beside the way that comes after: who sends needs it whole.
_LISTENERS = frozenset({"rule", "wire-rule", "log-filter", "notification"})
_GATES = frozenset({"topic-policy", "topic-key", "queue-policy", "queue-key", "role"})
_ASIDE = _GATES | {"dead-letters"}
# The findings with which nothing comes any further; with the others it may ring, or somebody else hears.
_CUTS = frozenset(
    {"TOC101", "TOC102", "TOC104", "TOC121", "TOC122", "TOC123", "TOC131", "TOC132", "TOC133"}
    | {"TOC201", "TOC202", "TOC203", "TOC204", "TOC205", "TOC208", "TOC301", "TOC302", "TOC303", "TOC306"}
    | {"TOC401", "TOC402", "TOC501", "TOC601", "TOC602", "TOC701", "TOC702", "TOC703", "TOC704", "TOC708"}
    | {"TOC802", "TOC803", "TOC901", "TOC902", "TOC903", "TOC904"}
)


def nobody(account: str, told: Sequence[tuple[Joint, Told]]) -> list[tuple[Joint, Told]]:
    """What is to be said of a walk of everything in which no way to anybody is whole: nothing where one may be.

    Args:
        account: the account's id.
        told: the walk.
    """
    heard = dict(told)
    listening = [
        joint
        for joint, one in told
        if joint.link in _LISTENERS and (one.reach is not Reach.ON or any(map(_unseen, one.faults)))
    ]
    if not listening:
        return [_said("TOC003", account, ["nothing that listens takes a user's deletion in"], "tocsin init")]
    trails = [one for joint, one in told if joint.link == "trail" and not one.recorded]
    if trails and all(map(_cuts, trails)):
        return [_said("TOC004", account, [f"no event comes from a trail: {', '.join(_codes(trails))}"])]

    @cache
    def cut(joint: Joint) -> frozenset[str]:
        """With what every way from here is cut; nothing where one may be whole."""
        one = heard.get(joint)
        if one is None or any(map(_unseen, one.faults)):
            return frozenset()
        gates = [heard[gate] for gate in one.then if gate.link in _GATES and gate in heard]
        if found := _codes([one, *gates]):
            return frozenset(found)
        if one.reach is Reach.HEARD:
            return frozenset()
        beyond = [cut(way) for way in one.then if way.link not in _ASIDE and leads(way)]
        return frozenset().union(*beyond) if all(beyond) else frozenset()

    @cache
    def leads(joint: Joint) -> bool:
        """Whether a joint is on a way to somebody, and does not only stand beside one."""
        one = heard.get(joint)
        return one is None or bool(_codes([one]) or one.reach is Reach.HEARD or any(map(leads, one.then)))

    cuts = {joint: sorted(cut(joint)) for joint in listening}
    if not all(cuts.values()):
        return []
    return [_said("TOC004", account, [f"{joint.thing}: {', '.join(codes)}" for joint, codes in cuts.items()])]


def _said(code: str, account: str, evidence: Sequence[str], mend: str = "") -> tuple[Joint, Told]:
    joint = Joint("account", f"account {account}", lambda _: Told())
    return joint, Told(tuple(Fault(code, one, mend) for one in evidence))


def _unseen(fault: Fault) -> bool:
    return fault.code in ("TOC001", "TOC002")


def _cuts(one: Told) -> bool:
    return bool(_codes([one]))


def _codes(told: Sequence[Told]) -> list[str]:
    return sorted({fault.code for one in told for fault in one.faults} & _CUTS)
