"""Where things lie: the checkout, and the folder of real records and conformance cases beside it."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SHARED = Path(os.environ.get("TOCSIN_SHARED") or ROOT.parent / "shared")
