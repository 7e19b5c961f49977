"""Check the import contracts of pyproject.toml, quietly unless one is broken."""

from __future__ import annotations

import contextlib
import io
import sys

from importlinter.cli import lint_imports

out = io.StringIO()
with contextlib.redirect_stdout(out):
    code = lint_imports()
print(out.getvalue() if code else "the house: every import contract is kept")
sys.exit(code)
