"""A notice composed and rendered for every channel, and a digest of a thousand incidents; against `json.dumps`."""

from __future__ import annotations

import json
import sys
import time
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

from builders import at, chapter_of
from tocsin import wiring
from tocsin.core.notice.aws import as_finding, as_sns
from tocsin.core.notice.cloudevent import as_cloudevent
from tocsin.core.notice.compose import compose
from tocsin.core.notice.digest import digest
from tocsin.core.notice.long_tail import as_title_and_body
from tocsin.core.notice.mail import as_mail
from tocsin.core.notice.pages import as_opsgenie, as_pagerduty
from tocsin.core.notice.render import as_data, as_text
from tocsin.core.notice.slack import as_slack
from tocsin.core.notice.teams import as_teams
from tocsin.core.settings import DEFAULTS

if TYPE_CHECKING:
    from collections.abc import Callable

NOW = datetime(2026, 11, 26, tzinfo=UTC)
TIMES = 300
RENDERERS: dict[str, Callable[[Any], object]] = {
    "text": as_text,
    "slack": as_slack,
    "teams": as_teams,
    "mail": lambda notice: as_mail(notice, "bell@example.com", ["ops@example.com"], NOW).as_bytes(),
    "webhook": partial(as_cloudevent, now=NOW),
    "pagerduty": partial(as_pagerduty, key="K" * 32),
    "opsgenie": as_opsgenie,
    "apprise": as_title_and_body,
    "sns": partial(as_sns, topic="arn:aws:sns:us-east-1:111122223333:bell"),
    "securityhub": partial(as_finding, account="111122223333", region="us-east-1", now=NOW),
}


def spent(work: Callable[[], object], times: int = TIMES) -> float:
    """Milliseconds that something takes once."""
    started = time.process_time()
    for _ in range(times):
        work()
    return (time.process_time() - started) * 1000 / times


def main() -> None:
    """Measure and print."""
    rules = wiring.rules_on(DEFAULTS)
    chapter = chapter_of([at(n, requestParameters={"userName": f"user-{n}"}) for n in range(25)], rules)
    notice = compose(chapter, rules)
    data = as_data(notice)
    plain = spent(lambda: json.dumps(data))
    took = {"compose": spent(lambda: compose(chapter, rules))}
    took |= {name: spent(partial(render, notice)) for name, render in RENDERERS.items()}
    for name, each in took.items():
        print(f"{name:<10} {each:6.2f} ms  {each / plain:5.1f} of json.dumps")
    print(f"together   {sum(took.values()):6.2f} ms")
    many = [chapter] * 1000
    print(f"digest of 1,000 incidents  {spent(lambda: digest(many, rules, UTC), 3):6.1f} ms")


if __name__ == "__main__":
    main()
