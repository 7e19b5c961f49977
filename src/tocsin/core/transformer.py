r"""What a target receives: Input, InputPath, InputTransformer, or the event as it is.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html. The template is
text in which variables are replaced, and the result is what the target gets: the quotes around a string
template are part of it.

Documented there and kept here: a variable whose path finds nothing does not appear; strings are quoted
outside quotes and inserted **unescaped** within; an object or array within quotes loses its inner quotes.

As AWS was recorded to do (snapshots of validated tests, published by others): in a JSON template (one that
begins with a brace) a value that is missing outside quotes becomes ``""``, and an object or array within
quotes is not delivered at all; ``<aws.events.event>`` spells ``detail-type`` as ``detailType``.

Unsettled, since AWS's pages say nothing, and no emulator can tell:

- a hole outside quotes in a template that is no JSON object; here nothing stands there;
- a quote within a value that stands within quotes is not escaped here, as the page says, whatever the
  console shows;
- an escape in the template, such as ``\n`` or ``\"``, is delivered as written;
- an InputPath that finds nothing: here the delivery fails.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

Json = Any

MAX_VARIABLES = 100
_MISSING = object()
_STEP = re.compile(r"\.([A-Za-z0-9_\-/]+|\*)|\[(\d+|\*)\]")
_RESERVED = {
    "aws.events.rule-arn",
    "aws.events.rule-name",
    "aws.events.event.ingestion-time",
    "aws.events.event",
    "aws.events.event.json",
}
_PLACEHOLDER = re.compile(r'<([^<>\s"]+)>')
_SPELLED = {"detail-type": "detailType"}
_TOKEN = re.compile(r'\\.|"|<([^<>\s"]+)>')


class TransformError(Exception):
    """A transformer that PutTargets refuses, or one that gives nothing to deliver."""


@dataclass(frozen=True)
class RuleFacts:
    """What the reserved variables say.

    Args:
        arn: of the rule.
        name: of the rule.
        ingestion_time: when EventBridge received the event, ISO 8601.
    """

    arn: str
    name: str
    ingestion_time: str


def body(target: dict[str, Any], event: dict[str, Any], rule: RuleFacts) -> str:
    """The text that a target receives for an event.

    Args:
        target: as ListTargetsByRule shows it.
        event: the whole EventBridge event.
        rule: for the reserved variables.

    Raises:
        TransformError: the target's input cannot be made.
    """
    if "Input" in target:
        return str(target["Input"])
    if "InputPath" in target:
        found = find(event, target["InputPath"])
        if found is _MISSING:
            raise TransformError(f"InputPath {target['InputPath']} finds nothing in the event")
        return dumps(found)
    if "InputTransformer" in target:
        return transform(target["InputTransformer"], event, rule)
    return dumps(event)


def transform(transformer: dict[str, Any], event: dict[str, Any], rule: RuleFacts) -> str:
    """Fill the input template."""
    paths = transformer.get("InputPathsMap") or {}
    values: dict[str, Json] = {name: find(event, path) for name, path in paths.items()}
    values |= {
        "aws.events.rule-arn": rule.arn,
        "aws.events.rule-name": rule.name,
        "aws.events.event.ingestion-time": rule.ingestion_time,
        "aws.events.event": {_SPELLED.get(key, key): value for key, value in event.items() if key != "detail"},
        "aws.events.event.json": event,
    }
    quoted, is_json = False, transformer["InputTemplate"].lstrip().startswith("{")

    def replace(match: re.Match[str]) -> str:
        nonlocal quoted
        if match[0] == '"':
            quoted = not quoted
        if match[1] is None:
            return match[0]
        if match[1] not in values:
            return match[0]  # PutTargets refuses it; a target that was there before is left as it is
        value = values[match[1]]
        if value is _MISSING:
            return '""' if is_json and not quoted else ""
        if is_json and quoted and isinstance(value, dict | list):
            raise TransformError(f"<{match[1]}> is an object or array, and stands within quotes of a JSON template")
        return _within_quotes(value) if quoted else dumps(value)

    return _TOKEN.sub(replace, transformer["InputTemplate"])


def _within_quotes(value: Json) -> str:
    if isinstance(value, str):
        return value
    text = dumps(value)
    return text.replace('"', "") if isinstance(value, (dict, list)) else text


def check(target: dict[str, Any]) -> None:
    """Refuse what PutTargets refuses of a target's input.

    https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_InputTransformer.html

    Raises:
        TransformError: with the reason.
    """
    if len({"Input", "InputPath", "InputTransformer"} & target.keys()) > 1:
        raise TransformError(
            f"Only one of Input, InputPath, or InputTransformer must be provided for target {target['Id']}."
        )
    if "InputTransformer" in target:
        _check_transformer(target["InputTransformer"], target["Id"])


def _check_transformer(transformer: dict[str, Any], target: str) -> None:
    invalid = f"Invalid InputTransformer for target {target} : "
    paths = transformer.get("InputPathsMap") or {}
    if len(paths) > MAX_VARIABLES:
        raise TransformError(f"{invalid}InputPathsMap has more than {MAX_VARIABLES} variables.")
    for name, path in paths.items():
        if name.upper().startswith("AWS"):
            raise TransformError(f"{invalid}InputPathsMap key {name} must not start with AWS.")
        if not _is_path(path):
            raise TransformError(f"{invalid}Invalid JsonPath expression {path}.")
    if not transformer.get("InputTemplate"):
        raise TransformError(f"{invalid}InputTemplate is required.")
    for name in _PLACEHOLDER.findall(transformer["InputTemplate"]):
        if name not in paths and name not in _RESERVED:
            raise TransformError(f"InputTemplate for target {target} contains invalid placeholder {name}.")


def _is_path(path: str) -> bool:
    if not path.startswith("$"):
        return False
    rest = path[1:]
    return "".join(match[0] for match in _STEP.finditer(rest)) == rest


def find(event: Json, path: str) -> Json:
    """The value at a JSON path of the supported kind: dots, array indices, wildcards."""
    if not _is_path(path):
        return _MISSING
    found, many = [event], False
    for match in _STEP.finditer(path[1:]):
        key = match[1] if match[1] is not None else match[2]
        many = many or key == "*"
        found = [value for each in found for value in _step(each, key, is_index=match[2] is not None)]
    if many:
        return found or _MISSING
    return found[0] if found else _MISSING


def _step(value: Json, key: str, *, is_index: bool) -> list[Json]:
    if key == "*":
        return list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
    if is_index:
        return [value[int(key)]] if isinstance(value, list) and int(key) < len(value) else []
    return [value[key]] if isinstance(value, dict) and key in value else []


def dumps(value: Json) -> str:
    """JSON as EventBridge writes it: compact, not limited to ASCII."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def is_missing(value: Json) -> bool:
    """Whether `find` found nothing."""
    return value is _MISSING
