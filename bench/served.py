"""An embedded AWS in another process, for what is measured as its user types it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def served() -> Iterator[dict[str, str]]:
    """The environment in which every AWS tool speaks to it."""
    command = [sys.executable, "-m", "embedded_aws", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:  # noqa: S603 - our own
        address = json.loads(process.stdout.readline() if process.stdout else "{}")
        try:
            yield {
                **os.environ,
                "AWS_ENDPOINT_URL": address["endpoint_url"],
                "AWS_REGION": address["region"],
                "AWS_DEFAULT_REGION": address["region"],
                "AWS_ACCESS_KEY_ID": address["access_key_id"],
                "AWS_SECRET_ACCESS_KEY": address["secret_access_key"],
            }
        finally:
            process.terminate()
