"""What each key of a config may be: readers, which say in words what is wrong."""

from __future__ import annotations

import re
from datetime import time, timedelta, tzinfo
from typing import TYPE_CHECKING, Any, TypeVar

from tocsin.core.channels import ChannelSpec, channel_of
from tocsin.core.expected import Expected, expected_of
from tocsin.core.routes import SEVERITIES, Escalation, Route, route_of
from tocsin.core.template.subscribers import subscriber_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_DURATION = re.compile(r"(\d{1,6})([smhd])")
_LONGEST = timedelta(days=366)
_MOST_DAYS, _LEAST_KEPT = 99_999, 28
_IAM_ARN = r"arn:aws[a-z-]*:iam::[0-9]{{12}}:({})/[A-Za-z0-9_+=,.@/-]{{1,512}}"
# AWS General Reference, "Tag naming limits and requirements": 50 a resource, of which some are ours.
_TAG_KEY = r"(?!aws:)[\w .:/=+@-]{1,128}"
_TAG_VALUE = r"[\w .:/=+@-]{0,256}"
_MOST_TAGS = 40
_TRAIL = r"(arn:aws[a-z-]*:cloudtrail:[a-z0-9-]+:[0-9]{12}:trail/[A-Za-z0-9._-]{3,128})?"
_T = TypeVar("_T")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def _name(value: object) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[a-z][a-z0-9-]{1,23}", value):
        raise ValueError("must be 2 to 24 lower-case letters, digits or hyphens, and start with a letter")
    return value


def _zone(value: object) -> tzinfo:
    from zoneinfo import ZoneInfo  # noqa: PLC0415 - lazy: few configs name one

    try:
        return ZoneInfo(str(value))
    except (OSError, ValueError, KeyError) as fault:  # ZoneInfoNotFoundError is a KeyError
        raise ValueError(f"no time zone {value!r}; one looks like Europe/Zurich") from fault


def _duration(value: object) -> timedelta:
    found = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if not found:
        raise ValueError(f"{value!r} is no duration; one looks like 90s, 15m, 2h or 3d")
    duration = timedelta(**{_UNITS[found[2]]: int(found[1])})
    if duration > _LONGEST:
        raise ValueError(f"{value!r} is too long; at most {_LONGEST.days}d")
    return duration


def _between(least: str, most: str, why: str) -> Callable[[object], timedelta]:
    """A duration within bounds."""
    low, high = _duration(least), _duration(most)

    def read(value: object) -> timedelta:
        duration = _duration(value)
        if not low <= duration <= high:
            raise ValueError(f"{value!r} is not from {least} to {most}: {why}")
        return duration

    return read


_WAIT = _between("1m", "7d", "so long an acknowledgement is waited for")


def _accounts(value: object) -> frozenset[str]:
    return frozenset(map(_account, _texts(value)))


def folder_of(value: object) -> str:
    """The path of a folder or a file.

    Raises:
        ValueError: it is none.
    """
    if not isinstance(value, str) or not value.strip():
        raise ValueError("must be the path of a folder")
    return value


def packs(value: object, known: frozenset[str] = frozenset()) -> frozenset[str]:
    """Names of packs, all of them among those that there are.

    Raises:
        ValueError: some are not.
    """
    items = _texts(value)
    wrong = [item for item in items if item not in known]
    if wrong:
        raise ValueError(f"no pack {wrong[0]!r}; there are: {', '.join(sorted(known))}")
    return frozenset(items)


def _texts(value: object) -> list[str]:
    if not isinstance(value, list) or not value or not all(isinstance(item, str) for item in value):
        raise ValueError("must be a list of texts, and not empty")
    return [item.strip() for item in value]


def _account(value: object) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"\d{12}", value):
        raise ValueError(f"{value!r} is no account id, which has twelve digits in quotes")
    return value


def _flag(value: object) -> bool:
    if isinstance(value, bool):
        return value
    if value in ("true", "false"):
        return value == "true"
    raise ValueError("must be true or false")


def _days(value: object, *, least: int = 1) -> int:
    if isinstance(value, str) and value.isdigit():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= _MOST_DAYS:
        raise ValueError(f"must be a number of days from {least} to {_MOST_DAYS:,}")
    return value


def _keep_days(value: object) -> int:
    """A queue and its dead letters keep a message for 14 days each: what comes again has to be known until then."""
    days = _days(value, least=0)
    if 0 < days < _LEAST_KEPT:
        raise ValueError(
            f"must be 0, which keeps it for ever, or at least {_LEAST_KEPT}: so long a message may come again"
        )
    return days


def _lock_days(value: object) -> int:
    return _days(value, least=0)


def _iam_arn(*kinds: str) -> Callable[[object], str]:
    form = _IAM_ARN.format("|".join(kinds))

    def read(value: object) -> str:
        if not isinstance(value, str) or not re.fullmatch(form, value):
            like = "one looks like arn:aws:iam::111122223333:role/NAME"
            raise ValueError(f"{value!r} is no ARN of a {' or '.join(kinds)}; {like}")
        return value

    return read


