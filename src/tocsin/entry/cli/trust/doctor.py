"""``tocsin doctor``."""

from __future__ import annotations

import json
import textwrap
from collections import Counter
from typing import TYPE_CHECKING

import click

from tocsin.entry.cli.options import as_json, columns, config_file, settings
from tocsin.entry.cli.set_up import account
from tocsin.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from tocsin.core.doctor.findings import Finding
    from tocsin.wiring.doctor import Diagnosis

_INDENT = " " * 10


@click.command
@click.option(
    "--rule", default="", metavar="NAME", help="Examine this event rule, be it ours or not; NAME or BUS/NAME."
)
@click.option("--topic", default="", metavar="ARN", help="Examine this topic, be it ours or not.")
@click.option("--all", "everything", is_flag=True, help="Examine whatever listens for IAM events, ours or not.")
@click.option("--explain", "code", default="", metavar="CODE", help="Say what a finding means, and stop.")
@account.region
@account.profile
@config_file
@as_json
def doctor(  # noqa: PLR0917 - click gives each by its name
    rule: str,
    topic: str,
    code: str,
    region: str,
    profile: str,
    config_path: Path | None,
    *,
    everything: bool,
    as_json: bool,
) -> int:
    """Examine every link of an alarm, ours or anybody's, and say what to mend.

    Without an option: our own pipeline, or where there is none whatever listens for IAM events in the account, from
    the trail to whoever hears. It only looks. What may not be looked at is "not seen", what hangs on what nobody here
    knows is "unclear": neither is ever fine.
    For example: tocsin doctor --rule user-deleted

    Every code is explained in docs/reference/findings.md. Exit 1 if there is any finding.
    """
    if code:
        return _explain(code, as_json=as_json)
    if bool(rule) + bool(topic) + everything > 1:
        raise UsageError("give one of --topic, --rule and --all")
    from tocsin.wiring.doctor import Doctor  # noqa: PLC0415 - lazy: --help must not load it

    deployer = account.deployer(settings(config_path), region, profile)
    examining = Doctor(deployer)
    if rule or topic:
        found = examining.rule(rule) if rule else examining.topic(topic)
    elif everything or (standing := deployer.own()) is None:
        found = examining.everything("" if region else account.own_region(profile))
    else:
        found = examining.pipeline(standing)
    if as_json:
        _as_data(found)
    else:
        _as_text(str(deployer.target), found)
    return 1 if found.findings else 0


def _explain(code: str, *, as_json: bool) -> int:
    from tocsin import config  # noqa: PLC0415 - lazy: --help must not load it

    kinds = config.finding_kinds()
    kind = kinds.get(code.upper())
    if kind is None:
        raise UsageError(f"there is no finding `{code}`", hint=f"there are {', '.join(kinds)}")
    if as_json:
        fact = {name: getattr(kind, name) for name in ("code", "severity", "title", "so", "cause", "mend")}
        click.echo(json.dumps({"kind": "explained", **fact}, separators=(",", ":")))
        return 0
    click.echo(f"{kind.code}: {kind.title} ({kind.severity})\n")
    for label, text in (("so", kind.so), ("cause", kind.cause), ("mend", kind.mend)):
        click.echo(textwrap.fill(f"{label:<7} {text}", columns(), subsequent_indent=" " * 8, break_on_hyphens=False))
    return 0


def _as_text(target: str, found: Diagnosis) -> None:
    from tocsin.core.text import inert  # noqa: PLC0415 - lazy: --help must not load it

    click.echo(f"{inert(target)}, {inert(found.of)}\n")
    for one in found.findings:
        for line in _lines(one):
            click.echo(line)
        click.echo("")
    click.echo(_sum(found))


def _lines(finding: Finding) -> list[str]:
    from tocsin.core.text import inert, join  # noqa: PLC0415 - lazy: --help must not load it

    kind = finding.kind
    lines = [f"{kind.code}  {kind.severity}, {finding.link}: {inert(finding.thing)}"]
    seen = join([inert(one, 1000) for one in finding.evidence], most=3)
    details = [("seen", seen), ("so", kind.so), *(("mend", inert(one, 2000)) for one in finding.mend[:3])]
    for label, text in details:
        head = f"  {label:<7} {text}"
        lines += textwrap.wrap(
            head, columns(), subsequent_indent=_INDENT, break_on_hyphens=False, break_long_words=False
        )
    return lines


def _sum(found: Diagnosis) -> str:
    counts = Counter(str(one.kind.severity) for one in found.findings)
    things = len({(joint.link, joint.thing) for joint, _ in found.told})
    if not counts:
        return f"nothing found at {things} joints"
    said = ", ".join(f"{counts[name]} {name}" for name in ("broken", "weak", "unclear", "not seen") if counts[name])
    return f"{said}; {things} joints were looked at. What a code means: tocsin doctor --explain CODE"


def _as_data(found: Diagnosis) -> None:
    from tocsin.core.text import inert  # noqa: PLC0415 - lazy: --help must not load it

    for one in found.findings:
        fact = {
            "kind": "finding",
            "code": one.kind.code,
            "severity": str(one.kind.severity),
            "title": one.kind.title,
            "link": one.link,
            "thing": inert(one.thing, 2000),
            "evidence": [inert(said, 2000) for said in one.evidence],
            "so": one.kind.so,
            "mend": [inert(said, 4000) for said in one.mend],
        }
        click.echo(json.dumps(fact, separators=(",", ":")))
    for joint, told in found.told:
        if told.faults or not told.evidence:
            continue
        seen = {"kind": "seen", "link": joint.link, "thing": inert(joint.thing, 2000), "evidence": inert(told.evidence)}
        click.echo(json.dumps(seen, separators=(",", ":")))
