"""How long a verb takes that is typed: the whole process, beside ``import click`` in the same run, in turns.

python bench/started.py
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from builders import entry

TURNS = 15
PATTERN = {"source": ["aws.iam"], "detail": {"eventSource": ["iam.amazonaws.com"], "eventName": ["DeleteUser"]}}


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "event.json").write_text(json.dumps(entry()))
        (Path(folder) / "rule.json").write_text(json.dumps(PATTERN))
        tocsin = [sys.executable, "-m", "tocsin"]
        commands = {
            "python -c pass": [sys.executable, "-c", "pass"],
            "import click": [sys.executable, "-c", "import click"],
            "--help": [*tocsin, "--help"],
            "explain event.json": [*tocsin, "explain", "event.json"],
            "lint rule.json": [*tocsin, "lint", "rule.json"],
            "rules": [*tocsin, "rules"],
        }
        best = dict.fromkeys(commands, float("inf"))
        for _ in range(TURNS):
            for name, command in commands.items():
                started = time.perf_counter()
                subprocess.run(command, cwd=folder, capture_output=True, check=False)  # noqa: S603 - our own
                best[name] = min(best[name], time.perf_counter() - started)
    for name, seconds in best.items():
        print(f"{name:<20} {seconds * 1000:6.0f} ms {seconds / best['import click']:6.2f} of import click")


if __name__ == "__main__":
    main()
