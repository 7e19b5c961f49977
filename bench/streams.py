"""Whole processes that explain 100,000 records of about 1 kB, beside `json.loads` of each line in the same run.

python bench/streams.py [FILE]     # a file of records as JSON lines, repeated until they are so many; else made up
"""

from __future__ import annotations

import gzip
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from itertools import cycle, islice
from pathlib import Path
from typing import TYPE_CHECKING

sys.path.insert(0, str(Path(__file__).resolve().parent))

from explain import record

if TYPE_CHECKING:
    from collections.abc import Iterator

RECORDS, TURNS = 100_000, 3
LOADS = "import json, sys\nfor line in open(sys.argv[1], 'rb'): json.loads(line)"


def lines() -> Iterator[bytes]:
    """The records, a line each."""
    if len(sys.argv) > 1 and Path(sys.argv[1]).is_file():
        yield from islice(cycle(Path(sys.argv[1]).read_bytes().splitlines()), RECORDS)
        return
    chance = random.Random(7)
    for number in range(RECORDS):
        yield json.dumps(record(number, chance, ringing=number % 10 == 0)).encode()


def write(folder: Path) -> tuple[Path, Path, Path]:
    """The records as JSON lines, as a log file and as a gzipped one; a part at a time, since memory is measured."""
    jsonl, log, packed = folder / "records.jsonl", folder / "log.json", folder / "log.json.gz"
    with jsonl.open("wb") as one, log.open("wb") as two, gzip.open(packed, "wb", 1) as three:
        before = b'{"Records":['
        for line in lines():
            one.write(line + b"\n")
            for file in (two, three):
                file.write(before + line)
            before = b","
        for file in (two, three):
            file.write(b"]}")
    return jsonl, log, packed


def seconds(command: list[str]) -> float:
    """How long a process takes whose output nobody keeps, the best of some turns."""
    best = float("inf")
    for _ in range(TURNS):
        started = time.perf_counter()
        # 1: some of what was found in the field is no record.
        done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)  # noqa: S603
        best = min(best, time.perf_counter() - started)
        if done.returncode not in (0, 1):
            raise SystemExit(f"{command} ended with {done.returncode}")
    return best


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        jsonl, log, packed = write(Path(folder))
        bare = seconds([sys.executable, "-c", LOADS, str(jsonl)])
        print(f"{'json.loads of each line':<40} {RECORDS / bare:>9,.0f} records/s")
        for what, file in (("JSON lines", jsonl), ("one Records array", log), ("the same, gzipped", packed)):
            for arguments in (["--json"], []):
                took = seconds([sys.executable, "-m", "tocsin", "explain", *arguments, str(file)])
                name = f"explain {' '.join(arguments)} of {what}".replace("  ", " ")
                print(f"{name:<40} {RECORDS / took:>9,.0f} records/s {bare / took:>6.2f} of json.loads", flush=True)
        most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        print(f"the largest process had {most:,.0f} MB; the JSON lines have {jsonl.stat().st_size / 1e6:,.0f}")


if __name__ == "__main__":
    main()
