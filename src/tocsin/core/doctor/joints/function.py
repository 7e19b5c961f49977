"""Functions that are told: there, able to run, and open to who calls them.

Lambda Developer Guide, "Lambda function states", "Configuring reserved concurrency" (0 throttles every call), "Using
resource-based policies for Lambda" and "Using Lambda with Amazon SQS" (what a function's role needs to read a queue).
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from tocsin.core.doctor.joints import counts, role
from tocsin.core.doctor.looks import look
from tocsin.core.doctor.policies import Gate, sources_of
from tocsin.core.doctor.walk import Fault, Joint, Reach, Told, told_of
from tocsin.core.steps import Came

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tocsin.core.doctor.joints.place import Place
    from tocsin.core.doctor.looks import Looks
    from tocsin.core.doctor.policies import Sender

_LAMBDA = "lambda.amazonaws.com"
_READING = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")
_ABLE = frozenset({"", "Active", "Inactive"})  # Inactive wakes at its next call


def joints(place: Place, arn: str, senders: Sequence[Sender], reads: str = "") -> list[Joint]:
    """A function that something calls.

    Args:
        place: where.
        arn: the function's.
        senders: who has to be let in; nobody where a role of the account calls.
        reads: ARN of the queue that it reads, or ``""``.
    """
    return [Joint("function", arn, partial(_judge, place, arn, senders, reads), f"{sources_of(senders)} {reads}")]


def _judge(place: Place, arn: str, senders: Sequence[Sender], reads: str, looks: Looks) -> Told:
    shown = looks.shown("lambda", "GetFunctionConfiguration", FunctionName=arn)
    if shown is None:
        return told_of([Fault("TOC701", "there is no such function")], "")
    concurrency, policy = looks.every(
        [look("lambda", "GetFunctionConcurrency", FunctionName=arn), look("lambda", "GetPolicy", FunctionName=arn)]
    )
    faults, name = [], arn.split(":")[6]  # a version or an alias may follow
    if (state := str(shown.get("State") or "")) not in _ABLE:
        faults.append(Fault("TOC702", f"its state is {state}: {shown.get('StateReason', 'no reason is given')}"))
    if concurrency.result.get("ReservedConcurrentExecutions") == 0:
        allow = f"aws lambda delete-function-concurrency --function-name {name}"
        faults.append(Fault("TOC703", "its reserved concurrency is 0, so that it never runs", allow))
    text = str(policy.result.get("Policy", "")) if policy.came is Came.DONE else ""
    for sender in senders:
        gate = Gate(text, "lambda:InvokeFunction", arn)
        if refusal := gate.refusal(sender):
            add = (
                f"aws lambda add-permission --function-name {name} --statement-id tocsin-doctor "
                f"--action lambda:InvokeFunction --principal {sender.service} --source-arn {gate.shut(sender)[0]}"
            )
            faults.append(Fault("TOC704", refusal, add))
    then = [counts.function(place, arn, name)]
    if by := str(shown.get("Role") or ""):
        then.append(role.joint(by, _LAMBDA, _READING if reads else (), reads, "TOC708"))
    return told_of(faults, "it can run, and may be called", then, Reach.HEARD)
