"""Sigma rules, read by pySigma (extra ``sigma``), as conditions on CloudTrail records.

Sigma compares texts without regard to case (Sigma Specification, "Rules", Detection). In the fields whose words AWS
alone writes, and whose words are known, the text gets CloudTrail's spelling; all others are compared without regard to
case. What Sigma says and no event pattern does is told by `Inexact`: so is `not` on a field that may be a list, of
which `anything-but` takes any element that differs (EventBridge User Guide, "Comparison operators").
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tocsin.core.match.foreign_rules import Condition, Every, ForeignRule, Has, Inexact, Never, Some
from tocsin.errors import UsageError
from tocsin.lint.never_matches import RECORD
from tocsin.lint.values import WORDS

if TYPE_CHECKING:
    from tocsin.lint.names import Names

_ABSENT = {"exists": False}
_LISTED = "it may be a list, of which `anything-but` takes any element that differs"
# Lists at the top of a record, and the objects of which nobody can know what is in them.
_LISTS = frozenset({"resources", "requestParameters", "responseElements", "serviceEventDetails", "additionalEventData"})


class Spelling:
    """How CloudTrail writes what Sigma compares without regard to case, and which fields hold one value.

    Args:
        names: the event names and fields that are known.
    """

    def __init__(self, names: Names) -> None:
        self._names = names
        self._folded: dict[str, set[str]] = {}
        for name in names.everywhere():
            self._folded.setdefault(name.lower(), set()).add(name)

    def exact(self, field: str, text: str) -> str:
        """The one spelling of a word in a field, or ``""`` where it is not known to have one."""
        folded = text.lower()
        if field == "eventSource":
            return folded if self._names.has_source(folded) else ""
        if field == "awsRegion":
            return folded
        if field == "eventName":
            found = self._folded.get(folded, set())
            return next(iter(found)) if len(found) == 1 else ""
        words = WORDS.get(f"detail.{field}", frozenset())
        return next((word for word in words if word.lower() == folded), "")

    def part(self, field: str, text: str, form: str) -> str:
        """The one spelling of what event names begin or end with, or hold; ``""`` where there are several, or none."""
        if field != "eventName":
            return ""
        folded, size = text.lower(), len(text)
        found = set()
        for lower, names in self._folded.items():
            at = lower.find(folded) if form == "wildcard" else 0 if form == "prefix" else len(lower) - size
            if at >= 0 and lower[at : at + size] == folded:
                found |= {name[at : at + size] for name in names}
        return next(iter(found)) if len(found) == 1 else ""

    def is_single(self, field: str) -> bool:
        """Whether a field of a record is known to hold one value, and no list."""
        first, _, rest = field.partition(".")
        if not rest:
            return first in RECORD and first not in _LISTS
        if first in ("userIdentity", "tlsDetails"):
            return True
        if f"detail.{field}" in WORDS:
            return True
        return first == "requestParameters" and rest in self._names.single


def read(text: str, spelling: Spelling) -> ForeignRule:
    """One Sigma rule.

    Args:
        text: the file's YAML.
        spelling: how CloudTrail writes what Sigma compares without regard to case.

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
        conditions = [_condition(one.parsed, spelling) for one in rule.detection.parsed_condition]
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


def _condition(node: Any, spelling: Spelling) -> Condition:  # noqa: ANN401 - pySigma's tree
    from sigma import conditions  # noqa: PLC0415 - an extra

    if isinstance(node, conditions.ConditionAND):
        return Every(tuple(_condition(one, spelling) for one in node.args))
    if isinstance(node, conditions.ConditionOR):
        return Some(tuple(_condition(one, spelling) for one in node.args))
    if isinstance(node, conditions.ConditionNOT):
        return Never(_condition(node.args[0], spelling))
    if isinstance(node, conditions.ConditionFieldEqualsValueExpression):
        test = _test(node.field, node.value, spelling)
        negative = test.no and not all(matcher.keys() == {"exists"} for matcher in test.no)
        return replace(test, no=(), why=_LISTED) if negative and not spelling.is_single(node.field) else test
    raise Inexact("it searches for words in the whole record, which a pattern cannot")


def _test(field: str, value: Any, spelling: Spelling) -> Has:  # noqa: ANN401 - pySigma's values
    from sigma import types  # noqa: PLC0415 - an extra

    if isinstance(value, types.SigmaString):
        return _text(field, value, None if isinstance(value, types.SigmaCasedString) else spelling)
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


def _text(field: str, value: Any, spelling: Spelling | None) -> Has:  # noqa: ANN401 - pySigma's values
    """A test of a text; ``spelling`` is None where the rule minds the case itself."""
    from sigma.types import SpecialChars  # noqa: PLC0415 - an extra

    parts = list(value.s)
    if SpecialChars.WILDCARD_SINGLE in parts or any(not isinstance(p, str | SpecialChars) for p in parts):
        raise Inexact(f"`{field}`: `?` or a placeholder in a value")
    text = "".join(part for part in parts if isinstance(part, str))
    shape = "".join("t" if isinstance(part, str) else "*" for part in parts)
    cased = spelling is None or text.lower() == text.upper()
    if shape in ("", "t"):
        right = text if cased or spelling is None else spelling.exact(field, text)
        return _exact(field, right or text, cased=bool(right) or cased)
    if shape == "*":
        return Has(field, ({"exists": True},), (_ABSENT,))
    form = {"t*": "prefix", "*t": "suffix"}.get(shape, "wildcard")
    if (
        not cased
        and spelling is not None
        and shape in ("t*", "*t", "*t*")
        and (found := spelling.part(field, text, form))
    ):
        parts = [found if isinstance(part, str) else part for part in parts]
        text, cased = found, True
    if form != "wildcard":
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
