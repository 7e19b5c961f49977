"""Holding: whether what a channel does not know yet may wait, as its quiet hours and what is expected have it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tocsin.core.delivery.holding import Release, release_of
from tocsin.core.incident.expecting import past_ceiling, span, why_not_expected

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tocsin.core.channels import ChannelSpec
    from tocsin.core.expected import Expected
    from tocsin.core.incident.deed import Deed
    from tocsin.core.settings import Settings
    from tocsin.flows.ports import Store


@dataclass(frozen=True, slots=True)
class Holder:
    """Says what may wait.

    Attributes:
        store: where it is counted what was expected.
        settings: what is expected.
        channel: whose quiet hours they are.
    """

    store: Store
    settings: Settings
    channel: ChannelSpec

    def release(self, ringing: Sequence[Deed], read: Sequence[Deed]) -> Release:
        """From when deeds that ring may go out: together, as soon as one of them may.

        Args:
            ringing: the deeds, one at least.
            read: all that was read of their incident, these included: who was privileged may stand there.
        """
        if not self.settings.expected and not self.channel.quiet:
            return Release(min(one.came for one in ringing))
        grave = {one.about for one in read if one.urgent and one.about}
        over = self._over([one for one in ringing if one.expected])
        each = [
            release_of(
                deed,
                self.channel,
                self.settings,
                rings=deed.urgent or deed.about in grave or deed.expected in over,
            )
            for deed in ringing
        ]
        first = min(each, key=lambda one: one.at)
        if first.why:
            return first
        passed = next((over[one.expected] for one in ringing if one.expected in over), None)
        if passed:
            often = f"not more than {passed.per_hour:,} times in an hour"
            return Release(first.at, f"{passed.name} is expected to do this ({passed.reason}), but {often}")
        whys = (why_not_expected(one, self.settings) for one in sorted(ringing, key=lambda one: one.rank))
        return Release(first.at, next(filter(None, whys), ""))

    def _over(self, deeds: Sequence[Deed]) -> dict[str, Expected]:
        """The entries of some deeds that did more than is expected of them, by their names."""
        found = {}
        for name in {one.expected for one in deeds}:
            entry = self.settings.expected.get(name)
            if entry is None:
                continue  # it is expected no more: `release_of` lets it ring
            own = [one for one in deeds if one.expected == name]
            if past_ceiling(self.store.expected(name, *span(own, entry)), own, entry):
                found[name] = entry
        return found
