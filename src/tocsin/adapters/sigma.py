"""Sigma rules, read by pySigma (extra ``sigma``), as conditions on CloudTrail records.

Sigma compares texts without regard to case (Sigma Specification, "Rules", Detection); a few of CloudTrail's fields are
written in one case by AWS alone, and there the plain text is the same. What Sigma says and no event pattern does is
told by `Inexact`.
"""

from __future__ import annotations

from typing import Any

from tocsin.core.match.foreign_rules import Condition, Every, ForeignRule, Has, Inexact, Never, Some
from tocsin.errors import UsageError

# AWS itself writes these, always the same way; a caller cannot choose their case.
FIXED = frozenset({"awsRegion", "errorCode", "eventCategory", "eventName", "eventSource", "eventType",
                   "responseElements.ConsoleLogin", "userIdentity.type"})  # fmt: skip
_ABSENT = {"exists": False}


def read(text: str) -> ForeignRule:
    """One Sigma rule.

    Args:
        text: the file's YAML.

    Raises:
        Inexact: it is no rule for CloudTrail records, it is at fault, or it says what no event pattern does.
        UsageError: pySigma is not installed.
    """
    try:
        from sigma.exceptions import SigmaError  # noqa: PLC0415 - an extra
        from sigma.rule import SigmaRule as Parsed  # noqa: PLC0415 - an extra
        from yaml import YAMLError  # noqa: PLC0415 - comes with it
    except ImportError as fault:
        raise UsageError("pySigma is not installed", hint='pip install "tocsin[sigma]"') from fault
    try:
        rule = Parsed.from_yaml(text, collect_errors=True)
        if rule.errors:
            raise Inexact("; ".join(str(error) for error in rule.errors))
        source = (rule.logsource.product, rule.logsource.service)
        if source != ("aws", "cloudtrail"):
            raise Inexact(f"its logsource is {'/'.join(part or '-' for part in source)}, not aws/cloudtrail")
        conditions = [_condition(one.parsed) for one in rule.detection.parsed_condition]
    except (SigmaError, YAMLError, AttributeError, TypeError, ValueError) as fault:
        raise Inexact(f"pySigma cannot read it: {' '.join(str(fault).split())}") from fault
    return ForeignRule(
        title=str(rule.title),
        id=str(rule.id or ""),
        description=" ".join(str(rule.description or "").split()),
        author=str(rule.author or "unknown"),
        level=rule.level.name.lower() if rule.level else "",
        techniques=tuple(
            tag.name.upper() for tag in rule.tags if tag.namespace == "attack" and tag.name[1:5].isdigit()
        ),
        false_positives=tuple(map(str, rule.falsepositives)),
        references=tuple(map(str, rule.references)),
        condition=conditions[0] if len(conditions) == 1 else Some(tuple(conditions)),
    )


def _condition(node: Any) -> Condition:  # noqa: ANN401 - pySigma's tree
    from sigma import conditions  # noqa: PLC0415 - an extra

    if isinstance(node, conditions.ConditionAND):
        return Every(tuple(map(_condition, node.args)))
    if isinstance(node, conditions.ConditionOR):
        return Some(tuple(map(_condition, node.args)))
    if isinstance(node, conditions.ConditionNOT):
        return Never(_condition(node.args[0]))
    if isinstance(node, conditions.ConditionFieldEqualsValueExpression):
        return _test(node.field, node.value)
    raise Inexact("it searches for words in the whole record, which a pattern cannot")


def _test(field: str, value: Any) -> Has:  # noqa: ANN401 - pySigma's values
    from sigma import types  # noqa: PLC0415 - an extra

    if isinstance(value, types.SigmaString):
        return _text(field, value, cased=isinstance(value, types.SigmaCasedString) or field in FIXED)
    if isinstance(value, types.SigmaBool):
        word = str(value.boolean).lower()
        # Some records hold the word and not the value.
        return Has(field, (value.boolean, word), why="a pattern has no `anything-but` for true and false")
    if isinstance(value, types.SigmaNumber):
        return Has(field, (value.number, str(value.number)), why="not being a number cannot be said exactly")
    if isinstance(value, types.SigmaCompareExpression):
        operator = {"LT": "<", "LTE": "<=", "GT": ">", "GTE": ">="}.get(value.op.name)
        if operator:
            return Has(
                field, ({"numeric": [operator, value.number.number]},), why="not being so cannot be said exactly"
            )
    if isinstance(value, types.SigmaNull):
        return Has(field, (_ABSENT, None), why="a pattern cannot say that a field is there and not null")
    if isinstance(value, types.SigmaExists):
        return Has(field, ({"exists": bool(value.exists)},), ({"exists": not value.exists},))
    if isinstance(value, types.SigmaCIDRExpression):
        return Has(
            field, ({"cidr": str(value.network)},), why="a pattern cannot say that an address is not in a network"
        )
    if isinstance(value, types.SigmaRegularExpression):
        raise Inexact(f"`{field}`: a regular expression")
    raise Inexact(f"`{field}`: a value of the kind {type(value).__name__.removeprefix('Sigma')}")


def _text(field: str, value: Any, *, cased: bool) -> Has:  # noqa: ANN401 - pySigma's values
    from sigma.types import SpecialChars  # noqa: PLC0415 - an extra

    parts = list(value.s)
    if SpecialChars.WILDCARD_SINGLE in parts or any(not isinstance(p, str | SpecialChars) for p in parts):
        raise Inexact(f"`{field}`: `?` or a placeholder in a value")
    texts = [part for part in parts if isinstance(part, str)]
    shape = "".join("t" if isinstance(part, str) else "*" for part in parts)
    text = "".join(texts)
    cased = cased or text.lower() == text.upper()
    if shape in ("", "t"):
        return _exact(field, text, cased=cased)
    if shape == "*":
        return Has(field, ({"exists": True},), (_ABSENT,))
    if shape in ("t*", "*t"):
        form = "prefix" if shape == "t*" else "suffix"
        if cased:
            return Has(field, ({form: text},), ({"anything-but": {form: [text]}}, _ABSENT))
        return Has(field, ({form: {"equals-ignore-case": text}},), why=f"`anything-but` minds the case of a {form}")
    if not cased:
        raise Inexact(
            f"`{field}`: Sigma does not mind the case of {text!r} within a value, and a pattern's wildcard does"
        )
    wild = "".join(part.replace("\\", "\\\\").replace("*", "\\*") if isinstance(part, str) else "*" for part in parts)
    return Has(field, ({"wildcard": wild},), ({"anything-but": {"wildcard": [wild]}}, _ABSENT))


def _exact(field: str, text: str, *, cased: bool) -> Has:
    if cased:
        return Has(field, (text,), ({"anything-but": [text]}, _ABSENT))
    folded = {"equals-ignore-case": text}
    return Has(field, (folded,), ({"anything-but": {"equals-ignore-case": [text]}}, _ABSENT))
