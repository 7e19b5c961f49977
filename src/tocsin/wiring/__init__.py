"""The one place that builds stores, channels and clients from settings, and binds the flows to them.

Here what every verb needs; `tocsin.wiring.responder` has what takes events in and tells, `tocsin.wiring.account` what
goes to an AWS account.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from tocsin import config
from tocsin.core.match.rules import RuleSet, selected
from tocsin.errors import UsageError

if TYPE_CHECKING:
    from tocsin.adapters.sqlite.store import SqliteStore
    from tocsin.core.settings import Settings


def now() -> datetime:
    """The time in UTC."""
    return datetime.now(UTC)


def new_id() -> str:
    """A fresh incident id: the day, for people, and enough chance that no two are alike."""
    return f"inc-{now():%Y%m%d}-{os.urandom(5).hex()}"


def new_token() -> str:
    """A fresh token of a lease."""
    return os.urandom(8).hex()


def state_folder(settings: Settings) -> Path:
    """Where what is kept between two runs lies (XDG Base Directory Specification)."""
    own = os.environ.get("XDG_STATE_HOME", "")
    home = Path(own) if Path(own).is_absolute() else Path.home() / ".local" / "state"
    return Path(settings.state_folder) if settings.state_folder else home / "tocsin"


def store(settings: Settings, *, make: bool) -> SqliteStore:
    """The worker's store.

    Args:
        settings: which file.
        make: whether it is made where it is not there.

    Raises:
        UsageError: it cannot be opened or written to, is no store, a newer Tocsin wrote it, or it is not there.
    """
    from tocsin.adapters.sqlite.store import SqliteStore as File  # noqa: PLC0415 - lazy: most verbs need none

    path = Path(settings.store) if settings.store else state_folder(settings) / "store.db"
    if make and not settings.store:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if not make and not path.exists():
        raise UsageError(f"there is no store {path}", hint="tocsin worker makes it; or name another: store = PATH")
    return File(path)


def rules_on(settings: Settings) -> RuleSet:
    """The rules that are switched on."""
    return RuleSet(selected(config.rules(settings), settings))


def template(settings: Settings) -> str:
    """The template that the settings describe; see `flows.deploy.template_of`."""
    from tocsin.flows import deploy  # noqa: PLC0415 - lazy: few verbs need it

    return deploy.template_of(settings, config.frame(), rules_on(settings))
