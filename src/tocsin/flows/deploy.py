"""Deploying the pipeline: work out a change set, carry it out. The full verbs stand on these two."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tocsin.core.partitions import partition_of
from tocsin.core.template.parameters import checked_parameters, parameters_of
from tocsin.core.template.pipeline import compose
from tocsin.core.template.subscribers import subscriber_of
from tocsin.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from tocsin.core.match.rules import Rule
    from tocsin.core.settings import Settings
    from tocsin.core.template.changes import ChangeSet, Standing
    from tocsin.flows.ports import Stacks


# What the template keeps when its stack is deleted ("DeletionPolicy: Retain"); a test holds this to the template.
KEPT = frozenset({"LogBucket", "TopicKey"})
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
    subscribers = [subscriber_of(text) for text in settings.subscribers]
    return compose(frame, rules, durable=settings.durable, subscribers=subscribers)


def plan(stacks: Stacks, settings: Settings, frame: str, rules: Iterable[Rule], *, region: str) -> ChangeSet:
    """What deploying the rules would change. The change set is left for `apply` or `Stacks.discard`.

    Args:
        stacks: CloudFormation.
        settings: its ``name`` is the stack's; the rest gives template and parameters.
        frame: the text of ``pipeline.yaml``.
        rules: the rules that are on.
        region: where the stack is to stand.

    Raises:
        UsageError: the Region is one where the alarm could never ring, or a parameter or the template is at fault;
            found before AWS is asked.
        Unreachable: CloudFormation cannot be reached, or refuses.
    """
    home = partition_of(region)
    if region != home.iam_region:
        raise UsageError(
            f"in {region} the alarm could never ring: partition {home.name} records IAM in {home.iam_region}",
            hint=f"use --region {home.iam_region}",
        )
    values = checked_parameters(frame, parameters_of(settings))
    return stacks.propose(settings.name, template_of(settings, frame, rules), values)


def apply(stacks: Stacks, changes: ChangeSet, told: Callable[[str], None] = lambda _: None) -> Mapping[str, str]:
    """Carry a change set out and wait for its end.

    Args:
        stacks: CloudFormation.
        changes: from `plan`. One without changes is thrown away, and the stack stays as it is.
        told: is told, in a word, what is happening.

    Returns:
        The stack's outputs.

    Raises:
        Unreachable: CloudFormation refuses, or a resource failed; the message names it and says why.
    """
    if changes.changes:
        stacks.execute(changes)
    else:
        stacks.discard(changes)
    return stacks.wait(changes, told)


def ours(stacks: Stacks, stack: str) -> Standing | None:
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


def own(stacks: Stacks, stack: str) -> Standing | None:
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


def parting(stacks: Stacks, stack: str) -> tuple[list[tuple[str, str, str]], list[tuple[str, str, str]]]:
    """The resources that go with a stack, and those that stay in the account: logical id, type and physical id each."""
    every = stacks.resources(stack)
    return [one for one in every if one[0] not in KEPT], [one for one in every if one[0] in KEPT]


def destroy(stacks: Stacks, standing: Standing, told: Callable[[str], None]) -> Sequence[tuple[str, str, str]]:
    """Delete the pipeline's stack.

    Args:
        stacks: CloudFormation.
        standing: from `ours`.
        told: is told, in a word, what is happening.

    Returns:
        What stays in the account: logical id, type and physical id of each resource that the template keeps.

    Raises:
        UsageError: the stack is protected from being deleted.
        Unreachable: CloudFormation cannot be reached, or refuses, or a resource could not be deleted.
    """
    if standing.protected:
        raise UsageError(
            f"stack {standing.name} is protected from being deleted",
            hint="aws cloudformation update-termination-protection --no-enable-termination-protection --stack-name "
            + standing.name,
        )
    _, kept = parting(stacks, standing.name)
    stacks.delete(standing, told)
    return kept
