"""The parameters of the template: read from the frame's text, and held to what AWS would accept."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tocsin.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tocsin.core.settings import Settings


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of the frame.

    Attributes:
        name: its name.
        default: its default.
        pattern: the regular expression that a value must match wholly, or ``""``.
        allowed: the values that it may have; empty allows any.
        constraint: what a value must be, in words.
        description: what it is for.
    """

    name: str
    default: str
    pattern: str
    allowed: tuple[str, ...]
    constraint: str
    description: str


_PARAMETER = re.compile(r"^  (?P<name>\w+):\n(?P<body>(?:    .*\n)+)", re.MULTILINE)
_FIELD = re.compile(r"^    (?P<key>\w+): (?P<value>.*)$", re.MULTILINE)


def parameters(frame: str) -> dict[str, Parameter]:
    """The parameters of the frame, read from its text; a test holds this to what a YAML reader gives."""
    section = frame.partition("\nParameters:\n")[2].partition("\n\n")[0] + "\n"
    found = {}
    for match in _PARAMETER.finditer(section):
        fields = {field["key"]: _scalar(field["value"]) for field in _FIELD.finditer(match["body"])}
        allowed = fields.get("AllowedValues", "")
        found[match["name"]] = Parameter(
            name=match["name"],
            default=fields.get("Default", ""),
            pattern=fields.get("AllowedPattern", ""),
            allowed=tuple(json.loads(allowed)) if allowed else (),
            constraint=fields.get("ConstraintDescription", ""),
            description=fields.get("Description", ""),
        )
    return found


def _scalar(value: str) -> str:
    return str(json.loads(value)) if value.startswith('"') else value


def checked_parameters(frame: str, values: Mapping[str, str]) -> dict[str, str]:
    """The values for the template's parameters, as AWS would accept them.

    Raises:
        UsageError: with every fault at once: a parameter that the template does not have, a value that it refuses.
    """
    known = parameters(frame)
    faults = [f"there is no parameter `{name}`" for name in sorted(set(values) - set(known))]
    for name, value in values.items():
        parameter = known.get(name)
        if parameter is None:
            continue
        fits = not parameter.pattern or re.fullmatch(parameter.pattern, value) is not None
        if not fits or (parameter.allowed and value not in parameter.allowed):
            faults.append(f"parameter `{name}` is {value!r}, and {parameter.constraint}")
    if faults:
        raise UsageError("; ".join(faults), hint=f"parameters: {', '.join(known)}")
    return dict(values)


def parameters_of(settings: Settings) -> dict[str, str]:
    """The values that the config gives the template's parameters."""
    return {
        "Name": settings.name,
        "AdoptedTrail": settings.trail,
        "CustomerKey": "yes" if settings.customer_key else "no",
        "ObjectLockDays": str(settings.object_lock_days),
        "Operator": settings.operator,
        "LogDays": str(settings.log_days),
    }


def with_defaults(template: str, values: Mapping[str, str]) -> str:
    """The template with these values as the defaults of its parameters, so that it can be deployed without any."""
    for name, value in values.items():
        form = re.compile(rf"(^  {name}:\n(?:    .*\n)*?    Default: ).*$", re.MULTILINE)
        if found := form.search(template):
            template = f"{template[: found.end(1)]}{json.dumps(value)}{template[found.end() :]}"
    return template
