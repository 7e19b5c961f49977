"""Make ``data/catalogue.json`` of the rule files, or check that it is what they say.

    python tools/catalogue.py           write
    python tools/catalogue.py --check   exit 1 if it is stale

A verb that is typed waits for it: to read the files and to measure their patterns takes longer than the verb.
"""

from __future__ import annotations

import json
import sys
import tomllib
from pathlib import Path

from tocsin import config
from tocsin.core.match.rule import KNOWN

SOURCE = Path(__file__).resolve().parent.parent / "src" / "tocsin"
FILE = SOURCE / "data" / "catalogue.json"


def text() -> str:
    """What the file has to be: a table a line, each as its rule file has it, with what is known of its pattern."""
    files = {path.name: path.read_bytes() for path in sorted((SOURCE / "catalogue").glob("*.toml"))}
    lines = []
    for rule in config.read_rules(files):  # which checks all of them
        table = tomllib.loads(files[f"{rule.id}.toml"].decode())
        held = {path: rule.pattern.only(path) if rule.pattern else None for path in KNOWN}
        only = {path: None if names is None else sorted(names) for path, names in held.items()}
        lines.append(json.dumps({"id": rule.id, **table, "only": only}, ensure_ascii=False, separators=(",", ":")))
    return "[\n" + ",\n".join(lines) + "\n]\n"


def main() -> int:
    """Write or check."""
    made = text()
    if "--check" not in sys.argv[1:]:
        FILE.write_text(made, "utf-8")
        return 0
    if FILE.read_text("utf-8") == made:
        return 0
    print("src/tocsin/data/catalogue.json is stale: python tools/catalogue.py writes it anew")
    return 1


if __name__ == "__main__":
    sys.exit(main())
