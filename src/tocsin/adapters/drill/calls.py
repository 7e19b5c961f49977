"""Calls of AWS as steps, and what AWS answers as values."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tocsin.adapters.aws import answer
from tocsin.core.drill.steps import Answered

if TYPE_CHECKING:
    from tocsin.adapters.aws import Clients
    from tocsin.core.drill.steps import Step


class Calls:
    """Fits `flows.ports.Calls`.

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
        result, code, fault = answer(self._clients.client(step.service), step.operation, step.parameters)
        return Answered(result, code, fault.message, fault.hint) if fault else Answered(result)

    def with_key(self, access_key_id: str, secret_access_key: str) -> Calls:
        """The same, with the key of somebody else."""
        return Calls(replace(self._clients, own_key=(access_key_id, secret_access_key)))
