"""The figures of a plan: what a month costs, what is used of AWS's limits, and the values that it is deployed with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tocsin.core.template.costs import Cost, costs
from tocsin.core.template.costs import lines as cost_lines
from tocsin.core.template.parameters import parameters_of
from tocsin.core.template.quotas import Quota, Used, quotas
from tocsin.core.template.quotas import lines as quota_lines

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tocsin.core.settings import Settings


@dataclass(frozen=True, slots=True)
class Figures:
    """What stands below a plan."""

    costs: list[Cost]
    quotas: list[Quota]
    parameters: Mapping[str, str]

    @classmethod
    def of(cls, settings: Settings, template: str, used: Used) -> Figures:
        """The figures of a template.

        Args:
            settings: which it was composed from.
            template: what is deployed.
            used: what the account has besides.
        """
        limits = quotas(template, used, own_trail=not settings.trail)
        return cls(costs(settings, template), limits, parameters_of(settings))

    def blocks(self) -> list[list[str]]:
        """For a person: a block of lines each."""
        values = [f"  {name}: {value or 'none'}" for name, value in self.parameters.items()]
        return [cost_lines(self.costs), quota_lines(self.quotas), ["parameters", *values]]

    def data(self) -> dict[str, Any]:
        """For a program."""
        return {
            "costs": [
                {"what": one.what, "usd": None if one.usd is None else float(one.usd), "says": one.says}
                for one in self.costs
            ],
            "quotas": [
                {"what": one.what, "ours": one.ours, "others": one.others, "limit": one.limit} for one in self.quotas
            ],
            "parameters": dict(self.parameters),
        }
