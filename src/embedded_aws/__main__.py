"""``python -m embedded_aws``: an empty account on this machine, until it is stopped.

Standard output begins with the lines to export in a second terminal; with ``--json`` it is one object. What is mailed
to anybody is shown on standard error, and can be read as JSON at the address that the object calls ``mails``.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import threading
import time
from typing import TYPE_CHECKING

from embedded_aws.errors import EmbeddedAwsError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from embedded_aws.door.account import Account

# AWS writes log files about every five minutes; a person who tries something does not wait as long.
_LOG_SECONDS = 2.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve an account; 0 once it was stopped, 2 where it cannot be opened."""
    parser = argparse.ArgumentParser(prog="python -m embedded_aws", description="An empty AWS account on this machine.")
    parser.add_argument("--port", type=_port, default=0, help="where to listen on 127.0.0.1; any free port by default")
    parser.add_argument("--json", action="store_true", help="print one JSON object instead of lines to export")
    asked = parser.parse_args(arguments)
    stopped = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: stopped.set())
    try:
        from embedded_aws.door.account import open_account  # noqa: PLC0415 - it takes a second, and is of an extra

        with open_account(port=asked.port) as account:
            _tell(account, as_json=asked.json)
            _show_mails(account, stopped)
    except ModuleNotFoundError as fault:
        sys.stderr.write(f'error: `{fault.name}` is not installed\n\nhint: pip install "tocsin[rehearse]"\n')
        return 2
    except EmbeddedAwsError as fault:
        sys.stderr.write(f"error: {fault}\n")
        return 2
    return 0


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65535:  # noqa: PLR2004 - the largest port there is
        raise argparse.ArgumentTypeError("a port is a number from 0 to 65535")
    return port


def _tell(account: Account, *, as_json: bool) -> None:
    """Say how to call the account."""
    said = json.dumps(account.address()) if as_json else "\n".join(account.exports())
    sys.stdout.write(f"{said}\n")
    sys.stdout.flush()
    sys.stderr.write(
        f"an empty account {account.aws.account_id} in {account.aws.region} until Ctrl-C; all mail goes to "
        f"{account.address()['mailbox']}\n"
    )


def _show_mails(account: Account, stopped: threading.Event) -> None:
    """Show each mail as it comes, and have the log files written, until the account is to stop."""
    shown, flushed = 0, time.monotonic()
    while not stopped.wait(0.1):
        if time.monotonic() - flushed > _LOG_SECONDS:
            account.aws.flush_logs(wait=False)
            flushed = time.monotonic()
        for mail in account.mails()[shown:]:
            shown += 1
            head = f"\nmail to {mail['to']}: {mail['subject']}\n"
            sys.stderr.write(head + "".join(f"  {line}\n" for line in mail["text"].rstrip().splitlines()))
            sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
