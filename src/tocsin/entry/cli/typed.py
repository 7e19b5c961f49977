"""Verbs as a person types them, with what they say kept: the rehearsal tells its story by these."""

from __future__ import annotations

import io
from contextlib import redirect_stderr, redirect_stdout
from typing import TYPE_CHECKING

from tocsin.entry.cli import run
from tocsin.entry.cli.options import Surroundings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tocsin.adapters.aws import Clients


def typed(clients: Clients, arguments: Sequence[str]) -> tuple[int, str, str]:
    """Run a verb on an account; gives its exit code, what it answers and what it says.

    Nothing of the machine's own AWS configuration or environment is read.
    """
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = run(arguments, Surroundings(clients, {}))
    return code, out.getvalue(), err.getvalue()
