"""Checks a template's parameters as CloudFormation does.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from embedded_aws.cloudformation.errors import StackError

if TYPE_CHECKING:
    from embedded_aws.cloudformation.types import Props


def resolve(declared: dict[str, Props], given: list[Props], previous: dict[str, str] | None = None) -> dict[str, str]:
    """The value of every declared parameter.

    Args:
        declared: the template's Parameters.
        given: what the caller passed, as the API's list.
        previous: the stack's present values, for UsePreviousValue.

    Raises:
        StackError: a value is missing, unknown or breaks a constraint.
    """
    passed = {entry["ParameterKey"]: _value(entry, previous or {}) for entry in given}
    if unknown := sorted(set(passed) - set(declared)):
        raise StackError(f"Parameters: [{', '.join(unknown)}] do not exist in the template")
    values, missing = {}, []
    for name, slot in declared.items():
        if name in passed:
            values[name] = passed[name]
        elif "Default" in slot:
            values[name] = _text(slot["Default"])
        else:
            missing.append(name)
    if missing:
        raise StackError(f"Parameters: [{', '.join(missing)}] must have values")
    for name, value in values.items():
        _check(name, declared[name], value)
    return values


def _value(entry: Props, previous: dict[str, str]) -> str:
    key = entry["ParameterKey"]
    if str(entry.get("UsePreviousValue", "")).lower() != "true":
        return _text(entry.get("ParameterValue", ""))
    if entry.get("ParameterValue"):
        raise StackError(
            f"Invalid input for parameter key {key}. Cannot specify usePreviousValue as true and non empty "
            "value for a parameter"
        )
    if key not in previous:
        raise StackError(
            f"Invalid input for parameter key {key}. Cannot specify usePreviousValue as true for a parameter "
            "key not in the previous template"
        )
    return previous[key]


def _check(name: str, slot: Props, value: str) -> None:
    kind = slot.get("Type", "String")
    if kind.startswith("AWS::SSM::Parameter"):
        raise StackError(f"Template error: the embedded AWS does not read parameter {name} of type {kind}")
    if kind == "Number":
        _check_number(name, slot, value)
    parts = [part.strip() for part in value.split(",")] if _is_list(slot) else [value]
    for part in parts:
        if "AllowedValues" in slot and part not in [_text(each) for each in slot["AllowedValues"]]:
            allowed = ", ".join(_text(each) for each in slot["AllowedValues"])
            raise _broken(name, slot, f"Member must satisfy enum value set: [{allowed}]")
        if "AllowedPattern" in slot and not re.fullmatch(slot["AllowedPattern"], part):
            raise _broken(name, slot, f"must match pattern {slot['AllowedPattern']}")
    if len(value) < int(slot.get("MinLength", 0)):
        raise _broken(name, slot, f"must have length greater than or equal to {slot['MinLength']}")
    if "MaxLength" in slot and len(value) > int(slot["MaxLength"]):
        raise _broken(name, slot, f"must have length less than or equal to {slot['MaxLength']}")


def _check_number(name: str, slot: Props, value: str) -> None:
    try:
        number = float(value)
    except ValueError:
        raise StackError(f"Parameter '{name}' must be a number.") from None
    if "MinValue" in slot and number < float(slot["MinValue"]):
        raise _broken(name, slot, f"must be a number not less than {slot['MinValue']}")
    if "MaxValue" in slot and number > float(slot["MaxValue"]):
        raise _broken(name, slot, f"must be a number not greater than {slot['MaxValue']}")


def _broken(name: str, slot: Props, constraint: str) -> StackError:
    words = slot.get("ConstraintDescription", constraint)
    return StackError(f"Parameter '{name}' failed to satisfy constraint: {words}")


def _is_list(slot: Props) -> bool:
    kind = str(slot.get("Type", "String"))
    return kind == "CommaDelimitedList" or kind.startswith("List<")


def typed(declared: dict[str, Props], values: dict[str, str]) -> dict[str, Any]:
    """What ``Ref`` gives for each parameter: a list for list types, else the string."""
    return {
        name: [part.strip() for part in value.split(",")] if _is_list(declared[name]) else value
        for name, value in values.items()
    }


def shown(declared: dict[str, Props], values: dict[str, str]) -> list[Props]:
    """The parameters as DescribeStacks lists them; NoEcho values are masked."""
    return [
        {
            "ParameterKey": name,
            "ParameterValue": "****" if str(declared[name].get("NoEcho", "")).lower() == "true" else value,
        }
        for name, value in values.items()
    ]


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
