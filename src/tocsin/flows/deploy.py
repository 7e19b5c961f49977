"""Deploying the pipeline: work out a change set, carry it out. The full verbs stand on these two."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tocsin.core.partitions import partition_of
from tocsin.core.template.parameters import checked_parameters, parameters_of
from tocsin.core.template.pipeline import compose
from tocsin.core.template.subscribers import subscriber_of
from tocsin.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from tocsin.core.match.rules import Rule
    from tocsin.core.settings import Settings
    from tocsin.core.template.changes import ChangeSet
    from tocsin.flows.ports import Stacks


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
        told("executing")
        stacks.execute(changes)
    else:
        told("nothing to do")
        stacks.discard(changes)
    return stacks.wait(changes)
