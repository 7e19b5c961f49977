"""Channels, built from what the config says of them."""

from __future__ import annotations

import os
import re
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from tocsin.adapters.channels.file import FileChannel
from tocsin.adapters.channels.long_tail import LongTailChannel
from tocsin.adapters.channels.pagerduty import PagerDutyChannel
from tocsin.adapters.channels.posting import PostChannel, WebhookChannel, in_json
from tocsin.adapters.channels.sender import Sender
from tocsin.adapters.channels.slack_bot import SlackBotChannel
from tocsin.adapters.channels.smtp import Server, SmtpChannel
from tocsin.core.channels import KINDS, ChannelSpec
from tocsin.core.incident.hearers import faults
from tocsin.core.match.rules import Severity
from tocsin.core.notice.notice import Fact, Notice
from tocsin.core.notice.pages import as_opsgenie
from tocsin.core.notice.render import WIDTH
from tocsin.core.notice.slack import as_slack
from tocsin.core.notice.teams import as_teams
from tocsin.errors import UsageError
from tocsin.flows.ports import Answering
from tocsin.wiring import now
from tocsin.wiring.responder import terminal_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from tocsin.adapters.aws import Clients
    from tocsin.core.delivery.outcome import Outcome
    from tocsin.core.match.rules import RuleSet
    from tocsin.core.settings import Settings
    from tocsin.flows.ports import Channel

_TOPIC = re.compile(r"arn:aws[a-z-]*:sns:([a-z0-9-]+):\d{12}:[\w-]{1,256}(?:\.fifo)?")
_SLACK_CHANNEL = re.compile(r"[CGD][A-Z0-9]{8,20}")
_TLS = ("starttls", "implicit", "none")


def built(
    settings: Settings,
    clients: Callable[[], Clients],
    stream: TextIO,
    width: int,
    environ: Mapping[str, str] = os.environ,
) -> list[Channel]:
    """Every channel that the config names.

    Args:
        settings: which.
        clients: of the account, for secrets that AWS keeps.
        stream: where a terminal channel writes.
        width: columns of it.
        environ: where secrets may lie.

    Raises:
        UsageError: some cannot be built; with every fault of every one at once.
    """
    made: list[Channel] = []
    wrong: list[str] = []
    hints: list[str] = []
    for spec in settings.specs:
        try:
            made.append(_built(_resolved(spec, environ, clients), clients, stream, width))
        except UsageError as fault:
            wrong.append(f"channel {spec.name}: {fault.message}")
            hints.append(fault.hint)
    if wrong:
        raise UsageError("\n".join(wrong), hint=next(filter(None, hints), "docs/how-to/channels.md"))
    return made


def answering(settings: Settings, names: Collection[str], environ: Mapping[str, str] = os.environ) -> list[Answering]:
    """Of some channels those that want to know of an acknowledgement.

    Raises:
        UsageError: some cannot be built; with every fault of every one at once.
    """
    specs = tuple(one for one in settings.specs if one.name in names and one.kind in ("slack-bot", "pagerduty"))
    made = built(replace(settings, specs=specs), own_clients, sys.stdout, WIDTH, environ)
    return [one for one in made if isinstance(one, Answering)]


def own_clients() -> Clients:
    """Clients of the Region that the environment names, with whatever credentials it has."""
    from tocsin.adapters.aws import Clients as Own  # noqa: PLC0415 - boto3 is slow, and most channels need none
    from tocsin.adapters.aws import own_region  # noqa: PLC0415 - as above

    return Own(own_region(""))


def _resolved(spec: ChannelSpec, environ: Mapping[str, str], clients: Callable[[], Clients]) -> ChannelSpec:
    from tocsin.adapters.secrets import resolved  # noqa: PLC0415 - boto3 is slow, and most channels need none

    options = {
        key: resolved(value, environ, clients) if key in KINDS[spec.kind].secret and value else value
        for key, value in spec.options.items()
    }
    return ChannelSpec(spec.name, spec.kind, options)


def _built(spec: ChannelSpec, clients: Callable[[], Clients], stream: TextIO, width: int) -> Channel:
    if spec.kind == "terminal":
        return terminal_of(stream, width, spec.name)
    if spec.kind in ("ses", "sns", "securityhub"):
        return _called(spec, clients())
    return _BUILDERS[spec.kind](spec.name, spec.options)


def _file(name: str, options: Mapping[str, str]) -> Channel:
    path = Path(options["path"])
    if not path.parent.is_dir():
        raise UsageError(f"there is no folder {path.parent}", hint="make it, or name another file")
    return FileChannel(name, path)