def _tags(value: object) -> dict[str, str]:
    if isinstance(value, str):  # from the environment: key=value,key=value
        value = dict(one.partition("=")[::2] for one in value.split(",") if one)
    if not isinstance(value, dict) or len(value) > _MOST_TAGS:
        raise ValueError(f"must be a table of at most {_MOST_TAGS} tags")
    for key, text in value.items():
        if not re.fullmatch(_TAG_KEY, key) or not isinstance(text, str) or not re.fullmatch(_TAG_VALUE, text):
            raise ValueError(f"AWS takes no tag {key!r} = {text!r}")
    return value


def _subscribers(value: object) -> tuple[str, ...]:
    items = _texts(value)
    for item in items:
        subscriber_of(item)
    return tuple(dict.fromkeys(items))


def _each(tables: Iterable[tuple[object, object]], read: Callable[[Any, object], _T], what: str = "") -> tuple[_T, ...]:
    """Every table read, with the faults of all of them at once.

    Args:
        tables: each with its name or number.
        read: makes the value of one.
        what: stands before the name of one that is at fault.
    """
    made, faults = [], []
    for name, table in tables:
        try:
            made.append(read(name, table))
        except ValueError as fault:
            faults.append(f"{what}{name}: {fault}")
    if faults:
        raise ValueError("; ".join(faults))
    return tuple(made)


def _channels(value: object) -> tuple[ChannelSpec, ...]:
    if not isinstance(value, dict) or not value:
        raise ValueError("must be tables, such as [channels.ops] with its kind")
    return _each(value.items(), channel_of)


def _expected(value: object) -> dict[str, Expected]:
    if not isinstance(value, dict) or not value:
        raise ValueError("must be tables, such as [expected.terraform] with its actor")
    return {one.name: one for one in _each(value.items(), expected_of)}


def _minute(value: object) -> int:
    try:
        at = time.fromisoformat(str(value))
    except ValueError as fault:
        raise ValueError(f"{value!r} is no time of a day; one looks like 08:00") from fault
    return at.hour * 60 + at.minute


def _names(value: object) -> tuple[str, ...]:
    return tuple(_texts(value))


def _routes(value: object) -> tuple[Route, ...]:
    if not isinstance(value, list) or not value:
        raise ValueError("must be tables, such as [[routes]] with its channels")
    return _each(enumerate(value, 1), _route, "route ")


def _route(_number: int, table: object) -> Route:
    if not isinstance(table, dict):
        raise ValueError("must be a table")  # noqa: TRY004 - a fault of the config
    if "accounts" in table:
        _accounts(table["accounts"])
    return route_of(table, _zone(table["timezone"]) if "timezone" in table else None)


def _escalation(value: object) -> Escalation:
    if not isinstance(value, dict):
        raise ValueError("must be a table, [escalation] with its channels")  # noqa: TRY004 - a fault of the config
    faults = [f"it takes no {key}" for key in sorted(set(value) - {"channels", "after", "severity"})]
    channels, after = value.get("channels"), None
    named = [channels] if isinstance(channels, str) else channels
    if not isinstance(named, list) or not named or not all(isinstance(one, str) and one for one in named):
        faults.append("it needs channels, as texts")
    if value.get("severity", "high") not in SEVERITIES:
        faults.append(f"severity must be one of {', '.join(SEVERITIES)}")
    try:
        after = _WAIT(value["after"]) if "after" in value else None
    except ValueError as fault:
        faults.append(f"after: {fault}")
    if faults:
        raise ValueError("; ".join(faults))
    return Escalation(tuple(dict.fromkeys(named or ())), after, value.get("severity", "high"))


def _route_by(value: object) -> bool:
    if value not in ("first", "all"):
        raise ValueError('must be "first" or "all"')
    return value == "first"


def _default_channels(value: object) -> tuple[str, ...]:
    return tuple(_texts(value)) if value != [] else ()


def _trail(value: object) -> str:
    if not isinstance(value, str) or not re.fullmatch(_TRAIL, value):
        raise ValueError(f"{value!r} is no ARN of a trail; one looks like arn:aws:cloudtrail:REGION:ACCOUNT:trail/NAME")
    return value


READERS: dict[str, Callable[[object], Any]] = {
    "account": _account,
    "accounts": _accounts,
    "channels": _channels,
    "alarm_subscribers": _subscribers,
    "customer_key": _flag,
    "default_channels": _default_channels,
    "digest_at": _minute,
    "drill_every": _duration,
    "drill_patience": _duration,
    "drill_settle": _duration,
    "durable": _flag,
    "escalation": _escalation,
    "expected": _expected,
    "give_up": _between("1m", "90d", "so long a channel that fails is tried"),
    "history_patience": _duration,
    "keep_days": _keep_days,
    "lease": _between("30s", "15m", "a channel may take 15 s, and clocks may differ by 5"),
    "log_days": _days,
    "name": _name,
    "object_lock_days": _lock_days,
    "operator": _iam_arn("role", "user"),
    "packs": packs,
    "person_patience": _duration,
    "privileged": _names,
    "protect": _flag,
    "route_by": _route_by,
    "routes": _routes,
    "rules_folder": folder_of,
    "service_role": _iam_arn("role"),
    "settle": _duration,
    "state_folder": folder_of,
    "store": folder_of,
    "subscribers": _subscribers,
    "tags": _tags,
    "timezone": _zone,
    "trail": _trail,
    "window": _duration,
}
FIELDS = {"channels": "specs", "route_by": "first_route"}
LISTS = frozenset({"accounts", "alarm_subscribers", "default_channels", "packs", "privileged", "subscribers"})
