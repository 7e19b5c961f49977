"""Deploying the pipeline: work out a change set, carry it out. The full verbs stand on these two."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tocsin.core.partitions import partition_of
from tocsin.core.template.failures import DELETED_RECENTLY
from tocsin.core.template.parameters import checked_parameters, parameters_of
from tocsin.core.template.pipeline import compose
from tocsin.core.template.subscribers import subscribers_of
from tocsin.errors import Unreachable, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from tocsin.core.match.rules import Rule
    from tocsin.core.settings import Settings
    from tocsin.core.template.changes import ChangeSet, Stack
    from tocsin.flows.ports import Stacks


# What the template keeps when its stack is deleted ("DeletionPolicy"); a test holds this to the template.
KEPT = frozenset({"LogBucket", "TopicKey", "Queue", "QueueDeadLetters", "RuleDeadLetters"})
# SQS API Reference, "CreateQueue": how long the name of a deleted queue may not be used.
BLOCKED_S = 60.0
# States that no change set gets a stack out of (CloudFormation User Guide, "Stack status codes").
STUCK = {
    "ROLLBACK_COMPLETE": "its first creation failed, and nothing can be made of it",
    "ROLLBACK_FAILED": "its first creation failed, and what it had made could not be taken away",
    "CREATE_FAILED": "its first creation failed",
    "DELETE_FAILED": "something in it could not be deleted",
    "UPDATE_ROLLBACK_FAILED": "an update failed, and the way back failed too",
}
_DELETE = "tocsin destroy, then apply again"
_WAY_OUT = dict.fromkeys(STUCK, _DELETE) | {
    "UPDATE_ROLLBACK_FAILED": "aws cloudformation continue-update-rollback, then apply again"
}


def template_of(settings: Settings, frame: str, rules: Iterable[Rule]) -> str:
    """The template that the settings describe.

    Args:
        settings: size, subscribers.
        frame: the text of ``pipeline.yaml``.
        rules: the rules that are on.

    Raises:
        UsageError: AWS would refuse it by its limits.
    """
    return compose(frame, rules, durable=settings.durable, subscribers=subscribers_of(settings))


def plan(stacks: Stacks, settings: Settings, frame: str, rules: Iterable[Rule], *, region: str) -> ChangeSet:
    """What deploying the rules would change. The change set is left for `apply` or `Stacks.discard`.

    Args:
        stacks: CloudFormation.
        settings: its ``name`` is the stack's; the rest gives template and parameters.
        frame: the text of ``pipeline.yaml``.
        rules: the rules that are on.
        region: where the stack is to stand.

    Raises:
        UsageError: the Region is one where the alarm could never ring, or a parameter or the template is at fault,
            found before AWS is asked; or the stack is not ours, or in a state that takes no change (`own`).
        Unreachable: CloudFormation cannot be reached, or refuses.
    """
    home = partition_of(region)
    if region != home.iam_region:
        raise UsageError(
            f"in {region} the alarm could never ring: partition {home.name} records IAM in {home.iam_region}",
            hint=f"use --region {home.iam_region}",
        )
    values = checked_parameters(frame, parameters_of(settings))
    template = template_of(settings, frame, rules)
    new = own(stacks, settings.name) is None
    return stacks.propose(settings.name, template, values, new=new, tags=settings.tags, role=settings.service_role)


def apply(
    stacks: Stacks,
    changes: ChangeSet,
    told: Callable[[str], None] = lambda _: None,
    *,
    again: Callable[[], ChangeSet],
    sleep: Callable[[float], None],
) -> Mapping[str, str]:
    """Carry a change set out and wait for its end.

    Args:
        stacks: CloudFormation.
        changes: from `plan`. One without changes is thrown away, and the stack stays as it is.
        told: is told, in a word, what is happening.
        again: plans anew, for a second try.
        sleep: waits so many seconds, while the name of a queue that was just deleted may not be used.

    Returns:
        The stack's outputs.

    Raises:
        Unreachable: CloudFormation refuses, or a resource failed; the message names it and says why.
    """
    try:
        return _carried_out(stacks, changes, told)
    except Unreachable as fault:
        if DELETED_RECENTLY not in fault.message:
            raise
    told(f"a queue of that name was deleted just now, and AWS wants {BLOCKED_S:.0f} s in between: waiting for them")
    sleep(BLOCKED_S)
    return _carried_out(stacks, again(), told)


def _carried_out(stacks: Stacks, changes: ChangeSet, told: Callable[[str], None]) -> Mapping[str, str]:
    if changes.changes:
        stacks.execute(changes)
    else:
        stacks.discard(changes)
    return stacks.wait(changes, told)


def protect(stacks: Stacks, settings: Settings) -> None:
    """Let the stack be protected from being deleted, or not, as the config says."""
    standing = stacks.look(settings.name)
    if standing is not None and standing.protected is not settings.protect:
        stacks.protect(standing, on=settings.protect)


def ours(stacks: Stacks, stack: str) -> Stack | None:
    """A stack of ours as it stands, failed or not, or None where there is none.

    Raises:
        UsageError: a stack of that name is not ours, or somebody is changing it now.
    """
    standing = stacks.look(stack)
    if standing is None or standing.status == "REVIEW_IN_PROGRESS":
        return None
    if not standing.ours:
        raise UsageError(
            f"there is a stack {stack} in this account and Region, and it is not Tocsin's",
            hint="choose another `name` in tocsin.toml",
        )
    if standing.status.endswith("_IN_PROGRESS"):
        raise UsageError(
            f"stack {stack} is {standing.status}: somebody is changing it now", hint="wait until that has ended"
        )
    return standing


def own(stacks: Stacks, stack: str) -> Stack | None:
    """A stack of ours that works or can be changed, or None where there is none.

    Raises:
        UsageError: as `ours`, or the stack is in a state from which only a person can get it out.
    """
    standing = ours(stacks, stack)
    if standing is not None and standing.status in STUCK:
        raise UsageError(
            f"stack {stack} is {standing.status}: {STUCK[standing.status]}", hint=_WAY_OUT[standing.status]
        )
    return standing


def parting(stacks: Stacks, standing: Stack) -> tuple[Sequence[tuple[str, str, str]], Sequence[tuple[str, str, str]]]:
    """The resources that go with a stack, and those that stay in the account: logical id, type and physical id each."""
    every = stacks.resources(standing.id)
    return [one for one in every if one[0] not in KEPT], [one for one in every if one[0] in KEPT]


def destroy(stacks: Stacks, standing: Stack, told: Callable[[str], None]) -> None:
    """Delete the pipeline's stack; what stays is what `parting` gave.

    Args:
        stacks: CloudFormation.
        standing: from `ours`.
        told: is told, in a word, what is happening.

    Its protection from being deleted is lifted first: whoever destroys has said so by its name.

    Raises:
        Unreachable: CloudFormation cannot be reached, or refuses, or a resource could not be deleted.
    """
    if standing.protected:
        told("its protection from being deleted is lifted")
        stacks.protect(standing, on=False)
    stacks.delete(standing, told)