def _slack(name: str, options: Mapping[str, str]) -> Channel:
    return PostChannel(name, Sender(options["url"]), in_json(as_slack))


def _long_tail(name: str, options: Mapping[str, str]) -> Channel:
    return LongTailChannel(name, options["url"])


def _teams(name: str, options: Mapping[str, str]) -> Channel:
    return PostChannel(name, Sender(options["url"]), as_teams)


def _pagerduty(name: str, options: Mapping[str, str]) -> Channel:
    return PagerDutyChannel(name, options["key"], options["url"], options["token"], options["api"])


def _slack_bot(name: str, options: Mapping[str, str]) -> Channel:
    if not _SLACK_CHANNEL.fullmatch(options["channel"]):
        raise UsageError(
            f"{options['channel']} is no id of a Slack channel",
            hint="it looks like C0123456789, and stands at the end of what the channel's name, About shows",
        )
    return SlackBotChannel(name, options["token"], options["channel"], options["api"])


def _opsgenie(name: str, options: Mapping[str, str]) -> Channel:
    key = options["key"]
    headers = {"Authorization": f"GenieKey {key}"}
    return PostChannel(name, Sender(options["url"], secrets=(key,)), in_json(as_opsgenie), headers)


def _webhook(name: str, options: Mapping[str, str]) -> Channel:
    secret = options["secret"]
    return WebhookChannel(name, Sender(options["url"], secrets=(secret,)), secret, now)


def _email(name: str, options: Mapping[str, str]) -> Channel:
    if options["tls"] not in _TLS:
        raise UsageError(f"tls must be one of {', '.join(_TLS)}")
    if not options["port"].isdigit():
        raise UsageError(f"port {options['port']} is no number")
    server = Server(options["host"], int(options["port"]), options["tls"], options["user"], options["password"])
    return SmtpChannel(name, server, sender=options["from"], to=_addresses(options["to"]), now=now)


def _called(spec: ChannelSpec, clients: Clients) -> Channel:
    from tocsin.adapters.channels import called  # noqa: PLC0415 - boto3 is slow, and most channels need none

    options = spec.options
    if spec.kind == "sns":
        found = _TOPIC.fullmatch(options["topic"])
        if not found:
            raise UsageError(f"{options['topic']} is no ARN of a topic", hint="arn:aws:sns:REGION:ACCOUNT:NAME")
        return called.sns_channel(spec.name, replace(clients, region=found[1]), options["topic"])
    here = replace(clients, region=options["region"] or clients.region)
    if not here.region:
        raise UsageError("it needs a Region", hint='give region = "us-east-1" in its table, or AWS_REGION')
    if spec.kind == "ses":
        return called.ses_channel(spec.name, here, options["from"], _addresses(options["to"]), now)
    return called.hub_channel(spec.name, here, now)


def _addresses(text: str) -> tuple[str, ...]:
    return tuple(one.strip() for one in text.split(",") if one.strip())


_BUILDERS: Mapping[str, Callable[[str, Mapping[str, str]], Channel]] = {
    "file": _file,
    "slack": _slack,
    "slack-bot": _slack_bot,
    "teams": _teams,
    "apprise": _long_tail,
    "pagerduty": _pagerduty,
    "opsgenie": _opsgenie,
    "webhook": _webhook,
    "email": _email,
}


def well_routed(settings: Settings, rules: RuleSet) -> None:
    """See that the routes can do what they say.

    Raises:
        UsageError: they cannot; with every fault of every one at once.
    """
    if found := faults(settings, rules):
        raise UsageError("\n".join(found), hint="mend them in the config; see docs/how-to/channels.md")


def tested(channels: Sequence[Channel]) -> list[tuple[str, Outcome]]:
    """Send a marked test notice to each, and give what the far side answered."""
    return [(one.name, one.send(_test_notice(one.name))) for one in channels]


def _test_notice(name: str) -> Notice:
    at = now()
    return Notice(
        incident=f"test-{at:%Y%m%d%H%M%S}",
        revision=1,
        severity=Severity.INFO,
        rule="test",
        title=f"TEST of the channel {name}: nothing happened",
        sentence="This is a test of Tocsin, which somebody asked for. Nobody was deleted.",
        facts=(Fact("When", f"{at:%Y-%m-%d %H:%M:%S} UTC"),),
        next_steps=("Nothing: you would hear of a deletion like this.",),
    )
