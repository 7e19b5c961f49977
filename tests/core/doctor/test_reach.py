"""Whether anybody hears at all: one whole way is enough, and only what is sure is said."""

from __future__ import annotations

import pytest

from tocsin.core.doctor.reach import nobody
from tocsin.core.doctor.walk import Fault, Joint, Reach, Told


def joint(link, thing="x"):
    return Joint(link, thing, lambda _: Told())


RULE, TARGET, TOPIC = joint("rule", "arn:r"), joint("target"), joint("topic")
POLICY, PEOPLE, DEAD = joint("topic-policy"), joint("subscription"), joint("dead-letters")
TRAIL = joint("trail", "trails in us-east-1")


def walked(**faults):
    """A whole way from a rule to people, with findings at some joints."""

    def at(name, then=(), reach=Reach.ON):
        return Told(tuple(Fault(code, "e") for code in faults.get(name, ())), "", tuple(then), reach=reach)

    return [
        (TRAIL, at("trail")),
        (RULE, at("rule", [TARGET], Reach.TAKES)),
        (TARGET, at("target", [TOPIC, DEAD])),
        (TOPIC, at("topic", [POLICY, PEOPLE])),
        (POLICY, at("policy")),
        (PEOPLE, at("people", reach=Reach.HEARD)),
        (DEAD, at("dead")),
    ]


def said(told):
    return [(fault.code, fault.evidence) for _, one in nobody("1", told) for fault in one.faults]


@pytest.mark.parametrize(
    "faults",
    [
        {},
        {"people": ["TOC502"]},
        {"dead": ["TOC611"]},
        {"policy": ["TOC403"]},
        {"policy": ["TOC001"]},
        {"topic": ["TOC002"]},
        {"rule": ["TOC001"]},
    ],
)
def test_a_way_that_is_whole_or_not_known_to_be_cut_is_heard(faults):
    assert said(walked(**faults)) == []


@pytest.mark.parametrize(
    ("faults", "codes"),
    [
        ({"rule": ["TOC202"]}, "TOC202"),
        ({"target": ["TOC303"]}, "TOC303"),
        ({"policy": ["TOC402"]}, "TOC402"),
        ({"people": ["TOC501", "TOC502"]}, "TOC501"),
        ({"policy": ["TOC402"], "people": ["TOC501"]}, "TOC402"),
    ],
)
def test_a_way_that_is_cut_is_named_with_what_cuts_it_first(faults, codes):
    assert said(walked(**faults)) == [("TOC004", f"arn:r: {codes}")]


def test_without_a_trail_no_way_begins():
    assert said(walked(trail=["TOC102"])) == [("TOC004", "no event comes from a trail: TOC102")]
    another = (joint("trail", "own"), Told(evidence="it is sound"))
    assert said([*walked(trail=["TOC102"]), another]) == []


def test_a_second_way_is_enough():
    second = [(joint("rule", "arn:s"), Told(then=(joint("queue"),), reach=Reach.TAKES))]
    queue = [(joint("queue"), Told(reach=Reach.HEARD))]
    assert said([*walked(policy=["TOC402"]), *second, *queue]) == []
    target = (joint("queue"), Told((Fault("TOC601", "e"),)))
    both = said([*walked(policy=["TOC402"]), *second, target])
    assert both == [("TOC004", "arn:r: TOC402"), ("TOC004", "arn:s: TOC601")]


def test_rules_for_other_calls_listen_for_no_deletion():
    others = [(joint("rule", "arn:o"), Told(evidence="for roles"))]
    assert [code for code, _ in said(others)] == ["TOC003"]
