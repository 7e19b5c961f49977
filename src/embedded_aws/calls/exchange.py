"""One call: as a handler of ours is given it, and with its answer, as the recorder is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime

    from embedded_aws.calls.http import HttpResponse, ParsedResponse
    from embedded_aws.calls.operations import Call
    from embedded_aws.calls.principals import Caller


@dataclass(frozen=True, slots=True)
class ApiRequest:
    """What a handler of our own is given.

    Attributes:
        params: spelled as in botocore's model of the operation.
        headers: of the HTTP request, names in lower case.
        forward: lets moto answer this very request and returns its result; raises ApiError as moto answers.
    """

    service: str
    operation: str
    params: dict[str, Any]
    caller: Caller
    region: str
    account_id: str
    headers: Mapping[str, str] = field(repr=False)
    forward: Callable[[], dict[str, Any]] = field(repr=False)


Handler = Callable[[ApiRequest], Mapping[str, Any] | None]


@dataclass(frozen=True, slots=True)
class Exchange:
    """One call and its answer, for the recorder."""

    call: Call
    caller: Caller
    outcome: ParsedResponse
    answer: HttpResponse
    time: datetime
    request_id: str
    denied: bool = False
    memo: object = None
