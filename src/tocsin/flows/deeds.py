"""What a drill does so that the bell rings, a class a variant: each prepares, and then does it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from tocsin.core.drill.decoy import Decoy
from tocsin.core.drill.hops import Call
from tocsin.core.drill.journal import Kind, Thing
from tocsin.core.drill.result import Variant
from tocsin.core.grants.driller import PATH
from tocsin.core.steps import Came, Step
from tocsin.errors import Unreachable
from tocsin.flows import decoys
from tocsin.flows.decoys import Deed
from tocsin.flows.walk import refused

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tocsin.flows.drill import Order
    from tocsin.flows.walk import Walker


# How many decoys a mass deletion has, and how long after one the next is deleted, in seconds.
MANY = 20
PACE_S = 0.5


class Deeds(Protocol):
    """What a variant does."""

    call: Call

    def prepare(self) -> Sequence[str]:
        """Make what is needed; gives what was refused and left out, a sentence each."""

    def do(self) -> Mapping[str, Deed]:
        """Ring; gives when each call was asked and answered, by the name that stands in its notice."""


def of(order: Order, walker: Walker) -> Deeds:
    """What an order wants done."""
    return _VARIANTS[order.variant](order, walker)


def call_of(variant: Variant) -> Call:
    """The call by which a variant rings."""
    return _VARIANTS[variant].call


class _Delete:
    """One decoy with a full life is deleted."""

    call = Call("DeleteUser")

    def __init__(self, order: Order, walker: Walker) -> None:
        self._order = order
        self._walker = walker
        self._decoy = decoy_of(order)

    def prepare(self) -> Sequence[str]:
        born = decoys.birth(self._decoy, self._walker)
        if born.came is Came.DENIED:
            raise Unreachable(
                f"no decoy can be made: {born.said}",
                hint=f"{born.hint}; or tocsin drill --variant denied, which leaves the wire unproven".lstrip("; "),
            )
        if born.came is not Came.DONE:
            raise refused(born)
        return [] if self._order.reduced else decoys.live(self._decoy, self._walker, self._order.password)

    def do(self) -> Mapping[str, Deed]:
        return {self._decoy.name: decoys.take(self._decoy, self._walker)}


class _Denied:
    """A decoy tries to delete itself with its own key, under the boundary that denies everything.

    Where no decoy can be made, the caller tries to delete a user that does not exist: who may not is refused before
    AWS looks whether it does.
    """

    call = Call("DeleteUser", denied=True)

    def __init__(self, order: Order, walker: Walker) -> None:
        self._walker = walker
        self._decoy = decoy_of(order)
        self._by = walker

    def prepare(self) -> Sequence[str]:
        born = decoys.birth(self._decoy, self._walker)
        if born.came is Came.DENIED:
            return [f"the decoy, so the try is made with your own credentials: {born.said}"]
        if born.came is not Came.DONE:
            raise refused(born)
        made = self._walker.must(self._decoy.key(), (Came.NOT_YET, Came.GONE)).result["AccessKey"]
        own = self._walker.calls.with_key(str(made["AccessKeyId"]), str(made["SecretAccessKey"]))
        self._by = replace(self._walker, calls=own)
        return []

    def do(self) -> Mapping[str, Deed]:
        answered, asked, at = self._by.timed(self._decoy.death())
        if answered.came is not Came.DENIED:
            raise Unreachable(
                f"the call was to be denied, and was not: {answered.said or 'it was done'}",
                hint="tocsin drill, without a variant, drills the deletion itself",
            )
        return {self._decoy.name: Deed(asked, at)}


class _Mass:
    """Many decoys are deleted, two a second."""

    call = Call("DeleteUser")

    def __init__(self, order: Order, walker: Walker) -> None:
        self._walker = walker
        self._decoys = [decoy_of(order, f"-{number:02}") for number in range(1, MANY + 1)]

    def prepare(self) -> Sequence[str]:
        for decoy in self._decoys:
            if (born := decoys.birth(decoy, self._walker)).came is not Came.DONE:
                raise refused(born)
        return []

    def do(self) -> Mapping[str, Deed]:
        done: dict[str, Deed] = {}
        began = self._walker.clock.monotonic()
        for number, decoy in enumerate(self._decoys):
            early = began + number * PACE_S - self._walker.clock.monotonic()
            if early > 0:
                self._walker.clock.sleep(early)
            answered, asked, at = self._walker.timed(decoy.death(), (Came.NOT_YET, Came.GONE))
            if answered.came is not Came.DONE:
                raise refused(answered)
            self._walker.notes.drop(Thing(Kind.USER, decoy.name))
            done[decoy.name] = Deed(asked, at)
        return done


class _Tamper:
    """An event rule with the pipeline's prefix, which matches nothing and sends nowhere, is made and deleted."""

    call = Call("DeleteRule")

    def __init__(self, order: Order, walker: Walker) -> None:
        self._walker = walker
        self._name = f"{order.pipeline}-drill-{order.code}"

    def prepare(self) -> Sequence[str]:
        pattern = json.dumps({"source": ["tocsin.drill"]})
        rule = {"Name": self._name, "EventPattern": pattern, "State": "DISABLED"}
        self._walker.must(Step("events", "PutRule", rule, "an event rule"))
        return []

    def do(self) -> Mapping[str, Deed]:
        answered, asked, at = self._walker.timed(Step("events", "DeleteRule", {"Name": self._name}, "the event rule"))
        if answered.came is not Came.DONE:
            raise refused(answered)
        self._walker.notes.drop(Thing(Kind.RULE, self._name))
        return {self._name: Deed(asked, at)}


def decoy_of(order: Order, suffix: str = "") -> Decoy:
    """A decoy of an order; its name carries the code."""
    return Decoy(f"{PATH}-{order.code}{suffix}", order.drill, order.account, order.partition)


_VARIANTS: dict[Variant, type[_Delete | _Denied | _Mass | _Tamper]] = {
    Variant.DELETE: _Delete,
    Variant.DENIED: _Denied,
    Variant.MASS: _Mass,
    Variant.TAMPER: _Tamper,
}
