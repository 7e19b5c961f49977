"""What channels there may be: their kinds, and what each takes, as a config names it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from tocsin.core.routes import DAYS, SEVERITIES, Hours, hours_among
from tocsin.core.tables import name_faults

if TYPE_CHECKING:
    from collections.abc import Mapping

# Where a secret may lie that does not stand in the config itself.
REFERENCE = re.compile(r"(env|file|ssm|secretsmanager):(.+)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of channel.

    Attributes:
        needs: what it has to be given.
        takes: what it may be given, with what holds where it is not.
        secret: which of these are secrets: shown to nobody, and best a reference.
    """

    needs: tuple[str, ...] = ()
    takes: Mapping[str, str] = field(default_factory=dict)
    secret: frozenset[str] = frozenset()


# What every channel may be given: when it is quiet, and what is less than that waits until it is not.
_ALL = {"quiet": "", "quiet_below": "high"}
# So many messages in ten minutes a person reads; what machines read has no such end, unless the config gives one.
_PEOPLE = {"budget": "10", **_ALL}
_MACHINES = {"budget": "0", **_ALL}
KINDS: Mapping[str, Kind] = {
    "terminal": Kind((), _MACHINES),
    "file": Kind(("path",), _MACHINES),
    "slack": Kind(("url",), _PEOPLE, frozenset({"url"})),
    "teams": Kind(("url",), _PEOPLE, frozenset({"url"})),
    "slack-bot": Kind(("token", "channel"), {"api": "https://slack.com/api", **_PEOPLE}, frozenset({"token"})),
    "pagerduty": Kind(
        ("key",),
        {
            "url": "https://events.pagerduty.com/v2/enqueue",
            "token": "",
            "api": "https://api.pagerduty.com",
            **_PEOPLE,
        },
        frozenset({"key", "token"}),
    ),
    "opsgenie": Kind(("key",), {"url": "https://api.opsgenie.com/v2/alerts", **_PEOPLE}, frozenset({"key"})),
    "webhook": Kind(("url",), {"secret": "", **_MACHINES}, frozenset({"url", "secret"})),
    "email": Kind(
        ("host", "from", "to"),
        {"port": "587", "tls": "starttls", "user": "", "password": "", **_PEOPLE},
        frozenset({"password"}),
    ),
    "ses": Kind(("from", "to"), {"region": "", **_PEOPLE}),
    "sns": Kind(("topic",), _PEOPLE),
    "apprise": Kind(("url",), _PEOPLE, frozenset({"url"})),
    "securityhub": Kind((), {"region": "", **_MACHINES}),
}


@dataclass(frozen=True, slots=True)
class ChannelSpec:
    """One channel of a config.

    Attributes:
        name: its own.
        kind: of `KINDS`.
        options: what it was given, defaults filled in; a secret may be a reference such as ``env:SLACK_URL``.
    """

    name: str
    kind: str
    options: Mapping[str, str] = field(default_factory=dict)

    @property
    def people(self) -> bool:
        """Whether people read it, and not machines: it has a budget, or is of a kind that has one."""
        kind = KINDS.get(self.kind)
        return self.options.get("budget", "0") != "0" or (kind is not None and kind.takes["budget"] != "0")

    @property
    def quiet(self) -> tuple[Hours, ...]:
        """The hours at which it is told only what may not wait."""
        return _quiet(self.options.get("quiet", ""))[0]

    @property
    def quiet_below(self) -> int:
        """How bad that is, as a number of `SEVERITIES`: what is less waits."""
        return SEVERITIES.index(self.options.get("quiet_below", "high"))


TERMINAL = ChannelSpec("terminal", "terminal")


def channel_of(name: str, table: object) -> ChannelSpec:
    """A channel from its table in a config.

    Raises:
        ValueError: it is none; the message says what is at fault, all of it.
    """
    faults = name_faults(name)
    if not isinstance(table, dict):
        raise ValueError("it must be a table, such as [channels.ops]")  # noqa: TRY004 - a fault of the config
    given = {key: _text(value) for key, value in table.items()}
    said = given.pop("kind", None)
    kind = KINDS.get(said) if isinstance(said, str) else None
    if kind is None:
        raise ValueError("; ".join([*faults, f"its kind must be one of {', '.join(KINDS)}"]))
    known = {*kind.needs, *kind.takes}
    faults += [f"kind {said} takes no {key}" for key in sorted(set(given) - known)]
    faults += [f"kind {said} needs {key}" for key in kind.needs if not given.get(key)]
    faults += ["budget must be a number"] if not str(given.get("budget", "0")).isdigit() else []
    faults += _quiet_faults(given)
    texts = {key: value for key, value in given.items() if isinstance(value, str)}
    faults += [f"{key} must be a text" for key in given if key not in texts]
    if faults:
        raise ValueError("; ".join(faults))
    return ChannelSpec(name, str(said), {**kind.takes, **texts})


def _text(value: object) -> object:
    """A value of a table as the text that it is kept as: a number, and several texts too."""
    if isinstance(value, list) and value and all(isinstance(one, str) for one in value):
        return "; ".join(value)
    return str(value) if type(value) is int else value


@lru_cache(maxsize=64)  # every deed asks for its channel's
def _quiet(text: str) -> tuple[tuple[Hours, ...], tuple[str, ...]]:
    """The hours that an option says, and what is at fault with them."""
    pairs, faults = hours_among([one.strip() for one in text.split(";") if one.strip()])
    return tuple(hours for _, hours in pairs), tuple(faults)


def _quiet_faults(given: Mapping[str, object]) -> list[str]:
    hours, wrong = _quiet(str(given.get("quiet", "")))
    faults = list(wrong)
    if given.get("quiet_below", "high") not in SEVERITIES:
        faults.append(f"quiet_below must be one of {', '.join(SEVERITIES)}")
    if hours and all(
        any(one.cover(day, minute) for one in hours) for day in range(len(DAYS)) for minute in range(1440)
    ):
        faults.append("quiet has no end: some hours of the week must be left")
    return [f"quiet: {one}" if not one.startswith("quiet") else one for one in faults]
