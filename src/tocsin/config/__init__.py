"""Reading what people and packages keep in files: ``tocsin.toml``, the catalogue, the frame of the template, tables."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, tzinfo
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tocsin.core.match.rule import DEFAULT_NAME, NAME
from tocsin.core.match.rule_files import rule_of
from tocsin.core.match.rules import Rule, parse_rule
from tocsin.core.pattern import known_pattern
from tocsin.core.settings import DEFAULTS, Settings
from tocsin.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tocsin.core.doctor.findings import Kind


# `importlib.resources` takes longer to load than what lies here takes to be read.
_PACKAGE = Path(__file__).resolve().parent.parent


def frame() -> str:
    """The text of ``pipeline.yaml``."""
    return _PACKAGE.joinpath("pipeline.yaml").read_text("utf-8")


def event_names() -> str:
    """The table of the event names that the APIs of AWS have."""
    return _PACKAGE.joinpath("data/event_names.txt").read_text("utf-8")


def request_fields() -> str:
    """The table of the fields that requests have, as CloudTrail writes them."""
    return _PACKAGE.joinpath("data/request_fields.txt").read_text("utf-8")


@cache
def finding_kinds() -> Mapping[str, Kind]:
    """Every kind of finding that the doctor has, by its code."""
    import tomllib  # noqa: PLC0415 - lazy: few verbs need it

    from tocsin.core.doctor.findings import kinds_of  # noqa: PLC0415 - as above

    return kinds_of(tomllib.loads(_PACKAGE.joinpath("data/findings.toml").read_text("utf-8")))


@cache
def catalogue() -> tuple[Rule, ...]:
    """Every rule of the catalogue, in the order of ids, as ``tools/catalogue.py`` made it of the rule files."""
    held = json.loads(_PACKAGE.joinpath("data/catalogue.json").read_bytes())
    return tuple(_known_rule(table) for table in held)


def _known_rule(table: dict[str, Any]) -> Rule:
    only = {path: None if names is None else frozenset(names) for path, names in table.pop("only").items()}
    pattern = known_pattern(table["pattern"].replace(NAME, DEFAULT_NAME), only)
    return rule_of(table.pop("id"), table, pattern)


def read_rules(files: Mapping[str, bytes]) -> tuple[Rule, ...]:
    """The rules of some files.

    Args:
        files: contents by file name.

    Raises:
        UsageError: with every fault of every file at once.
    """
    import tomllib  # noqa: PLC0415 - lazy: the catalogue itself is compiled

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
    is_there = path is not None or file.is_file()
    if not is_there and not any(name.startswith("TOCSIN_") for name in environ):
        return replace(DEFAULTS, timezone=local_zone())
    import tomllib  # noqa: PLC0415 - lazy: on the defaults there is nothing to read

    from tocsin.config.values import FIELDS, LISTS, READERS, packs  # noqa: PLC0415 - as above

    data: dict[str, Any] = {}
    if is_there:
        try:
            data = tomllib.loads(file.read_text("utf-8-sig"))
        except OSError as fault:
            raise UsageError(
                f"`{file}`: {fault.strerror or fault}", hint="give --config FILE, or leave it out"
            ) from fault
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
            raise UsageError(f"`{file}`: not TOML: {fault}", hint="see docs/reference/config.md") from fault
    faults = [f"`{file}`: unknown key `{key}`" for key in sorted(set(data) - set(READERS))]
    hints = [f"known keys: {', '.join(sorted(READERS))}"] if faults else []
    values: dict[str, Any] = {"timezone": local_zone()}
    for folder in ("rules_folder", "state_folder", "store"):
        if isinstance(data.get(folder), str):
            data[folder] = str(file.parent / data[folder])
    own = _own_packs(data, environ, faults, hints)
    given = [(key, value, f"`{file}`: `{key}`") for key, value in data.items() if key in READERS]
    given += [
        (key, environ[name].split(",") if key in LISTS else environ[name], name)
        for key in READERS
        if (name := f"TOCSIN_{key.upper()}") in environ
    ]
    readers = READERS | {"packs": lambda value: packs(value, frozenset(rule.pack for rule in catalogue()) | own)}
    for key, value, place in given:
        try:
            values[FIELDS.get(key, key)] = readers[key](value)
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
    from tocsin.config.values import folder_of  # noqa: PLC0415 - as above

    try:
        folder = environ.get("TOCSIN_RULES_FOLDER", data.get("rules_folder"))
        return frozenset(rule.pack for rule in _own_rules(folder_of(folder))) if folder is not None else frozenset()
    except UsageError as fault:
        faults.append(fault.message)
        hints.append(fault.hint)
    except ValueError:  # told with the other keys
        pass
    return frozenset()


def local_zone() -> tzinfo:
    """The zone of this machine."""
    return datetime.now().astimezone().tzinfo or DEFAULTS.timezone
