"""A verdict a link: the worst of what was found, what it means, and what was seen where nothing was."""

from __future__ import annotations

import pytest

from tocsin import config
from tocsin.core.doctor.findings import findings
from tocsin.core.doctor.pipeline import links_made
from tocsin.core.doctor.verdicts import Standing, verdicts
from tocsin.core.doctor.walk import Fault, Joint, told_of
from tocsin.core.template.links import LINKS

KINDS = config.finding_kinds()


def joint(link, thing="arn:aws:x:us-east-1:123456789012:thing", on=""):
    return Joint(link, thing, lambda _: told_of([], ""), on)


def told(*pairs, made=()):
    walked = [(joint(link, on=str(i)), found) for i, (link, found) in enumerate(pairs)]
    return {one.link.id: one for one in verdicts(walked, findings(walked, KINDS), made)}


def test_verdicts_come_in_the_order_of_the_list_of_links():
    every = [(link.id, told_of([], "it is there")) for link in reversed(LINKS)]
    found = told(*every)
    assert list(found) == [link.id for link in LINKS]
    assert {one.standing for one in found.values()} == {Standing.WHOLE}
    assert found["topic"].evidence == "it is there"


@pytest.mark.parametrize(
    ("codes", "standing", "first"),
    [
        (["TOC504", "TOC502"], Standing.BROKEN, "TOC502"),
        (["TOC504", "TOC001"], Standing.NOT_SEEN, "TOC001"),
        (["TOC504", "TOC002"], Standing.UNCLEAR, "TOC002"),
        (["TOC504"], Standing.WEAK, "TOC504"),
    ],
)
def test_the_worst_finding_is_the_verdict(codes, standing, first):
    one = told(("subscription", told_of([Fault(code, f"said {code}") for code in codes], "")))["subscription"]
    assert (one.standing, one.evidence, one.so) == (standing, f"thing: said {first}", KINDS[first].so)
    assert one.codes == tuple(codes)


def test_what_was_not_walked_is_not_seen_and_never_fine():
    one = told(("queue", told_of([Fault("TOC601", "gone")], "")), made={"queue", "queue-policy"})["queue-policy"]
    assert (one.standing, one.evidence) == (Standing.NOT_SEEN, "what it hangs on is broken or not seen")


def test_many_things_of_a_link_are_counted():
    pairs = [(joint("wire-rule", f"rule/{i}"), told_of([], "enabled")) for i in range(3)]
    assert [one.evidence for one in verdicts(pairs, findings(pairs, KINDS), ())] == ["3 of them: enabled"]


def test_a_stack_has_the_links_of_its_resources_and_those_that_have_none():
    assert links_made({"Topic": "t"}) == {"topic", "trail", "subscription", "alarm-subscription"}
