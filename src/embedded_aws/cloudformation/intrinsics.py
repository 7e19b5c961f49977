"""Evaluates intrinsic functions and conditions.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from embedded_aws.cloudformation.errors import StackError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from embedded_aws.cloudformation.types import Props

PSEUDO = frozenset(
    {
        "AWS::AccountId",
        "AWS::NoValue",
        "AWS::Partition",
        "AWS::Region",
        "AWS::StackId",
        "AWS::StackName",
        "AWS::URLSuffix",
    }
)

_VARIABLE = re.compile(r"\$\{([^!{}][^{}]*)\}")
_LITERAL = re.compile(r"\$\{!([^{}]*)\}")

# A JSON value, before and after evaluation.
Node = Any


class _NoValue:
    """What AWS::NoValue is until the property that holds it is left out."""


NO_VALUE = _NoValue()


def references(value: Node) -> set[str]:
    """The names that a value refers to by Ref, GetAtt or Sub, conditions aside."""
    if isinstance(value, list):
        return set().union(*(references(each) for each in value)) if value else set()
    if not isinstance(value, dict):
        return set()
    if len(value) == 1:
        key, argument = next(iter(value.items()))
        if key == "Ref":
            return {str(argument)}
        if key == "Fn::GetAtt":
            return {str(argument[0] if isinstance(argument, list) else argument.split(".", 1)[0])}
        if key == "Fn::Sub":
            return _sub_references(argument)
    return set().union(*(references(each) for each in value.values())) if value else set()


def _sub_references(argument: Node) -> set[str]:
    text, values = argument if isinstance(argument, list) else (argument, {})
    names = {name.strip().split(".", 1)[0] for name in _VARIABLE.findall(text)}
    return (names - set(values)) | references(values)


class Resolver:
    """Evaluates the values of one stack.

    Args:
        names: what Ref gives for parameters and pseudo parameters.
        conditions: the template's Conditions.
        ref: what Ref gives for a resource.
        get_att: what GetAtt gives for a resource.
    """

    def __init__(
        self,
        *,
        names: Mapping[str, Node],
        conditions: Props,
        ref: Callable[[str], Node],
        get_att: Callable[[str, str], Node],
    ) -> None:
        self._names = names
        self._conditions = conditions
        self._ref = ref
        self._get_att = get_att
        self._known: dict[str, bool] = {}
        self._functions: dict[str, Callable[[Node], Node]] = {
            "Ref": self._do_ref,
            "Fn::GetAtt": self._do_get_att,
            "Fn::Sub": self._do_sub,
            "Fn::Join": self._do_join,
            "Fn::If": self._do_if,
        }

    def value(self, node: Node) -> Node:
        """A value with every function in it evaluated; what is AWS::NoValue is left out."""
        if isinstance(node, list):
            return [found for each in node if (found := self.value(each)) is not NO_VALUE]
        if not isinstance(node, dict):
            return node
        if len(node) == 1:
            key, argument = next(iter(node.items()))
            if function := self._functions.get(key):
                return function(argument)
            if key.startswith("Fn::"):
                raise StackError(f"Template error: the embedded AWS does not evaluate {key}")
        return {key: found for key, each in node.items() if (found := self.value(each)) is not NO_VALUE}

    def condition(self, name: str) -> bool:
        """Whether a condition of the template holds."""
        if name not in self._conditions:
            raise StackError(f"Template format error: Unresolved condition dependency {name} in the template")
        if name not in self._known:
            self._known[name] = self._holds(self._conditions[name])
        return self._known[name]

    def _holds(self, node: Node) -> bool:
        if not isinstance(node, dict) or len(node) != 1:
            raise StackError("Template format error: every Conditions member must be a condition function")
        key, argument = next(iter(node.items()))
        if key == "Condition":
            return self.condition(argument)
        if key == "Fn::Equals":
            left, right = (self.value(each) for each in argument)
            return _plain(left) == _plain(right)
        if key == "Fn::Not":
            return not self._holds(argument[0])
        if key == "Fn::And":
            return all(self._holds(each) for each in argument)
        if key == "Fn::Or":
            return any(self._holds(each) for each in argument)
        raise StackError(f"Template format error: {key} is no condition function")

    def _do_ref(self, name: Node) -> Node:
        if name == "AWS::NoValue":
            return NO_VALUE
        return self._names[name] if name in self._names else self._ref(name)

    def _do_get_att(self, argument: Node) -> Node:
        name, attribute = argument if isinstance(argument, list) else argument.split(".", 1)
        return self._get_att(name, str(self.value(attribute)))

    def _do_sub(self, argument: Node) -> Node:
        text, values = argument if isinstance(argument, list) else (argument, {})

        def replace(match: re.Match[str]) -> str:
            name = match[1].strip()
            if name in values:
                return _plain(self.value(values[name]))
            if "." in name:
                return _plain(self._do_get_att(name))
            return _plain(self._do_ref(name))

        return _LITERAL.sub(lambda match: f"${{{match[1]}}}", _VARIABLE.sub(replace, text))

    def _do_join(self, argument: Node) -> Node:
        delimiter, values = argument
        return str(delimiter).join(_plain(each) for each in self.value(values))

    def _do_if(self, argument: Node) -> Node:
        name, yes, no = argument
        return self.value(yes if self.condition(name) else no)


def _plain(value: Node) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return ",".join(_plain(each) for each in value) if isinstance(value, list) else str(value)
