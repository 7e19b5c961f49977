"""Reading what people and packages keep in files: ``tocsin.toml``, the catalogue, the frame of the template, tables."""

from __future__ import annotations

import re
import tomllib
from dataclasses import replace
from datetime import datetime, timedelta, tzinfo
from functools import cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from tocsin.core.doctor.findings import kinds_of
from tocsin.core.match.rules import Rule, parse_rule
from tocsin.core.settings import DEFAULTS, Settings
from tocsin.core.template.subscribers import subscriber_of
from tocsin.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tocsin.core.doctor.findings import Kind

_DURATION = re.compile(r"(\d{1,6})([smhd])")
_LONGEST = timedelta(days=366)
_MOST_DAYS = 99_999
_IAM_ARN = r"arn:aws[a-z-]*:iam::[0-9]{{12}}:({})/[A-Za-z0-9_+=,.@/-]{{1,512}}"
# AWS General Reference, "Tag naming limits and requirements": 50 a resource, of which some are ours.
_TAG_KEY = r"(?!aws:)[\w .:/=+@-]{1,128}"
_TAG_VALUE = r"[\w .:/=+@-]{0,256}"
_MOST_TAGS = 40
_TRAIL = r"(arn:aws[a-z-]*:cloudtrail:[a-z0-9-]+:[0-9]{12}:trail/[A-Za-z0-9._-]{3,128})?"
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def frame() -> str:
    """The text of ``pipeline.yaml``."""
    return resources.files("tocsin").joinpath("pipeline.yaml").read_text("utf-8")


def event_names() -> str:
    """The table of the event names that the APIs of AWS have."""
    return resources.files("tocsin").joinpath("data/event_names.txt").read_text("utf-8")


def request_fields() -> str:
    """The table of the fields that requests have, as CloudTrail writes them."""
    return resources.files("tocsin").joinpath("data/request_fields.txt").read_text("utf-8")


@cache
def finding_kinds() -> Mapping[str, Kind]:
    """Every kind of finding that the doctor has, by its code."""
    return kinds_of(tomllib.loads(resources.files("tocsin").joinpath("data/findings.toml").read_text("utf-8")))


@cache
def catalogue() -> tuple[Rule, ...]:
    """Every rule of the catalogue, in the order of ids.

    Raises:
        UsageError: with every fault of every file at once.
    """
    folder = resources.files("tocsin").joinpath("catalogue")
    return read_rules({entry.name: entry.read_bytes() for entry in folder.iterdir() if entry.name.endswith(".toml")})


def read_rules(files: Mapping[str, bytes]) -> tuple[Rule, ...]:
    """The rules of some files.

    Args:
        files: contents by file name.

    Raises:
        UsageError: with every fault of every file at once.
    """
    rules, faults = [], []
    for name in sorted(files):
        try:
            rules.append(parse_rule(name.removesuffix(".toml"), tomllib.loads(files[name].decode("utf-8-sig"))))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
            faults.append(f"{name}: not TOML: {fault}")
        except UsageError as fault:
            faults.append(f"{name}: {fault}")
    if faults:
        raise UsageError("\n".join(faults), hint="docs/reference/rules.md names every key of a rule file")
    return tuple(sorted(rules, key=lambda rule: rule.id))


def rules(chosen: Settings) -> tuple[Rule, ...]:
    """Every rule that there is, on or off: the catalogue's and those of one's own folder, in the order of ids.

    Raises:
        UsageError: the folder cannot be read, or files in it are at fault; with every fault of every file at once.
    """
    return tuple(sorted((*catalogue(), *_own_rules(chosen.rules_folder)), key=lambda rule: rule.id))


def _own_rules(folder: str) -> tuple[Rule, ...]:
    if not folder:
        return ()
    try:
        files = {path.name: path.read_bytes() for path in Path(folder).iterdir() if path.suffix == ".toml"}
    except OSError as fault:
        raise UsageError(f"rules_folder `{folder}`: {fault.strerror}", hint="make it, or leave it out") from fault
    own = read_rules(files)
    twice = sorted({rule.id for rule in own} & {rule.id for rule in catalogue()})
    if twice:
        raise UsageError(
            "\n".join(f"{folder}/{name}.toml: the catalogue has a rule `{name}`" for name in twice),
            hint="give the file another name; to silence the catalogue's rule, switch its pack off",
        )
    return own


