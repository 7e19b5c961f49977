"""Every benchmark, in one run: `make bench`. Figures worth keeping go into bench/RESULTS.md, with the machine."""

from __future__ import annotations

import platform
import runpy
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

print(f"{platform.machine()}, {platform.python_implementation()} {platform.python_version()}\n")
chosen = sys.argv[1:] or [
    "patterns",
    "started",
    "explain",
    "streams",
    "notices",
    "rehearse",
    "deploy",
    "drill",
    "doctor",
]
sys.argv[1:] = []  # which are read by some of them
for name in chosen:
    print(f"== {name}")
    runpy.run_path(str(HERE / f"{name}.py"), run_name="__main__")
    print()
