"""Records in rows: a query of Athena or of Logs Insights, exported as CSV or answered as rows of texts.

Athena User Guide, "Querying AWS CloudTrail logs": columns are the fields of a record in lower case; requestparameters,
responseelements and the like are texts of JSON, useridentity is a struct, which Athena writes as ``{type=IAMUser,
arn=...}``.
"""

from __future__ import annotations

import csv
import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

# The fields of a record (CloudTrail User Guide, "CloudTrail record contents"), by their lower case.
_FIELDS = {
    name.lower(): name
    for name in (
        "eventVersion", "userIdentity", "eventTime", "eventSource", "eventName", "awsRegion", "sourceIPAddress",
        "userAgent", "errorCode", "errorMessage", "requestParameters", "responseElements", "additionalEventData",
        "requestID", "eventID", "eventType", "apiVersion", "managementEvent", "readOnly", "resources",
        "recipientAccountId", "serviceEventDetails", "sharedEventID", "vpcEndpointId", "eventCategory",
        "sessionCredentialFromConsole",
    )
}  # fmt: skip
_IDENTITY = {
    name.lower(): name
    for name in (
        "type", "principalId", "arn", "accountId", "invokedBy", "accessKeyId", "userName", "sessionContext",
        "attributes", "mfaAuthenticated", "creationDate", "sessionIssuer", "webIdFederationData", "onBehalfOf",
        "userId", "identityProvider",
    )
}  # fmt: skip
_OBJECTS = frozenset(
    {"requestParameters", "responseElements", "additionalEventData", "serviceEventDetails", "resources"}
)
_MESSAGE = "@message"
# One key and its value of a struct; a value ends where the next key begins.
_PAIR = re.compile(r"\s*(\w+)=")
# A record has at most 256 KB (CloudTrail User Guide); Python's own limit of a cell is half of that.
LONGEST_CELL = 1024 * 1024
csv.field_size_limit(LONGEST_CELL)


def is_table(columns: Sequence[str]) -> bool:
    """Whether the names of columns are those of a table of records, or one of them holds whole records."""
    names = {name.strip().lower() for name in columns}
    return {"eventname", "eventsource"} <= names or _MESSAGE in names


def csv_rows(text: str) -> Iterator[list[str]] | None:
    """The rows of a text that is CSV of records, the first of them the columns; None where it is not."""
    first = text.lstrip("\ufeff").split("\n", 1)[0]
    try:
        columns = next(csv.reader([first]), [])
    except csv.Error:
        return None
    if not is_table(columns) or (len(columns) < 2 and columns != [_MESSAGE]):  # noqa: PLR2004 - one column is no table
        return None
    return _rows(text)


def _rows(text: str) -> Iterator[list[str]]:
    try:
        yield from csv.reader(text.lstrip("\ufeff").splitlines(keepends=True))
    except csv.Error as fault:
        raise ValueError(f"CSV that cannot be read: {fault}") from fault


def records_of(rows: Iterable[Sequence[str]]) -> Iterator[str | dict[str, Any]]:
    """What each row holds: the text of a whole record, or a record made of its columns.

    Raises:
        ValueError: the CSV is broken.
    """
    lines = iter(rows)
    columns = [name.strip().lower() for name in next(lines, [])]
    for row in lines:
        cells = dict(zip(columns, row, strict=False))
        if not any(cells.values()):
            continue
        yield cells[_MESSAGE] if cells.get(_MESSAGE) else _record(cells)


def _record(cells: dict[str, str]) -> dict[str, Any]:
    record: dict[str, Any] = {}
    for column, cell in cells.items():
        name = _FIELDS.get(column)
        if name is None or cell in ("", "null"):
            continue
        if name == "userIdentity":
            record[name] = _identity(cell)
        else:
            record[name] = _object(cell) if name in _OBJECTS else cell
    return record


def _object(cell: str) -> Any:  # noqa: ANN401 - JSON, or the text itself
    try:
        return json.loads(cell)
    except (ValueError, RecursionError):
        return cell


def _identity(cell: str) -> Any:  # noqa: ANN401 - as `_object`
    return _object(cell) if cell.lstrip().startswith('{"') else _struct(cell)


def _struct(text: str) -> Any:  # noqa: ANN401 - as `_object`
    """A struct as Athena and Hive write it: ``{type=Role, sessionissuer={arn=..., username=x}}``."""
    if not (text.startswith("{") and text.endswith("}")):
        return text
    found: dict[str, Any] = {}
    for part in _parts(text[1:-1]):
        pair = _PAIR.match(part)
        if pair is None:
            continue
        value = part[pair.end() :].strip()
        if value not in ("", "null"):
            found[_IDENTITY.get(pair[1].lower(), pair[1])] = _struct(value)
    return found


def _parts(text: str) -> Iterator[str]:
    """The parts of a struct, at its commas; those within braces are within a part."""
    depth, start = 0, 0
    for index, character in enumerate(text):
        depth += (character in "{[") - (character in "}]")
        if character == "," and depth == 0:
            yield text[start:index]
            start = index + 1
    yield text[start:]