def settings(path: Path | None, environ: Mapping[str, str]) -> Settings:
    """The settings: ``TOCSIN_*`` over the file over the defaults.

    Args:
        path: the config file; None reads ``tocsin.toml`` in this folder if there is one.
        environ: the environment.

    Raises:
        UsageError: the file is absent though it was named, or is at fault; with every fault at once.
    """
    file = path or Path("tocsin.toml")
    data: dict[str, Any] = {}
    if path is not None or file.is_file():
        try:
            data = tomllib.loads(file.read_text("utf-8-sig"))
        except OSError as fault:
            raise UsageError(
                f"`{file}`: {fault.strerror or fault}", hint="give --config FILE, or leave it out"
            ) from fault
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
            raise UsageError(f"`{file}`: not TOML: {fault}", hint="see docs/reference/config.md") from fault
    faults = [f"`{file}`: unknown key `{key}`" for key in sorted(set(data) - set(_READERS))]
    hints = [f"known keys: {', '.join(sorted(_READERS))}"] if faults else []
    values: dict[str, Any] = {"timezone": local_zone()}
    for folder in ("rules_folder", "state_folder", "store"):
        if isinstance(data.get(folder), str):
            data[folder] = str(file.parent / data[folder])
    own = _own_packs(data, environ, faults, hints)
    given = [(key, value, f"`{file}`: `{key}`") for key, value in data.items() if key in _READERS]
    given += [
        (key, environ[name].split(",") if key in _LISTS else environ[name], name)
        for key in _READERS
        if (name := f"TOCSIN_{key.upper()}") in environ
    ]
    for key, value, place in given:
        try:
            values[key] = _packs(value, own) if key == "packs" else _READERS[key](value)
        except ValueError as fault:
            faults.append(f"{place}: {fault}")
            hints.append(f"mend `{key}`, or leave it out; docs/reference/config.md says what it may be")
    if faults:
        raise UsageError("\n".join(faults), hint=hints[0])
    # Whoever puts rules into a folder wants them to ring, unless `packs` says otherwise.
    return replace(DEFAULTS, **({"packs": DEFAULTS.packs | own} | values))


def _own_packs(
    data: Mapping[str, Any], environ: Mapping[str, str], faults: list[str], hints: list[str]
) -> frozenset[str]:
    """The packs of one's own rules; what is wrong with their files is a fault among the others."""
    try:
        folder = environ.get("TOCSIN_RULES_FOLDER", data.get("rules_folder"))
        return frozenset(rule.pack for rule in _own_rules(_folder(folder))) if folder is not None else frozenset()
    except UsageError as fault:
        faults.append(fault.message)
        hints.append(fault.hint)
    except ValueError:  # told with the other keys
        pass
    return frozenset()


def local_zone() -> tzinfo:
    """The zone of this machine."""
    return datetime.now().astimezone().tzinfo or DEFAULTS.timezone


def _name(value: object) -> str:
    if not isinstance(value, str) or not re.fullmatch(r"[a-z][a-z0-9-]{1,23}", value):
        raise ValueError("must be 2 to 24 lower-case letters, digits or hyphens, and start with a letter")
    return value


def _zone(value: object) -> tzinfo:
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


def _accounts(value: object) -> frozenset[str]:
    return frozenset(map(_account, _texts(value)))


def _folder(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError("must be the path of a folder")
    return value


def _packs(value: object, own: frozenset[str] = frozenset()) -> frozenset[str]:
    items, known = _texts(value), {rule.pack for rule in catalogue()} | own
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


def _trail(value: object) -> str:
    if not isinstance(value, str) or not re.fullmatch(_TRAIL, value):
        raise ValueError(f"{value!r} is no ARN of a trail; one looks like arn:aws:cloudtrail:REGION:ACCOUNT:trail/NAME")
    return value


_READERS: dict[str, Callable[[object], Any]] = {
    "account": _account,
    "accounts": _accounts,
    "alarm_subscribers": _subscribers,
    "customer_key": _flag,
    "drill_every": _duration,
    "drill_patience": _duration,
    "drill_settle": _duration,
    "durable": _flag,
    "history_patience": _duration,
    "log_days": _days,
    "name": _name,
    "object_lock_days": _lock_days,
    "operator": _iam_arn("role", "user"),
    "packs": _packs,
    "person_patience": _duration,
    "protect": _flag,
    "rules_folder": _folder,
    "service_role": _iam_arn("role"),
    "settle": _duration,
    "state_folder": _folder,
    "store": _folder,
    "subscribers": _subscribers,
    "tags": _tags,
    "timezone": _zone,
    "trail": _trail,
    "window": _duration,
}
_LISTS = frozenset({"accounts", "alarm_subscribers", "packs", "subscribers"})
