"""The walk asks for what it lacks, judges each joint once, and never calls fine what it has not seen."""

from __future__ import annotations

from tocsin import config
from tocsin.core.doctor.findings import findings
from tocsin.core.doctor.looks import Looks, look
from tocsin.core.doctor.policies import CanNotTell
from tocsin.core.doctor.walk import Fault, Joint, told_of, walk
from tocsin.core.steps import Answered
from tocsin.flows.doctor import examine

KINDS = config.finding_kinds()


def rule(name):
    return look("events", "DescribeRule", Name=name)


def needs(*names, then=(), code="TOC202"):
    """A judge that needs to see rules, and finds fault with those that are off."""

    def judge(looks):
        shown = [looks.shown("events", "DescribeRule", Name=name) for name in names]
        return told_of([Fault(code, "off") for one in shown if one and one["State"] == "DISABLED"], "on", then)

    return judge


class Account:
    def __init__(self, answers):
        self.rounds = []
        self._answers = answers

    def look(self, steps):
        self.rounds.append([step.parameters["Name"] for step in steps])
        return [self._answers[step.parameters["Name"]] for step in steps]


def test_what_is_wanting_is_asked_for_in_rounds_and_nothing_twice():
    inner = Joint("target", "b", needs("b"))
    first = [Joint("rule", "a", needs("a", then=(inner,))), Joint("rule", "c", needs("c", then=(inner,)))]
    account = Account({name: Answered({"State": "ENABLED"}) for name in "abc"})
    walked = examine(first, account)
    assert account.rounds == [["a", "c"], ["b"]]
    assert [(joint.thing, told.evidence) for joint, told in walked.told] == [("a", "on"), ("b", "on"), ("c", "on")]


def test_a_refusal_is_a_finding_of_its_own_with_what_is_missing_and_the_walk_goes_on():
    denied = Answered(code="AccessDeniedException", said="DescribeRule: not authorized", hint="add this statement")
    account = Account({"a": denied, "b": Answered({"State": "DISABLED"})})
    walked = examine([Joint("rule", "a", needs("a")), Joint("rule", "b", needs("b"))], account)
    found = findings(walked.told, KINDS)
    assert [(one.kind.code, one.thing, one.mend) for one in found] == [
        ("TOC001", "a", ("add this statement",)),
        ("TOC202", "b", ()),
    ]


def test_throttling_is_not_seen_and_what_is_gone_is_gone():
    account = Account({"a": Answered(code="ThrottlingException", said="slow"), "b": Answered(code="NotFound")})
    walked = examine([Joint("rule", "a", needs("a")), Joint("rule", "b", needs("b"))], account)
    assert [one.kind.code for one in findings(walked.told, KINDS)] == ["TOC001"]


def test_what_can_not_be_told_is_unclear():
    def judge(looks):
        raise CanNotTell("a condition")

    walked = walk([Joint("topic-policy", "t", judge)], Looks({}))
    assert [(one.kind.code, one.evidence) for one in findings(walked.told, KINDS)] == [("TOC002", ("a condition",))]


def test_many_joints_that_meet_one_fault_make_one_finding_with_all_the_evidence():
    def shut(said):
        return lambda _: told_of([Fault("TOC402", said, "mend", (rule("x"),))], "")

    walked = walk([Joint("topic-policy", "t", shut(said), said) for said in ("a", "b", "a ")], Looks({}))
    [found] = findings(walked.told, KINDS)
    assert (found.evidence, found.mend, len(found.fix)) == (("a", "b", "a "), ("mend",), 1)
