"""Calls of AWS as steps, and what AWS answers as values."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

from tocsin.adapters.aws import answer
from tocsin.core.steps import Answered

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tocsin.adapters.aws import Clients
    from tocsin.core.steps import Step

# Below botocore's ten connections a client, and gentle to AWS's limits of some ten calls a second.
AT_ONCE = 8


class Calls:
    """Fits `flows.ports.Calls` and `flows.ports.Looker`.

    Args:
        clients: of the account.
    """

    def __init__(self, clients: Clients) -> None:
        self._clients = clients

    def call(self, step: Step) -> Answered:
        """Make one call; what AWS refuses is an answer.

        Raises:
            Unreachable: AWS cannot be reached.
        """
        client = self._clients.client(step.service)
        result, code, fault = answer(client, step.operation, step.parameters, every_page=step.every_page)
        return Answered(result, code, fault.message, fault.hint) if fault else Answered(result)

    def look(self, steps: Sequence[Step]) -> list[Answered]:
        """Make calls that change nothing, a few at once; answers come in the order of the calls.

        Raises:
            Unreachable: AWS cannot be reached.
        """
        for service in {step.service for step in steps}:
            self._clients.client(service)  # clients are made one after the other: botocore's session is not for threads
        if len(steps) < 2:  # noqa: PLR2004 - one needs no thread
            return [self.call(step) for step in steps]
        with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
            return list(pool.map(self.call, steps))

    def with_key(self, access_key_id: str, secret_access_key: str) -> Calls:
        """The same, with the key of somebody else."""
        return Calls(replace(self._clients, own_key=(access_key_id, secret_access_key)))
