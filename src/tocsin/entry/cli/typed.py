"""Verbs as a person types them, with what they say kept: the rehearsal tells its story by these."""

from __future__ import annotations

import io
import sys
from contextlib import redirect_stderr, redirect_stdout
from typing import TYPE_CHECKING, TextIO

from tocsin.entry.cli import run
from tocsin.entry.cli.options import Surroundings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tocsin.adapters.aws import Clients


def typed(clients: Clients, arguments: Sequence[str], stdin: TextIO | None = None) -> tuple[int, str, str]:
    """Run a verb on an account; gives its exit code, what it answers and what it says.

    Nothing of the machine's own AWS configuration or environment is read.

    Args:
        clients: of the account.
        arguments: what is typed.
        stdin: where the answers to its questions come from; None leaves standard input as it is.
    """
    out, err = io.StringIO(), io.StringIO()
    before, sys.stdin = sys.stdin, stdin or sys.stdin
    try:
        with redirect_stdout(out), redirect_stderr(err):
            code = run(arguments, Surroundings(clients, {}))
    finally:
        sys.stdin = before
    return code, out.getvalue(), err.getvalue()
