"""The channels that are services of AWS: a call within a deadline, and its answer as an outcome."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tocsin.adapters.aws import answer, carried
from tocsin.adapters.channels.deadline import DEADLINE, safe, within
from tocsin.adapters.channels.sender import Sender
from tocsin.core.delivery.outcome import Answer, Outcome
from tocsin.core.notice.aws import as_finding, as_sns
from tocsin.core.notice.mail import as_mail
from tocsin.errors import TocsinError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime, timedelta

    from tocsin.adapters.aws import Clients
    from tocsin.core.notice.notice import Notice

# The request was read, and its content is the fault ("Errors" of Publish and BatchImportFindings). SES's
# MessageRejected is none of them: most often the sender is not verified yet.
_REFUSALS = frozenset({"InvalidParameter", "InvalidParameterValue", "InvalidInputException"})


@dataclass(frozen=True, slots=True)
class Call:
    """One call: the service, the operation as its API names it, and its parameters."""

    service: str
    operation: str
    parameters: dict[str, Any]


class CalledChannel:
    """Fits `flows.ports.Channel`: one call of AWS a notice.

    Args:
        name: the channel's name in the settings.
        clients: of whose account and Region.
        made: gives the call that tells a notice; it may ask AWS for who calls.
        heard: gives what became of it, from what AWS answered; None takes every answer as accepted.
        deadline: how long it may take in all.
    """

    def __init__(
        self,
        name: str,
        clients: Clients,
        made: Callable[[Notice], Call],
        heard: Callable[[dict[str, Any]], Outcome] | None = None,
        deadline: timedelta = DEADLINE,
    ) -> None:
        self.name, self._clients, self._made, self._heard, self._deadline = name, clients, made, heard, deadline

    def send(self, notice: Notice) -> Outcome:
        """Make the call. Never raises for what AWS, or the way to it, does."""
        outcome: list[Outcome] = []

        def work() -> None:
            try:
                outcome.append(self._called(self._made(notice)))
            except TocsinError as fault:
                outcome.append(_failed(fault, Answer.BUSY))

        if within(self._deadline, work, lambda: None) and outcome:
            return outcome[0]
        return Outcome(Answer.BUSY, f"no answer within {self._deadline.total_seconds():g} s")

    def _called(self, call: Call) -> Outcome:
        client = client_of(self._clients, call.service, self._deadline)
        said, code, fault = answer(client, call.operation, call.parameters)
        if fault is not None:
            return _failed(fault, Answer.REFUSED if code in _REFUSALS else Answer.BUSY)
        if self._heard:
            return self._heard(said)
        return Outcome(Answer.ACCEPTED, safe(f"{call.operation}: {said.get('MessageId', 'done')}", ()))


def _failed(fault: TocsinError, answer: Answer) -> Outcome:
    return Outcome(answer, safe(f"{fault.message} {fault.hint}".strip(), ()))


def client_of(clients: Clients, service: str, deadline: timedelta) -> Any:  # noqa: ANN401 - boto3 makes clients at run time
    """A client whose calls end in time, and which reads no answer without end."""
    client = clients.client(service, deadline=deadline)
    authorities = os.environ.get("AWS_CA_BUNDLE", "")

    def carry(method: str, url: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, Mapping[str, str], bytes]:
        came = Sender(url, deadline=deadline, authorities=authorities).exchange(body, headers, method)
        if not came.status:
            raise ConnectionError(came.failed or "no answer")
        return came.status, came.headers, came.body

    carried(client, carry)
    return client


def sns_channel(name: str, clients: Clients, topic: str) -> CalledChannel:
    """A channel that publishes to a topic."""
    return CalledChannel(name, clients, lambda notice: Call("sns", "Publish", as_sns(notice, topic)))


def ses_channel(
    name: str, clients: Clients, sender: str, to: Sequence[str], now: Callable[[], datetime]
) -> CalledChannel:
    """A channel that mails by SES (SES API v2, "SendEmail" with a raw message)."""

    def made(notice: Notice) -> Call:
        raw = as_mail(notice, sender, to, now()).as_bytes()
        parameters = {
            "FromEmailAddress": sender,
            "Destination": {"ToAddresses": [*to]},
            "Content": {"Raw": {"Data": raw}},
        }
        return Call("sesv2", "SendEmail", parameters)

    return CalledChannel(name, clients, made)


def hub_channel(name: str, clients: Clients, now: Callable[[], datetime]) -> CalledChannel:
    """A channel that imports findings into the Security Hub of the caller's account."""
    account: list[str] = []

    def made(notice: Notice) -> Call:
        if not account:
            said, _, fault = answer(client_of(clients, "sts", DEADLINE), "GetCallerIdentity", {})
            if fault is not None:
                raise fault
            account.append(said["Account"])
        return Call(
            "securityhub",
            "BatchImportFindings",
            {"Findings": [as_finding(notice, account[0], clients.region, now())]},
        )

    def heard(said: dict[str, Any]) -> Outcome:
        if not said.get("FailedCount"):
            return Outcome(Answer.ACCEPTED, "BatchImportFindings: taken")
        failed = (said.get("FailedFindings") or [{}])[0]
        code = str(failed.get("ErrorCode", ""))
        why = safe(f"BatchImportFindings: {code}: {failed.get('ErrorMessage', '')}", ())
        return Outcome(Answer.REFUSED if code.startswith("InvalidInput") else Answer.BUSY, why)

    return CalledChannel(name, clients, made, heard)
